//! A laptop's library as the exchange sees it: every call is one transaction, durable when it returns.
//!
//! The rules are those of `satchel_store` (`records.rs`, `pool_line.rs`, `transfers.rs`); the test
//! `the_model_library_answers_as_the_real_one` walks both side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use satchel_store::{TakenIn, Took, TransferRow, TransferState};
use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::{Kind, Record, Stream};

/// The place of a record in its chain.
pub type Place = (DeviceId, u8, u64);

/// A record that counts.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its place in the order of arrival.
    pub row: i64,
    /// The record.
    pub record: Rc<Record>,
    /// Its place in the pool's order.
    pub pool_seq: Option<u64>,
}

/// A record that stands apart.
#[derive(Debug, Clone)]
pub struct Apart {
    /// The record.
    pub record: Rc<Record>,
    /// Its place in the pool's order.
    pub pool_seq: Option<u64>,
    /// Why, as a code.
    pub reason: String,
}

/// The pinned pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The epoch the cursor belongs to.
    pub epoch: u64,
    /// How far its order was read.
    pub cursor: u64,
}

/// What a library holds durably.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// By place.
    pub records: BTreeMap<Place, Held>,
    names: BTreeMap<Hash, Place>,
    arrivals: BTreeMap<i64, Place>,
    apart: BTreeMap<u64, Apart>,
    next_row: u64,
    /// The device that the pool vouches for here.
    pub own: DeviceId,
    /// The pinned pool.
    pub line: Line,
    /// What the pool is known to hold.
    pub pushed: BTreeMap<(DeviceId, u8), u64>,
    /// Blobs that travel.
    pub transfers: BTreeMap<(Hash, bool), TransferRow>,
}

impl Shelf {
    /// An empty library that is pinned to a pool.
    #[must_use]
    pub const fn new(own: DeviceId, epoch: u64) -> Self {
        Self {
            records: BTreeMap::new(),
            names: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            apart: BTreeMap::new(),
            next_row: 0,
            own,
            line: Line { epoch, cursor: 0 },
            pushed: BTreeMap::new(),
            transfers: BTreeMap::new(),
        }
    }

    /// The newest number and name of a stream.
    #[must_use]
    pub fn head(&self, device: DeviceId, stream: Stream) -> Option<(u64, Hash)> {
        let stream = stream as u8;
        let newest = self.records.range((device, stream, 0)..=(device, stream, u64::MAX)).next_back();
        newest.map(|((_, _, seq), held)| (*seq, held.record.id()))
    }

    /// The name at a place.
    #[must_use]
    pub fn id_at(&self, device: DeviceId, stream: Stream, seq: u64) -> Option<Hash> {
        self.records.get(&(device, stream as u8, seq)).map(|held| held.record.id())
    }

    /// The place of a record that counts.
    #[must_use]
    pub fn place_of(&self, id: Hash) -> Option<Place> {
        self.names.get(&id).copied()
    }

    /// Appends an own record; false if it does not follow the head of its stream.
    pub fn append_own(&mut self, record: Record) -> bool {
        let header = record.header();
        let (last, id) = self.head(header.device, header.stream).unwrap_or((0, Hash::ZERO));
        let follows = header.seq == last + 1 && header.prev == id;
        if follows {
            self.insert(Rc::new(record), None);
        }
        follows
    }

    /// Own records above a number, at least one and then up to `limit` bytes.
    #[must_use]
    pub fn records_after(&self, device: DeviceId, stream: Stream, after: u64, limit: usize) -> Vec<Record> {
        let stream = stream as u8;
        let (mut found, mut size) = (Vec::new(), 0);
        for (_, held) in self.records.range((device, stream, after + 1)..=(device, stream, u64::MAX)) {
            size += held.record.bytes().len();
            if size > limit && !found.is_empty() {
                break;
            }
            found.push(Record::clone(&held.record));
        }
        found
    }

    /// Takes records in with the cursor that covers them.
    pub fn take_in(&mut self, records: &[TakenIn], cursor: Option<u64>) -> Took {
        let mut took = Took::default();
        for one in records {
            self.take_one(one, &mut took);
        }
        if let Some(cursor) = cursor {
            self.line.cursor = self.line.cursor.max(cursor);
        }
        took
    }

    fn take_one(&mut self, one: &TakenIn, took: &mut Took) {
        let id = one.record.id();
        if let Some(place) = self.names.get(&id) {
            if let (Some(held), Some(pool_seq)) = (self.records.get_mut(place), one.pool_seq) {
                held.pool_seq = Some(pool_seq);
                self.placed(&one.record);
            }
            return;
        }
        let reason = one.doubt.clone().or_else(|| {
            let others = one.pool_seq.is_some() && one.record.header().device != self.own;
            let mut doubt = self.chain_doubt(&one.record);
            if doubt.is_some() && others && self.displace(&one.record) {
                doubt = self.chain_doubt(&one.record);
            }
            doubt.map(str::to_owned)
        });
        let record = Rc::new(one.record.clone());
        if let Some(reason) = reason {
            took.quarantined += 1;
            self.set_aside(record, one.pool_seq, reason);
            return;
        }
        self.apart.retain(|_, apart| apart.record.id() != id);
        took.fresh += 1;
        took.subjects.insert((record.header().kind, record.header().subject));
        if one.pool_seq.is_some() {
            self.placed(&record);
        }
        self.insert(record, one.pool_seq);
    }

    /// What the pool's order brings of this laptop's own needs no other word that the pool holds it.
    fn placed(&mut self, record: &Record) {
        let header = record.header();
        if header.device == self.own {
            let upto = self.pushed.entry((header.device, header.stream as u8)).or_default();
            *upto = header.seq.max(*upto);
        }
    }

    fn set_aside(&mut self, record: Rc<Record>, pool_seq: Option<u64>, reason: String) {
        let known = self.apart.values_mut().find(|apart| apart.record.id() == record.id());
        if let Some(known) = known {
            known.reason = reason;
            known.pool_seq = pool_seq.or(known.pool_seq);
        } else {
            self.next_row += 1;
            self.apart.insert(self.next_row, Apart { record, pool_seq, reason });
        }
    }

    /// Sets aside what stands in the way of a record of the pool's order and has no place in that order itself.
    fn displace(&mut self, record: &Record) -> bool {
        let header = record.header();
        let (device, stream) = (header.device, header.stream as u8);
        let gone: Vec<Place> = self
            .records
            .range((device, stream, header.seq.saturating_sub(1))..=(device, stream, u64::MAX))
            .filter(|((_, _, seq), held)| {
                held.pool_seq.is_none() && (*seq >= header.seq || held.record.id() != header.prev)
            })
            .map(|(place, _)| *place)
            .collect();
        for place in &gone {
            if let Some(held) = self.remove(place) {
                self.set_aside(held.record, None, "displaced".to_owned());
            }
        }
        !gone.is_empty()
    }

    fn chain_doubt(&self, record: &Record) -> Option<&'static str> {
        let header = record.header();
        let is_chain = |reason: &str| matches!(reason, "fork" | "chain-broken");
        if self.apart().any(|apart| apart.record.id() == header.prev && is_chain(&apart.reason)) {
            return Some("chain-broken");
        }
        let at = |seq: u64| self.records.get(&(header.device, header.stream as u8, seq));
        if at(header.seq - 1).is_some_and(|before| before.record.id() != header.prev) {
            return Some("chain-broken");
        }
        if at(header.seq).is_some() {
            return Some("fork");
        }
        if at(header.seq + 1).is_some_and(|next| next.record.header().prev != record.id()) {
            return Some("chain-broken");
        }
        None
    }

    fn insert(&mut self, record: Rc<Record>, pool_seq: Option<u64>) {
        let header = record.header();
        let place = (header.device, header.stream as u8, header.seq);
        self.names.insert(record.id(), place);
        self.next_row += 1;
        let row = i64::try_from(self.next_row).unwrap_or(i64::MAX);
        self.arrivals.insert(row, place);
        self.records.insert(place, Held { row, record, pool_seq });
    }

    fn remove(&mut self, place: &Place) -> Option<Held> {
        let held = self.records.remove(place)?;
        self.arrivals.remove(&held.row);
        self.names.remove(&held.record.id());
        Some(held)
    }

    /// Records without a place in the pool's order, of any device but these.
    #[must_use]
    pub fn unplaced(&self, but: &[DeviceId], after: i64, limit: usize) -> Vec<(i64, Record)> {
        let (mut found, mut size) = (Vec::new(), 0);
        for (row, place) in self.arrivals.range(after.saturating_add(1)..) {
            let Some(held) = self.records.get(place) else { continue };
            if held.pool_seq.is_some() || but.contains(&place.0) {
                continue;
            }
            size += held.record.bytes().len();
            if size > limit && !found.is_empty() {
                break;
            }
            found.push((*row, Record::clone(&held.record)));
        }
        found
    }

    /// What stands apart, oldest first.
    pub fn apart(&self) -> impl Iterator<Item = &Apart> {
        self.apart.values()
    }

    /// What stands apart of a device for one reason, without the doubt.
    #[must_use]
    pub fn quarantined_of(&self, device: DeviceId, reason: &str) -> Vec<TakenIn> {
        let theirs =
            self.apart().filter(|apart| apart.record.header().device == device && apart.reason == reason);
        theirs
            .map(|apart| TakenIn {
                record: Record::clone(&apart.record),
                pool_seq: apart.pool_seq,
                doubt: None,
            })
            .collect()
    }

    /// The pool is in this epoch and is read from the start.
    pub fn begin_epoch(&mut self, epoch: u64) {
        if self.line.epoch != epoch {
            self.records.values_mut().for_each(|held| held.pool_seq = None);
            self.apart.values_mut().for_each(|apart| apart.pool_seq = None);
            self.pushed.clear();
        }
        self.line = Line { epoch, cursor: 0 };
    }

    /// Certificates held.
    #[must_use]
    pub fn certificates(&self) -> Vec<Record> {
        let all = self.records.values().filter(|held| held.record.header().kind == Kind::DEVICE_CERT);
        all.map(|held| Record::clone(&held.record)).collect()
    }

    /// Blobs that are due, lower lanes first, what is wanted at once first, smaller first.
    #[must_use]
    pub fn wishes(&self, lane: Option<u8>, due_at: Stamp, limit: usize) -> Vec<TransferRow> {
        let is_due = |row: &&TransferRow| {
            matches!(row.state, TransferState::Waiting | TransferState::Moving)
                && (row.next_try <= due_at || row.next_try > due_at + 3_600_000)
                && lane.is_none_or(|lane| row.lane == lane)
        };
        let mut rows: Vec<_> = self.transfers.values().filter(is_due).cloned().collect();
        rows.sort_by_key(|row| (row.lane, !row.is_urgent, row.total, row.root));
        rows.truncate(limit);
        rows
    }

    /// Looks at every finished upload again.
    pub fn transfers_reopen(&mut self) {
        for row in self.transfers.values_mut().filter(|row| row.state == TransferState::Pooled) {
            row.state = TransferState::Waiting;
            (row.next_try, row.tries, row.done_bytes) = (0, 0, 0);
        }
    }

    /// Hands out what has to be said again under the new name: what lost its place when the pool was rebuilt and, on
    /// the change of the name, what the pool does not hold of the old ones. That moves out of the way, and what stood
    /// apart for it is taken in.
    pub fn give_way(&mut self, old: &BTreeSet<DeviceId>, is_renewing: bool) -> Vec<Rc<Record>> {
        let lost: Vec<Place> = self
            .records
            .iter()
            .filter(|((device, _, _), held)| is_renewing && old.contains(device) && held.pool_seq.is_none())
            .map(|(place, _)| *place)
            .collect();
        let mut again = Vec::new();
        for place in lost {
            if let Some(held) = self.remove(&place) {
                self.set_aside(Rc::clone(&held.record), None, "said-again".to_owned());
                again.push(held.record);
            }
        }
        for apart in self.apart.values_mut() {
            if apart.reason == "displaced" && old.contains(&apart.record.header().device) {
                "said-again".clone_into(&mut apart.reason);
                again.push(Rc::clone(&apart.record));
            }
        }
        self.retake(old);
        again
    }

    /// Whether words of these devices lost their place to others when the pool was rebuilt.
    #[must_use]
    pub fn has_displaced(&self, devices: &BTreeSet<DeviceId>) -> bool {
        self.apart()
            .any(|apart| apart.reason == "displaced" && devices.contains(&apart.record.header().device))
    }

    /// Takes in what stood apart because of its chain, in the order of the chain.
    fn retake(&mut self, devices: &BTreeSet<DeviceId>) {
        let mut waiting: Vec<Apart> = self
            .apart()
            .filter(|apart| devices.contains(&apart.record.header().device) && apart.pool_seq.is_some())
            .filter(|apart| matches!(apart.reason.as_str(), "fork" | "chain-broken"))
            .cloned()
            .collect();
        waiting.sort_by_key(|apart| apart.record.header().seq);
        for apart in waiting {
            let record = Record::clone(&apart.record);
            self.take_in(&[TakenIn { record, pool_seq: apart.pool_seq, doubt: None }], None);
        }
    }
}
