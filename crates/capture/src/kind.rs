//! What kind of material a file is, by its first bytes and its name. Coarse on purpose: enough to decide
//! whether it is taken in.

use std::path::Path;

/// What kind of material a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A picture that every program opens.
    Photo,
    /// A phone picture in ISO boxes (HEIC, HEIF, AVIF).
    Heic,
    /// A camera's raw picture.
    Raw,
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// Anything else; not taken in from a card.
    Other,
}

impl MediaKind {
    /// Whether it is material at all.
    #[must_use]
    pub const fn is_material(self) -> bool {
        !matches!(self, Self::Other)
    }
}

const NAMES: [(MediaKind, &[&str]); 5] = [
    (MediaKind::Photo, &["jpg", "jpeg", "jpe", "png", "webp", "tif", "tiff", "gif", "bmp", "jxl", "mpo"]),
    (MediaKind::Heic, &["heic", "heif", "hif", "avif"]),
    (
        MediaKind::Raw,
        &[
            "cr2", "cr3", "crw", "nef", "nrw", "arw", "sr2", "srf", "raf", "orf", "rw2", "raw", "pef", "dng",
            "srw", "x3f", "3fr", "iiq", "rwl", "gpr",
        ],
    ),
    (
        MediaKind::Video,
        &[
            "mp4", "mov", "m4v", "mts", "m2ts", "ts", "mxf", "avi", "mkv", "webm", "3gp", "3g2", "mpg",
            "mpeg", "mod", "tod", "vob", "wmv", "flv", "insv", "lrv",
        ],
    ),
    (
        MediaKind::Audio,
        &[
            "wav", "mp3", "m4a", "aac", "flac", "ogg", "oga", "opus", "amr", "aif", "aiff", "caf", "wma",
            "mka", "rf64",
        ],
    ),
];

/// Says what kind of material a file is, from its first bytes (64 are enough) and its name.
///
/// Bytes that speak clearly win over the name; a damaged or unknown beginning leaves it to the name, so
/// that a broken picture is taken in as evidence.
#[must_use]
pub fn kind_of(head: &[u8], path: &Path) -> MediaKind {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let named = NAMES
        .iter()
        .find(|(_, names)| names.contains(&extension.as_str()))
        .map_or(MediaKind::Other, |(kind, _)| *kind);
    match by_bytes(head) {
        // The bytes of a container leave open whether it holds pictures, and those of a TIFF whether raw.
        Some(MediaKind::Video) if named == MediaKind::Audio => MediaKind::Audio,
        Some(MediaKind::Photo) if named == MediaKind::Raw => MediaKind::Raw,
        Some(kind) => kind,
        None => named,
    }
}

fn by_bytes(head: &[u8]) -> Option<MediaKind> {
    let starts = [
        (&b"\xff\xd8\xff"[..], MediaKind::Photo),
        (b"\x89PNG\r\n\x1a\n", MediaKind::Photo),
        (b"GIF8", MediaKind::Photo),
        (b"II*\0", MediaKind::Photo),
        (b"MM\0*", MediaKind::Photo),
        (b"FUJIFILMCCD-RAW", MediaKind::Raw),
        (b"\x1a\x45\xdf\xa3", MediaKind::Video),
        (b"\x06\x0e\x2b\x34", MediaKind::Video),
        (b"\0\0\x01\xba", MediaKind::Video),
        (b"ID3", MediaKind::Audio),
        (b"fLaC", MediaKind::Audio),
        (b"OggS", MediaKind::Audio),
        (b"#!AMR", MediaKind::Audio),
        (b"caff", MediaKind::Audio),
    ];
    if let Some((_, kind)) = starts.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*kind);
    }
    match (head.get(..4)?, head.get(4..8)?, head.get(8..12)?) {
        (_, b"ftyp", b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" | b"avif" | b"avis") => {
            Some(MediaKind::Heic)
        }
        (_, b"ftyp", b"crx ") => Some(MediaKind::Raw),
        (_, b"ftyp", b"M4A " | b"M4B ") => Some(MediaKind::Audio),
        (_, b"ftyp" | b"moov" | b"mdat" | b"wide", _) => Some(MediaKind::Video),
        (b"RIFF", _, b"WEBP") => Some(MediaKind::Photo),
        (b"RIFF" | b"RF64", _, b"WAVE") | (b"FORM", _, b"AIFF" | b"AIFC") => Some(MediaKind::Audio),
        (b"RIFF", _, b"AVI ") => Some(MediaKind::Video),
        _ => None,
    }
}
