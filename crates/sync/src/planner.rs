//! What to do next. Pure: no network, no disk, no clock, no dice; `step(event) → effects`.
//!
//! The planner decides when there is a round, what it offers and reads, how long to pause, what is told, and which blob
//! travels. [`crate::Driver`] executes its effects; the simulator executes the same effects in a world of its own.

mod judge;
mod lanes;
mod news;
mod pace;
mod plan;
mod pull;
mod push;
mod round;
mod rules;
mod talk;
mod telling;
mod width;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use satchel_failure::Explain as _;
use satchel_terms::Hash;

use crate::exchange::Report;
use crate::trust::Trust;
use crate::{Contact, FeedPage, Happened, Identity, Mode, SyncError};
use lanes::{LaneErrand, Lanes, Want};
use push::Stuck;
use round::Errand as RoundErrand;
use telling::{call_person, count, log};

pub use judge::{Judged, Unjudged};
pub use pace::{Backoff, Patience};
pub(crate) use plan::pool_head;
pub use plan::{Known, OwnHead, Plan, plan};
pub(crate) use push::{OFFER_BYTES, OFFER_RECORDS, offer};
pub(crate) use round::{Asks, Ended, Round};
pub use rules::{Night, Rules};
pub use talk::{Answer, Effect, Event, LibraryAsk, Memory, Moment, Pin, PoolAsk, Question, Ticket};
pub use width::Width;

/// A stream that the pool refuses to take further is offered again after this.
const STUCK_PAUSE_MS: u64 = 900_000;

/// What a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Errand {
    Line,
    Round(RoundErrand),
    News,
    Pause,
    Lane(LaneErrand),
}

/// Where the records stand.
#[derive(Debug)]
enum State {
    /// Rests on request, or has not begun.
    Still,
    /// Asks whether there is a pool; `None` in between.
    Connecting,
    /// No pool is pinned: rests until it is called.
    Alone,
    /// A round is under way.
    Round(Box<Round>),
    /// Waits for news above a place, asked for at this moment.
    News { head: u64, since: u64 },
    /// Pauses before it asks for news above a place again.
    Between { head: u64 },
    /// Pauses before the next round.
    Resting,
}

/// A time without a way to the pool.
#[derive(Debug)]
struct Outage {
    since: u64,
    tries: u32,
    /// What was logged of it.
    codes: BTreeSet<&'static str>,
}

/// The exchange of one library as a machine without hands.
#[derive(Debug)]
pub struct Planner {
    identity: Identity,
    protocol: u32,
    mode: Mode,
    state: State,
    lanes: Lanes,
    backoff: Backoff,
    patience: Patience,
    contact: Contact,
    trust: Option<Trust>,
    parcels: VecDeque<(u64, FeedPage)>,
    is_called: bool,
    /// Whether others' records have to be offered once: a crash may have come between a new epoch and that.
    owes_others: bool,
    told: BTreeSet<Hash>,
    trouble: Option<&'static str>,
    outage: Option<Outage>,
    stuck: BTreeMap<Stuck, u64>,
    next_ticket: u64,
    open: BTreeMap<Ticket, Errand>,
}

impl Planner {
    /// A planner at rest; [`Event::Lever`] starts it.
    #[must_use]
    pub fn new(identity: Identity, protocol: u32, highest_lane: u8) -> Self {
        Self {
            identity,
            protocol,
            mode: Mode::Pause,
            state: State::Still,
            lanes: Lanes::new(highest_lane),
            backoff: Backoff::default(),
            patience: Patience::default(),
            contact: Contact::default(),
            trust: None,
            parcels: VecDeque::new(),
            is_called: false,
            owes_others: true,
            told: BTreeSet::new(),
            trouble: None,
            outage: None,
            stuck: BTreeMap::new(),
            next_ticket: 0,
            open: BTreeMap::new(),
        }
    }

    /// The same, asking the pool to hold a question for news no longer than this.
    #[must_use]
    pub fn waiting_at_most(self, most: Duration) -> Self {
        Self { patience: Patience::at_most(most), ..self }
    }

    /// How the laptop stands with its pool.
    #[must_use]
    pub const fn contact(&self) -> &Contact {
        &self.contact
    }

    /// Whether no answer is waited for.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes in what happened, and says what to do.
    pub fn step(&mut self, event: Event, now: Moment) -> Vec<Effect> {
        let mut out = Vec::new();
        match event {
            Event::Now => self.call(now, &mut out),
            Event::OtherWay => {
                self.patience.begin_anew();
                self.call(now, &mut out);
            }
            Event::Lever(mode) => self.lever(mode, now, &mut out),
            Event::Lanes(lane) => {
                let wants = self.lanes.highest(lane, now);
                self.want(wants, &mut out);
            }
            Event::Rules(rules) => {
                let wants = self.lanes.rule(rules, now);
                self.want(wants, &mut out);
            }
            Event::Parcel { after, page } => {
                self.parcels.push_back((after, page));
                self.call(now, &mut out);
            }
            Event::Answer { ticket, outcome } => {
                if let Some(errand) = self.open.remove(&ticket) {
                    self.answer(errand, outcome, now, &mut out);
                }
            }
        }
        out
    }

    fn answer(
        &mut self,
        errand: Errand,
        outcome: Result<Answer, SyncError>,
        now: Moment,
        out: &mut Vec<Effect>,
    ) {
        match errand {
            Errand::Line => self.line(outcome, now, out),
            Errand::Round(errand) => {
                if let State::Round(round) = &mut self.state {
                    let asks = round.step(errand, outcome);
                    if let Some(records) = round.newly_pushed() {
                        out.push(Effect::Tell(Happened::Pushed { records }));
                        out.push(log("info", "sync.pushed", vec![("records", records.to_string())]));
                    }
                    self.ask_round(asks, out);
                    self.end_round(now, out);
                }
            }
            Errand::News => self.news(outcome, now, out),
            Errand::Pause => match self.state {
                State::Between { head } => self.ask_news(head, now, out),
                _ => self.begin(out),
            },
            Errand::Lane(errand) => {
                let wants = self.lanes.step(errand, outcome, now);
                self.want(wants, out);
            }
        }
    }

    fn call(&mut self, now: Moment, out: &mut Vec<Effect>) {
        self.is_called = true;
        self.heed_call(out);
        let wants = self.lanes.wake(now);
        self.want(wants, out);
    }

    /// Begins a round for a call, if nothing else is under way.
    fn heed_call(&mut self, out: &mut Vec<Effect>) {
        let may_begin =
            matches!(self.state, State::Alone | State::News { .. } | State::Between { .. } | State::Resting);
        if self.is_called && may_begin && self.mode == Mode::Run {
            self.drop_wait(out);
            self.begin(out);
        }
    }

    fn lever(&mut self, mode: Mode, now: Moment, out: &mut Vec<Effect>) {
        if self.mode == Mode::Stop {
            return;
        }
        self.mode = mode;
        if mode == Mode::Run {
            if matches!(self.state, State::Still) {
                self.begin(out);
            }
        } else if matches!(
            self.state,
            State::Alone | State::News { .. } | State::Between { .. } | State::Resting
        ) {
            self.drop_wait(out);
            self.state = State::Still;
        }
        let wants = self.lanes.lever(mode == Mode::Run, now);
        self.want(wants, out);
    }

    /// The next round, or the parcel that waits.
    fn begin(&mut self, out: &mut Vec<Effect>) {
        if self.mode != Mode::Run {
            self.state = State::Still;
            return;
        }
        self.is_called = false;
        self.state = State::Connecting;
        self.ask(Errand::Line, Question::Line, out);
    }

    fn line(&mut self, outcome: Result<Answer, SyncError>, now: Moment, out: &mut Vec<Effect>) {
        match outcome {
            _ if self.mode != Mode::Run => self.state = State::Still,
            Ok(Answer::Line(true)) => self.begin_round(now, out),
            Ok(_) => {
                self.state = State::Alone;
                self.heed_call(out);
            }
            Err(error) => self.rest(&error, now, out),
        }
    }

    fn begin_round(&mut self, now: Moment, out: &mut Vec<Effect>) {
        self.stuck.retain(|_, until| *until > now.since_start);
        let held = self.stuck.keys().copied().collect();
        let mut round = Round::new(&self.identity, self.protocol, self.trust.take(), held);
        let asks = match self.parcels.pop_front() {
            Some((after, page)) => round.begin_parcel(after, page),
            None => {
                if self.owes_others {
                    round = round.offering_others();
                }
                round.begin()
            }
        };
        self.state = State::Round(Box::new(round));
        self.ask_round(asks, out);
    }

    fn end_round(&mut self, now: Moment, out: &mut Vec<Effect>) {
        let is_open = self.open.values().any(|errand| matches!(errand, Errand::Round(_)));
        if is_open || !matches!(self.state, State::Round(_)) {
            return;
        }
        let State::Round(round) = std::mem::replace(&mut self.state, State::Still) else { return };
        let was_parcel = round.is_parcel();
        let Ended { outcome, trust, stuck, owes_others } = round.end();
        if !was_parcel {
            self.owes_others = owes_others;
        }
        self.trust = trust;
        if outcome.as_ref().is_ok_and(|report| report.is_new_epoch) {
            self.stuck.clear();
        }
        for one in stuck {
            self.stuck.insert(one, now.since_start + STUCK_PAUSE_MS);
        }
        match outcome {
            Ok(report) if was_parcel => self.unpacked(report, out),
            Ok(report) => self.reached(report, now, out),
            Err(error) => self.rest(&error, now, out),
        }
    }

    /// A parcel was read; what did not fit it is told, and the line is asked as before.
    fn unpacked(&mut self, report: Report, out: &mut Vec<Effect>) {
        if let Some(error) = &report.pull_error {
            out.push(log("warn", error.code(), error.params()));
        }
        self.tell_report(report, out);
        self.begin(out);
    }

    /// Tells what a round brought, and waits for news or pauses.
    fn reached(&mut self, mut report: Report, now: Moment, out: &mut Vec<Effect>) {
        let (head, offset_ms) = (report.head, report.offset_ms);
        let (pull_error, push_error) = (report.pull_error.take(), report.push_error.take());
        let is_forked = matches!(push_error, Some(SyncError::Fork { .. }));
        if pull_error.is_none() {
            self.greet(offset_ms, head, is_forked, now, out);
        }
        self.tell_report(report, out);
        match (pull_error, push_error) {
            (None, None) => {
                self.backoff.reset();
                self.trouble = None;
                self.ask_news(head, now, out);
            }
            (Some(error), _) => self.rest(&error, now, out),
            (None, Some(SyncError::Stopped)) => self.begin(out),
            (None, Some(error)) => {
                if self.trouble != Some(error.code()) {
                    self.trouble = Some(error.code());
                    call_person(&error, out);
                    out.push(log("error", error.code(), error.params()));
                }
                if matches!(error, SyncError::Fork { .. } | SyncError::PushStuck { .. }) {
                    self.ask_news(head, now, out); // only a person helps; reading goes on undisturbed
                } else {
                    self.rest(&error, now, out);
                }
            }
        }
    }

    /// Notes that the pool answers and lets this laptop read.
    fn greet(&mut self, offset_ms: i64, head: u64, is_forked: bool, now: Moment, out: &mut Vec<Effect>) {
        let was_online = self.contact.is_online;
        let last_answer = Some(now.wall);
        self.contact = Contact { is_online: true, last_answer, code: None, offset_ms, head, is_forked };
        out.push(Effect::Contact(self.contact.clone()));
        if !was_online {
            out.push(Effect::Tell(Happened::PoolReached { offset_ms }));
            let mut params = vec![("offsetMs", offset_ms.to_string())];
            if let Some(outage) = self.outage.take() {
                let minutes = now.since_start.saturating_sub(outage.since).div_ceil(60_000);
                params.push(("minutes", minutes.to_string()));
                params.push(("tries", outage.tries.to_string()));
            }
            out.push(log("info", "sync.reached", params));
            let wants = self.lanes.contact(true, now);
            self.want(wants, out);
        }
    }

    fn tell_report(&mut self, report: Report, out: &mut Vec<Effect>) {
        if report.took > 0 {
            let (stories, clips, records) = (report.stories, report.clips, report.took);
            out.push(Effect::Tell(Happened::Took { stories, clips, records }));
            out.push(log("info", "sync.took", count(records)));
        }
        if report.quarantined > 0 {
            out.push(log("warn", "sync.quarantined", count(report.quarantined)));
        }
        for (record, code) in report.rejected {
            if self.told.insert(record) {
                out.push(log("error", "sync.rejected", vec![("code", code.clone())]));
                out.push(Effect::Tell(Happened::Rejected { record, code }));
            }
        }
    }

    /// Says that there is no way, once, and pauses.
    fn rest(&mut self, error: &SyncError, now: Moment, out: &mut Vec<Effect>) {
        if matches!(error, SyncError::Stopped) {
            self.begin(out);
            return;
        }
        let begun = || Outage { since: now.since_start, tries: 0, codes: BTreeSet::new() };
        let outage = self.outage.get_or_insert_with(begun);
        outage.tries += 1;
        let is_unlogged = outage.codes.insert(error.code());
        if self.contact.is_online || self.contact.code != Some(error.code()) {
            self.contact.is_online = false;
            self.contact.code = Some(error.code());
            out.push(Effect::Contact(self.contact.clone()));
            out.push(Effect::Tell(Happened::PoolLost { code: error.code() }));
            call_person(error, out);
            if is_unlogged {
                out.push(log("warn", error.code(), error.params()));
            }
            let wants = self.lanes.contact(false, now);
            self.want(wants, out);
        }
        let retry_after = if let SyncError::PoolBusy { retry_after } = error { *retry_after } else { None };
        let pause = self.backoff.next(error.needs_person() && !error.may_pass(), retry_after, now.dice);
        self.pause(pause, out);
    }

    fn pause(&mut self, pause: Duration, out: &mut Vec<Effect>) {
        if self.mode != Mode::Run || self.is_called {
            self.begin(out);
            return;
        }
        self.state = State::Resting;
        self.ask(Errand::Pause, Question::Sleep(pause), out);
    }

    fn ask(&mut self, errand: Errand, question: Question, out: &mut Vec<Effect>) {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.open.insert(ticket, errand);
        out.push(Effect::Ask { ticket, question });
    }

    fn ask_round(&mut self, asks: round::Asks, out: &mut Vec<Effect>) {
        for (errand, question) in asks {
            if matches!(question, Question::Library(LibraryAsk::ReopenTransfers)) {
                self.lanes.rebuilt();
            }
            self.ask(Errand::Round(errand), question, out);
        }
    }

    fn want(&mut self, wants: Vec<Want>, out: &mut Vec<Effect>) {
        for want in wants {
            match want {
                Want::Ask(errand, question) => self.ask(Errand::Lane(errand), question, out),
                Want::Do(effect) => out.push(effect),
                Want::Drop(errand) => self.drop_errand(Errand::Lane(errand), out),
                Want::BreakOff(key) => {
                    let travels = Errand::Lane(LaneErrand::Travel(key));
                    let found = self.open.iter().find(|(_, errand)| **errand == travels);
                    if let Some((ticket, _)) = found {
                        out.push(Effect::BreakOff(*ticket));
                    }
                }
            }
        }
    }

    fn drop_wait(&mut self, out: &mut Vec<Effect>) {
        self.drop_errand(Errand::News, out);
        self.drop_errand(Errand::Pause, out);
    }

    fn drop_errand(&mut self, errand: Errand, out: &mut Vec<Effect>) {
        let tickets: Vec<_> =
            self.open.iter().filter(|(_, open)| **open == errand).map(|(ticket, _)| *ticket).collect();
        for ticket in tickets {
            self.open.remove(&ticket);
            out.push(Effect::Drop(ticket));
        }
    }
}
