//! The list of stories, as the cards show it. Disposable: it can be built again from documents and records.

use rusqlite::{OptionalExtension as _, Row, params};
use satchel_terms::{Stamp, StoryId};
use serde_json::Value;

use crate::records::int;
use crate::search::{self, HitKind};
use crate::{ClipRow, Library, StoreError};

/// Everything the list and the search know of a story.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryIndex {
    /// Which story.
    pub story: StoryId,
    /// Its headline, or its slug while it has none.
    pub headline: String,
    /// Its state, as a word.
    pub state: String,
    /// The author's name.
    pub author: String,
    /// Last change.
    pub updated: Stamp,
    /// Whether it lies in the bin.
    pub binned: bool,
    /// Counts of characters and words, as the desk writes them.
    pub counts: Value,
    /// Whatever else the desk wants on the card.
    pub card: Value,
    /// The whole text for the search: paragraphs by newline.
    pub text: String,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryRow {
    /// Which story.
    pub story: StoryId,
    /// Its headline.
    pub headline: String,
    /// Its state, as a word.
    pub state: String,
    /// The author's name.
    pub author: String,
    /// Last change.
    pub updated: Stamp,
    /// Whether it lies in the bin.
    pub binned: bool,
    /// Counts, as the desk wrote them.
    pub counts: Value,
    /// Whatever else the desk put there.
    pub card: Value,
}

/// Which stories are asked for; newest change first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryFilter {
    /// Only this state.
    pub state: Option<String>,
    /// Only this author.
    pub author: Option<String>,
    /// Those in the bin (true) or those outside (false).
    pub binned: bool,
    /// At most so many.
    pub limit: usize,
    /// Leave out so many at the start.
    pub offset: usize,
}

impl Default for StoryFilter {
    fn default() -> Self {
        Self { state: None, author: None, binned: false, limit: 200, offset: 0 }
    }
}

const COLUMNS: &str = "story, headline, state, author, updated, binned, counts, card";

impl Library {
    /// Replaces the row of a story and what the search knows of it.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn index_story(&self, index: &StoryIndex) -> Result<(), StoreError> {
        let index = index.clone();
        self.write(move |conn| put_story(conn, &index))
    }

    /// Replaces many rows in one transaction: for rebuilding and for measurements.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write; nothing is kept then.
    pub fn index_many(&self, stories: Vec<StoryIndex>, clips: Vec<ClipRow>) -> Result<(), StoreError> {
        self.write(move |conn| {
            for story in &stories {
                put_story(conn, story)?;
            }
            for clip in &clips {
                crate::clips::put_clip(conn, clip)?;
            }
            Ok(())
        })
    }

    /// The rows that fit, newest change first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn stories(&self, filter: &StoryFilter) -> Result<Vec<StoryRow>, StoreError> {
        self.read(|conn| {
            let mut sql = format!("SELECT {COLUMNS} FROM story WHERE binned = ?1");
            if filter.state.is_some() {
                sql.push_str(" AND state = ?2");
            }
            if filter.author.is_some() {
                sql.push_str(" AND author = ?3");
            }
            sql.push_str(" ORDER BY updated DESC LIMIT ?4 OFFSET ?5");
            let (limit, offset) = (int(filter.limit as u64), int(filter.offset as u64));
            let mut question = conn.prepare_cached(&sql)?;
            let rows = question
                .query_map(params![filter.binned, filter.state, filter.author, limit, offset], story_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The row of one story.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn story(&self, story: StoryId) -> Result<Option<StoryRow>, StoreError> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM story WHERE story = ?1");
            let mut question = conn.prepare_cached(&sql)?;
            Ok(question.query_row([story.0], story_row).optional()?)
        })
    }
}

fn story_row(row: &Row<'_>) -> rusqlite::Result<StoryRow> {
    let (counts, card): (String, String) = (row.get(6)?, row.get(7)?);
    Ok(StoryRow {
        story: StoryId(row.get(0)?),
        headline: row.get(1)?,
        state: row.get(2)?,
        author: row.get(3)?,
        updated: row.get(4)?,
        binned: row.get(5)?,
        counts: serde_json::from_str(&counts).unwrap_or(Value::Null),
        card: serde_json::from_str(&card).unwrap_or(Value::Null),
    })
}

fn put_story(conn: &rusqlite::Connection, index: &StoryIndex) -> Result<(), StoreError> {
    let sql = format!("INSERT OR REPLACE INTO story ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    conn.prepare_cached(&sql)?.execute(params![
        index.story.0,
        index.headline,
        index.state,
        index.author,
        index.updated,
        index.binned,
        index.counts.to_string(),
        index.card.to_string(),
    ])?;
    search::replace(conn, HitKind::Story, index.story.0, &index.headline, &index.text)
}
