//! Uploads of the side door where several processes share a store: what is known stands in the database, the bytes lie
//! as pieces in the object store. Every piece counts from the transaction on that moves the offset, whichever process
//! wrote it, and is read back only as what was written.

use std::sync::Arc;

use async_trait::async_trait;
use satchel_terms::Hash;
use tokio_postgres::Row;

use super::blobs::{Blobs, tie};
use super::connect::change;
use super::{id32, loaded, stored};
use crate::chance;
use crate::failure::{Outcome, PoolError};
use crate::tus::{Lying, Tray, Upload, refused};

/// Bytes of a piece.
const PIECE: usize = 8 << 20;
/// The pieces of an upload become loose: they are swept later.
const LOOSEN: &str = "INSERT INTO loose_object (key) SELECT key FROM tray_piece WHERE id = $1";
const DROP: &str = "DELETE FROM tray_piece WHERE id = $1";

/// Rows and pieces.
pub struct Shared(Arc<Blobs>);

impl Shared {
    /// Beside the blobs of a pool.
    pub fn new(blobs: &Arc<Blobs>) -> Self {
        Self(Arc::clone(blobs))
    }

    /// Does several things to an upload, all or nothing.
    async fn all_of(&self, id: &str, steps: &[&str]) -> Outcome<()> {
        let mut client = self.0.db.get().await?;
        let turn = client.transaction().await?;
        for sql in steps {
            turn.execute(*sql, &[&id]).await?;
        }
        Ok(turn.commit().await?)
    }
}

fn lying(row: &Row) -> Outcome<Lying> {
    let upload = serde_json::from_str(row.get(1)).map_err(|error| PoolError::Broken(error.to_string()))?;
    Ok(Lying { id: row.get(0), upload, held: loaded(row.get(2)), moved_at: row.get(3) })
}

fn text(upload: &Upload) -> Outcome<String> {
    serde_json::to_string(upload).map_err(|error| PoolError::Broken(error.to_string()))
}

#[async_trait]
impl Tray for Shared {
    fn piece(&self) -> usize {
        PIECE
    }

    async fn begin(&self, id: &str, upload: &Upload) -> Outcome<()> {
        let sql = "INSERT INTO tray (id, upload, held, moved_at) VALUES ($1, $2, 0, $3)";
        change(&self.0.db.get().await?, sql, &[&id, &text(upload)?, &chance::now()]).await.map(drop)
    }

    async fn note(&self, id: &str, upload: &Upload) -> Outcome<()> {
        let sql = "UPDATE tray SET upload = $2, moved_at = $3 WHERE id = $1";
        change(&self.0.db.get().await?, sql, &[&id, &text(upload)?, &chance::now()]).await.map(drop)
    }

    async fn find(&self, id: &str) -> Outcome<Option<Lying>> {
        let sql = "SELECT id, upload, held, moved_at FROM tray WHERE id = $1";
        let found = self.0.db.get().await?.query_opt(sql, &[&id]).await?;
        found.as_ref().map(lying).transpose()
    }

    async fn all(&self) -> Outcome<Vec<Lying>> {
        let sql = "SELECT id, upload, held, moved_at FROM tray ORDER BY moved_at, id";
        self.0.db.get().await?.query(sql, &[]).await?.iter().map(lying).collect()
    }

    async fn append(&self, id: &str, at: u64, bytes: Vec<u8>) -> Outcome<()> {
        let (length, hash) = (bytes.len() as u64, Hash(*blake3::hash(&bytes).as_bytes()));
        let key = self.0.shelf.tray_name(id, at)?;
        self.0.loosen(&key).await?;
        self.0.shelf.put(&key, bytes).await?;
        let mut client = self.0.db.get().await?;
        let turn = client.transaction().await?;
        let sql = "UPDATE tray SET held = $3, moved_at = $4 WHERE id = $1 AND held = $2";
        let moved = change(&turn, sql, &[&id, &stored(at), &stored(at + length), &chance::now()]).await?;
        if moved != 1 {
            return Err(refused(409, "the offset is another one"));
        }
        tie(&turn, &key).await?;
        let sql = "INSERT INTO tray_piece (id, first, length, key, hash) VALUES ($1, $2, $3, $4, $5)";
        change(&turn, sql, &[&id, &stored(at), &stored(length), &key, &hash.0.as_slice()]).await?;
        Ok(turn.commit().await?)
    }

    /// Pieces are taken back whole: the place is one where a request began.
    async fn cut(&self, id: &str, to: u64) -> Outcome<()> {
        let mut client = self.0.db.get().await?;
        let turn = client.transaction().await?;
        turn.execute("UPDATE tray SET held = $2 WHERE id = $1", &[&id, &stored(to)]).await?;
        for sql in [
            "INSERT INTO loose_object (key) SELECT key FROM tray_piece WHERE id = $1 AND first >= $2",
            "DELETE FROM tray_piece WHERE id = $1 AND first >= $2",
        ] {
            turn.execute(sql, &[&id, &stored(to)]).await?;
        }
        Ok(turn.commit().await?)
    }

    async fn settle(&self, _id: &str) -> Outcome<()> {
        Ok(())
    }

    async fn read(&self, id: &str, from: u64) -> Outcome<Vec<u8>> {
        let sql =
            "SELECT first, key, hash FROM tray_piece WHERE id = $1 AND first <= $2 AND first + length > $2";
        let Some(row) = self.0.db.get().await?.query_opt(sql, &[&id, &stored(from)]).await? else {
            return Ok(Vec::new());
        };
        let mut bytes = self.0.shelf.whole(row.get(1), id32(row.get(2))?).await?;
        let skip = usize::try_from(from - loaded(row.get(0))).unwrap_or(usize::MAX);
        Ok(bytes.split_off(skip.min(bytes.len())))
    }

    /// No byte moves: the pieces of the parts become pieces of the whole.
    async fn join(&self, id: &str, parts: &[String], length: u64) -> Outcome<()> {
        let mut client = self.0.db.get().await?;
        let turn = client.transaction().await?;
        let mut joined = 0;
        for part in parts {
            let lock = "SELECT held FROM tray WHERE id = $1 FOR UPDATE";
            let Some(row) = turn.query_opt(lock, &[part]).await? else { continue };
            let held: i64 = row.get(0);
            let shift = "UPDATE tray_piece SET id = $2, first = first + $3 WHERE id = $1";
            turn.execute(shift, &[part, &id, &joined]).await?;
            turn.execute("DELETE FROM tray WHERE id = $1", &[part]).await?;
            joined += held;
        }
        if loaded(joined) != length {
            return Err(refused(409, "a part is not complete"));
        }
        turn.execute("UPDATE tray SET held = $2 WHERE id = $1", &[&id, &joined]).await?;
        Ok(turn.commit().await?)
    }

    async fn clear(&self, id: &str) -> Outcome<()> {
        self.all_of(id, &[LOOSEN, DROP]).await
    }

    async fn forget(&self, id: &str) -> Outcome<()> {
        self.all_of(id, &[LOOSEN, DROP, "DELETE FROM tray WHERE id = $1"]).await
    }
}
