//! Small things the desk keeps: settings, jobs, cuts and the log of the exchange.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};
use satchel_failure::Answer;
use satchel_jobs::{JobCard, JobChange, Ledger, Which};
use satchel_terms::{CutId, JobId, Stamp, StoryId};
use serde_json::Value;

use crate::records::int;
use crate::{Library, StoreError};

/// How many lines of the exchange log are kept.
const LOG_LINES: i64 = 20_000;

/// One line of the exchange log. Never text of stories, names, tokens or places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncLine {
    /// When.
    pub at: Stamp,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// What happened, as a code.
    pub code: String,
    /// Values for the sentence, by name.
    pub params: BTreeMap<String, String>,
    /// The story, clip or blob it was about.
    pub subject: Option<Vec<u8>>,
}

/// An edited sequence, as the cut room writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutRow {
    /// Which cut.
    pub cut: CutId,
    /// The story it belongs to.
    pub story: Option<StoryId>,
    /// The whole cut as JSON.
    pub json: String,
    /// Last change.
    pub updated: Stamp,
}

impl Library {
    /// A setting by name.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn setting(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let found: Option<String> = self.read(|conn| {
            let mut question = conn.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
            Ok(question.query_row([key], |row| row.get(0)).optional()?)
        })?;
        Ok(found.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Sets a setting; `null` forgets it. Names that begin with `store.` belong to the library itself.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn set_setting(&self, key: &str, value: &Value) -> Result<(), StoreError> {
        let (key, value) = (key.to_owned(), value.clone());
        self.write(move |conn| {
            if value.is_null() {
                conn.execute("DELETE FROM setting WHERE key = ?1", [&key])?;
            } else {
                let sql = "INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)";
                conn.execute(sql, params![key, value.to_string()])?;
            }
            Ok(())
        })
    }

    /// Writes a job's row.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn job_put(&self, card: &JobCard) -> Result<(), StoreError> {
        let (id, started, is_over) = (card.id, card.started, card.state.is_over());
        let text = serde_json::to_string(card).unwrap_or_default();
        self.write(move |conn| {
            conn.prepare_cached(
                "INSERT OR REPLACE INTO job (job, started, is_over, card) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![id.0, started, is_over, text])?;
            Ok(())
        })
    }

    /// One job's row.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn job(&self, id: JobId) -> Result<Option<JobCard>, StoreError> {
        let text: Option<String> = self.read(|conn| {
            let mut question = conn.prepare_cached("SELECT card FROM job WHERE job = ?1")?;
            Ok(question.query_row([id.0], |row| row.get(0)).optional()?)
        })?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The jobs, newest first. A row of a kind this program does not know is left out.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn jobs(&self, which: Which) -> Result<Vec<JobCard>, StoreError> {
        let most_over = if which == Which::Open { 0 } else { 1 };
        self.read(|conn| {
            let sql = "SELECT card FROM job WHERE is_over <= ?1 ORDER BY started DESC, job DESC";
            let mut question = conn.prepare_cached(sql)?;
            let rows = question.query_map([most_over], |row| row.get::<_, String>(0))?;
            let texts: Vec<String> = rows.collect::<Result<_, _>>()?;
            Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
        })
    }

    /// Writes a line of the exchange log; the oldest lines go when there are too many.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn log(&self, line: &SyncLine) -> Result<(), StoreError> {
        let params = serde_json::to_string(&line.params).unwrap_or_default();
        let line = line.clone();
        self.write(move |conn| {
            conn.prepare_cached(
                "INSERT INTO sync_log (at, level, code, params, subject) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![line.at, line.level, line.code, params, line.subject])?;
            let newest = conn.last_insert_rowid();
            conn.prepare_cached("DELETE FROM sync_log WHERE row <= ?1")?.execute([newest - LOG_LINES])?;
            Ok(())
        })
    }

    /// The newest lines whose code or values hold `query` (all if empty).
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn sync_log(&self, query: &str, limit: usize) -> Result<Vec<SyncLine>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT at, level, code, params, subject FROM sync_log
                       WHERE ?1 = '' OR instr(code, ?1) OR instr(params, ?1) ORDER BY row DESC LIMIT ?2";
            let mut question = conn.prepare_cached(sql)?;
            let rows = question.query_map(params![query, int(limit as u64)], |row| {
                let params: String = row.get(3)?;
                Ok(SyncLine {
                    at: row.get(0)?,
                    level: row.get(1)?,
                    code: row.get(2)?,
                    params: serde_json::from_str(&params).unwrap_or_default(),
                    subject: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Writes a cut.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn cut_put(&self, row: &CutRow) -> Result<(), StoreError> {
        let row = row.clone();
        self.write(move |conn| {
            conn.prepare_cached(
                "INSERT OR REPLACE INTO cut (cut, story, json, updated) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                row.cut.0,
                row.story.map(|story| story.0),
                row.json,
                row.updated
            ])?;
            Ok(())
        })
    }

    /// The cuts of a story, or all, last changed first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn cuts(&self, story: Option<StoryId>) -> Result<Vec<CutRow>, StoreError> {
        self.read(|conn| {
            let sql =
                "SELECT cut, story, json, updated FROM cut WHERE ?1 IS NULL OR story = ?1 ORDER BY updated DESC";
            let mut question = conn.prepare_cached(sql)?;
            let rows = question.query_map([story.map(|story| story.0)], |row| {
                let (cut, story) = (CutId(row.get(0)?), row.get::<_, Option<[u8; 16]>>(1)?.map(StoryId));
                Ok(CutRow { cut, story, json: row.get(2)?, updated: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One cut.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn cut(&self, cut: CutId) -> Result<Option<CutRow>, StoreError> {
        Ok(self.cuts(None)?.into_iter().find(|row| row.cut == cut))
    }
}

impl Ledger for Library {
    fn put(&self, card: &JobCard) -> Answer<()> {
        Ok(self.job_put(card)?)
    }

    fn update(&self, id: JobId, change: &JobChange) -> Answer<()> {
        let change = change.clone();
        Ok(self.write(move |conn| {
            let text: String = conn
                .prepare_cached("SELECT card FROM job WHERE job = ?1")?
                .query_row([id.0], |row| row.get(0))?;
            let mut card: JobCard = serde_json::from_str(&text)
                .map_err(|error| StoreError::Damaged { what: error.to_string() })?;
            change.apply(&mut card);
            let text = serde_json::to_string(&card).unwrap_or_default();
            conn.prepare_cached("UPDATE job SET is_over = ?2, card = ?3 WHERE job = ?1")?
                .execute(params![id.0, card.state.is_over(), text])?;
            Ok(())
        })?)
    }

    fn list(&self, which: Which) -> Answer<Vec<JobCard>> {
        Ok(self.jobs(which)?)
    }
}
