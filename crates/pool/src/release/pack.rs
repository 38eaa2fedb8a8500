//! From a signed revision to a sealed package, and from a channel's settings to its adapter.

use std::path::{Path, PathBuf};

use satchel_channels::{Adapter, PushError, Secret, Target};
use satchel_checks::{ChannelRules, Library, MediaFacts, Order, Package, Severity};
use satchel_story::RevisionView;
use satchel_terms::{ClipId, Hash};
use satchel_wire::Kind;
use satchel_wire::body::{AssetDerive, Channel, ChannelKind, ClipFacts, FieldSet, StoryCreate};

use crate::Pool;
use crate::failure::Outcome;
use crate::keep::JobRow;

/// What packing came to.
pub enum Packed {
    /// Ready to go out.
    Ready(Box<Package>),
    /// Material is still on its way to the pool.
    WaitsForMaterial,
    /// A check says no; its code.
    Refused(String),
}

impl Pool {
    /// Packs the revision that a release names.
    pub(super) async fn pack(&self, job: &JobRow) -> Outcome<Packed> {
        let Some(channel) = self.keep().channel(job.channel).await? else {
            return Ok(Packed::Refused("push.no-channel".to_owned()));
        };
        let Some(reading) = self.reading(job.story).await? else {
            return Ok(Packed::Refused("review.no-story".to_owned()));
        };
        let Some(sign_off) = reading.case.sign_off() else {
            return Ok(Packed::Refused("push.not-signed".to_owned()));
        };
        let view = reading.document.view();
        if !self.has_media(&view).await? {
            return Ok(Packed::WaitsForMaterial);
        }
        let library = self.library_of(&view).await?;
        let slug = self.slug_of(job).await?;
        let order =
            Order { channel: job.channel, rules: &rules_of(&channel), slug: &slug, marker: &job.marker };
        Ok(match Package::seal(&view, &sign_off, &order, &library) {
            Ok(package) => Packed::Ready(Box::new(package)),
            Err(findings) => {
                let must = findings.iter().find(|finding| finding.severity == Severity::Must);
                Packed::Refused(must.map_or_else(|| "push.checks".to_owned(), |finding| finding.code.clone()))
            }
        })
    }

    /// What the log says of the material that a text names.
    async fn library_of(&self, view: &RevisionView) -> Outcome<Library> {
        let mut library = Library::new();
        for figure in view.figures() {
            if let (Some(clip), Some(blob)) = (figure.clip, figure.blob)
                && let Some(facts) = self.media_facts(clip, blob).await?
            {
                library.insert(blob, facts);
            }
        }
        Ok(library)
    }

    async fn media_facts(&self, clip: ClipId, blob: Hash) -> Outcome<Option<MediaFacts>> {
        let kinds = [Kind::ASSET_ADD, Kind::ASSET_DERIVE];
        let about = self.keep().records_about(clip.0, &kinds).await?;
        let named = about.iter().rev().find_map(|stored| {
            match stored.record.header().kind {
                Kind::ASSET_ADD => {
                    stored.record.json::<ClipFacts>().ok().map(|facts| (facts.blob, facts.mime))
                }
                _ => stored.record.json::<AssetDerive>().ok().map(|facts| (facts.blob, facts.mime)),
            }
            .filter(|(named, _)| *named == blob)
        });
        let Some((_, mime)) = named else { return Ok(None) };
        let held = self.keep().blob(blob).await?;
        Ok(held.map(|held| MediaFacts { mime, bytes: held.manifest.length, broken: false }))
    }

    /// The story's short name where it can stand in an address, else the marker.
    async fn slug_of(&self, job: &JobRow) -> Outcome<String> {
        let about = self.keep().records_about(job.story.0, &[Kind::STORY_CREATE, Kind::FIELD_SET]).await?;
        let newest = about.iter().rev().find_map(|stored| match stored.record.header().kind {
            Kind::STORY_CREATE => stored.record.json::<StoryCreate>().ok().map(|created| created.slug),
            _ => stored.record.json::<FieldSet>().ok().and_then(|field| {
                let is_slug = field.name == "slug";
                field.value.as_str().filter(|_| is_slug).map(str::to_owned)
            }),
        });
        let plain = |slug: &String| {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !slug.is_empty()
                && slug.len() <= 80
                && !slug.starts_with('-')
                && !slug.ends_with('-')
                && slug.bytes().all(is_plain)
        };
        Ok(newest.filter(plain).unwrap_or_else(|| job.marker.clone()))
    }
}

/// The rules of a channel: its own where it has some, else the usual ones of its kind.
fn rules_of(channel: &Channel) -> ChannelRules {
    let own = channel.settings.get("rules").and_then(|rules| serde_json::from_value(rules.clone()).ok());
    own.unwrap_or_else(|| match channel.kind {
        ChannelKind::Wordpress => ChannelRules::wordpress(),
        ChannelKind::Folder | ChannelKind::Sftp => ChannelRules::website(),
    })
}

/// Opens the adapter of a channel. A folder must lie within one that the pool's settings allow.
pub fn open_channel(
    channel: &Channel,
    secret: Option<String>,
    allowed: &[PathBuf],
) -> Result<Box<dyn Adapter>, PushError> {
    let kind = match channel.kind {
        ChannelKind::Wordpress => "wordpress",
        ChannelKind::Sftp => "sftp",
        ChannelKind::Folder if is_within(Path::new(&channel.url), allowed) => "folder",
        ChannelKind::Folder => return Err(PushError::BadSetting { name: "url" }),
    };
    let settings = channel.settings.clone().into_iter().collect();
    satchel_channels::open(Target {
        kind,
        url: &channel.url,
        account: &channel.account,
        settings: &settings,
        secret: secret.map(Secret::new),
    })
}

fn is_within(folder: &Path, allowed: &[PathBuf]) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    allowed.iter().filter_map(|root| root.canonicalize().ok()).any(|root| folder.starts_with(root))
}
