//! The planner without hands: what it asks for, and what it never asks for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::VecDeque;

use satchel_store::{Direction, Took, TransferRow, TransferState};
use satchel_sync::planner::{
    Answer, Effect, Event, LibraryAsk, Memory, Moment, OwnHead, Pin, Planner, PoolAsk, Question, Ticket,
};
use satchel_sync::{FeedPage, Happened, Identity, Mode, Night, Rules, SyncError};
use satchel_terms::{Hash, NewsroomId};
use satchel_wire::protocol::{Hello, RecordsAnswer, Rejected, StreamHead};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, device_id};

const NEWSROOM: NewsroomId = NewsroomId([7; 16]);

fn identity(seed: u8) -> Identity {
    let key = SigningKey::from_bytes(&[seed; 32]);
    Identity { device: device_id(&key.verifying_key()), key, newsroom: NEWSROOM }
}

/// A chain of so many records.
fn chain(of: &Identity, count: u64) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for seq in 1..=count {
        let draft = Draft {
            kind: Kind::DOC_UPDATE,
            newsroom: NEWSROOM,
            device: of.device,
            stream: Stream::Editorial,
            seq,
            prev: records.last().map_or(Hash::ZERO, Record::id),
            time: HybridTime(seq),
            subject: [6; 16],
            codec: Codec::Raw,
            body: seq.to_be_bytes().to_vec(),
        };
        records.push(Record::seal(draft, &of.key).unwrap());
    }
    records
}

/// A laptop and a pool that answer at once, and count what moved.
struct Table {
    planner: Planner,
    me: Identity,
    mine: Vec<Record>,
    at_pool: usize,
    page: usize,
    /// The pool refuses everything above this number.
    refuses: Option<usize>,
    feed: Vec<Record>,
    cursor: u64,
    pushed: u64,
    pulled: u64,
    offers: u64,
    wishes: Vec<TransferRow>,
    carried: Vec<TransferRow>,
    told: Vec<Happened>,
    broken_off: u32,
    open: VecDeque<(Ticket, Question)>,
    clock: u64,
    /// The pool's epoch, and the one that the library knows.
    epoch: u64,
    known_epoch: u64,
}

impl Table {
    fn new() -> Self {
        let me = identity(1);
        Self {
            planner: Planner::new(me.clone(), 1, 2),
            me,
            mine: Vec::new(),
            at_pool: 0,
            page: 100,
            refuses: None,
            feed: Vec::new(),
            cursor: 0,
            pushed: 0,
            pulled: 0,
            offers: 0,
            wishes: Vec::new(),
            carried: Vec::new(),
            told: Vec::new(),
            broken_off: 0,
            open: VecDeque::new(),
            clock: 0,
            epoch: 1,
            known_epoch: 1,
        }
    }

    fn step(&mut self, event: Event) {
        self.clock += 10;
        let now = Moment { wall: 1_000, since_start: self.clock, dice: 0.5 };
        for effect in self.planner.step(event, now) {
            match effect {
                Effect::Ask { ticket, question } => self.open.push_back((ticket, question)),
                Effect::Drop(ticket) => self.open.retain(|(open, _)| *open != ticket),
                Effect::Tell(news) => self.told.push(news),
                Effect::BreakOff(_) => self.broken_off += 1,
                _ => {}
            }
        }
    }

    /// Answers until only waits, pauses and journeys are open.
    fn run(&mut self) {
        let waits = |question: &Question| {
            matches!(question, Question::Pool(PoolAsk::News { .. }) | Question::Sleep(_) | Question::Carry(_))
        };
        while let Some(place) = self.open.iter().position(|(_, question)| !waits(question)) {
            let (ticket, question) = self.open.remove(place).unwrap();
            let outcome = self.answer(question);
            self.step(Event::Answer { ticket, outcome });
        }
    }

    /// The pool's patience ends without news, and so does the pause after it.
    fn no_news(&mut self) {
        let is_wait = |question: &Question| {
            matches!(question, Question::Pool(PoolAsk::News { .. }) | Question::Sleep(_))
        };
        for _ in 0..6 {
            let Some(place) = self.open.iter().position(|(_, question)| is_wait(question)) else { return };
            let (ticket, question) = self.open.remove(place).unwrap();
            let outcome = match question {
                Question::Pool(_) => Ok(Answer::News(self.feed.len() as u64)),
                _ => Ok(Answer::Done),
            };
            self.step(Event::Answer { ticket, outcome });
            self.run();
        }
    }

    fn answer(&mut self, question: Question) -> Result<Answer, SyncError> {
        let head = |seq: usize| StreamHead {
            stream: Stream::Editorial,
            seq: seq as u64,
            id: self.mine[seq - 1].id(),
        };
        Ok(match question {
            Question::Line => Answer::Line(true),
            Question::Pool(PoolAsk::Hello) => Answer::Hello {
                hello: Hello {
                    protocol_min: 1,
                    protocol_max: 1,
                    pool: NEWSROOM,
                    epoch: self.epoch,
                    now: 0,
                    head: self.feed.len() as u64,
                    mine: (self.at_pool > 0).then(|| head(self.at_pool)).into_iter().collect(),
                    pool_key: String::new(),
                    backup_mark: None,
                    backup_proof: None,
                    proof: None,
                },
                offset_ms: 0,
            },
            Question::Library(LibraryAsk::Heads(mine)) => {
                let at = mine.first().map(|head| head.id);
                let own =
                    OwnHead { stream: Stream::Editorial, seq: self.mine.len() as u64, id_at_pool_head: at };
                Answer::Heads(Some(Memory { epoch: self.known_epoch, cursor: self.cursor, heads: vec![own] }))
            }
            Question::Library(LibraryAsk::BeginEpoch(epoch)) => {
                self.known_epoch = epoch;
                Answer::Done
            }
            Question::Library(LibraryAsk::Own { after, .. }) => {
                let from = usize::try_from(after).unwrap();
                Answer::Own(self.mine[from..].iter().take(self.page).cloned().collect())
            }
            Question::Pool(PoolAsk::Push(records)) => {
                self.offers += 1;
                let mut answer = RecordsAnswer::default();
                for record in &records {
                    let seq = usize::try_from(record.header().seq).unwrap();
                    if self.refuses.is_some_and(|most| seq > most) {
                        let code = "pool.other-newsroom".to_owned();
                        answer.rejected.push(Rejected { id: record.id(), code });
                    } else {
                        assert_eq!(seq, self.at_pool + 1, "exactly what is missing, once");
                        self.at_pool = seq;
                        self.pushed += 1;
                    }
                }
                let head = StreamHead {
                    stream: Stream::Editorial,
                    seq: self.at_pool as u64,
                    id: self.at_pool.checked_sub(1).map_or(Hash::ZERO, |last| self.mine[last].id()),
                };
                answer.heads.push(head);
                Answer::Pushed(answer)
            }
            Question::Library(LibraryAsk::Trust { .. }) => Answer::Trust(Some(Pin {
                key: pool().key.verifying_key().to_bytes(),
                epoch: self.known_epoch,
                cursor: self.cursor,
                certificates: Vec::new(),
            })),
            Question::Pool(PoolAsk::Feed { after }) => {
                let from = usize::try_from(after).unwrap();
                let page: Vec<_> = self.feed[from..].iter().take(self.page).collect();
                Answer::Page(FeedPage {
                    bytes: page.iter().flat_map(|record| record.bytes()).copied().collect(),
                    next: after + page.len() as u64,
                    head: self.feed.len() as u64,
                    epoch: self.epoch,
                })
            }
            Question::Judge(page) => Answer::Judged(Box::new(page.judge()?)),
            Question::Library(LibraryAsk::Take { records, cursor, .. }) => {
                self.pulled += records.len() as u64;
                let places: Vec<_> = records.iter().filter_map(|one| one.pool_seq).collect();
                let expected: Vec<_> = (self.cursor + 1..=self.cursor + records.len() as u64).collect();
                assert_eq!(places, expected, "exactly what is missing, once");
                self.cursor = cursor.unwrap();
                Answer::Took(Took { fresh: records.len(), ..Took::default() })
            }
            Question::Library(LibraryAsk::Waiting(_)) => Answer::Waiting(Vec::new()),
            Question::Library(LibraryAsk::Unplaced { .. }) => Answer::Unplaced(Vec::new()),
            Question::Library(LibraryAsk::Wishes { lane, limit, .. }) => {
                let mut rows: Vec<_> = self.wishes.clone();
                rows.retain(|row| matches!(row.state, TransferState::Waiting | TransferState::Moving));
                rows.retain(|row| lane.is_none_or(|lane| row.lane == lane));
                rows.sort_by_key(|row| (row.lane, !row.is_urgent, row.total));
                rows.truncate(limit);
                Answer::Wishes(rows)
            }
            Question::Library(LibraryAsk::Save(row)) => {
                let known = self.wishes.iter_mut().find(|known| known.root == row.root).unwrap();
                *known = row;
                Answer::Done
            }
            _ => Answer::Done,
        })
    }

    /// Every journey that is open arrives; returns their lanes.
    fn arrive(&mut self) -> Vec<u8> {
        let mut lanes = Vec::new();
        while let Some(place) =
            self.open.iter().position(|(_, question)| matches!(question, Question::Carry(_)))
        {
            let (ticket, question) = self.open.remove(place).unwrap();
            let Question::Carry(row) = question else { unreachable!() };
            lanes.push(row.lane);
            self.carried.push(row.clone());
            let answer = Answer::Carried { outcome: Ok(()), done_bytes: row.total };
            self.step(Event::Answer { ticket, outcome: Ok(answer) });
        }
        self.run();
        lanes
    }
}

fn pool() -> Identity {
    identity(9)
}

#[test]
fn page_boundaries_move_exactly_what_is_missing_in_both_directions() {
    // sync.md 7.1, invariant 12: the edges of missing counts 0 to 1,001, pages of 1, 2, 99, 100, 500
    let (mine, feed) = (chain(&identity(1), 1_001), chain(&pool(), 1_001));
    let mut cases = 0;
    for page in [1, 2, 99, 100, 500] {
        let edges =
            (0..=12).chain(95..=105).chain(195..=205).chain(297..=303).chain(495..=505).chain(990..=1_001);
        for missing in edges.filter(|missing| page > 2 || *missing < 210) {
            let held = 1_001 - missing;
            let mut table = Table::new();
            table.page = page;
            (table.mine, table.at_pool) = (mine.clone(), held);
            (table.feed, table.cursor) = (feed.clone(), held as u64);
            table.step(Event::Lever(Mode::Run));
            table.run();

            assert_eq!(
                (table.at_pool, table.pushed),
                (1_001, missing as u64),
                "{missing} in pages of {page}"
            );
            assert_eq!((table.cursor, table.pulled), (1_001, missing as u64), "{missing} in pages of {page}");
            cases += 1;
        }
    }
    println!("{cases} cases");
}

#[test]
fn a_thousand_refused_records_hold_no_news_back_and_are_told_once() {
    // invariant 19
    let mut table = Table::new();
    table.mine = chain(&identity(1), 1_005);
    table.refuses = Some(5);
    table.step(Event::Lever(Mode::Run));
    table.run();
    let offers = table.offers;
    for round in 1..=20 {
        table.feed = chain(&pool(), round);
        table.step(Event::Now);
        table.run();
        assert_eq!(table.cursor, round, "news arrive in the round in which they are there");
    }

    assert_eq!(table.pushed, 5);
    assert_eq!(table.offers, offers, "what was refused is not carried again and again");
    let rejected = table.told.iter().filter(|news| matches!(news, Happened::Rejected { .. })).count();
    let called = table.told.iter().filter(|news| matches!(news, Happened::NeedsYou { .. })).count();
    assert_eq!((rejected, called), (95, 1), "every refusal and the need are told once");

    table.refuses = None;
    table.clock += 900_000;
    table.step(Event::Now);
    table.run();
    assert_eq!(table.at_pool, 1_005, "after a while it is offered again");
}

/// A pool that refused the last of three records, and would take it now.
fn the_third_was_refused() -> Table {
    let mut table = Table::new();
    table.mine = chain(&identity(1), 3);
    table.refuses = Some(2);
    table.step(Event::Lever(Mode::Run));
    table.run();
    table.refuses = None;
    table
}

#[test]
fn what_was_refused_is_offered_again_after_a_while_although_nothing_else_happens() {
    let mut table = the_third_was_refused();

    table.no_news();
    assert_eq!(table.at_pool, 2, "not at once");
    table.clock += 900_000;
    table.no_news();

    assert_eq!(table.at_pool, 3);
}

#[test]
fn what_was_refused_is_offered_at_once_to_a_pool_that_was_put_back() {
    let mut table = the_third_was_refused();
    table.epoch = 2;

    table.step(Event::Now);
    table.run();

    assert_eq!(table.at_pool, 3);
}

#[test]
fn text_goes_while_blobs_go_and_small_files_go_before_originals() {
    let mut table = Table::new();
    let wish = |number: u8, lane| {
        TransferRow::waiting(Hash([number; 32]), Direction::Up, lane, u64::from(number) * 1_000, [0; 16])
    };
    table.wishes = vec![wish(9, 2), wish(1, 1), wish(2, 1), wish(3, 1), wish(4, 1), wish(5, 1), wish(8, 2)];
    table.step(Event::Lever(Mode::Run));
    table.run();
    table.mine = chain(&table.me, 3);
    table.step(Event::Now);
    table.run();
    assert_eq!(table.pushed, 3, "text does not wait for blobs under way");

    let mut batches = Vec::new();
    while let lanes = table.arrive()
        && !lanes.is_empty()
    {
        batches.push(lanes);
    }

    assert_eq!(batches.concat(), [1, 1, 1, 1, 1, 2, 2]);
    assert!(table.wishes.iter().all(|row| row.state == TransferState::Pooled));
}

/// By this clock it is noon or midnight.
fn night_rules(is_night: bool, is_metered: bool) -> Event {
    let night = Some(Night { from: 22 * 60, to: 6 * 60 });
    Event::Rules(Rules { is_metered, night, utc_offset: if is_night { 0 } else { 720 } })
}

/// Lets every pause that the lanes asked for be over.
fn pass_pauses(table: &mut Table) {
    let pauses: Vec<_> = table
        .open
        .iter()
        .filter(|(_, question)| matches!(question, Question::Sleep(_)))
        .map(|(ticket, _)| *ticket)
        .collect();
    for ticket in pauses {
        table.open.retain(|(open, _)| *open != ticket);
        table.step(Event::Answer { ticket, outcome: Ok(Answer::Done) });
    }
    table.run();
}

#[test]
fn originals_wait_for_the_night_and_what_is_sent_now_does_not() {
    let mut table = Table::new();
    let wish = |number: u8, lane| {
        TransferRow::waiting(Hash([number; 32]), Direction::Up, lane, u64::from(number) * 1_000, [0; 16])
    };
    table.wishes = vec![wish(1, 1), wish(7, 2), wish(8, 2)];
    table.step(night_rules(false, false));
    table.step(Event::Lever(Mode::Run));
    table.run();
    assert_eq!((table.arrive(), table.arrive()), (vec![1], vec![]), "the originals wait for the night");

    table.wishes[2].is_urgent = true;
    table.step(Event::Now);
    table.run();
    assert_eq!(table.arrive(), [2]);
    assert_eq!(table.carried.last().unwrap().root, Hash([8; 32]), "the one that was sent now");
    assert!(table.arrive().is_empty(), "and no other");

    table.step(night_rules(true, true));
    table.run();
    assert!(table.arrive().is_empty(), "a metered line has no night");
    table.step(night_rules(true, false));
    table.run();
    assert_eq!(table.arrive(), [2]);
}

#[test]
fn an_original_on_the_way_rests_when_its_night_is_over() {
    let mut table = Table::new();
    table.wishes = vec![TransferRow::waiting(Hash([7; 32]), Direction::Up, 2, 7_000, [0; 16])];
    table.step(night_rules(true, false));
    table.step(Event::Lever(Mode::Run));
    table.run();
    assert!(table.open.iter().any(|(_, question)| matches!(question, Question::Carry(_))));
    assert_eq!(table.broken_off, 0);

    table.step(night_rules(false, false));

    assert_eq!(table.broken_off, 1);
}

#[test]
fn an_original_on_the_way_gives_way_to_the_one_that_is_sent_now() {
    let mut table = Table::new();
    let wish = |number: u8| TransferRow::waiting(Hash([number; 32]), Direction::Up, 2, 9_000, [0; 16]);
    table.wishes = vec![wish(7), wish(8)];
    table.step(Event::Lever(Mode::Run));
    table.run();
    pass_pauses(&mut table);
    assert_eq!(table.broken_off, 0, "one of its own rank does not disturb it");

    table.wishes[1].is_urgent = true;
    pass_pauses(&mut table);

    assert_eq!(table.broken_off, 1);
}

#[test]
fn an_answer_that_comes_twice_or_too_late_changes_nothing() {
    // invariant 18, the part of the answers
    let mut table = Table::new();
    table.mine = chain(&identity(1), 3);
    table.step(Event::Lever(Mode::Run));
    let mut late = Vec::new();
    while let Some(place) = table.open.iter().position(|(_, question)| {
        !matches!(question, Question::Pool(PoolAsk::News { .. }) | Question::Sleep(_) | Question::Carry(_))
    }) {
        let (ticket, question) = table.open.remove(place).unwrap();
        late.push(ticket);
        let outcome = table.answer(question);
        table.step(Event::Answer { ticket, outcome });
    }
    let open = table.open.len();
    for ticket in late {
        table.step(Event::Answer { ticket, outcome: Ok(Answer::Done) });
        table.step(Event::Answer { ticket, outcome: Err(SyncError::Silent) });
    }

    assert_eq!((table.open.len(), table.pushed), (open, 3));
}

/// The wait for news that is open, in seconds; it ends after so many, with this outcome, and its pause is passed.
fn pass_wait(table: &mut Table, seconds: Option<u64>, outcome: Result<Answer, SyncError>) -> u64 {
    let is_news = |question: &Question| matches!(question, Question::Pool(PoolAsk::News { .. }));
    let place = table.open.iter().position(|(_, question)| is_news(question)).unwrap();
    let (ticket, question) = table.open.remove(place).unwrap();
    let Question::Pool(PoolAsk::News { wait, .. }) = question else { unreachable!() };
    table.clock += seconds.unwrap_or(wait.as_secs()) * 1_000;
    table.step(Event::Answer { ticket, outcome });
    while let Some(place) = table.open.iter().position(|(_, question)| matches!(question, Question::Sleep(_)))
    {
        let (ticket, _) = table.open.remove(place).unwrap();
        table.step(Event::Answer { ticket, outcome: Ok(Answer::Done) });
        table.run();
        if table.open.iter().any(|(_, question)| is_news(question)) {
            break;
        }
    }
    wait.as_secs()
}

#[test]
fn a_quiet_laptop_asks_twice_an_hour_and_a_broken_wait_brings_it_back_to_a_minute() {
    let mut table = Table::new();
    table.step(Event::Lever(Mode::Run));
    table.run();

    let quiet: Vec<u64> = (0..7).map(|_| pass_wait(&mut table, None, Ok(Answer::News(0)))).collect();
    assert_eq!(quiet, [55, 110, 220, 440, 880, 1_760, 1_800]);

    pass_wait(&mut table, Some(610), Err(SyncError::Silent));
    let after: Vec<u64> = (0..5).map(|_| pass_wait(&mut table, None, Ok(Answer::News(0)))).collect();
    assert_eq!(after, [55, 110, 220, 440, 440], "a gate that bears ten minutes");

    table.step(Event::OtherWay);
    table.run();
    assert_eq!(pass_wait(&mut table, None, Ok(Answer::News(0))), 55, "another network is asked anew");
}
