//! Frozen versions of a story, by fingerprint.

use rusqlite::{OptionalExtension as _, params};
use satchel_terms::{Hash, Stamp, StoryId};

use crate::{Library, StoreError};

/// One frozen version in the list of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRow {
    /// Its fingerprint.
    pub rev: Hash,
    /// Why it was frozen, as a word: `filed`, `manual`, `before-merge` …
    pub why: String,
    /// When.
    pub at: Stamp,
    /// Length of the canonical text in bytes.
    pub bytes: u64,
}

impl Library {
    /// Keeps a version. The same version for the same reason is kept once, at its first moment.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn keep_revision(
        &self,
        story: StoryId,
        rev: Hash,
        canonical: &[u8],
        why: &str,
        at: Stamp,
    ) -> Result<(), StoreError> {
        let (canonical, why) = (canonical.to_vec(), why.to_owned());
        self.write(move |conn| {
            conn.prepare_cached("INSERT OR IGNORE INTO revision_body (rev, canonical) VALUES (?1, ?2)")?
                .execute(params![rev.0, canonical])?;
            conn.prepare_cached(
                "INSERT OR IGNORE INTO revision (story, rev, why, at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![story.0, rev.0, why, at])?;
            Ok(())
        })
    }

    /// The canonical text of a version.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn revision(&self, rev: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|conn| {
            let mut question = conn.prepare_cached("SELECT canonical FROM revision_body WHERE rev = ?1")?;
            Ok(question.query_row([rev.0], |row| row.get(0)).optional()?)
        })
    }

    /// The versions of a story, newest first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn revisions(&self, story: StoryId) -> Result<Vec<RevisionRow>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT r.rev, r.why, r.at, length(b.canonical) FROM revision AS r
                       JOIN revision_body AS b ON b.rev = r.rev WHERE r.story = ?1 ORDER BY r.at DESC, r.row DESC";
            let mut question = conn.prepare_cached(sql)?;
            let rows = question.query_map([story.0], |row| {
                let bytes: i64 = row.get(3)?;
                Ok(RevisionRow {
                    rev: Hash(row.get(0)?),
                    why: row.get(1)?,
                    at: row.get(2)?,
                    bytes: bytes.unsigned_abs(),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
