//! Parcels: the exchange with the pool when there is no line, carried by hand on a stick (`docs/FORMATS.md` section 6).
//!
//! A parcel is a folder: files sealed to the one it is for, and a signed index, which is written last. Without the
//! index there is no parcel; with it every byte is accounted for. The pool answers an import with a signed receipt
//! beside the index: only that is its word that something is durable.
//!
//! A review parcel goes to colleagues instead, and is answered by a verdict slip: one small file.
//!
//! This room knows files and keys. What goes into a parcel, and what becomes of what comes out of one, is for the
//! desk and the pool to say.

mod disk;
pub mod escrow;
mod failure;
mod index;
mod packing;
mod receipt;
mod review;
mod seal;
mod signed;
mod slip;
mod unpacking;

pub use failure::{Outcome, ParcelError};
pub use index::{BlobFiles, Cursor, FileLine, Holds, Index, ParcelId, Way};
pub use packing::{Address, Made, Packing};
pub use receipt::{RECEIPT, Receipt};
pub use review::{CaseFacts, one_time_key};
pub use slip::{MadeSlip, Slip, SlipAddress, Word, lay, read as read_slip};
pub use unpacking::{Found, Parcel, find};

/// The version of parcels between laptop and pool, and of slips and receipts.
pub const VERSION: u32 = 1;
/// The version of review parcels: a program that knows only the first says that it is too old for them.
pub const REVIEW_VERSION: u32 = 2;
/// No file of a parcel is larger: FAT32 takes less than 4 GiB, and a smaller file that is damaged costs less.
pub const MOST_FILE_BYTES: u64 = 1 << 30;

/// Told how many bytes are done, answers whether to go on.
pub type Going<'a> = &'a dyn Fn(u64) -> bool;
