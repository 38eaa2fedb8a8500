//! What is typed: kept at once, sealed into records later.

use std::collections::BTreeSet;

use rusqlite::params;
use satchel_terms::{Stamp, StoryId};
use satchel_wire::{Kind, Record};

use crate::clock::now_ms;
use crate::{Library, StoreError};

/// One update that is durable but not yet part of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalUpdate {
    /// Its number in the library, for [`Library::append_own`].
    pub row: i64,
    /// The editing session that wrote it.
    pub session: String,
    /// When it was kept.
    pub at: Stamp,
    /// One Yjs update, v1 encoding.
    pub bytes: Vec<u8>,
}

impl Library {
    /// Keeps one update of a story; it is on the disk when this returns, with the moment it was kept.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or any other [`StoreError`] of a write; nothing is kept then.
    pub fn keep_update(&self, story: StoryId, session: &str, update: &[u8]) -> Result<Stamp, StoreError> {
        let at = now_ms();
        let (session, update) = (session.to_owned(), update.to_vec());
        self.write(move |conn| {
            conn.prepare_cached("INSERT INTO doc_local (story, session, at, bytes) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![story.0, session, at, update])?;
            Ok(at)
        })
    }

    /// The updates of a story that no record holds yet, oldest first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn pending_updates(&self, story: StoryId) -> Result<Vec<LocalUpdate>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT row, session, at, bytes FROM doc_local WHERE story = ?1 ORDER BY row";
            let mut question = conn.prepare_cached(sql)?;
            let rows = question.query_map([story.0], |row| {
                Ok(LocalUpdate {
                    row: row.get(0)?,
                    session: row.get(1)?,
                    at: row.get(2)?,
                    bytes: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Every update of a story: those of records, in pool order and then local order, and the pending ones.
    ///
    /// A record whose body cannot be unpacked is passed over with a warning, so that one bad record never hides
    /// a story.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn doc_updates(&self, story: StoryId) -> Result<Vec<Vec<u8>>, StoreError> {
        // One snapshot for both tables: a seal between two reads would otherwise lose or double updates.
        let (sealed, pending) = self.read(|conn| {
            let snapshot = conn.unchecked_transaction()?;
            let sealed: Vec<Vec<u8>> = snapshot
                .prepare_cached(
                    "SELECT bytes FROM record WHERE subject = ?1 AND kind = ?2 ORDER BY pool_seq IS NULL, pool_seq, row",
                )?
                .query_map(params![story.0, Kind::DOC_UPDATE.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let pending: Vec<Vec<u8>> = snapshot
                .prepare_cached("SELECT bytes FROM doc_local WHERE story = ?1 ORDER BY row")?
                .query_map([story.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok((sealed, pending))
        })?;
        let mut updates = Vec::with_capacity(sealed.len() + pending.len());
        for bytes in sealed {
            match Record::parse(bytes).and_then(|record| record.body()) {
                Ok(body) => updates.push(body),
                Err(error) => tracing::warn!(story.id = %story, %error, "an update record cannot be read"),
            }
        }
        updates.extend(pending);
        Ok(updates)
    }

    /// The stories with updates that no record holds yet.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn stories_with_pending(&self) -> Result<BTreeSet<StoryId>, StoreError> {
        self.read(|conn| {
            let mut question = conn.prepare_cached("SELECT DISTINCT story FROM doc_local")?;
            let rows = question.query_map([], |row| Ok(StoryId(row.get(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
