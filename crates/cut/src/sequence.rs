//! The cut itself: pieces of clips, one after the other.

use satchel_terms::{ClipId, Hash};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CutError;
use crate::time::{Rate, Ticks};

/// A piece of a clip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Segment {
    /// The clip.
    pub clip: ClipId,
    /// Its original.
    pub blob: Hash,
    /// How long the clip is, as it was probed.
    pub length: Ticks,
    /// The first moment shown.
    pub from: Ticks,
    /// The first moment no longer shown.
    pub to: Ticks,
}

impl Segment {
    /// How long the piece runs.
    #[must_use]
    pub const fn running_time(&self) -> Ticks {
        self.to.minus(self.from)
    }

    /// Checks that the piece lies in its clip and is not empty.
    ///
    /// # Errors
    /// [`CutError::OutBeforeIn`], [`CutError::ZeroLength`] or [`CutError::PastEnd`].
    pub fn check(&self) -> Result<(), CutError> {
        if self.to < self.from {
            Err(CutError::OutBeforeIn)
        } else if self.to == self.from {
            Err(CutError::ZeroLength)
        } else if self.from < Ticks::ZERO || self.to > self.length {
            Err(CutError::PastEnd)
        } else {
            Ok(())
        }
    }
}

/// An edited sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Cut {
    /// The frames a second that in and out points are set on.
    pub rate: Rate,
    /// The pieces, in order.
    pub segments: Vec<Segment>,
}

impl Default for Cut {
    fn default() -> Self {
        Self::new(Rate::PAL)
    }
}

impl Cut {
    /// An empty cut.
    #[must_use]
    pub const fn new(rate: Rate) -> Self {
        Self { rate, segments: Vec::new() }
    }

    /// How long the cut runs.
    #[must_use]
    pub fn running_time(&self) -> Ticks {
        self.segments.iter().fold(Ticks::ZERO, |sum, segment| sum.plus(segment.running_time()))
    }

    /// Checks every piece. For cuts that come from outside.
    ///
    /// # Errors
    /// As for [`Segment::check`], of the first piece that fails.
    pub fn check(&self) -> Result<(), CutError> {
        self.segments.iter().try_for_each(Segment::check)
    }
}
