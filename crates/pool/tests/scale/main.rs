//! The pool on PostgreSQL and an object store: the same laws as on SQLite and a folder, and those of several processes.
//!
//! Needs a PostgreSQL (Debian) and an S3 server (PyPI), which the test kit installs and starts once for all laws of
//! this file; without them the laws fail and say why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../laws/entry.rs"]
mod entry;
#[path = "../laws/keeping.rs"]
mod keeping;
#[path = "../laws/laptop.rs"]
mod laptop;
#[path = "../laws/material.rs"]
mod material;
#[path = "../laws/parcels.rs"]
mod parcels;
#[path = "../laws/process.rs"]
mod process;
#[path = "../laws/push.rs"]
mod push;
#[path = "../laws/reading.rs"]
mod reading;
#[path = "../laws/recipes.rs"]
mod recipes;
#[path = "../laws/release.rs"]
mod release;
#[path = "../laws/review.rs"]
mod review;
#[path = "../laws/shop.rs"]
mod shop;
#[path = "../laws/tidy.rs"]
mod tidy;
#[path = "../laws/tus.rs"]
mod tus;
#[path = "../laws/website.rs"]
mod website;

mod away;
mod bucket;
mod hands;
mod order;
mod returning;
mod store;
mod two;
mod uploads;
