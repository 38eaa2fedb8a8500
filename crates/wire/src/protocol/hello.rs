//! Hello: who asks, what the pool holds of the asker, and proof that the pinned pool answers.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, Hash, NewsroomId, Stamp};
use serde::{Deserialize, Serialize};

use super::signature_matches;
use crate::{Stream, key_to_hex};

/// `POST /v1/hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelloAsk {
    /// The protocol spoken.
    pub protocol: u32,
    /// Program and version.
    pub program: String,
    /// Who asks.
    pub device: DeviceId,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// The asker's clock.
    pub now: Stamp,
    /// Random hex digits; the pool signs them so that no portal can answer in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// The newest record of one stream that the pool holds durably, without a gap before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamHead {
    /// Which stream.
    pub stream: Stream,
    /// Its place.
    pub seq: u64,
    /// Its name.
    pub id: Hash,
}

/// The pool's answer to hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// Oldest protocol understood.
    pub protocol_min: u32,
    /// Newest protocol understood.
    pub protocol_max: u32,
    /// Which pool: its newsroom.
    pub pool: NewsroomId,
    /// Changes when the pool was restored or rebuilt.
    pub epoch: u64,
    /// The pool's clock.
    pub now: Stamp,
    /// The newest position of the feed.
    pub head: u64,
    /// What the pool holds of the asker's streams: the only push cursor.
    pub mine: Vec<StreamHead>,
    /// The pool's key, 64 hex digits.
    pub pool_key: String,
    /// Up to which position of the feed the pool was last backed up; absent when it never was. A hint, unless
    /// [`Self::proven_backup_mark`] says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_mark: Option<u64>,
    /// Signature over the nonce, pool, epoch and backup mark; absent from pools that do not sign it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_proof: Option<String>,
    /// Signature over the nonce, pool, epoch and head, when a nonce was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

impl Hello {
    /// Signs this answer for the asker's nonce.
    pub fn prove(&mut self, nonce: &str, key: &SigningKey) {
        let signed = |message: &[u8]| hex::encode(key.sign(message).to_bytes());
        self.proof = Some(signed(&self.proof_message(nonce)));
        self.backup_proof = self.backup_mark.map(|mark| signed(&self.backup_message(nonce, mark)));
    }

    /// Whether the answer was signed by the pinned key for this nonce.
    #[must_use]
    pub fn is_proven(&self, nonce: &str, pinned: &VerifyingKey) -> bool {
        let Some(proof) = &self.proof else { return false };
        self.pool_key == key_to_hex(pinned) && signature_matches(pinned, &self.proof_message(nonce), proof)
    }

    /// The backup mark, when the pinned key signed it for this nonce.
    #[must_use]
    pub fn proven_backup_mark(&self, nonce: &str, pinned: &VerifyingKey) -> Option<u64> {
        let (mark, proof) = (self.backup_mark?, self.backup_proof.as_ref()?);
        signature_matches(pinned, &self.backup_message(nonce, mark), proof).then_some(mark)
    }

    fn backup_message(&self, nonce: &str, mark: u64) -> Vec<u8> {
        let mut message = b"satchel.hello.backup.v1".to_vec();
        message.extend_from_slice(&self.pool.0);
        message.extend_from_slice(&self.epoch.to_be_bytes());
        message.extend_from_slice(&mark.to_be_bytes());
        message.extend_from_slice(nonce.as_bytes());
        message
    }

    fn proof_message(&self, nonce: &str) -> Vec<u8> {
        let mut message = b"satchel.hello.v1".to_vec();
        message.extend_from_slice(&self.pool.0);
        message.extend_from_slice(&self.epoch.to_be_bytes());
        message.extend_from_slice(&self.head.to_be_bytes());
        message.extend_from_slice(nonce.as_bytes());
        message
    }
}
