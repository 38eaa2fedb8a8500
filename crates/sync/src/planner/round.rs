//! One round: hello, then push and pull, neither in the other's way.

use std::collections::{BTreeSet, VecDeque};

use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::protocol::{Hello, agree};
use satchel_wire::{Kind, Record, Stream};

use super::plan::{Known, Plan, plan};
use super::pull::Pulling;
use super::push::{Pushing, Stuck};
use super::talk::{Answer, LibraryAsk, Memory, PoolAsk, Question};
use crate::exchange::Report;
use crate::trust::Trust;
use crate::{FeedPage, Identity, SyncError};

/// Most hellos of one round.
const MOST_PASSES: u8 = 3;

/// Which of a round's errands a question belongs to. Each has at most one question open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Errand {
    /// Hello, and what follows from it.
    Greet,
    /// Own records up.
    Push,
    /// The pool's order down.
    Pull,
    /// What others wrote and the pool lost.
    Others,
}

/// Questions of a round.
pub(crate) type Asks = Vec<(Errand, Question)>;

/// A round as far as it has come.
#[derive(Debug)]
pub(crate) struct Round {
    identity: Identity,
    protocol: u32,
    hello: Option<(Hello, Stamp)>,
    plan: Plan,
    notes: VecDeque<Question>,
    held: BTreeSet<Stuck>,
    trust: Option<Trust>,
    push: Option<Pushing>,
    pull: Option<Pulling>,
    passes: u8,
    /// Records that came in, or went into quarantine, before this pass.
    before: usize,
    is_parcel: bool,
    others: Others,
    /// What others wrote goes before own records or between them: a decision is judged after what it builds on, whoever
    /// wrote which.
    is_others_turn: bool,
    /// In that turn: own records that were offered among them, once there is something of others at all.
    mixed: Option<Vec<Hash>>,
    stuck: Vec<Stuck>,
    report: Report,
    /// Of the report's pushed records, those that were told.
    told: u64,
    failed: Option<SyncError>,
}

/// Whether others' records have to be offered: after a start, and after the pool was rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// Not now.
    Rest,
    /// Once the pool's order is read to its end.
    Due,
    /// Above this local number.
    Above(i64),
    /// All were offered.
    Done,
}

/// What is left of a round.
pub(crate) struct Ended {
    /// What it did, or why it could not begin.
    pub(crate) outcome: Result<Report, SyncError>,
    /// Keys, for the next round.
    pub(crate) trust: Option<Trust>,
    /// Streams that the pool refuses to take further.
    pub(crate) stuck: Vec<Stuck>,
    /// Whether others' records still have to be offered.
    pub(crate) owes_others: bool,
}

impl Round {
    /// A round of a device that speaks `protocol`.
    pub(crate) fn new(
        identity: &Identity,
        protocol: u32,
        trust: Option<Trust>,
        held: BTreeSet<Stuck>,
    ) -> Self {
        Self {
            identity: identity.clone(),
            protocol,
            hello: None,
            plan: Plan::default(),
            notes: VecDeque::new(),
            held,
            trust,
            push: None,
            pull: None,
            passes: 1,
            before: 0,
            is_parcel: false,
            others: Others::Rest,
            is_others_turn: false,
            mixed: None,
            stuck: Vec::new(),
            report: Report::default(),
            told: 0,
            failed: None,
        }
    }

    /// Offers what others wrote and the pool does not have: what a laptop nearby brought, before own records, so that
    /// an own decision comes after what it is about; what a rebuilt pool lost, once its order is read.
    pub(crate) const fn offering_others(mut self) -> Self {
        self.others = Others::Due;
        self
    }

    /// The first question.
    pub(crate) fn begin(&mut self) -> Asks {
        vec![(Errand::Greet, Question::Pool(PoolAsk::Hello))]
    }

    /// The first question of a round that reads a parcel and asks the pool nothing.
    pub(crate) fn begin_parcel(&mut self, after: u64, page: FeedPage) -> Asks {
        let pulling = Pulling::parcel(&self.identity, after, page, self.trust.take());
        let first = pulling.begin();
        self.is_parcel = true;
        self.pull = Some(pulling);
        vec![(Errand::Pull, first)]
    }

    /// Goes on. A round without further questions, asked or open, has [ended](Self::end).
    pub(crate) fn step(&mut self, errand: Errand, outcome: Result<Answer, SyncError>) -> Asks {
        match errand {
            Errand::Greet => self.greet(outcome),
            Errand::Push => self.pushing(outcome),
            Errand::Pull => self.pulling(outcome),
            Errand::Others => self.offering(outcome),
        }
    }

    /// Records that the pool holds since the last time this was asked: told while the rest of the round goes on.
    pub(crate) fn newly_pushed(&mut self) -> Option<u64> {
        let new = self.report.pushed - self.told;
        self.told = self.report.pushed;
        (new > 0).then_some(new)
    }

    /// Whether it reads a parcel.
    pub(crate) const fn is_parcel(&self) -> bool {
        self.is_parcel
    }

    /// What the round came to.
    pub(crate) fn end(self) -> Ended {
        let outcome = match self.failed {
            Some(error) => Err(error),
            None => Ok(self.report),
        };
        let owes_others = !matches!(self.others, Others::Rest | Others::Done);
        Ended { outcome, trust: self.trust, stuck: self.stuck, owes_others }
    }

    fn greet(&mut self, outcome: Result<Answer, SyncError>) -> Asks {
        match outcome.and_then(|answer| self.greeted(answer)) {
            Ok(asks) => asks,
            Err(error) if self.passes > 1 => {
                self.report.push_error = Some(error);
                Vec::new()
            }
            Err(error) => {
                self.failed = Some(error);
                Vec::new()
            }
        }
    }

    fn greeted(&mut self, answer: Answer) -> Result<Asks, SyncError> {
        match answer {
            Answer::Hello { hello, offset_ms } => {
                if hello.pool != self.identity.newsroom {
                    return Err(SyncError::NotOurPool);
                }
                if agree(self.protocol, hello.protocol_min, hello.protocol_max).is_none() {
                    let (min, max) = (hello.protocol_min, hello.protocol_max);
                    return Err(SyncError::OtherProtocol { min, max });
                }
                let heads = Question::Library(LibraryAsk::Heads(hello.mine.clone()));
                let now = hello.now - offset_ms;
                self.hello = Some((hello, now));
                Ok(vec![(Errand::Greet, heads)])
            }
            Answer::Heads(memory) => {
                self.plan(memory.ok_or(SyncError::NotOurPool)?);
                Ok(self.noted())
            }
            _ => Ok(self.noted()),
        }
    }

    /// Plans, and lists what has to be written down before anything moves. Blobs are looked at again before the new
    /// epoch is written down: a crash in between must not forget them.
    fn plan(&mut self, memory: Memory) {
        let Some((hello, now)) = &self.hello else { return };
        let known = Known { epoch: memory.epoch, cursor: memory.cursor, heads: memory.heads, now: *now };
        self.plan = plan(&known, hello);
        if self.plan.is_new_epoch {
            self.held.clear(); // it was another pool that refused
            self.others = Others::Due;
            self.notes.push_back(Question::Library(LibraryAsk::ReopenTransfers));
            self.notes.push_back(Question::Library(LibraryAsk::BeginEpoch(hello.epoch)));
        }
        if self.plan.fork.is_none() {
            for head in hello.mine.iter().filter(|head| is_here(&known, head.stream)) {
                self.notes.push_back(Question::Library(LibraryAsk::MarkPushed {
                    stream: head.stream,
                    seq: head.seq,
                }));
            }
        }
        self.report.offset_ms = self.plan.offset_ms;
        self.report.is_new_epoch |= self.plan.is_new_epoch;
        self.report.head = self.report.head.max(hello.head);
    }

    fn noted(&mut self) -> Asks {
        if let Some(note) = self.notes.pop_front() {
            return vec![(Errand::Greet, note)];
        }
        if self.others == Others::Due && !self.plan.is_new_epoch {
            self.is_others_turn = true;
            return self.offer_others(0);
        }
        self.push_and_pull()
    }

    fn push_and_pull(&mut self) -> Asks {
        self.is_others_turn = false;
        let mut pushing = Pushing::new(&self.plan, &self.held);
        let mut asks: Asks = pushing.begin().map(|first| (Errand::Push, first)).into_iter().collect();
        self.push = Some(pushing);
        if asks.is_empty() {
            self.settle_push();
        }
        if let Some(after) = self.plan.pull_after {
            let pulling = Pulling::new(&self.identity, after, self.trust.take());
            asks.push((Errand::Pull, pulling.begin()));
            self.pull = Some(pulling);
        }
        if asks.is_empty() { self.again() } else { asks }
    }

    fn pushing(&mut self, outcome: Result<Answer, SyncError>) -> Asks {
        let next = self.push.as_mut().and_then(|pushing| pushing.step(outcome));
        if let Some(next) = next {
            return vec![(Errand::Push, next)];
        }
        self.settle_push();
        self.again()
    }

    fn settle_push(&mut self) {
        let Some(pushing) = self.push.take() else { return };
        self.report.pushed += pushing.pushed;
        self.report.rejected.extend(pushing.rejected);
        self.report.push_error = pushing.error.or(self.report.push_error.take());
        self.stuck.extend(pushing.stuck);
    }

    fn pulling(&mut self, outcome: Result<Answer, SyncError>) -> Asks {
        let Some(pulling) = &mut self.pull else { return Vec::new() };
        match pulling.step(outcome, &mut self.report) {
            Ok(Some(next)) => return vec![(Errand::Pull, next)],
            Ok(None) => self.trust = self.pull.take().and_then(Pulling::into_trust),
            Err(error) => {
                self.report.pull_error = Some(error); // the keys are learned anew from what the library kept
                self.pull = None;
            }
        }
        if let Some((hello, _)) = &self.hello {
            self.report.head = self.report.head.max(hello.head);
        }
        self.again()
    }

    /// What follows once push and pull are done. If the pool was ahead of an own stream and something came of it, what
    /// follows may be offered now, or it is seen to be a fork: another pass tells.
    fn again(&mut self) -> Asks {
        if self.push.is_some() || self.pull.is_some() || self.report.pull_error.is_some() {
            return Vec::new();
        }
        let came = self.report.took + self.report.quarantined;
        if self.plan.is_behind && self.plan.fork.is_none() && came > self.before && self.passes < MOST_PASSES
        {
            self.passes += 1;
            self.before = came;
            return vec![(Errand::Greet, Question::Pool(PoolAsk::Hello))];
        }
        if self.others == Others::Due && self.hello.is_some() {
            return self.offer_others(0);
        }
        Vec::new()
    }

    fn offer_others(&mut self, after: i64) -> Asks {
        self.others = Others::Above(after);
        let but = if self.mixed.is_some() { Vec::new() } else { vec![self.identity.device] };
        vec![(Errand::Others, Question::Library(LibraryAsk::Unplaced { but, after }))]
    }

    /// What the pool says of others' records is of no matter here: what it took comes back in its order.
    fn offering(&mut self, outcome: Result<Answer, SyncError>) -> Asks {
        match outcome {
            Ok(Answer::Unplaced(found)) => {
                let Some((last, _)) = found.last() else {
                    self.others = Others::Done;
                    return match self.mixed.take() {
                        // The pool holds more of this laptop by now.
                        Some(_) => vec![(Errand::Greet, Question::Pool(PoolAsk::Hello))],
                        None if self.is_others_turn => self.push_and_pull(),
                        None => Vec::new(),
                    };
                };
                if self.is_others_turn && self.mixed.is_none() {
                    self.mixed = Some(Vec::new());
                    return self.offer_others(0); // in the order in which all of it came here
                }
                let (last, pool) = (*last, self.trust.as_ref().map(Trust::pool_device));
                self.others = Others::Above(last);
                let records = found.into_iter().map(|(_, record)| record);
                let records: Vec<_> = records.filter(|record| is_offered(record, pool)).collect();
                if records.is_empty() {
                    return self.offer_others(last);
                }
                if let Some(own) = &mut self.mixed {
                    let is_own = |record: &&Record| record.header().device == self.identity.device;
                    *own = records.iter().filter(is_own).map(Record::id).collect();
                }
                vec![(Errand::Others, Question::Pool(PoolAsk::Push(records)))]
            }
            Ok(answer) => {
                if let (Answer::Pushed(said), Some(own)) = (&answer, &self.mixed) {
                    let is_refused = |id: &Hash| said.rejected.iter().any(|one| one.id == *id);
                    self.report.pushed += own.iter().filter(|id| !is_refused(id)).count() as u64;
                }
                match self.others {
                    Others::Above(after) => self.offer_others(after),
                    _ => Vec::new(),
                }
            }
            Err(error) if self.is_others_turn && !error.needs_person() => {
                self.failed = Some(error); // a broken line: nothing own goes before what it builds on
                Vec::new()
            }
            Err(error) => {
                self.report.push_error.get_or_insert(error);
                if self.is_others_turn { self.push_and_pull() } else { Vec::new() }
            }
        }
    }
}

/// Whether a pool may want a record of others back. Of its own former words it wants those on devices: who was enrolled
/// or revoked after the backup it came from.
fn is_offered(record: &Record, pool: Option<DeviceId>) -> bool {
    let header = record.header();
    match header.kind {
        Kind::DEVICE_CERT | Kind::DEVICE_REVOKE => true,
        Kind::POOL_VERDICT | Kind::ROLE_GRANT => false,
        _ => pool != Some(header.device),
    }
}

/// Whether the library has a record where the pool has one.
fn is_here(known: &Known, stream: Stream) -> bool {
    known.heads.iter().any(|own| own.stream == stream && own.id_at_pool_head.is_some())
}
