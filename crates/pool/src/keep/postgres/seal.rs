//! From parts to slabs: read back, verified, written as one object, and only then counted on.
//!
//! A slab is sealed by one process at a time, under a lock of the database that falls with its process. Killed anywhere
//! in between, the parts are still what counts, and the next one who asks for the blob, or the upkeep, seals it.

use std::ops::Range;

use deadpool_postgres::Transaction;
use satchel_terms::Hash;
use satchel_wire::{Bitmap, Manifest};
use tokio_postgres::Row;

use super::blobs::{Blobs, slab_range, slabs, tie};
use super::{id32, loaded, stored};
use crate::chance;
use crate::failure::{Outcome, PoolError};

/// How long a loose name is left alone: longer than any put can take.
const LOOSE: &str = "1 hour";
/// Names swept at once.
const SWEEP: i64 = 200;

/// A run of segments in the object store.
#[derive(Clone)]
struct Part {
    key: String,
    run: Range<u64>,
}

impl Part {
    fn of(row: &Row) -> Self {
        let first = loaded(row.get(1));
        Self { key: row.get(0), run: first..first + loaded(row.get(2)) }
    }
}

impl Blobs {
    /// Seals what is left, and says that the blob is whole.
    pub(super) async fn finish(&self, manifest: &Manifest) -> Outcome<()> {
        let client = self.db.get().await?;
        let root = manifest.root.0.as_slice();
        let rows = client.query("SELECT slab FROM blob_slab WHERE root = $1", &[&root]).await?;
        drop(client);
        let sealed: Vec<u64> = rows.iter().map(|row| loaded(row.get(0))).collect();
        for slab in (0..slabs(manifest)).filter(|slab| !sealed.contains(slab)) {
            self.seal(manifest, slab).await?;
        }
        let sql =
            "UPDATE blob SET whole_at = $2 WHERE root = $1 AND whole_at IS NULL AND is_full AND length = $3
                       AND (SELECT count(*) FROM blob_slab WHERE root = $1) = $4";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&root, &chance::now(), &stored(manifest.length), &stored(slabs(manifest))];
        let client = self.db.get().await?;
        let changed = client.execute(sql, &values).await?;
        let whole = "SELECT 1 FROM blob WHERE root = $1 AND whole_at IS NOT NULL";
        if changed == 1 || client.query_opt(whole, &[&root]).await?.is_some() {
            return Ok(());
        }
        Err(PoolError::Busy)
    }

    /// Seals one slab, all of whose segments are held.
    pub(super) async fn seal(&self, manifest: &Manifest, slab: u64) -> Outcome<()> {
        let _one_of_few = self.sealing.acquire().await;
        let mut client = self.db.get().await?;
        let turn = client.transaction().await?;
        turn.execute("SELECT pg_advisory_xact_lock($1)", &[&lock_of(manifest.root, slab)]).await?;
        let (root, place) = (manifest.root.0.as_slice(), stored(slab));
        let sealed = "SELECT 1 FROM blob_slab WHERE root = $1 AND slab = $2";
        if turn.query_opt(sealed, &[&root, &place]).await?.is_some() {
            return Ok(());
        }
        let sql = "SELECT key, first, segments FROM blob_part WHERE root = $1 AND slab = $2
                   ORDER BY first, segments DESC, key";
        let parts: Vec<Part> = turn.query(sql, &[&root, &place]).await?.iter().map(Part::of).collect();
        let range = slab_range(manifest, slab);
        let gathered = self.gather(manifest, &range, &parts).await?;
        if !gathered.lost.is_empty() {
            return self.give_up(turn, manifest, &gathered).await;
        }
        let key = match parts.iter().find(|part| part.run == range) {
            Some(part) if !gathered.bad.contains(&part.key) => part.key.clone(),
            _ => {
                let key = self.shelf.name(manifest.root, &range)?;
                self.loosen(&key).await?;
                self.shelf.put(&key, gathered.bytes).await?;
                self.shelf.segments(manifest, &key, range.start, &range).await?;
                tie(&turn, &key).await?;
                key
            }
        };
        let sql = "INSERT INTO blob_slab (root, slab, key) VALUES ($1, $2, $3)";
        turn.execute(sql, &[&root, &place, &key]).await?;
        let loosen = "INSERT INTO loose_object (key)
                      SELECT key FROM blob_part WHERE root = $1 AND slab = $2 AND key <> $3";
        turn.execute(loosen, &[&root, &place, &key]).await?;
        turn.execute("DELETE FROM blob_part WHERE root = $1 AND slab = $2", &[&root, &place]).await?;
        turn.commit().await?;
        drop(client);
        self.remove(parts.into_iter().map(|part| part.key).filter(|part| *part != key).collect()).await;
        Ok(())
    }

    /// Reads the parts back, verified; in place of a part that does not verify, others that cover its segments.
    async fn gather(&self, manifest: &Manifest, range: &Range<u64>, parts: &[Part]) -> Outcome<Gathered> {
        let mut gathered = Gathered { bytes: Vec::new(), lost: Vec::new(), bad: Vec::new() };
        let mut at = range.start;
        while at < range.end {
            let covers = |part: &&Part| part.run.contains(&at) && !gathered.bad.contains(&part.key);
            let Some(part) = parts.iter().filter(covers).max_by_key(|part| part.run.end) else {
                gathered.lost.push(at);
                at += 1;
                continue;
            };
            let wanted = at..part.run.end.min(range.end);
            match self.shelf.segments(manifest, &part.key, part.run.start, &wanted).await {
                Ok(bytes) => {
                    gathered.bytes.extend_from_slice(&bytes);
                    at = wanted.end;
                }
                Err(PoolError::Damaged { .. }) => gathered.bad.push(part.key.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(gathered)
    }

    /// The store did not keep what it took: these segments are not held after all, and the sender is asked for
    /// them again.
    async fn give_up(&self, turn: Transaction<'_>, manifest: &Manifest, gathered: &Gathered) -> Outcome<()> {
        let root = manifest.root.0.as_slice();
        let held = self.held(&turn, manifest.root, true).await?.ok_or(PoolError::NoManifest)?;
        let mut bits = Bitmap::new(manifest.segments());
        (0..manifest.segments())
            .filter(|index| held.bitmap.has(*index) && !gathered.lost.contains(index))
            .for_each(|index| bits.set(index));
        for key in &gathered.bad {
            turn.execute("DELETE FROM blob_part WHERE key = $1", &[key]).await?;
            turn.execute("INSERT INTO loose_object (key) VALUES ($1)", &[key]).await?;
        }
        let sql = "UPDATE blob SET bitmap = $2, is_full = false WHERE root = $1";
        turn.execute(sql, &[&root, &bits.to_bytes()]).await?;
        turn.commit().await?;
        let lost = &gathered.lost;
        tracing::error!(root = %manifest.root, ?lost, "the object store lost segments before they were promised");
        Err(PoolError::Damaged { root: manifest.root.to_string(), index: lost.first().copied().unwrap_or(0) })
    }

    /// Removes objects that nothing counts on; what fails is swept later.
    async fn remove(&self, keys: Vec<String>) {
        for key in keys {
            let removed = async {
                self.shelf.remove(&key).await?;
                let client = self.db.get().await?;
                client.execute("DELETE FROM loose_object WHERE key = $1", &[&key]).await?;
                Outcome::Ok(())
            };
            if let Err(error) = removed.await {
                tracing::info!(key, %error, "an object is left for the sweep");
                return;
            }
        }
    }

    /// Seals what dead processes left unsealed, and sweeps away what nothing counts on. Any number may do it at once.
    pub async fn upkeep(&self) -> Outcome<()> {
        let sql = "SELECT root FROM blob WHERE is_full AND whole_at IS NULL LIMIT 50";
        let unsealed = self.db.get().await?.query(sql, &[]).await?;
        for row in unsealed {
            let root = id32(row.get(0))?;
            self.state(root).await?;
        }
        let mut client = self.db.get().await?;
        let turn = client.transaction().await?;
        let sql = format!(
            "SELECT key FROM loose_object WHERE at < clock_timestamp() - interval '{LOOSE}'
             ORDER BY at LIMIT {SWEEP} FOR UPDATE SKIP LOCKED"
        );
        for row in turn.query(&sql, &[]).await? {
            let key: &str = row.get(0);
            self.shelf.remove(key).await?;
            turn.execute("DELETE FROM loose_object WHERE key = $1", &[&key]).await?;
        }
        turn.commit().await?;
        Ok(())
    }
}

/// What was read back of a slab.
struct Gathered {
    bytes: Vec<u8>,
    /// Segments that no part gives any more.
    lost: Vec<u64>,
    /// Parts that do not verify.
    bad: Vec<String>,
}

/// The number of a slab's lock.
fn lock_of(root: Hash, slab: u64) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"slab").update(&root.0).update(&slab.to_le_bytes());
    let first: [u8; 8] = std::array::from_fn(|place| hasher.finalize().as_bytes()[place]);
    i64::from_le_bytes(first)
}
