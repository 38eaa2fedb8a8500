//! The wall clock of this laptop. It is never trusted for order, only shown.

use std::time::{SystemTime, UNIX_EPOCH};

use satchel_terms::Stamp;

/// Returns Unix milliseconds; 0 if the clock stands before 1970.
pub(crate) fn now_ms() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp::try_from(since.as_millis()).unwrap_or(Stamp::MAX)
}
