//! How long to pause after a failure, and how long to wait for news.

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

/// The first wait for news: most gates between a laptop and its pool let a minute of silence pass.
const FIRST_WAIT: Duration = Duration::from_secs(55);
/// The longest; pools hold a question no longer.
const LONGEST_WAIT: Duration = Duration::from_secs(1_800);
/// How long it is remembered that a longer wait broke, in milliseconds.
const REMEMBERED_MS: u64 = 4 * 3_600_000;
/// An answer may come so much before the end of the wait that was asked for.
const EARLY: Duration = Duration::from_secs(2);

/// How long the pool is asked to hold a question for news: each one costs an idle line its headers, so a wait that ran
/// to its end in silence doubles it. One that broke tells of a gate on the way that bears no longer silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    most: Duration,
    next: Duration,
    /// What the way bears, and until when that is believed.
    bound: Option<(Duration, u64)>,
}

impl Default for Patience {
    fn default() -> Self {
        Self::at_most(LONGEST_WAIT)
    }
}

impl Patience {
    /// Never asks for more than this.
    #[must_use]
    pub fn at_most(most: Duration) -> Self {
        let most = most.min(LONGEST_WAIT);
        Self { most, next: FIRST_WAIT.min(most), bound: None }
    }

    /// How long to ask for now. The clock is in milliseconds.
    #[must_use]
    pub fn asks(&self, now_ms: u64) -> Duration {
        match self.bound {
            Some((bound, until)) if now_ms < until => self.next.min(bound),
            _ => self.next,
        }
    }

    /// A wait was answered after `took`, without news. A pool that answers earlier than asked holds nothing longer.
    pub fn was_quiet(&mut self, took: Duration, now_ms: u64) {
        let asked = self.asks(now_ms);
        if took + EARLY >= asked {
            self.next = (asked * 2).min(self.most);
        }
    }

    /// A wait broke after `took`, or was not answered in time.
    pub fn broke(&mut self, took: Duration, now_ms: u64) {
        let asked = self.asks(now_ms);
        let first = FIRST_WAIT.min(self.most);
        if took >= first {
            let mut bears = first;
            while bears * 2 < asked && bears * 2 <= took {
                bears *= 2;
            }
            self.bound = Some((bears, now_ms.saturating_add(REMEMBERED_MS)));
        }
        self.next = first;
    }

    /// The way is another one: nothing is known of it.
    pub fn begin_anew(&mut self) {
        *self = Self::at_most(self.most);
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

    /// Waits so often in silence; what was asked for, in seconds, and the hour at the end.
    fn quiet(patience: &mut Patience, times: u32, mut now_ms: u64) -> (Vec<u64>, u64) {
        let asked = (0..times).map(|_| {
            let wait = patience.asks(now_ms);
            now_ms += u64::try_from(wait.as_millis()).unwrap();
            patience.was_quiet(wait, now_ms);
            wait.as_secs()
        });
        (asked.collect(), now_ms)
    }

    #[test]
    fn a_quiet_afternoon_is_asked_about_twice_an_hour() {
        let (asked, now_ms) = quiet(&mut Patience::default(), 8, 0);

        assert_eq!(asked, [55, 110, 220, 440, 880, 1_760, 1_800, 1_800]);
        assert!(now_ms < 2 * 3_600_000, "the first hour has seven of them");
        assert_eq!(quiet(&mut Patience::at_most(Duration::from_secs(10)), 3, 0).0, [10, 10, 10]);
    }

    #[test]
    fn a_gate_that_bears_five_minutes_is_found_out_once_and_asked_again_after_hours() {
        let mut patience = Patience::default();
        let (_, now_ms) = quiet(&mut patience, 3, 0);
        patience.broke(Duration::from_secs(300), now_ms);

        let (asked, later) = quiet(&mut patience, 60, now_ms);
        assert_eq!(asked[..5], [55, 110, 220, 220, 220], "back at once, and never beyond what was borne");
        assert!(asked[5..].iter().all(|asked| *asked == 220));
        assert!(later < now_ms + REMEMBERED_MS);
        assert_eq!(quiet(&mut patience, 8, later).0.last(), Some(&440), "gates change");
    }

    #[test]
    fn an_answer_that_never_came_is_not_taken_for_a_long_silence() {
        let mut patience = Patience::default();
        quiet(&mut patience, 6, 0);
        patience.broke(Duration::from_secs(1_860), 5_000_000); // all of it, and the stall beyond

        assert_eq!(patience.asks(5_000_000), FIRST_WAIT);
        let (asked, _) = quiet(&mut patience, 7, 5_000_000);
        assert_eq!(asked[5..], [1_760, 1_760], "the last that was answered");
    }

    #[test]
    fn a_line_that_breaks_early_says_nothing_of_gates() {
        let mut patience = Patience::default();
        quiet(&mut patience, 4, 0);
        patience.broke(Duration::from_secs(7), 1_000_000);

        assert_eq!(quiet(&mut patience, 6, 1_000_000).0, [55, 110, 220, 440, 880, 1_760]);
    }

    #[test]
    fn a_pool_of_before_answers_after_55_seconds_and_is_not_asked_more_often_than_that() {
        let mut patience = Patience::default();
        patience.was_quiet(FIRST_WAIT, 0);
        for _ in 0..9 {
            assert_eq!(patience.asks(0), FIRST_WAIT * 2);
            patience.was_quiet(FIRST_WAIT, 0);
        }
    }

    #[test]
    fn another_network_begins_anew() {
        let mut patience = Patience::default();
        quiet(&mut patience, 3, 0);
        patience.broke(Duration::from_secs(60), 500_000);
        patience.begin_anew();

        assert_eq!(patience, Patience::default());
    }
}
