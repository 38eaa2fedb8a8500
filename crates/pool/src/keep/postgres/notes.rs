//! Notes, and what stands apart, in PostgreSQL.

use satchel_terms::Hash;

use super::connect::Db;
use super::id32;
use crate::failure::Outcome;
use crate::keep::{ApartRow, Drawer, NoteChange};

pub async fn note(db: &Db, drawer: Drawer, name: &str) -> Outcome<Option<Vec<u8>>> {
    let client = db.get().await?;
    let sql = "SELECT body FROM note WHERE drawer = $1 AND name = $2";
    Ok(client.query_opt(sql, &[&drawer.word(), &name]).await?.map(|row| row.get(0)))
}

pub async fn notes(db: &Db, drawer: Drawer, most: usize) -> Outcome<Vec<(String, Vec<u8>)>> {
    let client = db.get().await?;
    let sql = "SELECT name, body FROM note WHERE drawer = $1 ORDER BY name COLLATE \"C\" DESC LIMIT $2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = client.query(sql, &[&drawer.word(), &most]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// One statement, so that it needs no lock: it changes the row as it is told to be, or none.
pub async fn change(db: &Db, change: &NoteChange) -> Outcome<bool> {
    let client = db.get().await?;
    let (drawer, name) = (change.drawer.word(), &change.name);
    let changed = match (&change.before, &change.after) {
        (None, None) => return Ok(note(db, change.drawer, name).await?.is_none()),
        (None, Some(after)) => {
            let sql = "INSERT INTO note (drawer, name, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            client.execute(sql, &[&drawer, name, after]).await?
        }
        (Some(before), Some(after)) => {
            let sql = "UPDATE note SET body = $4 WHERE drawer = $1 AND name = $2 AND body = $3";
            client.execute(sql, &[&drawer, name, before, after]).await?
        }
        (Some(before), None) => {
            let sql = "DELETE FROM note WHERE drawer = $1 AND name = $2 AND body = $3";
            client.execute(sql, &[&drawer, name, before]).await?
        }
    };
    Ok(changed == 1)
}

pub async fn apart(db: &Db, most: usize) -> Outcome<Vec<ApartRow>> {
    let client = db.get().await?;
    let sql = "SELECT id, code, received_at, length(bytes) FROM quarantine
               ORDER BY received_at DESC, id LIMIT $1";
    let rows = client.query(sql, &[&i64::try_from(most).unwrap_or(i64::MAX)]).await?;
    rows.iter()
        .map(|row| {
            let length = u64::from(row.get::<_, i32>(3).unsigned_abs());
            Ok(ApartRow { id: id32(row.get(0))?, code: row.get(1), at: row.get(2), length })
        })
        .collect()
}

pub async fn apart_bytes(db: &Db, id: Hash) -> Outcome<Option<Vec<u8>>> {
    let client = db.get().await?;
    let rows = client.query("SELECT bytes FROM quarantine WHERE id = $1", &[&id.0.as_slice()]).await?;
    Ok(rows.first().map(|row| row.get(0)))
}
