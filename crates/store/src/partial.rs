//! A blob that is arriving: verified segments in any order, and a map that never runs ahead of the disk.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use satchel_terms::Hash;
use satchel_wire::{Bitmap, SEGMENT, segments_of};

use crate::mark::write_whole;
use crate::{Blobs, StoreError};

/// After how many segments the file is synced and the map is written.
const GROUP: u32 = 16;

/// A blob of which some segments are here.
#[derive(Debug)]
pub struct PartialBlob<'a> {
    blobs: &'a Blobs,
    root: Hash,
    length: u64,
    file: File,
    path: PathBuf,
    map_path: PathBuf,
    bitmap: Bitmap,
    unsynced: u32,
}

impl<'a> PartialBlob<'a> {
    pub(crate) fn open(blobs: &'a Blobs, parts: &Path, root: Hash, length: u64) -> Result<Self, StoreError> {
        blobs.check_room()?;
        let path = parts.join(format!("{root}.part"));
        let map_path = parts.join(format!("{root}.map"));
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path)?;
        let count = segments_of(length);
        let is_same = file.metadata()?.len() == length;
        file.set_len(length)?;
        let known = if is_same { std::fs::read(&map_path).unwrap_or_default() } else { Vec::new() };
        let bitmap = Bitmap::from_bytes(count, &known);
        Ok(Self { blobs, root, length, file, path, map_path, bitmap, unsynced: 0 })
    }

    /// Which segments are here.
    #[must_use]
    pub const fn bitmap(&self) -> &Bitmap {
        &self.bitmap
    }

    /// Bytes that are here, counting whole segments.
    #[must_use]
    pub fn done_bytes(&self) -> u64 {
        (self.bitmap.held() * SEGMENT).min(self.length)
    }

    /// Writes one segment that the caller has verified against the manifest.
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
        self.file.seek(SeekFrom::Start(start))?;
        self.file.write_all(bytes)?;
        self.bitmap.set(index);
        self.unsynced += 1;
        if self.unsynced >= GROUP { self.save() } else { Ok(()) }
    }

    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or what the disk says.
    pub fn save(&mut self) -> Result<(), StoreError> {
        self.file.sync_data()?;
        write_whole(&self.map_path, self.bitmap.to_bytes())?;
        self.unsynced = 0;
        Ok(())
    }

    /// Checks the whole and puts it on the shelf.
    ///
    /// # Errors
    /// [`StoreError::BlobMismatch`] if the whole has another fingerprint: it begins anew then;
    /// [`StoreError::BadSegment`] if segments are missing; [`StoreError::DiskFull`] or what the disk says.
    pub fn finish(mut self) -> Result<(), StoreError> {
        if let Some(run) = self.bitmap.missing_runs(1).first() {
            self.save()?;
            return Err(StoreError::BadSegment { index: run.start });
        }
        self.file.seek(SeekFrom::Start(0))?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            let count = self.file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
        }
        let fits = *hasher.finalize().as_bytes() == self.root.0;
        let _ = std::fs::remove_file(&self.map_path);
        self.unsynced = 0;
        if !fits {
            let _ = std::fs::remove_file(&self.path);
            return Err(StoreError::BlobMismatch { root: self.root.to_string() });
        }
        self.blobs.shelve(&self.path, &self.root)
    }
}

impl Drop for PartialBlob<'_> {
    fn drop(&mut self) {
        if self.unsynced > 0
            && let Err(error) = self.save()
        {
            tracing::warn!(blob = %self.root, %error, "the last segments have to be fetched again");
        }
    }
}
