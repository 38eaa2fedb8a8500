//! What the desk itself refuses.

use satchel_failure::{Explain, Remedy};
use thiserror::Error;

/// Why a use case could not be carried out.
#[derive(Debug, Error)]
pub enum DeskError {
    /// There is no library yet.
    #[error("no library has been set up on this machine")]
    NoLibrary,
    /// The library is locked.
    #[error("the library is locked")]
    Locked,
    /// A library exists where a new one was to be made.
    #[error("a library exists already")]
    AlreadySetUp,
    /// No key store and no passphrase.
    #[error("this machine keeps no secrets and no passphrase was given")]
    NeedsPassphrase,
    /// The passphrase is too short.
    #[error("a passphrase needs at least 8 characters")]
    WeakPassphrase,
    /// A name is empty or too long.
    #[error("{field} must have 1 to {limit} characters")]
    BadName {
        /// Which field.
        field: &'static str,
        /// Longest that is taken, in characters.
        limit: usize,
    },
    /// The folder cannot take the library.
    #[error("{dir} cannot be written")]
    BadPlace {
        /// The folder.
        dir: String,
    },
    /// The file is no invitation, or was changed.
    #[error("the invitation cannot be read: {why}")]
    BadInvitation {
        /// Technical reason.
        why: String,
    },
    /// Nothing has this id.
    #[error("there is no such {what}")]
    Unknown {
        /// `story`, `clip`, `cut`, `channel`, `push`, `job` or `revision`.
        what: &'static str,
    },
    /// The text was changed by someone else, or is in review.
    #[error("this story cannot be edited now: {why}")]
    ReadOnly {
        /// Reason code.
        why: String,
    },
    /// What the window holds and what the core holds differ.
    #[error("the text on the screen and the text in the library differ")]
    TextsDiffer,
    /// The preflight found something that must be mended first.
    #[error("{count} things must be mended before filing")]
    NotReady {
        /// How many.
        count: usize,
    },
    /// Rehearsal found something that must be mended first.
    #[error("{count} things do not fit the channel")]
    DoesNotFit {
        /// How many.
        count: usize,
    },
    /// The story has not been signed off, or its text changed since.
    #[error("this story has not been signed off as it stands")]
    NotSigned,
    /// The story has gone out on this channel.
    #[error("this story is already out on {channel}")]
    AlreadyOut {
        /// The channel's name.
        channel: String,
    },
    /// The channel is released from another laptop.
    #[error("{channel} is released from another laptop")]
    OtherLane {
        /// The channel's name.
        channel: String,
    },
    /// The person has no such part in the work.
    #[error("this needs the part of {role}")]
    NotYourPart {
        /// Role code.
        role: &'static str,
    },
    /// What was entered does not make sense.
    #[error("{field} is not valid")]
    BadInput {
        /// Which field.
        field: &'static str,
    },
    /// The window at night begins and ends with the same minute.
    #[error("the night begins and ends with the same minute")]
    EmptyNight,
    /// The pool program could not be started.
    #[error("the local pool did not start: {why}")]
    PoolDidNotStart {
        /// Technical reason.
        why: String,
    },
    /// No pool is known or it does not answer.
    #[error("the pool cannot be reached")]
    NoPool,
    /// The key store refused.
    #[error("the key store refused: {why}")]
    KeyStore {
        /// Technical reason.
        why: String,
    },
    /// The centre keeps no keys.
    #[error("the centre has set up no escrow")]
    NoEscrow,
    /// The recovery file is none, or not for this library.
    #[error("the recovery file cannot be read: {why}")]
    BadRecovery {
        /// Technical reason.
        why: String,
    },
    /// The code does not open the recovery file.
    #[error("this code does not open this recovery file")]
    WrongRecoveryCode,
    /// The picture shows no invitation.
    #[error("no invitation was found in this picture: {why}")]
    NoInvitationSeen {
        /// Technical reason.
        why: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {why}")]
    File {
        /// File name.
        path: String,
        /// Technical reason.
        why: String,
    },
    /// A promise of the program was broken.
    #[error("internal: {0}")]
    Broken(String),
}

impl Explain for DeskError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoLibrary => "desk.no-library",
            Self::Locked => "desk.locked",
            Self::AlreadySetUp => "desk.already-set-up",
            Self::NeedsPassphrase => "desk.needs-passphrase",
            Self::WeakPassphrase => "desk.weak-passphrase",
            Self::BadName { .. } => "desk.bad-name",
            Self::BadPlace { .. } => "desk.bad-place",
            Self::BadInvitation { .. } => "desk.bad-invitation",
            Self::Unknown { .. } => "desk.unknown",
            Self::ReadOnly { .. } => "desk.read-only",
            Self::TextsDiffer => "desk.texts-differ",
            Self::NotReady { .. } => "desk.not-ready",
            Self::DoesNotFit { .. } => "desk.does-not-fit",
            Self::NotSigned => "desk.not-signed",
            Self::AlreadyOut { .. } => "push.already-out",
            Self::OtherLane { .. } => "push.other-lane",
            Self::NotYourPart { .. } => "desk.not-your-part",
            Self::BadInput { .. } => "desk.bad-input",
            Self::EmptyNight => "desk.empty-night",
            Self::PoolDidNotStart { .. } => "desk.pool-did-not-start",
            Self::NoPool => "desk.no-pool",
            Self::KeyStore { .. } => "desk.key-store",
            Self::NoEscrow => "desk.no-escrow",
            Self::BadRecovery { .. } => "desk.bad-recovery",
            Self::WrongRecoveryCode => "desk.wrong-recovery-code",
            Self::NoInvitationSeen { .. } => "desk.no-invitation-seen",
            Self::File { .. } => "desk.file",
            Self::Broken(_) => "desk.broken",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::NoLibrary | Self::Locked | Self::NeedsPassphrase | Self::KeyStore { .. } => Remedy::Unlock,
            Self::AlreadySetUp
            | Self::BadPlace { .. }
            | Self::BadRecovery { .. }
            | Self::NoInvitationSeen { .. }
            | Self::File { .. } => Remedy::ChooseAnother,
            Self::WeakPassphrase
            | Self::WrongRecoveryCode
            | Self::BadName { .. }
            | Self::BadInput { .. }
            | Self::EmptyNight
            | Self::NotReady { .. }
            | Self::DoesNotFit { .. } => Remedy::CorrectInput,
            Self::BadInvitation { .. }
            | Self::NoEscrow
            | Self::OtherLane { .. }
            | Self::NotYourPart { .. }
            | Self::NotSigned
            | Self::AlreadyOut { .. } => Remedy::AskDesk,
            Self::Unknown { .. } | Self::ReadOnly { .. } | Self::TextsDiffer => Remedy::Reload,
            Self::PoolDidNotStart { .. } | Self::Broken(_) => Remedy::Report,
            Self::NoPool => Remedy::WaitForNetwork,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::BadName { field, limit } => vec![("field", (*field).into()), ("limit", limit.to_string())],
            Self::BadPlace { dir } => vec![("dir", dir.clone())],
            Self::Unknown { what } => vec![("what", (*what).into())],
            Self::ReadOnly { why } => vec![("why", why.clone())],
            Self::NotReady { count } | Self::DoesNotFit { count } => vec![("count", count.to_string())],
            Self::AlreadyOut { channel } | Self::OtherLane { channel } => vec![("channel", channel.clone())],
            Self::NotYourPart { role } => vec![("role", (*role).into())],
            Self::BadInput { field } => vec![("field", (*field).into())],
            Self::File { path, .. } => vec![("path", path.clone())],
            _ => Vec::new(),
        }
    }
}
