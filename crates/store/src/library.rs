//! A library: made, opened, locked, closed.

use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, OptionalExtension as _, params};
use satchel_terms::DeviceId;

use crate::mark::{self, DeviceMark};
use crate::opener::{MIGRATIONS, Purpose, connect, migrate};
use crate::readers::{READERS, Readers};
use crate::reserve::{self, Reserve};
use crate::writer::Writer;
use crate::{Blobs, StoreError};

/// The secret that opens a library: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct LibraryKey([u8; 32]);

impl LibraryKey {
    /// Takes a key from the keyring or the vault.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Throws a new key with the dice of the system.
    ///
    /// # Errors
    /// [`StoreError::Io`] if the system has no dice.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| StoreError::Io(std::io::Error::other(error)))?;
        Ok(Self(bytes))
    }

    /// The bytes, for the keyring or the vault only.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The statement that must come first on a connection.
    pub(crate) fn pragma(&self) -> String {
        let mut text = String::from("PRAGMA key = \"x'");
        for byte in self.0 {
            let _ = write!(text, "{byte:02x}");
        }
        text.push_str("'\"");
        text
    }

    /// Tells keys apart without giving them away; tells a wrong key from a damaged file.
    fn check(&self) -> String {
        blake3::Hasher::new_derive_key("satchel library key check v1").update(&self.0).finalize().to_string()
    }
}

impl std::fmt::Debug for LibraryKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("LibraryKey(…)")
    }
}

/// The memory of one laptop. Share it in an [`Arc`]; it closes when the last owner lets go.
pub struct Library {
    writer: Writer,
    readers: Readers,
    blobs: Blobs,
    folder: PathBuf,
    reserve: Reserve,
    was_unclean: bool,
    is_full: Arc<AtomicBool>,
    _lock: File,
}

impl Library {
    /// Whether the folder holds a library.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        dir.join("library.db").exists()
    }

    /// Makes a new library in the folder.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::OpenElsewhere`], [`StoreError::DiskFull`] or what the disk says.
    pub fn create(dir: &Path, key: &LibraryKey) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir)?;
        let lock = take_lock(dir)?;
        if Self::exists(dir) {
            return Err(StoreError::Exists);
        }
        mark::write_whole(&dir.join("key.check"), key.check().as_bytes())?;
        let conn = connect(&dir.join("library.db"), key, Purpose::Create)?;
        Self::start(dir, key, conn, lock)
    }

    /// Opens the library of the folder.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::OpenElsewhere`], [`StoreError::WrongKey`], [`StoreError::Damaged`],
    /// [`StoreError::NewerVersion`], [`StoreError::DiskFull`] or what the disk says.
    pub fn open(dir: &Path, key: &LibraryKey) -> Result<Self, StoreError> {
        if !Self::exists(dir) {
            return Err(StoreError::Missing);
        }
        let lock = take_lock(dir)?;
        let check = std::fs::read_to_string(dir.join("key.check")).unwrap_or_default();
        let fits = check == key.check();
        if !check.is_empty() && !fits {
            return Err(StoreError::WrongKey);
        }
        let conn = connect(&dir.join("library.db"), key, Purpose::Write).map_err(|error| match error {
            StoreError::Damaged { .. } if !fits => StoreError::WrongKey,
            other => other,
        })?;
        Self::start(dir, key, conn, lock)
    }

    fn start(dir: &Path, key: &LibraryKey, mut conn: Connection, lock: File) -> Result<Self, StoreError> {
        let path = dir.join("library.db");
        migrate(&mut conn, MIGRATIONS, |version| copy_aside(&path, version))?;
        let was_unclean = conn
            .query_row("SELECT 1 FROM setting WHERE key = 'store.open'", [], |_| Ok(()))
            .optional()?
            .is_some();
        conn.execute("INSERT OR REPLACE INTO setting (key, value) VALUES ('store.open', 'true')", [])?;
        let reserve = Reserve::new(dir);
        reserve.lay_by();
        let readers = (0..READERS).map(|_| connect(&path, key, Purpose::Read)).collect::<Result<_, _>>()?;
        let is_full = Arc::new(AtomicBool::new(false));
        let last_reserve = reserve.clone();
        let writer = Writer::start(conn, move || last_reserve.release())?;
        Ok(Self {
            writer,
            readers: Readers::new(readers),
            blobs: Blobs::open(dir, Arc::clone(&is_full))?,
            folder: dir.to_owned(),
            reserve,
            was_unclean,
            is_full,
            _lock: lock,
        })
    }

    /// Says that the program ends in good order.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    pub fn clean_exit(&self) -> Result<(), StoreError> {
        self.write(|conn| {
            conn.execute("DELETE FROM setting WHERE key = 'store.open'", [])?;
            Ok(())
        })
    }

    /// Whether the last run ended without [`Library::clean_exit`].
    #[must_use]
    pub const fn was_unclean(&self) -> bool {
        self.was_unclean
    }

    /// The blobs of this library.
    #[must_use]
    pub const fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// How far this laptop has signed, as noted outside of the database.
    #[must_use]
    pub fn device_mark(&self) -> Option<DeviceMark> {
        mark::read(&self.mark_path())
    }

    /// Whether the database stands behind the mark of `device`: it was restored or cloned, and the device must
    /// not sign again under this id.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn is_behind_mark(&self, device: DeviceId) -> Result<bool, StoreError> {
        let Some(mark) = self.device_mark().filter(|mark| mark.device == device) else { return Ok(false) };
        for (stream, height) in mark.streams {
            let held: Option<i64> = self.read(|conn| {
                let sql = "SELECT max(seq) FROM record WHERE device = ?1 AND stream = ?2";
                Ok(conn.query_row(sql, params![device.0, stream], |row| row.get(0))?)
            })?;
            if held.unwrap_or(0) < i64::try_from(height).unwrap_or(i64::MAX) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Free bytes on the library's disk, if the system tells.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        reserve::free_bytes(&self.folder)
    }

    /// Whether the reserve was given up to save text: the disk is full and the person must be told.
    #[must_use]
    pub fn has_lost_reserve(&self) -> bool {
        !self.folder.join("reserve").exists()
    }

    /// Lays the reserve by again, if the disk allows it now.
    pub fn restore_reserve(&self) {
        self.reserve.lay_by();
    }

    /// Reads the whole database and checks every page and index.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first finding.
    pub fn check(&self) -> Result<(), StoreError> {
        let finding: String =
            self.read(|conn| Ok(conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?))?;
        if finding == "ok" { Ok(()) } else { Err(StoreError::Damaged { what: finding }) }
    }

    /// For tests: makes the disk behave as if it were full, for the database and for blobs.
    ///
    /// # Errors
    /// Any [`StoreError`] of a write.
    #[doc(hidden)]
    pub fn pretend_full(&self, is_full: bool) -> Result<(), StoreError> {
        self.is_full.store(is_full, Ordering::SeqCst);
        self.write(move |conn| {
            let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let limit = if is_full { pages } else { 1 << 30 };
            let _: i64 = conn.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |row| row.get(0))?;
            Ok(())
        })
    }

    pub(crate) fn mark_path(&self) -> PathBuf {
        self.folder.join("device.mark")
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        task: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(task)
    }

    pub(crate) fn read<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.readers.read(question)
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Library")
    }
}

fn take_lock(dir: &Path) -> Result<File, StoreError> {
    let lock = File::options().create(true).truncate(false).write(true).open(dir.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::OpenElsewhere),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Keeps the library as it was before a migration, beside it.
fn copy_aside(path: &Path, version: i64) -> Result<(), StoreError> {
    for end in ["", "-wal"] {
        let from = path.with_file_name(format!("library.db{end}"));
        if from.exists() {
            std::fs::copy(&from, path.with_file_name(format!("library.v{version}.db{end}")))?;
        }
    }
    Ok(())
}
