//! TLS as pool and laptops speak it: a key is believed and nothing else of a certificate, and who is slow or silent holds
//! up nobody else's line.

mod gate;
mod keys;

pub use gate::{Gate, Line, Pass, Seats, Stay};
pub use keys::{KeyInfo, OnlyKeys, is_refused_key, key_info};
