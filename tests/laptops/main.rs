//! The whole journey without a window: four laptops, one pool, one website, by the command line alone.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod arrivals;
mod beside;
mod centre;
mod clones;
mod fields;
mod journey;
mod keyring;
mod keys;
mod late_clips;
mod nearby;
mod newsroom;
mod parcels;
mod pulled;
mod recipes;
mod refusals;
mod review_parcels;
mod sftp;
mod signatures;
mod trouble;
