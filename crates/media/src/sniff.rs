//! What a file is, by its first bytes; its name only decides where the bytes leave it open (camera RAW).

use std::path::Path;

use satchel_terms::ClipKind;

/// Bytes from the start that [`sniff`] wants to see.
pub(crate) const HEAD: usize = 512;

/// A guess at what a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// Picture, video, audio or other.
    pub kind: ClipKind,
    /// The media type, such as `image/jpeg`.
    pub mime: &'static str,
}

const fn is(kind: ClipKind, mime: &'static str) -> Option<Sniffed> {
    Some(Sniffed { kind, mime })
}

/// TIFF-based camera RAW by name; the bytes are those of a TIFF.
const RAW_NAMES: [(&str, &str); 12] = [
    ("nef", "image/x-nikon-nef"),
    ("nrw", "image/x-nikon-nrw"),
    ("cr2", "image/x-canon-cr2"),
    ("arw", "image/x-sony-arw"),
    ("sr2", "image/x-sony-sr2"),
    ("dng", "image/x-adobe-dng"),
    ("pef", "image/x-pentax-pef"),
    ("srw", "image/x-samsung-srw"),
    ("3fr", "image/x-hasselblad-3fr"),
    ("iiq", "image/x-phaseone-iiq"),
    ("orf", "image/x-olympus-orf"),
    ("rw2", "image/x-panasonic-rw2"),
];

/// Guesses what a file is from its first bytes (512 are enough) and its name.
/// A file that is no known medium is [`ClipKind::Other`].
#[must_use]
pub fn sniff(head: &[u8], path: &Path) -> Sniffed {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    tiff_family(head, &extension)
        .or_else(|| picture(head))
        .or_else(|| boxes(head))
        .or_else(|| riff(head))
        .or_else(|| stream(head))
        .unwrap_or(Sniffed { kind: ClipKind::Other, mime: "application/octet-stream" })
}

impl Sniffed {
    /// Whether this is a camera RAW file, whose embedded preview stands for it.
    #[must_use]
    pub fn is_raw(self) -> bool {
        RAW_NAMES.iter().any(|(_, mime)| *mime == self.mime)
            || matches!(self.mime, "image/x-canon-cr3" | "image/x-fuji-raf")
    }

    /// Whether this is a picture in ISO boxes: HEIC or AVIF.
    #[must_use]
    pub fn is_boxed_picture(self) -> bool {
        matches!(self.mime, "image/heic" | "image/avif")
    }
}

fn tiff_family(head: &[u8], extension: &str) -> Option<Sniffed> {
    let tiff = [&b"II*\0"[..], b"MM\0*", b"IIRO", b"IIRS", b"MMOR", b"IIU\0"];
    if !tiff.iter().any(|magic| head.starts_with(magic)) {
        return None;
    }
    let raw = RAW_NAMES.iter().find(|(name, _)| *name == extension);
    is(ClipKind::Picture, raw.map_or("image/tiff", |(_, mime)| mime))
}

fn picture(head: &[u8]) -> Option<Sniffed> {
    let known = [
        (&b"\xff\xd8\xff"[..], "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
        (b"\xff\x0a", "image/jxl"),
        (b"\0\0\0\x0cJXL ", "image/jxl"),
    ];
    if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
        return is(ClipKind::Picture, "image/bmp");
    }
    let found = known.iter().find(|(magic, _)| head.starts_with(magic))?;
    is(ClipKind::Picture, found.1)
}

fn boxes(head: &[u8]) -> Option<Sniffed> {
    let brand = match head.get(4..8)? {
        b"ftyp" => head.get(8..12)?,
        b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot" => {
            return is(ClipKind::Video, "video/quicktime");
        }
        _ => return None,
    };
    match brand {
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
            let avif = head.windows(4).take(64).any(|word| word == b"avif");
            is(ClipKind::Picture, if avif { "image/avif" } else { "image/heic" })
        }
        b"avif" | b"avis" => is(ClipKind::Picture, "image/avif"),
        b"crx " => is(ClipKind::Picture, "image/x-canon-cr3"),
        b"qt  " => is(ClipKind::Video, "video/quicktime"),
        b"M4A " | b"M4B " | b"M4P " => is(ClipKind::Audio, "audio/mp4"),
        [b'3', b'g', ..] => is(ClipKind::Video, "video/3gpp"),
        _ => is(ClipKind::Video, "video/mp4"),
    }
}

fn riff(head: &[u8]) -> Option<Sniffed> {
    let form = head.get(8..12)?;
    match (&head[..4], form) {
        (b"RIFF", b"WEBP") => is(ClipKind::Picture, "image/webp"),
        (b"RIFF" | b"RF64" | b"BW64", b"WAVE") => is(ClipKind::Audio, "audio/wav"),
        (b"RIFF", b"AVI ") => is(ClipKind::Video, "video/x-msvideo"),
        (b"FORM", b"AIFF" | b"AIFC") => is(ClipKind::Audio, "audio/aiff"),
        _ => None,
    }
}

fn stream(head: &[u8]) -> Option<Sniffed> {
    let known = [
        (&b"\x1a\x45\xdf\xa3"[..], ClipKind::Video, "video/x-matroska"),
        (b"\x06\x0e\x2b\x34", ClipKind::Video, "application/mxf"),
        (b"\0\0\x01\xba", ClipKind::Video, "video/mpeg"),
        (b"FLV\x01", ClipKind::Video, "video/x-flv"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ClipKind::Video, "video/x-ms-asf"),
        (b"ID3", ClipKind::Audio, "audio/mpeg"),
        (b"fLaC", ClipKind::Audio, "audio/flac"),
        (b"OggS", ClipKind::Audio, "audio/ogg"),
        (b"#!AMR", ClipKind::Audio, "audio/amr"),
        (b"caff", ClipKind::Audio, "audio/x-caf"),
    ];
    if let Some((_, kind, mime)) = known.iter().find(|(magic, ..)| head.starts_with(magic)) {
        let webm = *mime == "video/x-matroska" && head.windows(4).take(64).any(|word| word == b"webm");
        return is(*kind, if webm { "video/webm" } else { mime });
    }
    let packets =
        |first: usize, step: usize| (0..2).all(|index| head.get(first + index * step) == Some(&0x47));
    if packets(0, 188) || packets(4, 192) {
        return is(ClipKind::Video, "video/mp2t");
    }
    match head {
        [0xff, second, ..] if second & 0xf6 == 0xf0 => is(ClipKind::Audio, "audio/aac"),
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => {
            is(ClipKind::Audio, "audio/mpeg")
        }
        _ => None,
    }
}
