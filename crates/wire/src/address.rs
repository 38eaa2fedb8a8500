//! Where a pool answers, and by which key it is known there when no authority vouches for its certificate.

use std::fmt;

/// What stands before the pin in the text of an address.
const PIN: &str = "#pin=";

/// The name of a TLS key: BLAKE3 of the certificate's `SubjectPublicKeyInfo` (DER), 64 hex digits.
///
/// A certificate renewed with the same key keeps its name.
#[must_use]
pub fn pin_of(public_key_info: &[u8]) -> String {
    blake3::hash(public_key_info).to_hex().to_string()
}

/// An address as a laptop keeps it: `https://pool.example.org:7810#pin=<64 hex digits>`, or without the pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where it answers, without a slash at the end.
    pub url: String,
    /// The only TLS key that is believed there, see [`pin_of`]; the authorities of the system decide when absent.
    pub pin: Option<String>,
}

impl Address {
    /// An address of these parts.
    #[must_use]
    pub fn new(url: &str, pin: Option<&str>) -> Self {
        let pin = pin.map(str::trim).filter(|pin| !pin.is_empty()).map(str::to_ascii_lowercase);
        Self { url: url.trim().trim_end_matches('/').to_owned(), pin }
    }

    /// Reads an address as [`fmt::Display`] writes it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once(PIN) {
            Some((url, pin)) => Self::new(url, Some(pin)),
            None => Self::new(text, None),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pin {
            Some(pin) => write!(out, "{}{PIN}{pin}", self.url),
            None => out.write_str(&self.url),
        }
    }
}
