//! When what waits will be in the pool, and what would be there in time for the bulletin.

use satchel_terms::{ClipId, Hash, Stamp, StoryId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What waits to go up, with the moments of its arrival.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ArrivalsCard {
    /// Bytes in a second that really arrive; none before anything was measured.
    #[ts(type = "number | null")]
    pub rate: Option<u64>,
    /// When that was measured.
    #[ts(type = "number | null")]
    pub measured: Option<Stamp>,
    /// The next bulletin.
    #[ts(type = "number | null")]
    pub bulletin: Option<Stamp>,
    /// When the last of all that travels will be in the pool; none where that cannot be told of every piece.
    #[ts(type = "number | null")]
    pub all: Option<Stamp>,
    /// How many pieces miss the bulletin.
    pub late: u32,
    /// The pieces, in the order in which they go; the first thousand.
    pub items: Vec<ArrivalCard>,
    /// How many more wait behind these.
    pub more: u32,
}

/// One piece on its way up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ArrivalCard {
    /// Its fingerprint.
    pub blob: Hash,
    /// Its clip, where there is one.
    pub clip: Option<ClipId>,
    /// The clip's story, where there is one.
    pub story: Option<StoryId>,
    /// File name.
    pub title: String,
    /// `thumb`, `proxy` or `original`.
    pub what: String,
    /// Where it is.
    pub whereabouts: super::Whereabouts,
    /// Bytes that the pool lacks.
    #[ts(type = "number")]
    pub left: u64,
    /// Whether the person wants it sent at once.
    pub is_urgent: bool,
    /// When it will be in the pool; none while the speed is unknown, it waits for a person or the pool makes it.
    #[ts(type = "number | null")]
    pub arrives: Option<Stamp>,
    /// Milliseconds by which it misses the bulletin.
    #[ts(type = "number | null")]
    pub late_ms: Option<i64>,
    /// What would be there in time, the best first.
    pub proposals: Vec<ProposalCard>,
}

/// How a piece could be there in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "kind")]
#[ts(export_to = "generated.ts")]
pub enum ProposalCard {
    /// Sent at once, before everything else.
    SendNow {
        /// When it would be there.
        #[ts(type = "number")]
        arrives: Stamp,
    },
    /// A smaller version, sent at once.
    Smaller {
        /// Bits a second of its picture.
        #[ts(type = "number")]
        bits: u64,
        /// Its bytes, about.
        #[ts(type = "number")]
        bytes: u64,
        /// When it would be there, without the time to make it.
        #[ts(type = "number")]
        arrives: Stamp,
    },
    /// Nothing on this line: it has to be carried on a stick.
    Carry,
}
