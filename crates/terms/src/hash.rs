//! The fingerprint of a content: 32 bytes of BLAKE3, written as 64 hex digits.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

/// The text is no fingerprint: 64 hex digits were expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a fingerprint: {0:?}")]
pub struct BadHash(pub String);

/// A BLAKE3 fingerprint: of a blob, a revision or a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(export_to = "generated.ts", type = "string & { readonly __id: \"Hash\" }")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Thirty-two zero bytes: "nothing before this".
    pub const ZERO: Self = Self([0; 32]);
}

impl std::fmt::Display for Hash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl std::str::FromStr for Hash {
    type Err = BadHash;
    fn from_str(text: &str) -> Result<Self, BadHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadHash(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = BadHash;
    fn try_from(text: String) -> Result<Self, BadHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}
