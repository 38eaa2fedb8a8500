//! The pool (稿库): the central server of a centre, as a library so that tests and the desk can host it.
//!
//! It keeps every record and blob, decides who may do what in its own order, and releases on the channels whose
//! lane it is. Doors: `docs` of each module in [`doors`]; storage: [`keep::Keep`].

mod authority;
pub mod chance;
pub mod cli;
pub mod doors;
mod failure;
mod identity;
mod intake;
pub mod keep;
mod release;
mod secrets;
mod server;
mod settings;

use std::path::Path;
use std::sync::Arc;

use satchel_terms::NewsroomId;
use satchel_wire::{Codec, Kind, SigningKey};
use serde::Serialize;
use tokio::sync::{Mutex, MutexGuard, watch};

pub use failure::{Outcome, PoolError};
pub use identity::Caller;
pub use keep::Keep;
pub use server::{Server, serve};
pub use settings::{Settings, days_ms, minutes_ms};

use chance::Dice;
use keep::embedded::Embedded;
use keep::{Batch, Committed, Facts, OwnDraft};

/// How often a judgement is made again when others wrote in between.
const TRIES: usize = 16;

/// One centre's pool.
pub struct Pool {
    keep: Arc<dyn Keep>,
    key: SigningKey,
    facts: Facts,
    settings: Settings,
    head: watch::Sender<u64>,
    is_stopping: watch::Sender<bool>,
    turn: Mutex<()>,
}

impl Pool {
    /// Makes the data folder of a new pool: library, key, folders.
    ///
    /// # Errors
    /// [`PoolError::AlreadyAPool`] when there is one, and what the disk says.
    pub fn found(data: &Path, centre: &str) -> Outcome<()> {
        let centre = centre.trim();
        if centre.is_empty() {
            return Err(PoolError::BadRequest { why: "the centre needs a name".to_owned() });
        }
        let facts =
            Facts { newsroom: NewsroomId::mint(&mut Dice::throw()?), centre: centre.to_owned(), epoch: 1 };
        Embedded::create(data, &facts)?;
        secrets::make_key(data).map(drop)
    }

    /// Begins a new epoch of the pool in a data folder, after it was restored from a backup.
    ///
    /// # Errors
    /// [`PoolError::NoPool`] when there is none, and what disk and library say.
    pub async fn new_epoch(data: &Path) -> Outcome<u64> {
        let key = secrets::read_key(data)?;
        Embedded::open(data, Arc::new(key))?.new_epoch().await
    }

    /// Opens the pool of the data folder named in the settings, with the embedded store.
    ///
    /// # Errors
    /// [`PoolError::NoPool`] when there is none, and what disk and library say.
    pub async fn open(settings: Settings) -> Outcome<Self> {
        let key = secrets::read_key(&settings.data)?;
        let keep = Embedded::open(&settings.data, Arc::new(key.clone()))?;
        Self::over(Arc::new(keep), key, settings).await
    }

    /// A pool over any store.
    ///
    /// # Errors
    /// What the store says.
    pub async fn over(keep: Arc<dyn Keep>, key: SigningKey, settings: Settings) -> Outcome<Self> {
        let facts = keep.facts().await?;
        let head = watch::Sender::new(keep.head().await?);
        let is_stopping = watch::Sender::new(false);
        Ok(Self { keep, key, facts, settings, head, is_stopping, turn: Mutex::new(()) })
    }

    /// The storage.
    #[must_use]
    pub fn keep(&self) -> &dyn Keep {
        self.keep.as_ref()
    }

    /// What this pool is.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// How it is set up.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// One pushes at a time; others wait here rather than judge twice.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Commits, and tells those who wait.
    pub(crate) async fn commit(&self, batch: Batch) -> Outcome<Committed> {
        let done = self.keep.commit(batch).await?;
        self.tell_head(done.head);
        Ok(done)
    }

    /// Tells those who wait that the feed stands at `head`; an older place is no news.
    pub(crate) fn tell_head(&self, head: u64) {
        self.head.send_if_modified(|known| {
            let is_news = head > *known;
            *known = head.max(*known);
            is_news
        });
    }

    /// The newest place of the feed, as it moves.
    pub(crate) fn watch_head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Turns true when the server stops.
    pub(crate) fn watch_stop(&self) -> watch::Receiver<bool> {
        self.is_stopping.subscribe()
    }

    pub(crate) fn stop(&self) {
        self.is_stopping.send_replace(true);
    }
}

/// Judges again while others write in between.
pub(crate) async fn again_when_moved<T, F: Future<Output = Outcome<T>>>(judge: impl Fn() -> F) -> Outcome<T> {
    for _ in 0..TRIES {
        match judge().await {
            Err(PoolError::Moved) => {}
            settled => return settled,
        }
    }
    Err(PoolError::Busy)
}

/// A record of the pool's own with a JSON body.
pub(crate) fn own_json(kind: Kind, subject: [u8; 16], body: &impl Serialize) -> Outcome<OwnDraft> {
    let body = serde_json::to_vec(body).map_err(|error| PoolError::Broken(error.to_string()))?;
    Ok(OwnDraft { kind, subject, codec: Codec::Json, body })
}
