//! Pushing: channels, rehearsal, one release, one receipt.
//!
//! A channel has exactly one lane. The pool releases what the pool can reach; this laptop releases only on
//! channels whose lane names it. The intent is a signed record before anything leaves, and `dispatched` is
//! written before the step that the public can see.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use satchel_channels::{MediaSource, Secret, Target};
use satchel_checks::{ChannelRules, Order, Package};
use satchel_failure::{Answer, Explain};
use satchel_jobs::{Gauge, JobKind};
use satchel_store::{DeliveryRow, Library};
use satchel_story::State;
use satchel_terms::{ChannelId, Hash, PushId, Role, StoryId};
use satchel_wire::Kind;
use satchel_wire::body::{
    Channel, ChannelKind, Lane, Outcome, PublishDispatched, PublishIntent, PublishResolve, PublishRetract,
    PublishUnknown, Receipt,
};

use crate::DeskError;
use crate::cards::{ChannelCard, ChannelForm, DeliveryCard, FindingCard, Happened, LinkCard, PushCard};
use crate::ledger::{Reading, stamp};
use crate::review::stands_as_signed;
use crate::room::{Dice, Room, now};
use crate::views;

/// Longest wait for an original that a release from this laptop needs.
const ORIGINALS: Duration = Duration::from_secs(600);
/// Longest wait for the pool to know a new channel before its secret follows.
const HAND_OVER: Duration = Duration::from_secs(15);
const TOLD: [Kind; 6] = [
    Kind::PUBLISH_INTENT,
    Kind::PUBLISH_DISPATCHED,
    Kind::PUBLISH_RECEIPT,
    Kind::PUBLISH_UNKNOWN,
    Kind::PUBLISH_RESOLVE,
    Kind::PUBLISH_RETRACT,
];

impl Room {
    /// The channels as last told, in the order of their names.
    pub fn channel_list(&self) -> Answer<Vec<Channel>> {
        let mut channels: HashMap<ChannelId, Channel> = HashMap::new();
        for stored in self.library.records_by_kind(Kind::CHANNEL_SET, 0)? {
            if let Ok(channel) = stored.record.json::<Channel>() {
                channels.insert(channel.id, channel);
            }
        }
        let mut channels: Vec<_> = channels.into_values().collect();
        channels.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        Ok(channels)
    }

    /// The channels for the screen.
    pub fn channels(&self) -> Answer<Vec<ChannelCard>> {
        Ok(self.channel_list()?.into_iter().map(|channel| self.channel_card(channel)).collect())
    }

    fn channel_card(&self, channel: Channel) -> ChannelCard {
        let own = self.identity().device;
        let lane = match channel.lane {
            Lane::Pool => None,
            Lane::Device(device) => Some(device),
        };
        let lane_is_mine = lane == Some(own);
        let needs_secret = lane_is_mine && channel.kind != ChannelKind::Folder;
        let has_secret = needs_secret.then(|| self.channel_secret(channel.id).is_some());
        ChannelCard {
            channel: channel.id,
            name: channel.name,
            kind: kind_word(channel.kind).into(),
            lane,
            lane_is_mine,
            account: channel.account,
            url: channel.url,
            public_url: channel
                .settings
                .get("publicUrl")
                .and_then(|url| url.as_str())
                .unwrap_or_default()
                .into(),
            has_secret,
        }
    }

    fn channel(&self, id: ChannelId) -> Answer<Channel> {
        let found = self.channel_list()?.into_iter().find(|channel| channel.id == id);
        Ok(found.ok_or(DeskError::Unknown { what: "channel" })?)
    }

    /// Sets a channel up. WordPress is released by the pool, folders and SFTP by this laptop.
    pub fn save_channel(&self, form: ChannelForm) -> Answer<ChannelCard> {
        if !self.identity().has(Role::Administrator) {
            self.needs(Role::Operator, "operator")?;
        }
        let name = form.name.trim();
        if !(1..=40).contains(&name.chars().count()) {
            return Err(DeskError::BadName { field: "name", limit: 40 }.into());
        }
        let (kind, lane) = match form.kind.as_str() {
            "folder" => (ChannelKind::Folder, Lane::Device(self.identity().device)),
            "sftp" => (ChannelKind::Sftp, Lane::Device(self.identity().device)),
            "wordpress" => (ChannelKind::Wordpress, Lane::Pool),
            _ => return Err(DeskError::BadInput { field: "kind" }.into()),
        };
        let fits = match kind {
            ChannelKind::Folder => std::path::Path::new(&form.url).is_absolute(),
            ChannelKind::Sftp => form.url.starts_with("sftp://"),
            ChannelKind::Wordpress => form.url.starts_with("https://") || form.url.starts_with("http://"),
        };
        if !fits {
            return Err(DeskError::BadInput { field: "url" }.into());
        }
        let id = form.channel.unwrap_or_else(|| ChannelId::mint(&mut Dice));
        if let (false, Lane::Device(_)) = (form.secret.is_empty(), &lane) {
            self.keep_channel_secret(id, &form.secret)?;
        }
        let mut settings = std::collections::BTreeMap::new();
        settings.insert("publicUrl".to_owned(), form.public_url.trim().into());
        if kind == ChannelKind::Sftp {
            // The server's key is pinned now; another key later stops every release there.
            settings.insert("fingerprint".to_owned(), host_key_of(&form.url)?.into());
            let sign_in = if form.secret.starts_with("-----BEGIN") { "key" } else { "password" };
            settings.insert("signIn".to_owned(), sign_in.into());
        }
        let channel = Channel {
            id,
            name: name.to_owned(),
            kind,
            lane,
            account: form.account.trim().to_owned(),
            url: form.url.trim().trim_end_matches('/').to_owned(),
            settings,
        };
        self.write_json(Kind::CHANNEL_SET, id.bytes(), &channel)?;
        self.tell(Happened::ChannelChanged { channel: id });
        if let (false, Lane::Pool) = (form.secret.is_empty(), &channel.lane) {
            self.hand_over_secret(id, &form.secret)?;
        }
        Ok(self.channel_card(channel))
    }

    /// The pool takes a secret only for a channel that it knows: the record goes first.
    fn hand_over_secret(&self, channel: ChannelId, secret: &str) -> Answer<()> {
        let until = Instant::now() + HAND_OVER;
        while self.library.unpushed(self.identity().device)? > 0 {
            if Instant::now() > until {
                return Err(DeskError::NoPool.into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.exchange.tell_secret(self, channel, secret)
    }

    /// Signed stories with where they went, newest first.
    pub fn push_list(&self) -> Answer<Vec<PushCard>> {
        let mut cards = Vec::new();
        for card in self.story_cards(500)? {
            if card.state != "signed" && card.state != "published" {
                continue;
            }
            let reading = self.read(card.story)?;
            let Some(rev) = reading.case.submitted() else { continue };
            cards.push(PushCard {
                rev,
                signatures: views::signatures(&reading),
                deliveries: self.deliveries_of(card.story)?,
                card,
            });
        }
        Ok(cards)
    }

    /// Checks a story against a channel's rules.
    pub fn rehearse(&self, story: StoryId, channel: ChannelId) -> Answer<Vec<FindingCard>> {
        let reading = self.read(story)?;
        let channel = self.channel(channel)?;
        let view = reading.document.view();
        let findings = satchel_checks::rehearse(&view, &rules_of(channel.kind), &self.figure_facts(&view)?);
        Ok(findings.into_iter().map(views::finding).collect())
    }

    /// Releases a signed story on a channel, once. The second call is refused.
    pub fn release(self: &Arc<Self>, story: StoryId, channel: ChannelId) -> Answer<DeliveryCard> {
        self.needs(Role::Operator, "operator")?;
        let reading = self.read(story)?;
        let channel = self.channel(channel)?;
        if !stands_as_signed(&reading) || reading.case.state() != State::Signed {
            return Err(DeskError::NotSigned.into());
        }
        let must = self.rehearse(story, channel.id)?.iter().filter(|one| one.severity == "must").count();
        if must > 0 {
            return Err(DeskError::DoesNotFit { count: must }.into());
        }
        let before = self.deliveries_of(story)?;
        let is_out = |one: &DeliveryCard| {
            one.channel == channel.id && !matches!(one.state.as_str(), "refused" | "not-released")
        };
        if before.iter().any(is_out) {
            return Err(DeskError::AlreadyOut { channel: channel.name }.into());
        }
        let mine = match channel.lane {
            Lane::Pool => false,
            Lane::Device(device) if device == self.identity().device => true,
            Lane::Device(_) => return Err(DeskError::OtherLane { channel: channel.name }.into()),
        };
        let push = PushId::mint(&mut Dice);
        let rev = reading.document.revision().hash;
        let intent = PublishIntent {
            job: push,
            channel: channel.id,
            account: channel.account.clone(),
            rev,
            marker: format!("satchel-{push}"),
        };
        if mine {
            self.library.delivery_put(&DeliveryRow {
                push,
                story,
                channel: channel.id,
                account: channel.account.clone(),
                rev,
                state: "sending".into(),
                marker: intent.marker.clone(),
                fence: 1,
                url: None,
                remote_id: None,
                error: None,
                at: now(),
            })?;
        }
        self.write_json(Kind::PUBLISH_INTENT, story.bytes(), &intent)?;
        if mine {
            let package = self.seal_package(&reading, &channel, &intent.marker)?;
            let room = Arc::clone(self);
            self.jobs.start(JobKind::Push, story.to_string(), move |_, gauge| {
                room.release_here(story, &channel, &intent, &package, gauge)
            })?;
        }
        self.tell(Happened::PushMoved { push });
        self.delivery(story, push)
    }

    fn seal_package(&self, reading: &Reading, channel: &Channel, marker: &str) -> Answer<Package> {
        let sign_off = reading.case.sign_off().ok_or(DeskError::NotSigned)?;
        let view = reading.document.view();
        let media = self.figure_facts(&view)?;
        let rules = rules_of(channel.kind);
        let slug = reading.story.to_string();
        let order = Order { channel: channel.id, rules: &rules, slug: &slug, marker };
        let sealed = Package::seal(&view, &sign_off, &order, &media);
        Ok(sealed.map_err(|findings| DeskError::DoesNotFit { count: findings.len() })?)
    }

    /// This laptop's own lane: the package goes out, the receipt is read back.
    fn release_here(
        &self,
        story: StoryId,
        channel: &Channel,
        intent: &PublishIntent,
        package: &Package,
        gauge: &Gauge,
    ) -> Answer<()> {
        let me = self.identity().device;
        let secret = self.channel_secret(channel.id).map(Secret::new);
        let settings = channel.settings.clone().into_iter().collect();
        let adapter = satchel_channels::open(Target {
            kind: kind_word(channel.kind),
            url: &channel.url,
            account: &channel.account,
            settings: &settings,
            secret,
        })?;
        let shelf: Arc<dyn MediaSource> = Arc::new(BlobSource(Arc::clone(&self.library)));
        let log = StepNotes { room: self, story, push: intent.job };
        self.gather_originals(package, gauge)?;
        gauge.enter("sending");
        let handle = tokio::runtime::Handle::current();
        let outcome = handle.block_on(adapter.release(package, shelf, &log));
        match outcome {
            Ok(receipt) => {
                let told = Receipt {
                    job: intent.job,
                    channel: channel.id,
                    rev: intent.rev,
                    url: public_address(channel, &receipt),
                    remote_id: receipt.remote_id,
                    at: now(),
                    by: me,
                };
                self.write_json(Kind::PUBLISH_RECEIPT, story.bytes(), &told)?;
                self.note_delivery(intent.job, "released", None)?;
            }
            Err(error) if error.class() == satchel_channels::Class::Lookup => {
                let told = PublishUnknown { job: intent.job, why: error.code().to_owned() };
                self.write_json(Kind::PUBLISH_UNKNOWN, story.bytes(), &told)?;
                self.note_delivery(intent.job, "unknown", Some(error.code()))?;
            }
            Err(error) => {
                let told = PublishRetract { job: intent.job, reason: error.code().to_owned() };
                self.write_json(Kind::PUBLISH_RETRACT, story.bytes(), &told)?;
                self.note_delivery(intent.job, "not-released", Some(error.code()))?;
                self.moved(story, intent.job)?;
                return Err(error.into());
            }
        }
        self.moved(story, intent.job)
    }

    /// The originals of others come from the pool before anything is written on the channel.
    fn gather_originals(&self, package: &Package, gauge: &Gauge) -> Answer<()> {
        gauge.enter("fetching");
        let until = Instant::now() + ORIGINALS;
        for media in package.media() {
            for row in self.library.clips_by_blob(media.blob)? {
                self.fetch_original(row.clip)?;
            }
        }
        while package.media().iter().any(|media| !self.library.blobs().has(&media.blob)) {
            if gauge.check().is_err() || Instant::now() > until {
                return Err(DeskError::NoPool.into());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    fn note_delivery(&self, push: PushId, state: &str, error: Option<&str>) -> Answer<()> {
        if let Some(mut row) = self.library.delivery(push)? {
            state.clone_into(&mut row.state);
            row.error = error.map(str::to_owned);
            self.library.delivery_put(&row)?;
        }
        Ok(())
    }

    fn moved(&self, story: StoryId, push: PushId) -> Answer<()> {
        self.index(story)?;
        self.tell(Happened::PushMoved { push });
        self.tell(Happened::StoryChanged { story });
        Ok(())
    }

    /// A person says what became of a release of unknown outcome.
    pub fn resolve_push(
        &self,
        push: PushId,
        released: bool,
        url: &str,
        reason: &str,
    ) -> Answer<DeliveryCard> {
        if !self.identity().has(Role::Chief) && !self.identity().has(Role::Head) {
            self.needs(Role::Operator, "operator")?;
        }
        if reason.trim().is_empty() {
            return Err(DeskError::BadInput { field: "reason" }.into());
        }
        let cards = self.push_list()?;
        let known = cards.iter().flat_map(|card| &card.deliveries).find(|one| one.push == push);
        let known = known.ok_or(DeskError::Unknown { what: "push" })?.clone();
        let outcome = if released { Outcome::Released } else { Outcome::NotReleased };
        let url = (!url.trim().is_empty()).then(|| url.trim().to_owned());
        let told = PublishResolve { job: push, outcome, url, reason: reason.trim().to_owned() };
        self.write_json(Kind::PUBLISH_RESOLVE, known.story.bytes(), &told)?;
        self.moved(known.story, push)?;
        self.delivery(known.story, push)
    }

    fn delivery(&self, story: StoryId, push: PushId) -> Answer<DeliveryCard> {
        let all = self.deliveries_of(story)?;
        Ok(all.into_iter().find(|one| one.push == push).ok_or(DeskError::Unknown { what: "push" })?)
    }

    /// The links where the public finds a story, newest first.
    pub fn links_of(&self, story: StoryId) -> Answer<Vec<LinkCard>> {
        let released = self.deliveries_of(story)?.into_iter().filter(|one| one.state == "released");
        let links = released.map(|one| LinkCard {
            channel: one.channel_name,
            url: one.url.unwrap_or_default(),
            at: one.released_at.unwrap_or(one.at),
        });
        let mut links: Vec<_> = links.collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.at));
        Ok(links)
    }

    /// The releases of a story as its records tell, oldest first.
    pub fn deliveries_of(&self, story: StoryId) -> Answer<Vec<DeliveryCard>> {
        let channels = self.channel_list()?;
        let people = self.people_by_device()?;
        let mut cards: Vec<DeliveryCard> = Vec::new();
        let mut kinds = TOLD.to_vec();
        kinds.push(Kind::POOL_VERDICT);
        let records = self.library.records_of(story.bytes(), &kinds)?;
        let mut intents: HashMap<Hash, PushId> = HashMap::new();
        for stored in &records {
            let record = &stored.record;
            match record.header().kind {
                Kind::PUBLISH_INTENT => {
                    let Ok(intent) = record.json::<PublishIntent>() else { continue };
                    let channel = channels.iter().find(|channel| channel.id == intent.channel);
                    let own_lane = channel.is_some_and(|one| matches!(one.lane, Lane::Device(_)));
                    intents.insert(record.id(), intent.job);
                    cards.push(DeliveryCard {
                        push: intent.job,
                        story,
                        channel: intent.channel,
                        channel_name: channel.map_or_else(String::new, |one| one.name.clone()),
                        rev: intent.rev,
                        state: if own_lane { "sending" } else { "waiting" }.into(),
                        step: String::new(),
                        url: None,
                        code: None,
                        at: stamp(record),
                        released_at: None,
                        by_name: people.name(record.header().device),
                    });
                }
                Kind::POOL_VERDICT => {
                    let Ok(verdict) = record.json::<satchel_wire::body::Verdict>() else { continue };
                    if let (false, Some(push)) = (verdict.accepted, intents.get(&verdict.record)) {
                        change(&mut cards, *push, |card| {
                            card.state = "refused".into();
                            card.code.clone_from(&verdict.code);
                        });
                    }
                }
                kind => told(&mut cards, kind, record),
            }
        }
        Ok(cards)
    }
}

/// Applies what a record tells of a release.
fn told(cards: &mut [DeliveryCard], kind: Kind, record: &satchel_wire::Record) {
    match kind {
        Kind::PUBLISH_DISPATCHED => {
            let Ok(body) = record.json::<PublishDispatched>() else { return };
            change(cards, body.job, |card| {
                card.state = "sending".into();
                card.step = body.step;
            });
        }
        Kind::PUBLISH_RECEIPT => {
            let Ok(body) = record.json::<Receipt>() else { return };
            change(cards, body.job, |card| {
                card.state = "released".into();
                card.code = None;
                card.url = Some(body.url);
                card.released_at = Some(body.at);
            });
        }
        Kind::PUBLISH_UNKNOWN => {
            let Ok(body) = record.json::<PublishUnknown>() else { return };
            change(cards, body.job, |card| {
                card.state = "unknown".into();
                card.code = Some(body.why);
            });
        }
        Kind::PUBLISH_RETRACT => {
            let Ok(body) = record.json::<PublishRetract>() else { return };
            change(cards, body.job, |card| {
                card.state = "not-released".into();
                card.code = Some(body.reason);
            });
        }
        Kind::PUBLISH_RESOLVE => {
            let Ok(body) = record.json::<PublishResolve>() else { return };
            change(cards, body.job, |card| match body.outcome {
                Outcome::Released => {
                    card.state = "released".into();
                    card.url = body.url;
                    card.released_at = Some(stamp(record));
                }
                Outcome::NotReleased => {
                    card.state = "not-released".into();
                    card.code = Some(body.reason);
                }
            });
        }
        _ => {}
    }
}

fn change(cards: &mut [DeliveryCard], push: PushId, act: impl FnOnce(&mut DeliveryCard)) {
    if let Some(card) = cards.iter_mut().find(|card| card.push == push) {
        act(card);
    }
}

/// The channel kind's word.
pub const fn kind_word(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Folder => "folder",
        ChannelKind::Sftp => "sftp",
        ChannelKind::Wordpress => "wordpress",
    }
}

/// Where the public finds it: under the channel's public address, where a folder or an SFTP place has one.
fn public_address(channel: &Channel, receipt: &satchel_channels::Receipt) -> String {
    match channel.settings.get("publicUrl").and_then(|url| url.as_str()) {
        Some(prefix) if !prefix.is_empty() => {
            format!("{}/{}/", prefix.trim_end_matches('/'), receipt.remote_id)
        }
        _ => receipt.url.clone(),
    }
}

/// The fingerprint of the key that an SFTP server shows at set-up.
fn host_key_of(url: &str) -> Answer<String> {
    let bad = DeskError::BadInput { field: "url" };
    let rest = url.strip_prefix("sftp://").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "22"));
    let Ok(port) = port.parse::<u16>() else { return Err(bad.into()) };
    let handle = tokio::runtime::Handle::current();
    Ok(handle.block_on(satchel_channels::host_key(host, port))?)
}

/// The rules that a kind of channel keeps to.
fn rules_of(kind: ChannelKind) -> ChannelRules {
    match kind {
        ChannelKind::Wordpress => ChannelRules::wordpress(),
        ChannelKind::Folder | ChannelKind::Sftp => ChannelRules::website(),
    }
}

/// The library's blobs as a channel reads them.
struct BlobSource(Arc<Library>);

impl MediaSource for BlobSource {
    fn open(&self, blob: &Hash) -> std::io::Result<satchel_channels::MediaFile> {
        let refused = |error: satchel_store::StoreError| std::io::Error::other(error.to_string());
        let reader = self.0.blobs().open_file(blob).map_err(refused)?;
        let bytes = self.0.blobs().len(blob).map_err(refused)?;
        Ok(satchel_channels::MediaFile { reader: Box::new(reader), bytes })
    }
}

/// Writes `dispatched` before the step that the public can see.
struct StepNotes<'a> {
    room: &'a Room,
    story: StoryId,
    push: PushId,
}

#[async_trait::async_trait]
impl satchel_channels::StepLog for StepNotes<'_> {
    async fn dispatched(&self, step: &str) -> Result<(), satchel_channels::PushError> {
        let body = PublishDispatched { job: self.push, fence: 1, step: step.into() };
        match self.room.write_json(Kind::PUBLISH_DISPATCHED, self.story.bytes(), &body) {
            Ok(_) => Ok(()),
            Err(failure) => Err(satchel_channels::PushError::NotDispatched { why: failure.message }),
        }
    }
}
