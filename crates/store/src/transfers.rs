//! Which blobs have to travel, and how far they are. The desk writes what it wants sent or fetched; sync works it off.

use rusqlite::{Row, params};
use satchel_terms::{Hash, Stamp};

use crate::records::{int, uint};
use crate::{Library, StoreError};

/// Which way a blob travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the pool.
    Up,
    /// From the pool.
    Down,
}

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferState {
    /// Waits for its turn.
    Waiting,
    /// Travels, or was travelling when the program ended.
    Moving,
    /// The pool holds it whole, by its own word (or, downwards, the laptop holds it).
    Pooled,
    /// Refused for good; a person has to look.
    Failed,
}

impl Direction {
    const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl TransferState {
    const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Moving => "moving",
            Self::Pooled => "pooled",
            Self::Failed => "failed",
        }
    }
}

/// One blob on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRow {
    /// Its fingerprint.
    pub root: Hash,
    /// Which way.
    pub direction: Direction,
    /// 1 thumbnails and proxies, 2 originals. Lower lanes go first.
    pub lane: u8,
    /// Where it stands.
    pub state: TransferState,
    /// Bytes that arrived for certain.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total: u64,
    /// Not to be tried before this moment.
    pub next_try: Stamp,
    /// How often it failed since it last moved.
    pub tries: u32,
    /// The clip it belongs to, or zeros.
    pub subject: [u8; 16],
    /// Whether the person wants it sent at once, before others of its lane and in spite of metered lines and windows.
    /// Only [`Library::transfer_hurry`] changes it.
    pub is_urgent: bool,
    /// Whether the pool makes it itself, from what it holds already.
    pub is_making: bool,
}

impl TransferRow {
    /// A new row that waits for its turn.
    #[must_use]
    pub const fn waiting(root: Hash, direction: Direction, lane: u8, total: u64, subject: [u8; 16]) -> Self {
        let state = TransferState::Waiting;
        Self {
            root,
            direction,
            lane,
            state,
            done_bytes: 0,
            total,
            next_try: 0,
            tries: 0,
            subject,
            is_urgent: false,
            is_making: false,
        }
    }
}

/// Which transfers are asked for; lower lanes first, in each what is wanted at once first, then smaller blobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferFilter {
    /// Only this way.
    pub direction: Option<Direction>,
    /// Only this lane.
    pub lane: Option<u8>,
    /// Only this state.
    pub state: Option<TransferState>,
    /// Only rows that still have to travel and may be tried at this moment.
    pub due_at: Option<Stamp>,
    /// At most so many; all if 0.
    pub limit: usize,
}

const COLUMNS: &str =
    "root, direction, lane, state, done_bytes, total, next_try, tries, subject, urgent, making";
/// What [`Library::transfer_set`] writes: all but `urgent`, which is the person's word and not the road's.
const WRITTEN: &str = "root, direction, lane, state, done_bytes, total, next_try, tries, subject, making";

/// No pause is longer than an hour: a later one was written down by a clock that has gone back since.
const DUE: &str = " AND state IN ('waiting', 'moving') AND (next_try <= ?4 OR next_try > ?4 + 3600000)";

impl Library {
    /// Writes a transfer, replacing the one of the same blob and way.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn transfer_set(&self, row: &TransferRow) -> Result<(), StoreError> {
        let row = row.clone();
        self.write(move |conn| {
            let sql = format!(
                "INSERT INTO transfer ({WRITTEN}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (root, direction) DO UPDATE SET lane = ?3, state = ?4, done_bytes = ?5, total = ?6,
                   next_try = ?7, tries = ?8, subject = ?9, making = ?10"
            );
            conn.prepare_cached(&sql)?.execute(params![
                row.root.0,
                row.direction.word(),
                row.lane,
                row.state.word(),
                int(row.done_bytes),
                int(row.total),
                row.next_try,
                row.tries,
                row.subject,
                row.is_making,
            ])?;
            Ok(())
        })
    }

    /// Asks for a blob to travel, unless it already does or did. A failed transfer is started again.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn transfer_want(&self, row: &TransferRow) -> Result<(), StoreError> {
        let row = row.clone();
        self.write(move |conn| {
            let sql = format!(
                "INSERT INTO transfer ({WRITTEN}) VALUES (?1, ?2, ?3, 'waiting', 0, ?4, 0, 0, ?5, 0)
                 ON CONFLICT (root, direction) DO UPDATE SET lane = min(lane, excluded.lane), next_try = 0,
                   state = CASE state WHEN 'failed' THEN 'waiting' ELSE state END"
            );
            conn.prepare_cached(&sql)?.execute(params![
                row.root.0,
                row.direction.word(),
                row.lane,
                int(row.total),
                row.subject
            ])?;
            Ok(())
        })
    }

    /// Wants a waiting blob sent at once, or no longer; it is tried without a pause. Returns whether there was one.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn transfer_hurry(
        &self,
        root: Hash,
        direction: Direction,
        is_urgent: bool,
    ) -> Result<bool, StoreError> {
        self.write(move |conn| {
            let changed = conn
                .prepare_cached(
                    "UPDATE transfer SET urgent = ?3, next_try = 0,
                       state = CASE state WHEN 'failed' THEN 'waiting' ELSE state END
                     WHERE root = ?1 AND direction = ?2 AND state != 'pooled'",
                )?
                .execute(params![root.0, direction.word(), is_urgent])?;
            Ok(changed > 0)
        })
    }

    /// Notes how many bytes of a moving blob have arrived. Nothing changes if it does not move any more.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn transfer_progress(&self, root: Hash, direction: Direction, done: u64) -> Result<(), StoreError> {
        self.write(move |conn| {
            conn.prepare_cached(
                "UPDATE transfer SET done_bytes = ?3, making = 0 WHERE root = ?1 AND direction = ?2 AND state = 'moving'",
            )?
            .execute(params![root.0, direction.word(), int(done)])?;
            Ok(())
        })
    }

    /// The transfers that fit.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn transfers(&self, filter: &TransferFilter) -> Result<Vec<TransferRow>, StoreError> {
        let limit = if filter.limit == 0 { i64::MAX } else { int(filter.limit as u64) };
        self.read(|conn| {
            // Only the conditions that are asked for, so that the open rows are found through their own index.
            let mut sql = format!("SELECT {COLUMNS} FROM transfer WHERE 1");
            let conditions = [
                (filter.direction.is_some(), " AND direction = ?1"),
                (filter.lane.is_some(), " AND lane = ?2"),
                (filter.state.is_some(), " AND state = ?3"),
                (filter.due_at.is_some(), DUE),
            ];
            for (_, condition) in conditions.into_iter().filter(|(is_asked, _)| *is_asked) {
                sql.push_str(condition);
            }
            sql.push_str(" ORDER BY lane, urgent DESC, total, root LIMIT ?5");
            let mut question = conn.prepare_cached(&sql)?;
            let rows = question.query_map(
                params![
                    filter.direction.map(Direction::word),
                    filter.lane,
                    filter.state.map(TransferState::word),
                    filter.due_at,
                    limit
                ],
                transfer_row,
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Looks at every finished upload again after the pool was rebuilt: what it lost has to travel once more.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn transfers_reopen(&self) -> Result<(), StoreError> {
        self.write(|conn| {
            conn.execute(
                "UPDATE transfer SET state = 'waiting', next_try = 0, tries = 0, done_bytes = 0, making = 0
                 WHERE direction = 'up' AND state = 'pooled'",
                [],
            )?;
            Ok(())
        })
    }
}

fn transfer_row(row: &Row<'_>) -> rusqlite::Result<TransferRow> {
    let (direction, state): (String, String) = (row.get(1)?, row.get(3)?);
    Ok(TransferRow {
        root: Hash(row.get(0)?),
        direction: if direction == "down" { Direction::Down } else { Direction::Up },
        lane: row.get(2)?,
        state: match state.as_str() {
            "moving" => TransferState::Moving,
            "pooled" => TransferState::Pooled,
            "failed" => TransferState::Failed,
            _ => TransferState::Waiting,
        },
        done_bytes: uint(row.get(4)?),
        total: uint(row.get(5)?),
        next_try: row.get(6)?,
        tries: row.get(7)?,
        subject: row.get(8)?,
        is_urgent: row.get(9)?,
        is_making: row.get(10)?,
    })
}
