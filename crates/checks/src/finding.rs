//! What a check found.

use std::collections::BTreeMap;

use satchel_story::Place;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Severity {
    /// It has to be put right first.
    Must,
    /// It should be put right.
    Should,
    /// Good to know.
    Info,
}

/// What a check found, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Finding {
    /// Stable code, the key of the sentence in the words.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Values for the sentence, by name.
    pub params: BTreeMap<String, String>,
    /// Where it is.
    pub place: Place,
}

impl Finding {
    /// A finding that has to be put right.
    pub(crate) fn must(code: &str, place: Place) -> Self {
        Self { code: code.to_owned(), severity: Severity::Must, params: BTreeMap::new(), place }
    }

    /// A finding that should be put right.
    pub(crate) fn should(code: &str, place: Place) -> Self {
        Self { severity: Severity::Should, ..Self::must(code, place) }
    }

    /// The same with a value for the sentence.
    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}

/// Whether one of the findings has to be put right first.
#[must_use]
pub fn blocks(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Must)
}
