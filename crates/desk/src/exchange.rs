//! The talk with the pool: it starts by itself, never holds up a person, and says truly how far it is.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use satchel_failure::{Answer, Explain};
use satchel_store::{Direction, SyncLine, TransferFilter, TransferRow, TransferState};
use satchel_sync::{Contact, Driver, Habits, Happened as Told};
use satchel_terms::{ChannelId, ClipId, DeviceId, PersonId, Role};
use satchel_wire::protocol::{Invitation, InviteAsk, RevokeAsk, SecretAsk};

use crate::DeskError;
use crate::arrivals::{limit, rules};
use crate::cards::{Happened, InvitationMade, Settings, SyncCard, SyncItem, SyncLogLine, Whereabouts};
use crate::clips::way_up;
use crate::home::free_bytes;
use crate::invitations;
use crate::room::{Room, locked};

/// First wait between tries to be taken in by the pool; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(1);
/// Longest wait between those tries.
const LONGEST: Duration = Duration::from_secs(30);

/// How often a story is asked how far it is while its material goes up.
const GLANCE: Duration = Duration::from_secs(5);

/// The setting that keeps the pool's word that this laptop was revoked.
const REVOKED: &str = "revoked";

/// How the talk stands.
#[derive(Default)]
pub struct Exchange {
    driver: Mutex<Option<Driver>>,
    is_stopped: AtomicBool,
    /// Why the pool has not taken this device in yet.
    trouble: Mutex<Option<String>>,
    /// When a story was last asked how far it is.
    glanced: Mutex<Option<Instant>>,
    hurry: tokio::sync::Notify,
}

impl Exchange {
    /// There is something to send.
    pub fn nudge(&self) {
        self.hurry.notify_one();
        if let Some(driver) = locked(&self.driver).as_ref() {
            driver.now();
        }
    }

    /// Ends the talk.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        drop(locked(&self.driver).take());
    }

    /// Ends the talk until it is started again; false when there is none.
    pub(crate) async fn rest(&self) -> bool {
        let driver = locked(&self.driver).take();
        match driver {
            Some(driver) => {
                driver.stop().await;
                true
            }
            None => false,
        }
    }

    /// Rests or goes on.
    pub fn set_paused(&self, is_paused: bool) {
        match locked(&self.driver).as_ref() {
            Some(driver) if is_paused => driver.pause(),
            Some(driver) => driver.resume(),
            None => {}
        }
    }

    /// Does as the person chose for the way up.
    pub fn obey(&self, settings: &Settings) {
        if let Some(driver) = locked(&self.driver).as_ref() {
            driver.set_rules(rules(settings));
            driver.set_limit(limit(settings));
        }
    }

    /// Bytes in a second that really arrive at the pool, as measured in this run.
    pub fn goodput(&self) -> Option<u64> {
        locked(&self.driver).as_ref().and_then(Driver::goodput)
    }

    fn contact(&self) -> Contact {
        locked(&self.driver).as_ref().map(Driver::contact).unwrap_or_default()
    }

    /// Gives the secret of a channel on the pool's lane to the pool; it never lies here.
    pub fn tell_secret(&self, room: &Room, channel: ChannelId, secret: &str) -> Answer<()> {
        let ask = SecretAsk { secret: secret.to_owned() };
        room.ask_pool::<_, serde_json::Value>(&format!("/v1/channels/{channel}/secret"), &ask).map(|_| ())
    }
}

impl Room {
    /// Starts the talk: first the enrolment, where it is still open, then the driver.
    pub fn start_exchange(self: &Arc<Self>) {
        let room = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut wait = FIRST;
            loop {
                let Some(here) = room.upgrade() else { return };
                if here.exchange.is_stopped.load(Ordering::Acquire) {
                    return;
                }
                match here.take_part().await {
                    Ok(()) => {
                        here.drive();
                        return;
                    }
                    Err(failure) => {
                        if failure.code == "sync.device-revoked" {
                            here.note_revoked(true);
                        }
                        here.note_trouble(&failure.code);
                    }
                }
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = here.exchange.hurry.notified() => {}
                }
                wait = (wait * 2).min(LONGEST);
            }
        });
    }

    /// Makes sure that the pool has taken this device in.
    async fn take_part(self: &Arc<Self>) -> Answer<()> {
        if self.library.pool()?.is_none() {
            let identity = self.identity();
            let Some(invitation) = identity.profile.invitation.clone() else {
                return Err(DeskError::NoPool.into());
            };
            // The invitation may have been used up before the library was put back: by the key of then.
            let key = self.known_signer()?.map_or(identity.key, |known| known.key);
            let taken = satchel_sync::enrol(&invitation, &key, &machine_name(), &Habits::default()).await?;
            self.joined(taken)?;
        }
        self.be_vouched_for().await
    }

    /// The pool has taken this device in: by the line, or by a receipt.
    pub(crate) fn joined(&self, taken: satchel_sync::Enrolment) -> Answer<()> {
        self.library.set_pool(&taken.line)?;
        let mut profile = self.identity().profile;
        profile.roles = taken.certificate.roles;
        profile.name = taken.certificate.name;
        profile.invitation = None;
        self.set_profile(profile)?;
        self.tell(Happened::PhaseChanged);
        Ok(())
    }

    fn drive(self: &Arc<Self>) {
        let me = self.identity();
        let identity =
            satchel_sync::Identity { device: me.device, key: me.key, newsroom: me.profile.newsroom };
        let room = Arc::downgrade(self);
        let told = move |news: Told| {
            if let Some(room) = room.upgrade() {
                room.hear(news);
            }
        };
        let runtime = tokio::runtime::Handle::current();
        let driver = Driver::spawn(&runtime, Arc::clone(&self.library), identity, Habits::default(), told);
        let settings = self.settings().unwrap_or_default();
        if !settings.sync_on {
            driver.pause();
        }
        *locked(&self.exchange.trouble) = None;
        *locked(&self.exchange.driver) = Some(driver);
        self.exchange.obey(&settings);
        self.tell(Happened::SyncMoved);
    }

    /// Drives from the start again: what others wrote and the pool does not have is offered then.
    pub(crate) fn drive_anew(self: &Arc<Self>) {
        let old = locked(&self.exchange.driver).take();
        if old.is_some() && !self.exchange.is_stopped.load(Ordering::Acquire) {
            drop(old);
            self.drive();
        }
    }

    /// What the driver tells becomes rows and news for the window. The driver keeps the log.
    fn hear(self: &Arc<Self>, news: Told) {
        match news {
            Told::BlobPooled { subject, .. }
            | Told::BlobHere { subject, .. }
            | Told::BlobMaking { subject, .. } => {
                self.note_speed();
                self.tell(Happened::ClipsChanged { clip: Some(ClipId(subject)) });
                self.work_off();
            }
            Told::PoolReached { .. } => {
                self.note_revoked(false);
                self.work_off();
            }
            Told::Took { .. } | Told::Pushed { .. } => self.work_off(),
            Told::PoolLost { code } | Told::NeedsYou { code, .. } => match code {
                "sync.device-revoked" => self.note_revoked(true),
                "sync.fork" => self.renew_soon(),
                _ => {}
            },
            Told::BlobMoved { subject, direction: Direction::Up, .. } => self.glance(ClipId(subject)),
            Told::Rejected { .. } | Told::BlobMoved { .. } => {}
        }
        self.tell(Happened::SyncMoved);
    }

    /// Asks the story of a clip that goes up how far it is, unless one was asked just now.
    fn glance(self: &Arc<Self>, clip: ClipId) {
        let mut last = locked(&self.exchange.glanced);
        if last.is_some_and(|at| at.elapsed() < GLANCE) {
            return;
        }
        *last = Some(Instant::now());
        let room = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let story = room.library.clip(clip).map(|row| row.and_then(|row| row.story));
            let done =
                story.map_err(Into::into).and_then(|story| story.map_or(Ok(()), |story| room.refresh(story)));
            if let Err(failure) = done {
                tracing::warn!(code = %failure.code, "a story could not be asked how far it is");
            }
        });
    }

    /// Whether the pool said last that this laptop was revoked. It is believed only until the pool greets it again:
    /// that answer is signed, this one need not have come from the pool.
    pub fn is_revoked(&self) -> bool {
        matches!(self.library.setting(REVOKED), Ok(Some(_)))
    }

    fn note_revoked(&self, is_revoked: bool) {
        if self.is_revoked() != is_revoked {
            let word = if is_revoked { true.into() } else { serde_json::Value::Null };
            if let Err(error) = self.library.set_setting(REVOKED, &word) {
                tracing::warn!(%error, "the pool's word on this laptop could not be kept");
            }
            self.tell(Happened::PeopleChanged);
        }
    }

    /// Applies what came and refreshes the rows whose whereabouts changed, off the driver's thread.
    pub(crate) fn work_off(self: &Arc<Self>) {
        let room = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let done = room
                .apply_intake()
                .and_then(|()| room.say_again())
                .and_then(|()| room.apply_intake())
                .and_then(|()| room.refresh_travellers());
            room.hand_on_slips();
            if let Err(failure) = done {
                tracing::warn!(code = %failure.code, "what the pool brought could not be applied");
            }
        });
    }

    /// Rows that do not say "in the pool" yet are asked again.
    pub(crate) fn refresh_travellers(&self) -> Answer<()> {
        for card in self.story_cards(200)? {
            if !matches!(card.whereabouts, Whereabouts::Pooled { .. }) {
                self.refresh(card.story)?;
            }
        }
        Ok(())
    }

    /// Remembers what stands in the way of the exchange, for the screen.
    pub fn note_trouble(&self, code: &str) {
        let before = locked(&self.exchange.trouble).replace(code.to_owned());
        if before.as_deref() != Some(code) {
            self.tell(Happened::SyncMoved);
        }
    }

    /// The state of the exchange, for the screen.
    pub fn sync_state(&self) -> Answer<SyncCard> {
        let me = self.identity();
        let records = self.library.unpushed(me.device)? + self.records_owed()?;
        let pending = self.library.stories_with_pending()?.len();
        let filter = TransferFilter { limit: 10_000, ..TransferFilter::default() };
        let mut open: Vec<TransferRow> = self
            .library
            .transfers(&filter)?
            .into_iter()
            .filter(|row| row.direction == Direction::Up && row.state != TransferState::Pooled)
            .collect();
        let travelling: Vec<_> =
            open.iter().filter(|row| way_up(row) != Whereabouts::Making).cloned().collect();
        let is_moving = travelling.iter().any(|row| row.state == TransferState::Moving);
        // What needs a person is never behind what only waits.
        open.sort_by_key(|row| (row.state != TransferState::Failed, row.state != TransferState::Moving));
        let mut items = self.field_items()?;
        let (texts, pooled) = self.text_items()?;
        items.extend(texts);
        for row in open.iter().take(200) {
            items.push(self.item(row)?);
        }
        items.extend(pooled);
        let contact = self.exchange.contact();
        let is_off = !self.settings()?.sync_on || me.profile.pool_url.is_empty();
        let state = match (is_off, contact.is_online) {
            (true, _) => "off",
            (false, false) => "offline",
            (false, true) if records > 0 || is_moving => "busy",
            (false, true) => "idle",
        };
        Ok(SyncCard {
            state: state.into(),
            pool_url: me.profile.pool_url,
            records_waiting: u32::try_from(records + pending as u64).unwrap_or(u32::MAX),
            items_waiting: u32::try_from(travelling.len()).unwrap_or(u32::MAX),
            bytes_waiting: travelling.iter().map(|row| row.total.saturating_sub(row.done_bytes)).sum(),
            items_making: u32::try_from(open.len() - travelling.len()).unwrap_or(u32::MAX),
            last_answer: contact.last_answer,
            trouble: contact.code.map(str::to_owned).or_else(|| locked(&self.exchange.trouble).clone()),
            clock_ahead_ms: contact.offset_ms,
            renewal: self.renewal_card()?,
            items,
        })
    }

    /// Filed stories: those whose text the pool does not hold yet, and the newest of those that it holds.
    fn text_items(&self) -> Answer<(Vec<SyncItem>, Vec<SyncItem>)> {
        let filed = self.story_cards(200)?.into_iter().filter(|card| card.state != "draft");
        let items = filed.map(|card| SyncItem {
            title: card.headline,
            what: "text".into(),
            story: Some(card.story),
            clip: None,
            whereabouts: card.whereabouts,
        });
        let (mut pooled, mut open): (Vec<_>, Vec<_>) =
            items.partition(|item| matches!(item.whereabouts, Whereabouts::Pooled { .. }));
        open.retain(|item| matches!(item.whereabouts, Whereabouts::Waiting { .. }));
        pooled.truncate(20);
        Ok((open, pooled))
    }

    /// A piece that waits, for the screen.
    pub fn item(&self, row: &TransferRow) -> Answer<SyncItem> {
        let clip = self.library.clip(ClipId(row.subject))?;
        let what = match (row.lane, &clip) {
            (2, _) => "original",
            (_, Some(clip)) => {
                let derived = self.library.derived(clip.clip)?;
                match derived.iter().find(|one| one.blob == row.root).map(|one| one.role.as_str()) {
                    Some("proxy") => "proxy",
                    _ => "thumb",
                }
            }
            _ => "thumb",
        };
        Ok(SyncItem {
            title: clip.as_ref().map_or_else(String::new, |clip| clip.name.clone()),
            what: what.into(),
            story: clip.and_then(|clip| clip.story),
            clip: None,
            whereabouts: way_up(row),
        })
    }

    /// The permanent log of the exchange.
    pub fn sync_log(&self, query: &str) -> Answer<Vec<SyncLogLine>> {
        let lines = self.library.sync_log(query, 500)?;
        let card = |line: SyncLine| SyncLogLine {
            at: line.at,
            level: level_word(&line.level).into(),
            code: line.code,
            params: line.params,
        };
        Ok(lines.into_iter().map(card).collect())
    }

    /// Whether the pool answered last time.
    pub fn is_in_touch(&self) -> bool {
        self.exchange.contact().is_online || self.exchange.contact().last_answer.is_none()
    }

    /// Asks the pool as this device.
    pub(crate) fn ask_pool<A: serde::Serialize, B: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        ask: &A,
    ) -> Answer<B> {
        self.ask_pool_maybe(path, Some(ask))
    }

    /// Asks the pool for something that is only read.
    pub(crate) fn ask_pool_for<B: serde::de::DeserializeOwned>(&self, path: &str) -> Answer<B> {
        self.ask_pool_maybe::<(), B>(path, None)
    }

    fn ask_pool_maybe<A: serde::Serialize, B: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        ask: Option<&A>,
    ) -> Answer<B> {
        let line = self.library.pool()?.ok_or(DeskError::NoPool)?;
        let me = self.identity();
        let identity =
            satchel_sync::Identity { device: me.device, key: me.key, newsroom: me.profile.newsroom };
        let client = satchel_sync::Client::new(&line, &identity, &Habits::default())?;
        Ok(tokio::runtime::Handle::current().block_on(client.call(path, ask))?)
    }

    /// Invites a person, or one more laptop of a person who is here: as a text, as squares, and as a file when a folder
    /// is named.
    pub fn invite(
        &self,
        name: &str,
        roles: &[Role],
        folder: &str,
        person: Option<PersonId>,
    ) -> Answer<InvitationMade> {
        self.needs(Role::Administrator, "administrator")?;
        let name = name.trim();
        if !(1..=60).contains(&name.chars().count()) {
            return Err(DeskError::BadName { field: "name", limit: 60 }.into());
        }
        if roles.is_empty() {
            return Err(DeskError::BadInput { field: "roles" }.into());
        }
        let folder = Path::new(folder.trim());
        let has_folder = !folder.as_os_str().is_empty();
        if has_folder && !folder.is_dir() {
            return Err(DeskError::BadPlace { dir: folder.display().to_string() }.into());
        }
        let ask = InviteAsk {
            name: name.to_owned(),
            roles: roles.to_vec(),
            person,
            valid_minutes: Some(7 * 24 * 60),
            url: None,
        };
        let invitation: Invitation = self.ask_pool("/v1/invite", &ask)?;
        let text = invitations::to_text(&invitation)?;
        let path = if has_folder { write_invitation(folder, name, &invitation)? } else { String::new() };
        Ok(InvitationMade { path, squares: invitations::squares(&text)?, text, expires: invitation.expires })
    }

    /// Takes a laptop's rights away.
    pub fn revoke_device(&self, device: DeviceId, reason: &str) -> Answer<()> {
        self.needs(Role::Administrator, "administrator")?;
        if reason.trim().is_empty() {
            return Err(DeskError::BadInput { field: "reason" }.into());
        }
        let ask = RevokeAsk { device, reason: reason.trim().to_owned() };
        self.ask_pool::<_, serde_json::Value>("/v1/revoke", &ask)?;
        self.exchange.nudge();
        Ok(())
    }

    /// Facts for support; never a word of a story.
    pub fn diagnostics(&self) -> Answer<String> {
        let me = self.identity();
        let sync = self.sync_state()?;
        let ffmpeg = tokio::runtime::Handle::current().block_on(satchel_media::Tools::find(None));
        let ffmpeg = ffmpeg.map_or_else(|error| error.code().to_owned(), |tools| tools.version);
        Ok(format!(
            "satchel {}\nsystem {} {}\ndevice {}\nlibrary free bytes {}\nffmpeg {ffmpeg}\nexchange {} waiting {} + {}\ntrouble {}\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
            me.device,
            free_bytes(&self.dir),
            sync.state,
            sync.records_waiting,
            sync.items_waiting,
            sync.trouble.unwrap_or_default(),
        ))
    }
}

/// Writes the file of an invitation and says where it is.
fn write_invitation(folder: &Path, name: &str, invitation: &Invitation) -> Answer<String> {
    let text = serde_json::to_vec_pretty(invitation).map_err(|error| DeskError::Broken(error.to_string()))?;
    let safe: String = name.chars().map(|one| if one.is_alphanumeric() { one } else { '_' }).collect();
    let path = folder.join(format!("{safe}.satchel-invite"));
    let failed =
        |error: std::io::Error| DeskError::File { path: path.display().to_string(), why: error.to_string() };
    std::fs::write(&path, text).map_err(failed)?;
    Ok(path.display().to_string())
}

/// The level as the screen names it.
fn level_word(level: &str) -> &str {
    if level == "warn" { "warning" } else { level }
}

/// The machine's own name, for the pool's list of devices.
pub(crate) fn machine_name() -> String {
    sysinfo::System::host_name().unwrap_or_else(|_| "laptop".into())
}
