//! What the pool may let go by itself, and after how long.

use serde::Deserialize;

/// The section `[retention]`. A 0 keeps for ever. Only `satchel-pool tidy --apply` removes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retention {
    /// Days after which a file that no record names may go. A laptop whose records are still on the way, on a stick for
    /// instance, would have to send it again.
    pub unnamed_days: u32,
    /// Days after which the originals of a story may go that was archived or rejected and never released. Small
    /// versions stay, and so does what any other story shows.
    pub archived_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { unnamed_days: 30, archived_days: 0 }
    }
}
