//! Taking records in: structure, signature, chain; then the authority; then the log.
//!
//! The same batch sent again changes nothing. A record that cannot be believed stands apart and keeps no other back.

use std::collections::HashMap;

use satchel_failure::Explain;
use satchel_terms::{DeviceId, Hash};
use satchel_wire::body::Verdict;
use satchel_wire::protocol::{RecordsAnswer, Rejected, StreamHead};
use satchel_wire::{Kind, Record, Stream, WireError, device_id, key_from_hex};

use crate::authority::{Ruling, is_judged};
use crate::failure::Outcome;
use crate::keep::{Batch, DeviceRow, Quarantined};
use crate::{Pool, chance, own_json};

/// What becomes of one record.
enum Admission {
    /// It is held already.
    Known,
    /// It is the next of its chain.
    Next(Box<DeviceRow>),
    /// Not taken, may come again.
    Refused(&'static str),
    /// Kept, but apart.
    Apart(&'static str),
    /// Another record holds its place.
    Fork(StreamHead),
}

/// One round of taking in.
struct Round {
    head: u64,
    batch: Batch,
    ends: HashMap<(DeviceId, Stream), Option<(u64, Hash)>>,
    devices: HashMap<DeviceId, Option<DeviceRow>>,
    answer: RecordsAnswer,
}

impl Pool {
    /// Takes in records written one after another, and answers what is held durably of the sender's streams.
    ///
    /// # Errors
    /// [`WireError`] when the frames cannot be told apart; what the store says.
    pub async fn take_in(&self, sender: DeviceId, bytes: &[u8]) -> Outcome<RecordsAnswer> {
        let frames = Record::frames(bytes)?;
        let _turn = self.turn().await;
        let mut answer = crate::again_when_moved(|| self.try_take_in(&frames)).await?;
        answer.rejected.iter().for_each(|refused| self.metrics().refused(&refused.code));
        answer.heads = self.keep().heads_of(sender).await?;
        Ok(answer)
    }

    async fn try_take_in(&self, frames: &[&[u8]]) -> Outcome<RecordsAnswer> {
        let mut round = Round {
            head: self.keep().head().await?,
            batch: Batch::default(),
            ends: HashMap::new(),
            devices: HashMap::new(),
            answer: RecordsAnswer::default(),
        };
        for frame in frames {
            match Record::parse(frame.to_vec()) {
                Ok(record) => self.take_one(&mut round, record).await?,
                Err(error) => round.set_apart(Hash(*blake3::hash(frame).as_bytes()), error.code(), frame),
            }
        }
        self.flush(&mut round).await?;
        Ok(round.answer)
    }

    async fn take_one(&self, round: &mut Round, record: Record) -> Outcome<()> {
        match self.admit(round, &record).await? {
            Admission::Known => {}
            Admission::Refused(code) => round.reject(record.id(), code),
            Admission::Apart("pool.not-yours") if self.is_heard_again(round, &record).await? => {}
            Admission::Apart(code) => round.set_apart(record.id(), code, record.bytes()),
            Admission::Fork(ours) => {
                round.answer.fork.get_or_insert(ours);
                round.set_apart(record.id(), "pool.fork", record.bytes());
            }
            Admission::Next(row) => self.append(round, record, &row).await?,
        }
        Ok(())
    }

    /// Whether it is a word on a device that this pool said before it was restored; then it counts again.
    async fn is_heard_again(&self, round: &mut Round, record: &Record) -> Outcome<bool> {
        if !matches!(record.header().kind, Kind::DEVICE_CERT | Kind::DEVICE_REVOKE) {
            return Ok(false);
        }
        self.flush(round).await?;
        let is_heard = self.hear_former_word(record).await?;
        (round.head, round.devices) = (self.keep().head().await?, HashMap::new());
        Ok(is_heard)
    }

    /// Adds the next record of a chain; one that needs a judgement is judged alone, on all that came before.
    async fn append(&self, round: &mut Round, record: Record, row: &DeviceRow) -> Outcome<()> {
        let header = record.header();
        round.ends.insert((header.device, header.stream), Some((header.seq, record.id())));
        if !is_judged(header.kind) {
            round.batch.records.push(record);
            return Ok(());
        }
        self.flush(round).await?;
        let ruling = self.rule(&record, row).await?;
        if header.kind == Kind::DEVICE_REVOKE {
            round.devices.clear();
        }
        round.batch = judged(record, ruling)?;
        self.flush(round).await
    }

    async fn flush(&self, round: &mut Round) -> Outcome<()> {
        let mut batch = std::mem::take(&mut round.batch);
        if batch.records.is_empty() && batch.quarantine.is_empty() {
            return Ok(());
        }
        batch.now = chance::now();
        batch.expect_head = Some(round.head);
        let count = batch.records.len();
        round.head = self.commit(batch).await?.head;
        self.metrics().taken(count);
        Ok(())
    }

    async fn admit(&self, round: &mut Round, record: &Record) -> Outcome<Admission> {
        let header = record.header();
        if header.newsroom != self.facts().newsroom {
            return Ok(Admission::Refused("pool.other-newsroom"));
        }
        let end = self.end_of(round, header.device, header.stream).await?;
        let is_past = end.is_some_and(|(seq, _)| header.seq <= seq);
        let held = if is_past { self.held_at(round, record).await? } else { None };
        if held == Some(record.id()) {
            return Ok(Admission::Known);
        }
        if header.device == device_id(&self.key().verifying_key()) {
            return Ok(Admission::Apart("pool.not-yours"));
        }
        let Some(row) = self.device_of(round, header.device).await? else {
            return Ok(Admission::Apart("pool.unknown-device"));
        };
        if let Err(error) = key_from_hex(&row.public_key).and_then(|key| record.verify(&key)) {
            return Ok(Admission::Apart(error.code()));
        }
        if row.revoked.is_some() {
            return Ok(Admission::Apart("pool.device-revoked"));
        }
        if let Some(ours) = held {
            return Ok(Admission::Fork(StreamHead { stream: header.stream, seq: header.seq, id: ours }));
        }
        if row.not_after < chance::now() {
            return Ok(Admission::Refused("pool.certificate-expired"));
        }
        Ok(match (record.follows(end), end) {
            (Ok(()), _) => Admission::Next(Box::new(row)),
            (Err(_), Some((seq, id))) if header.seq == seq + 1 => {
                Admission::Fork(StreamHead { stream: header.stream, seq, id })
            }
            (Err(_), _) => Admission::Refused(WireError::ChainBroken { seq: header.seq }.code()),
        })
    }

    async fn end_of(
        &self,
        round: &mut Round,
        device: DeviceId,
        stream: Stream,
    ) -> Outcome<Option<(u64, Hash)>> {
        if let Some(end) = round.ends.get(&(device, stream)) {
            return Ok(*end);
        }
        let heads = self.keep().heads_of(device).await?;
        let end = heads.iter().find(|head| head.stream == stream).map(|head| (head.seq, head.id));
        round.ends.insert((device, stream), end);
        Ok(end)
    }

    /// The record that holds this one's place: in the log, or earlier in this round.
    async fn held_at(&self, round: &Round, record: &Record) -> Outcome<Option<Hash>> {
        let header = record.header();
        let is_here = |other: &&Record| {
            let theirs = other.header();
            (theirs.device, theirs.stream, theirs.seq) == (header.device, header.stream, header.seq)
        };
        if let Some(here) = round.batch.records.iter().find(is_here) {
            return Ok(Some(here.id()));
        }
        self.keep().record_at(header.device, header.stream, header.seq).await
    }

    async fn device_of(&self, round: &mut Round, device: DeviceId) -> Outcome<Option<DeviceRow>> {
        if let Some(row) = round.devices.get(&device) {
            return Ok(row.clone());
        }
        let row = self.keep().device(device).await?;
        round.devices.insert(device, row.clone());
        Ok(row)
    }
}

impl Round {
    fn reject(&mut self, id: Hash, code: &str) {
        self.answer.rejected.push(Rejected { id, code: code.to_owned() });
    }

    fn set_apart(&mut self, id: Hash, code: &str, bytes: &[u8]) {
        tracing::warn!(record = %id, code, "record set apart");
        self.batch.quarantine.push(Quarantined { id, code: code.to_owned(), bytes: bytes.to_vec() });
        self.reject(id, code);
    }
}

/// A record with the pool's verdict and all that follows from it.
fn judged(record: Record, ruling: Ruling) -> Outcome<Batch> {
    let verdict = Verdict {
        record: record.id(),
        accepted: ruling.code.is_none(),
        code: ruling.code.map(str::to_owned),
        state: ruling.state,
    };
    let mut batch = ruling.effects;
    batch.own.push(own_json(Kind::POOL_VERDICT, record.header().subject, &verdict)?);
    tracing::info!(record = %verdict.record, accepted = verdict.accepted, code = ?verdict.code, "verdict");
    batch.verdicts.push(verdict);
    batch.records.push(record);
    Ok(batch)
}
