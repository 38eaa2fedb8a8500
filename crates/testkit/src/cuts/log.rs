//! The notes of the recorder.

use std::rc::Rc;

use anyhow::{Context as _, bail};

/// One thing that a program did below the folder; paths are relative to it, the empty one is the folder itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A new, empty file.
    File(String),
    /// A new folder.
    Folder(String),
    /// Bytes at a place of a file.
    Write {
        /// The file.
        path: String,
        /// Where they begin.
        at: u64,
        /// The bytes.
        bytes: Rc<[u8]>,
    },
    /// A file was cut off or made longer, to so many bytes.
    Length(String, u64),
    /// A file or a folder was synced.
    Sync(String),
    /// A file or folder got another name; what had it is gone.
    Move(String, String),
    /// A name is gone.
    Gone(String),
}

/// Length of the head of a note: four numbers.
const HEAD: usize = 32;

/// Reads what the recorder wrote.
///
/// # Errors
/// When it is cut off or holds what this reader does not know.
pub fn read_notes(mut log: &[u8]) -> anyhow::Result<Vec<Note>> {
    let mut notes = Vec::new();
    while !log.is_empty() {
        let mut numbers = [0_u64; 4];
        for (number, bytes) in numbers.iter_mut().zip(log.get(..HEAD).context("a head is cut off")?.chunks(8))
        {
            *number = u64::from_ne_bytes(bytes.try_into()?);
        }
        let [what, number, path, length] = numbers;
        let (path, length) = (usize::try_from(path)?, usize::try_from(length)?);
        let body = log.get(HEAD..HEAD + path + length).context("a note is cut off")?;
        let (path, bytes) = body.split_at(path);
        notes.push(note(u8::try_from(what)?, number, std::str::from_utf8(path)?.to_owned(), bytes)?);
        log = &log[HEAD + body.len()..];
    }
    Ok(notes)
}

fn note(what: u8, number: u64, path: String, bytes: &[u8]) -> anyhow::Result<Note> {
    Ok(match what {
        b'c' => Note::File(path),
        b'd' => Note::Folder(path),
        b'w' => Note::Write { path, at: number, bytes: bytes.into() },
        b't' => Note::Length(path, number),
        b's' => Note::Sync(path),
        b'm' => Note::Move(path, String::from_utf8(bytes.to_vec())?),
        b'u' => Note::Gone(path),
        other => bail!("a note of kind {other}"),
    })
}
