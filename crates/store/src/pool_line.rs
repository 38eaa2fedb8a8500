//! Where this library's pool is, and how far it has been read.

use rusqlite::{OptionalExtension as _, params};
use satchel_terms::DeviceId;
use satchel_wire::Stream;

use crate::records::{int, uint};
use crate::{Library, StoreError};

/// The pinned pool of this library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolLine {
    /// The pool's own id, as text; a pool of another id never merges with this library.
    pub pool_id: String,
    /// Changes when the pool was restored or rebuilt.
    pub epoch: u64,
    /// Where it answers.
    pub url: String,
    /// The pool's public key, pinned at enrolment.
    pub key: [u8; 32],
    /// How far the pool's order has been read, durably.
    pub cursor: u64,
    /// This device's certificate, as the record the pool signed.
    pub certificate: Option<Vec<u8>>,
}

impl Library {
    /// The pinned pool, if this laptop has joined one.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn pool(&self) -> Result<Option<PoolLine>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT pool_id, epoch, url, key, cursor, certificate FROM pool";
            let line = conn.prepare_cached(sql)?.query_row([], |row| {
                Ok(PoolLine {
                    pool_id: row.get(0)?,
                    epoch: uint(row.get(1)?),
                    url: row.get(2)?,
                    key: row.get(3)?,
                    cursor: uint(row.get(4)?),
                    certificate: row.get(5)?,
                })
            });
            Ok(line.optional()?)
        })
    }

    /// Pins a pool or changes its line.
    ///
    /// With another pool id or epoch than before the old pool's order and acknowledgements are forgotten (no record
    /// is): everything is read and offered again.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn set_pool(&self, line: &PoolLine) -> Result<(), StoreError> {
        let line = line.clone();
        self.write(move |conn| {
            let same: bool = conn.query_row(
                "SELECT EXISTS (SELECT 1 FROM pool WHERE pool_id = ?1 AND epoch = ?2)",
                params![line.pool_id, int(line.epoch)],
                |row| row.get(0),
            )?;
            if !same {
                conn.execute_batch(
                    "UPDATE record SET pool_seq = NULL WHERE pool_seq IS NOT NULL;
                     UPDATE quarantine SET pool_seq = NULL WHERE pool_seq IS NOT NULL; DELETE FROM pushed;",
                )?;
            }
            conn.execute(
                "INSERT OR REPLACE INTO pool (one, pool_id, epoch, url, key, cursor, certificate)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    line.pool_id,
                    int(line.epoch),
                    line.url,
                    line.key,
                    int(line.cursor),
                    line.certificate
                ],
            )?;
            Ok(())
        })
    }

    /// How far the pool holds a stream of this laptop, by its own word; 0 if it said nothing yet.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn pushed(&self, device: DeviceId, stream: Stream) -> Result<u64, StoreError> {
        self.read(|conn| {
            let sql = "SELECT upto_seq FROM pushed WHERE device = ?1 AND stream = ?2";
            let mut question = conn.prepare_cached(sql)?;
            let found = question.query_row(params![device.0, stream as u8], |row| row.get(0)).optional()?;
            Ok(found.map_or(0, uint))
        })
    }

    /// Leaves the pool: this laptop works alone again. Nothing else is touched.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn forget_pool(&self) -> Result<(), StoreError> {
        self.write(|conn| {
            conn.execute("DELETE FROM pool", [])?;
            Ok(())
        })
    }
}
