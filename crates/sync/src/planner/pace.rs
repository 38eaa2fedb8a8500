//! How long to pause after a failure.

use std::time::Duration;

/// First pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause while the failure may pass by itself.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Pause while only a person can help.
const PERSON_PAUSE: Duration = Duration::from_secs(900);

/// The growing pauses between attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Goes on after so many failures.
    #[must_use]
    pub const fn after(tries: u32) -> Self {
        Self { tries }
    }

    /// Begins anew after a success.
    pub const fn reset(&mut self) {
        self.tries = 0;
    }

    /// The pause before the next attempt: doubled each time up to five minutes, a quarter hour if only a person can
    /// help, then spread by `jitter` (0 to 1) over the upper half. The pool's own wish is never undercut.
    pub fn next(&mut self, needs_person: bool, retry_after: Option<u32>, jitter: f64) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.tries.min(16));
        self.tries = self.tries.saturating_add(1);
        let whole = if needs_person && self.tries > 2 { PERSON_PAUSE } else { doubled.min(LONGEST_PAUSE) };
        let spread = whole.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
        spread.max(Duration::from_secs(retry_after.unwrap_or(0).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_the_pools_wish_counts() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u64> = (0..12).map(|_| backoff.next(false, None, 1.0).as_secs()).collect();

        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(Backoff::default().next(false, None, 0.0), Duration::from_millis(500));
        assert_eq!(Backoff::default().next(false, Some(30), 0.0), Duration::from_secs(30));
        assert_eq!(Backoff::after(9).next(true, None, 1.0), Duration::from_secs(900));
    }
}
