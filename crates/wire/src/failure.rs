//! Why bytes are not what they claim to be.

use satchel_failure::{Explain, Remedy};
use thiserror::Error;

/// A record, a segment or a message that cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    /// The bytes end before the record does.
    #[error("The record is cut off: {have} of {need} bytes.")]
    Truncated {
        /** Bytes at hand. */
        have: usize,
        /** Bytes needed. */
        need: usize,
    },
    /// The bytes do not begin like a record.
    #[error("These bytes are no record.")]
    NotARecord,
    /// The record is of a format, codec or stream this program does not know.
    #[error("The record uses an unknown {what}: {value}.")]
    Unsupported {
        /** Which part of the header. */
        what: &'static str,
        /** Its value. */
        value: u64,
    },
    /// The body is larger than a record may carry.
    #[error("The body has {bytes} bytes, more than a record may carry.")]
    TooLarge {
        /** Size of the body. */
        bytes: usize,
    },
    /// The body is not the one whose hash stands in the header.
    #[error("The body was changed on the way.")]
    BodyChanged,
    /// The signature does not belong to these bytes and this key.
    #[error("The signature does not match.")]
    BadSignature,
    /// The key belongs to another device than the header names.
    #[error("The key belongs to another device.")]
    WrongDevice,
    /// The text is no valid public key.
    #[error("Not a valid public key.")]
    BadKey,
    /// The record does not follow the one before it in its stream.
    #[error("Record {seq} does not follow the one before it.")]
    ChainBroken {
        /** Its place in the stream. */
        seq: u64,
    },
    /// The body cannot be read as what it should be.
    #[error("The body cannot be read: {why}")]
    Body {
        /** Technical reason. */
        why: String,
    },
    /// The list of segments does not fold into the name of the file.
    #[error("The list of segments does not belong to this file.")]
    BadManifest,
    /// The invitation is not from the centre it names.
    #[error("The invitation is damaged or not from this centre.")]
    BadInvitation,
    /// The file could not be read while its segments were computed.
    #[error("The file could not be read: {why}")]
    Unreadable {
        /** Technical reason. */
        why: String,
    },
}

impl Explain for WireError {
    fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "wire.truncated",
            Self::NotARecord => "wire.not-a-record",
            Self::Unsupported { .. } => "wire.unsupported",
            Self::TooLarge { .. } => "wire.too-large",
            Self::BodyChanged => "wire.body-changed",
            Self::BadSignature => "wire.bad-signature",
            Self::WrongDevice => "wire.wrong-device",
            Self::BadKey => "wire.bad-key",
            Self::ChainBroken { .. } => "wire.chain-broken",
            Self::Body { .. } => "wire.bad-body",
            Self::BadManifest => "wire.bad-manifest",
            Self::BadInvitation => "wire.bad-invitation",
            Self::Unreadable { .. } => "wire.unreadable",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::Truncated { .. } | Self::BodyChanged | Self::BadManifest => Remedy::TryAgain,
            Self::Unsupported { .. } => Remedy::Update,
            Self::BadInvitation => Remedy::AskDesk,
            Self::Unreadable { .. } => Remedy::ChooseAnother,
            _ => Remedy::Report,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Truncated { have, need } => vec![("have", have.to_string()), ("need", need.to_string())],
            Self::Unsupported { what, value } => {
                vec![("what", (*what).to_owned()), ("value", value.to_string())]
            }
            Self::TooLarge { bytes } => vec![("bytes", bytes.to_string())],
            Self::ChainBroken { seq } => vec![("seq", seq.to_string())],
            Self::Body { why } | Self::Unreadable { why } => vec![("why", why.clone())],
            _ => Vec::new(),
        }
    }
}
