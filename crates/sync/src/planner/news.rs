//! Waiting for news: one question that the pool holds for long.

use std::time::Duration;

use super::talk::{Answer, Effect, Moment, PoolAsk, Question};
use super::{Errand, Planner, State};
use crate::{Mode, SyncError};

/// How long a broken long question waits before the next round, at most: some lines cut long questions.
const AFTER_BROKEN_WAIT: Duration = Duration::from_secs(5);
/// A pool that answers sooner without news is not asked again before this.
const SHORTEST_WAIT: Duration = Duration::from_secs(2);

impl Planner {
    /// Asks for news; a call that came meanwhile, or a parcel, goes first.
    pub(super) fn ask_news(&mut self, head: u64, now: Moment, out: &mut Vec<Effect>) {
        if self.mode != Mode::Run || self.is_called || !self.parcels.is_empty() {
            self.begin(out);
            return;
        }
        self.state = State::News { head, since: now.since_start };
        let again = self.stuck.values().min().map_or(Duration::MAX, |until| {
            Duration::from_millis(until.saturating_sub(now.since_start)).max(SHORTEST_WAIT)
        });
        let wait = self.patience.asks(now.since_start).min(again);
        self.ask(Errand::News, Question::Pool(PoolAsk::News { head, wait }), out);
    }

    /// Another newest place means a round; a lower one, that the pool was rebuilt.
    pub(super) fn news(&mut self, outcome: Result<Answer, SyncError>, now: Moment, out: &mut Vec<Effect>) {
        let State::News { head, since } = self.state else { return };
        let asked = Duration::from_millis(now.since_start.saturating_sub(since));
        match outcome {
            Ok(Answer::News(newest)) if newest == head && !self.is_stuck_long(now) => {
                self.patience.was_quiet(asked, now.since_start);
                self.contact.last_answer = Some(now.wall);
                out.push(Effect::Contact(self.contact.clone()));
                self.state = State::Between { head };
                self.ask(Errand::Pause, Question::Sleep(SHORTEST_WAIT.saturating_sub(asked)), out);
            }
            Ok(_) | Err(SyncError::Stopped) => self.begin(out),
            Err(_) => {
                self.patience.broke(asked, now.since_start);
                self.pause(AFTER_BROKEN_WAIT.mul_f64(now.dice.clamp(0.1, 1.0)), out);
            }
        }
    }

    /// Whether something was refused so long ago that it is offered again.
    fn is_stuck_long(&self, now: Moment) -> bool {
        self.stuck.values().any(|until| *until <= now.since_start)
    }
}
