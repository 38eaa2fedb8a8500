//! The stick: files that are written, settled, read again from the disk and only then named.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use satchel_terms::Hash;

use crate::Going;
use crate::failure::{Outcome, ParcelError};

/// A file being written, its bytes counted and hashed.
pub struct Counted {
    out: BufWriter<File>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Counted {
    /// A new file.
    pub fn create(path: &Path) -> Outcome<Self> {
        let file = File::create(path).map_err(|error| ParcelError::stick(&name_of(path), &error))?;
        let out = BufWriter::with_capacity(1 << 20, file);
        Ok(Self { out, hasher: blake3::Hasher::new(), bytes: 0 })
    }

    /// Makes it durable; its bytes and their fingerprint.
    pub fn settle(self, path: &Path) -> Outcome<(u64, Hash)> {
        let failed = |error: std::io::Error| ParcelError::stick(&name_of(path), &error);
        let file = self.out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        forget(&file);
        Ok((self.bytes, Hash(*self.hasher.finalize().as_bytes())))
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Reads a file to its end and compares it.
pub fn verify(path: &Path, bytes: u64, blake3: &Hash, going: Going<'_>) -> Outcome<()> {
    let name = name_of(path);
    let failed = |error: std::io::Error| ParcelError::stick(&name, &error);
    let mut file = open(path)?;
    if file.metadata().map_err(failed)?.len() != bytes {
        return Err(ParcelError::damaged(&name));
    }
    let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; 1 << 20]);
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        if !going(count as u64) {
            return Err(ParcelError::Stopped);
        }
    }
    if hasher.finalize() == blake3.0 { Ok(()) } else { Err(ParcelError::damaged(&name)) }
}

/// Opens a plain file; a link or folder of that name counts as missing.
pub fn open(path: &Path) -> Outcome<File> {
    let failed = |error: std::io::Error| ParcelError::stick(&name_of(path), &error);
    if !path.symlink_metadata().map_err(failed)?.is_file() {
        return Err(ParcelError::Missing { name: name_of(path) });
    }
    File::open(path).map_err(failed)
}

/// Writes a small file so that it is there as a whole or not at all: beside, settled, read again, renamed.
pub fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Outcome<()> {
    let part = folder.join(format!("{name}.part"));
    let mut out = Counted::create(&part)?;
    out.write_all(bytes).map_err(|error| ParcelError::stick(name, &error))?;
    let (length, blake3) = out.settle(&part)?;
    verify(&part, length, &blake3, &|_| true)?;
    rename(folder, &part, name)
}

/// Gives a settled file its name, durably.
pub fn rename(folder: &Path, part: &Path, name: &str) -> Outcome<()> {
    std::fs::rename(part, folder.join(name)).map_err(|error| ParcelError::stick(name, &error))?;
    settle_folder(folder);
    Ok(())
}

/// Makes names in a folder durable. Some file systems of sticks offer no such call; then the files alone are.
#[cfg(unix)]
pub fn settle_folder(folder: &Path) {
    if let Err(error) = File::open(folder).and_then(|file| file.sync_all()) {
        tracing::debug!(%error, "the folder of the stick was not settled by itself");
    }
}

/// This system settles names with their files.
#[cfg(not(unix))]
pub fn settle_folder(_folder: &Path) {}

/// The last part of a path, for a sentence.
pub fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.strip_suffix(".part").unwrap_or(&name).to_owned()
}

/// Forgets what the system keeps of a settled file in memory, so that the next read asks the stick.
///
/// Linux: `posix_fadvise(DONTNEED)`. macOS: `F_NOCACHE`. Elsewhere nothing; the read-back then may come from memory.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "posix_fadvise has no safe door in std")]
fn forget(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open for the time of the call, and the call changes no memory of ours.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
}

/// Forgets what the system keeps of a settled file in memory, so that the next read asks the stick.
#[cfg(target_os = "macos")]
#[expect(unsafe_code, reason = "F_NOCACHE has no safe door in std")]
fn forget(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open for the time of the call, and the call changes no memory of ours.
    let _ = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_NOCACHE, 1) };
}

/// Nothing to forget here.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn forget(_file: &File) {}
