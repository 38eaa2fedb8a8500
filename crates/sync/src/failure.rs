//! What can go wrong on the road to the pool.

use satchel_failure::{Explain, Remedy};
use satchel_store::StoreError;
use satchel_wire::WireError;
use thiserror::Error;

/// Why the exchange did not go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SyncError {
    /// No way to the pool: no network, no such address, nobody listens, the line broke.
    #[error("the pool cannot be reached: {why}")]
    Unreachable {
        /// In technical words.
        why: String,
    },
    /// The line is open but no byte moves.
    #[error("the pool is silent")]
    Silent,
    /// Somebody else answers: a sign-in page of the network.
    #[error("a sign-in page of the network answers instead of the pool")]
    CaptivePortal,
    /// A pool answers that is not the pinned one, or cannot prove to be it.
    #[error("another pool answers")]
    NotOurPool,
    /// The certificate shown does not hold the pinned key.
    #[error("the certificate shown is not the pool's")]
    OtherCertificate,
    /// No pin, and the authorities of this system do not vouch for the certificate.
    #[error("the certificate shown cannot be believed: {why}")]
    BadCertificate {
        /// In technical words.
        why: String,
    },
    /// The answer cannot be read.
    #[error("the pool's answer cannot be read: {why}")]
    Garbled {
        /// In technical words.
        why: String,
    },
    /// The pool has a fault of its own.
    #[error("the pool failed with status {status}")]
    PoolFailed {
        /// HTTP status.
        status: u16,
    },
    /// The pool asks for patience.
    #[error("the pool is busy")]
    PoolBusy {
        /// Seconds to wait, if it said so.
        retry_after: Option<u32>,
    },
    /// The pool's disk is full.
    #[error("the pool's disk is full")]
    PoolFull,
    /// The pool does not accept this device's proof.
    #[error("the pool does not accept this device's proof")]
    SignedOut,
    /// The pool does not know this device.
    #[error("the pool does not know this device")]
    UnknownDevice,
    /// This device was revoked.
    #[error("this device was revoked")]
    DeviceRevoked,
    /// The certificate of this device ran out.
    #[error("the certificate of this device ran out")]
    CertificateExpired,
    /// The pool speaks other versions of the protocol.
    #[error("the pool speaks protocol {min} to {max}")]
    OtherProtocol {
        /// Oldest it understands.
        min: u32,
        /// Newest it understands.
        max: u32,
    },
    /// The pool wants another role for this.
    #[error("the pool wants the role {role}")]
    NotAllowed {
        /// Which one.
        role: String,
    },
    /// The pool refused with a code of its own.
    #[error("the pool refused: {code}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The pool's code.
        code: String,
    },
    /// The pool holds another record at the same place of this device's stream: the library was restored or cloned.
    #[error("the pool holds another record {seq} of this device")]
    Fork {
        /// The place where the chains part.
        seq: u64,
    },
    /// The pool was rebuilt while it was read.
    #[error("the pool was rebuilt meanwhile")]
    EpochChanged,
    /// The pool did not take the records that come next; the line stands still.
    #[error("the pool does not take the next record: {code}")]
    PushStuck {
        /// The pool's code.
        code: String,
    },
    /// The file on the shelf no longer has the content it was named by.
    #[error("the blob {root} has changed on the disk")]
    SourceChanged {
        /// Its fingerprint.
        root: String,
    },
    /// The pool sent a segment that does not belong to the blob.
    #[error("segment {index} of the blob came damaged")]
    BadSegment {
        /// Its number from 0.
        index: u64,
    },
    /// Every segment was sent but the pool does not say that it holds the blob.
    #[error("the pool does not confirm the blob {root}")]
    NotConfirmed {
        /// Its fingerprint.
        root: String,
    },
    /// The pool makes the blob itself: nothing is to be sent now.
    #[error("the pool makes this blob itself")]
    BeingMade {
        /// Seconds until it is worth asking again.
        seconds: u32,
    },
    /// The invitation is damaged or was not signed by the pool it names.
    #[error("the invitation cannot be trusted")]
    BadInvitation,
    /// The pool does not accept the invitation: used, run out or unknown.
    #[error("the pool does not accept the invitation: {code}")]
    InvitationRefused {
        /// The pool's code.
        code: String,
    },
    /// Paused or stopped on request.
    #[error("stopped on request")]
    Stopped,
    /// The library refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record or message cannot be believed.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl SyncError {
    /// Whether it needs a person but ends without this program being told, as a sign-in on a page of the network does:
    /// then it is tried again soon.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::CaptivePortal)
    }

    /// Whether only a person can help: it is tried again seldom.
    #[must_use]
    pub const fn needs_person(&self) -> bool {
        matches!(
            self,
            Self::CaptivePortal
                | Self::NotOurPool
                | Self::OtherCertificate
                | Self::BadCertificate { .. }
                | Self::SignedOut
                | Self::UnknownDevice
                | Self::DeviceRevoked
                | Self::CertificateExpired
                | Self::OtherProtocol { .. }
                | Self::NotAllowed { .. }
                | Self::Refused { .. }
                | Self::Fork { .. }
                | Self::PushStuck { .. }
                | Self::SourceChanged { .. }
                | Self::BadInvitation
                | Self::InvitationRefused { .. }
                | Self::Store(_)
        )
    }
}

impl Explain for SyncError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "sync.unreachable",
            Self::Silent => "sync.silent",
            Self::CaptivePortal => "sync.captive-portal",
            Self::NotOurPool => "sync.not-our-pool",
            Self::OtherCertificate => "sync.other-certificate",
            Self::BadCertificate { .. } => "sync.bad-certificate",
            Self::Garbled { .. } => "sync.garbled",
            Self::PoolFailed { .. } => "sync.pool-failed",
            Self::PoolBusy { .. } => "sync.pool-busy",
            Self::PoolFull => "sync.pool-full",
            Self::SignedOut => "sync.signed-out",
            Self::UnknownDevice => "sync.unknown-device",
            Self::DeviceRevoked => "sync.device-revoked",
            Self::CertificateExpired => "sync.certificate-expired",
            Self::OtherProtocol { .. } => "sync.other-protocol",
            Self::NotAllowed { .. } => "pool.not-allowed", // the pool's own code and words
            Self::Refused { .. } => "sync.refused",
            Self::Fork { .. } => "sync.fork",
            Self::EpochChanged => "sync.epoch-changed",
            Self::PushStuck { .. } => "sync.push-stuck",
            Self::SourceChanged { .. } => "sync.source-changed",
            Self::BadSegment { .. } => "sync.bad-segment",
            Self::NotConfirmed { .. } => "sync.not-confirmed",
            Self::BeingMade { .. } => "sync.blob-making",
            Self::BadInvitation => "sync.bad-invitation",
            Self::InvitationRefused { .. } => "sync.invitation-refused",
            Self::Stopped => "sync.stopped",
            Self::Store(error) => error.code(),
            Self::Wire(error) => error.code(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::Unreachable { .. } | Self::Silent | Self::CaptivePortal => Remedy::WaitForNetwork,
            Self::Garbled { .. }
            | Self::PoolFailed { .. }
            | Self::PoolBusy { .. }
            | Self::EpochChanged
            | Self::BadSegment { .. }
            | Self::NotConfirmed { .. }
            | Self::BeingMade { .. }
            | Self::Stopped => Remedy::TryAgain,
            Self::OtherProtocol { .. } => Remedy::Update,
            Self::SourceChanged { .. } | Self::PushStuck { .. } => Remedy::Report,
            Self::Store(error) => error.remedy(),
            Self::Wire(error) => error.remedy(),
            _ => Remedy::AskDesk,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unreachable { why } | Self::Garbled { why } | Self::BadCertificate { why } => {
                vec![("why", why.clone())]
            }
            Self::PoolFailed { status } => vec![("status", status.to_string())],
            Self::OtherProtocol { min, max } => vec![("min", min.to_string()), ("max", max.to_string())],
            Self::NotAllowed { role } => vec![("role", role.clone())],
            Self::Refused { status, code } => vec![("status", status.to_string()), ("code", code.clone())],
            Self::InvitationRefused { code } | Self::PushStuck { code } => vec![("code", code.clone())],
            Self::BeingMade { seconds } => vec![("seconds", seconds.to_string())],
            Self::Fork { seq } => vec![("seq", seq.to_string())],
            Self::SourceChanged { root } | Self::NotConfirmed { root } => vec![("root", root.clone())],
            Self::BadSegment { index } => vec![("index", index.to_string())],
            Self::Store(error) => error.params(),
            Self::Wire(error) => error.params(),
            _ => Vec::new(),
        }
    }
}
