//! Notes, and what stands apart, in SQLite.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use satchel_terms::Hash;

use super::id32;
use crate::failure::Outcome;
use crate::keep::{ApartRow, Drawer, NoteChange};

pub fn note(db: &Connection, drawer: Drawer, name: &str) -> Outcome<Option<Vec<u8>>> {
    let mut query = db.prepare_cached("SELECT body FROM note WHERE drawer = ?1 AND name = ?2")?;
    Ok(query.query_row(params![drawer.word(), name], |row| row.get(0)).optional()?)
}

pub fn notes(db: &Connection, drawer: Drawer, most: usize) -> Outcome<Vec<(String, Vec<u8>)>> {
    let sql = "SELECT name, body FROM note WHERE drawer = ?1 ORDER BY name DESC LIMIT ?2";
    let mut query = db.prepare_cached(sql)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = query.query_map(params![drawer.word(), most], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn change(db: &mut Connection, change: &NoteChange) -> Outcome<bool> {
    let turn = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if note(&turn, change.drawer, &change.name)? != change.before {
        return Ok(false);
    }
    let (drawer, name) = (change.drawer.word(), &change.name);
    match &change.after {
        Some(body) => turn.execute(
            "INSERT INTO note (drawer, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (drawer, name) DO UPDATE SET body = excluded.body",
            params![drawer, name, body],
        )?,
        None => turn.execute("DELETE FROM note WHERE drawer = ?1 AND name = ?2", params![drawer, name])?,
    };
    turn.commit()?;
    Ok(true)
}

pub fn apart(db: &Connection, most: usize) -> Outcome<Vec<ApartRow>> {
    let sql = "SELECT id, code, received_at, length(bytes) FROM quarantine
               ORDER BY received_at DESC, id LIMIT ?1";
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query([i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(ApartRow {
            id: id32(&row.get::<_, Vec<u8>>(0)?)?,
            code: row.get(1)?,
            at: row.get(2)?,
            length: row.get::<_, i64>(3)?.unsigned_abs(),
        });
    }
    Ok(found)
}

pub fn apart_bytes(db: &Connection, id: Hash) -> Outcome<Option<Vec<u8>>> {
    let mut query = db.prepare_cached("SELECT bytes FROM quarantine WHERE id = ?1")?;
    Ok(query.query_row([id.0.as_slice()], |row| row.get(0)).optional()?)
}
