//! Why a push did not end with a receipt, and what may follow.

use satchel_failure::{Explain, Remedy};
use thiserror::Error;

/// What may follow a failed push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing became public; the same may be done again later without asking.
    Retry,
    /// It may be public: look it up before anything else.
    Lookup,
    /// The story or the settings must change first.
    Fix,
    /// The sign-in or the address is wrong: the whole channel waits.
    Auth,
    /// Final for this revision; an editor decides.
    Stop,
}

/// Why a push did not end with a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PushError {
    /// No connection came about: the request surely did not reach the peer.
    #[error("{peer} cannot be reached: {why}")]
    Unreachable {
        /// The peer's address.
        peer: String,
        /// The technical reason.
        why: String,
    },
    /// The line broke, or the peer failed, in a step that shows nothing to the public.
    #[error("interrupted at {step}: {why}")]
    Interrupted {
        /// The step's name.
        step: String,
        /// The technical reason.
        why: String,
    },
    /// The peer asks to come later; it did nothing.
    #[error("the peer is busy at {step}")]
    Busy {
        /// The step's name.
        step: String,
        /// How long it asks to wait, in seconds.
        wait_s: Option<u64>,
    },
    /// The publishing call left and its answer was lost: nobody knows.
    #[error("nobody knows whether {step} was done: {why}")]
    Unknown {
        /// The step's name.
        step: String,
        /// The technical reason.
        why: String,
    },
    /// The user or the password is not accepted.
    #[error("sign-in refused: {code}")]
    SignInRefused {
        /// The peer's own code.
        code: String,
    },
    /// The account may not do this.
    #[error("the account lacks a right: {code}")]
    RightMissing {
        /// The peer's own code.
        code: String,
    },
    /// Another thing than expected answers at the address: a sign-in page, a plugin, a redirect.
    #[error("not the expected system at {address}: {line}")]
    WrongAddress {
        /// Where it was asked.
        address: String,
        /// The first line of what came back.
        line: String,
    },
    /// The server shows another key than the pinned one.
    #[error("the server's key changed: pinned {pinned}, shown {shown}")]
    HostKeyChanged {
        /// The fingerprint agreed on; empty when none was pinned yet.
        pinned: String,
        /// The fingerprint shown now.
        shown: String,
    },
    /// The peer does not take the content.
    #[error("content refused at {step}: {code} {field}")]
    ContentRefused {
        /// The step's name.
        step: String,
        /// The peer's own code.
        code: String,
        /// The field it names, if any.
        field: String,
    },
    /// A file is larger than the peer takes.
    #[error("{name} is too large for the peer ({bytes} bytes)")]
    TooLarge {
        /// The file's name.
        name: String,
        /// Its size.
        bytes: u64,
    },
    /// The peer stored another text than was sent. It is still a draft there.
    #[error("the peer changed the text")]
    TextChanged,
    /// A piece of material of the story is not on this machine.
    #[error("material {blob} is missing: {why}")]
    MaterialMissing {
        /// Its fingerprint.
        blob: String,
        /// The technical reason.
        why: String,
    },
    /// No space at the receiving side.
    #[error("no space left at {place}")]
    NoSpace {
        /// The folder.
        place: String,
    },
    /// The receiving folder is missing or may not be written.
    #[error("cannot write to {place}: {why}")]
    PlaceRefused {
        /// The folder.
        place: String,
        /// The technical reason.
        why: String,
    },
    /// A setting of the channel is missing or wrong.
    #[error("bad setting {name}")]
    BadSetting {
        /// The setting's name.
        name: &'static str,
    },
    /// Another content lies there under the same marker.
    #[error("another content lies at {name}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Somebody at the peer has put the story away.
    #[error("withdrawn at the peer ({id})")]
    WithdrawnThere {
        /// The peer's own name for it.
        id: String,
    },
    /// Somebody at the peer holds the story in another state.
    #[error("held at the peer as {status} ({id})")]
    HeldThere {
        /// The peer's own name for it.
        id: String,
        /// The state, in the peer's word.
        status: String,
    },
    /// The diary could not be written or the lane was lost; nothing was published.
    #[error("not dispatched: {why}")]
    NotDispatched {
        /// The technical reason.
        why: String,
    },
}

impl PushError {
    /// What may follow.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Unreachable { .. }
            | Self::Interrupted { .. }
            | Self::Busy { .. }
            | Self::NotDispatched { .. } => Class::Retry,
            Self::Unknown { .. } => Class::Lookup,
            Self::SignInRefused { .. }
            | Self::RightMissing { .. }
            | Self::WrongAddress { .. }
            | Self::HostKeyChanged { .. } => Class::Auth,
            Self::WithdrawnThere { .. } | Self::HeldThere { .. } | Self::NameTaken { .. } => Class::Stop,
            _ => Class::Fix,
        }
    }

    /// The loss of an answer: open for the publishing step, harmless for every other.
    pub(crate) fn lost(step: &str, is_publishing: bool, why: impl Into<String>) -> Self {
        let (step, why) = (step.to_owned(), why.into());
        if is_publishing { Self::Unknown { step, why } } else { Self::Interrupted { step, why } }
    }
}

impl Explain for PushError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "push.unreachable",
            Self::Interrupted { .. } => "push.interrupted",
            Self::Busy { .. } => "push.busy",
            Self::Unknown { .. } => "push.unknown",
            Self::SignInRefused { .. } => "push.sign-in-refused",
            Self::RightMissing { .. } => "push.right-missing",
            Self::WrongAddress { .. } => "push.wrong-address",
            Self::HostKeyChanged { .. } => "push.host-key-changed",
            Self::ContentRefused { .. } => "push.content-refused",
            Self::TooLarge { .. } => "push.too-large",
            Self::TextChanged => "push.text-changed",
            Self::MaterialMissing { .. } => "push.material-missing",
            Self::NoSpace { .. } => "push.no-space",
            Self::PlaceRefused { .. } => "push.place-refused",
            Self::BadSetting { .. } => "push.bad-setting",
            Self::NameTaken { .. } => "push.name-taken",
            Self::WithdrawnThere { .. } => "push.withdrawn-there",
            Self::HeldThere { .. } => "push.held-there",
            Self::NotDispatched { .. } => "push.not-dispatched",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::Unreachable { .. } => Remedy::WaitForNetwork,
            Self::Interrupted { .. } | Self::Busy { .. } | Self::NotDispatched { .. } => Remedy::TryAgain,
            Self::Unknown { .. } => Remedy::Reload,
            Self::SignInRefused { .. }
            | Self::RightMissing { .. }
            | Self::WrongAddress { .. }
            | Self::HostKeyChanged { .. }
            | Self::NameTaken { .. }
            | Self::WithdrawnThere { .. }
            | Self::HeldThere { .. } => Remedy::AskDesk,
            Self::NoSpace { .. } => Remedy::FreeSpace,
            Self::PlaceRefused { .. } => Remedy::ChooseAnother,
            _ => Remedy::CorrectInput,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unreachable { peer, .. } => vec![("peer", peer.clone())],
            Self::Interrupted { step, .. } | Self::Unknown { step, .. } => vec![("step", step.clone())],
            Self::Busy { step, wait_s } => {
                vec![("step", step.clone()), ("waitS", wait_s.unwrap_or_default().to_string())]
            }
            Self::SignInRefused { code } | Self::RightMissing { code } => vec![("code", code.clone())],
            Self::WrongAddress { address, line } => {
                vec![("address", address.clone()), ("line", line.clone())]
            }
            Self::HostKeyChanged { pinned, shown } => {
                vec![("pinned", pinned.clone()), ("shown", shown.clone())]
            }
            Self::ContentRefused { step, code, field } => {
                vec![("step", step.clone()), ("code", code.clone()), ("field", field.clone())]
            }
            Self::TooLarge { name, bytes } => vec![("name", name.clone()), ("bytes", bytes.to_string())],
            Self::MaterialMissing { blob, .. } => vec![("blob", blob.clone())],
            Self::NoSpace { place } | Self::PlaceRefused { place, .. } => vec![("place", place.clone())],
            Self::BadSetting { name } => vec![("name", (*name).to_owned())],
            Self::NameTaken { name } => vec![("name", name.clone())],
            Self::WithdrawnThere { id } => vec![("id", id.clone())],
            Self::HeldThere { id, status } => vec![("id", id.clone()), ("status", status.clone())],
            Self::TextChanged | Self::NotDispatched { .. } => Vec::new(),
        }
    }
}
