//! A laptop: the real planner over a model library, and a desk that writes and keeps the device's name honest.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use satchel_store::{StoreError, TransferRow};
use satchel_sync::planner::{Answer, LibraryAsk, Memory, OwnHead, Pin, Planner, Question, Ticket};
use satchel_sync::{Identity, SyncError};
use satchel_terms::{DeviceId, Hash, NewsroomId, Stamp};
use satchel_wire::protocol::StreamHead;
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, device_id};

use crate::shelf::Shelf;
use satchel_testkit::Dice;

/// Bytes of an offer. Small, so that pages end everywhere.
const OFFER: usize = 3_000;
/// Both streams of a device.
pub const STREAMS: [Stream; 2] = [Stream::Editorial, Stream::Telemetry];

/// All that survives the power going out.
#[derive(Debug, Clone)]
pub struct Disk {
    /// The library.
    pub shelf: Shelf,
    /// Names this laptop has signed under; the last is the present one. Kept in the keyring.
    pub identities: Vec<Identity>,
    /// How far it has signed, beside the library.
    pub mark: BTreeMap<(DeviceId, u8), u64>,
    /// A new name waits for the pool's certificate.
    pub is_renewing: bool,
}

/// A blob under way.
#[derive(Debug, Clone)]
pub struct Carry {
    /// Its row.
    pub row: TransferRow,
    /// It must rest at the next safe point.
    pub is_broken_off: bool,
    /// Segments that arrived.
    pub done: u64,
}

/// One laptop.
#[derive(Debug)]
pub struct Laptop {
    /// For the trace.
    pub name: String,
    /// What is durable.
    pub disk: Disk,
    /// Older copies of the disk.
    pub copies: Vec<Disk>,
    /// The running program.
    pub planner: Option<Planner>,
    /// Counts starts, so that answers to a program that is gone are known.
    pub boot: u64,
    /// When the program started.
    pub started: u64,
    /// How wrong its clock is.
    pub clock: i64,
    /// The protocol it speaks.
    pub protocol: u32,
    /// Out of reach.
    pub is_away: bool,
    /// Whose address it has.
    pub centre: usize,
    /// Blobs under way.
    pub carries: BTreeMap<Ticket, Carry>,
    /// How often it was told that another laptop writes under its name.
    pub forks_told: u64,
    /// Hellos said since the weather calmed down.
    pub rounds: u64,
    /// Codes told to a person.
    pub told: BTreeSet<&'static str>,
}

/// A new name.
pub fn identity(dice: &mut Dice, newsroom: NewsroomId) -> Identity {
    let key = SigningKey::from_bytes(&dice.key());
    Identity { device: device_id(&key.verifying_key()), key, newsroom }
}

impl Disk {
    /// A disk whose name the pool vouches for already.
    pub fn new(identity: Identity, epoch: u64) -> Self {
        Self {
            shelf: Shelf::new(identity.device, epoch),
            identities: vec![identity],
            mark: BTreeMap::new(),
            is_renewing: false,
        }
    }

    /// The present name.
    pub fn me(&self) -> &Identity {
        let last = self.identities.len() - 1;
        &self.identities[last]
    }

    /// Whether the library stands behind what was signed.
    pub fn is_behind(&self) -> bool {
        let device = self.me().device;
        STREAMS.into_iter().any(|stream| {
            let marked = self.mark.get(&(device, stream as u8)).copied().unwrap_or(0);
            self.shelf.head(device, stream).map_or(0, |(seq, _)| seq) < marked
        })
    }

    /// Signs and appends.
    pub fn write(
        &mut self,
        stream: Stream,
        kind: Kind,
        subject: [u8; 16],
        body: Vec<u8>,
        wall: Stamp,
    ) -> Hash {
        let me = self.me().clone();
        let (seq, prev) = self.shelf.head(me.device, stream).unwrap_or((0, Hash::ZERO));
        let draft = Draft {
            kind,
            newsroom: me.newsroom,
            device: me.device,
            stream,
            seq: seq + 1,
            prev,
            time: HybridTime::next(u64::try_from(wall).unwrap_or(0), HybridTime(0)),
            subject,
            codec: Codec::Raw,
            body,
        };
        match Record::seal(draft, &me.key) {
            Ok(record) => {
                let id = record.id();
                assert!(self.shelf.append_own(record), "an own record follows its head");
                id
            }
            Err(error) => unreachable!("a laptop seals its own words: {error}"),
        }
    }

    /// Raises the mark after a write.
    pub fn raise_mark(&mut self) {
        let device = self.me().device;
        for stream in STREAMS {
            let seq = self.shelf.head(device, stream).map_or(0, |(seq, _)| seq);
            let mark = self.mark.entry((device, stream as u8)).or_default();
            *mark = (*mark).max(seq);
        }
    }

    /// Whether the pool's certificate of the present name has come.
    pub fn is_vouched_for(&self) -> bool {
        let me = self.me().device;
        self.shelf.records.values().any(|held| {
            held.record.header().kind == Kind::DEVICE_CERT && held.record.header().subject == me.0
        })
    }

    /// Names this laptop no longer signs under.
    fn former(&self) -> BTreeSet<DeviceId> {
        self.identities[..self.identities.len() - 1].iter().map(|one| one.device).collect()
    }

    /// Whether something has to be said again, and may be.
    pub fn must_say_again(&self) -> bool {
        let has_reason = self.is_renewing || self.shelf.has_displaced(&self.former());
        has_reason && self.is_vouched_for()
    }

    /// Says again under the new name what the old ones said and the pool does not hold. Returns the bodies.
    pub fn say_again(&mut self, wall: Stamp) -> Vec<Vec<u8>> {
        let again: Vec<Rc<Record>> = self.shelf.give_way(&self.former(), self.is_renewing);
        let mut bodies = Vec::new();
        for record in again {
            let (header, body) = (record.header(), record.body().unwrap_or_default());
            self.write(header.stream, header.kind, header.subject, body.clone(), wall);
            bodies.push(body);
        }
        self.shelf.own = self.me().device;
        self.is_renewing = false;
        self.raise_mark();
        bodies
    }

    /// Answers a question to the library.
    ///
    /// # Errors
    /// What a page that cannot be judged says.
    pub fn answer(&mut self, question: Question) -> Result<Answer, SyncError> {
        let device = self.me().device;
        let shelf = &mut self.shelf;
        Ok(match question {
            Question::Line => Answer::Line(true),
            Question::Library(LibraryAsk::Heads(mine)) => Answer::Heads(Some(memory(shelf, device, &mine))),
            Question::Library(LibraryAsk::ReopenTransfers) => {
                shelf.transfers_reopen();
                Answer::Done
            }
            Question::Library(LibraryAsk::BeginEpoch(epoch)) => {
                shelf.begin_epoch(epoch);
                Answer::Done
            }
            Question::Library(LibraryAsk::MarkPushed { stream, seq }) => {
                shelf.pushed.insert((device, stream as u8), seq);
                Answer::Done
            }
            Question::Library(LibraryAsk::Own { stream, after }) => {
                Answer::Own(shelf.records_after(device, stream, after, OFFER))
            }
            Question::Library(LibraryAsk::Take { records, cursor, .. }) => {
                Answer::Took(shelf.take_in(&records, cursor))
            }
            Question::Library(LibraryAsk::Waiting(devices)) => {
                let of = |device| shelf.quarantined_of(device, "unknown-signer");
                Answer::Waiting(devices.into_iter().flat_map(of).collect())
            }
            Question::Library(LibraryAsk::Unplaced { but, after }) => {
                Answer::Unplaced(shelf.unplaced(&but, after, OFFER))
            }
            Question::Library(LibraryAsk::Wishes { lane, due_at, limit }) => {
                Answer::Wishes(shelf.wishes(lane, due_at, limit))
            }
            Question::Library(LibraryAsk::Save(row)) => {
                let up = row.direction == satchel_store::Direction::Up;
                shelf.transfers.insert((row.root, up), row);
                Answer::Done
            }
            Question::Judge(page) => Answer::Judged(Box::new(page.judge()?)),
            _ => Answer::Done,
        })
    }

    /// Whom to believe.
    pub fn pin(&self, key: [u8; 32], with_certificates: bool) -> Pin {
        let certificates = if with_certificates { self.shelf.certificates() } else { Vec::new() };
        Pin { key, epoch: self.shelf.line.epoch, cursor: self.shelf.line.cursor, certificates }
    }
}

fn memory(shelf: &Shelf, device: DeviceId, mine: &[StreamHead]) -> Memory {
    let heads = STREAMS.into_iter().map(|stream| {
        let at_pool = mine.iter().find(|head| head.stream == stream);
        OwnHead {
            stream,
            seq: shelf.head(device, stream).map_or(0, |(seq, _)| seq),
            id_at_pool_head: at_pool.and_then(|head| shelf.id_at(device, stream, head.seq)),
        }
    });
    Memory { epoch: shelf.line.epoch, cursor: shelf.line.cursor, heads: heads.collect() }
}

/// The error of a full disk.
pub fn disk_full() -> SyncError {
    SyncError::Store(StoreError::DiskFull)
}
