//! The commands of the window, one file for each room. Doors, not rooms: every body is one expression.

#![expect(
    clippy::missing_errors_doc,
    reason = "each hands on the failure of one verb of the desk, which tells of it"
)]

pub mod clip;
pub mod cut;
pub mod home;
pub mod job;
pub mod people;
pub mod pool;
pub mod push;
pub mod review;
pub mod shell;
pub mod story;
