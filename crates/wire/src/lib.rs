//! What laptop and pool say to each other, and how it looks in bytes (`docs/FORMATS.md` sections 3 and 4).
//!
//! Records carry every change of text and every decision; segments carry the material. Nothing here reads
//! a clock, throws dice, or touches disk or network: times, keys and bytes are passed in.

mod address;
pub mod apart;
pub mod body;
pub mod escrow;
mod failure;
mod kind;
pub mod lease;
pub mod protocol;
mod recipe;
mod record;
mod rotation;
mod segment;
mod time;

pub use address::{Address, pin_of};
pub use failure::WireError;
pub use kind::{Codec, Kind, Stream};
pub use recipe::{MakeAnswer, MakeAsk, RECIPE_PIECES, Recipe, RecipeLook, RecipePiece};
pub use record::{BODY_CAP, BODY_LIMIT, Draft, HEADER, Header, Record, RecordId, device_id};
pub use rotation::RotateAsk;
pub use segment::{Bitmap, Manifest, ManifestMaker, SEGMENT, segments_of};
pub use time::HybridTime;

pub use base64::Engine as _;
pub use ed25519_dalek::{SigningKey, VerifyingKey};

/// Writes bytes as base64, the way bodies of this protocol carry records.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Reads base64 as [`to_base64`] writes it.
///
/// # Errors
/// [`WireError::Body`] when the text is no base64.
pub fn from_base64(text: &str) -> Result<Vec<u8>, WireError> {
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|error| WireError::Body { why: error.to_string() })
}

/// Reads a public key as 64 hex digits.
///
/// # Errors
/// [`WireError::BadKey`] when the text is no valid Ed25519 key.
pub fn key_from_hex(text: &str) -> Result<VerifyingKey, WireError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| WireError::BadKey)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| WireError::BadKey)
}

/// Writes a public key as 64 hex digits.
#[must_use]
pub fn key_to_hex(key: &VerifyingKey) -> String {
    hex::encode(key.as_bytes())
}
