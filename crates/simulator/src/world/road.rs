//! The network: late, lossy, out of order, sometimes twice.

use std::rc::Rc;

use satchel_store::TransferState;
use satchel_sync::planner::{Answer, Event, PoolAsk, Question, Ticket};
use satchel_sync::{FeedPage, SyncError};
use satchel_terms::{DeviceId, Hash};
use satchel_wire::protocol::{Hello, RecordsAnswer};
use satchel_wire::{Record, VerifyingKey};

use super::{HOME, Happening, World};
use crate::centre::PAGE;
use crate::laptop::Carry;

/// How long a laptop waits for an answer that does not come.
const STALL: u64 = 60_000;
/// After so long the laptop's system knows that a line is dead on which nothing moves.
const PROBED: u64 = 105_000;
/// How long a pool holds a question for news at most.
const PATIENCE: u64 = 1_800_000;
/// Bytes of a segment.
pub(crate) const SEGMENT: u64 = 262_144;

/// Whom an answer goes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Back {
    pub(crate) laptop: usize,
    pub(crate) boot: u64,
    pub(crate) to: To,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum To {
    Planner(Ticket),
    Carry(Ticket),
    Renewal,
}

/// A question on the road.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Hello { device: DeviceId, protocol: u32, stranger: bool },
    Push { device: DeviceId, bytes: Rc<Vec<u8>> },
    Feed { device: DeviceId, after: u64 },
    News { device: DeviceId, after: u64, wait: u64 },
    Renew { old: DeviceId, key: VerifyingKey },
    Segment { device: DeviceId, root: Hash, segments: u64 },
}

/// Its answer.
#[derive(Debug)]
pub(crate) enum Reply {
    Hello(Hello),
    Pushed(RecordsAnswer),
    Page(FeedPage),
    News(u64),
    Renewed,
    Segments(u64),
}

impl World {
    /// A question of the planner leaves the laptop.
    pub(super) fn set_out(&mut self, laptop: usize, ticket: Ticket, question: Question) {
        let device = self.laptops[laptop].disk.me().device;
        let request = match question {
            Question::Pool(PoolAsk::Hello) => {
                self.laptops[laptop].rounds += 1;
                let protocol = self.laptops[laptop].protocol;
                Request::Hello { device, protocol, stranger: self.laptops[laptop].centre != HOME }
            }
            Question::Pool(PoolAsk::Push(records)) => {
                let bytes = records.iter().flat_map(Record::bytes).copied().collect();
                Request::Push { device, bytes: Rc::new(bytes) }
            }
            Question::Pool(PoolAsk::Feed { after }) => Request::Feed { device, after },
            Question::Pool(PoolAsk::News { head, wait }) => {
                let wait = u64::try_from(wait.as_millis()).unwrap_or(PATIENCE);
                Request::News { device, after: head, wait }
            }
            Question::Carry(row) => {
                let boot = self.laptops[laptop].boot;
                let carry = Carry { row, is_broken_off: false, done: 0 };
                self.laptops[laptop].carries.insert(ticket, carry);
                return self.later(1, Happening::Segment { laptop, boot, ticket });
            }
            _ => return,
        };
        self.send(laptop, To::Planner(ticket), request);
    }

    /// Sends; the network does with it what it likes.
    pub(super) fn send(&mut self, laptop: usize, to: To, request: Request) {
        let back = Back { laptop, boot: self.laptops[laptop].boot, to };
        let centre = self.laptops[laptop].centre;
        if self.laptops[laptop].is_away {
            let pause = self.dice.between(50, 5000);
            return self.fail(pause, back, unreachable());
        }
        let way = self.way();
        if self.dice.is_hit(self.weather.duplicate) {
            let late = way + self.dice.between(1, 600_000);
            self.later(late, Happening::Request { centre, back: None, request: request.clone() });
        }
        if self.dice.is_hit(self.weather.drop) {
            return self.fail(STALL, back, SyncError::Silent);
        }
        self.later(way, Happening::Request { centre, back: Some(back), request });
    }

    fn way(&mut self) -> u64 {
        self.dice.between(5, self.weather.latency.max(6))
    }

    fn fail(&mut self, pause: u64, back: Back, error: SyncError) {
        self.later(pause, Happening::Reply { back, reply: Err(error) });
    }

    /// What happens between laptops and pools.
    pub(super) fn travel(&mut self, happening: Happening) {
        match happening {
            Happening::Request { centre, back, request } => self.arrive(centre, back, request),
            Happening::Reply { back, reply } => self.deliver(back, reply),
            Happening::WaitIsOver { centre, wait } => {
                if let Some((_, _, back)) = self.waits.remove(&wait) {
                    let head = self.centres[centre].head();
                    self.reply(back, Ok(Reply::News(head)));
                }
            }
            Happening::Probed(laptop) if self.laptops[laptop].is_away => {
                self.break_waits(|_, waits| waits == laptop);
            }
            Happening::CentreUp(centre) => {
                self.note("pool", format!("{centre} is up"));
                self.centres[centre].is_up = true;
            }
            Happening::Return(laptop) => {
                self.note_of(laptop, "is in reach".to_owned());
                self.laptops[laptop].is_away = false;
                self.laptops[laptop].centre = HOME;
            }
            Happening::Renew { laptop, boot } => self.ask_renewal(laptop, boot),
            Happening::Segment { laptop, boot, ticket } => self.next_segment(laptop, boot, ticket),
            _ => {}
        }
    }

    fn arrive(&mut self, centre: usize, back: Option<Back>, request: Request) {
        self.steps += 1;
        let before = self.centres[centre].head();
        if let Request::News { after, device, wait: patience } = request
            && let Some(back) = back
            && self.centres[centre].is_up
            && self.centres[centre].knows(device)
            && self.centres[centre].head() <= after
        {
            self.next_wait += 1;
            let wait = self.next_wait;
            self.waits.insert(wait, (centre, after, back));
            return self.later(patience.min(PATIENCE), Happening::WaitIsOver { centre, wait });
        }
        let reply = self.serve(centre, request);
        if let Some(back) = back {
            self.reply(back, reply);
        }
        if self.centres[centre].head() > before {
            self.wake_waiters(centre);
        }
        if !self.centres[centre].is_up {
            self.break_waits(|at, _| at == centre);
            let pause = self.dice.between(1000, 300_000);
            self.later(pause, Happening::CentreUp(centre));
        }
    }

    pub(super) fn wake_waiters(&mut self, centre: usize) {
        let head = self.centres[centre].head();
        let woken: Vec<u64> = self
            .waits
            .iter()
            .filter(|(_, (at, after, _))| *at == centre && *after < head)
            .map(|(wait, _)| *wait)
            .collect();
        for wait in woken {
            if let Some((_, _, back)) = self.waits.remove(&wait) {
                self.reply(back, Ok(Reply::News(head)));
            }
        }
    }

    /// Lines on which somebody waits for news are dead, and their laptops know it a moment later.
    pub(super) fn break_waits(&mut self, is_dead: impl Fn(usize, usize) -> bool) {
        let broken: Vec<u64> = self
            .waits
            .iter()
            .filter(|(_, (centre, _, back))| is_dead(*centre, back.laptop))
            .map(|(wait, _)| *wait)
            .collect();
        for wait in broken {
            if let Some((_, _, back)) = self.waits.remove(&wait) {
                self.fail(1, back, unreachable());
            }
        }
    }

    /// A laptop is out of reach; its system finds out if it still is when the probes were not answered.
    pub(super) fn go_away(&mut self, laptop: usize) {
        self.laptops[laptop].is_away = true;
        self.later(PROBED, Happening::Probed(laptop));
    }

    fn serve(&mut self, centre: usize, request: Request) -> Result<Reply, SyncError> {
        let now = self.pool_clock();
        let pool = &mut self.centres[centre];
        if !pool.is_up {
            return Err(unreachable());
        }
        match request {
            Request::Hello { stranger: true, .. } => Err(SyncError::NotOurPool),
            Request::Hello { device, protocol, .. } => {
                let (min, max) = pool.speaks;
                if !(min..=max).contains(&protocol) {
                    return Err(SyncError::OtherProtocol { min, max });
                }
                Ok(Reply::Hello(pool.hello(device, i64::try_from(now).unwrap_or(0))))
            }
            Request::Push { device, bytes } => {
                if !pool.knows(device) {
                    return Err(SyncError::UnknownDevice);
                }
                let answer = pool.take_in(device, &Record::frames(&bytes)?, now);
                let head = pool.head();
                self.note("pool", format!("took an offer, head {head}, {answer:?}"));
                answer.map(Reply::Pushed).map_err(|_| unreachable())
            }
            Request::Feed { device, after } if pool.knows(device) => Ok(Reply::Page(pool.page(after, PAGE))),
            Request::News { device, .. } if pool.knows(device) => Ok(Reply::News(pool.head())),
            Request::Renew { old, key } if pool.knows(old) => {
                pool.enrol(&key, now);
                Ok(Reply::Renewed)
            }
            Request::Segment { device, root, segments } if pool.knows(device) => {
                Ok(Reply::Segments(pool.keep_segment(root, segments)))
            }
            _ => Err(SyncError::UnknownDevice),
        }
    }

    fn reply(&mut self, back: Back, reply: Result<Reply, SyncError>) {
        if self.dice.is_hit(self.weather.drop) {
            return self.fail(STALL, back, SyncError::Silent);
        }
        let way = self.way();
        self.later(way, Happening::Reply { back, reply });
    }

    fn deliver(&mut self, back: Back, reply: Result<Reply, SyncError>) {
        let Back { laptop, boot, to } = back;
        if self.laptops[laptop].boot != boot {
            return;
        }
        let reply = if self.laptops[laptop].is_away { Err(unreachable()) } else { reply };
        match to {
            To::Planner(ticket) => {
                let offset_ms = -self.laptops[laptop].clock;
                let outcome = reply.map(|reply| match reply {
                    Reply::Hello(hello) => Answer::Hello { hello, offset_ms },
                    Reply::Pushed(answer) => Answer::Pushed(answer),
                    Reply::Page(page) => Answer::Page(page),
                    Reply::News(head) => Answer::News(head),
                    Reply::Renewed | Reply::Segments(_) => Answer::Done,
                });
                self.step(laptop, Event::Answer { ticket, outcome });
            }
            To::Carry(ticket) => self.carried(laptop, ticket, reply),
            To::Renewal => self.step(laptop, Event::Now),
        }
    }

    fn ask_renewal(&mut self, laptop: usize, boot: u64) {
        let disk = &self.laptops[laptop].disk;
        if self.laptops[laptop].boot != boot || !disk.is_renewing || disk.is_vouched_for() {
            return;
        }
        let key = disk.me().key.verifying_key();
        let old = disk.identities[0].device; // the first name was always vouched for
        self.send(laptop, To::Renewal, Request::Renew { old, key });
        self.later(30_000, Happening::Renew { laptop, boot });
    }

    fn next_segment(&mut self, laptop: usize, boot: u64, ticket: Ticket) {
        if self.laptops[laptop].boot != boot {
            return;
        }
        let Some(carry) = self.laptops[laptop].carries.get(&ticket) else { return };
        let segments = carry.row.total.div_ceil(SEGMENT);
        if carry.is_broken_off {
            return self.end_carry(laptop, ticket, Err(SyncError::Stopped));
        }
        let is_first = carry.done == 0;
        if is_first && self.dice.is_hit(self.weather.making) {
            let seconds = u32::try_from(self.dice.between(1, 60)).unwrap_or(1);
            return self.end_carry(laptop, ticket, Err(SyncError::BeingMade { seconds }));
        }
        let Some(carry) = self.laptops[laptop].carries.get(&ticket) else { return };
        let device = self.laptops[laptop].disk.me().device;
        let request = Request::Segment { device, root: carry.row.root, segments };
        self.send(laptop, To::Carry(ticket), request);
    }

    fn carried(&mut self, laptop: usize, ticket: Ticket, reply: Result<Reply, SyncError>) {
        let boot = self.laptops[laptop].boot;
        let Some(carry) = self.laptops[laptop].carries.get_mut(&ticket) else { return };
        match reply {
            Ok(Reply::Segments(held)) => {
                carry.done = held;
                if held * SEGMENT >= carry.row.total {
                    self.end_carry(laptop, ticket, Ok(()));
                } else {
                    self.later(1, Happening::Segment { laptop, boot, ticket });
                }
            }
            Ok(_) => {}
            Err(error) => self.end_carry(laptop, ticket, Err(error)),
        }
    }

    fn end_carry(&mut self, laptop: usize, ticket: Ticket, outcome: Result<(), SyncError>) {
        let Some(carry) = self.laptops[laptop].carries.remove(&ticket) else { return };
        let done_bytes = (carry.done * SEGMENT).min(carry.row.total);
        let outcome = Ok(Answer::Carried { outcome, done_bytes });
        self.step(laptop, Event::Answer { ticket, outcome });
    }

    /// The person gathers a picture or a film that shall go up.
    pub(super) fn wish(&mut self, laptop: usize) {
        let mut root = [0; 32];
        root[..8].copy_from_slice(&self.dice.bits().to_be_bytes());
        let is_small = self.dice.is_hit(600_000);
        let (lane, segments) = if is_small { (1, 1) } else { (2, self.dice.between(2, 20)) };
        let row = satchel_store::TransferRow::waiting(
            Hash(root),
            satchel_store::Direction::Up,
            lane,
            segments * SEGMENT,
            [0; 16],
        );
        debug_assert_eq!(row.state, TransferState::Waiting);
        self.laptops[laptop].disk.shelf.transfers.insert((row.root, true), row);
    }
}

fn unreachable() -> SyncError {
    SyncError::Unreachable { why: "the line is cut".to_owned() }
}
