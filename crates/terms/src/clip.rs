//! What a piece of material is.

use serde::{Deserialize, Serialize};

/// What a clip is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClipKind {
    /// A still picture.
    Picture,
    /// Moving pictures, with or without sound.
    Video,
    /// Sound alone.
    Audio,
    /// Anything else.
    Other,
}

impl ClipKind {
    /// Its word in records, lists and on the border.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Other => "other",
        }
    }

    /// The kind of a word; what is not known is [`ClipKind::Other`].
    #[must_use]
    pub fn of(word: &str) -> Self {
        let known = [Self::Picture, Self::Video, Self::Audio];
        known.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::Other)
    }
}
