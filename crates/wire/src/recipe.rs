//! How a cut was made, so exactly that another program makes the same file: then the recipe travels instead of the bytes.

use satchel_terms::Hash;
use serde::{Deserialize, Serialize};

use crate::WireError;

/// Most pieces of a recipe.
pub const RECIPE_PIECES: usize = 200;
/// Longest cut and latest moment of a source, in microseconds: a day.
const DAY_US: u64 = 86_400_000_000;
/// Largest edge of the picture, in pixels.
const EDGE: u32 = 8_192;
/// Most frames a second.
const FRAMES: u32 = 240;
/// Longest name of the tools, in bytes.
const TOOLS: usize = 200;

/// How the pixels of a piece are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecipeLook {
    /// An ordinary video.
    Plain,
    /// PQ or HLG, brought to an ordinary screen.
    Hdr,
    /// A still picture, shown for the whole length.
    Still,
}

/// One piece of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecipePiece {
    /// BLAKE3 of the source.
    pub source: Hash,
    /// Where it starts in the source, in microseconds.
    pub start_us: u64,
    /// How long it is shown, in microseconds.
    pub length_us: u64,
    /// Whether the source has sound.
    pub has_audio: bool,
    /// How its pixels are to be read.
    pub look: RecipeLook,
}

/// A rendered cut as what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    /// The programs it was made with and the rules they followed. Others may make other bytes of the same recipe.
    pub made_with: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Frames and seconds of the picture rate.
    pub rate: (u32, u32),
    /// The pieces, in order.
    pub pieces: Vec<RecipePiece>,
}

impl Recipe {
    /// How long the cut runs, in microseconds.
    #[must_use]
    pub fn length_us(&self) -> u64 {
        self.pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.length_us))
    }

    /// The sources, each once.
    #[must_use]
    pub fn sources(&self) -> Vec<Hash> {
        let mut sources: Vec<Hash> = self.pieces.iter().map(|piece| piece.source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Whether a renderer may take it in hand. For recipes that come from outside.
    ///
    /// # Errors
    /// [`WireError::Body`] with what is wrong.
    pub fn check(&self) -> Result<(), WireError> {
        let (frames, per) = self.rate;
        let edges = [self.size.0, self.size.1];
        let is_picture = edges.iter().all(|edge| (16..=EDGE).contains(edge) && edge % 2 == 0);
        let is_rate = per > 0 && frames >= per && frames / per <= FRAMES && frames <= 1_000_000;
        let is_piece = |piece: &RecipePiece| piece.length_us > 0 && piece.start_us <= DAY_US;
        let wrong = if self.pieces.is_empty() || self.pieces.len() > RECIPE_PIECES {
            "the number of its pieces"
        } else if !self.pieces.iter().all(is_piece) || self.length_us() > DAY_US {
            "the times of its pieces"
        } else if !is_picture || !is_rate {
            "its picture"
        } else if self.made_with.len() > TOOLS {
            "the name of its tools"
        } else {
            return Ok(());
        };
        Err(WireError::Body { why: format!("a recipe, but not {wrong}") })
    }
}

/// `POST /v1/blobs/{root}/make`: the pool is asked to make a file itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MakeAsk {
    /// Its bytes.
    pub bytes: u64,
    /// How.
    pub recipe: Recipe,
}

/// The answer to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum MakeAnswer {
    /// The pool holds the file, whole.
    Here,
    /// It is being made: ask again after so many seconds.
    Making {
        /// Seconds.
        seconds: u32,
    },
    /// The pool does not make it: its bytes are to be sent.
    Send {
        /// Why, as a word for logs: `off`, `begun`, `busy`, `sources`, `too-long`, `tools`, `different`, `failed`.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        let piece = RecipePiece {
            source: Hash([7; 32]),
            start_us: 0,
            length_us: 1_000_000,
            has_audio: true,
            look: RecipeLook::Plain,
        };
        Recipe { made_with: "1 5.1 libx264".into(), size: (1280, 720), rate: (25, 1), pieces: vec![piece; 3] }
    }

    #[test]
    fn a_recipe_names_each_source_once_and_knows_its_length() {
        assert_eq!(recipe().sources(), [Hash([7; 32])]);
        assert_eq!(recipe().length_us(), 3_000_000);
        assert_eq!(recipe().check(), Ok(()));
    }

    #[test]
    fn what_no_renderer_may_take_in_hand_is_refused() {
        type Spoil = (&'static str, fn(&mut Recipe));
        let spoil: [Spoil; 10] = [
            ("no pieces", |recipe| recipe.pieces.clear()),
            ("too many", |recipe| recipe.pieces = vec![recipe.pieces[0]; RECIPE_PIECES + 1]),
            ("an empty piece", |recipe| recipe.pieces[1].length_us = 0),
            ("an endless piece", |recipe| recipe.pieces[1].length_us = u64::MAX),
            ("a start far out", |recipe| recipe.pieces[0].start_us = u64::MAX),
            ("a huge picture", |recipe| recipe.size = (100_000, 100_000)),
            ("an odd picture", |recipe| recipe.size = (1_281, 720)),
            ("no rate", |recipe| recipe.rate = (25, 0)),
            ("a frantic rate", |recipe| recipe.rate = (1_000_000, 1)),
            ("a long name", |recipe| recipe.made_with = "x".repeat(201)),
        ];
        for (what, spoil) in spoil {
            let mut bad = recipe();
            spoil(&mut bad);

            assert!(bad.check().is_err(), "{what}");
        }
    }
}
