//! The pool (稿库): the central server of a centre, as a library so that tests and the desk can host it.
//!
//! It keeps every record and blob, decides who may do what in its own order, and releases on the channels whose
//! lane it is. Doors: `docs` of each module in [`doors`]; storage: [`keep::Keep`].

mod admin;
mod authority;
pub mod backup;
pub mod chance;
pub mod cli;
pub mod doctor;
pub mod doors;
mod escrow;
mod failure;
mod folders;
mod identity;
mod intake;
pub mod keep;
mod lease;
mod limits;
mod logbook;
mod metrics;
mod parcel;
mod quarantine;
mod recipe;
mod release;
pub mod retention;
mod secrets;
mod server;
mod settings;
pub mod storage;
pub mod tls;
pub mod tus;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use satchel_terms::NewsroomId;
use satchel_wire::{Codec, Kind, SigningKey};
use serde::Serialize;
use tokio::sync::{Mutex, MutexGuard, watch};

pub use failure::{Outcome, PoolError};
pub use identity::Caller;
pub use keep::Keep;
pub use logbook::LogLine;
pub use parcel::{Export, Material, SlipTaken};
pub use server::{Server, serve};
pub use settings::{
    Kind as StoreKind, Limits, MetricsAccess, Private, Recipes, Retention, S3, Settings, Storage, Tls,
    TlsFiles, days_ms, minutes_ms,
};

use chance::Dice;
use keep::embedded::Embedded;
use keep::postgres::Postgres;
use keep::{Batch, Committed, Facts, OwnDraft, Worker};

/// How often a judgement is made again when others wrote in between.
const TRIES: usize = 16;

/// One centre's pool.
pub struct Pool {
    keep: Arc<dyn Keep>,
    key: SigningKey,
    facts: Facts,
    settings: Settings,
    pin: Option<String>,
    limits: limits::Gauges,
    tray: Arc<dyn tus::Tray>,
    hands: tus::Hands,
    metrics: metrics::Metrics,
    head: watch::Sender<u64>,
    is_stopping: watch::Sender<bool>,
    turn: Mutex<()>,
    worker: Worker,
    backing: admin::backing::Desk,
    renders: recipe::Renders,
}

impl Pool {
    /// Makes the data folder of a new pool with the embedded store: library, key, folders.
    ///
    /// # Errors
    /// [`PoolError::AlreadyAPool`] when there is one, and what the disk says.
    pub fn found(data: &Path, centre: &str) -> Outcome<()> {
        let settings = Settings { data: data.to_owned(), ..Settings::default() };
        Embedded::create(data, &new_facts(centre)?)?;
        secrets::make_key(&settings).map(drop)
    }

    /// Makes a new pool on the store that the settings name.
    ///
    /// # Errors
    /// [`PoolError::AlreadyAPool`] when there is one, and what the store says.
    pub async fn found_on(settings: &Settings, centre: &str) -> Outcome<()> {
        match settings.storage.kind {
            StoreKind::Embedded => Self::found(&settings.data, centre),
            StoreKind::Postgres => {
                let facts = new_facts(centre)?;
                std::fs::create_dir_all(&settings.data)?;
                let key = secrets::make_key(settings)?;
                Postgres::create(&settings.storage, &facts, &key).await
            }
        }
    }

    /// Begins a new epoch of a pool that nobody serves, after it was restored from a backup.
    ///
    /// # Errors
    /// [`PoolError::NoPool`] when there is none, [`PoolError::ServedElsewhere`], and what the store says.
    pub async fn new_epoch(settings: &Settings) -> Outcome<u64> {
        let key = Arc::new(secrets::read_key(settings)?);
        match settings.storage.kind {
            StoreKind::Embedded => {
                let _lock = server::lock(settings)?;
                Embedded::open(&settings.data, key)?.new_epoch().await
            }
            StoreKind::Postgres => Postgres::open(&settings.storage, key).await?.new_epoch().await,
        }
    }

    /// Opens the pool on the store that the settings name.
    ///
    /// # Errors
    /// [`PoolError::NoPool`] when there is none, and what the store says.
    pub async fn open(settings: Settings) -> Outcome<Self> {
        let key = secrets::read_key(&settings)?;
        let shared = Arc::new(key.clone());
        let keep: Arc<dyn Keep> = match settings.storage.kind {
            StoreKind::Embedded => Arc::new(Embedded::open(&settings.data, shared)?),
            StoreKind::Postgres => Arc::new(Postgres::open(&settings.storage, shared).await?),
        };
        Self::over(keep, key, settings).await
    }

    /// A pool over any store.
    ///
    /// # Errors
    /// What the store says.
    pub async fn over(keep: Arc<dyn Keep>, key: SigningKey, settings: Settings) -> Outcome<Self> {
        let facts = keep.facts().await?;
        let head = watch::Sender::new(keep.head().await?);
        let is_stopping = watch::Sender::new(false);
        let worker = Worker(chance::random()?);
        let pin = tls::pin(&settings)?;
        let (tray, hands) = (keep.tray(), tus::Hands::default());
        let limits = limits::Gauges::new(&settings.limits);
        let metrics = metrics::Metrics::default();
        Ok(Self {
            keep,
            key,
            facts,
            settings,
            pin,
            limits,
            tray,
            hands,
            metrics,
            head,
            is_stopping,
            turn: Mutex::new(()),
            worker,
            backing: admin::backing::Desk::default(),
            renders: recipe::Renders::default(),
        })
    }

    /// The storage.
    #[must_use]
    pub fn keep(&self) -> &dyn Keep {
        self.keep.as_ref()
    }

    /// Where uploads of the side door lie.
    pub(crate) fn tray(&self) -> &dyn tus::Tray {
        self.tray.as_ref()
    }

    /// The levers of these uploads.
    pub(crate) const fn hands(&self) -> &tus::Hands {
        &self.hands
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

    /// The TLS key that laptops are to believe, where one is named.
    #[must_use]
    pub fn pin(&self) -> Option<&str> {
        self.pin.as_deref()
    }

    pub(crate) const fn metrics(&self) -> &metrics::Metrics {
        &self.metrics
    }

    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The backup that was begun from the administrators' page.
    pub(crate) const fn backing(&self) -> &admin::backing::Desk {
        &self.backing
    }

    /// The cuts that this process makes itself.
    pub(crate) const fn renders(&self) -> &recipe::Renders {
        &self.renders
    }

    /// The name of this process among those that release.
    pub(crate) const fn worker(&self) -> Worker {
        self.worker
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

/// Judges again while others write in between, after a pause by the dice that grows with the tries.
pub(crate) async fn again_when_moved<T, F: Future<Output = Outcome<T>>>(judge: impl Fn() -> F) -> Outcome<T> {
    for turn in 0..TRIES {
        match judge().await {
            Err(PoolError::Moved) => {}
            settled => return settled,
        }
        let [dice] = chance::random::<1>()?;
        let longest_ms = 1_u64 << turn.min(7);
        tokio::time::sleep(Duration::from_millis(u64::from(dice) % longest_ms)).await;
    }
    Err(PoolError::Busy)
}

/// What a new pool is.
fn new_facts(centre: &str) -> Outcome<Facts> {
    let centre = centre.trim();
    if centre.is_empty() {
        return Err(PoolError::BadRequest { why: "the centre needs a name".to_owned() });
    }
    Ok(Facts {
        newsroom: NewsroomId::mint(&mut Dice::throw()?),
        centre: centre.to_owned(),
        epoch: 1,
        epoch_began: 0,
    })
}

/// A record of the pool's own with a JSON body.
pub(crate) fn own_json(kind: Kind, subject: [u8; 16], body: &impl Serialize) -> Outcome<OwnDraft> {
    let body = serde_json::to_vec(body).map_err(|error| PoolError::Broken(error.to_string()))?;
    Ok(OwnDraft { kind, subject, codec: Codec::Json, body })
}
