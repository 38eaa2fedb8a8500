//! What a laptop says again under a new name, in one transaction.

use rusqlite::{Connection, params};
use satchel_terms::{DeviceId, Hash};
use satchel_wire::{Record, Stream, WireError};

use crate::clock::now_ms;
use crate::records::{TakenIn, Took, head, insert, take_one, uint};
use crate::{Library, StoreError, mark};

/// What has to be said again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// All that has no place in the pool's order: the name was just changed, and that order was read up to there.
    Unplaced,
    /// Only what gave its place to others when the pool was rebuilt.
    Displaced,
}

/// Why a record stands apart whose words stand in the library under a later name of the laptop.
const SAID_AGAIN: &str = "said-again";

impl Library {
    /// Whether this library was put back to an older copy: what was signed as `device` goes beyond it, or the mark
    /// beside it belongs to a later name.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn is_older_copy(&self, device: DeviceId) -> Result<bool, StoreError> {
        let is_of_another = self.device_mark().is_some_and(|mark| mark.device != device);
        Ok(is_of_another || self.is_behind_mark(device)?)
    }

    /// Notes beside the database under which name this laptop signs from here on.
    ///
    /// # Errors
    /// What the disk says.
    pub fn mark_device(&self, device: DeviceId) -> Result<(), StoreError> {
        mark::raise(&self.mark_path(), device, Stream::Editorial as u8, 0)
    }

    /// How many records of these names have to be said again.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn owed(&self, former: &[DeviceId], owed: Owed) -> Result<u64, StoreError> {
        self.read(|conn| {
            let mut count = 0;
            for device in former {
                let sql = "SELECT count(*) FROM quarantine WHERE device = ?1 AND reason = 'displaced'";
                count += uint(conn.prepare_cached(sql)?.query_row([device.0], |row| row.get(0))?);
                if owed == Owed::Unplaced {
                    let sql = "SELECT count(*) FROM record WHERE device = ?1 AND pool_seq IS NULL";
                    count += uint(conn.prepare_cached(sql)?.query_row([device.0], |row| row.get(0))?);
                }
            }
            Ok(count)
        })
    }

    /// Says again under a new name what the former ones said and the pool's order does not hold. `seal` signs a record
    /// anew at a place of its stream. What was said again moves out of the way; what stood apart because of it and has
    /// a place in the pool's order is taken in.
    ///
    /// Returns how many records were said again.
    ///
    /// # Errors
    /// What `seal` says, and any [`StoreError`] of a write; nothing has changed then.
    pub fn say_again(
        &self,
        former: &[DeviceId],
        new: DeviceId,
        owed: Owed,
        seal: impl Fn(&Record, u64, Hash) -> Result<Record, WireError> + Send + 'static,
    ) -> Result<u64, StoreError> {
        let former = former.to_vec();
        let (said, heads) = self.write(move |conn| {
            let lost = set_apart_what_is_owed(conn, &former, owed)?;
            let mut said = 0;
            for old in &lost {
                let stream = old.header().stream;
                let (last, prev) = head(conn, new, stream)?.unwrap_or((0, Hash::ZERO));
                let again = seal(old, last + 1, prev)?;
                let header = again.header();
                if (header.device, header.stream, header.seq, header.prev) != (new, stream, last + 1, prev) {
                    return Err(StoreError::NotNext { expected: last + 1, got: header.seq });
                }
                insert(conn, &again, None, true)?;
                said += 1;
            }
            take_back(conn, &former, new)?;
            let mut heads = Vec::new();
            for stream in [Stream::Editorial, Stream::Telemetry] {
                heads.extend(head(conn, new, stream)?.map(|(seq, _)| (stream, seq)));
            }
            Ok((said, heads))
        })?;
        for (stream, seq) in heads {
            mark::raise(&self.mark_path(), new, stream as u8, seq)?;
        }
        Ok(said)
    }
}

/// Moves the records that the pool's order lacks out of the way, and answers them in the order they were said.
fn set_apart_what_is_owed(
    conn: &Connection,
    former: &[DeviceId],
    owed: Owed,
) -> Result<Vec<Record>, StoreError> {
    let mut lost = Vec::new();
    for device in former {
        if owed == Owed::Unplaced {
            conn.execute(
                "INSERT OR IGNORE INTO quarantine (id, device, stream, seq, pool_seq, reason, at, bytes)
                 SELECT id, device, stream, seq, NULL, 'displaced', ?2, bytes FROM record
                 WHERE device = ?1 AND pool_seq IS NULL",
                params![device.0, now_ms()],
            )?;
            conn.execute("DELETE FROM record WHERE device = ?1 AND pool_seq IS NULL", [device.0])?;
        }
        let sql =
            "SELECT bytes FROM quarantine WHERE device = ?1 AND reason = 'displaced' ORDER BY stream, seq";
        let mut question = conn.prepare_cached(sql)?;
        let mut rows = question.query([device.0])?;
        while let Some(row) = rows.next()? {
            lost.push(Record::parse(row.get(0)?)?);
        }
        conn.execute(
            "UPDATE quarantine SET reason = ?2 WHERE device = ?1 AND reason = 'displaced'",
            params![device.0, SAID_AGAIN],
        )?;
    }
    Ok(lost)
}

/// Takes in what the pool's order holds of these names and stood apart because of their chain.
fn take_back(conn: &Connection, former: &[DeviceId], new: DeviceId) -> Result<(), StoreError> {
    let mut waiting = Vec::new();
    for device in former {
        let mut question = conn.prepare_cached(
            "SELECT bytes, pool_seq FROM quarantine WHERE device = ?1 AND pool_seq IS NOT NULL
             AND reason IN ('fork', 'chain-broken') ORDER BY stream, seq",
        )?;
        let mut rows = question.query([device.0])?;
        while let Some(row) = rows.next()? {
            let pool_seq = row.get::<_, Option<i64>>(1)?.map(uint);
            waiting.push(TakenIn { record: Record::parse(row.get(0)?)?, pool_seq, doubt: None });
        }
    }
    let mut took = Took::default();
    for one in &waiting {
        take_one(conn, one, Some(new.0), &mut took)?;
    }
    Ok(())
}
