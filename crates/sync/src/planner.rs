//! What to do next, from what is known. Pure: no network, no disk, no clock.

use std::time::Duration;

use satchel_terms::{Hash, Stamp};
use satchel_wire::Stream;
use satchel_wire::protocol::{Hello, StreamHead};

/// First pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause while the failure may pass by itself.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Pause while only a person can help.
const PERSON_PAUSE: Duration = Duration::from_secs(900);

/// The newest record of one own stream, as the library has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnHead {
    /// Which stream.
    pub stream: Stream,
    /// Number of its newest record; 0 if there is none.
    pub seq: u64,
    /// Id of the library's record at the place the pool named, if the library has one there.
    pub id_at_pool_head: Option<Hash>,
}

/// One round: what is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The pool was rebuilt: read from 0, offer everything, look at every blob again.
    pub is_new_epoch: bool,
    /// Streams that have records above the pool's heads, with the pool's number.
    pub push: Vec<(Stream, u64)>,
    /// Read the feed above this place.
    pub pull_after: Option<u64>,
    /// A stream in which the pool holds another record than the library, and where.
    pub fork: Option<(Stream, u64)>,
    /// Milliseconds by which the pool's clock is ahead.
    pub offset_ms: i64,
}

/// What the library knows when a round begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The epoch the cursor belongs to.
    pub epoch: u64,
    /// How far the feed was read.
    pub cursor: u64,
    /// Own streams.
    pub heads: Vec<OwnHead>,
    /// The laptop's clock at the middle of the hello.
    pub now: Stamp,
}

/// Plans a round from the pool's hello.
///
/// A pool that holds more of a stream than the library is no fork yet: the missing records come with the feed.
#[must_use]
pub fn plan(known: &Known, hello: &Hello) -> Plan {
    let is_new_epoch = known.epoch != hello.epoch;
    let cursor = if is_new_epoch { 0 } else { known.cursor };
    let mut plan = Plan {
        is_new_epoch,
        pull_after: (hello.head > cursor).then_some(cursor),
        offset_ms: hello.now - known.now,
        ..Plan::default()
    };
    for own in &known.heads {
        let held = pool_head(&hello.mine, own.stream);
        let (seq, id) = held.map_or((0, Hash::ZERO), |head| (head.seq, head.id));
        match own.id_at_pool_head {
            Some(mine) if mine != id => plan.fork = Some((own.stream, seq)),
            _ if own.seq > seq => plan.push.push((own.stream, seq)),
            _ => {}
        }
    }
    plan
}

/// What the pool holds of a stream.
#[must_use]
pub fn pool_head(heads: &[StreamHead], stream: Stream) -> Option<StreamHead> {
    heads.iter().copied().find(|head| head.stream == stream)
}

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
    use satchel_terms::NewsroomId;

    fn hello(epoch: u64, head: u64, mine: Vec<StreamHead>) -> Hello {
        Hello {
            protocol_min: 1,
            protocol_max: 1,
            pool: NewsroomId([1; 16]),
            epoch,
            now: 1_000,
            head,
            mine,
            pool_key: String::new(),
            proof: None,
        }
    }

    fn own(seq: u64, at_pool_head: Option<u8>) -> Known {
        let id_at_pool_head = at_pool_head.map(|byte| Hash([byte; 32]));
        let heads = vec![OwnHead { stream: Stream::Editorial, seq, id_at_pool_head }];
        Known { epoch: 1, cursor: 10, heads, now: 400 }
    }

    fn held(seq: u64, id: u8) -> Vec<StreamHead> {
        vec![StreamHead { stream: Stream::Editorial, seq, id: Hash([id; 32]) }]
    }

    #[test]
    fn only_what_the_pool_lacks_is_pushed_and_only_what_we_lack_is_pulled() {
        let idle = plan(&own(5, Some(1)), &hello(1, 10, held(5, 1)));
        assert_eq!((idle.push.len(), idle.pull_after, idle.offset_ms), (0, None, 600));

        let busy = plan(&own(7, Some(1)), &hello(1, 12, held(5, 1)));
        assert_eq!((busy.push, busy.pull_after), (vec![(Stream::Editorial, 5)], Some(10)));

        let first = plan(&own(2, None), &hello(1, 0, vec![]));
        assert_eq!(first.push, [(Stream::Editorial, 0)]);
    }

    #[test]
    fn another_record_at_the_same_place_is_a_fork_and_is_not_pushed_over() {
        let forked = plan(&own(7, Some(2)), &hello(1, 12, held(5, 1)));

        assert_eq!(forked.fork, Some((Stream::Editorial, 5)));
        assert!(forked.push.is_empty());
        assert_eq!(forked.pull_after, Some(10), "reading goes on");
    }

    #[test]
    fn a_pool_that_knows_more_of_us_is_read_before_anything_is_said() {
        let restored = plan(&own(3, None), &hello(1, 12, held(5, 1)));

        assert_eq!((restored.fork, restored.push.len(), restored.pull_after), (None, 0, Some(10)));
    }

    #[test]
    fn a_rebuilt_pool_is_read_from_the_start() {
        let rebuilt = plan(&own(7, Some(1)), &hello(2, 3, held(2, 1)));

        assert!(rebuilt.is_new_epoch);
        assert_eq!((rebuilt.pull_after, rebuilt.push), (Some(0), vec![(Stream::Editorial, 2)]));
    }

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
