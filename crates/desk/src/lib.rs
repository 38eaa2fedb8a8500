//! The desk: every use case of a laptop, and the only interface the doors see.
//!
//! A [`Desk`] exists from the first second, also before there is a library. Once one is open, its work
//! is done in a [`room::Room`]; each method here hands over to it on a worker thread.

mod apart;
mod arrivals;
mod branches;
pub mod cards;
mod centre;
mod clips;
mod cuts;
mod error;
mod exchange;
mod fields;
mod home;
mod identity;
mod imports;
mod intake;
mod invitations;
mod jobs;
mod keys;
mod ledger;
mod media_files;
mod nearby;
mod paper;
mod parcels;
mod people;
mod push;
mod review;
mod room;
mod rotation;
mod stories;
mod verbs;
mod views;
mod writing;

pub use error::DeskError;
pub use home::{Desk, Place};
pub use media_files::{MediaFile, MediaKind};
pub use satchel_failure::{Answer, Failure};
