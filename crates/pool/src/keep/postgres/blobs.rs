//! Blobs: what is held stands in the database, the bytes lie in the object store.
//!
//! Verified segments are put as they come, each run under a name of its own. As soon as all of a slab (16 MiB) is
//! there, it is read back, verified and sealed into one object (`seal.rs`). A blob is whole when every slab is sealed,
//! so nothing is promised that was not read back. Reading verifies again. Every name is written down as loose before
//! its object is put and taken off that list when the object counts: killed at any point, what is left over is known.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::GenericClient;
use satchel_terms::{DeviceId, Hash};
use satchel_wire::{Bitmap, Manifest, SEGMENT, segments_of};
use tokio::sync::Semaphore;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connect::{Db, change};
use super::shelf::Shelf;
use super::{loaded, stored};
use crate::chance;
use crate::failure::{Outcome, PoolError};
use crate::keep::BlobState;

/// Segments of a slab.
pub const SLAB: u64 = 64;
/// Manifests and lists of slabs that are kept at hand.
const AT_HAND: usize = 32;
/// Slabs that one process seals at once: each takes 32 MiB of memory and a connection.
const SEALING: usize = 3;

/// A whole blob: how it verifies and where its slabs lie.
pub struct Whole {
    /// Length and chaining values.
    pub manifest: Arc<Manifest>,
    keys: Vec<String>,
}

/// The blobs of a pool.
pub struct Blobs {
    pub(super) db: Db,
    pub(super) shelf: Shelf,
    pub(super) sealing: Semaphore,
    manifests: AtHand<Manifest>,
    whole: AtHand<Whole>,
}

/// What the row of a blob says.
pub(super) struct Held {
    pub(super) manifest: Arc<Manifest>,
    pub(super) bitmap: Bitmap,
    pub(super) is_whole: bool,
}

impl Blobs {
    /// Blobs over a database and a bucket.
    pub fn new(db: Db, shelf: Shelf) -> Self {
        let sealing = Semaphore::new(SEALING);
        Self { db, shelf, sealing, manifests: AtHand::default(), whole: AtHand::default() }
    }

    /// What is held of a blob. One whose last slabs were left unsealed by a process that died is finished now.
    pub async fn state(&self, root: Hash) -> Outcome<Option<BlobState>> {
        let Some(mut held) = self.held(&self.db.get().await?, root, false).await? else { return Ok(None) };
        if !held.is_whole && held.bitmap.is_complete() {
            match self.finish(&held.manifest).await {
                Ok(()) => held.is_whole = true,
                Err(error) => {
                    tracing::warn!(%root, %error, "a blob is complete and not yet sealed");
                    return Ok(self.held(&self.db.get().await?, root, false).await?.map(Held::into_state));
                }
            }
        }
        Ok(Some(held.into_state()))
    }

    /// The row of a blob, locked where it will be changed.
    pub(super) async fn held(
        &self,
        client: &impl GenericClient,
        root: Hash,
        locks: bool,
    ) -> Outcome<Option<Held>> {
        let lock = if locks { " FOR UPDATE" } else { "" };
        let sql = format!("SELECT length, bitmap, whole_at IS NOT NULL FROM blob WHERE root = $1{lock}");
        let query = client.prepare_cached(&sql).await?;
        let Some(row) = client.query_opt(&query, &[&root.0.as_slice()]).await? else { return Ok(None) };
        let manifest = self.manifest(client, root, loaded(row.get(0))).await?;
        let bitmap = Bitmap::from_bytes(manifest.segments(), row.get(1));
        Ok(Some(Held { manifest, bitmap, is_whole: row.get(2) }))
    }

    async fn manifest(&self, client: &impl GenericClient, root: Hash, length: u64) -> Outcome<Arc<Manifest>> {
        if let Some(known) = self.manifests.get(root).filter(|known| known.length == length) {
            return Ok(known);
        }
        let sql = "SELECT manifest FROM blob WHERE root = $1 AND length = $2";
        let row = client.query_one(sql, &[&root.0.as_slice(), &stored(length)]).await?;
        Ok(self.manifests.put(root, Manifest::parse(root, length, row.get(0))?))
    }

    /// Begins a blob. The length is proven only by the last segment: until it is held, another length may replace it.
    pub async fn begin(&self, manifest: Manifest, by: DeviceId) -> Outcome<BlobState> {
        let root = manifest.root;
        let mut client = self.db.get().await?;
        let turn = client.transaction().await?;
        let bitmap = Bitmap::new(manifest.segments());
        let is_empty = bitmap.is_complete();
        let now = is_empty.then(chance::now);
        let sql = "INSERT INTO blob (root, length, manifest, bitmap, is_full, whole_at, begun_by, begun_at, touched_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (root) DO NOTHING";
        let (length, values) = (stored(manifest.length), manifest.to_bytes());
        let name = root.0.as_slice();
        let (by, at) = (by.0.as_slice(), chance::now());
        let row: [&(dyn ToSql + Sync); 8] =
            [&name, &length, &values, &bitmap.to_bytes(), &is_empty, &now, &by, &at];
        turn.execute(sql, &row).await?;
        let held = self.held(&turn, root, true).await?.ok_or(PoolError::NoManifest)?;
        let is_proven = held.is_whole || held.bitmap.has(held.manifest.segments().saturating_sub(1));
        if is_proven || held.manifest.length == manifest.length {
            turn.commit().await?;
            return Ok(held.into_state());
        }
        let loosen = "INSERT INTO loose_object (key) SELECT key FROM blob_part WHERE root = $1
                      UNION SELECT key FROM blob_slab WHERE root = $1";
        for sql in [loosen, "DELETE FROM blob_part WHERE root = $1", "DELETE FROM blob_slab WHERE root = $1"]
        {
            turn.execute(sql, &[&name]).await?;
        }
        let sql = "UPDATE blob SET length = $2, manifest = $3, bitmap = $4, is_full = $5, whole_at = $6
                   WHERE root = $1";
        turn.execute(sql, &[&name, &length, &values, &bitmap.to_bytes(), &is_empty, &now]).await?;
        turn.commit().await?;
        Ok(BlobState { manifest, bitmap, is_whole: is_empty })
    }

    /// Keeps verified segments that begin at `first`; answers whether the blob is whole now.
    pub async fn keep(&self, root: Hash, first: u64, bytes: Vec<u8>) -> Outcome<bool> {
        let held = self.held(&self.db.get().await?, root, false).await?.ok_or(PoolError::NoManifest)?;
        if held.is_whole {
            return Ok(true);
        }
        let mut runs = Vec::new();
        let mut rest = bytes.as_slice();
        let mut at = first;
        while !rest.is_empty() {
            let room = ((at / SLAB + 1) * SLAB - at) * SEGMENT;
            let (here, after) = rest.split_at(rest.len().min(usize::try_from(room).unwrap_or(rest.len())));
            let run = at..at + segments_of(here.len() as u64);
            let key = self.shelf.name(root, &run)?;
            self.loosen(&key).await?;
            self.shelf.put(&key, here.to_vec()).await?;
            at = run.end;
            rest = after;
            runs.push((key, run));
        }
        let held = self.mark(&held.manifest, &runs).await?;
        for (_, run) in &runs {
            let slab = run.start / SLAB;
            if !held.is_whole && slab_range(&held.manifest, slab).all(|index| held.bitmap.has(index)) {
                self.seal(&held.manifest, slab).await?;
            }
        }
        if !held.is_whole && held.bitmap.is_complete() {
            self.finish(&held.manifest).await?;
            return Ok(true);
        }
        Ok(held.is_whole)
    }

    /// Writes a name down before its object is put.
    pub(super) async fn loosen(&self, key: &str) -> Outcome<()> {
        change(&self.db.get().await?, "INSERT INTO loose_object (key) VALUES ($1)", &[&key]).await.map(drop)
    }

    /// Says that segments are held.
    async fn mark(&self, manifest: &Manifest, runs: &[(String, Range<u64>)]) -> Outcome<Held> {
        let mut client = self.db.get().await?;
        let turn = client.transaction().await?;
        let mut held = self.held(&turn, manifest.root, true).await?.ok_or(PoolError::NoManifest)?;
        if held.is_whole {
            return Ok(held);
        }
        if held.manifest.length != manifest.length {
            return Err(PoolError::NoManifest);
        }
        let root = manifest.root.0.as_slice();
        for (key, run) in runs {
            if run.clone().all(|index| held.bitmap.has(index)) {
                continue;
            }
            tie(&turn, key).await?;
            run.clone().for_each(|index| held.bitmap.set(index));
            let sql = "INSERT INTO blob_part (key, root, slab, first, segments) VALUES ($1, $2, $3, $4, $5)";
            let (slab, count) = (stored(run.start / SLAB), stored(run.end - run.start));
            change(&turn, sql, &[key, &root, &slab, &stored(run.start), &count]).await?;
        }
        let sql = "UPDATE blob SET bitmap = $2, is_full = $3, touched_at = $4 WHERE root = $1";
        change(&turn, sql, &[&root, &held.bitmap.to_bytes(), &held.bitmap.is_complete(), &chance::now()])
            .await?;
        turn.commit().await?;
        Ok(held)
    }

    /// A whole blob, when it is one.
    pub async fn whole(&self, root: Hash) -> Outcome<Option<Arc<Whole>>> {
        if let Some(known) = self.whole.get(root) {
            return Ok(Some(known));
        }
        let client = self.db.get().await?;
        let Some(held) = self.held(&client, root, false).await?.filter(|held| held.is_whole) else {
            return Ok(None);
        };
        let sql = "SELECT key FROM blob_slab WHERE root = $1 ORDER BY slab";
        let rows = client.query(sql, &[&root.0.as_slice()]).await?;
        let keys: Vec<String> = rows.iter().map(|row: &Row| row.get(0)).collect();
        if keys.len() as u64 != slabs(&held.manifest) {
            return Err(PoolError::Broken("a whole blob lacks a slab".to_owned()));
        }
        Ok(Some(self.whole.put(root, Whole { manifest: held.manifest, keys })))
    }

    /// Bytes of a whole blob from `from`, at most `most`, each segment of them verified.
    pub async fn read(&self, root: Hash, from: u64, most: usize) -> Outcome<Vec<u8>> {
        let whole = self.whole(root).await?.ok_or(PoolError::NotFound { what: "blob" })?;
        let end = from.saturating_add(most as u64).min(whole.manifest.length);
        let mut bytes = Vec::with_capacity(usize::try_from(end.saturating_sub(from)).unwrap_or(0));
        let mut at = from;
        while at < end {
            let slab = at / SEGMENT / SLAB;
            let until = end.min((slab + 1) * SLAB * SEGMENT);
            let wanted = at / SEGMENT..segments_of(until);
            let key = &whole.keys[usize::try_from(slab).unwrap_or(usize::MAX)];
            let read = self.shelf.segments(&whole.manifest, key, slab * SLAB, &wanted).await?;
            let skip = wanted.start * SEGMENT;
            let cut = |place: u64| usize::try_from(place - skip).unwrap_or(usize::MAX);
            bytes.extend_from_slice(&read[cut(at)..cut(until)]);
            at = until;
        }
        Ok(bytes)
    }
}

impl Held {
    fn into_state(self) -> BlobState {
        let manifest = Arc::unwrap_or_clone(self.manifest);
        BlobState { manifest, bitmap: self.bitmap, is_whole: self.is_whole }
    }
}

/// Takes a name off the list of loose ones: from here on it counts. One that was swept away in between cannot.
pub(super) async fn tie(turn: &impl GenericClient, key: &str) -> Outcome<()> {
    let tied = change(turn, "DELETE FROM loose_object WHERE key = $1", &[&key]).await?;
    if tied == 1 { Ok(()) } else { Err(PoolError::Busy) }
}

/// The segments of a slab.
pub(super) fn slab_range(manifest: &Manifest, slab: u64) -> Range<u64> {
    slab * SLAB..((slab + 1) * SLAB).min(manifest.segments())
}

/// How many slabs a blob has.
pub(super) const fn slabs(manifest: &Manifest) -> u64 {
    manifest.segments().div_ceil(SLAB)
}

/// A few values that never change, kept at hand; the oldest goes first.
struct AtHand<T>(Mutex<VecDeque<(Hash, Arc<T>)>>);

impl<T> Default for AtHand<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> AtHand<T> {
    fn get(&self, root: Hash) -> Option<Arc<T>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(name, _)| *name == root).map(|(_, value)| Arc::clone(value))
    }

    fn put(&self, root: Hash, value: T) -> Arc<T> {
        let value = Arc::new(value);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(name, _)| *name != root);
        known.push_back((root, Arc::clone(&value)));
        if known.len() > AT_HAND {
            known.pop_front();
        }
        value
    }
}
