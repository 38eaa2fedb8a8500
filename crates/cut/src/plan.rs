//! What is to be rendered, without saying how.

use satchel_terms::{ClipId, Hash};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CutError;
use crate::sequence::Cut;
use crate::time::{Rate, Ticks};

/// How pictures are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum VideoCodec {
    /// H.264 / AVC.
    H264,
}

/// How sound is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum AudioCodec {
    /// AAC-LC.
    Aac,
}

/// What the finished file is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Target {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames a second.
    pub rate: Rate,
    /// Pictures.
    pub video: VideoCodec,
    /// Sound.
    pub audio: AudioCodec,
}

impl Target {
    /// For web sites and apps: 1280 × 720, 25 frames a second, H.264 and AAC.
    pub const WEB: Self =
        Self { width: 1280, height: 720, rate: Rate::PAL, video: VideoCodec::H264, audio: AudioCodec::Aac };
}

/// A clip that the render reads, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Input {
    /// The clip.
    pub clip: ClipId,
    /// Its original.
    pub blob: Hash,
}

/// A piece of an input, in the order of the finished file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RenderPiece {
    /// Index into [`RenderPlan::inputs`].
    pub input: usize,
    /// In the clip's time.
    pub start: Ticks,
    /// Never zero.
    pub duration: Ticks,
}

/// What is to be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderPlan {
    /// The clips to read.
    pub inputs: Vec<Input>,
    /// The pieces to put together.
    pub pieces: Vec<RenderPiece>,
    /// What comes out.
    pub target: Target,
}

impl RenderPlan {
    /// How long the finished file runs.
    #[must_use]
    pub fn running_time(&self) -> Ticks {
        self.pieces.iter().fold(Ticks::ZERO, |sum, piece| sum.plus(piece.duration))
    }
}

impl Cut {
    /// The plan to render this cut.
    ///
    /// # Errors
    /// [`CutError::Empty`] for a cut without segments, and as for [`Cut::check`].
    pub fn plan(&self, target: Target) -> Result<RenderPlan, CutError> {
        if self.segments.is_empty() {
            return Err(CutError::Empty);
        }
        self.check()?;
        let mut inputs: Vec<Input> = Vec::new();
        let mut pieces = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            let wanted = Input { clip: segment.clip, blob: segment.blob };
            let input = inputs.iter().position(|&input| input == wanted).unwrap_or_else(|| {
                inputs.push(wanted);
                inputs.len() - 1
            });
            pieces.push(RenderPiece { input, start: segment.from, duration: segment.running_time() });
        }
        Ok(RenderPlan { inputs, pieces, target })
    }
}
