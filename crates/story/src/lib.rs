//! The manuscript and its review: what a story is, how it may change, and who may let it pass.
//!
//! Everything here is pure: no clock, no disk, no network, no thread of its own. Laptop and pool run the same code.

mod counts;
mod diff;
mod document;
mod error;
mod fields;
mod guard;
mod join;
mod merge;
mod place;
mod reading;
mod review;
mod revision;

pub use counts::{Counts, READ_ALOUD_PER_MINUTE, count, read_aloud_s};
pub use diff::{Change, ChangeKind, Op, Piece, diff};
pub use document::{Document, Edit, Figure, Gate, OutlineEntry, SCHEMA, Seed, TextKind};
pub use error::StoryError;
pub use fields::{Setting, Standing, standing};
pub use guard::{Missing, Side, missing_after};
pub use join::join_updates;
pub use merge::{Hand, MergePolicy, merge_policy};
pub use place::{Field, Place};
pub use reading::{Outcome, Reading};
pub use review::{
    Case, Decision, Entry, Level, Policy, PolicyLevel, Reason, Refusal, SignOff, Signature, Signer, State,
};
pub use revision::{Block, BlockKind, Fields, FigureKind, FigureRef, Revision, RevisionView, Run};
