//! What a store says of itself: uploads not ended, sums, strays.

use satchel_terms::{DeviceId, Hash, Stamp};
use serde::Serialize;

/// An upload that was begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The blob.
    pub root: Hash,
    /// Its bytes once it is whole.
    pub length: u64,
    /// Bytes held, counted in whole segments.
    pub held: u64,
    /// Who began it; none for those from before this was noted.
    pub by: Option<DeviceId>,
    /// When.
    pub begun_at: Stamp,
    /// When it last moved.
    pub touched_at: Stamp,
}

/// Records of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RecordSum {
    /// The number of the kind.
    pub kind: u16,
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What rows and files do not know of each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Strays {
    /// Files that no row knows.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that are whole by their row and have no file.
    pub missing: Vec<Hash>,
}
