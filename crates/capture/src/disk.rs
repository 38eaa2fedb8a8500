//! The disk as an import sees it: sources are only read, copies only created. Behind a trait, so that
//! faults can be put in its way.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::SystemTime;

use crate::platform;

/// Size and time of a file, to tell whether it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Bytes.
    pub len: u64,
    /// Time of the last change, when the file system has one.
    pub modified: Option<SystemTime>,
}

/// A growing copy.
pub trait PartFile: Write + Send {
    /// Asks the system to start putting what was written so far on disk, without waiting for it.
    fn start_settling(&mut self) {}

    /// Puts every byte safely on disk.
    ///
    /// # Errors
    /// The system's own.
    fn settle(&mut self) -> io::Result<()>;
}

/// The disk as an import sees it.
pub trait Disk: Send + Sync {
    /// Looks at a source without opening it.
    ///
    /// # Errors
    /// The system's own.
    fn look(&self, path: &Path) -> io::Result<Seen>;

    /// Opens a source for reading only.
    ///
    /// # Errors
    /// The system's own.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;

    /// Creates a copy that must not be there yet.
    ///
    /// # Errors
    /// The system's own.
    fn create(&self, path: &Path) -> io::Result<Box<dyn PartFile>>;

    /// Opens a settled copy so that it is read from the disk, not from memory.
    ///
    /// # Errors
    /// The system's own.
    fn reread(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;
}

/// The real disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl PartFile for File {
    fn start_settling(&mut self) {
        platform::start_settling(self);
    }

    fn settle(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Disk for RealDisk {
    fn look(&self, path: &Path) -> io::Result<Seen> {
        let found = std::fs::metadata(path)?;
        Ok(Seen { len: found.len(), modified: found.modified().ok() })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(path)?))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn PartFile>> {
        Ok(Box::new(OpenOptions::new().write(true).create_new(true).open(path)?))
    }

    fn reread(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let file = File::open(path)?;
        platform::forget(&file);
        platform::read_ahead(&file);
        Ok(Box::new(file))
    }
}
