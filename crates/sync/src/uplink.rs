//! What all streams of material share: the person's limit, the right of way of text, and the count of bytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Text that takes longer than this is in trouble: material goes on beside it.
const LONGEST_YIELD: Duration = Duration::from_secs(10);
/// A limit gathers at most so much of itself while nothing is sent.
const BURST: Duration = Duration::from_millis(500);
/// The lowest limit, in bytes a second: less would look like a line that stands still.
pub const LEAST_LIMIT: u64 = 8 << 10;

/// A bucket of tokens, each a byte; pure, its clock is handed in as milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    rate: u64,
    free_at: f64,
}

impl Bucket {
    /// A bucket that fills with `rate` bytes a second.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        Self { rate: rate.max(LEAST_LIMIT), free_at: 0.0 }
    }

    /// Takes `bytes` and tells how long to wait before they may go.
    #[expect(clippy::cast_precision_loss, reason = "microseconds are enough")]
    pub fn take(&mut self, bytes: u64, now_ms: f64) -> Duration {
        let start = self.free_at.max(now_ms - BURST.as_secs_f64() * 1_000.0);
        self.free_at = start + bytes as f64 * 1_000.0 / self.rate as f64;
        Duration::from_secs_f64((start - now_ms).max(0.0) / 1_000.0)
    }
}

/// The way up, shared by all that travels on it.
#[derive(Debug)]
pub(crate) struct Uplink {
    since: Instant,
    limit: Mutex<Option<Bucket>>,
    /// How many questions of text are under way, and since when.
    text: watch::Sender<(u32, Instant)>,
    rounds: AtomicU64,
    moved: AtomicU64,
}

impl Default for Uplink {
    fn default() -> Self {
        let since = Instant::now();
        Self {
            since,
            limit: Mutex::default(),
            text: watch::Sender::new((0, since)),
            rounds: 0.into(),
            moved: 0.into(),
        }
    }
}

impl Uplink {
    /// Sets the person's limit in bytes a second, or lifts it.
    pub(crate) fn set_limit(&self, rate: Option<u64>) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = rate.map(Bucket::new);
    }

    /// Text is under way while the answer lives: material waits at its next portion.
    pub(crate) fn text(self: &Arc<Self>) -> RightOfWay {
        self.rounds.fetch_add(1, Ordering::Relaxed);
        self.text.send_modify(|(count, since)| {
            if *count == 0 {
                *since = Instant::now();
            }
            *count += 1;
        });
        RightOfWay(Arc::clone(self))
    }

    /// How often text had the right of way so far.
    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }

    /// Bytes of material that the line took so far.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Waits until a portion may go: text first, then the limit.
    pub(crate) async fn admit(&self, bytes: usize) {
        let mut text = self.text.subscribe();
        loop {
            let (count, since) = *text.borrow_and_update();
            let left = LONGEST_YIELD.saturating_sub(since.elapsed());
            if count == 0 || left.is_zero() {
                break;
            }
            let _ = tokio::time::timeout(left, text.changed()).await;
        }
        let now_ms = self.since.elapsed().as_secs_f64() * 1_000.0;
        let wait = self
            .limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
            .map(|bucket| bucket.take(bytes as u64, now_ms));
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
        }
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// The right of way; material goes on when it is dropped.
pub(crate) struct RightOfWay(Arc<Uplink>);

impl Drop for RightOfWay {
    fn drop(&mut self) {
        self.0.text.send_modify(|(count, _)| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_lets_through_what_it_says_and_a_short_burst() {
        let mut bucket = Bucket::new(100_000);
        let (mut now, mut sent) = (60_000.0, 0);
        let begun = now;
        while now < begun + 10_000.0 {
            now += bucket.take(16_384, now).as_secs_f64() * 1_000.0;
            sent += 16_384;
        }

        assert!((1_000_000..=1_000_000 + 50_000 + 2 * 16_384).contains(&sent), "{sent} in ten seconds");
        assert_eq!(bucket.take(1, now + 60_000.0), Duration::ZERO, "rest does not cost");
    }

    #[tokio::test]
    async fn material_waits_for_text_but_not_for_ever() {
        let uplink = Arc::new(Uplink::default());
        let right = uplink.text();
        let waiting = Arc::clone(&uplink);
        let portion = tokio::spawn(async move { waiting.admit(10).await });
        tokio::task::yield_now().await;
        assert_eq!(uplink.moved(), 0, "text is under way");

        drop(right);
        portion.await.unwrap();

        assert_eq!((uplink.moved(), uplink.rounds()), (10, 1));
    }
}
