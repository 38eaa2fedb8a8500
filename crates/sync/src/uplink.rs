//! What all streams of material share: the person's limit, the right of way of text, and the count of bytes.

mod easing;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::client::Felt;
use easing::{Easing, Seen};

/// Text that takes longer than this is in trouble: material goes on beside it.
const LONGEST_YIELD: Duration = Duration::from_secs(10);
/// A limit gathers at most so much of itself while nothing is sent.
const BURST: Duration = Duration::from_millis(500);
/// The lowest limit, in bytes a second: less would look like a line that stands still.
pub const LEAST_LIMIT: u64 = 8 << 10;

/// A pace gathers at most so much of itself: what goes at once lies in the queue before text.
const PACE_BURST: Duration = Duration::from_millis(100);
/// Bytes of what the system sends at once, about.
const SEGMENT_BYTES: u64 = 1_400;
/// How often the pace is looked at.
const LOOK_MS: f64 = 500.0;

/// A bucket of tokens, each a byte; pure, its clock is handed in as milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    rate: u64,
    burst: Duration,
    free_at: f64,
}

impl Bucket {
    /// A bucket that fills with `rate` bytes a second.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        Self { rate: rate.max(LEAST_LIMIT), burst: BURST, free_at: 0.0 }
    }

    /// Takes `bytes` and tells how long to wait before they may go.
    #[expect(clippy::cast_precision_loss, reason = "microseconds are enough")]
    pub fn take(&mut self, bytes: u64, now_ms: f64) -> Duration {
        let start = self.free_at.max(now_ms - self.burst.as_secs_f64() * 1_000.0);
        self.free_at = start + bytes as f64 * 1_000.0 / self.rate as f64;
        Duration::from_secs_f64((start - now_ms).max(0.0) / 1_000.0)
    }
}

/// The pace of material, and what it is learned from.
#[derive(Debug, Default)]
struct Pace {
    easing: Easing,
    bucket: Option<Bucket>,
    felt: Option<Arc<Felt>>,
    /// The last look: when, and what had gone and how often it was held.
    looked: (f64, u64, u64),
}

impl Pace {
    /// Looks now and then, and tells how long a portion has to wait.
    fn take(&mut self, bytes: u64, now_ms: f64, moved: u64, held: u64) -> Duration {
        let (at, before, held_before) = self.looked;
        if now_ms - at >= LOOK_MS
            && let Some(trips) = self.felt.as_ref().and_then(|felt| felt.take())
        {
            self.easing.look(Seen {
                now_ms,
                took_ms: now_ms - at,
                bytes: trips.arrived.unwrap_or(moved - before),
                trip: trips.least,
                again: trips.again * SEGMENT_BYTES,
                was_held: held != held_before || now_ms - at > 10.0 * LOOK_MS,
            });
            self.looked = (now_ms, moved, held);
            tracing::trace!(easing = ?self.easing, "the pace of material");
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes in a second")]
            let rate = self.easing.pace().map(|pace| pace as u64);
            let free_at = self.bucket.map_or(now_ms, |bucket| bucket.free_at);
            self.bucket = rate.map(|rate| Bucket { burst: PACE_BURST, free_at, ..Bucket::new(rate) });
        }
        self.bucket.as_mut().map_or(Duration::ZERO, |bucket| bucket.take(bytes, now_ms))
    }
}

/// The way up, shared by all that travels on it.
#[derive(Debug)]
pub(crate) struct Uplink {
    since: Instant,
    limit: Mutex<Option<Bucket>>,
    pace: Mutex<Pace>,
    /// How many questions of text are under way, and since when.
    text: watch::Sender<(u32, Instant)>,
    rounds: AtomicU64,
    /// How often it gave the way back.
    gave_back: AtomicU64,
    moved: AtomicU64,
}

impl Default for Uplink {
    fn default() -> Self {
        let since = Instant::now();
        Self {
            since,
            limit: Mutex::default(),
            pace: Mutex::default(),
            text: watch::Sender::new((0, since)),
            rounds: 0.into(),
            gave_back: 0.into(),
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

    /// Learns the pace from these connections from now on, and nothing of what it knew of others.
    pub(crate) fn feel(&self, felt: Arc<Felt>) {
        let looked = (self.now_ms(), self.moved(), self.held());
        *self.pace() = Pace { felt: Some(felt), looked, ..Pace::default() };
    }

    /// The way is another one.
    pub(crate) fn begin_anew(&self) {
        let felt = self.pace().felt.clone();
        if let Some(felt) = felt {
            self.feel(felt);
        }
    }

    /// A number that is another one whenever text took or gave back its right of way.
    fn held(&self) -> u64 {
        self.rounds() + self.gave_back.load(Ordering::Relaxed)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> f64 {
        self.since.elapsed().as_secs_f64() * 1_000.0
    }

    /// Waits until a portion may go: first for its pace, then for text, then for the limit.
    pub(crate) async fn admit(&self, bytes: usize) {
        let pause = {
            let mut pace = self.pace();
            pace.take(bytes as u64, self.now_ms(), self.moved(), self.held())
        };
        tokio::time::sleep(pause).await;
        let mut text = self.text.subscribe();
        loop {
            let (count, since) = *text.borrow_and_update();
            let left = LONGEST_YIELD.saturating_sub(since.elapsed());
            if count == 0 || left.is_zero() {
                break;
            }
            let _ = tokio::time::timeout(left, text.changed()).await;
        }
        let now_ms = self.now_ms();
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
        self.0.gave_back.fetch_add(1, Ordering::Relaxed);
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
