//! How much one device may ask for, and who may look at the numbers.

use std::path::PathBuf;

use serde::Deserialize;

/// The section `[limits]`. A 0 lifts the limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Requests of one device in a second, over time. A laptop at work needs fewer than ten.
    pub requests_per_second: u32,
    /// Requests of one device at once, after a pause.
    pub requests_at_once: u32,
    /// Uploads that one device may have begun and not ended.
    pub unfinished_uploads: u32,
    /// Their bytes, in GiB.
    pub unfinished_gib: u32,
    /// After so many days without a byte an upload that was begun is forgotten; the laptop begins it anew.
    pub unfinished_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: 200,
            requests_at_once: 2_000,
            unfinished_uploads: 2_000,
            unfinished_gib: 1_024,
            unfinished_days: 30,
        }
    }
}

/// The section `[metrics]`: `GET /metrics` answers callers of this machine, and those who know the token.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MetricsAccess {
    /// The file with the token that a caller from elsewhere sends as `authorization: Bearer`. Where a proxy stands in
    /// front of the pool everybody seems to be of this machine: then only the token opens the door.
    pub token_file: Option<PathBuf>,
}
