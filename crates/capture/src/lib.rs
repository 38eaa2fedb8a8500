//! How material comes in: from cards and folders, copied once, verified by reading back, never written
//! to; and from a hot folder, as soon as a file there is whole.
//!
//! Where a verified file goes is the [`Shelf`]'s business; this room knows only a folder for the files
//! that are still growing.

mod disk;
mod error;
mod hot_folder;
mod kind;
mod offload;
mod platform;
mod tail;
mod walk;

pub use disk::{Disk, PartFile, RealDisk, Seen};
pub use error::CaptureError;
pub use hot_folder::{HotFolder, ReadyFile, ReadyRule};
pub use kind::{MediaKind, kind_of};
pub use offload::{FileReport, FileState, Outcome, Shelf, Told, offload, offload_with, sweep_parts};
pub use tail::{Tail, tail_of};
pub use walk::{LeftOut, Plan, SourceFile, WhyLeftOut, plan};
