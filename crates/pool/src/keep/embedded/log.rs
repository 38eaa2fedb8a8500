//! The log in SQLite: records, the feed, verdicts, and the one transaction that makes a batch true.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use satchel_terms::{DeviceId, Hash, NewsroomId, Stamp};
use satchel_wire::body::Verdict;
use satchel_wire::protocol::StreamHead;
use satchel_wire::{HybridTime, Kind, Record, SigningKey, Stream, device_id};

use super::{id32, loaded, people, release, stored};
use crate::failure::{Outcome, PoolError};
use crate::keep::{Batch, Committed, OwnDraft, Page, Stored};

pub fn head(db: &Connection) -> Outcome<u64> {
    Ok(loaded(db.query_row("SELECT coalesce(max(pool_seq), 0) FROM record", [], |row| row.get(0))?))
}

pub fn feed(db: &Connection, after: u64, limit: usize) -> Outcome<Page> {
    let mut page = Page { next: after, head: head(db)?, ..Page::default() };
    let mut query =
        db.prepare_cached("SELECT pool_seq, bytes FROM record WHERE pool_seq > ?1 ORDER BY pool_seq")?;
    let mut rows = query.query([stored(after)])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        if !page.bytes.is_empty() && page.bytes.len() + bytes.len() > limit {
            break;
        }
        page.bytes.extend_from_slice(bytes);
        page.next = loaded(row.get(0)?);
        page.head = page.head.max(page.next);
    }
    Ok(page)
}

pub fn heads_of(db: &Connection, device: DeviceId) -> Outcome<Vec<StreamHead>> {
    let mut query =
        db.prepare_cached("SELECT stream, seq, id FROM head WHERE device = ?1 ORDER BY stream")?;
    let mut rows = query.query([device.0.as_slice()])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        let stream = Stream::try_from(row.get::<_, u8>(0)?)?;
        heads.push(StreamHead { stream, seq: loaded(row.get(1)?), id: id32(&row.get::<_, Vec<u8>>(2)?)? });
    }
    Ok(heads)
}

pub fn record_at(db: &Connection, device: DeviceId, stream: Stream, seq: u64) -> Outcome<Option<Hash>> {
    let found: Option<Vec<u8>> = db
        .prepare_cached("SELECT id FROM record WHERE device = ?1 AND stream = ?2 AND seq = ?3")?
        .query_row(params![device.0.as_slice(), stream as u8, stored(seq)], |row| row.get(0))
        .optional()?;
    found.map(|id| id32(&id)).transpose()
}

pub fn record(db: &Connection, id: Hash) -> Outcome<Option<Stored>> {
    let found: Option<(i64, Vec<u8>)> = db
        .prepare_cached("SELECT pool_seq, bytes FROM record WHERE id = ?1")?
        .query_row([id.0.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found
        .map(|(place, bytes)| Ok(Stored { pool_seq: loaded(place), record: Record::parse(bytes)? }))
        .transpose()
}

pub fn records_about(db: &Connection, subject: [u8; 16], kinds: &[Kind]) -> Outcome<Vec<Stored>> {
    let mut query =
        db.prepare_cached("SELECT pool_seq, kind, bytes FROM record WHERE subject = ?1 ORDER BY pool_seq")?;
    let mut rows = query.query([subject.as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if kinds.contains(&Kind(row.get(1)?)) {
            found.push(Stored { pool_seq: loaded(row.get(0)?), record: Record::parse(row.get(2)?)? });
        }
    }
    Ok(found)
}

pub fn quarantined(db: &Connection, id: Hash) -> Outcome<Option<String>> {
    let mut query = db.prepare_cached("SELECT code FROM quarantine WHERE id = ?1")?;
    Ok(query.query_row([id.0.as_slice()], |row| row.get(0)).optional()?)
}

pub fn verdict(db: &Connection, record: Hash) -> Outcome<Option<Verdict>> {
    let mut query = db.prepare_cached("SELECT accepted, code, state FROM verdict WHERE record = ?1")?;
    let found = query.query_row([record.0.as_slice()], |row| {
        Ok(Verdict { record, accepted: row.get(0)?, code: row.get(1)?, state: row.get(2)? })
    });
    Ok(found.optional()?)
}

/// Makes a batch true: either all of it, or nothing.
pub fn commit(
    db: &mut Connection,
    batch: Batch,
    key: &SigningKey,
    newsroom: NewsroomId,
) -> Outcome<Committed> {
    let turn = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut place = head(&turn)?;
    if batch.expect_head.is_some_and(|expected| expected != place) {
        return Err(PoolError::Moved);
    }
    for record in &batch.records {
        append(&turn, record, &mut place, batch.now)?;
    }
    let mut own = Vec::new();
    for draft in batch.own {
        let record = seal(&turn, draft, key, newsroom, batch.now)?;
        append(&turn, &record, &mut place, batch.now)?;
        own.push(record);
    }
    for apart in &batch.quarantine {
        turn.prepare_cached(
            "INSERT OR IGNORE INTO quarantine (id, code, received_at, bytes) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![apart.id.0.as_slice(), apart.code, batch.now, apart.bytes])?;
    }
    for verdict in &batch.verdicts {
        turn.prepare_cached("INSERT INTO verdict (record, accepted, code, state) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![verdict.record.0.as_slice(), verdict.accepted, verdict.code, verdict.state])?;
    }
    people::project(&turn, &batch.people, &batch.devices, &batch.revoked, &own)?;
    release::project(&turn, &batch.channels, &batch.jobs)?;
    if let Some((code, device)) = batch.invitation {
        people::use_up(&turn, code, device)?;
    }
    turn.commit()?;
    Ok(Committed { head: place, own })
}

/// Adds a record at the end of the feed and of its chain; one already held changes nothing.
fn append(turn: &Transaction<'_>, record: &Record, place: &mut u64, now: Stamp) -> Outcome<()> {
    let header = record.header();
    let already = record_at(turn, header.device, header.stream, header.seq)?;
    if already == Some(record.id()) {
        return Ok(());
    }
    let last = chain_end(turn, header.device, header.stream)?;
    record.follows(last.map(|(seq, id, _)| (seq, id)))?;
    *place += 1;
    turn.prepare_cached(
        "INSERT INTO record (pool_seq, id, kind, device, stream, seq, subject, received_at, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        stored(*place),
        record.id().0.as_slice(),
        header.kind.0,
        header.device.0.as_slice(),
        header.stream as u8,
        stored(header.seq),
        header.subject.as_slice(),
        now,
        record.bytes(),
    ])?;
    turn.prepare_cached(
        "INSERT INTO head (device, stream, seq, id, time) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (device, stream) DO UPDATE SET seq = excluded.seq, id = excluded.id, time = excluded.time",
    )?
    .execute(params![
        header.device.0.as_slice(),
        header.stream as u8,
        stored(header.seq),
        record.id().0.as_slice(),
        stored(header.time.0),
    ])?;
    Ok(())
}

/// The end of a chain: seq, id and time.
fn chain_end(db: &Connection, device: DeviceId, stream: Stream) -> Outcome<Option<(u64, Hash, HybridTime)>> {
    let found: Option<(i64, Vec<u8>, i64)> = db
        .prepare_cached("SELECT seq, id, time FROM head WHERE device = ?1 AND stream = ?2")?
        .query_row(params![device.0.as_slice(), stream as u8], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found.map(|(seq, id, time)| Ok((loaded(seq), id32(&id)?, HybridTime(loaded(time))))).transpose()
}

/// Seals what the pool has to say at the end of its own chain.
fn seal(
    turn: &Transaction<'_>,
    draft: OwnDraft,
    key: &SigningKey,
    newsroom: NewsroomId,
    now: Stamp,
) -> Outcome<Record> {
    let end = chain_end(turn, device_id(&key.verifying_key()), Stream::Editorial)?;
    draft.seal(end, key, newsroom, now)
}
