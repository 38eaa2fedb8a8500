//! Why a manuscript could not be read or changed.

use satchel_failure::{Explain, Remedy};
use thiserror::Error;

/// Why a manuscript could not be read or changed. Nothing was changed when one of these is returned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoryError {
    /// The bytes are no document update.
    #[error("The change to this story is damaged and was not taken in.")]
    BadUpdate,
    /// The bytes are no state vector.
    #[error("The other side's list of known changes cannot be read.")]
    BadStateVector,
    /// The bytes are no canonical revision.
    #[error("This revision is not in its canonical form.")]
    NotCanonical,
    /// A newer program wrote the story and this one may not write it.
    #[error("This story needs a program of schema {need}; this one writes schema {have}.")]
    NewerProgram {
        /// What the story asks for.
        need: i64,
        /// What this program writes.
        have: i64,
    },
    /// The editing session's id is in use already, or is no number of 53 bits.
    #[error("The editing session's id {client} cannot be used.")]
    ClientTaken {
        /// The refused id.
        client: u64,
    },
    /// There is no text block at this index.
    #[error("The story has no text block {block}.")]
    NoSuchBlock {
        /// Counted from 0.
        block: usize,
    },
    /// The block holds something of a newer program that the change would drop.
    #[error("Block {block} holds content of a newer program.")]
    UnknownContent {
        /// Counted from 0.
        block: usize,
    },
}

impl Explain for StoryError {
    fn code(&self) -> &'static str {
        match self {
            Self::BadUpdate => "story.bad-update",
            Self::BadStateVector => "story.bad-state-vector",
            Self::NotCanonical => "story.not-canonical",
            Self::NewerProgram { .. } => "story.newer-program",
            Self::ClientTaken { .. } => "story.client-taken",
            Self::NoSuchBlock { .. } => "story.no-such-block",
            Self::UnknownContent { .. } => "story.unknown-content",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::BadUpdate | Self::BadStateVector | Self::NotCanonical => Remedy::Report,
            Self::NewerProgram { .. } | Self::UnknownContent { .. } => Remedy::Update,
            Self::ClientTaken { .. } => Remedy::TryAgain,
            Self::NoSuchBlock { .. } => Remedy::Reload,
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NewerProgram { need, have } => vec![("need", need.to_string()), ("have", have.to_string())],
            Self::NoSuchBlock { block } | Self::UnknownContent { block } => {
                vec![("block", (block + 1).to_string())]
            }
            Self::ClientTaken { client } => vec![("client", client.to_string())],
            Self::BadUpdate | Self::BadStateVector | Self::NotCanonical => Vec::new(),
        }
    }
}
