//! What stands apart at the pool, as `GET /v1/quarantine` lists it for administrators.

use satchel_terms::{DeviceId, Hash, Stamp};
use serde::{Deserialize, Serialize};

/// One record that the pool keeps but does not believe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApartLine {
    /// BLAKE3 of its bytes.
    pub id: Hash,
    /// Why, as a stable code.
    pub code: String,
    /// When it came, by the pool's clock.
    pub at: Stamp,
    /// How many bytes it has.
    pub bytes: u64,
    /// The device that it names; absent when it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The name behind that device, where the pool knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number of its kind; absent when it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u16>,
    /// What it is about, in hex; absent when it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whether the signature is that of the device's key: the device wrote it, whoever sat at it.
    pub is_signed: bool,
}

/// `GET /v1/quarantine/{id}`: one such record as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApartRecord {
    /// BLAKE3 of its bytes.
    pub id: Hash,
    /// The bytes, base64.
    pub record: String,
}
