//! The review of a story: its states, who may do what, and what each decision leads to.
//!
//! Laptop and pool fold the same decisions through the same code. The pool's order of decisions is the one that counts.

mod case;
mod decision;
mod policy;
mod refusal;
mod rules;

pub use case::{Case, Entry, SignOff, Signature};
pub use decision::{Decision, Reason};
pub use policy::{Level, Policy, PolicyLevel};
pub use refusal::Refusal;

use satchel_terms::{DeviceId, PersonId, Role};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where a story stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "name", content = "level", rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum State {
    /// 草稿: in its author's hands.
    Draft,
    /// 待初审.
    AwaitingFirst,
    /// 待复审.
    AwaitingSecond,
    /// 待终审.
    AwaitingFinal,
    /// 已签发.
    Signed,
    /// 不采用.
    Rejected,
    /// 搁置, at the level where it waited.
    Held(Level),
    /// 归档.
    Archived,
}

impl State {
    /// The state of waiting for a level.
    #[must_use]
    pub const fn awaiting(level: Level) -> Self {
        match level {
            Level::First => Self::AwaitingFirst,
            Level::Second => Self::AwaitingSecond,
            Level::Final => Self::AwaitingFinal,
        }
    }

    /// The state of this name, as verdicts carry it; none for a held story, whose level the name does not say.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::json!({ "name": word })).ok()
    }

    /// The level that the story waits for now, if it waits.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::AwaitingFirst => Some(Level::First),
            Self::AwaitingSecond => Some(Level::Second),
            Self::AwaitingFinal => Some(Level::Final),
            _ => None,
        }
    }

    /// Whether it lies with the desk: waiting or held.
    #[must_use]
    pub const fn is_under_review(self) -> bool {
        matches!(self, Self::Held(_)) || self.level().is_some()
    }
}

/// Who decides, as the keeper of the rolls knows them at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signer<'a> {
    /// The person.
    pub person: PersonId,
    /// The device whose key signed.
    pub device: DeviceId,
    /// The roles that the person holds now.
    pub roles: &'a [Role],
    /// Whether the device was revoked before this decision.
    pub revoked: bool,
}
