//! What a person may decide on a story. The body of record kind 30.

use satchel_terms::{ChannelId, Hash, Stamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Level;
use crate::place::Place;

/// Why a story goes back to its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Reason {
    /// The kind of fault, a key of the words: `fact`, `source`, `wording` …
    pub code: String,
    /// Where.
    pub place: Place,
    /// In the reviewer's words; may be empty.
    pub note: String,
}

/// A decision on a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Decision {
    /// 送审: the author files this revision.
    Submit {
        /// The filed revision.
        rev: Hash,
        /// What to know about it; may be empty.
        summary: String,
    },
    /// 撤回: the author takes it back before anyone opened it.
    Withdraw,
    /// A reviewer opens it.
    Claim {
        /// For which level.
        level: Level,
    },
    /// The reviewer lets go of it.
    Release,
    /// 通过: a level below the final one passes.
    Pass {
        /// Which one.
        level: Level,
        /// The revision that was read.
        rev: Hash,
        /// The version of the policy that was in force.
        policy: u32,
    },
    /// 退改: back to the author.
    Return {
        /// By which level.
        level: Level,
        /// The revision that was read.
        rev: Hash,
        /// At least one.
        reasons: Vec<Reason>,
    },
    /// 不采用.
    Reject {
        /// By which level.
        level: Level,
        /// Never empty.
        reason: String,
    },
    /// 搁置.
    Hold {
        /// Never empty.
        reason: String,
        /// When to look again, if a day was set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        until: Option<Stamp>,
    },
    /// 恢复: back to where it waited.
    Unhold,
    /// 签发: the final pass.
    Sign {
        /// The revision that was read.
        rev: Hash,
        /// The channels it may go to, named one by one.
        channels: Vec<ChannelId>,
        /// The version of the policy that was in force.
        policy: u32,
    },
    /// 重开: a signed, rejected or archived story becomes a draft again.
    Reopen {
        /// The revision that it stood at.
        rev: Hash,
    },
}

impl Decision {
    /// The revision that the decision is bound to.
    #[must_use]
    pub const fn rev(&self) -> Option<Hash> {
        match self {
            Self::Submit { rev, .. }
            | Self::Pass { rev, .. }
            | Self::Return { rev, .. }
            | Self::Sign { rev, .. } => Some(*rev),
            _ => None,
        }
    }
}
