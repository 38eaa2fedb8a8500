//! Blobs by fingerprint: files that never change once they are on the shelf.

use std::fs::File;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, Weak};

use satchel_terms::Hash;
use satchel_wire::Manifest;

use crate::mark::{make_folder, sync_folder};
use crate::partial::Benches;
use crate::{PartialBlob, StoreError};

/// The shelf of one library and its workbench `parts/`.
#[derive(Debug)]
pub struct Blobs {
    shelf: PathBuf,
    parts: PathBuf,
    next_part: AtomicU64,
    benches: Benches,
    is_full: Arc<AtomicBool>,
}

impl Blobs {
    pub(crate) fn open(folder: &Path, is_full: Arc<AtomicBool>) -> Result<Self, StoreError> {
        let blobs = Self {
            shelf: folder.join("blobs"),
            parts: folder.join("parts"),
            next_part: AtomicU64::new(0),
            benches: Benches::default(),
            is_full,
        };
        make_folder(&blobs.shelf)?;
        make_folder(&blobs.parts)?;
        Ok(blobs)
    }

    /// Whether the blob is whole and here.
    #[must_use]
    pub fn has(&self, root: &Hash) -> bool {
        self.path(root).exists()
    }

    /// Its length in bytes.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`] if it is not here.
    pub fn len(&self, root: &Hash) -> Result<u64, StoreError> {
        Ok(self.open_file(root)?.metadata()?.len())
    }

    /// Opens it for reading.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`] if it is not here.
    pub fn open_file(&self, root: &Hash) -> Result<File, StoreError> {
        File::open(self.path(root)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::NoBlob { root: root.to_string() },
            _ => error.into(),
        })
    }

    /// Where it is or would be. For floors up to 4 only: a path never reaches a door.
    #[must_use]
    pub fn path(&self, root: &Hash) -> PathBuf {
        let name = root.to_string();
        self.shelf.join(&name[..2]).join(&name[2..4]).join(&name)
    }

    /// A new name on the workbench, for a file that will be shelved. Nothing is created.
    #[must_use]
    pub fn new_part(&self) -> PathBuf {
        let number = self.next_part.fetch_add(1, Ordering::Relaxed);
        self.parts.join(format!("{}-{number}.part", std::process::id()))
    }

    /// Moves a finished file from the workbench into its place, durably. The caller vouches for the fingerprint;
    /// a blob that is already there stays and the part is removed.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or what the disk says.
    pub fn shelve(&self, part: &Path, root: &Hash) -> Result<(), StoreError> {
        self.check_room()?;
        let place = self.path(root);
        if place.exists() {
            std::fs::remove_file(part)?;
            return Ok(());
        }
        File::options().write(true).open(part)?.sync_all()?;
        if let Some(folder) = place.parent() {
            make_folder(folder)?;
            std::fs::rename(part, &place)?;
            sync_folder(folder)?;
        }
        Ok(())
    }

    /// Shelves some bytes and returns their fingerprint.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or what the disk says.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Hash, StoreError> {
        let root = Hash(*blake3::hash(bytes).as_bytes());
        if self.has(&root) {
            return Ok(root);
        }
        self.check_room()?;
        let part = self.new_part();
        let written = File::create(&part).and_then(|mut file| file.write_all(bytes));
        if let Err(error) = written {
            let _ = std::fs::remove_file(&part);
            return Err(error.into());
        }
        self.shelve(&part, &root)?;
        Ok(root)
    }

    /// The list that proves each segment of a blob that is here. Computed once, then kept on the workbench.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`]; [`StoreError::BlobMismatch`] if the file no longer has its fingerprint.
    pub fn manifest(&self, root: &Hash) -> Result<Manifest, StoreError> {
        let file = self.open_file(root)?;
        let length = file.metadata()?.len();
        let kept = self.parts.join(format!("{root}.manifest"));
        if let Some(manifest) =
            std::fs::read(&kept).ok().and_then(|bytes| Manifest::parse(*root, length, &bytes).ok())
        {
            return Ok(manifest);
        }
        let manifest = Manifest::of(file)?;
        if manifest.root != *root {
            return Err(StoreError::BlobMismatch { root: root.to_string() });
        }
        if manifest.values.len() > 64 {
            let _ = std::fs::write(&kept, manifest.to_bytes());
        }
        Ok(manifest)
    }

    /// Forgets the kept manifest of a blob that has travelled.
    pub fn forget_manifest(&self, root: &Hash) {
        let _ = std::fs::remove_file(self.parts.join(format!("{root}.manifest")));
    }

    /// A blob of which only some segments are here yet; goes on where it was left.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or what the disk says.
    pub fn partial(&self, root: &Hash, length: u64) -> Result<PartialBlob<'_>, StoreError> {
        PartialBlob::open(self, &self.benches, &self.parts, (*root, length))
    }

    /// Which of these segments nobody has brought while they were waited for; all of them if nobody else fills the blob.
    #[must_use]
    pub fn still_missing(&self, root: &Hash, run: &Range<u64>) -> Vec<Range<u64>> {
        let benches = self.benches.lock().unwrap_or_else(PoisonError::into_inner);
        match benches.get(root).and_then(Weak::upgrade) {
            Some(bench) => bench.lock().unwrap_or_else(PoisonError::into_inner).missing(run),
            None => vec![run.clone()],
        }
    }

    /// Clears the workbench of files other runs left behind, except unfinished blobs that can go on.
    /// Returns how many went.
    ///
    /// # Errors
    /// What the disk says.
    pub fn tidy(&self) -> Result<usize, StoreError> {
        let mine = format!("{}-", std::process::id());
        let mut gone = 0;
        for entry in std::fs::read_dir(&self.parts)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_loose = name.ends_with(".part") && name.contains('-') && !name.starts_with(&mine);
            if is_loose && std::fs::remove_file(entry.path()).is_ok() {
                gone += 1;
            }
        }
        Ok(gone)
    }

    pub(crate) fn check_room(&self) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::Relaxed) { Err(StoreError::DiskFull) } else { Ok(()) }
    }
}
