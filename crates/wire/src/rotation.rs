//! `POST /v1/rotate`: a laptop whose library was restored or copied goes on under a new key.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, NewsroomId};
use serde::{Deserialize, Serialize};

use crate::{WireError, device_id, key_from_hex, key_to_hex};

const DOMAIN: &[u8] = b"satchel.rotate.v1";

/// The wish for a successor's certificate, signed by the old key and by the new one.
///
/// It can be shown again: it vouches for one new key and no other, and only its holder can use the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RotateAsk {
    /// The name that the pool knows.
    pub from: DeviceId,
    /// The new key, 64 hex digits.
    pub public_key: String,
    /// Name of the machine, for the list of devices.
    pub machine: String,
    /// Why: `restored` or `fork`.
    pub why: String,
    /// Of the old key, 128 hex digits.
    pub old_signature: String,
    /// Of the new key, over the same, 128 hex digits.
    pub new_signature: String,
}

impl RotateAsk {
    /// Signs the wish with both keys.
    #[must_use]
    pub fn sign(newsroom: NewsroomId, old: &SigningKey, new: &SigningKey, machine: &str, why: &str) -> Self {
        let from = device_id(&old.verifying_key());
        let message = message(newsroom, from, &new.verifying_key());
        let signed = |key: &SigningKey| hex::encode(key.sign(&message).to_bytes());
        Self {
            from,
            public_key: key_to_hex(&new.verifying_key()),
            machine: machine.to_owned(),
            why: why.to_owned(),
            old_signature: signed(old),
            new_signature: signed(new),
        }
    }

    /// The new key, when both keys signed for this centre.
    ///
    /// # Errors
    /// [`WireError::BadKey`], [`WireError::WrongDevice`] when `old` is not the key of the old name,
    /// [`WireError::BadSignature`].
    pub fn verify(&self, newsroom: NewsroomId, old: &VerifyingKey) -> Result<VerifyingKey, WireError> {
        let new = key_from_hex(&self.public_key)?;
        if new.is_weak() {
            return Err(WireError::BadKey);
        }
        if device_id(old) != self.from || new == *old {
            return Err(WireError::WrongDevice);
        }
        let message = message(newsroom, self.from, &new);
        for (key, signature) in [(old, &self.old_signature), (&new, &self.new_signature)] {
            let mut bytes = [0; 64];
            hex::decode_to_slice(signature, &mut bytes).map_err(|_| WireError::BadSignature)?;
            key.verify_strict(&message, &Signature::from_bytes(&bytes))
                .map_err(|_| WireError::BadSignature)?;
        }
        Ok(new)
    }
}

fn message(newsroom: NewsroomId, from: DeviceId, new: &VerifyingKey) -> Vec<u8> {
    [DOMAIN, &newsroom.0, &from.0, new.as_bytes()].concat()
}
