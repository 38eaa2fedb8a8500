//! Packs into a folder of this machine or of a mounted share.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::failure::PushError;
use crate::pack::{Packs, Place};

/// A channel into a folder. Nothing is written yet; the folder must be there when something is.
/// `is_taken_away`: the receiver removes what it has read.
///
/// # Errors
/// [`PushError::BadSetting`] when the path is not absolute.
pub fn folder(root: PathBuf, is_taken_away: bool) -> Result<Packs, PushError> {
    if !root.is_absolute() {
        return Err(PushError::BadSetting { name: "url" });
    }
    let open = move || Ok(Box::new(Disk { root: root.clone() }) as Box<dyn Place>);
    Ok(Packs::new(Arc::new(open), String::new(), is_taken_away))
}

/// A folder on a disk.
struct Disk {
    root: PathBuf,
}

impl Disk {
    fn at(&self, name: &str) -> PathBuf {
        name.split('/').filter(|part| !part.is_empty()).fold(self.root.clone(), |path, part| path.join(part))
    }

    fn explain(&self, error: &io::Error) -> PushError {
        let place = self.root.display().to_string();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => PushError::NoSpace { place },
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::NotADirectory
            | ErrorKind::NotFound => PushError::PlaceRefused { place, why: error.to_string() },
            _ => PushError::lost("files", false, error.to_string()),
        }
    }

    fn done<T>(&self, outcome: io::Result<T>) -> Result<T, PushError> {
        outcome.map_err(|error| self.explain(&error))
    }
}

impl Place for Disk {
    fn check(&mut self) -> Result<(), PushError> {
        let facts = self.done(fs::metadata(&self.root))?;
        if facts.is_dir() && !facts.permissions().readonly() {
            return Ok(());
        }
        Err(PushError::PlaceRefused {
            place: self.root.display().to_string(),
            why: "no writable folder".to_owned(),
        })
    }

    fn make_folder(&mut self, name: &str) -> Result<(), PushError> {
        self.done(fs::create_dir_all(self.at(name)))?;
        self.done(sync_folder(&self.root))
    }

    fn size(&mut self, name: &str) -> Result<Option<u64>, PushError> {
        match fs::metadata(self.at(name)) {
            Ok(facts) => Ok(Some(facts.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.explain(&error)),
        }
    }

    fn read(&mut self, name: &str, from: u64, most: u64) -> Result<Vec<u8>, PushError> {
        let path = self.at(name);
        let read = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        self.done(read())
    }

    fn write(&mut self, name: &str, from: u64, source: &mut dyn Read) -> Result<(), PushError> {
        let path = self.at(name);
        let write = || {
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            file.set_len(from)?;
            file.seek(SeekFrom::Start(from))?;
            io::copy(source, &mut file)?;
            file.sync_all()
        };
        self.done(write())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), PushError> {
        let to = self.at(to);
        self.done(fs::rename(self.at(from), &to))?;
        self.done(sync_folder(to.parent().unwrap_or(&self.root)))
    }

    fn remove(&mut self, name: &str) -> Result<(), PushError> {
        self.done(absent_is_fine(fs::remove_file(self.at(name))))
    }

    fn remove_folder(&mut self, name: &str) -> Result<(), PushError> {
        self.done(absent_is_fine(fs::remove_dir_all(self.at(name))))
    }

    fn url(&self, name: &str) -> String {
        let path = self.at(name);
        reqwest::Url::from_file_path(&path).map_or_else(|()| path.display().to_string(), String::from)
    }
}

fn absent_is_fine(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes a rename survive a power cut. Windows gives no handle for this and needs none on NTFS.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
