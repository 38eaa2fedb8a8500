//! Laws of the pool, told over its real doors: a server on loopback, laptops that speak HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod admin;
mod backup;
mod beside;
mod certificate;
#[cfg(target_os = "linux")]
mod cuts;
mod entry;
mod keeping;
mod laptop;
mod material;
mod parcels;
mod process;
mod push;
mod reading;
mod recipes;
mod release;
mod review;
mod rotating;
mod shop;
mod store;
mod tidy;
mod tus;
mod upkeep;
mod website;
