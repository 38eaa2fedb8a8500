//! What a record says, in which stream, and how its body is written.

use serde::{Deserialize, Serialize};

use crate::WireError;

/// What a record says (`docs/FORMATS.md` section 3). An unknown number is kept and forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kind(pub u16);

impl Kind {
    /// One Yjs update, v1 encoding.
    pub const DOC_UPDATE: Self = Self(1);
    /// A canonical revision.
    pub const DOC_REV: Self = Self(2);
    /// A revision beside the filed text.
    pub const DOC_BRANCH: Self = Self(3);
    /// One field of a story.
    pub const FIELD_SET: Self = Self(10);
    /// A new story.
    pub const STORY_CREATE: Self = Self(11);
    /// A clip and its facts.
    pub const ASSET_ADD: Self = Self(20);
    /// A file made from a clip.
    pub const ASSET_DERIVE: Self = Self(21);
    /// A step of the review.
    pub const DECISION: Self = Self(30);
    /// A remark.
    pub const COMMENT: Self = Self(31);
    /// The wish to release.
    pub const PUBLISH_INTENT: Self = Self(40);
    /// The call is about to be made.
    pub const PUBLISH_DISPATCHED: Self = Self(41);
    /// The proof of a release.
    pub const PUBLISH_RECEIPT: Self = Self(42);
    /// Nobody knows whether the release happened.
    pub const PUBLISH_UNKNOWN: Self = Self(43);
    /// The release was called off or undone.
    pub const PUBLISH_RETRACT: Self = Self(44);
    /// A person resolved an unknown release.
    pub const PUBLISH_RESOLVE: Self = Self(45);
    /// The pool vouches for a device.
    pub const DEVICE_CERT: Self = Self(50);
    /// The pool no longer vouches for a device.
    pub const DEVICE_REVOKE: Self = Self(51);
    /// A person's parts in the work.
    pub const ROLE_GRANT: Self = Self(52);
    /// A channel and its settings.
    pub const CHANNEL_SET: Self = Self(53);
    /// A device goes on under a new key, and the pool vouches for that.
    pub const DEVICE_ROTATE: Self = Self(54);
    /// The pool's answer to a record.
    pub const POOL_VERDICT: Self = Self(60);
    /// Who holds a manuscript until when.
    pub const LEASE: Self = Self(61);
}

/// One of the two chains of a device. Statistics never delay text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Stream {
    /// Documents and decisions.
    Editorial = 1,
    /// Statistics.
    Telemetry = 2,
}

impl TryFrom<u8> for Stream {
    type Error = WireError;
    fn try_from(value: u8) -> Result<Self, WireError> {
        match value {
            1 => Ok(Self::Editorial),
            2 => Ok(Self::Telemetry),
            other => Err(WireError::Unsupported { what: "stream", value: other.into() }),
        }
    }
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Codec {
    /// Bytes as they are.
    Raw = 0,
    /// JSON text.
    Json = 1,
    /// Bytes, compressed with zstd.
    ZstdRaw = 2,
    /// JSON text, compressed with zstd.
    ZstdJson = 3,
}

impl Codec {
    /// Whether the body is compressed.
    #[must_use]
    pub const fn is_compressed(self) -> bool {
        matches!(self, Self::ZstdRaw | Self::ZstdJson)
    }

    /// The same codec without the compression.
    #[must_use]
    pub const fn plain(self) -> Self {
        match self {
            Self::Raw | Self::ZstdRaw => Self::Raw,
            Self::Json | Self::ZstdJson => Self::Json,
        }
    }
}

impl TryFrom<u8> for Codec {
    type Error = WireError;
    fn try_from(value: u8) -> Result<Self, WireError> {
        match value {
            0 => Ok(Self::Raw),
            1 => Ok(Self::Json),
            2 => Ok(Self::ZstdRaw),
            3 => Ok(Self::ZstdJson),
            other => Err(WireError::Unsupported { what: "codec", value: other.into() }),
        }
    }
}
