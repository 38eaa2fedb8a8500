//! TLS as pool and laptops speak it: a key is believed and nothing else of a certificate, and a slow handshake holds up
//! nobody else's line.

mod gate;
mod keys;

pub use gate::{Gate, Line, Seats};
pub use keys::{KeyInfo, OnlyKeys, is_refused_key, key_info};
