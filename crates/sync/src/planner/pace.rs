//! How long to pause after a failure, and how many streams to send with.

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

/// How many streams to send with, learned from what arrives: one more while that helps, one less when it hurts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Width {
    most: u32,
    now: u32,
    last: f64,
    is_growing: bool,
}

impl Width {
    /// Begins with two streams.
    #[must_use]
    pub const fn new(most: u32) -> Self {
        let now = if most < 2 { 1 } else { 2 };
        Self { most: if most == 0 { 1 } else { most }, now, last: 0.0, is_growing: true }
    }

    /// How many streams to use.
    #[must_use]
    pub const fn streams(&self) -> u32 {
        self.now
    }

    /// Learns from `bytes` that arrived in `took` with the present number of streams.
    pub fn learn(&mut self, bytes: u64, took: Duration) {
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no exact digits")]
        let rate = bytes as f64 / took.as_secs_f64().max(0.001);
        if rate < self.last * 0.9 {
            self.is_growing = !self.is_growing;
        } else if rate < self.last * 1.1 && !self.is_growing {
            self.is_growing = true;
        }
        self.now = if self.is_growing { (self.now + 1).min(self.most) } else { (self.now - 1).max(1) };
        self.last = rate;
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

    #[test]
    fn streams_are_added_while_they_help_and_dropped_when_they_hurt() {
        let mut width = Width::new(4);
        let second = Duration::from_secs(1);
        for bytes in [100, 150, 200] {
            width.learn(bytes, second);
        }
        assert_eq!(width.streams(), 4);

        width.learn(100, second);

        assert_eq!(width.streams(), 3);
        assert_eq!(Width::new(1).streams(), 1);
    }
}
