//! Why two laptops did not exchange.

use satchel_failure::{Explain, Remedy};
use satchel_store::StoreError;
use satchel_wire::WireError;
use thiserror::Error;

/// What the exchange nearby answers.
pub type Outcome<T> = Result<T, LanError>;

/// Why the exchange with a laptop nearby did not go on. What was exchanged until then is kept.
#[derive(Debug, Error)]
pub enum LanError {
    /// The pool has not taken this laptop in: it has no certificate to show.
    #[error("The pool has not registered this laptop yet.")]
    NotJoined,
    /// The typed address is none.
    #[error("{text} is no address of a laptop.")]
    BadPlace {
        /** What was typed. */
        text: String,
    },
    /// No port could be opened.
    #[error("The network does not let this laptop listen: {why}")]
    CannotListen {
        /** In technical words. */
        why: String,
    },
    /// Nobody answers there, or the line broke.
    #[error("The laptop nearby cannot be reached: {why}")]
    Unreachable {
        /** In technical words. */
        why: String,
    },
    /// Whoever answers there is not a laptop that the pool vouches for, or not the one that was named.
    #[error("This is no laptop of this centre that is known here.")]
    Stranger,
    /// The other laptop belongs to another centre.
    #[error("The laptop nearby belongs to another centre.")]
    OtherCentre,
    /// The pool took the other laptop out.
    #[error("The laptop nearby was revoked.")]
    Revoked,
    /// The other laptop does not accept this one.
    #[error("The laptop nearby does not accept this one: {code}")]
    Refused {
        /** Its code. */
        code: String,
    },
    /// The other laptop is this one.
    #[error("This is the same laptop.")]
    Itself,
    /// The other laptop speaks another version.
    #[error("The laptop nearby speaks protocol {version}.")]
    OtherProtocol {
        /** Its version. */
        version: u32,
    },
    /// What it says cannot be read.
    #[error("The laptop nearby cannot be understood: {why}")]
    Garbled {
        /** In technical words. */
        why: String,
    },
    /// A segment does not belong to its blob.
    #[error("Segment {index} came damaged from the laptop nearby.")]
    BadSegment {
        /** Its number from 0. */
        index: u64,
    },
    /// It was switched off.
    #[error("Stopped on request.")]
    Stopped,
    /// The library refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record or manifest cannot be believed.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl LanError {
    pub(crate) fn garbled(why: impl std::fmt::Display) -> Self {
        Self::Garbled { why: why.to_string() }
    }
}

impl Explain for LanError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotJoined => "lan.not-joined",
            Self::BadPlace { .. } => "lan.bad-place",
            Self::CannotListen { .. } => "lan.cannot-listen",
            Self::Unreachable { .. } => "lan.unreachable",
            Self::Stranger => "lan.stranger",
            Self::OtherCentre => "lan.other-centre",
            Self::Revoked => "lan.revoked",
            Self::Refused { .. } => "lan.refused",
            Self::Itself => "lan.itself",
            Self::OtherProtocol { .. } => "lan.other-protocol",
            Self::Garbled { .. } => "lan.garbled",
            Self::BadSegment { .. } => "lan.bad-segment",
            Self::Stopped => "lan.stopped",
            Self::Store(error) => error.code(),
            Self::Wire(error) => error.code(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::BadPlace { .. } | Self::Itself => Remedy::ChooseAnother,
            Self::Unreachable { .. }
            | Self::CannotListen { .. }
            | Self::Garbled { .. }
            | Self::BadSegment { .. }
            | Self::Stopped => Remedy::TryAgain,
            Self::OtherProtocol { .. } => Remedy::Update,
            Self::NotJoined | Self::Stranger | Self::OtherCentre | Self::Revoked | Self::Refused { .. } => {
                Remedy::AskDesk
            }
            Self::Store(error) => error.remedy(),
            Self::Wire(error) => error.remedy(),
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::BadPlace { text } => vec![("text", text.clone())],
            Self::CannotListen { why } | Self::Unreachable { why } | Self::Garbled { why } => {
                vec![("why", why.clone())]
            }
            Self::Refused { code } => vec![("code", code.clone())],
            Self::OtherProtocol { version } => vec![("version", version.to_string())],
            Self::BadSegment { index } => vec![("index", index.to_string())],
            Self::Store(error) => error.params(),
            Self::Wire(error) => error.params(),
            _ => Vec::new(),
        }
    }
}
