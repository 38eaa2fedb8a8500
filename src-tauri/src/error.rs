//! What can go wrong at the window itself.

use satchel_failure::{Explain, Remedy};
use thiserror::Error;

/// Why the window could not do what was asked.
#[derive(Debug, Error)]
pub enum ShellError {
    /// Only addresses of the web are handed to the system's browser.
    #[error("not a link of the web: {url:?}")]
    LinkRefused {
        /// The address as asked for.
        url: String,
    },
    /// The system has no program that opens links.
    #[error("the system did not open the link")]
    LinkFailed(#[source] tauri_plugin_opener::Error),
    /// The system's dialog ended without an answer.
    #[error("the dialog ended without an answer")]
    DialogLost,
    /// What was chosen is no file or folder of this machine.
    #[error("what was chosen is no path on this machine")]
    NoPath,
}

impl Explain for ShellError {
    fn code(&self) -> &'static str {
        match self {
            Self::LinkRefused { .. } => "shell.link-refused",
            Self::LinkFailed(_) => "shell.link-failed",
            Self::DialogLost => "shell.dialog-lost",
            Self::NoPath => "shell.no-path",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::LinkRefused { .. } => Remedy::CorrectInput,
            Self::LinkFailed(_) | Self::DialogLost => Remedy::TryAgain,
            Self::NoPath => Remedy::ChooseAnother,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::LinkRefused { url } => vec![("url", url.clone())],
            _ => Vec::new(),
        }
    }
}
