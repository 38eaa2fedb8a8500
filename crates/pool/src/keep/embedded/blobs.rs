//! Blobs: whole ones at `blobs/ab/cd/<hash>`, begun ones in `parts/`, their segments counted in SQLite.
//!
//! Bytes are verified before and synced before a bit says that they are held, and so are the names of their files: the
//! bitmap never leads the disk.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use satchel_channels::{MediaFile, MediaSource};
use satchel_terms::{DeviceId, Hash};
use satchel_wire::{Bitmap, Manifest, SEGMENT, segments_of};

use super::{loaded, stored};
use crate::failure::{Outcome, PoolError};
use crate::folders::{make_folder, sync_folder};
use crate::keep::BlobState;

pub fn prepare(dir: &Path) -> Outcome<()> {
    make_folder(&dir.join("blobs"))?;
    make_folder(&dir.join("parts"))
}

/// Where a whole blob lies below a folder.
pub fn whole_path(dir: &Path, root: Hash) -> PathBuf {
    let name = root.to_string();
    dir.join("blobs").join(&name[..2]).join(&name[2..4]).join(name)
}

/// Where the bytes of an upload lie until it is whole.
pub fn part_path(dir: &Path, root: Hash) -> PathBuf {
    dir.join("parts").join(root.to_string())
}

pub fn state(db: &Connection, root: Hash) -> Outcome<Option<BlobState>> {
    let mut query =
        db.prepare_cached("SELECT length, manifest, bitmap, whole_at IS NOT NULL FROM blob WHERE root = ?1")?;
    let found: Option<(i64, Vec<u8>, Vec<u8>, bool)> = query
        .query_row([root.0.as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((length, manifest, bitmap, is_whole)) = found else { return Ok(None) };
    let manifest = Manifest::parse(root, loaded(length), &manifest)?;
    let bitmap = Bitmap::from_bytes(manifest.segments(), &bitmap);
    Ok(Some(BlobState { manifest, bitmap, is_whole }))
}

/// Begins a blob. The length is proven only by the last segment: until it is held, another length may replace it.
pub fn begin(db: &mut Connection, dir: &Path, manifest: Manifest, by: DeviceId) -> Outcome<BlobState> {
    let turn = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let root = manifest.root;
    if let Some(held) = state(&turn, root)? {
        let is_proven = held.is_whole || held.bitmap.has(held.manifest.segments().saturating_sub(1));
        if is_proven || held.manifest.length == manifest.length {
            return Ok(held);
        }
    }
    let bitmap = Bitmap::new(manifest.segments());
    File::options().create(true).append(true).open(part_path(dir, root))?.sync_all()?;
    sync_folder(&dir.join("parts"))?;
    turn.execute(
        "INSERT INTO blob (root, length, manifest, bitmap, begun_by, begun_at, touched_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
         ON CONFLICT (root) DO UPDATE SET length = excluded.length, manifest = excluded.manifest,
             bitmap = excluded.bitmap, touched_at = excluded.touched_at",
        params![
            root.0.as_slice(),
            stored(manifest.length),
            manifest.to_bytes(),
            bitmap.to_bytes(),
            by.0.as_slice(),
            crate::chance::now(),
        ],
    )?;
    let is_whole = bitmap.is_complete();
    if is_whole {
        finish(&turn, dir, &manifest)?;
    }
    turn.commit()?;
    Ok(BlobState { manifest, bitmap, is_whole })
}

/// Writes verified bytes at their place and syncs them.
pub fn write(dir: &Path, root: Hash, first: u64, bytes: &[u8]) -> Outcome<()> {
    let mut file = match OpenOptions::new().write(true).open(part_path(dir, root)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && whole_path(dir, root).exists() => {
            return Ok(());
        }
        opened => opened?,
    };
    file.seek(SeekFrom::Start(first * SEGMENT))?;
    file.write_all(bytes)?;
    file.sync_data()?;
    Ok(())
}

/// Says that segments are held; the last one makes the blob whole.
pub fn mark(db: &mut Connection, dir: &Path, root: Hash, first: u64, length: u64) -> Outcome<bool> {
    let turn = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut held = state(&turn, root)?.ok_or(PoolError::NoManifest)?;
    if held.is_whole {
        return Ok(true);
    }
    for index in first..first + segments_of(length) {
        held.bitmap.set(index);
    }
    turn.prepare_cached("UPDATE blob SET bitmap = ?2, touched_at = ?3 WHERE root = ?1")?.execute(params![
        root.0.as_slice(),
        held.bitmap.to_bytes(),
        crate::chance::now()
    ])?;
    let is_whole = held.bitmap.is_complete();
    if is_whole {
        finish(&turn, dir, &held.manifest)?;
    }
    turn.commit()?;
    Ok(is_whole)
}

/// Moves the part into its place. Killed between the move and the commit, the next segment finds it there.
fn finish(turn: &Transaction<'_>, dir: &Path, manifest: &Manifest) -> Outcome<()> {
    let (part, whole) = (part_path(dir, manifest.root), whole_path(dir, manifest.root));
    if part.exists() {
        let file = OpenOptions::new().write(true).open(&part)?;
        file.set_len(manifest.length)?;
        file.sync_all()?;
        let folder = whole.parent().unwrap_or(dir);
        make_folder(folder)?;
        std::fs::rename(&part, &whole)?;
        sync_folder(folder)?;
    }
    let now = crate::chance::now();
    turn.execute("UPDATE blob SET whole_at = ?2 WHERE root = ?1", params![manifest.root.0.as_slice(), now])?;
    Ok(())
}

pub fn read(dir: &Path, root: Hash, from: u64, most: usize) -> Outcome<Vec<u8>> {
    let mut file = match File::open(whole_path(dir, root)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(PoolError::NotFound { what: "blob" });
        }
        opened => opened?,
    };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::with_capacity(most);
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whole blobs as files, for the adapters of channels.
pub struct Shelf {
    dir: PathBuf,
}

impl Shelf {
    pub const fn new(dir: PathBuf) -> Self {
        Self { dir }
    }
}

impl MediaSource for Shelf {
    fn open(&self, blob: &Hash) -> std::io::Result<MediaFile> {
        let file = File::open(whole_path(&self.dir, *blob))?;
        let bytes = file.metadata()?.len();
        Ok(MediaFile { reader: Box::new(file), bytes })
    }
}
