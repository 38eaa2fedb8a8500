//! Channels, findings, releases, receipts.

use satchel_terms::{ChannelId, DeviceId, Hash, PushId, Stamp, StoryId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A channel.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ChannelCard {
    /// Which one.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// `folder`, `sftp` or `wordpress`.
    pub kind: String,
    /// The device that releases; none for the pool.
    pub lane: Option<DeviceId>,
    /// Whether that device is this one.
    pub lane_is_mine: bool,
    /// Account name.
    pub account: String,
    /// Address or folder.
    pub url: String,
    /// Public address prefix where the package will be seen, for folders.
    pub public_url: String,
    /// Whether the secret is where the lane needs it; none when it cannot be known here.
    pub has_secret: Option<bool>,
}

/// A channel as entered by an administrator or operator.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ChannelForm {
    /// The one to change; none for a new one.
    pub channel: Option<ChannelId>,
    /// Its name.
    pub name: String,
    /// `folder`, `sftp` or `wordpress`.
    pub kind: String,
    /// Address (WordPress site, `sftp://host:port/dir`) or folder.
    pub url: String,
    /// Account name; empty where none is needed.
    pub account: String,
    /// Public address prefix, for folders.
    pub public_url: String,
    /// Password, application password or key; empty to keep the one set before. Goes to the key store or the pool, never to the library.
    pub secret: String,
}

/// Something that a check found.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct FindingCard {
    /// Code, the key of the sentence.
    pub code: String,
    /// `must`, `should` or `info`.
    pub severity: String,
    /// Values for the sentence.
    pub params: std::collections::BTreeMap<String, String>,
    /// Field name, or `block:N`.
    pub place: String,
}

/// One release of a story on a channel.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct DeliveryCard {
    /// Which one.
    pub push: PushId,
    /// The story.
    pub story: StoryId,
    /// The channel.
    pub channel: ChannelId,
    /// The channel's name.
    pub channel_name: String,
    /// What went out.
    pub rev: Hash,
    /// `waiting` (for the pool or the network), `sending`, `released`, `unknown`, `refused`, `not-released`.
    pub state: String,
    /// The step in hand.
    pub step: String,
    /// Public address once read back.
    pub url: Option<String>,
    /// Code of what went wrong.
    pub code: Option<String>,
    /// When asked for.
    #[ts(type = "number")]
    pub at: Stamp,
    /// When the receipt was read back.
    #[ts(type = "number | null")]
    pub released_at: Option<Stamp>,
    /// Who released it.
    pub by_name: String,
}

/// What the push room shows of one signed story.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct PushCard {
    /// The story.
    pub card: super::StoryCard,
    /// The signed fingerprint.
    pub rev: Hash,
    /// Who signed.
    pub signatures: Vec<super::SignatureCard>,
    /// Releases so far.
    pub deliveries: Vec<DeliveryCard>,
}
