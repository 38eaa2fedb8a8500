//! The index of a parcel: from whom, for whom, which files with which bytes. Its signature closes the parcel.

use std::collections::BTreeMap;

use ed25519_dalek::VerifyingKey;
use satchel_terms::{DeviceId, Hash, NewsroomId, Stamp};
use satchel_wire::{device_id, key_from_hex};
use serde::{Deserialize, Serialize};

use crate::failure::{Outcome, ParcelError};
use crate::{MOST_FILE_BYTES, REVIEW_VERSION, VERSION, signed};

/// The index in its folder.
pub const INDEX: &str = "index.signed";
/// What the folders of parcels begin with.
pub const FOLDER: &str = "satchel-";
/// What the signature of an index is for.
pub const DOMAIN: &[u8] = b"satchel.parcel.v1";
/// Most bytes of an index or receipt.
pub const MOST_PAGE_BYTES: u64 = 16 << 20;

/// The name of a parcel: 16 random bytes, written as 32 hex digits.
pub type ParcelId = DeviceId;

/// Which way a parcel goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// From a laptop to the pool.
    Up,
    /// From the pool to a laptop.
    Down,
    /// From a laptop to colleagues' laptops: a story under review.
    Review,
}

impl Way {
    /// The version of parcels that go this way.
    pub(crate) const fn version(self) -> u32 {
        match self {
            Self::Up | Self::Down => VERSION,
            Self::Review => REVIEW_VERSION,
        }
    }
}

/// A place of the pool's order: on the way up how far the laptop has read, on the way down what the parcel covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// The pool's epoch.
    pub epoch: u64,
    /// The place before the first record.
    pub after: u64,
    /// The place of the last record.
    pub next: u64,
    /// The pool's newest place.
    pub head: u64,
}

/// What a file of a parcel holds, once it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Holds {
    /// Records one after another: on the way up a laptop's own, in the order of its streams; in a review parcel all that
    /// its reader has to know, in the order in which it is read.
    Records {
        /// How many.
        count: u64,
    },
    /// A page of the pool's order.
    Feed {
        /// The place before its first record.
        after: u64,
        /// The place of its last.
        next: u64,
    },
    /// The list that proves each segment of a blob; a blob of one segment has none, an empty blob has an empty one.
    Manifest {
        /// The blob.
        root: Hash,
        /// Its bytes.
        length: u64,
    },
    /// A run of segments of a blob.
    Segments {
        /// The blob.
        root: Hash,
        /// Its bytes.
        length: u64,
        /// The first segment.
        from: u64,
        /// One after the last.
        to: u64,
    },
    /// The question to be taken in by the pool: a laptop that never had a line.
    Enrolment,
    /// The one-time key of a review parcel, sealed to one of its readers.
    Key {
        /// The reader.
        to: DeviceId,
    },
    /// Which story a review parcel is about.
    Case,
    /// Something that a newer program knows.
    #[serde(other)]
    Unknown,
}

/// One file of a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileLine {
    /// Its name: small letters, digits and `-`.
    pub name: String,
    /// Its bytes, sealed.
    pub bytes: u64,
    /// BLAKE3 of it, sealed.
    pub blake3: Hash,
    /// What is in it.
    pub holds: Holds,
}

/// The index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Version of the parcel.
    pub v: u32,
    /// Its name.
    pub parcel: ParcelId,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// Which way it goes.
    pub way: Way,
    /// Who made it.
    pub from: DeviceId,
    /// The maker's key, 64 hex digits.
    pub key: String,
    /// For whom.
    pub to: DeviceId,
    /// When, by the maker's clock.
    pub made: Stamp,
    /// The maker's program and version.
    pub program: String,
    /// Where it stands in the pool's order; a laptop that the pool has not taken in says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Its files, in the order in which they are read.
    pub files: Vec<FileLine>,
}

/// The files of one blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFiles<'a> {
    /// The blob.
    pub root: Hash,
    /// Its bytes.
    pub length: u64,
    /// The list of its segments; none for a blob of one segment.
    pub manifest: Option<&'a FileLine>,
    /// Runs of segments: the first one, and their file.
    pub runs: Vec<(u64, &'a FileLine)>,
}

impl Index {
    /// Reads an index and checks that its maker signed it.
    pub(crate) fn read(page: &[u8]) -> Outcome<Self> {
        let damaged = || ParcelError::damaged(INDEX);
        let text = signed::text(page).ok_or_else(damaged)?;
        let version: Versioned = serde_json::from_slice(text).map_err(|_| damaged())?;
        if !(VERSION..=REVIEW_VERSION).contains(&version.v) {
            return Err(ParcelError::OtherVersion { version: version.v });
        }
        let index: Self = serde_json::from_slice(text).map_err(|_| damaged())?;
        let key = index.maker().map_err(|_| damaged())?;
        let is_its_own = device_id(&key) == index.from && index.way.version() == index.v;
        if !is_its_own || !signed::is_signed(DOMAIN, page, &key) {
            return Err(damaged());
        }
        for file in &index.files {
            if !is_name(&file.name) || file.bytes > MOST_FILE_BYTES {
                return Err(damaged());
            }
        }
        Ok(index)
    }

    /// The key of who made it.
    ///
    /// # Errors
    /// [`ParcelError::Wire`] when it is none.
    pub fn maker(&self) -> Outcome<VerifyingKey> {
        Ok(key_from_hex(&self.key)?)
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// How many records are in it.
    #[must_use]
    pub fn records(&self) -> u64 {
        let count = |file: &FileLine| match file.holds {
            Holds::Records { count } => count,
            _ => 0,
        };
        self.files.iter().map(count).sum()
    }

    /// The blobs in it, each with its files.
    #[must_use]
    pub fn blobs(&self) -> Vec<BlobFiles<'_>> {
        let mut found: BTreeMap<Hash, BlobFiles<'_>> = BTreeMap::new();
        for file in &self.files {
            let (root, length) = match file.holds {
                Holds::Manifest { root, length } | Holds::Segments { root, length, .. } => (root, length),
                _ => continue,
            };
            let new = BlobFiles { root, length, manifest: None, runs: Vec::new() };
            let blob = found.entry(root).or_insert(new);
            match file.holds {
                Holds::Segments { from, .. } => blob.runs.push((from, file)),
                _ => blob.manifest = Some(file),
            }
        }
        found.into_values().collect()
    }
}

/// What every version says.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

/// Whether a name stays in its folder and is the same on every file system.
pub fn is_name(name: &str) -> bool {
    (1..=120).contains(&name.len())
        && name.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
