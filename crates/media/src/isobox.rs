//! Size and turn of a picture in ISO boxes (HEIC, AVIF), read from its `meta` box.
//! Source: ISO/IEC 23008-12, boxes `ispe` and `irot`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of a `meta` box that are looked at; real ones have some tens of thousands.
const META: u64 = 4 << 20;
/// Top-level boxes that are walked.
const BOXES: usize = 64;

/// Stored width and height, and degrees clockwise to stand upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BoxedSize {
    pub width: u32,
    pub height: u32,
    pub rotation: u16,
}

/// Reads size and turn; `None` when the file has no such boxes.
pub(crate) fn size_of(path: &Path) -> Option<BoxedSize> {
    let meta = meta_box(path)?;
    let (width, height) = properties(&meta, b"ispe", 12)
        .filter_map(|body| Some((number(body, 4)?, number(body, 8)?)))
        .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))?;
    // `irot` counts quarter turns against the clock.
    let quarter = properties(&meta, b"irot", 1).next().map_or(0, |body| body[0] & 3);
    let rotation = [0, 270, 180, 90][usize::from(quarter)];
    Some(BoxedSize { width, height, rotation })
}

fn meta_box(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut at = 0_u64;
    for _ in 0..BOXES {
        let mut header = [0; 16];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut header[..8]).ok()?;
        let mut size = u64::from(number(&header, 0)?);
        if size == 1 {
            file.read_exact(&mut header[8..]).ok()?;
            size = u64::from(number(&header, 8)?) << 32 | u64::from(number(&header, 12)?);
        }
        let size = if size == 0 { length.saturating_sub(at) } else { size };
        if &header[4..8] == b"meta" {
            let mut meta = Vec::new();
            file.take(size.min(META)).read_to_end(&mut meta).ok()?;
            return Some(meta);
        }
        at = at.checked_add(size.max(8)).filter(|next| *next < length)?;
    }
    None
}

/// Bodies of at least `least` bytes of every property box of this name.
fn properties<'a>(meta: &'a [u8], name: &'a [u8; 4], least: usize) -> impl Iterator<Item = &'a [u8]> {
    let starts = meta.windows(4).enumerate().filter(move |(_, word)| *word == name).map(|(at, _)| at);
    starts.filter_map(move |at| {
        let size = number(meta, at.checked_sub(4)?)? as usize;
        let body = meta.get(at + 4..(at - 4).checked_add(size)?)?;
        (body.len() >= least && size <= 64).then_some(body)
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}
