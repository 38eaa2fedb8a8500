//! Releases of stories on channels. One revision of one story goes to one account of one channel once.

use rusqlite::{OptionalExtension as _, Row, params};
use satchel_terms::{ChannelId, Hash, PushId, Stamp, StoryId};

use crate::records::{int, uint};
use crate::{Library, StoreError};

/// One release and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Which push.
    pub push: PushId,
    /// Which story.
    pub story: StoryId,
    /// On which channel.
    pub channel: ChannelId,
    /// On which account of it.
    pub account: String,
    /// Which revision.
    pub rev: Hash,
    /// Its state, as a word.
    pub state: String,
    /// What to look for on the channel if the answer got lost.
    pub marker: String,
    /// The fencing number of the last worker.
    pub fence: u64,
    /// Where it can be read.
    pub url: Option<String>,
    /// The channel's own id.
    pub remote_id: Option<String>,
    /// The code of the last failure.
    pub error: Option<String>,
    /// Last change.
    pub at: Stamp,
}

const COLUMNS: &str = "push, story, channel, account, rev, state, marker, fence, url, remote_id, error, at";

impl Library {
    /// Writes a delivery or changes it.
    ///
    /// # Errors
    /// [`StoreError::DeliveryExists`] if another push already releases that revision on that account;
    /// any [`StoreError`] of a write.
    pub fn delivery_put(&self, row: &DeliveryRow) -> Result<(), StoreError> {
        let row = row.clone();
        let outcome = self.write(move |conn| {
            let sql = format!(
                "INSERT INTO delivery ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                 ON CONFLICT (push) DO UPDATE SET state = excluded.state, marker = excluded.marker,
                   fence = excluded.fence, url = excluded.url, remote_id = excluded.remote_id,
                   error = excluded.error, at = excluded.at"
            );
            conn.prepare_cached(&sql)?.execute(params![
                row.push.0,
                row.story.0,
                row.channel.0,
                row.account,
                row.rev.0,
                row.state,
                row.marker,
                int(row.fence),
                row.url,
                row.remote_id,
                row.error,
                row.at,
            ])?;
            Ok(())
        });
        outcome.map_err(|error| match error {
            StoreError::Duplicate { .. } => StoreError::DeliveryExists,
            other => other,
        })
    }

    /// One delivery.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn delivery(&self, push: PushId) -> Result<Option<DeliveryRow>, StoreError> {
        self.read(|conn| {
            let mut question =
                conn.prepare_cached(&format!("SELECT {COLUMNS} FROM delivery WHERE push = ?1"))?;
            Ok(question.query_row([push.0], delivery_row).optional()?)
        })
    }

    /// The deliveries of a story, or all, newest first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn deliveries(&self, story: Option<StoryId>) -> Result<Vec<DeliveryRow>, StoreError> {
        self.read(|conn| {
            let sql = format!(
                "SELECT {COLUMNS} FROM delivery WHERE ?1 IS NULL OR story = ?1 ORDER BY at DESC, push"
            );
            let mut question = conn.prepare_cached(&sql)?;
            let rows = question.query_map([story.map(|story| story.0)], delivery_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn delivery_row(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    Ok(DeliveryRow {
        push: PushId(row.get(0)?),
        story: StoryId(row.get(1)?),
        channel: ChannelId(row.get(2)?),
        account: row.get(3)?,
        rev: Hash(row.get(4)?),
        state: row.get(5)?,
        marker: row.get(6)?,
        fence: uint(row.get(7)?),
        url: row.get(8)?,
        remote_id: row.get(9)?,
        error: row.get(10)?,
        at: row.get(11)?,
    })
}
