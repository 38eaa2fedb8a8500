//! The key that a laptop may leave with its centre for the day its passphrase is forgotten (decision 0024).

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, NewsroomId, Stamp};
use serde::{Deserialize, Serialize};

use crate::protocol::signature_matches;
use crate::{WireError, key_from_hex, key_to_hex};

/// `GET /v1/escrow`: the key to which libraries may be sealed, in the pool's own signed word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EscrowOffer {
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// The escrow key, 64 hex digits; absent where the centre keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The pool's signature over centre and key; 128 hex digits.
    #[serde(default)]
    pub signature: String,
    /// When the asker's sealed key came; absent when the pool holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Stamp>,
    /// The escrow key to which that one is sealed, 64 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_to: Option<String>,
}

impl EscrowOffer {
    /// The pool's word on its escrow key.
    #[must_use]
    pub fn signed(newsroom: NewsroomId, escrow: Option<&VerifyingKey>, pool: &SigningKey) -> Self {
        let key = escrow.map(key_to_hex);
        let signature = hex::encode(pool.sign(&message(newsroom, key.as_deref())).to_bytes());
        Self { newsroom, key, signature, given: None, given_to: None }
    }

    /// The escrow key, when the pinned pool of the centre offers one.
    ///
    /// # Errors
    /// [`WireError::BadSignature`] when it is not the pinned pool's word, [`WireError::BadKey`] when it is no key.
    pub fn verified(
        &self,
        newsroom: NewsroomId,
        pinned: &VerifyingKey,
    ) -> Result<Option<VerifyingKey>, WireError> {
        let said = message(newsroom, self.key.as_deref());
        if self.newsroom != newsroom || !signature_matches(pinned, &said, &self.signature) {
            return Err(WireError::BadSignature);
        }
        self.key.as_deref().map(key_from_hex).transpose()
    }
}

fn message(newsroom: NewsroomId, key: Option<&str>) -> Vec<u8> {
    let mut message = b"satchel.escrow.v1".to_vec();
    message.extend_from_slice(&newsroom.0);
    message.extend_from_slice(key.unwrap_or("none").as_bytes());
    message
}

/// `POST /v1/escrow`: a device leaves its library's key, or takes it back when `sealed` is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EscrowAsk {
    /// The key to which it is sealed, 64 hex digits.
    pub key: String,
    /// The sealed bytes, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

/// A file with a sealed key: from the pool to where the escrow key is kept (`.satchel-sealed`), and from there, sealed
/// to a code, to the laptop (`.satchel-recovery`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedKey {
    /// Version of this file, 1.
    pub v: u32,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// Whose library.
    pub device: DeviceId,
    /// The name of its person.
    pub name: String,
    /// The key to which it is sealed, 64 hex digits.
    pub key: String,
    /// The sealed bytes, base64.
    pub sealed: String,
}

impl SealedKey {
    /// What a sealed key is bound to: it opens for this centre and this device only.
    #[must_use]
    pub fn about(newsroom: NewsroomId, device: DeviceId) -> Vec<u8> {
        [newsroom.0, device.0].concat()
    }
}
