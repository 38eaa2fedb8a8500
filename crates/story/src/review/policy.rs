//! How many levels a review has and who may pass them: data, not code.

use satchel_terms::Role;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A level of review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Level {
    /// 初审.
    First,
    /// 复审.
    Second,
    /// 终审.
    Final,
}

/// One level as a centre set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct PolicyLevel {
    /// Which one.
    pub level: Level,
    /// The centre's own name for it; empty for the usual name.
    pub name: String,
    /// Any of these may pass it.
    pub roles: Vec<Role>,
}

/// The levels of a centre, in order; the last one signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(from = "Stored")]
#[ts(export_to = "generated.ts")]
pub struct Policy {
    /// Rises with every change of the policy.
    pub version: u32,
    levels: Vec<PolicyLevel>,
}

/// A policy as it was stored, before its levels are put in order.
#[derive(Deserialize)]
struct Stored {
    version: u32,
    levels: Vec<PolicyLevel>,
}

impl From<Stored> for Policy {
    fn from(stored: Stored) -> Self {
        Self::new(stored.version, stored.levels)
    }
}

impl Default for Policy {
    /// Three levels: editor, head, chief.
    fn default() -> Self {
        let level = |level, role| PolicyLevel { level, name: String::new(), roles: vec![role] };
        let levels = vec![
            level(Level::First, Role::Editor),
            level(Level::Second, Role::Head),
            level(Level::Final, Role::Chief),
        ];
        Self { version: 1, levels }
    }
}

impl Policy {
    /// A centre's own policy. Levels are put in order and named once; a missing final level gets the usual one.
    #[must_use]
    pub fn new(version: u32, mut levels: Vec<PolicyLevel>) -> Self {
        levels.sort_by_key(|level| level.level);
        levels.dedup_by_key(|level| level.level);
        if levels.last().is_none_or(|level| level.level != Level::Final) {
            levels.push(PolicyLevel { level: Level::Final, name: String::new(), roles: vec![Role::Chief] });
        }
        Self { version, levels }
    }

    /// The levels, in order.
    #[must_use]
    pub fn levels(&self) -> &[PolicyLevel] {
        &self.levels
    }

    /// The level where a review starts.
    #[must_use]
    pub fn first(&self) -> Level {
        self.levels.first().map_or(Level::Final, |level| level.level)
    }

    /// The level that signs.
    #[must_use]
    pub fn last(&self) -> Level {
        self.levels.last().map_or(Level::Final, |level| level.level)
    }

    /// The level after `level`; none after the final one.
    #[must_use]
    pub fn after(&self, level: Level) -> Option<Level> {
        self.levels.iter().map(|found| found.level).find(|&found| found > level)
    }

    /// Whether one of the roles may pass the level. An administrator's role never does.
    #[must_use]
    pub fn may_pass(&self, level: Level, roles: &[Role]) -> bool {
        let named = self.levels.iter().find(|found| found.level == level);
        named.is_some_and(|named| {
            roles.iter().any(|&role| role != Role::Administrator && named.roles.contains(&role))
        })
    }

    /// Whether one of the roles may pass any level.
    #[must_use]
    pub fn is_reviewer(&self, roles: &[Role]) -> bool {
        self.levels.iter().any(|found| self.may_pass(found.level, roles))
    }
}
