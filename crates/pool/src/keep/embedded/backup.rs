//! What a backup reads from the library and notes in it, and how a restored library begins again.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use satchel_terms::{Hash, Stamp};

use super::{id32, loaded};
use crate::backup::BackedUp;
use crate::failure::Outcome;

/// Every whole blob and its length.
///
/// # Errors
/// What the library says.
pub fn whole_blobs(db: &Connection) -> Outcome<Vec<(Hash, u64)>> {
    let mut query =
        db.prepare("SELECT root, length FROM blob WHERE whole_at IS NOT NULL ORDER BY whole_at, root")?;
    let mut rows = query.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((id32(&row.get::<_, Vec<u8>>(0)?)?, loaded(row.get(1)?)));
    }
    Ok(found)
}

/// Notes up to where the pool is backed up.
///
/// # Errors
/// What the library says.
pub fn note_backup(db: &Connection, done: BackedUp) -> Outcome<()> {
    let text = format!("{} {}", done.head, done.at);
    db.execute(
        "INSERT INTO meta (name, value) VALUES ('backup', ?1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [text],
    )?;
    Ok(())
}

/// Up to where the pool is backed up.
pub fn backed_up(db: &Connection) -> Outcome<Option<BackedUp>> {
    let text: Option<String> = db
        .prepare_cached("SELECT value FROM meta WHERE name = 'backup'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let parts = text.as_deref().and_then(|text| text.split_once(' '));
    Ok(parts
        .and_then(|(head, at)| Some(BackedUp { head: head.parse().ok()?, at: at.parse::<Stamp>().ok()? })))
}

/// The first sign of damage in the library.
pub fn damage(db: &Connection) -> Outcome<Option<String>> {
    let found: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Ok(Some(found));
    }
    // Every chain is held from its first record to its head.
    let lost: i64 = db.query_row(
        "SELECT (SELECT coalesce(sum(seq), 0) FROM head) - (SELECT count(*) FROM record)",
        [],
        |row| row.get(0),
    )?;
    Ok((lost != 0).then(|| format!("{lost} records of the log are missing")))
}

/// Begins an epoch. What stood ready to be released may be out already: the channel is asked first.
pub fn begin_epoch(turn: &Transaction<'_>, epoch: u64) -> Outcome<()> {
    for (name, value) in [("epoch", epoch.to_string()), ("epoch-began", crate::chance::now().to_string())] {
        turn.execute(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )?;
    }
    turn.execute("UPDATE publish_job SET state = 'sending' WHERE lane IS NULL AND state = 'waiting'", [])?;
    Ok(())
}

/// Makes a restored library the beginning of a new epoch. Blobs that are begun or damaged are forgotten: their bytes
/// are not in the backup, and laptops send them again.
///
/// # Errors
/// What the library says.
pub fn begin_again(library: &Path, epoch: u64, damaged: &[Hash], backed_up: BackedUp) -> Outcome<()> {
    let mut db = Connection::open(library)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let turn = db.transaction()?;
    turn.execute("DELETE FROM blob WHERE whole_at IS NULL", [])?;
    for root in damaged {
        turn.execute("DELETE FROM blob WHERE root = ?1", params![root.0.as_slice()])?;
    }
    begin_epoch(&turn, epoch)?;
    note_backup(&turn, backed_up)?;
    turn.commit()?;
    db.close().map_err(|(_, error)| error)?;
    Ok(())
}
