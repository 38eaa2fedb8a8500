//! Journeys through the real window, by WebDriver: real program, real engine, real files.
//!
//! `cargo xtask test` builds the programs and runs these; `cargo xtask test screen` runs only these, and
//! `cargo xtask tour` walks the whole journey and keeps its pictures.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, reason = "the tour needs only the centre, not the laptops of the command line")]
#[path = "../laptops/centre.rs"]
mod centre;

mod admin;
mod album;
mod axe;
mod conflicts;
mod crowded;
#[allow(dead_code, reason = "every journey needs another part of the driver")]
mod driver;
mod faces;
mod first_run;
mod harness;
mod keyboard;
mod kills;
mod line_kills;
mod making;
mod nearby;
mod newer;
mod parcels;
mod player;
mod revoked;
mod setup;
mod sync_centre;
mod tour;
mod troubles;
mod walk;
mod wire;
mod words;
