//! The edit: clips in a row, operations that can be taken back, and exact time.
//!
//! Pure: no clock, no disk, no process. The media room carries out a [`RenderPlan`].

mod edl;
mod error;
mod operation;
mod plan;
mod sequence;
mod time;

pub use edl::edl;
pub use error::CutError;
pub use operation::Operation;
pub use plan::{AudioCodec, Input, RenderPiece, RenderPlan, Target, VideoCodec};
pub use sequence::{Cut, Segment};
pub use time::{Rate, TICKS_PER_SECOND, Ticks};
