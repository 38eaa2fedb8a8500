//! What differs between the systems: reading past the page cache, and asking whether a file is still
//! being written.

use std::fs::File;

/// Forgets what the system keeps of a settled file in memory, so that the next read asks the disk.
///
/// Linux: `posix_fadvise(DONTNEED)`. macOS: `F_NOCACHE`. Elsewhere nothing; the read-back then may come
/// from memory.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "posix_fadvise has no safe door in std")]
pub(crate) fn forget(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open for the time of the call, and the call changes no memory of ours.
    let refused = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    if refused != 0 {
        tracing::debug!(refused, "the page cache was not asked to forget");
    }
}

/// Forgets what the system keeps of a settled file in memory, so that the next read asks the disk.
#[cfg(target_os = "macos")]
#[expect(unsafe_code, reason = "F_NOCACHE has no safe door in std")]
pub(crate) fn forget(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open for the time of the call, and the call changes no memory of ours.
    let refused = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_NOCACHE, 1) };
    if refused != 0 {
        tracing::debug!(refused, "the page cache was not asked to forget");
    }
}

/// Nothing to forget here: the read-back may come from memory.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn forget(_file: &File) {}

/// Asks the system to start writing the file out, without waiting for it. Linux only; a mere hint.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "sync_file_range has no safe door in std")]
pub(crate) fn start_settling(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open for the time of the call, and the call changes no memory of ours.
    let _ = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

/// Nothing to ask for here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn start_settling(_file: &File) {}

/// Tells the system that the whole file is about to be read from front to back. Linux only; a mere hint.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "posix_fadvise has no safe door in std")]
pub(crate) fn read_ahead(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open for the time of the call, and the call changes no memory of ours.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_SEQUENTIAL) };
}

/// Nothing to tell here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn read_ahead(_file: &File) {}

/// Whether some program has the file open for writing, as far as the system tells.
///
/// Linux: a read lease is refused while there is a writer (own files on local disks only; elsewhere the
/// answer is no).
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "file leases have no safe door in std")]
pub(crate) fn is_being_written(path: &std::path::Path) -> bool {
    use std::os::fd::AsRawFd;
    let Ok(file) = File::open(path) else {
        return false;
    };
    // SAFETY: the descriptor is open for the time of both calls, which take plain integers.
    unsafe {
        if libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_RDLCK) == 0 {
            libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK);
            return false;
        }
    }
    std::io::Error::last_os_error().raw_os_error() == Some(libc::EAGAIN)
}

/// Whether some program has the file open for writing: it cannot be opened without sharing then.
#[cfg(windows)]
pub(crate) fn is_being_written(path: &std::path::Path) -> bool {
    use std::os::windows::fs::OpenOptionsExt;
    const SHARING_VIOLATION: i32 = 32;
    let opened = std::fs::OpenOptions::new().read(true).share_mode(0).open(path);
    opened.is_err_and(|error| error.raw_os_error() == Some(SHARING_VIOLATION))
}

/// This system does not tell.
#[cfg(not(any(target_os = "linux", windows)))]
pub(crate) fn is_being_written(_path: &std::path::Path) -> bool {
    false
}
