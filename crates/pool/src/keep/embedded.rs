//! The default store: one SQLite library and a folder of blobs, for one process on one machine.
//!
//! All writes go through one thread; reads have connections of their own. The library is in WAL with
//! `synchronous=FULL`: what was answered survives a power cut.

mod backup;
mod blobs;
mod log;
mod notes;
mod people;
mod release;
mod tray;
mod uploads;

pub(crate) use backup::{begin_again, note_backup, whole_blobs};
pub(crate) use blobs::whole_path;
pub(crate) use log::head;
pub(super) use people::certificate_in;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};
use satchel_channels::MediaSource;
use satchel_terms::{ChannelId, DeviceId, Hash, NewsroomId, PersonId, PushId, Stamp, StoryId};
use satchel_wire::body::{Channel, Verdict};
use satchel_wire::protocol::{PersonLine, StreamHead};
use satchel_wire::{Kind, Manifest, SigningKey, Stream};

use super::{
    ApartRow, Batch, BlobState, Committed, DeviceRow, Drawer, Facts, InvitationRow, JobRow, Keep, NoteChange,
    Page, PersonRow, RecordSum, Stored, Strays, Totals, Unfinished, Worker,
};
use crate::backup::BackedUp;
use crate::failure::{Outcome, PoolError};
use crate::retention::File;
use crate::tus::Tray;

/// The migrations, in order; the place in this list plus one is the version.
const MIGRATIONS: &[&str] = &[
    include_str!("embedded/migrations/0001_pool.sql"),
    include_str!("embedded/migrations/0002_uploads.sql"),
    include_str!("embedded/migrations/0003_notes.sql"),
];
/// How long a write waits for a command that writes beside the server.
const PATIENCE: Duration = Duration::from_secs(15);

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// SQLite and a folder.
pub struct Embedded {
    dir: PathBuf,
    key: Arc<SigningKey>,
    facts: Facts,
    writer: mpsc::Sender<Work>,
    readers: Mutex<Vec<Connection>>,
}

impl Embedded {
    /// Makes the library of a new pool.
    ///
    /// # Errors
    /// [`PoolError::AlreadyAPool`] when there is one, and what disk and library say.
    pub fn create(dir: &Path, facts: &Facts) -> Outcome<()> {
        std::fs::create_dir_all(dir)?;
        if library(dir).exists() {
            return Err(PoolError::AlreadyAPool { dir: dir.display().to_string() });
        }
        let mut db = connect(dir, true)?;
        migrate(&mut db)?;
        let turn = db.transaction()?;
        for (name, value) in [
            ("newsroom", facts.newsroom.to_string()),
            ("centre", facts.centre.clone()),
            ("epoch", facts.epoch.to_string()),
        ] {
            turn.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", (name, value))?;
        }
        turn.commit()?;
        Ok(())
    }

    /// Opens the library of a pool and starts its writer.
    ///
    /// # Errors
    /// [`PoolError::NoPool`], [`PoolError::NewerData`], and what disk and library say.
    pub fn open(dir: &Path, key: Arc<SigningKey>) -> Outcome<Self> {
        if !library(dir).exists() {
            return Err(PoolError::NoPool { dir: dir.display().to_string() });
        }
        let mut db = connect(dir, false)?;
        migrate(&mut db)?;
        let facts = read_facts(&db)?;
        blobs::prepare(dir)?;
        let (writer, work) = mpsc::channel::<Work>();
        std::thread::Builder::new().name("pool-writer".to_owned()).spawn(move || {
            for job in work {
                job(&mut db);
            }
        })?;
        Ok(Self { dir: dir.to_owned(), key, facts, writer, readers: Mutex::new(Vec::new()) })
    }

    /// Begins a new epoch, after the library was restored from a backup.
    ///
    /// # Errors
    /// What the library says.
    pub async fn new_epoch(&self) -> Outcome<u64> {
        let epoch = self.facts.epoch + 1;
        self.write(move |db| {
            let turn = db.transaction()?;
            backup::begin_epoch(&turn, epoch)?;
            turn.commit()?;
            Ok(epoch)
        })
        .await
    }

    /// Runs on the writer's thread.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let work: Work = Box::new(move |db| drop(tell.send(job(db))));
        self.writer.send(work).map_err(|_| PoolError::Broken("the writer stopped".to_owned()))?;
        told.await.map_err(|_| PoolError::Broken("the writer stopped".to_owned()))?
    }

    /// Runs on a reading connection.
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let db = match self.readers.lock().ok().and_then(|mut idle| idle.pop()) {
            Some(db) => db,
            None => connect(&self.dir, false)?,
        };
        let (db, answer) = tokio::task::spawn_blocking(move || {
            let answer = job(&db);
            (db, answer)
        })
        .await
        .map_err(|error| PoolError::Broken(error.to_string()))?;
        if let Ok(mut idle) = self.readers.lock()
            && idle.len() < 8
        {
            idle.push(db);
        }
        answer
    }
}

/// The library of a data folder.
pub(crate) fn library(dir: &Path) -> PathBuf {
    dir.join("pool.db")
}

/// A connection of its own to the library.
pub(crate) fn connect(dir: &Path, is_new: bool) -> Outcome<Connection> {
    use rusqlite::OpenFlags;
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if is_new {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let db = Connection::open_with_flags(library(dir), flags)?;
    db.busy_timeout(PATIENCE)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "fullfsync", true)?;
    db.pragma_update(None, "foreign_keys", true)?;
    Ok(db)
}

fn migrate(db: &mut Connection) -> Outcome<()> {
    let turn = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = turn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(PoolError::NewerData { found, known });
    }
    for (version, step) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        turn.execute_batch(step)?;
        turn.pragma_update(None, "user_version", version)?;
    }
    turn.commit()?;
    Ok(())
}

/// What the library says of its pool.
pub(crate) fn read_facts(db: &Connection) -> Outcome<Facts> {
    let one = |name: &str| -> Outcome<String> {
        let found =
            db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()?;
        found.ok_or_else(|| PoolError::Broken(format!("the library does not say its {name}")))
    };
    let broken = |what: &str| PoolError::Broken(format!("the library's {what} cannot be read"));
    let newsroom: NewsroomId = one("newsroom")?.parse().map_err(|_| broken("newsroom"))?;
    let epoch = one("epoch")?.parse().map_err(|_| broken("epoch"))?;
    let epoch_began = one("epoch-began").ok().and_then(|at| at.parse().ok()).unwrap_or(0);
    Ok(Facts { newsroom, centre: one("centre")?, epoch, epoch_began })
}

/// A column of sixteen bytes.
pub(super) fn id16(bytes: &[u8]) -> Outcome<[u8; 16]> {
    bytes.try_into().map_err(|_| PoolError::Broken("an id in the library has the wrong length".to_owned()))
}

/// A column of thirty-two bytes.
pub(super) fn id32(bytes: &[u8]) -> Outcome<Hash> {
    bytes
        .try_into()
        .map(Hash)
        .map_err(|_| PoolError::Broken("a hash in the library has the wrong length".to_owned()))
}

/// A number as SQLite keeps it.
pub(super) const fn stored(number: u64) -> i64 {
    number.cast_signed()
}

/// A number as SQLite kept it.
pub(super) const fn loaded(number: i64) -> u64 {
    number.cast_unsigned()
}

/// JSON in a column.
pub(super) fn from_text<T: serde::de::DeserializeOwned>(text: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(|error| PoolError::Broken(error.to_string()))
}

/// A value as JSON for a column.
pub(super) fn to_text(value: &impl serde::Serialize) -> Outcome<String> {
    serde_json::to_string(value).map_err(|error| PoolError::Broken(error.to_string()))
}

#[async_trait]
impl Keep for Embedded {
    fn kind(&self) -> crate::settings::Kind {
        crate::settings::Kind::Embedded
    }
    fn tray(&self) -> Arc<dyn Tray> {
        Arc::new(tray::Folder::new(&self.dir))
    }
    async fn facts(&self) -> Outcome<Facts> {
        Ok(self.facts.clone())
    }
    async fn head(&self) -> Outcome<u64> {
        self.read(log::head).await
    }
    async fn backed_up(&self) -> Outcome<Option<BackedUp>> {
        self.read(backup::backed_up).await
    }
    async fn feed(&self, after: u64, limit: usize) -> Outcome<Page> {
        self.read(move |db| log::feed(db, after, limit)).await
    }
    async fn heads_of(&self, device: DeviceId) -> Outcome<Vec<StreamHead>> {
        self.read(move |db| log::heads_of(db, device)).await
    }
    async fn record_at(&self, device: DeviceId, stream: Stream, seq: u64) -> Outcome<Option<Hash>> {
        self.read(move |db| log::record_at(db, device, stream, seq)).await
    }
    async fn record(&self, id: Hash) -> Outcome<Option<Stored>> {
        self.read(move |db| log::record(db, id)).await
    }
    async fn records_about(&self, subject: [u8; 16], kinds: &[Kind]) -> Outcome<Vec<Stored>> {
        let kinds = kinds.to_vec();
        self.read(move |db| log::records_about(db, subject, &kinds)).await
    }
    async fn quarantined(&self, id: Hash) -> Outcome<Option<String>> {
        self.read(move |db| log::quarantined(db, id)).await
    }
    async fn verdict(&self, record: Hash) -> Outcome<Option<Verdict>> {
        self.read(move |db| log::verdict(db, record)).await
    }
    async fn commit(&self, batch: Batch) -> Outcome<Committed> {
        let (key, newsroom) = (Arc::clone(&self.key), self.facts.newsroom);
        self.write(move |db| log::commit(db, batch, &key, newsroom)).await
    }
    async fn device(&self, device: DeviceId) -> Outcome<Option<DeviceRow>> {
        self.read(move |db| people::device(db, device)).await
    }
    async fn seen(&self, device: DeviceId, at: Stamp) -> Outcome<()> {
        self.write(move |db| people::seen(db, device, at)).await
    }
    async fn person(&self, person: PersonId) -> Outcome<Option<PersonRow>> {
        self.read(move |db| people::person(db, person)).await
    }
    async fn people(&self) -> Outcome<Vec<PersonLine>> {
        self.read(people::people).await
    }
    async fn invite(&self, invitation: InvitationRow) -> Outcome<()> {
        self.write(move |db| people::invite(db, &invitation)).await
    }
    async fn invitation(&self, code: Hash) -> Outcome<Option<InvitationRow>> {
        self.read(move |db| people::invitation(db, code)).await
    }
    async fn channels(&self) -> Outcome<Vec<Channel>> {
        self.read(release::channels).await
    }
    async fn channel(&self, channel: ChannelId) -> Outcome<Option<Channel>> {
        self.read(move |db| release::channel(db, channel)).await
    }
    async fn put_secret(&self, channel: ChannelId, secret: &str) -> Outcome<()> {
        crate::secrets::put(&self.dir, &self.key, channel, secret)
    }
    async fn secret(&self, channel: ChannelId) -> Outcome<Option<String>> {
        crate::secrets::get(&self.dir, &self.key, channel)
    }
    async fn job(&self, job: PushId) -> Outcome<Option<JobRow>> {
        self.read(move |db| release::job(db, job)).await
    }
    async fn jobs_of(&self, story: StoryId, channel: ChannelId) -> Outcome<Vec<JobRow>> {
        self.read(move |db| release::jobs_of(db, story, channel)).await
    }
    async fn job_by_marker(&self, channel: ChannelId, marker: &str) -> Outcome<Option<JobRow>> {
        let marker = marker.to_owned();
        self.read(move |db| release::job_by_marker(db, channel, &marker)).await
    }
    async fn open_jobs(&self) -> Outcome<Vec<JobRow>> {
        self.read(release::open_jobs).await
    }
    async fn take(&self, job: PushId, _: Worker, _: Duration) -> Outcome<Option<JobRow>> {
        // One process serves a data folder: its releases are in nobody else's hand.
        self.job(job).await
    }
    async fn put_down(&self, _: PushId, _: Worker) -> Outcome<()> {
        Ok(())
    }
    async fn blob(&self, root: Hash) -> Outcome<Option<BlobState>> {
        self.read(move |db| blobs::state(db, root)).await
    }
    async fn put_manifest(&self, manifest: Manifest, by: DeviceId) -> Outcome<BlobState> {
        let dir = self.dir.clone();
        self.write(move |db| blobs::begin(db, &dir, manifest, by)).await
    }
    async fn put_segments(&self, root: Hash, first: u64, bytes: Vec<u8>) -> Outcome<bool> {
        let Some(state) = self.blob(root).await? else { return Err(PoolError::NoManifest) };
        if state.is_whole {
            return Ok(true);
        }
        let (dir, length) = (self.dir.clone(), bytes.len() as u64);
        tokio::task::spawn_blocking(move || blobs::write(&dir, root, first, &bytes))
            .await
            .map_err(|error| PoolError::Broken(error.to_string()))??;
        let dir = self.dir.clone();
        self.write(move |db| blobs::mark(db, &dir, root, first, length)).await
    }
    async fn read_blob(&self, root: Hash, from: u64, most: usize) -> Outcome<Vec<u8>> {
        let dir = self.dir.clone();
        tokio::task::spawn_blocking(move || blobs::read(&dir, root, from, most))
            .await
            .map_err(|error| PoolError::Broken(error.to_string()))?
    }
    fn file(&self, root: Hash) -> Option<PathBuf> {
        Some(blobs::whole_path(&self.dir, root))
    }
    fn media(&self) -> Arc<dyn MediaSource> {
        Arc::new(blobs::Shelf::new(self.dir.clone()))
    }
    async fn unfinished(&self) -> Outcome<Vec<Unfinished>> {
        self.read(uploads::unfinished).await
    }
    async fn unfinished_of(&self, device: DeviceId) -> Outcome<(u64, u64)> {
        self.read(move |db| uploads::unfinished_of(db, device)).await
    }
    async fn forget_unfinished(&self, root: Hash, since: Stamp) -> Outcome<bool> {
        let dir = self.dir.clone();
        self.write(move |db| uploads::forget(db, &dir, root, since)).await
    }
    async fn whole_blobs(&self) -> Outcome<Vec<(Hash, u64)>> {
        self.read(whole_blobs).await
    }
    async fn whole_files(&self) -> Outcome<Vec<File>> {
        self.read(uploads::whole_files).await
    }
    async fn forget_whole(&self, root: Hash, whole_at: Stamp) -> Outcome<bool> {
        let dir = self.dir.clone();
        self.write(move |db| uploads::forget_whole(db, &dir, root, whole_at)).await
    }
    async fn record_sums(&self) -> Outcome<Vec<RecordSum>> {
        self.read(uploads::record_sums).await
    }
    async fn job_counts(&self) -> Outcome<Vec<(String, u64)>> {
        self.read(uploads::job_counts).await
    }
    async fn strays(&self) -> Outcome<Strays> {
        let dir = self.dir.clone();
        self.read(move |db| uploads::strays(db, &dir)).await
    }
    async fn damage(&self) -> Outcome<Option<String>> {
        self.read(backup::damage).await
    }
    async fn note(&self, drawer: Drawer, name: &str) -> Outcome<Option<Vec<u8>>> {
        let name = name.to_owned();
        self.read(move |db| notes::note(db, drawer, &name)).await
    }
    async fn notes(&self, drawer: Drawer, most: usize) -> Outcome<Vec<(String, Vec<u8>)>> {
        self.read(move |db| notes::notes(db, drawer, most)).await
    }
    async fn change_note(&self, change: NoteChange) -> Outcome<bool> {
        self.write(move |db| notes::change(db, &change)).await
    }
    async fn apart(&self, most: usize) -> Outcome<Vec<ApartRow>> {
        self.read(move |db| notes::apart(db, most)).await
    }
    async fn apart_bytes(&self, id: Hash) -> Outcome<Option<Vec<u8>>> {
        self.read(move |db| notes::apart_bytes(db, id)).await
    }
    async fn totals(&self) -> Outcome<Totals> {
        let dir = self.dir.clone();
        self.read(move |db| people::totals(db, &dir)).await
    }
}
