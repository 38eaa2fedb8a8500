//! The hybrid clock: wall time for people, a counter for order.

use serde::{Deserialize, Serialize};

/// 48 bits of Unix milliseconds and 16 bits of counter. Used for display and ties only; data is never refused for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HybridTime(pub u64);

/// How far ahead another machine's clock may be before it no longer pulls ours, in milliseconds.
const AHEAD_MS: u64 = 300_000;

impl HybridTime {
    /// The wall time, Unix milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 >> 16
    }

    /// The order within one millisecond.
    #[must_use]
    pub const fn counter(self) -> u16 {
        (self.0 & 0xffff) as u16
    }

    /// The stamp for the next record: later than `last`, and as the wall clock says where that is possible.
    #[must_use]
    pub const fn next(now_ms: u64, last: Self) -> Self {
        let wall = now_ms << 16;
        if wall > last.0 { Self(wall) } else { Self(last.0.saturating_add(1)) }
    }

    /// The clock after hearing another machine's stamp. A stamp more than five minutes ahead of `now_ms` changes nothing.
    #[must_use]
    pub const fn heard(self, remote: Self, now_ms: u64) -> Self {
        if remote.millis() > now_ms.saturating_add(AHEAD_MS) || remote.0 <= self.0 { self } else { remote }
    }
}
