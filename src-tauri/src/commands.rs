//! The commands of the window, one file for each room. Doors, not rooms: every body is one expression.

pub mod clip;
pub mod cut;
pub mod home;
pub mod job;
pub mod pool;
pub mod push;
pub mod review;
pub mod shell;
pub mod story;
