//! Why nothing could be made of a clip.

use std::path::Path;

use satchel_failure::{Explain, Remedy};
use satchel_jobs::Stopped;
use thiserror::Error;

/// Why a clip could not be looked at, or nothing could be made of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MediaError {
    /// FFmpeg or ffprobe is not there.
    #[error("{tool} was not found")]
    ToolMissing {
        /// `ffmpeg` or `ffprobe`.
        tool: String,
    },
    /// The program ended with a fault.
    #[error("{tool} ended with {code}: {tail}")]
    ToolFailed {
        /// `ffmpeg` or `ffprobe`.
        tool: String,
        /// Its exit code or signal, as text.
        code: String,
        /// The last lines that it said.
        tail: String,
    },
    /// The file is not where it was.
    #[error("{name} is not there any more")]
    Missing {
        /// File name without folders.
        name: String,
    },
    /// The file has no bytes.
    #[error("{name} is empty")]
    Empty {
        /// File name without folders.
        name: String,
    },
    /// The file is damaged or not what its name says.
    #[error("{name} cannot be read: {why}")]
    Unreadable {
        /// File name without folders.
        name: String,
        /// The reader's own words.
        why: String,
    },
    /// The picture has more pixels than may be opened here.
    #[error("{name} has {megapixels} megapixels, too many to open")]
    TooLarge {
        /// File name without folders.
        name: String,
        /// Millions of pixels, rounded down.
        megapixels: u64,
    },
    /// It took longer than any sound file takes.
    #[error("{name} took too long to read")]
    TooSlow {
        /// File name without folders.
        name: String,
    },
    /// The result ends before the source said it would.
    #[error("the result lasts {got_ms} ms instead of {expected_ms} ms")]
    Short {
        /// Milliseconds wanted.
        expected_ms: u64,
        /// Milliseconds there are.
        got_ms: u64,
    },
    /// A cut with more segments than one render takes.
    #[error("{count} segments are too many for one render")]
    TooManySegments {
        /// How many there are.
        count: usize,
    },
    /// A cut without segments, or with a segment without length.
    #[error("there is nothing to render")]
    NothingToRender,
    /// No room left where the result goes.
    #[error("no space left")]
    DiskFull,
    /// The disk refused.
    #[error("{what}: {why}")]
    Disk {
        /// What was tried.
        what: String,
        /// The system's own words.
        why: String,
    },
    /// Stopped on request; nothing was left behind.
    #[error("stopped on request")]
    Stopped,
}

impl Explain for MediaError {
    fn code(&self) -> &'static str {
        match self {
            Self::ToolMissing { .. } => "media.tool-missing",
            Self::ToolFailed { .. } => "media.tool-failed",
            Self::Missing { .. } => "media.missing",
            Self::Empty { .. } => "media.empty",
            Self::Unreadable { .. } => "media.unreadable",
            Self::TooLarge { .. } => "media.too-large",
            Self::TooSlow { .. } => "media.too-slow",
            Self::Short { .. } => "media.source-short",
            Self::TooManySegments { .. } => "media.too-many-segments",
            Self::NothingToRender => "media.nothing-to-render",
            Self::DiskFull => "media.disk-full",
            Self::Disk { .. } => "media.disk",
            Self::Stopped => "media.stopped",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::ToolMissing { .. } | Self::Missing { .. } | Self::Empty { .. } => Remedy::ChooseAnother,
            Self::Unreadable { .. } | Self::TooLarge { .. } | Self::TooSlow { .. } => Remedy::ChooseAnother,
            Self::Short { .. } | Self::TooManySegments { .. } | Self::NothingToRender => Remedy::CorrectInput,
            Self::DiskFull => Remedy::FreeSpace,
            Self::Disk { .. } | Self::Stopped => Remedy::TryAgain,
            Self::ToolFailed { .. } => Remedy::Report,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ToolMissing { tool } => vec![("tool", tool.clone())],
            Self::ToolFailed { tool, code, .. } => vec![("tool", tool.clone()), ("code", code.clone())],
            Self::Missing { name }
            | Self::Empty { name }
            | Self::Unreadable { name, .. }
            | Self::TooSlow { name } => vec![("name", name.clone())],
            Self::TooLarge { name, megapixels } => {
                vec![("name", name.clone()), ("megapixels", megapixels.to_string())]
            }
            Self::Short { expected_ms, got_ms } => {
                vec![("expectedMs", expected_ms.to_string()), ("gotMs", got_ms.to_string())]
            }
            Self::TooManySegments { count } => vec![("count", count.to_string())],
            Self::NothingToRender | Self::DiskFull | Self::Disk { .. } | Self::Stopped => Vec::new(),
        }
    }
}

impl From<Stopped> for MediaError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// The name of a file as a sentence may show it.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Turns a refusal of the disk into the room's own words.
pub(crate) fn disk(what: &str, path: &Path, error: &std::io::Error) -> MediaError {
    match error.kind() {
        std::io::ErrorKind::NotFound => MediaError::Missing { name: name_of(path) },
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => MediaError::DiskFull,
        _ => MediaError::Disk { what: format!("{what} {}", name_of(path)), why: error.to_string() },
    }
}
