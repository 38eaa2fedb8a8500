//! The review queue, the story under review, the signatures.

use satchel_terms::{Hash, PersonId, Stamp, StoryId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A sign-off.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct SignatureCard {
    /// `first`, `second` or `final`.
    pub level: String,
    /// Who.
    pub by: PersonId,
    /// The name.
    pub by_name: String,
    /// When.
    #[ts(type = "number")]
    pub at: Stamp,
    /// What was signed.
    pub rev: Hash,
    /// Whether it still holds for the text as it is.
    pub holds: bool,
    /// `proposed` until the pool's verdict, then `accepted` or `refused`.
    pub verdict: String,
}

/// A line of the story's ledger.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct LedgerLine {
    /// What: `submit`, `withdraw`, `claim`, `pass`, `return`, `reject`, `sign`, `reopen` …
    pub act: String,
    /// Level where there is one.
    pub level: Option<String>,
    /// Who.
    pub by_name: String,
    /// When.
    #[ts(type = "number")]
    pub at: Stamp,
    /// Fingerprint it is bound to.
    pub rev: Option<Hash>,
    /// `proposed`, `accepted` or `refused`.
    pub verdict: String,
    /// The pool's code where it refused.
    pub code: Option<String>,
}

/// A story under review.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ReviewCard {
    /// The story, opened.
    pub open: super::OpenStory,
    /// Level it waits for: `first`, `second`, `final`; none when it waits for none.
    pub level: Option<String>,
    /// Whether I may claim it now; else the code of why not.
    pub may_claim: Option<String>,
    /// Whether I may decide now (claimed by me); else the code of why not.
    pub may_decide: Option<String>,
    /// Who has claimed it.
    pub holder_name: Option<String>,
    /// Whether that is me.
    pub held_by_me: bool,
    /// Fingerprint that was filed.
    pub submitted: Option<Hash>,
    /// Fingerprint that I saw last, where I did.
    pub last_seen: Option<Hash>,
    /// Signatures so far.
    pub signatures: Vec<SignatureCard>,
    /// The ledger, oldest first.
    pub ledger: Vec<LedgerLine>,
    /// Remarks.
    pub comments: Vec<super::CommentCard>,
}

/// What a reviewer or author does with a story.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "act")]
#[ts(export_to = "generated.ts")]
pub enum Verb {
    /// Takes it for reading.
    Claim,
    /// Gives it back to the queue.
    Release,
    /// Passes it to the next level; at the last level signs it off.
    Pass {
        /// What was read.
        rev: Hash,
    },
    /// Returns it for change.
    Return {
        /// What was read.
        rev: Hash,
        /// At least one.
        reasons: Vec<super::ReasonCard>,
    },
    /// Does not use it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Withdraws the own story before it was opened.
    Withdraw,
}

/// What stands on a sheet that somebody signed on paper.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct PaperWord {
    /// Who signed it.
    pub by: String,
    /// The date on it, as written.
    pub date: String,
    /// The remarks on it; may be empty.
    pub remarks: String,
}

/// What stands beside the text of a story under review.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct BesideCard {
    /// Who wrote it.
    pub by_names: Vec<String>,
    /// When the last of it was written.
    #[ts(type = "number")]
    pub at: Stamp,
    /// What the text would become if all of it flowed in.
    pub diff: Vec<DiffBlock>,
    /// One by one, in the order of the pool.
    pub branches: Vec<BranchCard>,
    /// Whether this person holds the story and may take one.
    pub may_take: bool,
}

/// One change that stands beside the text.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct BranchCard {
    /// The record that brought it.
    pub record: Hash,
    /// Who wrote it.
    pub by_name: String,
    /// When, by that laptop's clock.
    #[ts(type = "number")]
    pub at: Stamp,
    /// What the text would become with it and with what it builds on.
    pub diff: Vec<DiffBlock>,
}

/// A changed stretch between two versions.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct DiffBlock {
    /// `same`, `added`, `removed` or `changed`.
    pub kind: String,
    /// Block type of the newer side: `p`, `h`, `li`, `q`, `fig`, `table` or a field's name.
    pub block: String,
    /// Pieces: `=`, `+`, `-` and the text.
    pub pieces: Vec<(String, String)>,
}

/// A row of the review queue.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct QueueCard {
    /// The story.
    pub card: super::StoryCard,
    /// Level it waits for.
    pub level: String,
    /// Whether it waits for somebody like me.
    pub for_me: bool,
    /// Whether I hold it.
    pub held_by_me: bool,
    /// Which one (same as in the card, for keys).
    pub story: StoryId,
}
