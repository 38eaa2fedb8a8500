//! The models of pool and library beside the real ones: the same words, the same answers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use satchel_pool::{Pool, Settings};
use satchel_simulator::{Centre, Shelf};
use satchel_store::{Library, LibraryKey, PoolLine, TakenIn};
use satchel_terms::{DeviceId, Hash, NewsroomId, Role};
use satchel_testkit::Dice;
use satchel_wire::protocol::{EnrolAsk, InviteAsk, RecordsAnswer};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, device_id, key_to_hex};

const STREAMS: [Stream; 2] = [Stream::Editorial, Stream::Telemetry];

fn seed() -> u64 {
    let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(77);
    println!("SEED={seed}");
    seed
}

/// A device with a chain that may be cut back and go on otherwise.
struct Pen {
    key: SigningKey,
    newsroom: NewsroomId,
    chains: BTreeMap<u8, Vec<Record>>,
}

impl Pen {
    fn new(dice: &mut Dice, newsroom: NewsroomId) -> Self {
        Self { key: SigningKey::from_bytes(&dice.key()), newsroom, chains: BTreeMap::new() }
    }

    fn device(&self) -> DeviceId {
        device_id(&self.key.verifying_key())
    }

    fn chain(&mut self, stream: Stream) -> &mut Vec<Record> {
        self.chains.entry(stream as u8).or_default()
    }

    fn write(&mut self, dice: &mut Dice) -> Record {
        let stream = STREAMS[usize::try_from(dice.between(0, 1)).unwrap()];
        if dice.is_hit(8_000) {
            let keep = self.chain(stream).len() / 2;
            self.chain(stream).truncate(keep); // a copy of yesterday goes on otherwise
        }
        let newsroom = if dice.is_hit(20_000) { NewsroomId([9; 16]) } else { self.newsroom };
        let kind = if dice.is_hit(100_000) { Kind::DECISION } else { Kind::DOC_UPDATE };
        let (seq, prev) =
            self.chain(stream).last().map_or((0, Hash::ZERO), |last| (last.header().seq, last.id()));
        let draft = Draft {
            kind,
            newsroom,
            device: self.device(),
            stream,
            seq: seq + 1,
            prev,
            time: HybridTime(dice.bits() >> 1),
            subject: [6; 16],
            codec: Codec::Raw,
            body: dice.bits().to_be_bytes().to_vec(),
        };
        let record = Record::seal(draft, &self.key).unwrap();
        if newsroom == self.newsroom {
            self.chain(stream).push(record.clone());
        }
        record
    }

    /// A slice of what it ever wrote, as a late, repeated or broken offer.
    fn offer(&mut self, dice: &mut Dice, said: &[Record]) -> Vec<Record> {
        let fresh = dice.between(0, 5);
        let mut offer: Vec<Record> = Vec::new();
        if !said.is_empty() && dice.is_hit(400_000) {
            let from = usize::try_from(dice.between(0, said.len() as u64 - 1)).unwrap();
            offer.extend(said[from..].iter().take(8).cloned());
        }
        offer.extend((0..fresh).map(|_| self.write(dice)));
        if dice.is_hit(30_000) {
            offer.reverse();
        }
        offer
    }
}

type Plain = (Vec<(Stream, u64, Hash)>, Vec<(Hash, String)>, Option<(u64, Hash)>);

/// What an answer says, without names that the clock made.
fn plain(answer: &RecordsAnswer) -> Plain {
    (
        answer.heads.iter().map(|head| (head.stream, head.seq, head.id)).collect(),
        answer.rejected.iter().map(|one| (one.id, one.code.clone())).collect(),
        answer.fork.map(|fork| (fork.seq, fork.id)),
    )
}

#[tokio::test]
async fn the_model_pool_answers_as_the_real_one() {
    let dir = tempfile::tempdir().unwrap();
    Pool::found(dir.path(), "元谋县融媒体中心").unwrap();
    let settings = Settings { data: dir.path().to_owned(), ..Settings::default() };
    let pool = Pool::open(settings).await.unwrap();
    let mut dice = Dice::new(seed());
    let newsroom = pool.facts().newsroom;
    let mut model = Centre::new(newsroom, SigningKey::from_bytes(&dice.key()), (1, 1));
    let mut pens: Vec<Pen> = (0..3).map(|_| Pen::new(&mut dice, newsroom)).collect();
    for pen in &pens[..2] {
        join(&pool, pen).await;
        model.enrol(&pen.key.verifying_key(), 1);
    }
    let mut said: Vec<Vec<Record>> = vec![Vec::new(); 3];
    let start = pool.keep().head().await.unwrap() - model.head();

    for step in 0..200 {
        let which = usize::try_from(dice.between(0, 2)).unwrap();
        let offer = pens[which].offer(&mut dice, &said[which]);
        said[which].extend(offer.iter().cloned());
        let bytes: Vec<u8> = offer.iter().flat_map(Record::bytes).copied().collect();
        let sender = pens[which].device();

        let real = pool.take_in(sender, &bytes).await.unwrap();
        let modelled = model.take_in(sender, &Record::frames(&bytes).unwrap(), 1).unwrap();

        assert_eq!(plain(&real), plain(&modelled), "step {step}");
    }
    assert_eq!(pool.keep().head().await.unwrap(), model.head() + start);
    let page = pool.keep().feed(0, usize::MAX >> 1).await.unwrap();
    let real: Vec<_> = Record::parse_many(&page.bytes).unwrap().iter().map(place).collect();
    let modelled: Vec<_> = model.feed().iter().map(|record| place(record)).collect();
    let own = real.iter().filter(|(kind, _)| *kind == Kind::POOL_VERDICT).count();
    println!("{} records in both feeds, {own} verdicts among them", real.len());
    let first = modelled.iter().position(|(_, name)| name.is_some()).unwrap();
    let real_first = real.iter().position(|(_, name)| name.is_some()).unwrap();
    assert_eq!(real[real_first..], modelled[first..]);
    assert!(own > 3);
}

/// Kind and name of a record; the pool's own names depend on its clock.
fn place(record: &Record) -> (Kind, Option<Hash>) {
    let kind = record.header().kind;
    let is_own = matches!(kind, Kind::POOL_VERDICT | Kind::DEVICE_CERT | Kind::ROLE_GRANT);
    (kind, (!is_own).then(|| record.id()))
}

async fn join(pool: &Pool, pen: &Pen) {
    let ask = InviteAsk {
        name: "王敏".to_owned(),
        roles: vec![Role::Reporter],
        person: None,
        valid_minutes: None,
        url: Some("http://127.0.0.1:1".to_owned()),
    };
    let invitation = pool.invite(&ask, 60_000).await.unwrap();
    let public_key = key_to_hex(&pen.key.verifying_key());
    pool.enrol(&EnrolAsk { code: invitation.code, public_key, machine: "laptop".to_owned() }).await.unwrap();
}

#[test]
fn the_model_library_answers_as_the_real_one() {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::create(dir.path(), &LibraryKey::new([3; 32])).unwrap();
    let mut dice = Dice::new(seed());
    let newsroom = NewsroomId([7; 16]);
    let mut pens: Vec<Pen> = (0..3).map(|_| Pen::new(&mut dice, newsroom)).collect();
    let own = pens[0].device();
    let mut model = Shelf::new(own, 1);
    let mut line = PoolLine {
        pool_id: newsroom.to_string(),
        epoch: 1,
        url: String::new(),
        key: [1; 32],
        cursor: 0,
        certificate: Some(certificate(&pens[0])),
    };
    library.set_pool(&line).unwrap();
    let mut said: Vec<Vec<Record>> = vec![Vec::new(); 3];
    let mut place = 0;

    for step in 0..250 {
        if dice.is_hit(40_000) {
            (line.epoch, line.cursor, place) = (line.epoch + 1, 0, 0);
            library.set_pool(&line).unwrap();
            model.begin_epoch(line.epoch);
        }
        let which = usize::try_from(dice.between(0, 2)).unwrap();
        let offer = pens[which].offer(&mut dice, &said[which]);
        said[which].extend(offer.iter().cloned());
        let taken: Vec<TakenIn> = offer
            .into_iter()
            .map(|record| {
                place += 1;
                let pool_seq = dice.is_hit(800_000).then_some(place);
                let doubt = dice.is_hit(50_000).then(|| "unknown-signer".to_owned());
                TakenIn { record, pool_seq, doubt }
            })
            .collect();

        let real = library.take_in(&taken, Some(place)).unwrap();
        let modelled = model.take_in(&taken, Some(place));

        assert_eq!(real, modelled, "step {step}");
        assert_eq!(library.pool().unwrap().unwrap().cursor, model.line.cursor);
        for pen in &pens {
            for stream in STREAMS {
                let device = pen.device();
                assert_eq!(
                    library.my_head(device, stream).unwrap(),
                    model.head(device, stream),
                    "step {step}"
                );
            }
        }
    }
    let apart: BTreeMap<_, _> =
        library.quarantine(10_000).unwrap().into_iter().map(|row| (row.id, row.reason)).collect();
    let modelled: BTreeMap<_, _> =
        model.apart().map(|apart| (apart.record.id(), apart.reason.clone())).collect();
    let other = apart.iter().find(|(id, reason)| modelled.get(*id) != Some(*reason));
    assert_eq!(other, None, "the model says {:?}", other.and_then(|(id, _)| modelled.get(id)));
    assert_eq!(apart.len(), modelled.len());
    let unplaced = library.unplaced(&[own], 0, usize::MAX >> 1).unwrap();
    let names: Vec<_> = unplaced.iter().map(|one| one.record.id()).collect();
    let modelled = model.unplaced(&[own], 0, usize::MAX >> 1);
    assert_eq!(names, modelled.iter().map(|(_, record)| record.id()).collect::<Vec<_>>());
    println!("{} stand apart in both, {} without a place", apart.len(), names.len());
    assert!(apart.values().any(|reason| matches!(reason.as_str(), "displaced" | "fork")));
}

/// A certificate as the library keeps it: only its subject matters here.
fn certificate(pen: &Pen) -> Vec<u8> {
    let key = SigningKey::from_bytes(&[5; 32]);
    let draft = Draft {
        kind: Kind::DEVICE_CERT,
        newsroom: pen.newsroom,
        device: device_id(&key.verifying_key()),
        stream: Stream::Editorial,
        seq: 1,
        prev: Hash::ZERO,
        time: HybridTime(1),
        subject: pen.device().0,
        codec: Codec::Json,
        body: b"{}".to_vec(),
    };
    Record::seal(draft, &key).unwrap().bytes().to_vec()
}
