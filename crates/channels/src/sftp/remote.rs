//! A folder behind SFTP version 3, as OpenSSH speaks it.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ssh2::{ErrorCode, OpenFlags, OpenType, Session};

use crate::failure::PushError;
use crate::pack::Place;

/// Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7).
const NO_SUCH_FILE: i32 = 2;
const PERMISSION_DENIED: i32 = 3;
const FAILURE: i32 = 4;

/// A folder of a server, and the line to it.
pub(super) struct Remote {
    sftp: ssh2::Sftp,
    /// Kept because the line ends with it.
    _session: Session,
    root: String,
    url: String,
}

impl Remote {
    pub(super) fn new(session: Session, sftp: ssh2::Sftp, root: &str, url: String) -> Self {
        Self { sftp, _session: session, root: root.trim_end_matches('/').to_owned(), url }
    }

    /// Paths are built with `/`, whatever this machine uses.
    fn at(&self, name: &str) -> PathBuf {
        if name.is_empty() {
            return PathBuf::from(if self.root.is_empty() { "/" } else { &self.root });
        }
        PathBuf::from(format!("{}/{name}", self.root))
    }

    fn explain(&self, error: &ssh2::Error) -> PushError {
        let place = format!("{}{}", self.url, self.root);
        let words = error.message().to_ascii_lowercase();
        let is_full = ["space", "quota"].iter().any(|word| words.contains(word));
        match error.code() {
            ErrorCode::SFTP(14 | 15) => PushError::NoSpace { place },
            ErrorCode::SFTP(FAILURE) if is_full => PushError::NoSpace { place },
            ErrorCode::SFTP(NO_SUCH_FILE | PERMISSION_DENIED | FAILURE | 10 | 12) => {
                PushError::PlaceRefused { place, why: error.to_string() }
            }
            _ => PushError::lost("files", false, error.to_string()),
        }
    }

    fn done<T>(&self, outcome: Result<T, ssh2::Error>) -> Result<T, PushError> {
        outcome.map_err(|error| self.explain(&error))
    }

    /// While bytes move the library gives errors of `std` with its own words and no code.
    /// OpenSSH says "failure" when its disk is full.
    fn moved<T>(&self, outcome: io::Result<T>) -> Result<T, PushError> {
        outcome.map_err(|error| {
            let (place, why) = (format!("{}{}", self.url, self.root), error.to_string());
            match why.as_str() {
                "no space on filesystem" | "quota exceeded" => PushError::NoSpace { place },
                "failure" | "permission denied" | "file is write protected" => {
                    PushError::PlaceRefused { place, why }
                }
                _ => PushError::lost("files", false, why),
            }
        })
    }

    fn remove_files(&mut self, folder: &Path) -> Result<(), PushError> {
        let files = match self.sftp.readdir(folder) {
            Err(error) if is_absent(&error) => return Ok(()),
            other => self.done(other)?,
        };
        for (path, _) in files {
            self.done(absent_is_fine(self.sftp.unlink(&path)))?;
        }
        Ok(())
    }
}

impl Place for Remote {
    fn check(&mut self) -> Result<(), PushError> {
        let facts = self.done(self.sftp.stat(&self.at("")))?;
        if facts.is_dir() {
            return Ok(());
        }
        Err(PushError::PlaceRefused { place: self.url(""), why: "no folder".to_owned() })
    }

    fn make_folder(&mut self, name: &str) -> Result<(), PushError> {
        let path = self.at(name);
        if self.sftp.stat(&path).is_ok_and(|facts| facts.is_dir()) {
            return Ok(());
        }
        self.done(self.sftp.mkdir(&path, 0o755))
    }

    fn size(&mut self, name: &str) -> Result<Option<u64>, PushError> {
        match self.sftp.stat(&self.at(name)) {
            Ok(facts) => Ok(Some(facts.size.unwrap_or(0))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.explain(&error)),
        }
    }

    fn read(&mut self, name: &str, from: u64, most: u64) -> Result<Vec<u8>, PushError> {
        let mut file = self.done(self.sftp.open(self.at(name)))?;
        let mut read = || {
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            (&mut file).take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        self.moved(read())
    }

    fn write(&mut self, name: &str, from: u64, source: &mut dyn Read) -> Result<(), PushError> {
        let mut flags = OpenFlags::WRITE | OpenFlags::CREATE;
        if from == 0 {
            flags |= OpenFlags::TRUNCATE;
        }
        let mut file = self.done(self.sftp.open_mode(self.at(name), flags, 0o644, OpenType::File))?;
        let mut write = || {
            file.seek(SeekFrom::Start(from))?;
            let mut buffer = vec![0; 262_144];
            loop {
                let got = source.read(&mut buffer)?;
                if got == 0 {
                    return file.flush();
                }
                file.write_all(&buffer[..got])?;
            }
        };
        self.moved(write())?;
        // An extension of OpenSSH; servers without it say so, and nothing more can be asked of them.
        match file.fsync() {
            Err(error) if matches!(error.code(), ErrorCode::Session(_)) && !is_unsupported(&error) => {
                Err(self.explain(&error))
            }
            _ => self.done(file.close()),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), PushError> {
        let (from, to) = (self.at(from), self.at(to));
        match self.sftp.rename(&from, &to, None) {
            // Version 3 refuses to rename over a file.
            Err(error) if error.code() == ErrorCode::SFTP(FAILURE) && self.sftp.stat(&to).is_ok() => {
                self.done(self.sftp.unlink(&to))?;
                self.done(self.sftp.rename(&from, &to, None))
            }
            other => self.done(other),
        }
    }

    fn remove(&mut self, name: &str) -> Result<(), PushError> {
        self.done(absent_is_fine(self.sftp.unlink(&self.at(name))))
    }

    fn remove_folder(&mut self, name: &str) -> Result<(), PushError> {
        let folder = self.at(name);
        self.remove_files(&folder)?;
        self.done(absent_is_fine(self.sftp.rmdir(&folder)))
    }

    fn url(&self, name: &str) -> String {
        format!("{}{}", self.url, self.at(name).display())
    }
}

fn is_absent(error: &ssh2::Error) -> bool {
    error.code() == ErrorCode::SFTP(NO_SUCH_FILE)
}

/// `LIBSSH2_ERROR_METHOD_NOT_SUPPORTED` and `LIBSSH2_ERROR_SFTP_PROTOCOL`.
fn is_unsupported(error: &ssh2::Error) -> bool {
    matches!(error.code(), ErrorCode::Session(-33 | -31))
}

fn absent_is_fine(outcome: Result<(), ssh2::Error>) -> Result<(), ssh2::Error> {
    match outcome {
        Err(error) if is_absent(&error) => Ok(()),
        other => other,
    }
}
