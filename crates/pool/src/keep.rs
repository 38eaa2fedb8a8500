//! Where the pool keeps what it was given: one trait, so that a centre may outgrow one machine.
//!
//! A store knows rows, not rules: what may be written is decided before, against a known head of the feed,
//! and [`Keep::commit`] refuses when the feed has moved since. So any number of processes may judge at once.

pub mod embedded;
mod notes;
pub mod postgres;
mod sums;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use satchel_channels::MediaSource;
use satchel_terms::{ChannelId, DeviceId, Hash, NewsroomId, PersonId, PushId, Role, Stamp, StoryId};
use satchel_wire::body::{Channel, Verdict};
use satchel_wire::protocol::{PersonLine, StreamHead};
use satchel_wire::{Bitmap, Codec, Draft, HybridTime, Kind, Manifest, Record, SigningKey, Stream, device_id};

pub use notes::{ApartRow, Drawer, NoteChange};
pub use sums::{RecordSum, Strays, Unfinished};

use crate::backup::BackedUp;
use crate::failure::Outcome;
use crate::retention::File;
use crate::settings::Kind as StoreKind;
use crate::tus::Tray;

/// What a pool is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Which centre.
    pub newsroom: NewsroomId,
    /// Its name.
    pub centre: String,
    /// Changes when the pool was restored or rebuilt.
    pub epoch: u64,
    /// When that was; 0 in the first epoch.
    pub epoch_began: Stamp,
}

/// A record with its place in the feed.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its place in the feed, from 1.
    pub pool_seq: u64,
    /// The record.
    pub record: Record,
}

/// A page of the feed.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Records one after another.
    pub bytes: Vec<u8>,
    /// The cursor after this page.
    pub next: u64,
    /// The newest place.
    pub head: u64,
}

/// An enrolled device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// Which one.
    pub device: DeviceId,
    /// Its key, 64 hex digits.
    pub public_key: String,
    /// Whose.
    pub person: PersonId,
    /// Name of the machine.
    pub machine: String,
    /// Certificate valid until.
    pub not_after: Stamp,
    /// The newest `device.cert` record.
    pub certificate: Hash,
    /// Why it was revoked, when it was.
    pub revoked: Option<String>,
}

/// A person of the centre and the parts held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Who.
    pub person: PersonId,
    /// Name.
    pub name: String,
    /// Parts held now.
    pub roles: Vec<Role>,
}

/// An invitation; the code itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// BLAKE3 of the code.
    pub code: Hash,
    /// Whom it invites, with which parts.
    pub person: PersonRow,
    /// Valid until.
    pub expires: Stamp,
    /// The device that used it.
    pub used_by: Option<DeviceId>,
}

/// Where a release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for material or its turn.
    Waiting,
    /// The call is about to be made or was made.
    Dispatched,
    /// Proven.
    Released,
    /// Nobody knows.
    Unknown,
    /// The channel or the checks said no; nothing is out.
    Refused,
    /// A person found that nothing is out, or called it off.
    NotReleased,
}

impl JobState {
    /// The word in rows and verdicts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dispatched => "sending",
            Self::Released => "released",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::NotReleased => "not-released",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "waiting" => Self::Waiting,
            "sending" => Self::Dispatched,
            "released" => Self::Released,
            "refused" => Self::Refused,
            "not-released" => Self::NotReleased,
            _ => Self::Unknown,
        }
    }

    /// Whether it stands in the way of another release of the story on the channel.
    #[must_use]
    pub const fn blocks(self) -> bool {
        !matches!(self, Self::Refused | Self::NotReleased)
    }
}

/// One process that works on releases, by a name that it threw dice for when it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker(pub [u8; 16]);

/// One release of one story on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Which one.
    pub job: PushId,
    /// The story.
    pub story: StoryId,
    /// The channel.
    pub channel: ChannelId,
    /// The account there.
    pub account: String,
    /// Exactly this revision.
    pub rev: Hash,
    /// The word to find it by.
    pub marker: String,
    /// The device that releases; none for the pool.
    pub lane: Option<DeviceId>,
    /// Where it stands.
    pub state: JobState,
    /// The newest fencing number given out.
    pub fence: u64,
    /// When it was asked for.
    pub at: Stamp,
}

impl JobRow {
    /// Whether it waits or was dispatched without an answer.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, JobState::Waiting | JobState::Dispatched)
    }
}

/// Why a record stands apart.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// BLAKE3 of its bytes.
    pub id: Hash,
    /// Stable code.
    pub code: String,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
}

/// What the pool itself has to say; sealed inside the transaction, at the end of its own chain.
#[derive(Debug, Clone)]
pub struct OwnDraft {
    /// What it says.
    pub kind: Kind,
    /// What it is about.
    pub subject: [u8; 16],
    /// How the body is written.
    pub codec: Codec,
    /// The body.
    pub body: Vec<u8>,
}

impl OwnDraft {
    /// Seals it behind the end of the pool's own chain: its number, id and time.
    ///
    /// # Errors
    /// What the record's frame says of the body.
    pub(crate) fn seal(
        self,
        end: Option<(u64, Hash, HybridTime)>,
        key: &SigningKey,
        newsroom: NewsroomId,
        now: Stamp,
    ) -> Outcome<Record> {
        let (seq, prev, time) = end.unwrap_or((0, Hash::ZERO, HybridTime(0)));
        let draft = Draft {
            kind: self.kind,
            newsroom,
            device: device_id(&key.verifying_key()),
            stream: Stream::Editorial,
            seq: seq + 1,
            prev,
            time: HybridTime::next(u64::try_from(now).unwrap_or(0), time),
            subject: self.subject,
            codec: self.codec,
            body: self.body,
        };
        Ok(Record::seal(draft, key)?)
    }
}

/// All that becomes true together.
#[derive(Debug, Default)]
pub struct Batch {
    /// The pool's clock.
    pub now: Stamp,
    /// The head that the judgement rests on; [`crate::PoolError::Moved`] when it is another now.
    pub expect_head: Option<u64>,
    /// Others' records, in order.
    pub records: Vec<Record>,
    /// The pool's own, after them.
    pub own: Vec<OwnDraft>,
    /// Verdicts, for later judgements.
    pub verdicts: Vec<Verdict>,
    /// Records set apart.
    pub quarantine: Vec<Quarantined>,
    /// Devices to add or replace; the certificate is the own record of the same place in `own`, counted by the store.
    pub devices: Vec<DeviceRow>,
    /// Devices that are revoked from here on.
    pub revoked: Vec<(DeviceId, String)>,
    /// People to add or replace.
    pub people: Vec<PersonRow>,
    /// Channels to add or replace.
    pub channels: Vec<Channel>,
    /// Releases to add or replace; a smaller fence than the stored one is refused.
    pub jobs: Vec<JobRow>,
    /// An invitation that is used up by a device; refused when another used it.
    pub invitation: Option<(Hash, DeviceId)>,
}

/// What a commit made true.
#[derive(Debug, Clone, Default)]
pub struct Committed {
    /// The head after it.
    pub head: u64,
    /// The pool's own records, sealed.
    pub own: Vec<Record>,
}

/// What the pool holds of a blob.
#[derive(Debug, Clone)]
pub struct BlobState {
    /// Length and chaining values.
    pub manifest: Manifest,
    /// Which segments are held.
    pub bitmap: Bitmap,
    /// Whole, verified and durable.
    pub is_whole: bool,
}

/// Sums for the health page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Devices not revoked.
    pub devices: u64,
    /// Whole blobs.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Records set apart.
    pub quarantined: u64,
    /// Free bytes, where known.
    pub disk_free: Option<u64>,
}

/// The pool's storage. Every write is durable when its call returns.
#[async_trait]
pub trait Keep: Send + Sync + 'static {
    /// Which store this is.
    fn kind(&self) -> StoreKind;
    /// Where uploads of the side door lie until they are blobs.
    fn tray(&self) -> Arc<dyn Tray>;
    /// Ends when another process may have committed; never, where there is no other that could tell.
    async fn news(&self) {
        std::future::pending::<()>().await;
    }
    /// Looks after what a process that died left behind. Called now and then, by every process.
    async fn upkeep(&self) -> Outcome<()> {
        Ok(())
    }
    /// What this pool is.
    async fn facts(&self) -> Outcome<Facts>;
    /// The newest place of the feed.
    async fn head(&self) -> Outcome<u64>;
    /// Up to where this store was backed up by the pool itself; none where that is the matter of others.
    async fn backed_up(&self) -> Outcome<Option<BackedUp>> {
        Ok(None)
    }
    /// A page of the feed after a place; at least one record when there is one, then up to `limit` bytes.
    async fn feed(&self, after: u64, limit: usize) -> Outcome<Page>;
    /// The newest record of each stream of a device.
    async fn heads_of(&self, device: DeviceId) -> Outcome<Vec<StreamHead>>;
    /// The record at a place of a chain.
    async fn record_at(&self, device: DeviceId, stream: Stream, seq: u64) -> Outcome<Option<Hash>>;
    /// A record by name.
    async fn record(&self, id: Hash) -> Outcome<Option<Stored>>;
    /// The records about a subject, of some kinds, in pool order.
    async fn records_about(&self, subject: [u8; 16], kinds: &[Kind]) -> Outcome<Vec<Stored>>;
    /// The code under which a record stands apart.
    async fn quarantined(&self, id: Hash) -> Outcome<Option<String>>;
    /// The verdict on a record.
    async fn verdict(&self, record: Hash) -> Outcome<Option<Verdict>>;
    /// Makes a batch true, all or nothing. Records already held change nothing.
    async fn commit(&self, batch: Batch) -> Outcome<Committed>;

    /// An enrolled device.
    async fn device(&self, device: DeviceId) -> Outcome<Option<DeviceRow>>;
    /// Notes that a device was here.
    async fn seen(&self, device: DeviceId, at: Stamp) -> Outcome<()>;
    /// A person.
    async fn person(&self, person: PersonId) -> Outcome<Option<PersonRow>>;
    /// Everybody, with devices.
    async fn people(&self) -> Outcome<Vec<PersonLine>>;
    /// Keeps a new invitation.
    async fn invite(&self, invitation: InvitationRow) -> Outcome<()>;
    /// An invitation by the hash of its code.
    async fn invitation(&self, code: Hash) -> Outcome<Option<InvitationRow>>;

    /// All channels, by name.
    async fn channels(&self) -> Outcome<Vec<Channel>>;
    /// A channel.
    async fn channel(&self, channel: ChannelId) -> Outcome<Option<Channel>>;
    /// Keeps a channel's secret.
    async fn put_secret(&self, channel: ChannelId, secret: &str) -> Outcome<()>;
    /// A channel's secret.
    async fn secret(&self, channel: ChannelId) -> Outcome<Option<String>>;
    /// A release.
    async fn job(&self, job: PushId) -> Outcome<Option<JobRow>>;
    /// All releases of a story on a channel.
    async fn jobs_of(&self, story: StoryId, channel: ChannelId) -> Outcome<Vec<JobRow>>;
    /// The newest release with a marker on a channel.
    async fn job_by_marker(&self, channel: ChannelId, marker: &str) -> Outcome<Option<JobRow>>;
    /// The pool's own releases that wait or were dispatched without an answer.
    async fn open_jobs(&self) -> Outcome<Vec<JobRow>>;
    /// Takes one of these in hand for so long, or keeps it there; none while another worker has it, or when it has
    /// ended. The row carries the fencing number that holds from here on.
    async fn take(&self, job: PushId, worker: Worker, lease: Duration) -> Outcome<Option<JobRow>>;
    /// Puts a release down that this worker has in hand.
    async fn put_down(&self, job: PushId, worker: Worker) -> Outcome<()>;

    /// What is held of a blob.
    async fn blob(&self, root: Hash) -> Outcome<Option<BlobState>>;
    /// Begins a blob for a device; a manifest already held stays unless it can never be completed.
    async fn put_manifest(&self, manifest: Manifest, by: DeviceId) -> Outcome<BlobState>;
    /// Keeps verified segments that begin at `first`; answers whether the blob is whole now.
    async fn put_segments(&self, root: Hash, first: u64, bytes: Vec<u8>) -> Outcome<bool>;
    /// Bytes of a whole blob from `from`, at most `most`.
    async fn read_blob(&self, root: Hash, from: u64, most: usize) -> Outcome<Vec<u8>>;
    /// Where a whole blob lies as a file, in a store that has files.
    fn file(&self, _root: Hash) -> Option<PathBuf> {
        None
    }
    /// Where the adapters of channels read whole blobs.
    fn media(&self) -> Arc<dyn MediaSource>;
    /// Every upload that was begun and not ended, the one that waits longest first.
    async fn unfinished(&self) -> Outcome<Vec<Unfinished>>;
    /// How many of them a device began, and their bytes once they are whole.
    async fn unfinished_of(&self, device: DeviceId) -> Outcome<(u64, u64)>;
    /// Forgets an upload that is not ended and has not moved since; whether it did.
    async fn forget_unfinished(&self, root: Hash, since: Stamp) -> Outcome<bool>;
    /// Every whole blob and its length.
    async fn whole_blobs(&self) -> Outcome<Vec<(Hash, u64)>>;
    /// Every whole blob with the moment since when it is whole.
    async fn whole_files(&self) -> Outcome<Vec<File>>;
    /// Lets a whole blob go that was whole since this very moment; whether it did.
    async fn forget_whole(&self, root: Hash, whole_at: Stamp) -> Outcome<bool>;
    /// Records by kind.
    async fn record_sums(&self) -> Outcome<Vec<RecordSum>>;
    /// Releases by state.
    async fn job_counts(&self) -> Outcome<Vec<(String, u64)>>;
    /// What lies in the store without a row, and which rows lack their bytes; nothing where the store cannot tell.
    async fn strays(&self) -> Outcome<Strays> {
        Ok(Strays::default())
    }
    /// Looks through the store's own structures for damage; the first sign of it.
    async fn damage(&self) -> Outcome<Option<String>> {
        Ok(None)
    }
    /// A note.
    async fn note(&self, drawer: Drawer, name: &str) -> Outcome<Option<Vec<u8>>>;
    /// At most so many notes of a drawer, by name, the last first.
    async fn notes(&self, drawer: Drawer, most: usize) -> Outcome<Vec<(String, Vec<u8>)>>;
    /// Changes a note if it still is what it has to be before; whether it was.
    async fn change_note(&self, change: NoteChange) -> Outcome<bool>;
    /// At most so many records that stand apart, the newest first.
    async fn apart(&self, most: usize) -> Outcome<Vec<ApartRow>>;
    /// The bytes of a record that stands apart, as they came.
    async fn apart_bytes(&self, id: Hash) -> Outcome<Option<Vec<u8>>>;
    /// Sums for the health page.
    async fn totals(&self) -> Outcome<Totals>;
}
