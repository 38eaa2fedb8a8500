//! Why a cut could not be changed or rendered.

use satchel_failure::{Explain, Remedy};
use thiserror::Error;

/// Why a cut could not be changed or rendered. The cut stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CutError {
    /// There is no segment at this place.
    #[error("The cut has no segment {at}.")]
    NoSuchSegment {
        /// Counted from 0.
        at: usize,
    },
    /// A segment would end before it starts.
    #[error("The segment would end before it starts.")]
    OutBeforeIn,
    /// A segment would be empty.
    #[error("The segment would be empty.")]
    ZeroLength,
    /// A segment would start before its clip or go past its end.
    #[error("The segment would go past the end of its clip.")]
    PastEnd,
    /// A split must lie inside the segment.
    #[error("The place to split lies outside the segment.")]
    SplitOutside,
    /// Two segments that do not follow each other in one clip cannot be one.
    #[error("These segments do not follow each other in one clip.")]
    NotOnePiece,
    /// The frame rate is zero or not one that ticks can hold exactly.
    #[error("The frame rate {frames}/{per} cannot be used.")]
    BadRate {
        /// Frames …
        frames: u32,
        /// … in so many seconds.
        per: u32,
    },
    /// There is nothing to render.
    #[error("The cut is empty.")]
    Empty,
}

impl Explain for CutError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchSegment { .. } => "cut.no-such-segment",
            Self::OutBeforeIn => "cut.out-before-in",
            Self::ZeroLength => "cut.zero-length",
            Self::PastEnd => "cut.past-end",
            Self::SplitOutside => "cut.split-outside",
            Self::NotOnePiece => "cut.not-one-piece",
            Self::BadRate { .. } => "cut.bad-rate",
            Self::Empty => "cut.empty",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::NoSuchSegment { .. } => Remedy::Reload,
            Self::BadRate { .. } => Remedy::ChooseAnother,
            _ => Remedy::CorrectInput,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoSuchSegment { at } => vec![("at", (at + 1).to_string())],
            Self::BadRate { frames, per } => vec![("frames", frames.to_string()), ("per", per.to_string())],
            _ => Vec::new(),
        }
    }
}
