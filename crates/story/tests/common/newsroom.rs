//! A newsroom on paper: five laptops, one pool, chance. Every laptop writes, decides, pushes and pulls when it likes.

use satchel_story::{Decision, Document, Fields, Level, Place, Policy, Reading, Reason, Seed, Signer, State};
use satchel_terms::{ChannelId, DeviceId, Hash, PersonId, Role};
use satchel_testkit::Dice;
use yrs::updates::decoder::Decode;
use yrs::{Any, ClientID, Doc, Map, MapPrelim, OffsetKind, Options, Text, TextRef, Transact, Update};

pub const AUTHOR: PersonId = PersonId([1; 16]);
pub const EDITOR: PersonId = PersonId([2; 16]);
pub const HEAD: PersonId = PersonId([3; 16]);
pub const CHIEF: PersonId = PersonId([4; 16]);

/// The person at each laptop: the author has two.
const LAPTOPS: [PersonId; 5] = [AUTHOR, AUTHOR, EDITOR, HEAD, CHIEF];

pub fn policy() -> Policy {
    Policy::default()
}

pub fn by(person: PersonId) -> Signer<'static> {
    let roles: &[Role] = match person {
        AUTHOR => &[Role::Reporter],
        EDITOR => &[Role::Editor],
        HEAD => &[Role::Editor, Role::Head],
        _ => &[Role::Head, Role::Chief],
    };
    Signer { person, device: DeviceId(person.0), roles, revoked: false }
}

#[derive(Clone)]
enum Body {
    Words(Vec<u8>),
    Decision(Decision),
}

/// One record: who wrote it, and the pool's word on it. `None` where the pool gives no verdict or has not yet.
#[derive(Clone)]
struct Note {
    laptop: usize,
    body: Body,
    /// The state that the verdict names; `Some(None)` is a refusal.
    verdict: Option<Option<String>>,
}

/// An open window: its own copy of the text, which only grows.
struct Window {
    doc: Doc,
    body: TextRef,
}

struct Laptop {
    person: PersonId,
    /// How much of the pool's log is here.
    here: usize,
    own: Vec<Note>,
    pushed: usize,
    window: Option<Window>,
}

/// What happened over all histories.
#[derive(Debug, Default)]
pub struct Tally {
    pub beside: usize,
    pub taken_in: usize,
    pub refused: usize,
    pub reopened: usize,
    pub returned: usize,
    pub signed: usize,
}

pub struct Newsroom {
    seed: u64,
    chance: Dice,
    clients: u64,
    log: Vec<Note>,
    /// The story as the pool read it record by record, judging.
    pool: Reading,
    laptops: Vec<Laptop>,
    tally: Tally,
}

/// The story of these records: what has a verdict as it was judged, the rest by the rules of now.
fn read<'a>(notes: impl IntoIterator<Item = &'a Note>) -> Reading {
    let mut reading = Reading::new(AUTHOR, policy());
    for note in notes {
        let person = LAPTOPS[note.laptop];
        match (&note.body, &note.verdict) {
            (Body::Words(update), _) => {
                reading.update(person, update).unwrap();
            }
            (Body::Decision(decision), Some(Some(state))) => {
                let device = DeviceId(person.0);
                reading.counted((person, device), decision, state, 1).expect("what counted folds again");
            }
            (Body::Decision(_), Some(None)) => {}
            (Body::Decision(decision), None) => {
                let _ = reading.decide(&by(person), decision, 1);
            }
        }
    }
    reading
}

fn word(state: State) -> String {
    serde_json::to_value(state).unwrap()["name"].as_str().unwrap().to_owned()
}

impl Newsroom {
    /// A draft that everybody has.
    pub fn open(seed: u64) -> Self {
        let mut chance = Dice::new(seed);
        let fields = Fields { headline: "水位".into(), ..Fields::default() };
        let paragraphs = vec!["暴雨停了。".into(), "道路恢复通行。".into()];
        let update = Document::seed(1, &Seed { fields, paragraphs }, &mut chance).unwrap();
        let mut pool = Reading::new(AUTHOR, policy());
        pool.update(AUTHOR, &update).unwrap();
        let first = Note { laptop: 0, body: Body::Words(update), verdict: None };
        let laptop = |(nth, &person): (usize, &PersonId)| {
            let own = if nth == 0 { vec![first.clone()] } else { Vec::new() };
            Laptop { person, here: 1, pushed: own.len(), own, window: None }
        };
        let laptops = LAPTOPS.iter().enumerate().map(laptop).collect();
        Self { seed, chance, clients: 100, log: vec![first], pool, laptops, tally: Tally::default() }
    }

    pub fn live_through(&mut self, acts: usize) {
        for _ in 0..acts {
            let at = self.chance.below(LAPTOPS.len());
            // In every second history most laptops are online most of the time.
            if self.seed.is_multiple_of(2) && !self.chance.one_in(4) {
                self.push(at, usize::MAX);
                self.laptops[at].here = self.log.len();
            }
            match self.chance.below(16) {
                0..=5 => self.write(at),
                6 if self.chance.one_in(4) => self.laptops[at].window = None,
                6 | 7 => self.refresh(at),
                8..=10 => self.decide(at),
                11 => self.push(at, 1),
                12 => self.pull(at),
                _ => {
                    self.push(at, usize::MAX);
                    self.pull(at);
                }
            }
        }
    }

    pub fn deliver_everything(&mut self) {
        for at in 0..LAPTOPS.len() {
            self.push(at, usize::MAX);
        }
        for laptop in &mut self.laptops {
            laptop.here = self.log.len();
        }
    }

    /// The laptop's reading: the pool's log as far as it is here, then its own records that are not in it.
    fn reading(&self, at: usize) -> Reading {
        let laptop = &self.laptops[at];
        let known = &self.log[..laptop.here];
        let mine = known.iter().filter(|note| note.laptop == at).count();
        let reading = read(known.iter().chain(&laptop.own[mine..]));
        assert!(!reading.document.is_waiting(), "seed {}: laptop {at} waits for words", self.seed);
        reading
    }

    /// Types in the window. Mostly only where the laptop allows it; at times into a window that is behind the times.
    fn write(&mut self, at: usize) {
        let reading = self.reading(at);
        let person = self.laptops[at].person;
        let may = match reading.case.state() {
            State::Draft => person == AUTHOR,
            State::AwaitingFirst | State::AwaitingSecond => reading.case.holder() == Some(person),
            _ => false,
        };
        let is_stale = self.laptops[at].window.is_some() && self.chance.one_in(3);
        if !may && !is_stale {
            return;
        }
        if self.laptops[at].window.is_none() {
            self.clients += 1;
            self.laptops[at].window = Some(Window::open(self.clients, &reading));
        }
        let window = self.laptops[at].window.as_ref().unwrap();
        let strokes = 1 + self.chance.below(3);
        let updates: Vec<_> = (0..strokes).map(|_| window.stroke(&mut self.chance)).collect();
        let body = Body::Words(satchel_story::join_updates(&updates).unwrap());
        self.laptops[at].own.push(Note { laptop: at, body, verdict: None });
    }

    /// The window takes in what the core has.
    fn refresh(&mut self, at: usize) {
        let state = self.reading(at).document.state();
        if let Some(window) = &self.laptops[at].window {
            window.doc.transact_mut().apply_update(Update::decode_v1(&state).unwrap()).unwrap();
        }
    }

    fn decide(&mut self, at: usize) {
        let reading = self.reading(at);
        let rev = reading.rev();
        let level = reading.case.state().level().unwrap_or(Level::First);
        let reason = Reason { code: "fact".into(), place: Place::Whole, note: String::new() };
        let mut choice = vec![
            Decision::Submit { rev, summary: String::new() },
            Decision::Claim { level },
            Decision::Pass { level, rev, policy: 1 },
            Decision::Sign { rev, channels: vec![ChannelId([1; 16])], policy: 1 },
        ];
        if self.chance.one_in(5) {
            choice.push(Decision::Return { level, rev, reasons: vec![reason] });
        }
        if self.chance.one_in(4) {
            choice.extend([
                Decision::Release,
                Decision::Withdraw,
                Decision::Unhold,
                Decision::Reopen { rev },
            ]);
        }
        if self.chance.one_in(12) {
            choice.push(Decision::Hold { reason: "等".into(), until: None });
            choice.push(Decision::Reject { level, reason: "不用".into() });
        }
        let signer = by(self.laptops[at].person);
        choice.retain(|decision| reading.case.judge(&signer, decision).is_ok());
        if choice.is_empty() {
            return;
        }
        let body = Body::Decision(choice.swap_remove(self.chance.below(choice.len())));
        self.laptops[at].own.push(Note { laptop: at, body, verdict: None });
    }

    fn push(&mut self, at: usize, most: usize) {
        let laptop = &mut self.laptops[at];
        let open: Vec<Note> = laptop.own.iter().skip(laptop.pushed).take(most).cloned().collect();
        laptop.pushed += open.len();
        for note in open {
            self.take(note);
        }
    }

    fn pull(&mut self, at: usize) {
        let left = self.log.len() - self.laptops[at].here;
        let step = if self.chance.one_in(3) { self.chance.below(left + 1) } else { left };
        self.laptops[at].here += step;
    }

    /// The pool takes a record in and judges it, on everything that came before.
    fn take(&mut self, mut note: Note) {
        let person = LAPTOPS[note.laptop];
        let (rev, branches) = (self.pool.rev(), self.pool.branches);
        let (state, signed) = (self.pool.case.state(), self.pool.case.signatures().len());
        match &note.body {
            Body::Words(update) => {
                let is_holder = self.pool.case.holder() == Some(person);
                self.pool.update(person, update).unwrap();
                if state != State::Draft && !is_holder {
                    self.tally.beside += 1;
                    assert_eq!(self.pool.rev(), rev, "seed {}: another hand changed the text", self.seed);
                    assert_eq!(self.pool.case.signatures().len(), signed, "seed {}", self.seed);
                } else if state != State::Draft && self.pool.rev() != rev {
                    self.tally.reopened += usize::from(signed > 0);
                    self.tally.taken_in += usize::from(self.pool.branches < branches);
                    assert!(self.pool.case.signatures().is_empty(), "seed {}", self.seed);
                    assert_eq!(self.pool.case.submitted(), Some(self.pool.rev()), "seed {}", self.seed);
                }
            }
            Body::Decision(decision) => {
                let is_here = decision.rev().is_none_or(|claimed| claimed == rev);
                let counts = is_here && self.pool.decide(&by(person), decision, 1).is_ok();
                self.tally.refused += usize::from(!counts);
                let now = self.pool.case.state();
                self.tally.signed += usize::from(counts && now == State::Signed);
                self.tally.returned += usize::from(counts && now == State::Draft && branches > 0);
                note.verdict = Some(counts.then(|| word(now)));
            }
        }
        assert!(!self.pool.document.is_waiting(), "seed {}: the pool waits for words", self.seed);
        self.log.push(note);
    }

    /// Every laptop and a second reading of the log say what the pool said record by record.
    pub fn compare(self, tally: &mut Tally) {
        let facts = |reading: &Reading| -> (Hash, State, Vec<_>, u32, Option<PersonId>) {
            let case = &reading.case;
            (reading.rev(), case.state(), case.signatures().to_vec(), reading.branches, case.holder())
        };
        let expected = facts(&self.pool);
        assert_eq!(facts(&read(&self.log)), expected, "seed {}: read again", self.seed);
        for at in 0..LAPTOPS.len() {
            assert_eq!(facts(&self.reading(at)), expected, "seed {}: laptop {at}", self.seed);
        }
        if self.pool.case.state() == State::Draft {
            let mut all = Document::new();
            for note in &self.log {
                if let Body::Words(update) = &note.body {
                    all.apply(update).unwrap();
                }
            }
            assert_eq!(all.revision().hash, expected.0, "seed {}: a draft holds every word", self.seed);
        }
        tally.beside += self.tally.beside;
        tally.taken_in += self.tally.taken_in;
        tally.refused += self.tally.refused;
        tally.reopened += self.tally.reopened;
        tally.returned += self.tally.returned;
        tally.signed += self.tally.signed;
    }
}

impl Window {
    fn open(client: u64, reading: &Reading) -> Self {
        let mut options = Options::with_client_id(ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let body = doc.get_or_insert_text("body");
        doc.get_or_insert_map("blocks");
        doc.transact_mut().apply_update(Update::decode_v1(&reading.document.state()).unwrap()).unwrap();
        Self { doc, body }
    }

    /// One act of the hand: typing, a new paragraph, deleting.
    fn stroke(&self, chance: &mut Dice) -> Vec<u8> {
        let blocks = self.doc.get_or_insert_map("blocks");
        let mut txn = self.doc.transact_mut();
        let length = self.body.len(&txn);
        let at = u32::try_from(chance.below(length as usize + 1)).unwrap();
        match chance.below(4) {
            0 if length > 4 => {
                let from = at.min(length - 2);
                self.body.remove_range(&mut txn, from, 1 + u32::try_from(chance.below(2)).unwrap());
            }
            1 => {
                let id = format!("{:016x}", chance.bits());
                let props = blocks.insert(&mut txn, id.as_str(), MapPrelim::default());
                props.insert(&mut txn, "t", "p");
                let end = Any::from(std::collections::HashMap::from([("b".to_owned(), Any::from(id))]));
                self.body.insert_embed(&mut txn, at, end);
            }
            _ => self.body.insert(&mut txn, at, ["水", "路通了", "救援", "字"][chance.below(4)]),
        }
        txn.encode_update_v1()
    }
}
