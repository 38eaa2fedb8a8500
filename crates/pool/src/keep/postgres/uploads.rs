//! Uploads that were begun and not ended, and sums, in PostgreSQL.

use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::{Bitmap, SEGMENT, segments_of};

use super::connect::Db;
use super::{id16, id32, loaded};
use crate::failure::Outcome;
use crate::keep::{RecordSum, Unfinished};
use crate::retention::File;

/// Every upload that is not ended.
pub async fn unfinished(db: &Db) -> Outcome<Vec<Unfinished>> {
    let sql = "SELECT root, length, bitmap, begun_by, coalesce(begun_at, 0), coalesce(touched_at, 0)
               FROM blob WHERE whole_at IS NULL ORDER BY touched_at, root";
    let mut found = Vec::new();
    for row in db.get().await?.query(sql, &[]).await? {
        let length = loaded(row.get(1));
        let by: Option<&[u8]> = row.get(3);
        let held = Bitmap::from_bytes(segments_of(length), row.get(2)).held() * SEGMENT;
        found.push(Unfinished {
            root: id32(row.get(0))?,
            length,
            held: held.min(length),
            by: by.map(|id| id16(id).map(DeviceId)).transpose()?,
            begun_at: row.get(4),
            touched_at: row.get(5),
        });
    }
    Ok(found)
}

/// How many uploads of a device are not ended, and their bytes.
pub async fn unfinished_of(db: &Db, device: DeviceId) -> Outcome<(u64, u64)> {
    let sql = "SELECT count(*), coalesce(sum(length), 0)::bigint FROM blob WHERE whole_at IS NULL AND begun_by = $1";
    let row = db.get().await?.query_one(sql, &[&device.0.as_slice()]).await?;
    Ok((loaded(row.get(0)), loaded(row.get(1))))
}

/// Forgets an upload that has not moved since.
pub async fn forget(db: &Db, root: Hash, since: Stamp) -> Outcome<bool> {
    let mut client = db.get().await?;
    let turn = client.transaction().await?;
    let name = root.0.as_slice();
    let sql =
        "SELECT 1 FROM blob WHERE root = $1 AND whole_at IS NULL AND coalesce(touched_at, 0) < $2 FOR UPDATE";
    if turn.query_opt(sql, &[&name, &since]).await?.is_none() {
        return Ok(false);
    }
    let_go(&turn, root).await?;
    turn.commit().await?;
    Ok(true)
}

/// Takes a blob off the books; its objects become loose and are swept.
async fn let_go(turn: &tokio_postgres::Transaction<'_>, root: Hash) -> Outcome<()> {
    for sql in [
        "INSERT INTO loose_object (key) SELECT key FROM blob_part WHERE root = $1
         UNION SELECT key FROM blob_slab WHERE root = $1",
        "DELETE FROM blob_part WHERE root = $1",
        "DELETE FROM blob_slab WHERE root = $1",
        "DELETE FROM blob WHERE root = $1",
    ] {
        turn.execute(sql, &[&root.0.as_slice()]).await?;
    }
    Ok(())
}

/// Every whole blob with the moment since when it is whole.
pub async fn whole_files(db: &Db) -> Outcome<Vec<File>> {
    let sql = "SELECT root, length, whole_at FROM blob WHERE whole_at IS NOT NULL ORDER BY whole_at, root";
    let rows = db.get().await?.query(sql, &[]).await?;
    let file = |row: &tokio_postgres::Row| {
        Ok(File { root: id32(row.get(0))?, bytes: loaded(row.get(1)), whole_at: row.get(2) })
    };
    rows.iter().map(file).collect()
}

/// Lets a whole blob go that is whole since this very moment.
pub async fn forget_whole(db: &Db, root: Hash, whole_at: Stamp) -> Outcome<bool> {
    let mut client = db.get().await?;
    let turn = client.transaction().await?;
    let sql = "SELECT 1 FROM blob WHERE root = $1 AND whole_at = $2 FOR UPDATE";
    if turn.query_opt(sql, &[&root.0.as_slice(), &whole_at]).await?.is_none() {
        return Ok(false);
    }
    let_go(&turn, root).await?;
    turn.commit().await?;
    Ok(true)
}

/// Every whole blob and its length.
pub async fn whole_blobs(db: &Db) -> Outcome<Vec<(Hash, u64)>> {
    let sql = "SELECT root, length FROM blob WHERE whole_at IS NOT NULL ORDER BY whole_at, root";
    let rows = db.get().await?.query(sql, &[]).await?;
    rows.iter().map(|row| Ok((id32(row.get(0))?, loaded(row.get(1))))).collect()
}

/// Records by kind.
pub async fn record_sums(db: &Db) -> Outcome<Vec<RecordSum>> {
    let sql = "SELECT kind, count(*), sum(length(bytes))::bigint FROM record GROUP BY kind ORDER BY kind";
    let rows = db.get().await?.query(sql, &[]).await?;
    let sum = |row: &tokio_postgres::Row| RecordSum {
        kind: u16::try_from(row.get::<_, i32>(0)).unwrap_or(u16::MAX),
        count: loaded(row.get(1)),
        bytes: loaded(row.get(2)),
    };
    Ok(rows.iter().map(sum).collect())
}

/// Releases by state.
pub async fn job_counts(db: &Db) -> Outcome<Vec<(String, u64)>> {
    let sql = "SELECT state, count(*) FROM publish_job GROUP BY state ORDER BY state";
    let rows = db.get().await?.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), loaded(row.get(1)))).collect())
}
