//! Small things that a pool notes: who has a story in hand, keys in its keeping, links that open once, what was done.
//!
//! A note is changed against what it was, so that any number of processes may do so at once.

use satchel_terms::{Hash, Stamp};

/// Which notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawer {
    /// The centre's escrow key.
    Escrow,
    /// Keys of libraries, sealed to it, by device.
    Sealed,
    /// Who has a story in hand, by story.
    Lease,
    /// Links for administrators that open once, by the hash of their secret.
    Link,
    /// Sessions of administrators that were ended before their time.
    Ended,
    /// What administrators and escrow did, by time.
    Log,
}

impl Drawer {
    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Escrow => "escrow",
            Self::Sealed => "sealed",
            Self::Lease => "lease",
            Self::Link => "link",
            Self::Ended => "ended",
            Self::Log => "log",
        }
    }
}

/// A change of one note.
#[derive(Debug, Clone)]
pub struct NoteChange {
    /// Where.
    pub drawer: Drawer,
    /// Which note.
    pub name: String,
    /// What it has to be before; none for no note.
    pub before: Option<Vec<u8>>,
    /// What it is afterwards; none for no note.
    pub after: Option<Vec<u8>>,
}

/// A record that stands apart, without its bytes.
#[derive(Debug, Clone)]
pub struct ApartRow {
    /// BLAKE3 of its bytes.
    pub id: Hash,
    /// Why.
    pub code: String,
    /// When it came.
    pub at: Stamp,
    /// How many bytes it has.
    pub length: u64,
}
