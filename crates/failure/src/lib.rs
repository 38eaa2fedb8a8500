//! What went wrong with the story, and the way out.
//!
//! Every room has one error enum that implements [`Explain`]; at the border it becomes a [`Failure`],
//! which carries a code and parameters but never a sentence: the window has the words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The next step that helps, as the window offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Remedy {
    /// Do the same again; it may pass.
    TryAgain,
    /// Nothing to do now: it goes on when the network is back.
    WaitForNetwork,
    /// Free some space, then go on.
    FreeSpace,
    /// Correct what was entered.
    CorrectInput,
    /// Choose another file or folder.
    ChooseAnother,
    /// Sign in or enter the passphrase.
    Unlock,
    /// Ask the desk or an administrator.
    AskDesk,
    /// Install the newer version.
    Update,
    /// Read the newest state and decide again.
    Reload,
    /// Copy the diagnostics for support: this should not happen.
    Report,
}

/// A refusal or a fault as it crosses to the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Failure {
    /// Stable code `room.what`, the key of the sentence in `ui/src/words/*/failures.json`.
    pub code: String,
    /// Values for the sentence, by name.
    pub params: BTreeMap<String, String>,
    /// The technical message, in English, for the diagnostics; never the sentence shown first.
    pub message: String,
    /// The way out.
    pub remedy: Remedy,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.code, self.message)
    }
}

/// An error that can explain itself to a person.
pub trait Explain: std::error::Error {
    /// The stable code of this failure.
    fn code(&self) -> &'static str;

    /// The way out.
    fn remedy(&self) -> Remedy;

    /// Values for the sentence.
    fn params(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            code: error.code().to_owned(),
            params: error.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            message: error.to_string(),
            remedy: error.remedy(),
        }
    }
}

/// What a door answers.
pub type Answer<T> = Result<T, Failure>;
