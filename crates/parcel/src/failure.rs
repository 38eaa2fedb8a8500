//! Why a parcel could not be made or taken in.

use satchel_failure::{Explain, Remedy};
use satchel_wire::WireError;
use thiserror::Error;

/// What parcels answer.
pub type Outcome<T> = Result<T, ParcelError>;

/// A parcel that cannot be made, or not be believed. Nothing of it was taken in then.
#[derive(Debug, Error)]
pub enum ParcelError {
    /// The folder holds neither parcel nor receipt for this machine.
    #[error("There is no parcel and no receipt for this machine here.")]
    NothingHere,
    /// The packing was not ended: the index is missing.
    #[error("The parcel {folder} was not finished.")]
    Unfinished {
        /** Name of its folder. */
        folder: String,
    },
    /// A file is not as the index says, or the index not as its signature says.
    #[error("{name} of this parcel is damaged.")]
    Damaged {
        /** The file. */
        name: String,
    },
    /// A file that the index names is not there.
    #[error("{name} of this parcel is missing.")]
    Missing {
        /** The file. */
        name: String,
    },
    /// A newer program made it.
    #[error("This parcel is of version {version}.")]
    OtherVersion {
        /** Its version. */
        version: u32,
    },
    /// It belongs to another centre.
    #[error("This parcel belongs to another centre.")]
    OtherCentre,
    /// It is for somebody else.
    #[error("This parcel is for another machine.")]
    NotForUs,
    /// It claims to come from the pool and does not.
    #[error("This is not from our pool.")]
    NotOurPool,
    /// It is addressed to us, but another key opens it.
    #[error("{name} of this parcel is sealed to another key.")]
    CannotOpen {
        /** The file. */
        name: String,
    },
    /// A clip on the shelf is not what its name says.
    #[error("The clip {root} changed on the disk.")]
    SourceChanged {
        /** Its fingerprint. */
        root: String,
    },
    /// The stick is full.
    #[error("The stick has no room for this parcel.")]
    NoRoom,
    /// The stick cannot be read or written, or was pulled out.
    #[error("The stick failed at {name}: {why}")]
    Stick {
        /** The file or folder. */
        name: String,
        /** Technical reason. */
        why: String,
    },
    /// Stopped on request.
    #[error("Stopped on request.")]
    Stopped,
    /// The parcel begins further on than this laptop has read.
    #[error("The parcel begins after place {after}; this laptop has read to {cursor}.")]
    Gap {
        /** Where it begins. */
        after: u64,
        /** How far the laptop is. */
        cursor: u64,
    },
    /// It is from before the pool was put back to an older copy.
    #[error("This is from before the pool was restored.")]
    OlderEpoch,
    /// The pool has not taken this laptop in yet.
    #[error("The pool has not taken this laptop in yet.")]
    NotJoined,
    /// The receipt speaks of a record that this laptop never wrote.
    #[error("The receipt names a record {seq} that is not this laptop's.")]
    OtherChain {
        /** Its place in the stream. */
        seq: u64,
    },
    /// Nobody of this centre made it.
    #[error("Nobody that our pool vouches for made {name}.")]
    UnknownMaker {
        /** Its name. */
        name: String,
    },
    /// The slip is about a story that is not here, or holds records of another one.
    #[error("This slip is not about a story of this machine.")]
    OtherStory,
    /// It is about an older version of the story than the one here.
    #[error("This is about an older version of the story.")]
    OlderRevision,
    /// The pool does not know yet what the slip decides on.
    #[error("The pool has not got the story that this slip decides on.")]
    SlipTooEarly,
    /// Nothing was decided that a slip could say.
    #[error("Nothing was decided on this story yet.")]
    NothingDecided,
    /// The story did not come by a review parcel.
    #[error("This story did not come by a review parcel.")]
    NoReviewParcel,
    /// Bytes that are not what they claim to be.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl ParcelError {
    /// What the system said of a file of the stick.
    pub(crate) fn stick(name: &str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{NotFound, QuotaExceeded, StorageFull, UnexpectedEof};
        match error.kind() {
            StorageFull | QuotaExceeded => Self::NoRoom,
            NotFound => Self::Missing { name: name.to_owned() },
            UnexpectedEof => Self::Damaged { name: name.to_owned() },
            _ => Self::Stick { name: name.to_owned(), why: error.to_string() },
        }
    }

    /// A damaged file.
    pub(crate) fn damaged(name: &str) -> Self {
        Self::Damaged { name: name.to_owned() }
    }
}

impl Explain for ParcelError {
    fn code(&self) -> &'static str {
        match self {
            Self::NothingHere => "parcel.nothing-here",
            Self::Unfinished { .. } => "parcel.unfinished",
            Self::Damaged { .. } => "parcel.damaged",
            Self::Missing { .. } => "parcel.missing",
            Self::OtherVersion { .. } => "parcel.other-version",
            Self::OtherCentre => "parcel.other-centre",
            Self::NotForUs => "parcel.not-for-us",
            Self::NotOurPool => "parcel.not-our-pool",
            Self::CannotOpen { .. } => "parcel.cannot-open",
            Self::SourceChanged { .. } => "parcel.source-changed",
            Self::NoRoom => "parcel.no-room",
            Self::Stick { .. } => "parcel.stick",
            Self::Stopped => "parcel.stopped",
            Self::Gap { .. } => "parcel.gap",
            Self::OlderEpoch => "parcel.older-epoch",
            Self::NotJoined => "parcel.not-joined",
            Self::OtherChain { .. } => "parcel.other-chain",
            Self::UnknownMaker { .. } => "parcel.unknown-maker",
            Self::OtherStory => "parcel.other-story",
            Self::OlderRevision => "parcel.older-revision",
            Self::SlipTooEarly => "parcel.slip-early",
            Self::NothingDecided => "parcel.nothing-decided",
            Self::NoReviewParcel => "parcel.no-review-parcel",
            Self::Wire(error) => error.code(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::NothingHere
            | Self::NotForUs
            | Self::OtherStory
            | Self::NothingDecided
            | Self::NoReviewParcel
            | Self::Missing { .. } => Remedy::ChooseAnother,
            Self::Unfinished { .. } | Self::Damaged { .. } | Self::Stick { .. } | Self::Stopped => {
                Remedy::TryAgain
            }
            Self::OtherVersion { .. } => Remedy::Update,
            Self::NoRoom => Remedy::FreeSpace,
            Self::CannotOpen { .. } | Self::SourceChanged { .. } => Remedy::Report,
            Self::OtherCentre
            | Self::NotOurPool
            | Self::Gap { .. }
            | Self::OlderEpoch
            | Self::NotJoined
            | Self::UnknownMaker { .. }
            | Self::OlderRevision
            | Self::SlipTooEarly
            | Self::OtherChain { .. } => Remedy::AskDesk,
            Self::Wire(error) => error.remedy(),
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unfinished { folder } => vec![("folder", folder.clone())],
            Self::Damaged { name }
            | Self::Missing { name }
            | Self::CannotOpen { name }
            | Self::UnknownMaker { name } => {
                vec![("name", name.clone())]
            }
            Self::OtherVersion { version } => vec![("version", version.to_string())],
            Self::SourceChanged { root } => vec![("root", root.clone())],
            Self::Stick { name, why } => vec![("name", name.clone()), ("why", why.clone())],
            Self::Gap { after, cursor } => vec![("after", after.to_string()), ("cursor", cursor.to_string())],
            Self::OtherChain { seq } => vec![("seq", seq.to_string())],
            Self::Wire(error) => error.params(),
            _ => Vec::new(),
        }
    }
}
