//! Whether a file is whole, by the rules of its type: a JPEG has its end mark, the boxes of an MP4 cover
//! its length, a RIFF is as long as it says, a PNG ends with its last chunk.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Whether a file is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// Its type says that nothing is missing.
    Whole,
    /// Its type says that something is missing.
    Unfinished,
    /// Its type has no rule.
    NoRule,
}

/// Looks at the end of a file by the rules of its type, told by the first bytes.
///
/// # Errors
/// The system's own.
pub fn tail_of(path: &Path) -> io::Result<Tail> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut head = [0; 12];
    let count = read_up_to(&mut file, &mut head)?;
    let head = &head[..count];
    let whole = match head {
        [0xff, 0xd8, 0xff, ..] => jpeg_ends(file)?,
        [0x89, b'P', b'N', b'G', ..] => ends_with(&mut file, length, b"IEND\xaeB`\x82")?,
        [b'R', b'I', b'F', b'F', size @ ..] if size.len() == 8 => {
            let said = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
            // A recorder that has not closed its file says 0 or "all ones".
            said != 0 && said != u32::MAX && u64::from(said) + 8 <= length
        }
        [_, _, _, _, b'f', b't', b'y', b'p', ..] | [_, _, _, _, b'm', b'o', b'o', b'v', ..] => {
            boxes_cover(&mut file, length)?
        }
        [] => false,
        _ => return Ok(Tail::NoRule),
    };
    Ok(if whole { Tail::Whole } else { Tail::Unfinished })
}

/// Walks the segments up to the picture, then looks for the end mark. What a phone hung on behind it
/// (a motion part) does not matter.
fn jpeg_ends(file: File) -> io::Result<bool> {
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    reader.seek(SeekFrom::Start(2))?;
    loop {
        let mut mark = [0; 4];
        if read_up_to(&mut reader, &mut mark)? < 4 || mark[0] != 0xff {
            return Ok(false);
        }
        let size = i64::from(u16::from_be_bytes([mark[2], mark[3]]));
        if size < 2 {
            return Ok(false);
        }
        reader.seek_relative(size - 2)?;
        if mark[1] == 0xda {
            return has_end_mark(reader);
        }
    }
}

/// Inside the picture `FF D9` is always the end: a picture's own `FF` is followed by `00`.
fn has_end_mark(mut reader: impl Read) -> io::Result<bool> {
    let mut chunk = vec![0; 64 * 1024];
    let mut last = 0;
    loop {
        let count = read_up_to(&mut reader, &mut chunk)?;
        if count == 0 {
            return Ok(false);
        }
        let pairs =
            std::iter::once([last, chunk[0]]).chain(chunk[..count].windows(2).map(|pair| [pair[0], pair[1]]));
        if pairs.into_iter().any(|pair| pair == [0xff, 0xd9]) {
            return Ok(true);
        }
        last = chunk[count - 1];
    }
}

/// Whether the top boxes cover the length exactly and one of them says what the file holds.
fn boxes_cover(file: &mut File, length: u64) -> io::Result<bool> {
    let (mut at, mut described) = (0_u64, false);
    while at < length {
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0; 16];
        let count = read_up_to(file, &mut header)?;
        if count < 8 {
            return Ok(false);
        }
        described |= matches!(&header[4..8], b"moov" | b"moof" | b"meta");
        let short = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
        let size = match short {
            0 => length - at,
            1 if count == 16 => header[8..].iter().fold(0, |size, byte| size << 8 | u64::from(*byte)),
            size => size,
        };
        if size < 8 {
            return Ok(false);
        }
        at = at.saturating_add(size);
    }
    Ok(at == length && described)
}

fn ends_with(file: &mut File, length: u64, end: &[u8]) -> io::Result<bool> {
    let mut tail = vec![0; end.len()];
    if length < end.len() as u64 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(length - end.len() as u64))?;
    file.read_exact(&mut tail)?;
    Ok(tail == end)
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    crate::offload::fill(reader, buffer)
}
