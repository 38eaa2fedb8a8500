//! A world: laptops, one or two pools, a network that does its worst, and a clock that only the world moves.

mod blows;
mod road;

use std::collections::{BTreeMap, BTreeSet};

use satchel_sync::planner::{Effect, Event, LibraryAsk, Moment, Planner, PoolAsk, Question};
use satchel_sync::{Happened, Mode};
use satchel_terms::{Hash, NewsroomId, Stamp};
use satchel_wire::{Kind, Record, SigningKey, Stream};

use crate::centre::Centre;
use crate::laptop::{Disk, Laptop, STREAMS, disk_full, identity};
use crate::verdict::Discord;
use crate::{Summary, Trace, Weather};
pub(crate) use road::{Back, Reply, Request, SEGMENT};
use satchel_testkit::Dice;

/// The pool's clock when a world begins: a day in 2026.
const DAWN: Stamp = 1_790_000_000_000;
/// How long a calm world may take until all agree, in virtual milliseconds.
const CALM_LIMIT: u64 = 3_600_000;
/// How often agreement is looked at.
const LOOK: u64 = 20_000;
/// The home pool.
pub(crate) const HOME: usize = 0;

/// Something that will happen.
pub(crate) enum Happening {
    Answer { laptop: usize, boot: u64, ticket: satchel_sync::planner::Ticket, outcome: Outcome },
    Request { centre: usize, back: Option<Back>, request: Request },
    Reply { back: Back, reply: Result<Reply, satchel_sync::SyncError> },
    WaitIsOver { centre: usize, wait: u64 },
    Probed(usize),
    Write(usize),
    Boot(usize),
    CentreUp(usize),
    Blow,
    Return(usize),
    Renew { laptop: usize, boot: u64 },
    Segment { laptop: usize, boot: u64, ticket: satchel_sync::planner::Ticket },
    Parcel { laptop: usize, after: u64, page: satchel_sync::FeedPage },
    Copy(usize),
    BackUp,
}

type Outcome = Result<satchel_sync::planner::Answer, satchel_sync::SyncError>;

/// What was said, and what may be missing in the end.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) written: u64,
    pub(crate) acknowledged: BTreeMap<Hash, Option<u64>>,
    pub(crate) gone: BTreeSet<Hash>,
    pub(crate) may_be_lost: BTreeSet<u64>,
    pub(crate) said_again: BTreeSet<u64>,
}

/// A world.
pub struct World {
    pub(crate) weather: Weather,
    pub(crate) dice: Dice,
    /// The moment, in virtual milliseconds.
    pub now: u64,
    order: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    /// The pools; the first is the laptops' own.
    pub centres: Vec<Centre>,
    pub(crate) waits: BTreeMap<u64, (usize, u64, Back)>,
    pub(crate) next_wait: u64,
    /// The laptops.
    pub laptops: Vec<Laptop>,
    pub(crate) ledger: Ledger,
    /// Steps so far: events of planners and requests at pools.
    pub steps: u64,
    /// Boundaries of effects so far, and the one at which a laptop goes dark.
    pub boundaries: u64,
    /// Goes dark at this boundary.
    pub dark_at: Option<u64>,
    is_calm: bool,
    /// The history.
    pub trace: Trace,
}

impl World {
    /// A world at its beginning.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        let mut dice = Dice::new(seed);
        let newsrooms = [NewsroomId([7; 16]), NewsroomId([8; 16])];
        let mut centres: Vec<Centre> = newsrooms
            .into_iter()
            .map(|newsroom| Centre::new(newsroom, SigningKey::from_bytes(&dice.key()), (3, 5)))
            .collect();
        let mut laptops = Vec::new();
        for number in 0..weather.laptops {
            let me = identity(&mut dice, newsrooms[HOME]);
            centres[HOME].enrol(&me.key.verifying_key(), DAWN.unsigned_abs());
            laptops.push(Laptop {
                name: format!("laptop {number}"),
                disk: Disk::new(me, 1),
                copies: Vec::new(),
                planner: None,
                boot: 0,
                started: 0,
                clock: 0,
                protocol: 3 + u32::try_from(dice.between(0, 2)).unwrap_or(0),
                is_away: false,
                centre: HOME,
                carries: BTreeMap::new(),
                forks_told: 0,
                rounds: 0,
                told: BTreeSet::new(),
            });
        }
        let mut world = Self {
            weather,
            dice,
            now: 0,
            order: 0,
            queue: BTreeMap::new(),
            centres,
            waits: BTreeMap::new(),
            next_wait: 0,
            laptops,
            ledger: Ledger::default(),
            steps: 0,
            boundaries: 0,
            dark_at: None,
            is_calm: false,
            trace: Trace::default(),
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for laptop in 0..self.laptops.len() {
            self.later(0, Happening::Boot(laptop));
            self.plan_write(laptop);
            let pause = self.dice.between(1, self.weather.lasts.max(2));
            self.later(pause, Happening::Copy(laptop));
        }
        self.plan_blow();
        let pause = self.dice.between(1, self.weather.lasts.max(2));
        self.later(pause, Happening::BackUp);
    }

    /// The bad weather, to its end.
    pub fn rage(&mut self) {
        while self.now < self.weather.lasts && self.advance() {}
    }

    /// Whatever happens next; false if nothing does.
    pub fn advance(&mut self) -> bool {
        let Some(((at, _), happening)) = self.queue.pop_first() else { return false };
        self.now = at;
        self.happen(happening);
        true
    }

    /// Calms down, and waits until all agree.
    ///
    /// # Errors
    /// What is still wrong when the patience is used up.
    pub fn settle(&mut self) -> Result<Summary, Discord> {
        self.calm();
        let calm_since = self.now;
        let mut wrong = String::new();
        while self.now < calm_since + CALM_LIMIT {
            let look = self.now + LOOK;
            while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= look) {
                self.advance();
            }
            self.now = look;
            match self.verdict() {
                Ok(()) => return Ok(self.summary(calm_since)),
                Err(why) => wrong = why.0,
            }
        }
        Err(Discord(format!("after an hour of calm: {wrong}")))
    }

    fn calm(&mut self) {
        self.is_calm = true;
        self.note("world", "calms down".to_owned());
        let Weather { drop, duplicate, crash, disk_full, latency, .. } = &mut self.weather;
        (*drop, *duplicate, *crash, *disk_full, *latency) = (0, 0, 0, 0, 200);
        for centre in 0..self.centres.len() {
            self.centres[centre].breaks_in = None;
            self.centres[centre].is_up = true;
        }
        let newest = self.centres[HOME].speaks.1;
        for laptop in 0..self.laptops.len() {
            let one = &mut self.laptops[laptop];
            (one.is_away, one.centre, one.rounds) = (false, HOME, 0);
            let is_old = one.protocol != newest;
            one.protocol = newest;
            if is_old || one.planner.is_none() {
                self.boot(laptop);
            }
        }
    }

    pub(crate) fn later(&mut self, pause: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((self.now + pause, self.order), happening);
    }

    pub(crate) fn note(&mut self, who: &str, what: String) {
        self.trace.note(self.now, who, what);
    }

    pub(crate) fn note_of(&mut self, laptop: usize, what: String) {
        self.trace.note(self.now, &self.laptops[laptop].name, what);
    }

    fn wall(&self, laptop: usize) -> Stamp {
        DAWN + i64::try_from(self.now).unwrap_or(0) + self.laptops[laptop].clock
    }

    /// The pool's clock.
    pub(crate) fn pool_clock(&self) -> u64 {
        DAWN.unsigned_abs() + self.now
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Answer { laptop, boot, ticket, outcome } => {
                if self.laptops[laptop].boot == boot {
                    self.step(laptop, Event::Answer { ticket, outcome });
                }
            }
            Happening::Write(laptop) => {
                if !self.is_calm {
                    self.write(laptop);
                    self.plan_write(laptop);
                }
            }
            Happening::Boot(laptop) => {
                if self.laptops[laptop].planner.is_none() {
                    self.boot(laptop);
                }
            }
            Happening::Parcel { laptop, after, page } => self.step(laptop, Event::Parcel { after, page }),
            Happening::Copy(laptop) => {
                let disk = self.laptops[laptop].disk.clone();
                self.laptops[laptop].copies.push(disk);
                let pause = self.dice.between(60_000, 1_200_000);
                self.later(pause, Happening::Copy(laptop));
            }
            Happening::BackUp => {
                self.centres[HOME].back_up();
                let pause = self.dice.between(60_000, 1_200_000);
                self.later(pause, Happening::BackUp);
            }
            Happening::Blow => {
                if !self.is_calm {
                    self.blow();
                    self.plan_blow();
                }
            }
            on_the_road => self.travel(on_the_road),
        }
    }

    fn plan_write(&mut self, laptop: usize) {
        let pause = self.dice.between(1, self.weather.writes_every * 2);
        self.later(pause, Happening::Write(laptop));
    }

    fn plan_blow(&mut self) {
        if self.weather.blow_every > 0 {
            let pause = self.dice.between(1, self.weather.blow_every * 2);
            self.later(pause, Happening::Blow);
        }
    }

    /// The person writes, program running or not does not matter to the exchange: the desk needs it running.
    pub fn write(&mut self, laptop: usize) {
        if self.laptops[laptop].planner.is_none() {
            return;
        }
        let stream = if self.dice.is_hit(800_000) { Stream::Editorial } else { Stream::Telemetry };
        let kind = match self.dice.between(0, 19) {
            0 => Kind::DECISION,
            1 | 2 => Kind::FIELD_SET,
            3 => Kind(777),
            _ => Kind::DOC_UPDATE,
        };
        self.ledger.written += 1;
        let mut body = self.ledger.written.to_be_bytes().to_vec();
        let padding = usize::try_from(self.dice.between(0, 300)).unwrap_or(0);
        body.resize(8 + padding, b'-');
        let wall = self.wall(laptop);
        let id = self.laptops[laptop].disk.write(stream, kind, [6; 16], body, wall);
        self.note_of(laptop, format!("writes {} {stream:?} {id}", self.ledger.written));
        if self.goes_dark(laptop) {
            return;
        }
        self.laptops[laptop].disk.raise_mark();
        if self.dice.is_hit(50_000) {
            self.wish(laptop);
        }
        self.step(laptop, Event::Now);
    }

    /// Starts the program. A library behind its mark takes a new name before it signs anything.
    pub(crate) fn boot(&mut self, laptop: usize) {
        let (now, one) = (self.now, &mut self.laptops[laptop]);
        one.boot += 1;
        one.started = now;
        one.carries.clear();
        one.planner = Some(Planner::new(one.disk.me().clone(), one.protocol, 2));
        let (boot, is_behind) = (one.boot, one.disk.is_behind());
        self.note_of(laptop, format!("starts, boot {boot}"));
        if is_behind {
            self.note_of(laptop, "is behind its mark".to_owned());
            self.renew(laptop);
            return;
        }
        if self.laptops[laptop].disk.is_renewing {
            self.later(1000, Happening::Renew { laptop, boot });
        }
        self.step(laptop, Event::Lever(Mode::Run));
    }

    /// Takes a new name, and starts anew under it.
    fn renew(&mut self, laptop: usize) {
        let newsroom = self.centres[HOME].newsroom;
        let new = identity(&mut self.dice, newsroom);
        self.note_of(laptop, format!("is {} from now on", new.device));
        self.laptops[laptop].disk.identities.push(new);
        self.laptops[laptop].disk.is_renewing = true;
        self.boot(laptop);
    }

    pub(crate) fn step(&mut self, laptop: usize, event: Event) {
        let now = Moment {
            wall: self.wall(laptop),
            since_start: self.now - self.laptops[laptop].started,
            dice: self.dice.part(),
        };
        let Some(planner) = &mut self.laptops[laptop].planner else { return };
        self.steps += 1;
        let effects = planner.step(event, now);
        self.execute(laptop, effects);
    }

    fn execute(&mut self, laptop: usize, effects: Vec<Effect>) {
        let mut is_forked = false;
        for effect in effects {
            match effect {
                Effect::Ask { ticket, question } => {
                    if self.goes_dark(laptop) {
                        return;
                    }
                    self.ask(laptop, ticket, question);
                    if self.goes_dark(laptop) {
                        return;
                    }
                }
                Effect::BreakOff(ticket) => {
                    if let Some(carry) = self.laptops[laptop].carries.get_mut(&ticket) {
                        carry.is_broken_off = true;
                    }
                }
                Effect::Contact(contact) => is_forked |= contact.is_forked,
                Effect::Tell(Happened::NeedsYou { code, .. }) => {
                    self.note_of(laptop, format!("tells {code}"));
                    self.laptops[laptop].told.insert(code);
                    self.laptops[laptop].forks_told += u64::from(code == "sync.fork");
                }
                Effect::Tell(_) | Effect::Log { .. } | Effect::Drop(_) => {}
            }
        }
        if is_forked {
            self.renew(laptop);
        } else if self.laptops[laptop].disk.must_say_again() {
            self.say_again(laptop);
        }
    }

    fn say_again(&mut self, laptop: usize) {
        let wall = self.wall(laptop);
        let bodies = self.laptops[laptop].disk.say_again(wall);
        self.note_of(laptop, format!("says {} records again", bodies.len()));
        self.ledger.said_again.extend(bodies.iter().filter_map(|body| payload_of(body)));
        self.step(laptop, Event::Now);
    }

    /// Whether the power goes out here; it comes back within two minutes.
    fn goes_dark(&mut self, laptop: usize) -> bool {
        self.boundaries += 1;
        let is_hit = self.dark_at == Some(self.boundaries) || self.dice.is_hit(self.weather.crash);
        if is_hit {
            self.note_of(laptop, "goes dark".to_owned());
            self.laptops[laptop].planner = None;
            self.laptops[laptop].boot += 1;
            let pause = self.dice.between(500, 120_000);
            self.later(pause, Happening::Boot(laptop));
        }
        is_hit
    }

    fn ask(&mut self, laptop: usize, ticket: satchel_sync::planner::Ticket, question: Question) {
        self.note_of(laptop, format!("{} {}", ticket.0, name_of(&question)));
        let boot = self.laptops[laptop].boot;
        let outcome = match question {
            Question::Pool(PoolAsk::Hello)
            | Question::Pool(PoolAsk::Push(_))
            | Question::Pool(PoolAsk::Feed { .. })
            | Question::Pool(PoolAsk::News { .. })
            | Question::Carry(_) => return self.set_out(laptop, ticket, question),
            Question::Sleep(pause) => {
                let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX >> 8);
                let outcome = Ok(satchel_sync::planner::Answer::Done);
                return self.later(pause, Happening::Answer { laptop, boot, ticket, outcome });
            }
            Question::Library(LibraryAsk::Trust { with_certificates }) => {
                let key = self.centres[HOME].key().to_bytes();
                let pin = self.laptops[laptop].disk.pin(key, with_certificates);
                Ok(satchel_sync::planner::Answer::Trust(Some(pin)))
            }
            in_library if self.dice.is_hit(self.weather.disk_full) && writes(&in_library) => Err(disk_full()),
            in_library => {
                let outcome = self.laptops[laptop].disk.answer(in_library);
                self.acknowledge(laptop);
                outcome
            }
        };
        let pause = self.dice.between(1, 15);
        self.later(pause, Happening::Answer { laptop, boot, ticket, outcome });
    }

    /// Notes what the laptop believes to be at the pool.
    fn acknowledge(&mut self, laptop: usize) {
        let disk = &self.laptops[laptop].disk;
        let device = disk.me().device;
        for stream in STREAMS {
            let stream = stream as u8;
            let upto = disk.shelf.pushed.get(&(device, stream)).copied().unwrap_or(0);
            for (_, held) in disk.shelf.records.range((device, stream, 0)..=(device, stream, upto)).rev() {
                if self.ledger.acknowledged.insert(held.record.id(), payload(&held.record)).is_some() {
                    break;
                }
            }
        }
    }
}

/// Whether a question changes the library.
const fn writes(question: &Question) -> bool {
    matches!(
        question,
        Question::Library(LibraryAsk::Take { .. })
            | Question::Library(LibraryAsk::MarkPushed { .. })
            | Question::Library(LibraryAsk::Save(_))
            | Question::Library(LibraryAsk::BeginEpoch(_))
            | Question::Library(LibraryAsk::ReopenTransfers)
    )
}

fn name_of(question: &Question) -> String {
    match question {
        Question::Library(LibraryAsk::Take { records, cursor, .. }) => {
            format!("take {} records, cursor {cursor:?}", records.len())
        }
        Question::Pool(PoolAsk::Push(records)) => format!("push {} records", records.len()),
        Question::Pool(PoolAsk::Feed { after }) => format!("feed after {after}"),
        Question::Pool(PoolAsk::News { head, wait }) => {
            format!("news after {head} for {} s", wait.as_secs())
        }
        Question::Library(LibraryAsk::Own { stream, after }) => format!("own {stream:?} after {after}"),
        Question::Library(LibraryAsk::MarkPushed { stream, seq }) => format!("pushed {stream:?} to {seq}"),
        Question::Library(LibraryAsk::BeginEpoch(epoch)) => format!("epoch {epoch}"),
        Question::Sleep(pause) => format!("sleep {}", pause.as_millis()),
        Question::Carry(row) => format!("carry {}", row.root),
        Question::Library(LibraryAsk::Save(row)) => format!("save {} {:?}", row.root, row.state),
        Question::Library(LibraryAsk::Heads(mine)) => {
            format!("heads {:?}", mine.iter().map(|one| one.seq).collect::<Vec<_>>())
        }
        Question::Judge(_) => "judge".to_owned(),
        Question::Library(LibraryAsk::Wishes { .. }) => "wishes".to_owned(),
        Question::Library(LibraryAsk::Waiting(devices)) => format!("waiting for {} devices", devices.len()),
        other => format!("{other:?}"),
    }
}

/// The number that a laptop wrote into a body.
pub(crate) fn payload_of(body: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(body.get(..8)?.try_into().ok()?))
}

/// The number in a record that a laptop wrote.
pub(crate) fn payload(record: &Record) -> Option<u64> {
    if matches!(record.header().kind, Kind::DEVICE_CERT | Kind::POOL_VERDICT) {
        return None;
    }
    payload_of(&record.body().ok()?)
}
