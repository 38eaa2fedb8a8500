//! Power cuts: what a program wrote is recorded, and the folder is laid out as a disk may show it after the current
//! went away at any moment.
//!
//! A kill keeps what the system holds in memory; a power cut keeps what was synced, and of the rest what the disk
//! happened to have written. The program runs with a recorder before the system's library, which notes every write,
//! sync and change of names below one folder. [`Disk`] plays the notes up to a moment and then throws dice for
//! everything that was not synced: left out, written, torn at a sector, names before or after bytes. A new name
//! lasts only after its folder was synced, as fsync(2) warns.
//!
//! The way is that of ALICE (Pillai et al., OSDI 2014) and CrashMonkey (Mohan et al., OSDI 2018).

mod disk;
mod log;
mod often;

pub use disk::Disk;
pub use log::{Note, read_notes};
pub use often::{Diary, as_child, cut_often, films};

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, ensure};

/// The file of a recorded folder to which the program appends what it has acknowledged. It is no part of the disk.
pub const SAID: &str = "said";

/// The compiled recorder, in a folder of its own.
#[derive(Debug)]
pub struct Recorder {
    folder: tempfile::TempDir,
}

impl Recorder {
    /// Compiles the recorder with the compiler that links Rust's programs.
    ///
    /// # Errors
    /// When `cc` is missing or refuses.
    pub fn build() -> anyhow::Result<Self> {
        let recorder = Self { folder: tempfile::tempdir()? };
        let source = recorder.folder.path().join("recorder.c");
        std::fs::write(&source, include_str!("cuts/recorder.c"))?;
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([recorder.library().as_os_str(), source.as_os_str(), OsStr::new("-lpthread")])
            .output()
            .context("the recorder needs cc")?;
        ensure!(built.status.success(), "cc: {}", String::from_utf8_lossy(&built.stderr));
        Ok(recorder)
    }

    /// Runs a program to its end and returns what it did below `folder`, which is left as the program left it.
    ///
    /// # Errors
    /// When the program cannot be started or fails, or the notes cannot be read.
    pub fn record(&self, command: &mut Command, folder: &Path) -> anyhow::Result<Vec<Note>> {
        let notes = self.folder.path().join("notes");
        if notes.exists() {
            std::fs::remove_file(&notes)?;
        }
        let status: ExitStatus = command
            .env("LD_PRELOAD", self.library())
            .env("SATCHEL_CUTS_FOLDER", folder.canonicalize()?)
            .env("SATCHEL_CUTS_LOG", &notes)
            .status()?;
        ensure!(status.success(), "the recorded program: {status}");
        read_notes(&std::fs::read(&notes)?)
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("recorder.so")
    }
}

/// A new folder in memory where the system has one, for what is written and thrown away many times.
///
/// # Errors
/// What the disk says.
pub fn quick_folder() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}
