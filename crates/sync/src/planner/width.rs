//! With how many streams to send: more while that brings more, fewer when it does not.

use std::time::Duration;

use satchel_wire::SEGMENT;

/// Streams to begin with, and the fewest on a line that is not very slow.
const FIRST: u32 = 4;
/// A step up or down is this part of the streams.
const STEP: u32 = 4;
/// A segment that takes longer than this on its stream costs too much when the line breaks: then fewer streams.
const LONGEST_SEGMENT: f64 = 60.0;
/// More streams have to bring so much more.
const GAIN: f64 = 1.05;
/// Twice as many have to bring so much more, or they are the last that are added at once: streams that a line does not
/// need fill its queue until it loses.
const DOUBLING: f64 = 1.5;
/// Fewer streams may cost no more than this.
const COST: f64 = 0.97;
/// A rate that fell to this share of what it was has fallen, if the next measure says so too: on a line that loses
/// much, single measures sway as far.
const FALL: f64 = 0.7;
/// So many measures pass before more streams, or fewer in turn, are tried again.
const PATIENCE: u32 = 6;

/// How many streams to send with, learned from what arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Width {
    most: u32,
    now: u32,
    phase: Phase,
    /// Doubles until more streams no longer helped once; then takes small steps.
    is_fresh: bool,
    /// Whether fewer streams are tried next.
    is_fewer_next: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// The first seconds: what goes before anything is lost says nothing of the line.
    Start,
    /// Nothing is known yet.
    First,
    /// Tries another number of streams than `from`, which brought `base`; judged by two measures.
    Trying { from: u32, base: f64, first: Option<f64> },
    /// Stays with what is good for a while; the measure before may have fallen.
    Staying { left: u32, base: f64, fallen: Option<f64> },
}

impl Width {
    /// Begins with four streams, or with fewer if `most` is less. Where the system sends by what the line carries
    /// (`is_paced`), a few fill it and more of them fill its queue: there it takes small steps only.
    #[must_use]
    pub fn new(most: u32, is_paced: bool) -> Self {
        let most = most.max(1);
        Self { most, now: FIRST.min(most), phase: Phase::Start, is_fresh: !is_paced, is_fewer_next: false }
    }

    /// How many streams to use.
    #[must_use]
    pub const fn streams(&self) -> u32 {
        self.now
    }

    /// Learns from `bytes` that moved in `took` with the present number of streams.
    pub fn learn(&mut self, bytes: u64, took: Duration) {
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no exact digits")]
        let rate = bytes as f64 / took.as_secs_f64().max(0.001);
        self.phase = match self.phase {
            Phase::Start => Phase::First,
            Phase::First => self.more(rate),
            Phase::Trying { from, base, first: None } => Phase::Trying { from, base, first: Some(rate) },
            Phase::Trying { from, base, first: Some(first) } => self.judge(from, base, (first + rate) / 2.0),
            // The line is another one: what more streams bring on it is not known.
            Phase::Staying { base, fallen: Some(first), .. } if rate < base * FALL => {
                let base = (first + rate) / 2.0;
                if self.now < self.most { self.more(base) } else { self.fewer(base) }
            }
            Phase::Staying { left, base, .. } if rate < base * FALL => {
                Phase::Staying { left, base, fallen: Some(rate) }
            }
            Phase::Staying { left: 0, base, .. } => {
                let base = base * 0.75 + rate * 0.25;
                self.is_fewer_next = !self.is_fewer_next;
                if self.is_fewer_next { self.fewer(base) } else { self.more(base) }
            }
            Phase::Staying { left, base, .. } => {
                Phase::Staying { left: left - 1, base: base * 0.75 + rate * 0.25, fallen: None }
            }
        };
        self.now = self.now.clamp(1, bearable(rate));
        if matches!(self.phase, Phase::Trying { from, .. } if from == self.now) {
            self.phase = Phase::First; // the line does not bear more yet; its start says little
        }
    }

    fn judge(&mut self, from: u32, base: f64, rate: f64) -> Phase {
        if self.now > from && rate >= base * GAIN {
            // More streams bring their part more at most: what is above that is chance.
            let rate = rate.min(base * f64::from(self.now) / f64::from(from));
            if self.is_fresh && rate < base * DOUBLING {
                self.is_fresh = false;
                return stay(rate);
            }
            return self.more(rate);
        }
        if self.now < from && rate >= base * COST {
            return self.fewer(rate);
        }
        self.is_fresh = false;
        self.now = from;
        stay(base)
    }

    fn lower(&self) -> u32 {
        (self.now - self.now / STEP).max(FIRST.min(self.most))
    }

    fn fewer(&mut self, base: f64) -> Phase {
        let (from, lower) = (self.now, self.lower());
        if lower >= from {
            return self.more(base);
        }
        self.now = lower;
        Phase::Trying { from, base, first: None }
    }

    fn more(&mut self, base: f64) -> Phase {
        let from = self.now;
        let step = if self.is_fresh { from } else { (from / STEP).max(1) };
        self.now = (from + step).min(self.most);
        if self.now == from { stay(base) } else { Phase::Trying { from, base, first: None } }
    }
}

const fn stay(base: f64) -> Phase {
    Phase::Staying { left: PATIENCE, base, fallen: None }
}

/// How many streams a line bears at this rate, in bytes a second, so that each brings its segment over in time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of streams")]
fn bearable(rate: f64) -> u32 {
    #[expect(clippy::cast_precision_loss, reason = "256 KiB")]
    let segment = SEGMENT as f64;
    (rate * LONGEST_SEGMENT / segment).clamp(1.0, 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets it learn so often on a line that brings `rate` kilobytes a second with so many streams.
    fn after(width: &mut Width, measures: u32, rate: impl Fn(u32) -> u64) -> u32 {
        for _ in 0..measures {
            width.learn(rate(width.streams()) * 3_000, Duration::from_secs(3));
        }
        width.streams()
    }

    #[test]
    fn streams_are_added_while_they_help_and_dropped_when_they_hurt() {
        let mut width = Width::new(16, false);
        assert_eq!(width.streams(), 4);

        assert_eq!(after(&mut width, 1, |_| 1_000), 4, "the start says nothing");
        assert_eq!(after(&mut width, 3, |streams| u64::from(streams) * 30), 16, "each brings its own");
        assert_eq!(after(&mut width, 2, |_| 480), 16, "and stays");
        assert_eq!(after(&mut width, 1, |_| 200), 16, "one measure is chance");
        assert_eq!(after(&mut width, 1, |_| 200), 12, "the line got worse");
        let least = (0..60).map(|_| after(&mut width, 1, |streams| 900 / u64::from(streams))).min();
        assert_eq!(least, Some(4), "every stream more hurts");
    }

    #[test]
    fn a_line_that_five_streams_fill_never_gets_sixteen() {
        let mut width = Width::new(16, false);
        let most = (0..100).map(|_| after(&mut width, 1, |streams| u64::from(streams).min(5) * 96)).max();

        assert!(most <= Some(10), "{most:?}");
    }

    /// Four streams filled this line by BBR: 4 Mbit/s, 200 ms, 3 % loss, in bytes a second (`satchel-bench uplink`).
    const FILLED_BY_FOUR: [u64; 4] = [496_868, 401_348, 644_603, 458_781];

    #[test]
    fn a_system_that_sends_by_what_the_line_carries_gets_no_eight_streams_by_chance() {
        let most_of = |is_paced| {
            let mut width = Width::new(16, is_paced);
            let most = FILLED_BY_FOUR.map(|rate| {
                width.learn(rate * 3, Duration::from_secs(3));
                width.streams()
            });
            (most.into_iter().max(), width)
        };

        assert_eq!(most_of(false).0, Some(8), "a doubling is judged by two measures");
        let (most, mut width) = most_of(true);
        assert!(most <= Some(6), "{most:?}");
        let later = (0..100).map(|_| after(&mut width, 1, |_| 480)).skip(20).max();
        assert!(later <= Some(5), "what chance gave is given back: {later:?}");
        assert_eq!(
            after(&mut width, 200, |streams| u64::from(streams) * 120),
            16,
            "where each brings its own"
        );
    }

    #[test]
    fn a_line_that_four_streams_fill_keeps_about_four() {
        let mut width = Width::new(16, false);
        let most = (0..100).map(|_| after(&mut width, 1, |_| 480)).skip(3).max();

        assert!(most <= Some(5), "{most:?}");
        assert_eq!(Width::new(1, false).streams(), 1);
    }

    /// The mean number of streams at so many looks where each brings its own, single streams sway by this part of what
    /// they bring, and a new one brings `burst` more before its first loss, in bytes a second.
    fn mean_on_a_swaying_line(sway: f64, looks: u32, burst: f64) -> f64 {
        let mut width = Width::new(16, false);
        let (mut seed, mut sum, mut before) = (20_261_123_u64, 0.0, 0.0);
        for _ in 0..looks {
            let streams = f64::from(width.streams());
            // Twelve throws make about a normal distribution (Irwin–Hall).
            let mut normal = -6.0;
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                #[expect(clippy::cast_precision_loss, reason = "chance")]
                let thrown = (seed >> 11) as f64 / (1_u64 << 53) as f64;
                normal += thrown;
            }
            let swaying = streams * 25_000.0 * (1.0 + normal * sway / streams.sqrt());
            let rate = swaying.max(1_000.0) + (streams - before).max(0.0) * burst;
            before = streams;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
            width.learn(rate as u64 * 3, Duration::from_secs(3));
            sum += f64::from(width.streams());
        }
        sum / f64::from(looks)
    }

    #[test]
    fn a_line_that_loses_much_keeps_the_streams_it_needs_although_measures_sway() {
        for (sway, least) in [(0.2, 15.0), (0.5, 13.0), (0.8, 10.0)] {
            let mean = mean_on_a_swaying_line(sway, 3_000, 0.0);
            assert!(mean >= least, "{mean} streams where each sways by {sway}");
        }
    }

    #[test]
    fn what_goes_before_the_first_loss_is_not_taken_for_the_line() {
        let mean = mean_on_a_swaying_line(0.5, 33, 50_000.0);

        assert!(mean >= 12.0, "{mean} streams in the first hundred seconds");
    }

    #[test]
    fn a_very_slow_line_gets_so_few_that_a_segment_arrives_within_a_minute() {
        let mut width = Width::new(16, false);

        assert_eq!(after(&mut width, 5, |_| 8), 1, "64 kbit/s");
        assert!(after(&mut width, 20, |_| 32) <= 7, "256 kbit/s");
        assert!(after(&mut width, 40, |streams| u64::from(streams) * 40) >= 12, "the line is good again");
    }
}
