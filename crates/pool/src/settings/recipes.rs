//! Which cuts the pool makes itself.

use serde::Deserialize;

/// The section `[recipes]`: cuts of which only the recipe is sent, where the pool holds the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipes {
    /// The longest cut that is made here, in seconds; a 0 makes none, and laptops send the bytes of all.
    pub longest_seconds: u32,
    /// The most bytes of its sources, in GiB.
    pub sources_gib: u32,
}

impl Default for Recipes {
    fn default() -> Self {
        Self { longest_seconds: 3_600, sources_gib: 64 }
    }
}
