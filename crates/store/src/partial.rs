//! A blob that is arriving: verified segments in any order, and a map that never runs ahead of the disk.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use satchel_terms::Hash;
use satchel_wire::{Bitmap, SEGMENT, segments_of};

use crate::mark::{sync_folder, write_whole};
use crate::{Blobs, StoreError};

/// After how many segments the file is synced and the map is written.
const GROUP: u32 = 16;

/// A blob of which some segments are here. Whoever opens the same blob meanwhile shares its map, so that segments from
/// the pool, from a laptop nearby and from a stick complete each other.
#[derive(Debug)]
pub struct PartialBlob<'a> {
    blobs: &'a Blobs,
    root: Hash,
    length: u64,
    path: PathBuf,
    map_path: PathBuf,
    bench: Arc<Mutex<Bench>>,
}

/// The file on the workbench, shared by all who fill it.
#[derive(Debug)]
pub(crate) struct Bench {
    length: u64,
    file: File,
    bitmap: Bitmap,
    unsynced: u32,
    /// Whether it was finished, and whether it then had its fingerprint.
    ended: Option<bool>,
}

/// The blobs that somebody fills just now.
pub(crate) type Benches = Mutex<HashMap<Hash, Weak<Mutex<Bench>>>>;

impl Bench {
    fn open(path: &Path, map_path: &Path, length: u64) -> Result<Self, StoreError> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        let is_same = file.metadata()?.len() == length;
        if !is_same {
            // A map of an earlier file must not come back after a power cut, beside a new one of the right length.
            let _ = std::fs::remove_file(map_path);
            map_path.parent().map_or(Ok(()), sync_folder)?;
            file.set_len(length)?;
        }
        let known = if is_same { std::fs::read(map_path).unwrap_or_default() } else { Vec::new() };
        let bitmap = Bitmap::from_bytes(segments_of(length), &known);
        Ok(Self { length, file, bitmap, unsynced: 0, ended: None })
    }

    fn save(&mut self, map_path: &Path) -> Result<(), StoreError> {
        if self.ended.is_some() {
            return Ok(());
        }
        self.file.sync_data()?;
        write_whole(map_path, self.bitmap.to_bytes())?;
        self.unsynced = 0;
        Ok(())
    }

    /// Which of these segments nobody has brought yet.
    pub(crate) fn missing(&self, run: &Range<u64>) -> Vec<Range<u64>> {
        let mut runs: Vec<Range<u64>> = Vec::new();
        for index in run.clone().filter(|index| self.ended.is_none() && !self.bitmap.has(*index)) {
            match runs.last_mut() {
                Some(last) if last.end == index => last.end += 1,
                _ => runs.push(index..index + 1),
            }
        }
        runs
    }
}

impl<'a> PartialBlob<'a> {
    pub(crate) fn open(
        blobs: &'a Blobs,
        benches: &Benches,
        parts: &Path,
        (root, length): (Hash, u64),
    ) -> Result<Self, StoreError> {
        blobs.check_room()?;
        let path = parts.join(format!("{root}.part"));
        let map_path = parts.join(format!("{root}.map"));
        let mut open = locked(benches);
        open.retain(|_, bench| bench.strong_count() > 0);
        let bench = match open.get(&root).and_then(Weak::upgrade) {
            Some(bench) if locked(&bench).ended.is_none() => bench,
            _ => {
                let bench = Arc::new(Mutex::new(Bench::open(&path, &map_path, length)?));
                open.insert(root, Arc::downgrade(&bench));
                bench
            }
        };
        if locked(&bench).length != length {
            return Err(StoreError::BlobMismatch { root: root.to_string() });
        }
        Ok(Self { blobs, root, length, path, map_path, bench })
    }

    /// Which segments are here.
    #[must_use]
    pub fn bitmap(&self) -> Bitmap {
        locked(&self.bench).bitmap.clone()
    }

    /// Bytes that are here, counting whole segments.
    #[must_use]
    pub fn done_bytes(&self) -> u64 {
        (locked(&self.bench).bitmap.held() * SEGMENT).min(self.length)
    }

    /// Writes one segment that the caller has verified against the manifest. One that is here already stays.
    ///
    /// # Errors
    /// [`StoreError::BadSegment`] if it has the wrong length; [`StoreError::DiskFull`] or what the disk says.
    pub fn write_segment(&mut self, index: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let start = index.saturating_mul(SEGMENT);
        let due = self.length.saturating_sub(start).min(SEGMENT);
        if due == 0 || bytes.len() as u64 != due {
            return Err(StoreError::BadSegment { index });
        }
        self.blobs.check_room()?;
        let mut bench = locked(&self.bench);
        if bench.ended.is_some() || bench.bitmap.has(index) {
            return Ok(());
        }
        bench.file.seek(SeekFrom::Start(start))?;
        bench.file.write_all(bytes)?;
        bench.bitmap.set(index);
        bench.unsynced += 1;
        if bench.unsynced >= GROUP { bench.save(&self.map_path) } else { Ok(()) }
    }

    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or what the disk says.
    pub fn save(&mut self) -> Result<(), StoreError> {
        locked(&self.bench).save(&self.map_path)
    }

    /// Checks the whole and puts it on the shelf. Where somebody else has done so meanwhile, that is as good.
    ///
    /// # Errors
    /// [`StoreError::BlobMismatch`] if the whole has another fingerprint: it begins anew then;
    /// [`StoreError::BadSegment`] if segments are missing; [`StoreError::DiskFull`] or what the disk says.
    pub fn finish(self) -> Result<(), StoreError> {
        let mismatch = || StoreError::BlobMismatch { root: self.root.to_string() };
        let mut bench = locked(&self.bench);
        match bench.ended {
            Some(true) => return Ok(()),
            Some(false) => return Err(mismatch()),
            None => {}
        }
        if let Some(run) = bench.bitmap.missing_runs(1).first() {
            bench.save(&self.map_path)?;
            return Err(StoreError::BadSegment { index: run.start });
        }
        if fingerprint(&mut bench.file)? != self.root {
            let _ = std::fs::remove_file(&self.map_path);
            let _ = std::fs::remove_file(&self.path);
            bench.ended = Some(false);
            return Err(mismatch());
        }
        self.blobs.shelve(&self.path, &self.root)?;
        let _ = std::fs::remove_file(&self.map_path); // not before: until it is on the shelf the map is what is known
        bench.ended = Some(true);
        Ok(())
    }
}

fn fingerprint(file: &mut File) -> Result<Hash, StoreError> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(Hash(*hasher.finalize().as_bytes()));
        }
        hasher.update(&buffer[..count]);
    }
}

/// A bench is left whole by every writer, so one that was poisoned is still good.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for PartialBlob<'_> {
    fn drop(&mut self) {
        let mut bench = locked(&self.bench);
        if bench.unsynced > 0
            && let Err(error) = bench.save(&self.map_path)
        {
            tracing::warn!(blob = %self.root, %error, "the last segments have to be fetched again");
        }
    }
}
