//! What an editor does to a cut. Every operation that succeeds answers the one that takes it back.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CutError;
use crate::sequence::{Cut, Segment};
use crate::time::Ticks;

/// One operation. Segments are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "op", rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Operation {
    /// Puts a segment before place `at`; the number of segments means the end.
    Add {
        /// The place.
        at: usize,
        /// What to put there.
        segment: Segment,
    },
    /// Moves the in point.
    TrimIn {
        /// Which segment.
        at: usize,
        /// The new in point, in the clip's time.
        to: Ticks,
    },
    /// Moves the out point.
    TrimOut {
        /// Which segment.
        at: usize,
        /// The new out point, in the clip's time.
        to: Ticks,
    },
    /// Makes two segments of one.
    Split {
        /// Which segment.
        at: usize,
        /// Where, in the clip's time; strictly inside the segment.
        point: Ticks,
    },
    /// Makes one segment of two that follow each other in one clip. Takes a split back.
    Join {
        /// The first of the two.
        at: usize,
    },
    /// Moves a segment to another place.
    Move {
        /// Where it stands.
        from: usize,
        /// Where it stands afterwards.
        to: usize,
    },
    /// Takes a segment out.
    Remove {
        /// Which segment.
        at: usize,
    },
}

impl Cut {
    /// Carries an operation out and answers the one that takes it back.
    ///
    /// # Errors
    /// A [`CutError`] that says why it cannot be; the cut is then as it was.
    pub fn apply(&mut self, operation: Operation) -> Result<Operation, CutError> {
        match operation {
            Operation::Add { at, segment } => self.add(at, segment),
            Operation::TrimIn { at, to } => {
                let before = self.reshape(at, |segment| std::mem::replace(&mut segment.from, to))?;
                Ok(Operation::TrimIn { at, to: before })
            }
            Operation::TrimOut { at, to } => {
                let before = self.reshape(at, |segment| std::mem::replace(&mut segment.to, to))?;
                Ok(Operation::TrimOut { at, to: before })
            }
            Operation::Split { at, point } => self.split(at, point),
            Operation::Join { at } => self.join(at),
            Operation::Move { from, to } => self.shift(from, to),
            Operation::Remove { at } => {
                self.segment(at)?;
                Ok(Operation::Add { at, segment: self.segments.remove(at) })
            }
        }
    }

    fn segment(&self, at: usize) -> Result<&Segment, CutError> {
        self.segments.get(at).ok_or(CutError::NoSuchSegment { at })
    }

    fn add(&mut self, at: usize, segment: Segment) -> Result<Operation, CutError> {
        if at > self.segments.len() {
            return Err(CutError::NoSuchSegment { at });
        }
        segment.check()?;
        self.segments.insert(at, segment);
        Ok(Operation::Remove { at })
    }

    fn reshape<T>(&mut self, at: usize, change: impl FnOnce(&mut Segment) -> T) -> Result<T, CutError> {
        let target = self.segments.get_mut(at).ok_or(CutError::NoSuchSegment { at })?;
        let mut segment = target.clone();
        let before = change(&mut segment);
        segment.check()?;
        *target = segment;
        Ok(before)
    }

    fn split(&mut self, at: usize, point: Ticks) -> Result<Operation, CutError> {
        let first = self.segments.get_mut(at).ok_or(CutError::NoSuchSegment { at })?;
        if point <= first.from || point >= first.to {
            return Err(CutError::SplitOutside);
        }
        let second = Segment { from: point, ..first.clone() };
        first.to = point;
        self.segments.insert(at + 1, second);
        Ok(Operation::Join { at })
    }

    fn join(&mut self, at: usize) -> Result<Operation, CutError> {
        let (first, second) = (self.segment(at)?, self.segment(at.saturating_add(1))?);
        let is_one_clip =
            first.clip == second.clip && first.blob == second.blob && first.length == second.length;
        if !is_one_clip || first.to != second.from {
            return Err(CutError::NotOnePiece);
        }
        let point = first.to;
        let second = self.segments.remove(at + 1);
        self.reshape(at, |segment| segment.to = second.to)?;
        Ok(Operation::Split { at, point })
    }

    fn shift(&mut self, from: usize, to: usize) -> Result<Operation, CutError> {
        self.segment(from)?;
        self.segment(to)?;
        let segment = self.segments.remove(from);
        self.segments.insert(to, segment);
        Ok(Operation::Move { from: to, to: from })
    }
}
