//! Why a file did not come in.

use std::path::Path;

use satchel_failure::{Explain, Remedy};
use satchel_jobs::Stopped;
use thiserror::Error;

/// Why a file, or the whole import, did not come in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CaptureError {
    /// Stopped on request; every finished file is safe.
    #[error("stopped on request")]
    Stopped,
    /// No room left; every finished file is safe.
    #[error("no space left, {missing_bytes} bytes are still to come")]
    DiskFull {
        /// Bytes of the files that are not safe yet.
        missing_bytes: u64,
    },
    /// The card or folder was taken away.
    #[error("the card or folder is gone")]
    CardGone,
    /// The file vanished before it was copied to the end.
    #[error("{name} vanished while it was copied")]
    Vanished {
        /// File name without folders.
        name: String,
    },
    /// The file cannot be read.
    #[error("{name} cannot be read: {why}")]
    Unreadable {
        /// File name without folders.
        name: String,
        /// The system's own words.
        why: String,
    },
    /// The file was written to while it was copied.
    #[error("{name} changed while it was copied")]
    Changed {
        /// File name without folders.
        name: String,
    },
    /// The file has no bytes.
    #[error("{name} is empty")]
    Empty {
        /// File name without folders.
        name: String,
    },
    /// What was read back is not what was copied.
    #[error("{name} was not stored faithfully")]
    NotFaithful {
        /// File name without folders.
        name: String,
    },
    /// The copy cannot be written.
    #[error("the copy of {name} cannot be written: {why}")]
    NotWritten {
        /// File name without folders.
        name: String,
        /// The system's own words.
        why: String,
    },
    /// The shelf refused the verified copy.
    #[error("{name} was not shelved: {why}")]
    NotShelved {
        /// File name without folders.
        name: String,
        /// The shelf's own code and message.
        why: String,
    },
    /// The folder to watch is not there.
    #[error("the folder {name} is not there")]
    NoFolder {
        /// Folder name.
        name: String,
    },
    /// The folder cannot be watched.
    #[error("the folder cannot be watched: {why}")]
    NotWatched {
        /// The system's own words.
        why: String,
    },
}

impl Explain for CaptureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Stopped => "capture.stopped",
            Self::DiskFull { .. } => "capture.disk-full",
            Self::CardGone => "capture.card-gone",
            Self::Vanished { .. } => "capture.vanished",
            Self::Unreadable { .. } => "capture.unreadable",
            Self::Changed { .. } => "capture.changed",
            Self::Empty { .. } => "capture.empty",
            Self::NotFaithful { .. } => "capture.not-faithful",
            Self::NotWritten { .. } => "capture.not-written",
            Self::NotShelved { .. } => "capture.not-shelved",
            Self::NoFolder { .. } => "capture.no-folder",
            Self::NotWatched { .. } => "capture.not-watched",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::DiskFull { .. } => Remedy::FreeSpace,
            Self::Unreadable { .. } | Self::Empty { .. } | Self::NoFolder { .. } => Remedy::ChooseAnother,
            Self::NotShelved { .. } => Remedy::Report,
            Self::Stopped | Self::CardGone | Self::Vanished { .. } | Self::Changed { .. } => Remedy::TryAgain,
            Self::NotFaithful { .. } | Self::NotWritten { .. } | Self::NotWatched { .. } => Remedy::TryAgain,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::DiskFull { missing_bytes } => vec![("missingBytes", missing_bytes.to_string())],
            Self::Vanished { name }
            | Self::Unreadable { name, .. }
            | Self::Changed { name }
            | Self::Empty { name }
            | Self::NotFaithful { name }
            | Self::NotWritten { name, .. }
            | Self::NotShelved { name, .. }
            | Self::NoFolder { name } => vec![("name", name.clone())],
            Self::Stopped | Self::CardGone | Self::NotWatched { .. } => Vec::new(),
        }
    }
}

impl From<Stopped> for CaptureError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// The name of a file as a sentence may show it.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Whether the disk refused for want of room.
pub(crate) fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}
