//! The log in PostgreSQL: records, the feed, verdicts, and the one transaction that makes a batch true.
//!
//! Every commit locks the feed's one row first and gives out places under that lock, so they have no gap, and
//! nobody sees a place before the one that precedes it.

use std::collections::HashMap;

use deadpool_postgres::{GenericClient, Transaction};
use satchel_terms::{DeviceId, Hash, NewsroomId, Stamp};
use satchel_wire::body::Verdict;
use satchel_wire::protocol::StreamHead;
use satchel_wire::{HybridTime, Kind, Record, SigningKey, Stream, device_id};
use tokio_postgres::Row;

use super::connect::{Db, change, rows};
use super::news::FEED;
use super::{id32, loaded, people, release, stored};
use crate::failure::{Outcome, PoolError};
use crate::keep::{Batch, Committed, OwnDraft, Page, Stored};

/// Most records of a page; a page is bounded by bytes first.
const PAGE_RECORDS: i64 = 4_096;

pub async fn head(db: &Db) -> Outcome<u64> {
    head_by(&db.get().await?, "SELECT head FROM feed").await
}

async fn head_by(client: &impl GenericClient, sql: &str) -> Outcome<u64> {
    let found = rows(client, sql, &[]).await?;
    let row = found.first().ok_or_else(|| PoolError::Broken("the feed has no head".to_owned()))?;
    Ok(loaded(row.get(0)))
}

pub async fn feed(db: &Db, after: u64, limit: usize) -> Outcome<Page> {
    let client = db.get().await?;
    let head = head_by(&client, "SELECT head FROM feed").await?;
    let mut page = Page { next: after, head, ..Page::default() };
    let query = client
        .prepare_cached(
            "SELECT pool_seq, bytes FROM (
                 SELECT pool_seq, bytes, row_number() OVER w AS nth, sum(octet_length(bytes)) OVER w AS sum
                 FROM (SELECT pool_seq, bytes FROM record WHERE pool_seq > $1 ORDER BY pool_seq LIMIT $3) AS ahead
                 WINDOW w AS (ORDER BY pool_seq)) AS counted
             WHERE nth = 1 OR sum <= $2 ORDER BY pool_seq",
        )
        .await?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    for row in client.query(&query, &[&stored(after), &limit, &PAGE_RECORDS]).await? {
        page.bytes.extend_from_slice(row.get(1));
        page.next = loaded(row.get(0));
        page.head = page.head.max(page.next);
    }
    Ok(page)
}

pub async fn heads_of(db: &Db, device: DeviceId) -> Outcome<Vec<StreamHead>> {
    let client = db.get().await?;
    let query = client
        .prepare_cached("SELECT stream, seq, id FROM chain_end WHERE device = $1 ORDER BY stream")
        .await?;
    let rows = client.query(&query, &[&device.0.as_slice()]).await?;
    rows.iter()
        .map(|row| {
            let stream = Stream::try_from(u8::try_from(row.get::<_, i16>(0)).unwrap_or(u8::MAX))?;
            Ok(StreamHead { stream, seq: loaded(row.get(1)), id: id32(row.get(2))? })
        })
        .collect()
}

pub async fn record_at(db: &Db, device: DeviceId, stream: Stream, seq: u64) -> Outcome<Option<Hash>> {
    let client = db.get().await?;
    let query =
        client.prepare_cached("SELECT id FROM record WHERE device = $1 AND stream = $2 AND seq = $3").await?;
    let found = client.query_opt(&query, &[&device.0.as_slice(), &(stream as i16), &stored(seq)]).await?;
    found.map(|row| id32(row.get(0))).transpose()
}

pub async fn record(db: &Db, id: Hash) -> Outcome<Option<Stored>> {
    let client = db.get().await?;
    let query = client.prepare_cached("SELECT pool_seq, bytes FROM record WHERE id = $1").await?;
    let found = client.query_opt(&query, &[&id.0.as_slice()]).await?;
    found.map(|row| read(&row)).transpose()
}

pub async fn records_about(db: &Db, subject: [u8; 16], kinds: &[Kind]) -> Outcome<Vec<Stored>> {
    let kinds: Vec<i32> = kinds.iter().map(|kind| i32::from(kind.0)).collect();
    let client = db.get().await?;
    let query = client
        .prepare_cached(
            "SELECT pool_seq, bytes FROM record WHERE subject = $1 AND kind = ANY($2) ORDER BY pool_seq",
        )
        .await?;
    client.query(&query, &[&subject.as_slice(), &kinds]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Outcome<Stored> {
    Ok(Stored { pool_seq: loaded(row.get(0)), record: Record::parse(row.get(1))? })
}

pub async fn quarantined(db: &Db, id: Hash) -> Outcome<Option<String>> {
    let client = db.get().await?;
    let found = client.query_opt("SELECT code FROM quarantine WHERE id = $1", &[&id.0.as_slice()]).await?;
    Ok(found.map(|row| row.get(0)))
}

pub async fn verdict(db: &Db, record: Hash) -> Outcome<Option<Verdict>> {
    let client = db.get().await?;
    let query = client.prepare_cached("SELECT accepted, code, state FROM verdict WHERE record = $1").await?;
    let found = client.query_opt(&query, &[&record.0.as_slice()]).await?;
    Ok(found.map(|row| Verdict { record, accepted: row.get(0), code: row.get(1), state: row.get(2) }))
}

/// Makes a batch true: either all of it, or nothing.
pub async fn commit(db: &Db, batch: Batch, key: &SigningKey, newsroom: NewsroomId) -> Outcome<Committed> {
    let mut client = db.get().await?;
    let turn = client.transaction().await?;
    let before = head_by(&turn, "SELECT head FROM feed FOR UPDATE").await?;
    if batch.expect_head.is_some_and(|expected| expected != before) {
        return Err(PoolError::Moved);
    }
    let mut growth = Growth { head: before, ends: HashMap::new(), fresh: Vec::new() };
    for record in batch.records {
        growth.append(&turn, record).await?;
    }
    let mut own = Vec::new();
    for draft in batch.own {
        let record = growth.seal(&turn, draft, key, newsroom, batch.now).await?;
        growth.append(&turn, record.clone()).await?;
        own.push(record);
    }
    for apart in &batch.quarantine {
        let sql = "INSERT INTO quarantine (id, code, received_at, bytes) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (id) DO NOTHING";
        change(&turn, sql, &[&apart.id.0.as_slice(), &apart.code, &batch.now, &apart.bytes]).await?;
    }
    for verdict in &batch.verdicts {
        let sql = "INSERT INTO verdict (record, accepted, code, state) VALUES ($1, $2, $3, $4)";
        let record = verdict.record.0.as_slice();
        change(&turn, sql, &[&record, &verdict.accepted, &verdict.code, &verdict.state]).await?;
    }
    people::project(&turn, &batch.people, &batch.devices, &batch.revoked, &own).await?;
    release::project(&turn, &batch.channels, &batch.jobs).await?;
    if let Some((code, device)) = batch.invitation {
        people::use_up(&turn, code, device).await?;
    }
    let head = growth.head;
    if head != before {
        growth.write(&turn, batch.now).await?;
    }
    turn.commit().await?;
    Ok(Committed { head, own })
}

/// The end of a chain: seq, id and time.
type End = Option<(u64, Hash, HybridTime)>;

/// What a batch adds to the log, gathered before it is written at once.
struct Growth {
    head: u64,
    ends: HashMap<(DeviceId, Stream), End>,
    fresh: Vec<(u64, Record)>,
}

impl Growth {
    async fn end(&mut self, turn: &Transaction<'_>, device: DeviceId, stream: Stream) -> Outcome<End> {
        if let Some(end) = self.ends.get(&(device, stream)) {
            return Ok(*end);
        }
        let query = turn
            .prepare_cached("SELECT seq, id, time FROM chain_end WHERE device = $1 AND stream = $2")
            .await?;
        let found = turn.query_opt(&query, &[&device.0.as_slice(), &(stream as i16)]).await?;
        let end = match found {
            Some(row) => Some((loaded(row.get(0)), id32(row.get(1))?, HybridTime(loaded(row.get(2))))),
            None => None,
        };
        self.ends.insert((device, stream), end);
        Ok(end)
    }

    /// Adds a record at the end of the feed and of its chain; one already held changes nothing.
    async fn append(&mut self, turn: &Transaction<'_>, record: Record) -> Outcome<()> {
        let (device, stream, seq, time) = {
            let header = record.header();
            (header.device, header.stream, header.seq, header.time)
        };
        let end = self.end(turn, device, stream).await?;
        let is_past = end.is_some_and(|(last, ..)| seq <= last);
        if is_past && self.is_held(turn, record.id()).await? {
            return Ok(());
        }
        record.follows(end.map(|(seq, id, _)| (seq, id)))?;
        self.head += 1;
        self.ends.insert((device, stream), Some((seq, record.id(), time)));
        self.fresh.push((self.head, record));
        Ok(())
    }

    async fn is_held(&self, turn: &Transaction<'_>, id: Hash) -> Outcome<bool> {
        if self.fresh.iter().any(|(_, record)| record.id() == id) {
            return Ok(true);
        }
        Ok(turn.query_opt("SELECT 1 FROM record WHERE id = $1", &[&id.0.as_slice()]).await?.is_some())
    }

    /// Seals what the pool has to say at the end of its own chain.
    async fn seal(
        &mut self,
        turn: &Transaction<'_>,
        draft: OwnDraft,
        key: &SigningKey,
        newsroom: NewsroomId,
        now: Stamp,
    ) -> Outcome<Record> {
        let device = device_id(&key.verifying_key());
        let end = self.end(turn, device, Stream::Editorial).await?;
        draft.seal(end, key, newsroom, now)
    }

    /// Writes records and ends of chains, each kind in one statement, and tells the other processes.
    async fn write(self, turn: &Transaction<'_>, now: Stamp) -> Outcome<()> {
        let of = |pick: fn(&Record) -> Vec<u8>| -> Vec<Vec<u8>> {
            self.fresh.iter().map(|(_, record)| pick(record)).collect()
        };
        let places: Vec<i64> = self.fresh.iter().map(|(place, _)| stored(*place)).collect();
        let seqs: Vec<i64> = self.fresh.iter().map(|(_, record)| stored(record.header().seq)).collect();
        let kinds: Vec<i32> =
            self.fresh.iter().map(|(_, record)| i32::from(record.header().kind.0)).collect();
        let streams: Vec<i16> = self.fresh.iter().map(|(_, record)| record.header().stream as i16).collect();
        let (ids, devices, subjects, bytes) = (
            of(|record| record.id().0.to_vec()),
            of(|record| record.header().device.0.to_vec()),
            of(|record| record.header().subject.to_vec()),
            of(|record| record.bytes().to_vec()),
        );
        let query = turn
            .prepare_cached(
                "INSERT INTO record (pool_seq, id, kind, device, stream, seq, subject, received_at, bytes)
                 SELECT place, id, kind, device, stream, seq, subject, $9, bytes
                 FROM unnest($1::bigint[], $2::bytea[], $3::integer[], $4::bytea[], $5::smallint[], $6::bigint[],
                     $7::bytea[], $8::bytea[]) AS fresh (place, id, kind, device, stream, seq, subject, bytes)",
            )
            .await?;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 9] =
            [&places, &ids, &kinds, &devices, &streams, &seqs, &subjects, &bytes, &now];
        turn.execute(&query, &values).await?;
        self.write_ends(turn).await?;
        change(turn, "UPDATE feed SET head = $1", &[&stored(self.head)]).await?;
        change(turn, "SELECT pg_notify($1, $2)", &[&FEED, &self.head.to_string()]).await?;
        Ok(())
    }

    async fn write_ends(&self, turn: &Transaction<'_>) -> Outcome<()> {
        let query = turn
            .prepare_cached(
                "INSERT INTO chain_end (device, stream, seq, id, time) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (device, stream) DO UPDATE
                     SET seq = excluded.seq, id = excluded.id, time = excluded.time",
            )
            .await?;
        for ((device, stream), end) in &self.ends {
            let Some((seq, id, time)) = end else { continue };
            let (device, id) = (device.0.as_slice(), id.0.as_slice());
            turn.execute(&query, &[&device, &(*stream as i16), &stored(*seq), &id, &stored(time.0)]).await?;
        }
        Ok(())
    }
}
