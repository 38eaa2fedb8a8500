//! The contract that every channel keeps.

use std::io::{self, Read, Seek};
use std::sync::Arc;

use async_trait::async_trait;
use satchel_checks::Package;
use satchel_terms::{Hash, Stamp};
use serde_json::Value;

use crate::failure::PushError;

/// One step of a push, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Stable name, such as `draft` or `media-01`.
    pub name: String,
    /// True for the one step that makes the story visible.
    pub is_publishing: bool,
}

impl Step {
    pub(crate) fn quiet(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_publishing: false }
    }

    pub(crate) fn publishing(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_publishing: true }
    }
}

/// Who we are at the peer, as seen when the account was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name the peer knows us by.
    pub shown_as: String,
    /// Where things go, for the screen: an address or a folder.
    pub place: String,
}

/// Proof that a story is out.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The peer's own name for it.
    pub remote_id: String,
    /// Where the public, or the receiver, finds it.
    pub url: String,
    /// When the peer says it became public.
    pub at: Option<Stamp>,
    /// The peer's answer in its own words, without secrets.
    pub raw: Value,
    /// Codes of what is worth a look though it did not stop the push: `push.note-tags-removed`.
    pub notes: Vec<String>,
}

/// What the peer says about a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It is public.
    Found {
        /// The peer's own name for it.
        id: String,
        /// Where it is found.
        url: String,
    },
    /// It is not public and was not withdrawn; releasing again is safe.
    NotFound,
    /// It was there and somebody at the peer put it away. Releasing again is refused.
    Withdrawn {
        /// The peer's own name for it.
        id: String,
    },
    /// The peer has no way to tell: a person decides.
    CannotTell,
}

/// Something that can be read from any place.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// One piece of material, opened.
pub struct MediaFile {
    /// Its bytes, from the start.
    pub reader: Box<dyn ReadSeek + Send>,
    /// How many there are.
    pub bytes: u64,
}

/// Where the material lies on this side.
pub trait MediaSource: Send + Sync {
    /// Opens one piece of material.
    ///
    /// # Errors
    /// When it is not here or cannot be read.
    fn open(&self, blob: &Hash) -> io::Result<MediaFile>;
}

/// The diary of a push. The caller's record of `publish.dispatched` is written here.
#[async_trait]
pub trait StepLog: Send + Sync {
    /// A step begins; for the gauge on the screen.
    fn began(&self, _step: &str) {}

    /// Must be on the disk, synced, when it returns: the publishing call leaves right after.
    ///
    /// # Errors
    /// When it could not be written, or the caller lost its right to publish (fencing); nothing is published then.
    async fn dispatched(&self, step: &str) -> Result<(), PushError>;
}

/// One account on one channel.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// The steps of a push of this package, in order.
    fn steps(&self, package: &Package) -> Vec<Step>;

    /// Asks whether the account works and may publish. Changes nothing.
    ///
    /// # Errors
    /// Says what is wrong with address, sign-in or rights.
    async fn check_account(&self) -> Result<Account, PushError>;

    /// Brings a package out, or goes on where an earlier call with the same marker stopped.
    ///
    /// The package's marker is the delivery's own name: 6–64 lower-case letters, digits and hyphens, the same at
    /// every try.
    ///
    /// # Errors
    /// [`PushError::class`] says what may follow. Only [`PushError::Unknown`] leaves it open whether the story is out.
    async fn release(
        &self,
        package: &Package,
        media: Arc<dyn MediaSource>,
        log: &dyn StepLog,
    ) -> Result<Receipt, PushError>;

    /// Asks the peer what became of a marker. Changes nothing.
    ///
    /// # Errors
    /// When the peer cannot be asked.
    async fn lookup(&self, marker: &str) -> Result<Lookup, PushError>;

    /// Takes a story back. Doing it twice is no error.
    ///
    /// # Errors
    /// When the peer cannot be reached or refuses; it may be done again.
    async fn withdraw(&self, remote_id: &str, marker: &str) -> Result<(), PushError>;
}

/// Lets through only markers that every peer keeps as they are.
pub(crate) fn valid_marker(marker: &str) -> Result<&str, PushError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends_plain = !marker.starts_with('-') && !marker.ends_with('-');
    if (6..=64).contains(&marker.len()) && ends_plain && marker.bytes().all(plain) {
        return Ok(marker);
    }
    Err(PushError::BadSetting { name: "marker" })
}

/// The ending of a package's file name; those are plain.
pub(crate) fn ending(file_name: &str) -> &str {
    file_name.rsplit_once('.').map_or("bin", |(_, end)| end)
}
