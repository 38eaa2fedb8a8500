//! The kinds of long work and what each promises.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A kind of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum JobKind {
    /// Takes clips in from a card or folder, verified.
    Import,
    /// Looks at a clip: facts, thumbnail, poster.
    Look,
    /// Makes the small copy of a clip that plays smoothly.
    Proxy,
    /// Renders a cut into a file.
    Render,
    /// Sends clips to the pool.
    Upload,
    /// Fetches clips from the pool.
    Download,
    /// Sends a story out on a channel.
    Push,
    /// Copies the library to another disk.
    Backup,
    /// Packs a parcel for the pool, or takes one in.
    Parcel,
}

/// What a kind counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Microseconds of the finished picture and sound.
    Microseconds,
    /// Whole steps.
    Steps,
}

/// What happens when stopped work is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// It goes on with the first file that is not safe yet.
    ByFile,
    /// It goes on with the first segment that has not arrived.
    BySegment,
    /// It begins anew; nothing was half done.
    FromStart,
    /// It never starts again by itself: a person or a look-up decides.
    NotByItself,
}

/// What stopped work leaves on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// Every finished, verified file; nothing half.
    FinishedFiles,
    /// The verified segments, to go on from.
    VerifiedSegments,
    /// Nothing.
    Nothing,
}

/// What a kind of work promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// What its gauge counts.
    pub unit: Unit,
    /// How it goes on after a stop.
    pub resume: Resume,
    /// What is on disk when it was stopped.
    pub leaves: Leaves,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Import,
        Self::Look,
        Self::Proxy,
        Self::Render,
        Self::Upload,
        Self::Download,
        Self::Push,
        Self::Backup,
        Self::Parcel,
    ];

    /// What this kind promises.
    #[must_use]
    pub const fn contract(self) -> Contract {
        let (unit, resume, leaves) = match self {
            Self::Import | Self::Backup => (Unit::Bytes, Resume::ByFile, Leaves::FinishedFiles),
            Self::Look => (Unit::Steps, Resume::FromStart, Leaves::Nothing),
            Self::Proxy | Self::Render => (Unit::Microseconds, Resume::FromStart, Leaves::Nothing),
            Self::Upload | Self::Download => (Unit::Bytes, Resume::BySegment, Leaves::VerifiedSegments),
            Self::Parcel => (Unit::Bytes, Resume::FromStart, Leaves::Nothing),
            Self::Push => (Unit::Steps, Resume::NotByItself, Leaves::Nothing),
        };
        Contract { unit, resume, leaves }
    }

    /// Whether stopped or failed work of this kind may be started again.
    #[must_use]
    pub const fn is_resumable(self) -> bool {
        !matches!(self.contract().resume, Resume::NotByItself)
    }
}
