//! An open library with the person who works in it: what all use cases share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use satchel_failure::Answer;
use satchel_store::Library;
use satchel_terms::{JobId, Mint, Stamp, StoryId};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, Stream};
use tokio::sync::broadcast;

use crate::DeskError;
use crate::cards::{Happened, Settings};
use crate::centre::LocalPool;
use crate::exchange::Exchange;
use crate::identity::{Identity, Profile};
use crate::jobs::Jobs;
use crate::nearby::Nearby;

/// The clock and the dice of this machine.
pub struct Dice;

impl Mint for Dice {
    fn now_ms(&mut self) -> u64 {
        u64::try_from(now()).unwrap_or_default()
    }
    fn dice(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        // A machine without random bytes cannot have made its keys either: the desk never opened.
        let _ = getrandom::fill(&mut bytes);
        bytes
    }
}

/// Unix time in milliseconds.
pub fn now() -> Stamp {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| Stamp::try_from(passed.as_millis()).unwrap_or(Stamp::MAX))
}

/// An open library.
pub struct Room {
    /// Its folder.
    pub dir: PathBuf,
    /// Its memory.
    pub library: Arc<Library>,
    /// Who works here; changes when the pool tells new roles.
    identity: Mutex<Identity>,
    /// The last hybrid time written, and the lock that keeps a stream's numbers dense.
    pen: Mutex<HybridTime>,
    /// Where news is told.
    pub news: broadcast::Sender<Happened>,
    /// Long work.
    pub jobs: Jobs,
    /// The talk with the pool.
    pub exchange: Exchange,
    /// The talk with laptops nearby.
    pub nearby: Nearby,
    /// The centre's pool, where this machine runs it.
    pub pool: Mutex<Option<LocalPool>>,
    /// Import reports by job, until the program ends.
    pub reports: Mutex<HashMap<String, crate::cards::ImportReport>>,
    /// What became of parcels, by job, until the program ends.
    pub parcels: Mutex<HashMap<JobId, crate::cards::ParcelReport>>,
    /// Files that lie ready in the hot folder.
    pub hot: Mutex<Vec<PathBuf>>,
    /// Counts the watches of the hot folder; an older one ends.
    pub hot_round: Mutex<u64>,
    /// Whether a story may be edited here, as last found out; emptied by decisions and by the pool's news.
    pub editable: Mutex<HashMap<StoryId, Option<String>>>,
    /// One sealing at a time, so that no update stands in two records.
    pub sealing: Mutex<()>,
    /// One change to the list of facts with two values at a time.
    pub fields: Mutex<()>,
    /// One change to a cut at a time, so that none is written over.
    pub cutting: Mutex<()>,
}

/// What a poisoned lock held is still good: every writer leaves it whole.
pub fn locked<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    /// Sets the table: library, person, news.
    pub fn new(dir: &Path, library: Library, identity: Identity, news: broadcast::Sender<Happened>) -> Self {
        let library = Arc::new(library);
        Self {
            dir: dir.to_path_buf(),
            jobs: Jobs::new(Arc::clone(&library), news.clone()),
            library,
            identity: Mutex::new(identity),
            pen: Mutex::new(HybridTime(0)),
            news,
            exchange: Exchange::default(),
            nearby: Nearby::default(),
            pool: Mutex::new(None),
            reports: Mutex::new(HashMap::new()),
            parcels: Mutex::new(HashMap::new()),
            hot: Mutex::new(Vec::new()),
            hot_round: Mutex::new(0),
            editable: Mutex::new(HashMap::new()),
            sealing: Mutex::new(()),
            fields: Mutex::new(()),
            cutting: Mutex::new(()),
        }
    }

    /// Who works here.
    pub fn identity(&self) -> Identity {
        locked(&self.identity).clone()
    }

    /// The lock of everything that is signed: nobody else signs while it is held.
    pub(crate) fn hold_pen(&self) -> std::sync::MutexGuard<'_, HybridTime> {
        locked(&self.pen)
    }

    /// Signs with another key from here on. The pen must be held.
    pub(crate) fn set_key(&self, key: satchel_wire::SigningKey) {
        let mut identity = locked(&self.identity);
        identity.device = satchel_wire::device_id(&key.verifying_key());
        identity.key = key;
    }

    /// Keeps a changed profile.
    pub fn set_profile(&self, profile: Profile) -> Answer<()> {
        let value = serde_json::to_value(&profile).map_err(|error| DeskError::Broken(error.to_string()))?;
        self.library.set_setting("identity", &value)?;
        locked(&self.identity).profile = profile;
        Ok(())
    }

    /// What was known of who may edit a story is asked anew.
    pub fn forget_editable(&self, story: StoryId) {
        locked(&self.editable).remove(&story);
    }

    /// Tells news. Nobody listening is fine.
    pub fn tell(&self, news: Happened) {
        let _ = self.news.send(news);
    }

    /// There is something new to send: the exchange goes on at once, and the screen counts anew what waits.
    pub fn send_soon(&self) {
        self.exchange.nudge();
        self.nearby.nudge();
        self.tell(Happened::SyncMoved);
    }

    /// Signs and keeps one record of this laptop in the editorial stream.
    pub fn write(&self, kind: Kind, subject: [u8; 16], codec: Codec, body: Vec<u8>) -> Answer<Record> {
        self.write_sealing(kind, subject, codec, body, &[])
    }

    /// The same, and the local updates `sealed` are from then on kept by the record.
    pub fn write_sealing(
        &self,
        kind: Kind,
        subject: [u8; 16],
        codec: Codec,
        body: Vec<u8>,
        sealed: &[i64],
    ) -> Answer<Record> {
        // Who signs is asked with the pen in hand: a new name is taken in the same way.
        let mut last = self.hold_pen();
        let identity = self.identity();
        let time = HybridTime::next(u64::try_from(now()).unwrap_or_default(), *last);
        let head = self.library.my_head(identity.device, Stream::Editorial)?;
        let (seq, prev) = head.map_or((1, satchel_terms::Hash::ZERO), |(seq, id)| (seq + 1, id));
        let draft = Draft {
            kind,
            newsroom: identity.profile.newsroom,
            device: identity.device,
            stream: Stream::Editorial,
            seq,
            prev,
            time,
            subject,
            codec,
            body,
        };
        let record = Record::seal(draft, &identity.key)?;
        self.library.append_own(&record, sealed)?;
        *last = time;
        drop(last);
        self.send_soon();
        Ok(record)
    }

    /// Signs and keeps a record with a JSON body.
    pub fn write_json(&self, kind: Kind, subject: [u8; 16], body: &impl serde::Serialize) -> Answer<Record> {
        let body = serde_json::to_vec(body).map_err(|error| DeskError::Broken(error.to_string()))?;
        self.write(kind, subject, Codec::Json, body)
    }

    /// What the person chose.
    pub fn settings(&self) -> Answer<Settings> {
        let kept = self.library.setting("settings")?;
        Ok(kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
    }

    /// Keeps what the person chose.
    pub fn save_settings(&self, settings: Settings) -> Answer<Settings> {
        if !["zh-CN", "en"].contains(&settings.language.as_str()) {
            return Err(DeskError::BadInput { field: "language" }.into());
        }
        let settings = crate::arrivals::checked(settings)?;
        let settings = Settings {
            text_size: settings.text_size.clamp(14, 32),
            reading_speed: settings.reading_speed.clamp(120, 400),
            ..settings
        };
        let value = serde_json::to_value(&settings).map_err(|error| DeskError::Broken(error.to_string()))?;
        self.library.set_setting("settings", &value)?;
        Ok(settings)
    }
}
