//! The messages of the HTTP doors, as JSON (`docs/FORMATS.md`, section 8).

mod hello;

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, Hash, NewsroomId, PersonId, Role, Stamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use hello::{Hello, HelloAsk, StreamHead};

use crate::{RotateAsk, WireError, key_from_hex, key_to_hex, to_base64};

/// The protocol this program speaks. A number goes up when something is added that an older program does not know:
///
/// 1. records, blobs, hello, enrolment, token, people and channels;
/// 2. a certificate may be shown for a token; hello tells of backups, and proves it; parcels;
/// 3. `POST /v1/rotate` and `device.rotate`; a `field.set` says what it replaces; `POST /v1/blobs/ROOT/make`; how long
///    a wait may last (`for`).
///
/// All of it was added as doors, kinds and keys that may be absent; no form of an earlier number has changed.
pub const PROTOCOL: u32 = 3;
/// The oldest protocol this program still understands: its own, and two earlier ones.
pub const PROTOCOL_MIN: u32 = oldest(PROTOCOL);

/// The oldest protocol that a program understands whose newest is this one.
#[must_use]
pub const fn oldest(newest: u32) -> u32 {
    if newest > 3 { newest - 2 } else { 1 }
}

/// The newest protocol that a program and a pool have in common; none when there is none.
#[must_use]
pub fn agree(newest: u32, pool_min: u32, pool_max: u32) -> Option<u32> {
    let both = newest.min(pool_max);
    (both >= pool_min && both >= oldest(newest)).then_some(both)
}

/// Header of a feed page: the cursor after it.
pub const NEXT: &str = "x-satchel-next";
/// Header of a feed page: the newest position of the pool.
pub const HEAD: &str = "x-satchel-head";
/// Header of a feed page: the pool's epoch.
pub const EPOCH: &str = "x-satchel-epoch";
/// Most bytes of one body of `POST /v1/records`, not compressed.
pub const PUSH_LIMIT: usize = 1_048_576;
/// Most bytes of one body of segments.
pub const SEGMENTS_LIMIT: usize = 16 * 1_048_576;

/// `POST /v1/enrol`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrolAsk {
    /// The one-time code of the invitation.
    pub code: String,
    /// The new device's key, 64 hex digits.
    pub public_key: String,
    /// Name of the machine, for the list of devices.
    pub machine: String,
}

/// The pool's answer to enrol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolled {
    /// The `device.cert` record, base64.
    pub certificate: String,
    /// The pool's key, 64 hex digits.
    pub pool_key: String,
    /// Whose centre.
    pub newsroom: NewsroomId,
}

/// What a parcel asks that has no line: to be taken in, or to go on under a new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum JoinAsk {
    /// A laptop whose library was restored or copied goes on under a new key.
    Rotate(RotateAsk),
    /// A laptop that never had a line.
    Enrol(EnrolAsk),
}

/// `POST /v1/token`, first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenAsk {
    /// Who asks.
    pub device: DeviceId,
}

/// The pool's answer to the first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenChallenge {
    /// To be signed.
    pub challenge: String,
}

/// `POST /v1/token`, second step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenProve {
    /// Who asks.
    pub device: DeviceId,
    /// As received.
    pub challenge: String,
    /// Over domain, device and challenge; 128 hex digits.
    pub signature: String,
    /// The device's certificate, base64: shown to a pool that was restored from a time before it signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

impl TokenProve {
    /// Signs a challenge.
    #[must_use]
    pub fn sign(device: DeviceId, challenge: &str, key: &SigningKey) -> Self {
        let signature = hex::encode(key.sign(&token_message(device, challenge)).to_bytes());
        Self { device, challenge: challenge.to_owned(), signature, certificate: None }
    }

    /// The same, with the record by which the pool once vouched for the device.
    #[must_use]
    pub fn showing(self, certificate: &[u8]) -> Self {
        Self { certificate: Some(to_base64(certificate)), ..self }
    }

    /// Whether the signature is the device's.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        signature_matches(key, &token_message(self.device, &self.challenge), &self.signature)
    }
}

/// The pool's answer to the second step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// For the `authorization: Bearer` header.
    pub token: String,
    /// By the pool's clock.
    pub expires_at: Stamp,
}

/// A record the pool did not take, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejected {
    /// Which record.
    pub id: Hash,
    /// Stable code.
    pub code: String,
}

/// The answer to `POST /v1/records`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordsAnswer {
    /// What the pool now holds durably of the sender's streams.
    pub heads: Vec<StreamHead>,
    /// What it did not take.
    pub rejected: Vec<Rejected>,
    /// The pool's record where the sender's chain departs from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<StreamHead>,
}

/// The answer to `GET /v1/wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitAnswer {
    /// The newest position of the feed.
    pub head: u64,
}

/// `POST /v1/blobs/have`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HaveAsk {
    /// Which blobs.
    pub roots: Vec<Hash>,
}

/// The answer to have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HaveAnswer {
    /// Whole and durable at the pool.
    pub have: Vec<Hash>,
    /// Begun: the bitmap of held segments in hex, see [`crate::Bitmap`].
    pub partial: BTreeMap<Hash, String>,
}

/// `POST /v1/invite`, by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteAsk {
    /// The person's name.
    pub name: String,
    /// The person's parts in the work.
    pub roles: Vec<Role>,
    /// A person already known, for another device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// How long it is valid, in minutes; the pool's own rule when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_minutes: Option<u32>,
    /// The address laptops use; the pool's own setting when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `POST /v1/revoke`, by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevokeAsk {
    /// Which device.
    pub device: DeviceId,
    /// Why.
    pub reason: String,
}

/// One device in the list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceLine {
    /// Which device.
    pub device: DeviceId,
    /// Name of the machine.
    pub machine: String,
    /// Certificate valid until.
    pub not_after: Stamp,
    /// When it last asked for anything.
    #[serde(default)]
    pub seen_at: Option<Stamp>,
    /// Why it was revoked, when it was.
    #[serde(default)]
    pub revoked: Option<String>,
}

/// One person of the centre, as `GET /v1/people` lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonLine {
    /// Who.
    pub person: PersonId,
    /// Name.
    pub name: String,
    /// Parts held now.
    pub roles: Vec<Role>,
    /// Devices.
    pub devices: Vec<DeviceLine>,
}

/// `POST /v1/channels/{id}/secret`, by an administrator. Stored at the pool, never returned.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretAsk {
    /// Password, key or token of the channel's account.
    pub secret: String,
}

/// `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Program version.
    pub version: String,
    /// Which pool.
    pub pool: NewsroomId,
    /// Its name.
    pub centre: String,
    /// Its epoch.
    pub epoch: u64,
    /// The newest position of the feed.
    pub head: u64,
    /// Devices not revoked.
    pub devices: u64,
    /// Whole blobs.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Free bytes of the disk; absent where the system does not tell.
    pub disk_free: Option<u64>,
}

/// The body of every answer that is not 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Stable code.
    pub code: String,
    /// Technical message, in English.
    pub message: String,
    /// Seconds to wait before asking again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Values for the sentence, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// The invitation file (`.satchel-invite`): how a laptop finds and trusts its pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Version of this file, 1.
    pub v: u32,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// The centre's name.
    pub centre: String,
    /// The pool's address.
    pub pool: String,
    /// The pool's key, 64 hex digits.
    pub pool_key: String,
    /// The TLS key that the pool shows there, see [`crate::pin_of`]; absent where the system's authorities decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_pin: Option<String>,
    /// Who is invited.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// That person's parts.
    pub roles: Vec<Role>,
    /// One-time code.
    pub code: String,
    /// Valid until.
    pub expires: Stamp,
    /// Over the canonical JSON without this field; 128 hex digits.
    #[serde(default)]
    pub signature: String,
    /// What a newer pool says besides; signed with the rest.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

impl Invitation {
    /// Signs the invitation with the pool's key, which must be the one it names.
    ///
    /// # Errors
    /// [`WireError::BadInvitation`] when another key is named.
    pub fn sign(mut self, key: &SigningKey) -> Result<Self, WireError> {
        if self.pool_key != key_to_hex(&key.verifying_key()) {
            return Err(WireError::BadInvitation);
        }
        self.signature = hex::encode(key.sign(&self.signed_message()?).to_bytes());
        Ok(self)
    }

    /// Checks the signature against the key the invitation itself names; the laptop pins that key from here on.
    ///
    /// # Errors
    /// [`WireError::BadInvitation`] when a field was changed, [`WireError::Unsupported`] for another version.
    pub fn verify(&self) -> Result<VerifyingKey, WireError> {
        if self.v != 1 {
            return Err(WireError::Unsupported { what: "invitation", value: self.v.into() });
        }
        let key = key_from_hex(&self.pool_key)?;
        if signature_matches(&key, &self.signed_message()?, &self.signature) {
            Ok(key)
        } else {
            Err(WireError::BadInvitation)
        }
    }

    fn signed_message(&self) -> Result<Vec<u8>, WireError> {
        let mut value =
            serde_json::to_value(self).map_err(|error| WireError::Body { why: error.to_string() })?;
        if let Some(map) = value.as_object_mut() {
            map.remove("signature");
        }
        let mut message = b"satchel.invitation.v1".to_vec();
        message.extend_from_slice(canonical(&value).as_bytes());
        Ok(message)
    }
}

/// A verdict slip that somebody carries to the pool by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlipAsk {
    /// Its bytes, base64.
    pub slip: String,
}

/// JSON without white space, keys in ascending order, whatever order the parser kept.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let fields: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

fn token_message(device: DeviceId, challenge: &str) -> Vec<u8> {
    let mut message = b"satchel.token.v1".to_vec();
    message.extend_from_slice(&device.0);
    message.extend_from_slice(challenge.as_bytes());
    message
}

/// Whether 128 hex digits are the key's signature over the message.
pub(crate) fn signature_matches(key: &VerifyingKey, message: &[u8], signature: &str) -> bool {
    let mut bytes = [0; 64];
    hex::decode_to_slice(signature, &mut bytes).is_ok()
        && key.verify_strict(message, &Signature::from_bytes(&bytes)).is_ok()
}
