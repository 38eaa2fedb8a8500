//! What the system keeps of files in memory: asked and emptied by the system's own means.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Bytes of these files that lie in memory; none where `fincore` is missing.
pub(super) fn cached_bytes(files: &[PathBuf]) -> Option<u64> {
    let said = Command::new("fincore")
        .args(["--bytes", "--noheadings", "--output", "RES"])
        .args(files)
        .output()
        .ok()?;
    if !said.status.success() {
        return None;
    }
    Some(
        String::from_utf8_lossy(&said.stdout)
            .lines()
            .filter_map(|line| line.trim().parse::<u64>().ok())
            .sum(),
    )
}

/// How much of these files lies in memory, in words.
pub(super) fn cached_share(files: &[PathBuf]) -> String {
    let total: u64 = files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
    match cached_bytes(files) {
        Some(bytes) => format!("{:.0} % cached", 100.0 * bytes as f64 / total.max(1) as f64),
        None => "cached share unknown (no fincore)".to_owned(),
    }
}

/// Has these files put on the disk and taken out of memory. False where the system has no way to.
pub(super) fn forget(files: &[PathBuf]) -> bool {
    write_out(files) && files.iter().all(|file| File::open(file).is_ok_and(|open| give_up(&open)))
}

#[cfg(target_os = "linux")]
fn give_up(file: &File) -> bool {
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn give_up(_: &File) -> bool {
    false
}

/// Has the system give up all files that it keeps in memory and no program uses, as after a start of the machine.
/// Only an administrator may; false then.
pub(super) fn forget_all() -> bool {
    settle();
    cfg!(target_os = "linux") && std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

/// Has these files put on the disk.
pub(super) fn write_out(files: &[PathBuf]) -> bool {
    quietly(Command::new("sync").args(files))
}

/// Has everything that waits put on the disk, so that the next run does not pay for the last.
pub(super) fn settle() {
    quietly(&mut Command::new("sync"));
}

/// The files of a folder, by name.
pub(super) fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    Ok(files)
}

fn quietly(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
