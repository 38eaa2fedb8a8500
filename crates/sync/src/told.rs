//! News of the exchange: ids and codes, never contents.

use std::collections::BTreeSet;
use std::sync::Arc;

use satchel_store::Direction;
use satchel_terms::{ClipId, Hash, StoryId};

/// What just became true. Told after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// The pool answered, after a silence or for the first time.
    PoolReached {
        /// Milliseconds by which the pool's clock is ahead of the laptop's.
        offset_ms: i64,
    },
    /// The pool no longer answers, or answers with a refusal.
    PoolLost {
        /// Why, as a code.
        code: &'static str,
    },
    /// New records came in.
    Took {
        /// Stories that have news.
        stories: BTreeSet<StoryId>,
        /// Clips that have news.
        clips: BTreeSet<ClipId>,
        /// How many records.
        records: usize,
    },
    /// The pool holds more of this laptop's records.
    Pushed {
        /// How many more.
        records: u64,
    },
    /// The pool did not take a record.
    Rejected {
        /// Which one.
        record: Hash,
        /// Why, as the pool's code.
        code: String,
    },
    /// A blob is moving.
    BlobMoved {
        /// Which one.
        root: Hash,
        /// The clip it belongs to, or zeros.
        subject: [u8; 16],
        /// Which way.
        direction: Direction,
        /// Bytes that arrived for certain.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The pool began to make a blob itself, from what it holds.
    BlobMaking {
        /// Which one.
        root: Hash,
        /// The clip it belongs to, or zeros.
        subject: [u8; 16],
    },
    /// The pool holds a blob whole, by its own word.
    BlobPooled {
        /// Which one.
        root: Hash,
        /// The clip it belongs to, or zeros.
        subject: [u8; 16],
    },
    /// A blob arrived here whole.
    BlobHere {
        /// Which one.
        root: Hash,
        /// The clip it belongs to, or zeros.
        subject: [u8; 16],
    },
    /// A person has to do something, or it will not go on.
    NeedsYou {
        /// What it is about, as a code.
        code: &'static str,
        /// Values for the sentence, by name.
        params: Vec<(&'static str, String)>,
    },
}

/// Who is told.
pub(crate) type Told = Arc<dyn Fn(Happened) + Send + Sync>;
