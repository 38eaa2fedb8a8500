//! Files that are durable when a call returns.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use satchel_terms::Hash;

use crate::failure::{Outcome, PoolError};
use crate::folders::{make_folder, sync_folder};

/// How long another backup is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes the backup folder for this process alone.
///
/// # Errors
/// [`PoolError::Busy`] while another backup is made into it.
pub fn alone_in(to: &Path) -> Outcome<File> {
    let file = File::options().create(true).append(true).open(to.join("backup.lock"))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // A program that this one is just starting holds all that was open, for a moment.
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => std::thread::sleep(PATIENCE / 20),
            Err(TryLockError::WouldBlock) => return Err(PoolError::Busy),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
}

/// Hash and length of a file.
///
/// # Errors
/// What the disk says.
pub fn hash_of(path: &Path) -> std::io::Result<(Hash, u64)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut buffer, mut length) = (blake3::Hasher::new(), vec![0; 1 << 20], 0);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((Hash(*hasher.finalize().as_bytes()), length));
        }
        hasher.update(&buffer[..count]);
        length += count as u64;
    }
}

/// Gives a file a second name where the disk can do that, else copies it. What stood there is replaced in one step.
///
/// # Errors
/// What the disk says.
pub fn link_or_copy(from: &Path, target: &Path) -> Outcome<()> {
    let folder = target.parent().unwrap_or(target);
    make_folder(folder)?;
    let beside = target.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    if std::fs::hard_link(from, &beside).is_err() {
        std::fs::copy(from, &beside)?;
        File::options().write(true).open(&beside)?.sync_all()?;
    }
    std::fs::rename(&beside, target)?;
    sync_folder(folder)
}

/// Copies a file of any size.
///
/// # Errors
/// What the disk says.
pub fn copy_large(from: &Path, target: &Path) -> Outcome<()> {
    std::fs::copy(from, target)?;
    Ok(File::options().write(true).open(target)?.sync_all()?)
}

/// Copies a small private file.
///
/// # Errors
/// What the disk says.
pub fn copy_synced(from: &Path, target: &Path) -> Outcome<()> {
    if let Some(folder) = target.parent() {
        make_folder(folder)?;
    }
    crate::secrets::write_private(target, &std::fs::read(from)?)
}

/// Writes a file.
///
/// # Errors
/// What the disk says.
pub fn write_synced(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
