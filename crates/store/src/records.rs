//! Signed records: appended by this laptop, taken in from the pool, never changed.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::{Kind, Record, Stream};

use crate::clock::now_ms;
use crate::{Library, StoreError, mark};

/// A record as it came from outside.
#[derive(Debug, Clone)]
pub struct TakenIn {
    /// The record.
    pub record: Record,
    /// Its place in the pool's order, if the pool sent it.
    pub pool_seq: Option<u64>,
    /// Why it must not count, as a code; it goes into quarantine then.
    pub doubt: Option<String>,
}

/// What became of records that were taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Took {
    /// How many were new.
    pub fresh: usize,
    /// What the new ones are about: kind and subject.
    pub subjects: BTreeSet<(Kind, [u8; 16])>,
    /// How many went into quarantine.
    pub quarantined: usize,
}

/// A record of the library with its places.
#[derive(Debug, Clone)]
pub struct StoredRecord {
    /// Local order, ascending.
    pub row: i64,
    /// The record.
    pub record: Record,
    /// The pool's order; none while the pool does not hold it.
    pub pool_seq: Option<u64>,
}

/// A record that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Its id.
    pub id: Hash,
    /// Who signed, by its own word.
    pub device: DeviceId,
    /// Why it does not count, as a code: `fork`, `chain-broken`, `bad-signature`, `unknown-signer` …
    pub reason: String,
    /// When it was set aside.
    pub at: Stamp,
    /// The whole record.
    pub bytes: Vec<u8>,
}

const COLUMNS: &str = "row, bytes, pool_seq";
const POOL_ORDER: &str = "pool_seq IS NULL, pool_seq, row";

impl Library {
    /// The newest number and id of one stream of a device, or none if it has no record yet.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn my_head(&self, device: DeviceId, stream: Stream) -> Result<Option<(u64, Hash)>, StoreError> {
        self.read(|conn| head(conn, device, stream))
    }

    /// The id of the record at one place of a stream, if it is here.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn id_at(&self, device: DeviceId, stream: Stream, seq: u64) -> Result<Option<Hash>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT id FROM record WHERE device = ?1 AND stream = ?2 AND seq = ?3";
            let mut question = conn.prepare_cached(sql)?;
            let found = question.query_row(params![device.0, stream as u8, int(seq)], |row| row.get(0));
            Ok(found.optional()?.map(Hash))
        })
    }

    /// Appends a record that this laptop signed and drops the pending updates it holds, in one transaction.
    ///
    /// The record counts as applied: its maker knows its content.
    ///
    /// # Errors
    /// [`StoreError::NotNext`] if it does not follow the head of its stream; any [`StoreError`] of a write.
    pub fn append_own(&self, record: &Record, sealed_local: &[i64]) -> Result<(), StoreError> {
        let (own, sealed) = (record.clone(), sealed_local.to_vec());
        self.write(move |conn| {
            let header = own.header();
            let (last, id) = head(conn, header.device, header.stream)?.unwrap_or((0, Hash::ZERO));
            if header.seq != last + 1 || header.prev != id {
                return Err(StoreError::NotNext { expected: last + 1, got: header.seq });
            }
            insert(conn, &own, None, true)?;
            let mut gone = conn.prepare_cached("DELETE FROM doc_local WHERE row = ?1")?;
            for row in &sealed {
                gone.execute([row])?;
            }
            Ok(())
        })?;
        let header = record.header();
        mark::raise(&self.mark_path(), header.device, header.stream as u8, header.seq)
    }

    /// Takes in records with the pull cursor that covers them, in one transaction.
    ///
    /// A record that is already here is not taken twice (its place in the pool's order is noted). One that has the
    /// place of another record in its stream, or does not follow its neighbour, goes into quarantine; so does what
    /// follows it. Where the pool's order has something else than what it held in an earlier epoch, its order counts:
    /// what it no longer holds of others is set aside. Nothing of this laptop's own gives way.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write; neither rows nor cursor have moved then.
    pub fn take_in(&self, records: &[TakenIn], cursor: Option<u64>) -> Result<Took, StoreError> {
        let records = records.to_vec();
        self.write(move |conn| {
            let mut took = Took::default();
            let own = own_device(conn)?;
            for one in &records {
                take_one(conn, one, own, &mut took)?;
            }
            if let Some(cursor) = cursor {
                conn.execute("UPDATE pool SET cursor = max(cursor, ?1)", [int(cursor)])?;
            }
            Ok(took)
        })
    }

    /// The records of one stream above `after_seq`, in order, at least one and then up to `limit_bytes`.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn records_after(
        &self,
        device: DeviceId,
        stream: Stream,
        after_seq: u64,
        limit_bytes: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT bytes FROM record WHERE device = ?1 AND stream = ?2 AND seq > ?3 ORDER BY seq";
            let mut question = conn.prepare_cached(sql)?;
            let mut rows = question.query(params![device.0, stream as u8, int(after_seq)])?;
            let (mut found, mut size) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let bytes: Vec<u8> = row.get(0)?;
                size += bytes.len();
                if size > limit_bytes && !found.is_empty() {
                    break;
                }
                found.push(Record::parse(bytes)?);
            }
            Ok(found)
        })
    }

    /// One record by its id.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn record(&self, id: Hash) -> Result<Option<StoredRecord>, StoreError> {
        let found = self.many(&format!("SELECT {COLUMNS} FROM record WHERE id = ?1"), params![id.0])?;
        Ok(found.into_iter().next())
    }

    /// The records about a subject, of the given kinds (all if empty), in pool order and then local order.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn records_of(&self, subject: [u8; 16], kinds: &[Kind]) -> Result<Vec<StoredRecord>, StoreError> {
        let kinds: Vec<String> = kinds.iter().map(|kind| kind.0.to_string()).collect();
        let only =
            if kinds.is_empty() { String::new() } else { format!("AND kind IN ({})", kinds.join(",")) };
        let sql = format!("SELECT {COLUMNS} FROM record WHERE subject = ?1 {only} ORDER BY {POOL_ORDER}");
        self.many(&sql, params![subject])
    }

    /// The records that have no place in the pool's order, of any device but these, above a local number: at least
    /// one and then up to `limit_bytes`. After the pool was put back to an older copy they are what it lost.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn unplaced(
        &self,
        but: &[DeviceId],
        after_row: i64,
        limit_bytes: usize,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        self.read(|conn| {
            let sql =
                format!("SELECT {COLUMNS} FROM record WHERE pool_seq IS NULL AND row > ?1 ORDER BY row");
            let mut question = conn.prepare_cached(&sql)?;
            let mut rows = question.query([after_row])?;
            let (mut found, mut size) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let one = stored(row)?;
                if but.contains(&one.record.header().device) {
                    continue;
                }
                size += one.record.bytes().len();
                if size > limit_bytes && !found.is_empty() {
                    break;
                }
                found.push(one);
            }
            Ok(found)
        })
    }

    /// The records of one kind above a local number, in local order.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn records_by_kind(&self, kind: Kind, after_row: i64) -> Result<Vec<StoredRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM record WHERE kind = ?1 AND row > ?2 ORDER BY row");
        self.many(&sql, params![kind.0, after_row])
    }

    /// The records that came in but whose effect is not in the cards yet, oldest first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn unapplied(&self, limit: usize) -> Result<Vec<StoredRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM record WHERE applied = 0 ORDER BY row LIMIT ?1");
        self.many(&sql, params![int(limit as u64)])
    }

    /// Notes that the effect of these records is in the cards.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn mark_applied(&self, rows: &[i64]) -> Result<(), StoreError> {
        let rows = rows.to_vec();
        self.write(move |conn| {
            let mut done = conn.prepare_cached("UPDATE record SET applied = 1 WHERE row = ?1")?;
            for row in &rows {
                done.execute([row])?;
            }
            Ok(())
        })
    }

    /// Notes that the pool holds a stream of this laptop up to and including `upto_seq`.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn mark_pushed(&self, device: DeviceId, stream: Stream, upto_seq: u64) -> Result<(), StoreError> {
        self.write(move |conn| {
            let sql = "INSERT OR REPLACE INTO pushed (device, stream, upto_seq) VALUES (?1, ?2, ?3)";
            conn.execute(sql, params![device.0, stream as u8, int(upto_seq)])?;
            Ok(())
        })
    }

    /// How many records of a device the pool has not acknowledged.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn unpushed(&self, device: DeviceId) -> Result<u64, StoreError> {
        self.read(|conn| {
            let sql = "SELECT count(*) FROM record AS r WHERE device = ?1 AND seq > coalesce(
                         (SELECT upto_seq FROM pushed AS p WHERE p.device = r.device AND p.stream = r.stream), 0)";
            Ok(conn.prepare_cached(sql)?.query_row([device.0], |row| row.get::<_, i64>(0))?.unsigned_abs())
        })
    }

    /// The records in quarantine, newest first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn quarantine(&self, limit: usize) -> Result<Vec<QuarantineRow>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT id, device, reason, at, bytes FROM quarantine ORDER BY row DESC LIMIT ?1";
            let mut question = conn.prepare_cached(sql)?;
            let rows = question.query_map([int(limit as u64)], |row| {
                Ok(QuarantineRow {
                    id: Hash(row.get(0)?),
                    device: DeviceId(row.get(1)?),
                    reason: row.get(2)?,
                    at: row.get(3)?,
                    bytes: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The records of a device that were set aside for one reason, without the doubt, to be judged again:
    /// [`Library::take_in`] takes them out of quarantine if they fit now.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn quarantined_of(&self, device: DeviceId, reason: &str) -> Result<Vec<TakenIn>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT bytes, pool_seq FROM quarantine WHERE device = ?1 AND reason = ?2 ORDER BY row";
            let mut question = conn.prepare_cached(sql)?;
            let mut rows = question.query(params![device.0, reason])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let record = Record::parse(row.get(0)?)?;
                found.push(TakenIn {
                    record,
                    pool_seq: row.get::<_, Option<i64>>(1)?.map(uint),
                    doubt: None,
                });
            }
            Ok(found)
        })
    }

    fn many(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<StoredRecord>, StoreError> {
        self.read(|conn| {
            let mut question = conn.prepare_cached(sql)?;
            let mut rows = question.query(values)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(stored(row)?);
            }
            Ok(found)
        })
    }
}

/// Reads a row that begins with its number, bytes and place.
pub(crate) fn stored(row: &Row<'_>) -> Result<StoredRecord, StoreError> {
    let pool_seq: Option<i64> = row.get(2)?;
    Ok(StoredRecord { row: row.get(0)?, record: Record::parse(row.get(1)?)?, pool_seq: pool_seq.map(uint) })
}

pub(crate) fn head(
    conn: &Connection,
    device: DeviceId,
    stream: Stream,
) -> Result<Option<(u64, Hash)>, StoreError> {
    let sql = "SELECT seq, id FROM record WHERE device = ?1 AND stream = ?2 ORDER BY seq DESC LIMIT 1";
    let mut question = conn.prepare_cached(sql)?;
    let found = question
        .query_row(params![device.0, stream as u8], |row| Ok((uint(row.get(0)?), Hash(row.get(1)?))))
        .optional()?;
    Ok(found)
}

/// The device that the pool vouches for here.
fn own_device(conn: &Connection) -> Result<Option<[u8; 16]>, StoreError> {
    let certificate: Option<Option<Vec<u8>>> =
        conn.query_row("SELECT certificate FROM pool", [], |row| row.get(0)).optional()?;
    let record = certificate.flatten().and_then(|bytes| Record::parse(bytes).ok());
    Ok(record.map(|record| record.header().subject))
}

pub(crate) fn take_one(
    conn: &Connection,
    one: &TakenIn,
    own: Option<[u8; 16]>,
    took: &mut Took,
) -> Result<(), StoreError> {
    let id = one.record.id();
    let known: Option<i64> = conn
        .prepare_cached("SELECT row FROM record WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    if let Some(row) = known {
        if let Some(pool_seq) = one.pool_seq {
            conn.prepare_cached("UPDATE record SET pool_seq = ?2 WHERE row = ?1")?
                .execute(params![row, int(pool_seq)])?;
            placed(conn, &one.record, own)?;
        }
        return Ok(());
    }
    let reason = match &one.doubt {
        Some(doubt) => Some(doubt.clone()),
        None => {
            let others = one.pool_seq.is_some() && own != Some(one.record.header().device.0);
            let mut doubt = chain_doubt(conn, &one.record)?;
            if doubt.is_some() && others && give_way(conn, &one.record)? {
                doubt = chain_doubt(conn, &one.record)?;
            }
            doubt.map(str::to_owned)
        }
    };
    if let Some(reason) = reason {
        took.quarantined += set_aside(conn, one, &reason)?;
    } else {
        insert(conn, &one.record, one.pool_seq, false)?;
        if one.pool_seq.is_some() {
            placed(conn, &one.record, own)?;
        }
        conn.prepare_cached("DELETE FROM quarantine WHERE id = ?1")?.execute([id.0])?;
        took.fresh += 1;
        let header = one.record.header();
        took.subjects.insert((header.kind, header.subject));
    }
    Ok(())
}

/// What the pool's order brings of this laptop's own needs no other word that the pool holds it.
fn placed(conn: &Connection, record: &Record, own: Option<[u8; 16]>) -> Result<(), StoreError> {
    let header = record.header();
    if own == Some(header.device.0) {
        conn.prepare_cached(
            "INSERT INTO pushed (device, stream, upto_seq) VALUES (?1, ?2, ?3)
             ON CONFLICT (device, stream) DO UPDATE SET upto_seq = max(upto_seq, excluded.upto_seq)",
        )?
        .execute(params![header.device.0, header.stream as u8, int(header.seq)])?;
    }
    Ok(())
}

/// Sets aside what stands in the way of a record of the pool's order and has no place in that order itself. True if
/// there was something.
fn give_way(conn: &Connection, record: &Record) -> Result<bool, StoreError> {
    let header = record.header();
    let which =
        "device = ?1 AND stream = ?2 AND pool_seq IS NULL AND (seq >= ?3 OR (seq = ?3 - 1 AND id <> ?4))";
    let values = params![header.device.0, header.stream as u8, int(header.seq), header.prev.0];
    conn.prepare_cached(&format!(
        "INSERT OR IGNORE INTO quarantine (id, device, stream, seq, pool_seq, reason, at, bytes)
         SELECT id, device, stream, seq, NULL, 'displaced', {}, bytes FROM record WHERE {which}",
        now_ms()
    ))?
    .execute(values)?;
    Ok(conn.prepare_cached(&format!("DELETE FROM record WHERE {which}"))?.execute(values)? > 0)
}

/// Why a record does not fit the records of its stream that are here.
fn chain_doubt(conn: &Connection, record: &Record) -> Result<Option<&'static str>, StoreError> {
    let header = record.header();
    if follows_what_stands_apart(conn, record)? {
        return Ok(Some("chain-broken"));
    }
    let mut beside = conn.prepare_cached(
        "SELECT seq, id, bytes FROM record WHERE device = ?1 AND stream = ?2 AND seq BETWEEN ?3 - 1 AND ?3 + 1",
    )?;
    let mut rows = beside.query(params![header.device.0, header.stream as u8, int(header.seq)])?;
    while let Some(row) = rows.next()? {
        let (seq, id) = (uint(row.get(0)?), Hash(row.get(1)?));
        if seq == header.seq {
            return Ok(Some("fork"));
        }
        if seq < header.seq && id != header.prev {
            return Ok(Some("chain-broken"));
        }
        if seq > header.seq && Record::parse(row.get(2)?)?.header().prev != record.id() {
            return Ok(Some("chain-broken"));
        }
    }
    Ok(None)
}

/// Whether the record before this one stands apart because of its chain.
fn follows_what_stands_apart(conn: &Connection, record: &Record) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE id = ?1 AND reason IN ('fork', 'chain-broken'))";
    Ok(conn.prepare_cached(sql)?.query_row([record.header().prev.0], |row| row.get(0))?)
}

fn set_aside(conn: &Connection, one: &TakenIn, reason: &str) -> Result<usize, StoreError> {
    let header = one.record.header();
    let sql = "INSERT INTO quarantine (id, device, stream, seq, pool_seq, reason, at, bytes)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
               ON CONFLICT (id) DO UPDATE SET reason = excluded.reason,
                 pool_seq = coalesce(excluded.pool_seq, pool_seq)";
    Ok(conn.prepare_cached(sql)?.execute(params![
        one.record.id().0,
        header.device.0,
        header.stream as u8,
        int(header.seq),
        one.pool_seq.map(int),
        reason,
        now_ms(),
        one.record.bytes(),
    ])?)
}

pub(crate) fn insert(
    conn: &Connection,
    record: &Record,
    pool_seq: Option<u64>,
    is_applied: bool,
) -> Result<(), StoreError> {
    let header = record.header();
    let sql = "INSERT INTO record (id, device, stream, seq, kind, subject, pool_seq, applied, bytes)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    conn.prepare_cached(sql)?.execute(params![
        record.id().0,
        header.device.0,
        header.stream as u8,
        int(header.seq),
        header.kind.0,
        header.subject,
        pool_seq.map(int),
        is_applied,
        record.bytes(),
    ])?;
    Ok(())
}

/// A number of ours as SQLite keeps it. Numbers above 2^63 do not occur.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// And back.
pub(crate) fn uint(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
