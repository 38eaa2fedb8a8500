//! Stories, their texts, findings and search.

use satchel_terms::{ClipId, CommentId, Hash, PersonId, Stamp, StoryId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where a story or a piece of material is: the four honest words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "at")]
#[ts(export_to = "generated.ts")]
pub enum Whereabouts {
    /// 已存本机: on this disk, flushed, and not meant to travel yet.
    Local {
        /// When it was flushed.
        #[ts(type = "number")]
        saved: Stamp,
    },
    /// 待上传.
    Waiting {
        /// How many pieces wait.
        items: u32,
        /// How many bytes.
        #[ts(type = "number")]
        bytes: u64,
    },
    /// 上传中.
    Moving {
        /// Bytes that the pool holds.
        #[ts(type = "number")]
        done: u64,
        /// Bytes in all.
        #[ts(type = "number")]
        total: u64,
    },
    /// 稿库制作中: the pool makes it from what it holds, nothing travels.
    Making,
    /// 已入库, on the pool's word.
    Pooled {
        /// When the pool said so.
        #[ts(type = "number")]
        since: Stamp,
    },
    /// 需要处理.
    NeedsYou {
        /// Code of what stands in the way.
        code: String,
    },
}

/// A story in a list.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct StoryCard {
    /// Which one.
    pub story: StoryId,
    /// Headline; empty while there is none.
    pub headline: String,
    /// Genre code: `brief`, `feature`, `interview`, `comment`, `voice`, `photo`.
    pub genre: String,
    /// State code: `draft`, `awaiting-first`, `awaiting-second`, `awaiting-final`, `signed`, `published`, `rejected`, `held`.
    pub state: String,
    /// Set when the last decision was a return for change.
    pub returned: Option<ReturnCard>,
    /// Who wrote it.
    pub author: PersonId,
    /// The author's name.
    pub author_name: String,
    /// Whether I am the author.
    pub mine: bool,
    /// Characters by the house rule.
    pub characters: u32,
    /// Read-aloud time in seconds.
    pub seconds: u32,
    /// Figures in the text.
    pub figures: u32,
    /// Last change.
    #[ts(type = "number")]
    pub updated: Stamp,
    /// Where it is.
    pub whereabouts: Whereabouts,
    /// Reviewer who has claimed it.
    pub holder_name: Option<String>,
    /// Links of releases, newest first.
    pub links: Vec<LinkCard>,
    /// Whether the other side has seen changes beside this text (a branch).
    pub branches: u32,
    /// Other values of its genre that were set at the same time.
    #[serde(default)]
    pub others: Vec<OtherValue>,
}

/// A value of a field that somebody else set without knowing of the one that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct OtherValue {
    /// `genre`, `caption`, `credit` or `story`.
    pub field: String,
    /// The value; of `story` the id, empty for none.
    pub value: String,
    /// Who set it.
    pub by_name: String,
    /// When, by that laptop's clock.
    #[ts(type = "number")]
    pub at: Stamp,
}

/// A place where the public finds the story.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct LinkCard {
    /// Name of the channel.
    pub channel: String,
    /// The public address, or the place in a folder.
    pub url: String,
    /// When.
    #[ts(type = "number")]
    pub at: Stamp,
}

/// Why a story came back.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ReturnCard {
    /// Who returned it.
    pub by_name: String,
    /// When.
    #[ts(type = "number")]
    pub at: Stamp,
    /// The reasons.
    pub reasons: Vec<ReasonCard>,
}

/// One reason of a return.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ReasonCard {
    /// Reason code: `fact`, `wording`, `structure`, `picture`, `source`, `other`.
    pub code: String,
    /// Passage that it is about; empty for the whole.
    pub place: String,
    /// What to do.
    pub note: String,
}

/// A story opened for writing or reading.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct OpenStory {
    /// Its card.
    pub card: StoryCard,
    /// The document so far as one or more updates, base64, to be applied in order.
    pub updates: Vec<String>,
    /// Fingerprint of the text as the core reads it.
    pub rev: Hash,
    /// Why it cannot be edited now: `newer-version`, `in-review`, `signed`, `not-mine`; none when it can.
    pub read_only: Option<String>,
    /// Material attached to the story.
    pub clips: Vec<super::ClipCard>,
}

/// The words are on the disk.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct Saved {
    /// When they were flushed.
    #[ts(type = "number")]
    pub at: Stamp,
}

/// A kept version.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct RevisionCard {
    /// Fingerprint.
    pub rev: Hash,
    /// Why it was kept: `checkpoint`, `filed`, `decision`, `received`.
    pub why: String,
    /// When.
    #[ts(type = "number")]
    pub at: Stamp,
    /// Characters by the house rule.
    pub characters: u32,
}

/// A remark on a passage.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct CommentCard {
    /// Which one.
    pub comment: CommentId,
    /// `question`, `advice`, `must` or `praise`.
    pub kind: String,
    /// The passage; empty for the whole story.
    pub quote: String,
    /// What is said.
    pub text: String,
    /// Who.
    pub by_name: String,
    /// When.
    #[ts(type = "number")]
    pub at: Stamp,
    /// The remark that this one answers.
    pub answers: Option<CommentId>,
}

/// A hit of the search.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct HitCard {
    /// A story that matches; none for a clip.
    pub story: Option<StoryId>,
    /// A clip that matches.
    pub clip: Option<ClipId>,
    /// Headline or file name.
    pub title: String,
    /// The passage around the hit.
    pub snippet: String,
}

/// What was open when the program went down.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct RecoveredCard {
    /// Which story.
    pub story: StoryId,
    /// Its headline.
    pub headline: String,
    /// Its last words.
    pub last_words: String,
    /// When they were flushed.
    #[ts(type = "number")]
    pub at: Stamp,
}
