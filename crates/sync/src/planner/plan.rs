//! What one round has to do, from the pool's hello and what the library knows.

use satchel_terms::{Hash, Stamp};
use satchel_wire::Stream;
use satchel_wire::protocol::{Hello, StreamHead};

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
    /// The pool holds more of a stream than the library.
    pub is_behind: bool,
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
/// A pool that holds more of a stream than the library is no fork yet: the missing records come with the feed. Once
/// the feed is read to its end and they are still not here, something else stands in their place.
///
/// A feed that ends before the cursor belongs to a pool that was put back without a new epoch: it is read anew.
#[must_use]
pub fn plan(known: &Known, hello: &Hello) -> Plan {
    let is_new_epoch = known.epoch != hello.epoch || hello.head < known.cursor;
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
        plan.is_behind |= seq > own.seq;
        match own.id_at_pool_head {
            Some(mine) if mine != id => plan.fork = Some((own.stream, seq)),
            None if seq > own.seq && plan.pull_after.is_none() => plan.fork = Some((own.stream, seq)),
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
            backup_mark: None,
            backup_proof: None,
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
    fn what_the_pool_has_of_us_and_the_feed_did_not_bring_is_a_fork() {
        let read_to_the_end = plan(&own(3, None), &hello(1, 10, held(5, 1)));

        assert_eq!((read_to_the_end.fork, read_to_the_end.push.len()), (Some((Stream::Editorial, 5)), 0));
    }

    #[test]
    fn a_feed_that_went_back_is_read_from_the_start() {
        let put_back = plan(&own(7, Some(1)), &hello(1, 4, held(5, 1)));

        assert!(put_back.is_new_epoch);
        assert_eq!(put_back.pull_after, Some(0));
    }

    #[test]
    fn a_rebuilt_pool_is_read_from_the_start() {
        let rebuilt = plan(&own(7, Some(1)), &hello(2, 3, held(2, 1)));

        assert!(rebuilt.is_new_epoch);
        assert_eq!((rebuilt.pull_after, rebuilt.push), (Some(0), vec![(Stream::Editorial, 2)]));
    }
}
