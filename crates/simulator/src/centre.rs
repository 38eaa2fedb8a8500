//! A pool as the laptops see it: the rules of intake, its order, its memory. A crash keeps what was committed.
//!
//! The rules are those of `satchel_pool` (`intake.rs`, `keep`); the test `the_model_pool_answers_as_the_real_one`
//! walks both side by side.

use std::collections::BTreeMap;
use std::rc::Rc;

use satchel_sync::FeedPage;
use satchel_terms::{DeviceId, Hash, NewsroomId, PersonId, Role};
use satchel_wire::body::{Certificate, Verdict};
use satchel_wire::protocol::{Hello, RecordsAnswer, Rejected, StreamHead};
use satchel_wire::{
    Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, VerifyingKey, device_id, key_from_hex,
    key_to_hex,
};

/// Bytes of a page. Small, so that pages end everywhere.
pub const PAGE: usize = 6_000;

/// The pool broke down in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// What is durable.
#[derive(Debug, Clone, Default)]
struct Log {
    feed: Vec<Rc<Record>>,
    chains: BTreeMap<(DeviceId, u8), Vec<Hash>>,
    apart: BTreeMap<Hash, &'static str>,
    devices: BTreeMap<DeviceId, VerifyingKey>,
    blobs: BTreeMap<Hash, u64>,
    time: HybridTime,
}

/// A pool.
#[derive(Debug)]
pub struct Centre {
    /// Its centre.
    pub newsroom: NewsroomId,
    key: SigningKey,
    device: DeviceId,
    log: Log,
    backups: Vec<Log>,
    /// Its epoch.
    pub epoch: u64,
    /// The versions it speaks.
    pub speaks: (u32, u32),
    /// Whether it answers.
    pub is_up: bool,
    /// Commits until it breaks down.
    pub breaks_in: Option<u32>,
}

/// Records that are about to be committed.
#[derive(Default)]
struct Pending {
    records: Vec<Rc<Record>>,
    apart: Vec<(Hash, &'static str)>,
}

enum Admission {
    Known,
    Next,
    Refused(&'static str),
    Apart(&'static str),
    Fork(StreamHead),
}

impl Centre {
    /// A pool with this key.
    #[must_use]
    pub fn new(newsroom: NewsroomId, key: SigningKey, speaks: (u32, u32)) -> Self {
        let device = device_id(&key.verifying_key());
        let (log, backups) = (Log::default(), Vec::new());
        Self { newsroom, key, device, log, backups, epoch: 1, speaks, is_up: true, breaks_in: None }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Its own device.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Vouches for a device; twice changes nothing.
    pub fn enrol(&mut self, key: &VerifyingKey, now: u64) {
        let device = device_id(key);
        if self.log.devices.insert(device, *key).is_some() {
            return;
        }
        let certificate = Certificate {
            device,
            public_key: key_to_hex(key),
            person: PersonId([1; 16]),
            name: String::new(),
            roles: vec![Role::Reporter],
            newsroom: self.newsroom,
            not_after: i64::MAX,
            epoch: self.epoch,
        };
        let body = serde_json::to_vec(&certificate).unwrap_or_default();
        self.say(Kind::DEVICE_CERT, device.0, body, now);
    }

    /// Whether it vouches for a device.
    #[must_use]
    pub fn knows(&self, device: DeviceId) -> bool {
        self.log.devices.contains_key(&device)
    }

    /// The newest place of the feed.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.log.feed.len() as u64
    }

    /// The feed, in its order.
    #[must_use]
    pub fn feed(&self) -> &[Rc<Record>] {
        &self.log.feed
    }

    /// Answers hello.
    #[must_use]
    pub fn hello(&self, device: DeviceId, now: i64) -> Hello {
        Hello {
            protocol_min: self.speaks.0,
            protocol_max: self.speaks.1,
            pool: self.newsroom,
            epoch: self.epoch,
            now,
            head: self.head(),
            mine: self.heads_of(device),
            pool_key: String::new(),
            backup_mark: None,
            backup_proof: None,
            proof: None,
        }
    }

    /// The newest record of each stream of a device.
    #[must_use]
    pub fn heads_of(&self, device: DeviceId) -> Vec<StreamHead> {
        [Stream::Editorial, Stream::Telemetry]
            .into_iter()
            .filter_map(|stream| {
                let chain = self.log.chains.get(&(device, stream as u8))?;
                Some(StreamHead { stream, seq: chain.len() as u64, id: *chain.last()? })
            })
            .collect()
    }

    /// A page of the feed.
    #[must_use]
    pub fn page(&self, after: u64, limit: usize) -> FeedPage {
        let mut page = FeedPage { bytes: Vec::new(), next: after, head: self.head(), epoch: self.epoch };
        for record in self.log.feed.iter().skip(usize::try_from(after).unwrap_or(usize::MAX)) {
            if !page.bytes.is_empty() && page.bytes.len() + record.bytes().len() > limit {
                break;
            }
            page.bytes.extend_from_slice(record.bytes());
            page.next += 1;
        }
        page
    }

    /// Takes records in.
    ///
    /// # Errors
    /// [`Broken`] if it breaks down; what was committed before is kept.
    pub fn take_in(&mut self, sender: DeviceId, frames: &[&[u8]], now: u64) -> Result<RecordsAnswer, Broken> {
        let (mut answer, mut pending) = (RecordsAnswer::default(), Pending::default());
        for frame in frames {
            let Ok(record) = Record::parse(frame.to_vec()) else { continue };
            let record = Rc::new(record);
            let refuse = |answer: &mut RecordsAnswer, code: &'static str| {
                answer.rejected.push(Rejected { id: record.id(), code: code.to_owned() });
            };
            match self.admit(&record, &pending) {
                Admission::Apart("pool.not-yours") if self.epoch > 1 && self.has_certified(&record) => {
                    self.commit(&mut pending, None, now)?;
                    self.hear_again(&record, now);
                }
                Admission::Known => {}
                Admission::Refused(code) => refuse(&mut answer, code),
                Admission::Apart(code) => {
                    pending.apart.push((record.id(), code));
                    refuse(&mut answer, code);
                }
                Admission::Fork(ours) => {
                    answer.fork.get_or_insert(ours);
                    pending.apart.push((record.id(), "pool.fork"));
                    refuse(&mut answer, "pool.fork");
                }
                Admission::Next if record.header().kind == Kind::DECISION => {
                    self.commit(&mut pending, None, now)?;
                    pending.records.push(Rc::clone(&record));
                    self.commit(&mut pending, Some(&record), now)?;
                }
                Admission::Next => pending.records.push(record),
            }
        }
        self.commit(&mut pending, None, now)?;
        answer.heads = self.heads_of(sender);
        Ok(answer)
    }

    /// Whether it is a certificate that this pool signed before it was put back.
    fn has_certified(&self, record: &Record) -> bool {
        record.header().kind == Kind::DEVICE_CERT && record.verify(&self.key()).is_ok()
    }

    fn hear_again(&mut self, record: &Record, now: u64) {
        let certificate: Option<Certificate> = record.json().ok();
        if let Some(key) = certificate.and_then(|one| key_from_hex(&one.public_key).ok()) {
            self.enrol(&key, now);
        }
    }

    fn admit(&self, record: &Record, pending: &Pending) -> Admission {
        let header = record.header();
        if header.newsroom != self.newsroom {
            return Admission::Refused("pool.other-newsroom");
        }
        let (device, stream) = (header.device, header.stream as u8);
        let chain = self.log.chains.get(&(device, stream)).map_or(&[][..], Vec::as_slice);
        let mine: Vec<&Rc<Record>> = pending
            .records
            .iter()
            .filter(|one| (one.header().device, one.header().stream as u8) == (device, stream))
            .collect();
        let last = mine.last().map_or_else(
            || chain.last().map(|id| (chain.len() as u64, *id)),
            |last| Some((last.header().seq, last.id())),
        );
        let place = usize::try_from(header.seq - 1).unwrap_or(usize::MAX);
        let in_pending = mine.iter().find(|one| one.header().seq == header.seq).map(|one| one.id());
        let held = in_pending.or_else(|| chain.get(place).copied());
        if held == Some(record.id()) {
            return Admission::Known;
        }
        if device == self.device {
            return Admission::Apart("pool.not-yours");
        }
        let Some(key) = self.log.devices.get(&device) else { return Admission::Apart("pool.unknown-device") };
        if record.verify(key).is_err() {
            return Admission::Apart("wire.bad-signature");
        }
        if let Some(id) = held {
            return Admission::Fork(StreamHead { stream: header.stream, seq: header.seq, id });
        }
        match (record.follows(last), last) {
            (Ok(()), _) => Admission::Next,
            (Err(_), Some((seq, id))) if header.seq == seq + 1 => {
                Admission::Fork(StreamHead { stream: header.stream, seq, id })
            }
            (Err(_), _) => Admission::Refused("wire.chain-broken"),
        }
    }

    /// One transaction: records, then the verdict on the last of them.
    fn commit(&mut self, pending: &mut Pending, judged: Option<&Record>, now: u64) -> Result<(), Broken> {
        let Pending { records, apart } = std::mem::take(pending);
        if records.is_empty() && apart.is_empty() {
            return Ok(());
        }
        if let Some(left) = &mut self.breaks_in {
            if *left == 0 {
                (self.breaks_in, self.is_up) = (None, false);
                return Err(Broken);
            }
            *left -= 1;
        }
        self.log.apart.extend(apart);
        for record in records {
            self.append(record);
        }
        if let Some(record) = judged {
            let verdict = Verdict {
                record: record.id(),
                accepted: false,
                code: Some("wire.bad-body".to_owned()),
                state: None,
            };
            let body = serde_json::to_vec(&verdict).unwrap_or_default();
            self.say(Kind::POOL_VERDICT, record.header().subject, body, now);
        }
        Ok(())
    }

    fn append(&mut self, record: Rc<Record>) {
        let header = record.header();
        self.log.chains.entry((header.device, header.stream as u8)).or_default().push(record.id());
        self.log.feed.push(record);
    }

    fn say(&mut self, kind: Kind, subject: [u8; 16], body: Vec<u8>, now: u64) {
        self.log.time = HybridTime::next(now, self.log.time);
        let chain = self.log.chains.get(&(self.device, Stream::Editorial as u8));
        let draft = Draft {
            kind,
            newsroom: self.newsroom,
            device: self.device,
            stream: Stream::Editorial,
            seq: chain.map_or(0, |chain| chain.len() as u64) + 1,
            prev: chain.and_then(|chain| chain.last().copied()).unwrap_or(Hash::ZERO),
            time: self.log.time,
            subject,
            codec: Codec::Json,
            body,
        };
        match Record::seal(draft, &self.key) {
            Ok(record) => self.append(Rc::new(record)),
            Err(error) => unreachable!("the pool seals its own words: {error}"),
        }
    }

    /// Keeps the next missing segment of a blob; answers how many it holds.
    pub fn keep_segment(&mut self, root: Hash, segments: u64) -> u64 {
        let held = self.log.blobs.entry(root).or_default();
        *held = (*held + 1).min(segments);
        *held
    }

    /// How many segments of a blob it holds.
    #[must_use]
    pub fn segments(&self, root: Hash) -> u64 {
        self.log.blobs.get(&root).copied().unwrap_or(0)
    }

    /// Copies what is durable.
    pub fn back_up(&mut self) {
        self.backups.push(self.log.clone());
    }

    /// Puts a backup in place of what was, in a new epoch; false if there is none.
    pub fn restore(&mut self, which: usize) -> bool {
        if self.backups.is_empty() {
            return false;
        }
        self.log = self.backups[which % self.backups.len()].clone();
        self.epoch += 1;
        true
    }
}
