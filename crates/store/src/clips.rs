//! The list of clips and of the files made from them.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use satchel_terms::{ClipId, Hash, Stamp, StoryId};
use serde_json::Value;

use crate::records::{int, uint};
use crate::search::{self, HitKind};
use crate::{Library, StoreError};

/// A clip as the cards show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipRow {
    /// Which clip.
    pub clip: ClipId,
    /// Name of the file it came from.
    pub name: String,
    /// Fingerprint of the original.
    pub blob: Hash,
    /// Length of the original in bytes.
    pub bytes: u64,
    /// `picture`, `video`, `audio` or `other`.
    pub kind: String,
    /// Media type.
    pub mime: String,
    /// Pixels across.
    pub width: Option<u32>,
    /// Pixels down.
    pub height: Option<u32>,
    /// Running time in milliseconds.
    pub duration_ms: Option<u64>,
    /// When it was taken, by the camera.
    pub captured_at: Option<Stamp>,
    /// When it came into the library.
    pub added_at: Stamp,
    /// The story it belongs to.
    pub story: Option<StoryId>,
    /// What it shows.
    pub caption: String,
    /// Who made it.
    pub credit: String,
    /// Its state, as a word of the desk.
    pub state: String,
    /// Whatever else the desk wants on the card.
    pub card: Value,
}

/// Which clips are asked for; last added first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipFilter {
    /// Only those of this story.
    pub story: Option<StoryId>,
    /// At most so many.
    pub limit: usize,
    /// Leave out so many at the start.
    pub offset: usize,
}

impl Default for ClipFilter {
    fn default() -> Self {
        Self { story: None, limit: 200, offset: 0 }
    }
}

/// A file made from a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedRow {
    /// From which clip.
    pub clip: ClipId,
    /// `proxy`, `thumb`, `poster`, `cut` …
    pub role: String,
    /// Its fingerprint.
    pub blob: Hash,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its media type.
    pub mime: String,
}

const COLUMNS: &str = "clip, name, blob, bytes, kind, mime, width, height, duration_ms, captured_at, added_at, \
                       story, caption, credit, state, card";

impl Library {
    /// Replaces the row of a clip and what the search knows of it (name, caption, credit).
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn index_clip(&self, row: &ClipRow) -> Result<(), StoreError> {
        let row = row.clone();
        self.write(move |conn| put_clip(conn, &row))
    }

    /// The rows that fit, last added first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn clips(&self, filter: &ClipFilter) -> Result<Vec<ClipRow>, StoreError> {
        let (limit, offset) = (int(filter.limit as u64), int(filter.offset as u64));
        let order = "ORDER BY added_at DESC LIMIT ?1 OFFSET ?2";
        match filter.story {
            Some(story) => {
                self.clip_rows(&format!("WHERE story = ?3 {order}"), params![limit, offset, story.0])
            }
            None => self.clip_rows(order, params![limit, offset]),
        }
    }

    /// The row of one clip.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn clip(&self, clip: ClipId) -> Result<Option<ClipRow>, StoreError> {
        self.read(|conn| {
            let mut question = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM clip WHERE clip = ?1"))?;
            Ok(question.query_row([clip.0], clip_row).optional()?)
        })
    }

    /// The clips whose original has this fingerprint.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn clips_by_blob(&self, blob: Hash) -> Result<Vec<ClipRow>, StoreError> {
        self.clip_rows("WHERE blob = ?1 ORDER BY added_at", params![blob.0])
    }

    /// How a blob was made, as its clip tells it; none of what came from a camera.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn recipe_of(&self, blob: Hash) -> Result<Option<serde_json::Value>, StoreError> {
        let clips = self.clips_by_blob(blob)?;
        Ok(clips.into_iter().find_map(|mut row| row.card.get_mut("recipe").map(serde_json::Value::take)))
    }

    /// Notes a file made from a clip; one for every role.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn derive_set(&self, row: &DerivedRow) -> Result<(), StoreError> {
        let row = row.clone();
        self.write(move |conn| {
            conn.prepare_cached(
                "INSERT OR REPLACE INTO derived (clip, role, blob, bytes, mime) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![row.clip.0, row.role, row.blob.0, int(row.bytes), row.mime])?;
            Ok(())
        })
    }

    /// The files made from a clip, by role.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn derived(&self, clip: ClipId) -> Result<Vec<DerivedRow>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT role, blob, bytes, mime FROM derived WHERE clip = ?1 ORDER BY role";
            let mut question = conn.prepare_cached(sql)?;
            let rows = question.query_map([clip.0], |row| {
                let (role, blob, mime) = (row.get(0)?, Hash(row.get(1)?), row.get(3)?);
                Ok(DerivedRow { clip, role, blob, bytes: uint(row.get(2)?), mime })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn clip_rows(&self, rest: &str, values: impl rusqlite::Params) -> Result<Vec<ClipRow>, StoreError> {
        self.read(|conn| {
            let mut question = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM clip {rest}"))?;
            let rows = question.query_map(values, clip_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn clip_row(row: &Row<'_>) -> rusqlite::Result<ClipRow> {
    let card: String = row.get(15)?;
    Ok(ClipRow {
        clip: ClipId(row.get(0)?),
        name: row.get(1)?,
        blob: Hash(row.get(2)?),
        bytes: uint(row.get(3)?),
        kind: row.get(4)?,
        mime: row.get(5)?,
        width: row.get(6)?,
        height: row.get(7)?,
        duration_ms: row.get::<_, Option<i64>>(8)?.map(uint),
        captured_at: row.get(9)?,
        added_at: row.get(10)?,
        story: row.get::<_, Option<[u8; 16]>>(11)?.map(StoryId),
        caption: row.get(12)?,
        credit: row.get(13)?,
        state: row.get(14)?,
        card: serde_json::from_str(&card).unwrap_or(Value::Null),
    })
}

pub(crate) fn put_clip(conn: &Connection, row: &ClipRow) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT OR REPLACE INTO clip ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    );
    conn.prepare_cached(&sql)?.execute(params![
        row.clip.0,
        row.name,
        row.blob.0,
        int(row.bytes),
        row.kind,
        row.mime,
        row.width,
        row.height,
        row.duration_ms.map(int),
        row.captured_at,
        row.added_at,
        row.story.map(|story| story.0),
        row.caption,
        row.credit,
        row.state,
        row.card.to_string(),
    ])?;
    let body = [row.caption.as_str(), row.credit.as_str()].join("\n");
    search::replace(conn, HitKind::Clip, row.clip.0, &row.name, &body)
}
