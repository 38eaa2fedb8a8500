//! What this library holds of each device's chains without a gap, and which blobs it has given away or got: the facts
//! that two laptops compare.

use std::collections::HashMap;

use rusqlite::params;
use satchel_terms::{DeviceId, Hash};
use satchel_wire::{Kind, Stream};

use crate::records::{int, stored, uint};
use crate::{Library, StoreError, StoredRecord};

/// How far a chain is here without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamEnd {
    /// Whose chain.
    pub device: DeviceId,
    /// Which of the two.
    pub stream: Stream,
    /// The last place before a gap; 0 when the first is missing.
    pub seq: u64,
}

impl Library {
    /// How far every chain is here without a gap.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn stream_ends(&self) -> Result<Vec<StreamEnd>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT device, stream, max(seq), count(*) FROM record GROUP BY device, stream";
            let mut question = conn.prepare_cached(sql)?;
            let mut gap = conn.prepare_cached(
                "SELECT min(seq) FROM record AS r WHERE device = ?1 AND stream = ?2 AND NOT EXISTS
                   (SELECT 1 FROM record AS n WHERE n.device = r.device AND n.stream = r.stream
                      AND n.seq = r.seq + 1)",
            )?;
            let mut rows = question.query([])?;
            let mut ends = Vec::new();
            while let Some(row) = rows.next()? {
                let (device, stream): ([u8; 16], u8) = (row.get(0)?, row.get(1)?);
                let (last, count) = (uint(row.get(2)?), uint(row.get(3)?));
                let has_first = conn
                    .prepare_cached("SELECT 1 FROM record WHERE device = ?1 AND stream = ?2 AND seq = 1")?
                    .exists(params![device, stream])?;
                let seq = match (has_first, last == count) {
                    (false, _) => 0,
                    (true, true) => last,
                    (true, false) => uint(gap.query_row(params![device, stream], |row| row.get(0))?),
                };
                ends.push(StreamEnd { device: DeviceId(device), stream: Stream::try_from(stream)?, seq });
            }
            Ok(ends)
        })
    }

    /// Records beyond these ends, in the order in which they came here: at least one and then up to `limit_bytes`, above a
    /// local number. In that order every record comes after what it builds on.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn records_beyond(
        &self,
        ends: &[StreamEnd],
        after_row: i64,
        limit_bytes: usize,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        self.read(|conn| {
            let mut first = conn.prepare_cached(
                "SELECT min(row) FROM record WHERE device = ?1 AND stream = ?2 AND seq > ?3",
            )?;
            let mut from: Option<i64> = None;
            for end in ends {
                let values = params![end.device.0, end.stream as u8, int(end.seq)];
                let row: Option<i64> = first.query_row(values, |row| row.get(0))?;
                from = [from, row].into_iter().flatten().min();
            }
            let Some(from) = from else { return Ok(Vec::new()) };
            let ends: HashMap<_, _> =
                ends.iter().map(|end| ((end.device.0, end.stream as u8), end.seq)).collect();
            let sql =
                "SELECT row, bytes, pool_seq, device, stream, seq FROM record WHERE row > ?1 ORDER BY row";
            let mut question = conn.prepare_cached(sql)?;
            let mut rows = question.query([after_row.max(from - 1)])?;
            let (mut found, mut size) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let end = ends.get(&(row.get(3)?, row.get(4)?));
                if end.is_none_or(|end| uint(row.get(5).unwrap_or(0)) <= *end) {
                    continue;
                }
                let one = stored(row)?;
                size += one.record.bytes().len();
                if size > limit_bytes && !found.is_empty() {
                    break;
                }
                found.push(one);
            }
            Ok(found)
        })
    }

    /// How many records of others are here that the pool has given no place yet.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn carried(&self, own: DeviceId, pool: DeviceId) -> Result<u64, StoreError> {
        self.read(|conn| {
            let sql = "SELECT count(*) FROM record WHERE pool_seq IS NULL AND device NOT IN (?1, ?2)";
            let count: i64 = conn.prepare_cached(sql)?.query_row(params![own.0, pool.0], |row| row.get(0))?;
            Ok(uint(count))
        })
    }

    /// Whether the pool has given a record of this kind about the subject a place.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn is_placed(&self, subject: [u8; 16], kind: Kind) -> Result<bool, StoreError> {
        self.read(|conn| {
            let sql = "SELECT 1 FROM record WHERE subject = ?1 AND kind = ?2 AND pool_seq IS NOT NULL";
            Ok(conn.prepare_cached(sql)?.exists(params![subject, int(kind.0.into())])?)
        })
    }

    /// Whether a blob was ever queued for the pool here, or came from outside: what was not is nobody else's business
    /// yet.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn has_travelled(&self, root: &Hash) -> Result<bool, StoreError> {
        self.read(|conn| {
            Ok(conn.prepare_cached("SELECT 1 FROM transfer WHERE root = ?1")?.exists(params![root.0])?)
        })
    }
}
