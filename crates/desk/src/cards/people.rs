//! Keys, escrow, invitations, laptops, what stands apart, and who is writing.

use satchel_terms::{DeviceId, Hash, Stamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::KeyStore;

/// Where a library's keys lie.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct KeysCard {
    /// Whether the system's keyring holds them; else they lie under a passphrase.
    pub in_keyring: bool,
    /// The keyring as probed.
    pub key_store: KeyStore,
}

/// The centre's keeping of library keys.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct EscrowCard {
    /// The centre's escrow key as people compare it; none where the centre keeps no keys.
    pub fingerprint: Option<String>,
    /// When this library's key was left there.
    #[ts(type = "number | null")]
    pub given: Option<Stamp>,
    /// Whether it was left under an older escrow key than the one of now.
    pub is_outdated: bool,
}

/// Black squares of one unit on white.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct QrCard {
    /// Units of a side, without the white border.
    pub size: u32,
    /// The black ones as the data of an SVG path.
    pub path: String,
}

/// An invitation that was made.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct InvitationMade {
    /// Where its file lies; empty when no folder was named.
    pub path: String,
    /// The invitation as a text to copy.
    pub text: String,
    /// The same as squares.
    pub squares: QrCard,
    /// Until when it holds.
    #[ts(type = "number")]
    pub expires: Stamp,
}

/// A laptop as the pool knows it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct DeviceFacts {
    /// Which one.
    pub device: DeviceId,
    /// Name of the machine.
    pub machine: String,
    /// When it was there last, by the pool's clock.
    #[ts(type = "number | null")]
    pub seen_at: Option<Stamp>,
    /// Why it was revoked, when it was.
    pub reason: Option<String>,
}

/// A record that the pool keeps apart.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ApartCard {
    /// Its name.
    pub id: Hash,
    /// Why, as a code.
    pub code: String,
    /// When it came, by the pool's clock.
    #[ts(type = "number")]
    pub at: Stamp,
    /// How many bytes it has.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The device that it names.
    pub device: Option<DeviceId>,
    /// Whose device that is; empty when nobody knows.
    pub name: String,
    /// `text`, `decision`, `comment`, `clip`, `push`, `other` or `unreadable`.
    pub what: String,
    /// The story it is about; empty when it is not known here.
    pub headline: String,
    /// Whether the device's own key signed it.
    pub is_signed: bool,
}

/// Who is writing a story.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct WritingCard {
    /// The person's name.
    pub name: String,
    /// Since when, by the pool's clock.
    #[ts(type = "number")]
    pub since: Stamp,
    /// Whether it is this laptop.
    pub is_here: bool,
    /// Whether it is the person at this laptop, here or at another one.
    pub is_me: bool,
    /// Whether this person may take the baton over.
    pub may_break: bool,
}
