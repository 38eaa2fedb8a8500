//! Material, imports and cuts.

use satchel_terms::{ClipId, CutId, Hash, Stamp, StoryId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A piece of material.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ClipCard {
    /// Which one.
    pub clip: ClipId,
    /// File name as it was on the card.
    pub name: String,
    /// Fingerprint of the original.
    pub blob: Hash,
    /// Bytes of the original.
    #[ts(type = "number")]
    pub bytes: u64,
    /// `picture`, `video`, `audio` or `other`.
    pub kind: String,
    /// Media type.
    pub mime: String,
    /// Width in pixels as shown.
    pub width: Option<u32>,
    /// Height in pixels as shown.
    pub height: Option<u32>,
    /// Running time in milliseconds.
    #[ts(type = "number | null")]
    pub duration_ms: Option<u64>,
    /// Frames a second as a fraction.
    pub rate: Option<(u32, u32)>,
    /// When it was taken, as the camera said.
    #[ts(type = "number | null")]
    pub captured_at: Option<Stamp>,
    /// When it came in.
    #[ts(type = "number")]
    pub added_at: Stamp,
    /// The story that it belongs to.
    pub story: Option<StoryId>,
    /// Caption.
    pub caption: String,
    /// Credit.
    pub credit: String,
    /// Whether a thumbnail exists.
    pub has_thumb: bool,
    /// Whether it can be played or shown now.
    pub playable: bool,
    /// Why it cannot be shown yet: `not-yet` (a kind such as HEIC or RAW), `damaged`, `torn` (a part
    /// of it is missing; what is there is shown), `too-large`, `not-here`; none when it can.
    pub note: Option<String>,
    /// Where the original is.
    pub whereabouts: super::Whereabouts,
    /// Whether a cut made it.
    pub is_cut: bool,
    /// Other values of its caption, credit or story that were set at the same time.
    pub others: Vec<super::OtherValue>,
}

/// What an import would take in.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ImportPlan {
    /// Files found.
    pub files: u32,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Pictures among them.
    pub pictures: u32,
    /// Videos among them.
    pub videos: u32,
    /// Sound among them.
    pub audio: u32,
    /// Kinds that are taken in but cannot be shown yet.
    pub not_yet: u32,
    /// Free bytes of the library's disk.
    #[ts(type = "number")]
    pub free_bytes: u64,
    /// Folder or first file, as typed or chosen.
    pub source: String,
}

/// What became of an import.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ImportReport {
    /// Files taken in and verified by reading back.
    pub taken: u32,
    /// Files that the library had already.
    pub duplicates: u32,
    /// Files that were not taken in.
    pub failed: Vec<FailedFile>,
}

/// A file that was not taken in.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct FailedFile {
    /// Its name.
    pub name: String,
    /// Code of the reason.
    pub code: String,
}

/// One segment of a cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct SegmentCard {
    /// The clip.
    pub clip: ClipId,
    /// First frame, in milliseconds of the clip.
    #[ts(type = "number")]
    pub from_ms: u64,
    /// End, in milliseconds of the clip, exclusive.
    #[ts(type = "number")]
    pub to_ms: u64,
}

/// One step on a cut. Segments are counted from 0; moments are milliseconds of the segment's clip and go to the
/// nearest frame of that clip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum CutStep {
    /// Puts a segment before place `at`; the number of segments means the end.
    Add {
        /// The place.
        at: usize,
        /// What to put there.
        segment: SegmentCard,
    },
    /// Moves the in point.
    TrimIn {
        /// Which segment.
        at: usize,
        /// The new in point.
        #[ts(type = "number")]
        ms: u64,
    },
    /// Moves the out point.
    TrimOut {
        /// Which segment.
        at: usize,
        /// The new out point.
        #[ts(type = "number")]
        ms: u64,
    },
    /// Makes two segments of one.
    Split {
        /// Which segment.
        at: usize,
        /// Where.
        #[ts(type = "number")]
        ms: u64,
    },
    /// Moves a segment to another place.
    Move {
        /// Where it stands.
        from: usize,
        /// Where it stands afterwards.
        to: usize,
    },
    /// Takes a segment out.
    Remove {
        /// Which segment.
        at: usize,
    },
    /// Takes the last step back.
    Undo,
    /// Carries out again what was taken back.
    Redo,
}

/// An edited sequence.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct CutCard {
    /// Which one.
    pub cut: CutId,
    /// The story that it belongs to.
    pub story: StoryId,
    /// Its name.
    pub name: String,
    /// Segments in order.
    pub segments: Vec<SegmentCard>,
    /// Running time in milliseconds.
    #[ts(type = "number")]
    pub duration_ms: u64,
    /// Whether a step can be taken back.
    pub can_undo: bool,
    /// Whether a step that was taken back can be done again.
    pub can_redo: bool,
    /// The clip that the last render made.
    pub rendered: Option<ClipId>,
    /// Whether the segments changed since.
    pub stale: bool,
}
