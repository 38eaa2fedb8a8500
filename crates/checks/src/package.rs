//! The sealed package: what a channel gets, and proof that it was signed.

mod html;

use std::collections::BTreeMap;

use satchel_story::{Block, Fields, FigureKind, Place, RevisionView, SignOff};
use satchel_terms::{ChannelId, Hash};
use serde::Serialize;

use crate::channel::{ChannelRules, rehearse};
use crate::finding::{Finding, blocks};
use crate::media::Library;
use crate::preflight::preflight;

pub use html::{escape, page};

/// Letters of a summary taken from the body when there is no deck.
const SUMMARY_LETTERS: usize = 120;

/// For whom a story is packed.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The channel it goes to.
    pub channel: ChannelId,
    /// What the channel takes.
    pub rules: &'a ChannelRules,
    /// The short name in addresses.
    pub slug: &'a str,
    /// By which the release is found again on the channel.
    pub marker: &'a str,
}

/// A medium that goes along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageMedia {
    /// The original's fingerprint, as the story names it.
    pub blob: Hash,
    /// A name of plain letters, unique in the package.
    pub file_name: String,
    /// As `image/jpeg`.
    pub mime: String,
    /// What it shows.
    pub kind: FigureKind,
    /// 图注, of its first place in the story.
    pub caption: String,
    /// 图源.
    pub credit: String,
    /// For readers who cannot see it.
    pub alt: String,
    /// Size.
    pub bytes: u64,
}

/// A signed story, ready for one channel. Only [`Package::seal`] makes one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Package {
    channel: ChannelId,
    rev: Hash,
    slug: String,
    marker: String,
    fields: Fields,
    summary: String,
    media: Vec<PackageMedia>,
    #[serde(skip)]
    body: Vec<Block>,
}

impl Package {
    /// Packs a signed story for a channel. The same input gives the same package, byte for byte.
    ///
    /// # Errors
    /// Every finding, when one has to be put right first: the content is not the signed revision
    /// (`package.not-signed`), the channel was not named at the sign-off (`package.channel-not-named`), the slug
    /// cannot stand in an address (`package.slug-bad`), or a rule of the house or the channel is broken.
    pub fn seal(
        view: &RevisionView,
        proof: &SignOff,
        order: &Order<'_>,
        library: &Library,
    ) -> Result<Self, Vec<Finding>> {
        let rev = view.seal().hash;
        let mut findings = Vec::new();
        if rev != proof.rev() {
            findings.push(Finding::must("package.not-signed", Place::Whole));
        }
        if !proof.channels().contains(&order.channel) {
            findings.push(Finding::must("package.channel-not-named", Place::Whole));
        }
        if !is_slug(order.slug) {
            findings.push(Finding::must("package.slug-bad", Place::Whole).with("slug", order.slug));
        }
        findings.extend(preflight(view, library));
        findings.extend(rehearse(view, order.rules, library));
        if blocks(&findings) {
            return Err(findings);
        }
        Ok(Self {
            channel: order.channel,
            rev,
            slug: order.slug.to_owned(),
            marker: order.marker.to_owned(),
            fields: view.fields.clone(),
            summary: summary(view),
            media: media(view, library),
            body: view.blocks.clone(),
        })
    }

    /// The channel it was packed for.
    #[must_use]
    pub const fn channel(&self) -> ChannelId {
        self.channel
    }

    /// The signed revision.
    #[must_use]
    pub const fn rev(&self) -> Hash {
        self.rev
    }

    /// The short name in addresses: lower-case letters, digits and hyphens.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// By which the release is found again on the channel.
    #[must_use]
    pub fn marker(&self) -> &str {
        &self.marker
    }

    /// The headline.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.fields.headline
    }

    /// All the texts around the body.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The deck, or the start of the body.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The media that go along, each once, in reading order.
    #[must_use]
    pub fn media(&self) -> &[PackageMedia] {
        &self.media
    }

    /// The story as HTML, media addressed as `media/<file name>`.
    #[must_use]
    pub fn html(&self) -> String {
        self.html_with(|media| format!("media/{}", media.file_name))
    }

    /// The story as HTML: kicker, dateline and byline, then the body. Headline and deck are not in it.
    /// `address` says where a medium is on the channel.
    #[must_use]
    pub fn html_with(&self, address: impl Fn(&PackageMedia) -> String) -> String {
        let addresses: BTreeMap<String, String> =
            self.media.iter().map(|media| (media.blob.to_string(), address(media))).collect();
        html::render(&self.fields, &self.body, &addresses)
    }
}

fn is_slug(slug: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !slug.is_empty()
        && slug.len() <= 120
        && slug.chars().all(is_plain)
        && !slug.starts_with('-')
        && !slug.ends_with('-')
}

fn summary(view: &RevisionView) -> String {
    let deck = view.fields.deck.trim();
    if !deck.is_empty() {
        return deck.to_owned();
    }
    let body = view.plain_body();
    let line = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut summary: String = line.chars().take(SUMMARY_LETTERS).collect();
    if summary.len() < line.len() {
        summary.push('…');
    }
    summary
}

fn media(view: &RevisionView, library: &Library) -> Vec<PackageMedia> {
    let mut media: Vec<PackageMedia> = Vec::new();
    for figure in view.figures() {
        let Some((blob, facts)) = figure.blob.and_then(|blob| library.get(&blob).map(|facts| (blob, facts)))
        else {
            continue;
        };
        if media.iter().any(|known| known.blob == blob) {
            continue;
        }
        let name: String = blob.to_string().chars().take(20).collect();
        media.push(PackageMedia {
            blob,
            file_name: format!("{name}.{}", extension(&facts.mime)),
            mime: facts.mime.clone(),
            kind: figure.kind,
            caption: figure.caption,
            credit: figure.credit,
            alt: figure.alt,
            bytes: facts.bytes,
        });
    }
    media
}

fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/wav" => "wav",
        _ => "bin",
    }
}
