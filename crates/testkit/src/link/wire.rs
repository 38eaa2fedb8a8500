//! The arithmetic of a bad line, without a clock: when a packet may leave, and when it arrives.
//!
//! One [`Wire`] is one direction: packets stand in one queue before it and leave at its rate. One [`Flow`] is one
//! sender with a window, as all senders have that take loss for congestion: the window doubles every round trip
//! until the first loss, then grows by half a packet a round trip and falls to 0.7 with each round of losses. A lost
//! packet is sent again a round trip later, or after the retransmission timeout where the window is too small to
//! notice otherwise; nothing behind it is handed over before. A full queue loses packets as well.
//! That is Cubic's friendly region (RFC 9438, 4.3), in which it stays at the windows of such lines.

use std::collections::VecDeque;

use super::LinkPlan;
use crate::Dice;

/// Bytes of a program in one packet: an Ethernet frame without the headers of IP and TCP.
pub const PACKET: usize = 1_448;
/// Bytes of headers that go with each packet.
const HEADERS: u64 = 52;
/// The first window (RFC 6928).
const FIRST_WINDOW: f64 = 10.0;
/// No window is larger, in packets.
const LARGEST_WINDOW: f64 = 2_048.0;
/// What a round of losses leaves of the window.
const SHRINK: f64 = 0.7;
/// Packets by which the window grows in a round trip after the first loss (RFC 9438, 4.3).
const GROWTH: f64 = 3.0 * (1.0 - SHRINK) / (1.0 + SHRINK);
/// The least wait for an acknowledgement, in microseconds, on top of the round trip (Linux).
const LEAST_TIMEOUT: u64 = 200_000;

/// One direction of the line.
#[derive(Debug)]
pub struct Wire {
    rate: u64,
    delay: u64,
    queue: u64,
    loss: u32,
    dice: Dice,
    free_at: u64,
    passed: u64,
    lost: u64,
}

/// What became of a packet, in microseconds on the caller's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// When the reader may have it, after everything that was sent before it.
    pub arrives: u64,
    /// How often it had to be sent.
    pub times: u32,
}

impl Wire {
    /// A direction of the planned line; `number` tells its dice apart.
    #[must_use]
    pub fn new(plan: LinkPlan, number: u64) -> Self {
        Self {
            rate: plan.rate.max(1),
            delay: u64::try_from(plan.delay.as_micros()).unwrap_or(u64::MAX),
            queue: plan.queue,
            loss: plan.loss,
            dice: Dice::new(plan.seed ^ (number << 32)),
            free_at: 0,
            passed: 0,
            lost: 0,
        }
    }

    /// Sets another rate, in bits a second.
    pub fn set_rate(&mut self, rate: u64) {
        self.rate = rate.max(1);
    }

    /// Bytes that went over the line, with headers and repetitions.
    #[must_use]
    pub const fn passed(&self) -> u64 {
        self.passed
    }

    /// Packets that were lost.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Sends a packet of `bytes` at `now`, which [`Flow::may_send_at`] has named.
    pub fn send(&mut self, flow: &mut Flow, bytes: usize, now: u64) -> Sent {
        let wait = (bytes as u64 + HEADERS) * 8_000_000 / self.rate;
        let round_trip = 2 * self.delay;
        let (mut at, mut times, mut timeout) = (now, 1, round_trip + LEAST_TIMEOUT);
        let own = loop {
            let backlog = self.free_at.saturating_sub(at);
            let is_full = backlog * self.rate / 8_000_000 > self.queue;
            let leaves = if is_full { at + backlog } else { at.max(self.free_at) + wait };
            if !is_full {
                // What is sent again takes its share of the line too, but does not keep it free until then.
                self.free_at = if times == 1 { leaves } else { self.free_at + wait };
                self.passed += bytes as u64 + HEADERS;
            }
            if !is_full && !self.dice.is_hit(self.loss) {
                break leaves + self.delay;
            }
            self.lost += 1;
            let is_noticed = flow.window >= 4.0 && times == 1;
            flow.shrink(leaves, round_trip, is_noticed);
            at = leaves + if is_noticed { round_trip } else { timeout };
            timeout = if is_noticed { timeout } else { timeout * 2 };
            times += 1;
        };
        flow.sent(own, self.delay, times)
    }
}

/// One sender and what it has under way.
#[derive(Debug)]
pub struct Flow {
    window: f64,
    threshold: f64,
    /// When what is under way will have been acknowledged.
    acknowledged: VecDeque<u64>,
    /// Losses before this moment belong to a round that has been answered for.
    mended_at: u64,
    handed_over: u64,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            window: FIRST_WINDOW,
            threshold: LARGEST_WINDOW,
            acknowledged: VecDeque::new(),
            mended_at: 0,
            handed_over: 0,
        }
    }
}

impl Flow {
    /// When the next packet may leave: at once, or when the window has room again.
    pub fn may_send_at(&mut self, now: u64) -> u64 {
        self.acknowledged.make_contiguous().sort_unstable();
        while self.acknowledged.front().is_some_and(|at| *at <= now) {
            self.acknowledged.pop_front();
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 2,048")]
        let window = self.window as usize;
        match self.acknowledged.len().checked_sub(window) {
            Some(over) => self.acknowledged[over],
            None => now,
        }
    }

    fn shrink(&mut self, at: u64, round_trip: u64, is_noticed: bool) {
        if at >= self.mended_at {
            self.threshold = (self.window * SHRINK).max(2.0);
            self.window = if is_noticed { self.threshold } else { 1.0 };
            self.mended_at = at + round_trip;
        }
    }

    fn sent(&mut self, own: u64, back: u64, times: u32) -> Sent {
        if times == 1 {
            self.window += if self.window < self.threshold { 1.0 } else { GROWTH / self.window };
            self.window = self.window.min(LARGEST_WINDOW);
        }
        self.acknowledged.push_back(own + back);
        self.handed_over = self.handed_over.max(own);
        Sent { arrives: self.handed_over, times }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Megabits a second that so many senders bring over a line in a minute, and the share of it that was of use.
    fn goodput(plan: LinkPlan, senders: usize) -> (f64, f64) {
        let mut wire = Wire::new(plan, 0);
        let mut flows: Vec<Flow> = (0..senders).map(|_| Flow::default()).collect();
        let (minute, mut bytes, mut now) = (60_000_000, 0, 0);
        while now < minute {
            let times = flows.iter_mut().map(|flow| flow.may_send_at(now)).enumerate();
            let (next, at) = times.min_by_key(|(number, at)| (*at, *number)).unwrap_or_default();
            now = at;
            let sent = wire.send(&mut flows[next], PACKET, at);
            if sent.arrives < minute {
                bytes += PACKET as u64;
            }
        }
        (bytes as f64 * 8.0 / 60e6, bytes as f64 / wire.passed() as f64)
    }

    #[test]
    fn a_line_without_loss_carries_its_rate_and_no_more() {
        for rate in [256_000, 4_000_000, 20_000_000] {
            let (megabits, useful) = goodput(LinkPlan::village(1).at_rate(rate), 4);

            let share = megabits * 1e6 / rate as f64;
            assert!((0.80..=1.0).contains(&share), "{share} of {rate}");
            assert!(useful > 0.85, "{useful}");
        }
    }

    #[test]
    fn loss_costs_one_sender_what_was_measured_and_more_senders_win_it_back() {
        // sync.md 3.1, megabits a second: one, eight and sixteen senders of the system under real packet loss.
        let measured = [(1, [0.58, 2.8, 3.4]), (3, [0.28, 1.8, 2.5]), (8, [0.15, 1.05, 1.8])];
        for (percent, figures) in measured {
            for (senders, figure) in [1, 8, 16].into_iter().zip(figures) {
                let (megabits, _) = goodput(LinkPlan::village(7).losing(percent), senders);
                println!("{percent} % {senders} senders: {megabits:.2}, measured {figure}");
                assert!(
                    (figure * 0.5..=figure * 1.8).contains(&megabits),
                    "{percent} % with {senders} senders: {megabits:.2}, measured {figure}"
                );
            }
        }
    }

    #[test]
    fn nothing_overtakes_what_was_sent_before_it() {
        let (mut wire, mut flow) = (Wire::new(LinkPlan::village(3).losing(8), 0), Flow::default());
        let (mut now, mut last, mut again) = (0, 0, 0);
        for _ in 0..2_000 {
            now = flow.may_send_at(now);
            let sent = wire.send(&mut flow, PACKET, now);
            assert!(sent.arrives >= last && sent.arrives >= now + 100_000, "{sent:?} after {last}");
            last = sent.arrives;
            again += u64::from(sent.times - 1);
        }

        assert_eq!(again, wire.lost());
        assert!((80..320).contains(&again), "about 8 of 100: {again}");
    }

    #[test]
    fn the_same_seed_loses_the_same_packets() {
        assert_eq!(goodput(LinkPlan::village(5).losing(3), 3), goodput(LinkPlan::village(5).losing(3), 3));
        assert_ne!(goodput(LinkPlan::village(5).losing(3), 3), goodput(LinkPlan::village(6).losing(3), 3));
    }
}
