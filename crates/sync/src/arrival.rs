//! When what waits will have arrived, and what would arrive in time: arithmetic, no clock.

use std::collections::VecDeque;

use satchel_terms::{Hash, Stamp};

use crate::planner::Rules;

/// A measure of the line's speed covers at least so long, in milliseconds: segments arrive in lumps.
const WINDOW_MS: u64 = 5_000;
/// How many measures are remembered.
const MEASURES: usize = 24;
/// Sound of a smaller version, in bits a second.
const SOUND: u64 = 128_000;
/// Bits a second of the pictures of smaller versions, the best first.
pub const VERSIONS: [u64; 3] = [8_000_000, 4_000_000, 1_500_000];

/// How fast the line really is: measured on what arrived, told as the mean of the middle half of the last measures, so
/// that neither a stall nor a lucky moment decides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Goodput {
    measures: VecDeque<f64>,
    begun_ms: Option<u64>,
    bytes: u64,
    /// Blobs that are sent now.
    under_way: u32,
}

impl Goodput {
    /// So many more bytes have arrived by this moment.
    pub fn arrived(&mut self, bytes: u64, now_ms: u64) {
        self.bytes += bytes;
        self.close(now_ms, WINDOW_MS);
    }

    /// The sending of a blob begins; the time in which none is sent does not count.
    pub fn begin(&mut self, now_ms: u64) {
        self.under_way += 1;
        if self.under_way == 1 {
            (self.begun_ms, self.bytes) = (Some(now_ms), 0);
        }
    }

    /// A blob is no longer sent. After the last an open measure counts if it is not all too short.
    pub fn rest(&mut self, now_ms: u64) {
        self.under_way = self.under_way.saturating_sub(1);
        if self.under_way > 0 {
            return;
        }
        self.close(now_ms, WINDOW_MS / 5);
        (self.begun_ms, self.bytes) = (None, 0);
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate needs no exact digits")]
    fn close(&mut self, now_ms: u64, least_ms: u64) {
        let Some(begun) = self.begun_ms else { return };
        let took = now_ms.saturating_sub(begun);
        if took < least_ms || self.bytes == 0 {
            return;
        }
        self.measures.push_back(self.bytes as f64 * 1_000.0 / took as f64);
        if self.measures.len() > MEASURES {
            self.measures.pop_front();
        }
        (self.begun_ms, self.bytes) = (Some(now_ms), 0);
    }

    /// Bytes in a second; none before anything was measured.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a positive rate of bytes"
    )]
    pub fn rate(&self) -> Option<u64> {
        let mut sorted: Vec<f64> = self.measures.iter().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let quarter = sorted.len() / 4;
        let middle = &sorted[quarter..sorted.len() - quarter];
        if middle.is_empty() {
            return None;
        }
        Some((middle.iter().sum::<f64>() / middle.len() as f64).max(1.0) as u64)
    }
}

/// One blob that waits to go up, in the order in which it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its fingerprint.
    pub root: Hash,
    /// Bytes that the pool lacks.
    pub left: u64,
    /// 1 small files, 2 originals.
    pub lane: u8,
    /// Whether it goes in spite of the person's rules.
    pub is_urgent: bool,
    /// How long it plays, where it plays: then a smaller version can be proposed.
    pub plays_ms: Option<u64>,
}

/// How an item could arrive in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// Sent at once, before everything else and in spite of the rules.
    SendNow {
        /// When it would arrive.
        arrives: Stamp,
    },
    /// A smaller version, sent at once.
    Smaller {
        /// Bits a second of its picture.
        bits: u64,
        /// Its bytes, about.
        bytes: u64,
        /// When it would arrive, without the time to make it.
        arrives: Stamp,
    },
    /// Nothing on this line; a stick or a courier may.
    Carry,
}

/// What is known of one item's arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its fingerprint.
    pub root: Hash,
    /// When it will have arrived; none while the speed is unknown or the rules keep it here.
    pub arrives: Option<Stamp>,
    /// Milliseconds by which it misses the bulletin.
    pub late_ms: Option<i64>,
    /// What would arrive in time, the best first.
    pub proposals: Vec<Proposal>,
}

impl Arrival {
    /// Of what nothing can be told.
    #[must_use]
    pub fn unknown(root: Hash) -> Self {
        Self { root, arrives: None, late_ms: None, proposals: Vec::new() }
    }
}

/// Tells when each of `waiting` will have arrived at `rate` bytes a second, and what to do about those that miss
/// `bulletin`. The items go one after another, those the rules keep back when they open.
#[must_use]
pub fn arrivals(
    waiting: &[Waiting],
    rate: Option<u64>,
    rules: &Rules,
    now: Stamp,
    bulletin: Option<Stamp>,
) -> Vec<Arrival> {
    let Some(rate) = rate.filter(|rate| *rate > 0) else {
        return waiting.iter().map(|item| Arrival::unknown(item.root)).collect();
    };
    let takes = |bytes: u64| Stamp::try_from(bytes.saturating_mul(1_000) / rate).unwrap_or(Stamp::MAX / 4);
    let mut free = now;
    let mut all = Vec::new();
    for item in waiting {
        let is_free = item.is_urgent || item.lane <= rules.highest(free);
        let opens = if is_free { Some(free) } else { rules.opens_at(free) };
        let arrives = opens.and_then(|opens| through(opens, takes(item.left), item, rules));
        free = arrives.unwrap_or(free);
        let late_ms = bulletin.and_then(|hour| match arrives {
            Some(at) if at > hour => Some(at - hour),
            _ => None,
        });
        let misses = late_ms.is_some() || bulletin.is_some() && arrives.is_none();
        let proposals = match bulletin {
            Some(hour) if misses => propose(item, now, hour, takes),
            _ => Vec::new(),
        };
        all.push(Arrival { root: item.root, arrives, late_ms, proposals });
    }
    all
}

/// The moment in which an item is through that begins at `opens`, with the pauses that the rules demand.
fn through(opens: Stamp, takes: Stamp, item: &Waiting, rules: &Rules) -> Option<Stamp> {
    if item.is_urgent || item.lane < 2 {
        return Some(opens + takes);
    }
    let (mut at, mut left) = (opens, takes);
    for _ in 0..366 {
        let open_for = rules.open_for(at);
        match open_for {
            Some(open) if open < left => {
                left -= open;
                at = rules.opens_at(at + open)?;
            }
            _ => return Some(at + left),
        }
    }
    None
}

fn propose(item: &Waiting, now: Stamp, hour: Stamp, takes: impl Fn(u64) -> Stamp) -> Vec<Proposal> {
    let whole = now + takes(item.left);
    if whole <= hour {
        return vec![Proposal::SendNow { arrives: whole }];
    }
    let smaller = item
        .plays_ms
        .into_iter()
        .flat_map(|plays| VERSIONS.map(|bits| (bits, plays.saturating_mul((bits + SOUND) / 1_000) / 8)));
    let in_time: Vec<Proposal> = smaller
        .filter(|(_, bytes)| *bytes < item.left)
        .map(|(bits, bytes)| Proposal::Smaller { bits, bytes, arrives: now + takes(bytes) })
        .filter(|one| matches!(one, Proposal::Smaller { arrives, .. } if *arrives <= hour))
        .collect();
    if in_time.is_empty() { vec![Proposal::Carry] } else { in_time }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::Night;

    const HOUR: Stamp = 3_600_000;
    const MINUTE: Stamp = 60_000;
    /// Five in the afternoon of some day, UTC.
    const FIVE: Stamp = 20_000 * 24 * HOUR + 17 * HOUR;

    fn film(number: u8, left: u64, minutes: u64) -> Waiting {
        Waiting {
            root: Hash([number; 32]),
            left,
            lane: 2,
            is_urgent: false,
            plays_ms: Some(minutes * 60_000),
        }
    }

    #[test]
    fn a_file_that_misses_the_bulletin_comes_with_a_version_that_does_not() {
        let rate = 500_000; // 4 Mbit/s
        let items = [film(1, rate * 60 * 100, 12)]; // a hundred minutes of line, twelve minutes of film
        let told = arrivals(&items, Some(rate), &Rules::default(), FIVE, Some(FIVE + HOUR));

        assert_eq!(told[0].arrives, Some(FIVE + 100 * MINUTE));
        assert_eq!(told[0].late_ms, Some(40 * MINUTE));
        let Proposal::Smaller { bits, arrives, .. } = told[0].proposals[0] else { panic!("{told:?}") };
        assert_eq!(bits, 8_000_000);
        assert!(arrives <= FIVE + HOUR);
        let versions = told[0].proposals.iter().map(|one| match one {
            Proposal::Smaller { bits, .. } => *bits,
            other => panic!("{other:?}"),
        });
        assert_eq!(versions.collect::<Vec<_>>(), VERSIONS);
    }

    #[test]
    fn items_go_one_after_another_and_one_behind_may_be_sent_first() {
        let rate = 1_000_000;
        let items = [film(1, rate * 60 * 50, 1), film(2, rate * 60 * 20, 1)];
        let told = arrivals(&items, Some(rate), &Rules::default(), FIVE, Some(FIVE + HOUR));

        assert_eq!(told[0].late_ms, None);
        assert_eq!(told[1].arrives, Some(FIVE + 70 * MINUTE));
        assert_eq!(told[1].proposals, [Proposal::SendNow { arrives: FIVE + 20 * MINUTE }]);
    }

    #[test]
    fn what_no_version_can_mend_is_carried() {
        let told =
            arrivals(&[film(1, 1 << 40, 600)], Some(1_000), &Rules::default(), FIVE, Some(FIVE + HOUR));

        assert_eq!(told[0].proposals, [Proposal::Carry]);
    }

    #[test]
    fn a_night_window_counts_and_goes_on_the_next_night() {
        let rate = 1_000_000;
        let night = Rules { night: Some(Night { from: 22 * 60, to: 23 * 60 }), ..Rules::default() };
        let told = arrivals(&[film(1, rate * 60 * 90, 1)], Some(rate), &night, FIVE, None);

        // an hour tonight from ten on, half an hour tomorrow
        assert_eq!(told[0].arrives, Some(FIVE + 29 * HOUR + 30 * MINUTE));
        let metered = Rules { is_metered: true, ..Rules::default() };
        assert_eq!(arrivals(&[film(1, 10, 1)], Some(rate), &metered, FIVE, None)[0].arrives, None);
        let urgent = [Waiting { is_urgent: true, ..film(1, rate * 60, 1) }];
        assert_eq!(arrivals(&urgent, Some(rate), &metered, FIVE, None)[0].arrives, Some(FIVE + MINUTE));
    }

    #[test]
    fn without_a_measure_nothing_is_promised() {
        let told = arrivals(&[film(1, 10, 1)], None, &Rules::default(), FIVE, Some(FIVE));

        assert_eq!((told[0].arrives, told[0].proposals.len()), (None, 0));
        assert_eq!(Goodput::default().rate(), None);
    }

    #[test]
    fn neither_a_stall_nor_a_lucky_moment_moves_the_speed_much() {
        let mut goodput = Goodput::default();
        let mut now = 0;
        goodput.begin(now);
        for minute in 0..20_u64 {
            let (bytes, took) = match minute {
                7 => (1_000, 60_000),
                11 => (90_000_000, 5_000),
                _ => (2_500_000, 5_000),
            };
            now += took;
            goodput.arrived(bytes, now);
        }

        assert_eq!(goodput.rate(), Some(500_000));
        goodput.rest(now + 1);
        goodput.begin(now + 3_600_000);
        goodput.arrived(2_500_000, now + 3_605_000);
        assert_eq!(goodput.rate(), Some(500_000), "an hour of rest is no slow hour");
    }
}
