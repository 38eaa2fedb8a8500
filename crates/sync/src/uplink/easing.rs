//! How fast material may go so that little of it lies in the line's own queue, where no text overtakes it.
//!
//! The sign is the least round trip of material's own connections: what it takes longer than the line alone is what
//! lies before it. (Not the mean: a connection that has lost something seems longer than it is.)
//!
//! A rate that is held below an estimate of itself sinks. So the line's rate is learned only while something lies in
//! its queue, for then what arrives is what it carries, whatever was sent; while nothing does, the pace rises.

/// What should lie in the line's queue, in seconds.
const TARGET: f64 = 0.2;
/// From so much on it is drained, until it is the target again.
const FULL: f64 = 0.3;
/// Less than this is chance: the line has room.
const BUSY: f64 = 0.05;
/// How much a second of queue changes the pace.
const PULL: f64 = 0.8;
/// Draining, the pace is this part of what the line carries at most, and at least.
const DRAINS: [f64; 2] = [0.9, 0.6];
/// By how much the pace rises at each look while the line has room.
const RISE: f64 = 1.08;
/// A pace so far above what goes holds nothing.
const IDLE: f64 = 1.4;
/// The line's own length is the least of this time and of the one before, in milliseconds.
const REMEMBERED_MS: f64 = 300_000.0;
/// A queue that so many looks of draining did not shorten is not ours.
const IN_VAIN: u32 = 16;
/// Then nothing is held back for so long, in milliseconds.
const RESTS_MS: f64 = 120_000.0;
/// Where more than this part is sent again, round trips tell of that and not of a queue.
const LOSSY: f64 = 0.05;
/// Shorter is what is less than this part.
const SHORTER: f64 = 0.85;
/// The lowest pace, in bytes a second.
const LEAST: f64 = 8_192.0;

/// What was seen since the last look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// The clock, in milliseconds.
    pub(crate) now_ms: f64,
    /// For how long, in milliseconds.
    pub(crate) took_ms: f64,
    /// Bytes of material that arrived.
    pub(crate) bytes: u64,
    /// The least round trip of its connections, in milliseconds.
    pub(crate) trip: f64,
    /// Bytes that the system sent again, about.
    pub(crate) again: u64,
    /// Whether text held it back: then it says nothing of the line.
    pub(crate) was_held: bool,
}

/// The pace of material.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Easing {
    /// The least round trip of this time and of the one before, and since when.
    shortest: [Option<f64>; 2],
    since_ms: f64,
    /// What arrives, in bytes a second.
    goes: Option<f64>,
    /// What the line carries.
    carries: f64,
    /// What goes if the queue stays as it is; none while nothing has to be held back.
    rate: Option<f64>,
    pace: Option<f64>,
    is_draining: bool,
    /// Whether the queue was full at the last look too.
    was_full: bool,
    /// Looks since draining shortened the queue, that queue in seconds, and the least round trip since.
    in_vain: (u32, f64, f64),
    rests_until: f64,
    /// The part that is sent again.
    loss: f64,
}

impl Easing {
    /// Bytes in a second; none while the system's own rule is enough.
    pub(crate) fn pace(&self) -> Option<f64> {
        self.pace
    }

    /// Learns.
    pub(crate) fn look(&mut self, seen: Seen) {
        let queue = (seen.trip - self.length(&seen)) / 1_000.0;
        if seen.was_held || seen.took_ms <= 0.0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no exact digits")]
        let now = seen.bytes as f64 * 1_000.0 / seen.took_ms;
        let goes = self.goes.map_or(now, |goes| (goes + now) / 2.0);
        self.goes = Some(goes);
        let is_busy = queue > BUSY;
        self.carries = match is_busy {
            true if self.is_draining => (self.carries + now) / 2.0,
            // Down slowly: what chance takes away must not become the measure.
            true if self.carries > 0.0 => {
                let weight = if now > self.carries { 0.25 } else { 0.05 };
                self.carries + (now - self.carries) * weight
            }
            true => now,
            false => self.carries.max(now),
        };
        #[expect(clippy::cast_precision_loss, reason = "a share needs no exact digits")]
        let loss = seen.again as f64 / (seen.bytes + seen.again).max(1) as f64;
        self.loss = self.loss * 0.75 + loss * 0.25;
        if self.loss > LOSSY || seen.now_ms < self.rests_until {
            (self.is_draining, self.rate, self.pace) = (false, None, None);
            return;
        }
        self.drain(queue, seen.trip, seen.now_ms);
        self.rate = match self.rate {
            None if self.is_draining => Some(self.carries),
            None => None,
            Some(_) if is_busy => Some(self.carries),
            Some(rate) if rate > goes * IDLE => None,
            Some(rate) => Some(rate.max(self.carries) * RISE),
        };
        let part = if self.is_draining {
            (DRAINS[0] - PULL * (queue - TARGET)).max(DRAINS[1])
        } else {
            1.0 + PULL * (TARGET - queue).max(0.0)
        };
        self.pace = self.rate.map(|rate| (rate * part).max(LEAST));
    }

    /// The line's own length, in milliseconds.
    fn length(&mut self, seen: &Seen) -> f64 {
        if seen.now_ms - self.since_ms > REMEMBERED_MS {
            self.shortest = [None, self.shortest[0]];
            self.since_ms = seen.now_ms;
        }
        let [this, before] = self.shortest;
        let shortest = this.map_or(seen.trip, |this| this.min(seen.trip));
        self.shortest[0] = Some(shortest);
        before.map_or(shortest, |before| before.min(shortest))
    }

    /// Drains a full queue. One that does not get shorter is of others, or the way became longer: it counts as the
    /// line's own length from then on, and material takes its share as everything else does.
    fn drain(&mut self, queue: f64, trip: f64, now_ms: f64) {
        let is_full = queue > FULL;
        self.is_draining = is_full && self.was_full || self.is_draining && queue > TARGET;
        self.was_full = is_full;
        if !self.is_draining {
            self.in_vain = (0, f64::MAX, f64::MAX);
            return;
        }
        let (looks, best, shortest) = self.in_vain;
        let is_shorter = looks == 0 || queue < best * SHORTER;
        self.in_vain = if is_shorter { (1, queue, trip) } else { (looks + 1, best, shortest.min(trip)) };
        if self.in_vain.0 >= IN_VAIN {
            self.shortest = [Some(self.in_vain.2), None];
            self.in_vain = (0, f64::MAX, f64::MAX);
            (self.is_draining, self.rate) = (false, None);
            self.rests_until = now_ms + RESTS_MS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line with a queue, and a sender that takes what its pace allows or fills the queue.
    struct Line {
        rate: f64,
        /// Most seconds of its queue.
        room: f64,
        queue: f64,
        /// The least queue, which others keep there.
        others: f64,
        /// What the sender's own rule carries at most: loss holds it.
        carries: f64,
        /// Handed to the system already: no pace holds it.
        loose: f64,
        now_ms: f64,
        /// The round trips of the last looks, as the system smooths them.
        smooth: [f64; 3],
        swing: f64,
        /// Bytes sent again at each look.
        again: u64,
    }

    impl Line {
        fn of(rate: f64) -> Self {
            Self {
                rate,
                room: 1.6,
                queue: 0.0,
                others: 0.0,
                carries: f64::MAX,
                loose: 98_304.0,
                now_ms: 0.0,
                smooth: [200.0; 3],
                swing: 0.0,
                again: 0,
            }
        }

        /// Half a second; what arrived of it, in bytes a second.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
        fn half(&mut self, easing: &mut Easing) -> f64 {
            let offered = easing.pace().unwrap_or(f64::MAX).min(self.carries) * 0.5;
            let fits = self.rate * 0.5 + (self.room - self.queue) * self.rate;
            let loose = self.loose.min(fits);
            let taken = (offered + loose).min(fits);
            self.loose -= loose;
            let arrived = (taken + self.queue * self.rate).min(self.rate * 0.5);
            self.queue = (self.queue + (taken - arrived) / self.rate).clamp(self.others, self.room);
            self.now_ms += 500.0;
            // The system smooths what it measures, and measures it a round trip later.
            let [_, late, last] = self.smooth;
            let sways = if self.now_ms % 1_000.0 < 1.0 { self.swing } else { 0.0 };
            self.smooth = [late, last, last * 0.4 + (200.0 + self.queue * 1_000.0 + sways) * 0.6];
            let (now_ms, bytes, trip) = (self.now_ms, arrived as u64, self.smooth[1]);
            easing.look(Seen { now_ms, took_ms: 500.0, bytes, trip, again: self.again, was_held: false });
            arrived * 2.0
        }

        /// So many seconds: the share of the line that was used, that of the worst five seconds, and the mean queue.
        fn run(&mut self, easing: &mut Easing, seconds: u32) -> (f64, f64, f64) {
            let halves: Vec<(f64, f64)> =
                (0..seconds * 2).map(|_| (self.half(easing) / self.rate, self.queue)).collect();
            let mean = |part: &[(f64, f64)]| {
                let sum = part.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                (sum.0 / part.len() as f64, sum.1 / part.len() as f64)
            };
            let worst = halves.windows(10).map(|five| mean(five).0).fold(f64::MAX, f64::min);
            let (used, queue) = mean(&halves);
            (used, worst, queue)
        }
    }

    #[test]
    fn a_queue_is_drained_and_kept_short_and_the_line_stays_full() {
        for rate in [32_000.0, 125_000.0, 500_000.0, 2_500_000.0] {
            let (mut line, mut easing) = (Line::of(rate), Easing::default());
            let (_, worst, _) = line.run(&mut easing, 20);
            assert!(worst > 0.8, "{rate}: {worst} of the line while the first queue is drained");

            let (used, worst, queue) = line.run(&mut easing, 120);

            assert!(used > 0.95 && worst > 0.85, "{rate}: {used} of the line, at worst {worst}");
            assert!(queue < FULL, "{rate}: {queue} s in the queue");
        }
    }

    #[test]
    fn a_line_that_gets_wider_or_narrower_is_followed() {
        let (mut line, mut easing) = (Line::of(125_000.0), Easing::default());
        line.run(&mut easing, 30);
        line.rate = 500_000.0;
        line.queue = 0.0;
        line.run(&mut easing, 30);
        assert!(line.run(&mut easing, 30).0 > 0.93);
        line.rate = 60_000.0;
        line.run(&mut easing, 30);
        let (used, _, queue) = line.run(&mut easing, 60);
        assert!(used > 0.95 && queue < FULL, "{used} {queue}");
    }

    #[test]
    fn loss_without_a_queue_holds_nothing_back() {
        for swing in [0.0, 100.0, 250.0, 600.0] {
            let (mut line, mut easing) = (Line::of(500_000.0), Easing::default());
            (line.carries, line.swing) = (200_000.0, swing);
            line.run(&mut easing, 60);

            let share = line.run(&mut easing, 300).0;

            assert!(
                share > 0.38,
                "{swing} ms: {share} of the line, 0.4 is all that the sender's own rule carries"
            );
        }
    }

    #[test]
    fn where_much_is_lost_a_long_round_trip_is_not_taken_for_a_queue() {
        let (mut line, mut easing) = (Line::of(500_000.0), Easing::default());
        (line.carries, line.swing, line.again) = (200_000.0, 1_500.0, 8_000);

        line.run(&mut easing, 60);

        assert_eq!(easing.pace(), None);
    }

    #[test]
    fn the_queue_of_others_does_not_starve_us() {
        let (mut line, mut easing) = (Line::of(125_000.0), Easing::default());
        line.run(&mut easing, 30);
        line.others = 1.2;

        line.run(&mut easing, 30);

        let (share, worst, _) = line.run(&mut easing, 120);
        assert!(share > 0.8 && worst > 0.5, "{share}, at worst {worst}");
    }

    #[test]
    fn a_line_whose_length_sways_does_not_sink() {
        for swing in [60.0, 200.0, 500.0] {
            let (mut line, mut easing) = (Line::of(125_000.0), Easing::default());
            line.swing = swing;
            line.run(&mut easing, 60);

            let share = line.run(&mut easing, 600).0;
            assert!(share > 0.85, "{swing} ms: {share}");
        }
    }

    #[test]
    fn what_was_held_for_text_teaches_nothing() {
        let mut easing = Easing::default();
        let seen =
            |trip, was_held| Seen { now_ms: 0.0, took_ms: 500.0, bytes: 50_000, trip, again: 0, was_held };
        easing.look(seen(200.0, false));
        easing.look(seen(900.0, false));
        assert_eq!(easing.pace(), None, "once is chance");
        easing.look(seen(900.0, false));
        let before = easing.pace();

        for _ in 0..50 {
            easing.look(seen(200.0, true));
        }

        assert!(before.is_some());
        assert_eq!(easing.pace(), before);
    }
}
