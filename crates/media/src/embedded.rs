//! Finds the JPEG preview that a camera put into its RAW file: the largest one that opens.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::{DynamicImage, ImageFormat, ImageReader};

/// Bytes of a RAW file that are searched; previews lie near the front or after the thumbnail.
const SEARCHED: u64 = 96 << 20;
/// Starts of JPEGs that are tried.
const TRIED: usize = 24;

/// The largest embedded JPEG with at most `most_pixels` pixels, as stored (not turned).
pub(crate) fn largest_jpeg(path: &Path, most_pixels: u64) -> Option<DynamicImage> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(SEARCHED).read_to_end(&mut bytes).ok()?;
    let mut found: Vec<(u64, usize)> = starts(&bytes)
        .take(TRIED)
        .filter_map(|at| {
            let (width, height) = reader(&bytes[at..]).into_dimensions().ok()?;
            Some((u64::from(width) * u64::from(height), at))
        })
        .filter(|(pixels, _)| *pixels <= most_pixels)
        .collect();
    found.sort_unstable_by(|left, right| right.cmp(left));
    found.into_iter().find_map(|(_, at)| reader(&bytes[at..]).decode().ok())
}

fn reader(bytes: &[u8]) -> ImageReader<Cursor<&[u8]>> {
    ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg)
}

/// Where a JPEG seems to begin: start of image, then a table or application segment.
fn starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let marks = |word: &[u8]| matches!(word, [0xff, 0xd8, 0xff, 0xdb | 0xe0..=0xef | 0xc0 | 0xc4 | 0xfe]);
    bytes.windows(4).enumerate().filter(move |(_, word)| marks(word)).map(|(at, _)| at)
}
