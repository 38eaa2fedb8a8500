//! A result gets its name only when it is whole: it grows under `<name>.<n>.part` beside its place.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{MediaError, disk};

/// A growing result. Dropped before [`Part::keep`], it removes what was written.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl Part {
    /// Begins a result that will be called `target`; makes the folder when it is missing.
    pub(crate) fn beside(target: &Path) -> Result<Self, MediaError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(|error| disk("make folder", folder, &error))?;
        }
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}-{count}-{nanos}.part", std::process::id()));
        Ok(Self { path: target.with_file_name(name), target: target.to_path_buf(), kept: false })
    }

    /// Where the bytes go meanwhile.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the bytes safely on disk and gives the result its name.
    pub(crate) fn keep(mut self) -> Result<(), MediaError> {
        // Opened for writing because Windows flushes no read-only handle.
        std::fs::OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|file| file.sync_all())
            .map_err(|error| disk("settle", &self.path, &error))?;
        std::fs::rename(&self.path, &self.target).map_err(|error| disk("name", &self.target, &error))?;
        self.kept = true;
        #[cfg(unix)]
        if let Some(folder) = self.target.parent() {
            std::fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| disk("settle", folder, &error))?;
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Removes the half results that a crash left in `folder` (`*.part`, not below it) and says how many.
/// To be called at start, before any job runs there.
///
/// # Errors
/// [`MediaError::Disk`] when the folder cannot be read; a missing folder has no parts.
pub fn sweep_parts(folder: &Path) -> Result<usize, MediaError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(disk("read folder", folder, &error)),
    };
    let parts = entries.flatten().map(|entry| entry.path());
    let parts = parts.filter(|path| path.extension().is_some_and(|extension| extension == "part"));
    Ok(parts.filter(|path| std::fs::remove_file(path).is_ok()).count())
}
