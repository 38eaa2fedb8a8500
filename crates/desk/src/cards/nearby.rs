//! Laptops nearby.

use satchel_terms::{DeviceId, Stamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the exchange with laptops nearby stands.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct NearbyCard {
    /// Whether this laptop listens.
    pub is_on: bool,
    /// Where: address, port and the code that names this laptop, as the other person types it.
    pub place: Option<String>,
    /// Whether others find it by themselves.
    pub announces: bool,
    /// Others' records here that are not in the pool yet.
    pub carried: u32,
    /// Who was met since it was switched on.
    pub peers: Vec<NearbyPeer>,
    /// Code of why the laptop that was seen last could not be met.
    pub trouble: Option<String>,
}

/// A laptop that proved to be of this centre.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct NearbyPeer {
    /// Which one.
    pub device: DeviceId,
    /// Whose.
    pub name: String,
    /// When it was heard last.
    #[ts(type = "number")]
    pub last: Stamp,
    /// Records that came from it.
    pub records: u32,
    /// Files that came from it.
    pub clips: u32,
    /// Bytes of those.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Records that it was given.
    pub gave_records: u32,
    /// Files that it was given.
    pub gave_clips: u32,
}
