//! Which blob travels when: the smallest of the lowest lane first, while the pool can be reached.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use satchel_failure::{Explain as _, Remedy};
use satchel_store::{Direction, StoreError, TransferRow, TransferState};
use satchel_terms::{Hash, Stamp};

use super::pace::Backoff;
use super::rules::Rules;
use super::talk::{Answer, Effect, LibraryAsk, Moment, Question};
use crate::blobs::SMALL;
use crate::{Happened, SyncError};

/// How often the wishes are looked at without being asked.
const LOOK: Duration = Duration::from_secs(5);
/// How often a moving original looks whether it has to give way.
const YIELD: Duration = Duration::from_secs(1);
/// How many small files travel at once.
const SMALL_AT_ONCE: usize = 8;
/// Attempts without a byte moving before a blob waits for a person.
const MOST_TRIES: u32 = 12;

/// A blob and its way.
pub(super) type Key = (Hash, bool);

/// Which of the lanes' errands a question belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LaneErrand {
    /// What wishes to travel.
    Look,
    /// A pause before the next look.
    Rest,
    /// A pause before looking for what goes first.
    Yield,
    /// What would go first now.
    First,
    /// Writing down that a blob moves.
    Depart(Key),
    /// A journey.
    Travel(Key),
    /// Writing down how a journey ended.
    Settle(Key),
}

/// What the lanes want.
pub(super) enum Want {
    /// Ask this.
    Ask(LaneErrand, Question),
    /// Any other effect.
    Do(Effect),
    /// No answer to the open question of this errand is wanted.
    Drop(LaneErrand),
    /// Break off the journey of this blob.
    BreakOff(Key),
}

/// The lanes of blobs.
#[derive(Debug)]
pub(super) struct Lanes {
    highest: u8,
    rules: Rules,
    is_online: bool,
    is_running: bool,
    state: State,
    under_way: BTreeMap<Key, TransferRow>,
    /// What is told once the end of a journey is written down.
    telling: BTreeMap<Key, Vec<Effect>>,
    /// Blobs under way whose arrival no longer counts: the pool was rebuilt meanwhile.
    doubted: BTreeSet<Key>,
    /// Whether all of the batch went on well, so that the next look may follow at once.
    is_going: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Still,
    Looking,
    Resting,
    Moving,
}

impl Lanes {
    pub(super) const fn new(highest: u8) -> Self {
        Self {
            highest,
            rules: Rules { is_metered: false, night: None, utc_offset: 0 },
            is_online: false,
            is_running: false,
            state: State::Still,
            under_way: BTreeMap::new(),
            telling: BTreeMap::new(),
            doubted: BTreeSet::new(),
            is_going: true,
        }
    }

    /// The lever was moved.
    pub(super) fn lever(&mut self, is_running: bool, now: Moment) -> Vec<Want> {
        self.is_running = is_running;
        if is_running {
            return self.wake(now);
        }
        match self.state {
            State::Resting => {
                self.state = State::Still;
                vec![Want::Drop(LaneErrand::Rest)]
            }
            State::Moving => self.break_off(|_| true),
            State::Still | State::Looking => Vec::new(),
        }
    }

    /// The pool was reached or lost.
    pub(super) fn contact(&mut self, is_online: bool, now: Moment) -> Vec<Want> {
        self.is_online = is_online;
        self.wake(now)
    }

    /// Another lane is the highest.
    pub(super) fn highest(&mut self, lane: u8, now: Moment) -> Vec<Want> {
        self.highest = lane;
        self.obey(now)
    }

    /// The person chose when originals may travel.
    pub(super) fn rule(&mut self, rules: Rules, now: Moment) -> Vec<Want> {
        self.rules = rules;
        self.obey(now)
    }

    fn obey(&mut self, now: Moment) -> Vec<Want> {
        if self.state == State::Moving { self.break_off(|row| !self.may(row, now)) } else { self.wake(now) }
    }

    /// Whether a blob may travel at this moment.
    fn may(&self, row: &TransferRow, now: Moment) -> bool {
        row.is_urgent || row.lane <= self.highest.min(self.rules.highest(now.wall))
    }

    /// The pool was rebuilt: what arrived before may be gone.
    pub(super) fn rebuilt(&mut self) {
        self.doubted = self.under_way.keys().copied().collect();
    }

    /// Somebody wants a look at once.
    pub(super) fn wake(&mut self, now: Moment) -> Vec<Want> {
        let mut wants = Vec::new();
        if self.state == State::Resting {
            wants.push(Want::Drop(LaneErrand::Rest));
            self.state = State::Still;
        }
        if self.state == State::Still && self.is_running {
            wants.extend(self.look(now));
        }
        wants
    }

    /// A question was answered.
    pub(super) fn step(
        &mut self,
        errand: LaneErrand,
        outcome: Result<Answer, SyncError>,
        now: Moment,
    ) -> Vec<Want> {
        match errand {
            LaneErrand::Look => self.looked(outcome, now),
            LaneErrand::Rest => {
                self.state = State::Still;
                self.wake(now)
            }
            LaneErrand::Yield => {
                let mut wants = self.break_off(|row| !self.may(row, now));
                if wants.is_empty() {
                    let question =
                        Question::Library(LibraryAsk::Wishes { lane: None, due_at: now.wall, limit: 1 });
                    wants = self.if_original(LaneErrand::First, question);
                }
                wants
            }
            LaneErrand::First => self.give_way(&outcome, now),
            LaneErrand::Depart(key) => self.departed(key, outcome, now),
            LaneErrand::Travel(key) => self.travelled(key, outcome, now),
            LaneErrand::Settle(key) if self.doubted.contains(&key) => {
                self.telling.remove(&key);
                self.travelled(key, Err(SyncError::Stopped), now)
            }
            LaneErrand::Settle(key) => {
                self.is_going &= outcome.is_ok();
                let told = self.telling.remove(&key).filter(|_| outcome.is_ok()).unwrap_or_default();
                let mut wants: Vec<_> = told.into_iter().map(Want::Do).collect();
                wants.extend(self.arrived(key, now));
                wants
            }
        }
    }

    fn look(&mut self, now: Moment) -> Vec<Want> {
        if !self.is_online {
            return Vec::new(); // contact wakes it
        }
        self.state = State::Looking;
        vec![Want::Ask(
            LaneErrand::Look,
            Question::Library(LibraryAsk::Wishes { lane: None, due_at: now.wall, limit: SMALL_AT_ONCE }),
        )]
    }

    fn rest(&mut self) -> Vec<Want> {
        self.state = State::Resting;
        vec![Want::Ask(LaneErrand::Rest, Question::Sleep(LOOK))]
    }

    fn looked(&mut self, outcome: Result<Answer, SyncError>, now: Moment) -> Vec<Want> {
        if !self.is_running {
            self.state = State::Still;
            return Vec::new();
        }
        let rows = match outcome {
            Ok(Answer::Wishes(mut rows)) => {
                rows.retain(|row| self.may(row, now));
                batch(rows)
            }
            _ => Vec::new(),
        };
        if rows.is_empty() {
            return self.rest();
        }
        self.state = State::Moving;
        self.is_going = true;
        let mut wants = Vec::new();
        for mut row in rows {
            row.state = TransferState::Moving;
            let key = key(&row);
            self.under_way.insert(key, row.clone());
            wants.push(Want::Ask(LaneErrand::Depart(key), Question::Library(LibraryAsk::Save(row))));
        }
        wants.extend(self.if_original(LaneErrand::Yield, Question::Sleep(YIELD)));
        wants
    }

    /// Asks only while an original moves.
    fn if_original(&self, errand: LaneErrand, question: Question) -> Vec<Want> {
        let moves = self.state == State::Moving && self.under_way.values().any(|row| row.lane > SMALL);
        if moves { vec![Want::Ask(errand, question)] } else { Vec::new() }
    }

    /// An original rests when a smaller file waits, or another original that was asked for at once.
    fn give_way(&mut self, outcome: &Result<Answer, SyncError>, now: Moment) -> Vec<Want> {
        let rank = |row: &TransferRow| (row.lane, !row.is_urgent);
        if let Ok(Answer::Wishes(rows)) = outcome
            && let Some(first) = rows.first()
            && self.may(first, now)
            && !self.under_way.contains_key(&key(first))
        {
            let wants = self.break_off(|row| row.lane > SMALL && rank(first) < rank(row));
            if !wants.is_empty() {
                return wants;
            }
        }
        self.if_original(LaneErrand::Yield, Question::Sleep(YIELD))
    }

    fn break_off(&self, which: impl Fn(&TransferRow) -> bool) -> Vec<Want> {
        let rows = self.under_way.iter().filter(|(_, row)| which(row));
        rows.map(|(key, _)| Want::BreakOff(*key)).collect()
    }

    fn departed(&mut self, key: Key, outcome: Result<Answer, SyncError>, now: Moment) -> Vec<Want> {
        if outcome.is_ok() && !self.is_running {
            return self.travelled(key, Err(SyncError::Stopped), now);
        }
        match self.under_way.get(&key) {
            Some(row) if outcome.is_ok() => {
                vec![Want::Ask(LaneErrand::Travel(key), Question::Carry(row.clone()))]
            }
            _ => {
                self.is_going = false;
                self.arrived(key, now)
            }
        }
    }

    fn travelled(&mut self, key: Key, outcome: Result<Answer, SyncError>, now: Moment) -> Vec<Want> {
        let Some(row) = self.under_way.get_mut(&key) else { return Vec::new() };
        let (outcome, done) = match outcome {
            Ok(Answer::Carried { outcome, done_bytes }) => (outcome, done_bytes),
            Ok(_) => (Ok(()), row.total),
            Err(error) => (Err(error), row.done_bytes),
        };
        let is_doubted = self.doubted.remove(&key);
        let outcome = if is_doubted && outcome.is_ok() { Err(SyncError::Stopped) } else { outcome };
        let (row, effects, is_going) = settle(row, outcome, done, now);
        self.is_going &= is_going;
        self.telling.insert(key, effects);
        vec![Want::Ask(LaneErrand::Settle(key), Question::Library(LibraryAsk::Save(row)))]
    }

    /// One of the batch is done with; after the last the next look follows.
    fn arrived(&mut self, key: Key, now: Moment) -> Vec<Want> {
        self.under_way.remove(&key);
        if !self.under_way.is_empty() {
            return Vec::new();
        }
        let mut wants = vec![Want::Drop(LaneErrand::Yield), Want::Drop(LaneErrand::First)];
        self.state = State::Still;
        if self.is_running {
            wants.extend(if self.is_going { self.look(now) } else { self.rest() });
        }
        wants
    }
}

/// What goes next: one original, or a few small files of the same lane.
fn batch(mut rows: Vec<TransferRow>) -> Vec<TransferRow> {
    if rows.first().is_some_and(|first| first.lane > SMALL) {
        rows.truncate(1);
    }
    let lane = rows.first().map_or(0, |first| first.lane);
    rows.retain(|row| row.lane == lane);
    rows
}

pub(super) fn key(row: &TransferRow) -> Key {
    (row.root, row.direction == Direction::Up)
}

/// How a blob's journey is written down and told, and whether the next may follow at once.
fn settle(
    row: &TransferRow,
    outcome: Result<(), SyncError>,
    done: u64,
    now: Moment,
) -> (TransferRow, Vec<Effect>, bool) {
    let mut row = row.clone();
    let has_moved = done > row.done_bytes;
    row.done_bytes = done;
    match outcome {
        Ok(()) => {
            let effects = whole(&mut row, now);
            (row, effects, true)
        }
        Err(SyncError::Stopped) => {
            row.state = TransferState::Waiting;
            (row, Vec::new(), true)
        }
        Err(SyncError::BeingMade { seconds }) => {
            let is_new = !std::mem::replace(&mut row.is_making, true);
            row.state = TransferState::Waiting;
            row.next_try = now.wall + Stamp::from(seconds) * 1_000;
            let effects = if is_new { making(&row) } else { Vec::new() };
            (row, effects, true)
        }
        Err(error) => {
            row.tries = if has_moved { 1 } else { row.tries + 1 };
            row.is_making &= !has_moved;
            let is_lost = matches!(error, SyncError::SourceChanged { .. } | SyncError::Wire(_))
                || matches!(&error, SyncError::Store(inner) if !matches!(inner, StoreError::DiskFull))
                || row.tries > MOST_TRIES && error.needs_person();
            row.state = if is_lost { TransferState::Failed } else { TransferState::Waiting };
            let pause = Backoff::after(row.tries - 1).next(error.needs_person(), None, now.dice);
            row.next_try = now.wall + i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2);
            let mut effects = Vec::new();
            if error.needs_person() {
                let news = Happened::NeedsYou { code: error.code(), params: error.params() };
                effects.push(Effect::Tell(news));
            }
            // That the line is gone is told once, by the records.
            if is_lost || error.remedy() != Remedy::WaitForNetwork {
                let mut params = error.params();
                params.push(("root", row.root.to_string()));
                let level = if is_lost { "error" } else { "warn" };
                effects.push(Effect::Log { level, code: error.code(), params });
            }
            (row, effects, is_lost)
        }
    }
}

/// That the pool makes a blob itself is told when it begins.
fn making(row: &TransferRow) -> Vec<Effect> {
    let params = vec![("root", row.root.to_string()), ("bytes", row.total.to_string())];
    let news = Happened::BlobMaking { root: row.root, subject: row.subject };
    vec![Effect::Log { level: "info", code: "sync.blob-making", params }, Effect::Tell(news)]
}

fn whole(row: &mut TransferRow, now: Moment) -> Vec<Effect> {
    row.state = TransferState::Pooled;
    row.is_making = false;
    row.next_try = now.wall; // since then
    row.done_bytes = row.total;
    row.tries = 0;
    let (root, subject) = (row.root, row.subject);
    let (code, news) = match row.direction {
        Direction::Up => ("sync.blob-pooled", Happened::BlobPooled { root, subject }),
        Direction::Down => ("sync.blob-here", Happened::BlobHere { root, subject }),
    };
    let params = vec![("root", root.to_string()), ("bytes", row.total.to_string())];
    vec![Effect::Log { level: "info", code, params }, Effect::Tell(news)]
}
