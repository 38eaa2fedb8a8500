//! The road to the pool: records up, the pool's order down, blobs in verified segments both ways.
//!
//! What to do is decided in [`planner`], which touches nothing; [`Driver`] has the hands.
//!
//! One round ([`run_once`]) says hello, proves that the answer comes from the pinned pool, then pushes and pulls
//! independently of each other. The pool's own word is the only push cursor; the pull cursor moves in the same
//! transaction as the rows it covers. Blobs travel on connections of their own, small ones first, and go on at the
//! segment where they were cut off. [`Driver`] does all this by itself and tells what [`Happened`].
//!
//! Data are never refused for a wrong clock; the difference is told.

pub mod arrival;
mod blobs;
mod brought;
mod client;
mod control;
mod download;
mod driver;
mod enrol;
mod exchange;
mod failure;
mod habits;
mod hands;
mod loose;
pub mod planner;
mod rotate;
mod told;
mod trust;
mod uplink;
mod upload;

pub use blobs::{want_original, want_small_files, want_upload};
pub use brought::take_brought;
pub use client::{Client, FeedPage};
pub use control::{Control, Mode};
pub use driver::{Contact, Driver};
pub use enrol::{Enrolment, believe, enrol, read_invitation};
pub use exchange::{Report, run_once, take_page};
pub use failure::SyncError;
pub use habits::{Habits, Identity};
pub use loose::{Loose, take_loose};
pub use planner::{Backoff, Night, Plan, Rules, Width, plan};
pub use rotate::{believe_successor, rotate};
pub use told::Happened;
pub use uplink::{Bucket, LEAST_LIMIT};
