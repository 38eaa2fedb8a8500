//! The store of a centre that outgrew one machine: PostgreSQL and an S3-compatible object store, under any number of
//! pool processes that keep nothing of their own.
//!
//! Rows and bitmaps stand in the database, the bytes of blobs in the object store. All commits to the log take the
//! lock on one row, so every reader sees the same feed in the same order. A process may die at any point.

mod blobs;
mod connect;
mod log;
mod media;
mod news;
mod notes;
mod people;
mod release;
mod schema;
mod seal;
mod shelf;
mod tray;
mod uploads;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use satchel_channels::MediaSource;
use satchel_terms::{ChannelId, DeviceId, Hash, PersonId, PushId, Stamp, StoryId};
use satchel_wire::body::{Channel, Verdict};
use satchel_wire::protocol::{PersonLine, StreamHead};
use satchel_wire::{Kind, Manifest, SigningKey, Stream};

use super::embedded::{id16, id32, loaded, stored};
use super::{
    ApartRow, Batch, BlobState, Committed, DeviceRow, Drawer, Facts, InvitationRow, JobRow, Keep, NoteChange,
    Page, PersonRow, RecordSum, Stored, Totals, Unfinished, Worker,
};
use crate::failure::{Outcome, PoolError};
use crate::retention::File;
use crate::secrets;
use crate::settings::Storage;
use crate::tus::Tray;
use blobs::Blobs;
use connect::Db;
use media::Fetcher;
use news::News;
use shelf::Shelf;
use tray::Shared;

/// PostgreSQL and an object store.
pub struct Postgres {
    db: Db,
    key: Arc<SigningKey>,
    facts: Facts,
    blobs: Arc<Blobs>,
    media: Arc<Fetcher>,
    news: OnceLock<News>,
}

impl Postgres {
    /// Makes the tables of a new pool, after a first object went into the bucket and came back.
    ///
    /// # Errors
    /// [`PoolError::AlreadyAPool`] when the database holds one, and what database and object store say.
    pub async fn create(storage: &Storage, facts: &Facts, key: &SigningKey) -> Outcome<()> {
        try_bucket(&Shelf::new(&storage.s3)?).await?;
        schema::found(&Db::new(storage, 2)?, facts, key).await
    }

    /// Opens the pool of a database and brings its tables up to this program.
    ///
    /// # Errors
    /// [`PoolError::NoPool`], [`PoolError::NewerData`], [`PoolError::BadConfig`] when the key is another pool's, and
    /// what the database says.
    pub async fn open(storage: &Storage, key: Arc<SigningKey>) -> Outcome<Self> {
        let db = Db::new(storage, storage.connections.max(8))?;
        schema::migrate(&db).await?;
        let facts = schema::facts(&db, &key).await?;
        let blobs = Arc::new(Blobs::new(db.clone(), Shelf::new(&storage.s3)?));
        let media = Arc::new(Fetcher::start(storage)?);
        Ok(Self { db, key, facts, blobs, media, news: OnceLock::new() })
    }

    /// Begins a new epoch, after the database was restored from a backup; no process may serve.
    ///
    /// # Errors
    /// [`PoolError::ServedElsewhere`]; what the database says.
    pub async fn new_epoch(&self) -> Outcome<u64> {
        schema::new_epoch(&self.db).await
    }
}

/// Puts a small object, reads it back and removes it.
async fn try_bucket(shelf: &Shelf) -> Outcome<()> {
    let bytes = b"satchel-pool was here".to_vec();
    let manifest = Manifest::of(bytes.as_slice())?;
    let key = shelf.name(manifest.root, &(0..1))?;
    shelf.put(&key, bytes).await?;
    shelf.segments(&manifest, &key, 0, &(0..1)).await?;
    shelf.remove(&key).await
}

/// Runs to its end even when the asker hangs up in between.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T> {
    tokio::spawn(work).await.map_err(|error| PoolError::Broken(error.to_string()))?
}

#[async_trait]
impl Keep for Postgres {
    fn kind(&self) -> crate::settings::Kind {
        crate::settings::Kind::Postgres
    }
    fn tray(&self) -> Arc<dyn Tray> {
        Arc::new(Shared::new(&self.blobs))
    }
    async fn news(&self) {
        self.news.get_or_init(|| News::listen(self.db.clone())).wait().await;
    }
    async fn upkeep(&self) -> Outcome<()> {
        self.blobs.upkeep().await
    }
    async fn facts(&self) -> Outcome<Facts> {
        Ok(self.facts.clone())
    }
    async fn head(&self) -> Outcome<u64> {
        log::head(&self.db).await
    }
    async fn feed(&self, after: u64, limit: usize) -> Outcome<Page> {
        log::feed(&self.db, after, limit).await
    }
    async fn heads_of(&self, device: DeviceId) -> Outcome<Vec<StreamHead>> {
        log::heads_of(&self.db, device).await
    }
    async fn record_at(&self, device: DeviceId, stream: Stream, seq: u64) -> Outcome<Option<Hash>> {
        log::record_at(&self.db, device, stream, seq).await
    }
    async fn record(&self, id: Hash) -> Outcome<Option<Stored>> {
        log::record(&self.db, id).await
    }
    async fn records_about(&self, subject: [u8; 16], kinds: &[Kind]) -> Outcome<Vec<Stored>> {
        log::records_about(&self.db, subject, kinds).await
    }
    async fn quarantined(&self, id: Hash) -> Outcome<Option<String>> {
        log::quarantined(&self.db, id).await
    }
    async fn verdict(&self, record: Hash) -> Outcome<Option<Verdict>> {
        log::verdict(&self.db, record).await
    }
    async fn commit(&self, batch: Batch) -> Outcome<Committed> {
        let (db, key, newsroom) = (self.db.clone(), Arc::clone(&self.key), self.facts.newsroom);
        to_the_end(async move { log::commit(&db, batch, &key, newsroom).await }).await
    }
    async fn device(&self, device: DeviceId) -> Outcome<Option<DeviceRow>> {
        people::device(&self.db, device).await
    }
    async fn seen(&self, device: DeviceId, at: Stamp) -> Outcome<()> {
        people::seen(&self.db, device, at).await
    }
    async fn person(&self, person: PersonId) -> Outcome<Option<PersonRow>> {
        people::person(&self.db, person).await
    }
    async fn people(&self) -> Outcome<Vec<PersonLine>> {
        people::people(&self.db).await
    }
    async fn invite(&self, invitation: InvitationRow) -> Outcome<()> {
        people::invite(&self.db, &invitation).await
    }
    async fn invitation(&self, code: Hash) -> Outcome<Option<InvitationRow>> {
        people::invitation(&self.db, code).await
    }
    async fn channels(&self) -> Outcome<Vec<Channel>> {
        release::channels(&self.db).await
    }
    async fn channel(&self, channel: ChannelId) -> Outcome<Option<Channel>> {
        release::channel(&self.db, channel).await
    }
    async fn put_secret(&self, channel: ChannelId, secret: &str) -> Outcome<()> {
        release::put_secret(&self.db, channel, &secrets::seal(&self.key, secret)?).await
    }
    async fn secret(&self, channel: ChannelId) -> Outcome<Option<String>> {
        let sealed = release::secret(&self.db, channel).await?;
        sealed.map(|sealed| secrets::unseal(&self.key, &sealed)).transpose()
    }
    async fn job(&self, job: PushId) -> Outcome<Option<JobRow>> {
        release::job(&self.db, job).await
    }
    async fn jobs_of(&self, story: StoryId, channel: ChannelId) -> Outcome<Vec<JobRow>> {
        release::jobs_of(&self.db, story, channel).await
    }
    async fn job_by_marker(&self, channel: ChannelId, marker: &str) -> Outcome<Option<JobRow>> {
        release::job_by_marker(&self.db, channel, marker).await
    }
    async fn open_jobs(&self) -> Outcome<Vec<JobRow>> {
        release::open_jobs(&self.db).await
    }
    async fn take(&self, job: PushId, worker: Worker, lease: Duration) -> Outcome<Option<JobRow>> {
        release::take(&self.db, job, worker, lease).await
    }
    async fn put_down(&self, job: PushId, worker: Worker) -> Outcome<()> {
        release::put_down(&self.db, job, worker).await
    }
    async fn blob(&self, root: Hash) -> Outcome<Option<BlobState>> {
        self.blobs.state(root).await
    }
    async fn put_manifest(&self, manifest: Manifest, by: DeviceId) -> Outcome<BlobState> {
        self.blobs.begin(manifest, by).await
    }
    async fn put_segments(&self, root: Hash, first: u64, bytes: Vec<u8>) -> Outcome<bool> {
        let blobs = Arc::clone(&self.blobs);
        to_the_end(async move { blobs.keep(root, first, bytes).await }).await
    }
    async fn read_blob(&self, root: Hash, from: u64, most: usize) -> Outcome<Vec<u8>> {
        self.blobs.read(root, from, most).await
    }
    fn media(&self) -> Arc<dyn MediaSource> {
        Arc::clone(&self.media) as Arc<dyn MediaSource>
    }
    async fn unfinished(&self) -> Outcome<Vec<Unfinished>> {
        uploads::unfinished(&self.db).await
    }
    async fn unfinished_of(&self, device: DeviceId) -> Outcome<(u64, u64)> {
        uploads::unfinished_of(&self.db, device).await
    }
    async fn forget_unfinished(&self, root: Hash, since: Stamp) -> Outcome<bool> {
        uploads::forget(&self.db, root, since).await
    }
    async fn whole_blobs(&self) -> Outcome<Vec<(Hash, u64)>> {
        uploads::whole_blobs(&self.db).await
    }
    async fn whole_files(&self) -> Outcome<Vec<File>> {
        uploads::whole_files(&self.db).await
    }
    async fn forget_whole(&self, root: Hash, whole_at: Stamp) -> Outcome<bool> {
        uploads::forget_whole(&self.db, root, whole_at).await
    }
    async fn record_sums(&self) -> Outcome<Vec<RecordSum>> {
        uploads::record_sums(&self.db).await
    }
    async fn job_counts(&self) -> Outcome<Vec<(String, u64)>> {
        uploads::job_counts(&self.db).await
    }
    async fn note(&self, drawer: Drawer, name: &str) -> Outcome<Option<Vec<u8>>> {
        notes::note(&self.db, drawer, name).await
    }
    async fn notes(&self, drawer: Drawer, most: usize) -> Outcome<Vec<(String, Vec<u8>)>> {
        notes::notes(&self.db, drawer, most).await
    }
    async fn change_note(&self, change: NoteChange) -> Outcome<bool> {
        notes::change(&self.db, &change).await
    }
    async fn apart(&self, most: usize) -> Outcome<Vec<ApartRow>> {
        notes::apart(&self.db, most).await
    }
    async fn apart_bytes(&self, id: Hash) -> Outcome<Option<Vec<u8>>> {
        notes::apart_bytes(&self.db, id).await
    }
    async fn totals(&self) -> Outcome<Totals> {
        people::totals(&self.db).await
    }
}
