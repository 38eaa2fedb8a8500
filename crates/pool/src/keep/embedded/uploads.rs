//! Uploads that were begun and not ended, and what lies on the disk that no row knows.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};
use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::{Bitmap, SEGMENT, segments_of};

use super::blobs::{part_path, whole_path};
use super::{id16, id32, loaded};
use crate::failure::Outcome;
use crate::keep::{RecordSum, Strays, Unfinished};
use crate::retention::File;

/// Every upload that is not ended.
pub fn unfinished(db: &Connection) -> Outcome<Vec<Unfinished>> {
    let mut query = db.prepare_cached(
        "SELECT root, length, bitmap, begun_by, coalesce(begun_at, 0), coalesce(touched_at, 0)
         FROM blob WHERE whole_at IS NULL ORDER BY touched_at, root",
    )?;
    let mut rows = query.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let length = loaded(row.get(1)?);
        let by: Option<Vec<u8>> = row.get(3)?;
        let bitmap = Bitmap::from_bytes(segments_of(length), &row.get::<_, Vec<u8>>(2)?);
        found.push(Unfinished {
            root: id32(&row.get::<_, Vec<u8>>(0)?)?,
            length,
            held: (bitmap.held() * SEGMENT).min(length),
            by: by.map(|id| id16(&id).map(DeviceId)).transpose()?,
            begun_at: row.get(4)?,
            touched_at: row.get(5)?,
        });
    }
    Ok(found)
}

/// How many uploads of a device are not ended, and their bytes.
pub fn unfinished_of(db: &Connection, device: DeviceId) -> Outcome<(u64, u64)> {
    let sql = "SELECT count(*), coalesce(sum(length), 0) FROM blob WHERE whole_at IS NULL AND begun_by = ?1";
    let found = db
        .prepare_cached(sql)?
        .query_row([device.0.as_slice()], |row| Ok((loaded(row.get(0)?), loaded(row.get(1)?))))?;
    Ok(found)
}

/// Forgets an upload that has not moved since.
pub fn forget(db: &mut Connection, dir: &Path, root: Hash, since: Stamp) -> Outcome<bool> {
    let turn = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "DELETE FROM blob WHERE root = ?1 AND whole_at IS NULL AND coalesce(touched_at, 0) < ?2";
    let is_gone = turn.execute(sql, params![root.0.as_slice(), since])? == 1;
    turn.commit()?;
    if is_gone {
        remove(&part_path(dir, root))?;
    }
    Ok(is_gone)
}

/// Every whole blob with the moment since when it is whole.
pub fn whole_files(db: &Connection) -> Outcome<Vec<File>> {
    let mut query = db.prepare(
        "SELECT root, length, whole_at FROM blob WHERE whole_at IS NOT NULL ORDER BY whole_at, root",
    )?;
    let mut rows = query.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let root = id32(&row.get::<_, Vec<u8>>(0)?)?;
        found.push(File { root, bytes: loaded(row.get(1)?), whole_at: row.get(2)? });
    }
    Ok(found)
}

/// Lets a whole blob go. The row goes first: what a crash leaves is a file that no row knows.
pub fn forget_whole(db: &mut Connection, dir: &Path, root: Hash, whole_at: Stamp) -> Outcome<bool> {
    let sql = "DELETE FROM blob WHERE root = ?1 AND whole_at = ?2";
    let is_gone = db.execute(sql, params![root.0.as_slice(), whole_at])? == 1;
    if is_gone {
        remove(&whole_path(dir, root))?;
    }
    Ok(is_gone)
}

fn remove(file: &Path) -> Outcome<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Records by kind.
pub fn record_sums(db: &Connection) -> Outcome<Vec<RecordSum>> {
    let mut query =
        db.prepare("SELECT kind, count(*), sum(length(bytes)) FROM record GROUP BY kind ORDER BY kind")?;
    let rows = query.query_map([], |row| {
        Ok(RecordSum { kind: row.get(0)?, count: loaded(row.get(1)?), bytes: loaded(row.get(2)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Releases by state.
pub fn job_counts(db: &Connection) -> Outcome<Vec<(String, u64)>> {
    let mut query =
        db.prepare_cached("SELECT state, count(*) FROM publish_job GROUP BY state ORDER BY state")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, loaded(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What lies on the disk without a row, and which rows have no file.
pub fn strays(db: &Connection, dir: &Path) -> Outcome<Strays> {
    let whole: HashSet<Hash> = super::whole_blobs(db)?.into_iter().map(|(root, _)| root).collect();
    let begun: HashSet<Hash> = unfinished(db)?.into_iter().map(|upload| upload.root).collect();
    let mut strays = Strays::default();
    for first in folders(&dir.join("blobs"))? {
        for second in folders(&first)? {
            count_strays(&second, &whole, &mut strays)?;
        }
    }
    count_strays(&dir.join("parts"), &begun, &mut strays)?;
    strays.missing = whole.into_iter().filter(|root| !whole_path(dir, *root).exists()).collect();
    strays.missing.sort();
    Ok(strays)
}

fn folders(dir: &Path) -> Outcome<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

fn count_strays(dir: &Path, known: &HashSet<Hash>, strays: &mut Strays) -> Outcome<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().parse::<Hash>();
        if name.is_ok_and(|root| known.contains(&root)) {
            continue;
        }
        // It may have been moved to its place just now.
        if let Ok(facts) = entry.metadata() {
            strays.files += 1;
            strays.bytes += facts.len();
        }
    }
    Ok(())
}
