//! The facts of a clip: what it is, how large, how long, when and with what it was made.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use satchel_terms::{ClipKind, Stamp};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::error::{MediaError, disk, name_of};
use crate::exif::{self, Notes};
use crate::ffprobe::{self, LOOK};
use crate::sniff::{HEAD, Sniffed, sniff};
use crate::tools::Tools;
use crate::{isobox, still};

/// The facts of a clip. Never where it was taken: only whether the file says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaFacts {
    /// What it is.
    pub kind: ClipKind,
    /// The media type by its content, such as `image/jpeg`.
    pub mime: String,
    /// Pixels across, upright as shown; `None` for sound or when not known.
    pub width: Option<u32>,
    /// Pixels down, upright as shown.
    pub height: Option<u32>,
    /// Running time in milliseconds; `None` for stills.
    pub duration_ms: Option<u64>,
    /// Frames and seconds of the picture rate: (30000, 1001). `None` for stills and sound.
    pub rate: Option<(u32, u32)>,
    /// Degrees clockwise that turn the stored pixels upright: 0, 90, 180 or 270.
    pub rotation: u16,
    /// Whether there is sound.
    pub has_audio: bool,
    /// The codec of the picture, else of the sound, by FFmpeg's name; `None` for stills.
    pub codec: Option<String>,
    /// Whether it needs tone mapping for an ordinary screen (PQ or HLG).
    pub hdr: bool,
    /// When it was taken.
    pub captured_at: Option<Stamp>,
    /// Whether the time came with its zone; if not, it was read in this laptop's zone.
    pub captured_zone_known: bool,
    /// Maker and model.
    pub camera: Option<String>,
    /// Whether the file says where it was taken.
    pub place_known: bool,
}

impl MediaFacts {
    fn plain(sniffed: Sniffed) -> Self {
        Self {
            kind: sniffed.kind,
            mime: sniffed.mime.to_owned(),
            width: None,
            height: None,
            duration_ms: None,
            rate: None,
            rotation: 0,
            has_audio: false,
            codec: None,
            hdr: false,
            captured_at: None,
            captured_zone_known: false,
            camera: None,
            place_known: false,
        }
    }

    fn note(&mut self, notes: Notes) {
        self.captured_at = notes.captured_at.or(self.captured_at);
        self.captured_zone_known =
            if notes.captured_at.is_some() { notes.zone_known } else { self.captured_zone_known };
        self.camera = notes.camera.or_else(|| self.camera.take());
        self.place_known |= notes.place_known;
    }

    fn sized(&mut self, width: u32, height: u32, rotation: u16) {
        let lies = rotation % 180 == 90;
        self.width = Some(if lies { height } else { width });
        self.height = Some(if lies { width } else { height });
        self.rotation = rotation;
    }
}

/// Looks at a file. It is only read, and no look takes longer than twenty seconds.
///
/// A file that is no known medium is [`ClipKind::Other`], not an error. A picture too large to be
/// opened still gets its facts.
///
/// # Errors
/// [`MediaError::Missing`], [`MediaError::Empty`], [`MediaError::Unreadable`] for a damaged picture
/// header or a container that ffprobe refuses, [`MediaError::TooSlow`].
pub async fn probe(tools: &Tools, path: &Path) -> Result<MediaFacts, MediaError> {
    let (owned, name) = (path.to_path_buf(), name_of(path));
    let sniffed = apart(&name, move || sniff_file(&owned)).await??;
    let owned = path.to_path_buf();
    match sniffed.kind {
        ClipKind::Picture => apart(&name, move || picture(&owned, sniffed)).await?,
        ClipKind::Video | ClipKind::Audio => {
            let mut facts = track(tools, path, sniffed).await?;
            match apart(&name, move || exif::of_track(&owned)).await {
                Ok(notes) => facts.note(notes),
                Err(error) => tracing::warn!(%error, "the camera's notes could not be read"),
            }
            Ok(facts)
        }
        ClipKind::Other => Ok(MediaFacts::plain(sniffed)),
    }
}

/// Runs a reader of foreign bytes on its own thread: a panic or an endless loop there stays there.
pub(crate) async fn apart<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, MediaError> {
    match timeout(LOOK, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(MediaError::Unreadable { name: name.to_owned(), why: error.to_string() }),
        Err(_) => Err(MediaError::TooSlow { name: name.to_owned() }),
    }
}

/// Guesses what a file is.
pub(crate) fn sniff_file(path: &Path) -> Result<Sniffed, MediaError> {
    let mut head = Vec::with_capacity(HEAD);
    File::open(path)
        .and_then(|file| file.take(HEAD as u64).read_to_end(&mut head))
        .map_err(|error| disk("read", path, &error))?;
    if head.is_empty() {
        return Err(MediaError::Empty { name: name_of(path) });
    }
    Ok(sniff(&head, path))
}

fn picture(path: &Path, sniffed: Sniffed) -> Result<MediaFacts, MediaError> {
    let mut facts = MediaFacts::plain(sniffed);
    let notes = exif::of_picture(path);
    let turn = exif::degrees(notes.orientation);
    facts.note(notes);
    if sniffed.is_boxed_picture() {
        if let Some(size) = isobox::size_of(path) {
            facts.sized(size.width, size.height, size.rotation);
        }
        return Ok(facts);
    }
    if sniffed.is_raw() || sniffed.mime == "image/jxl" {
        facts.rotation = turn;
        return Ok(facts);
    }
    let (width, height) = still::dimensions(path)?;
    facts.sized(width, height, turn);
    Ok(facts)
}

async fn track(tools: &Tools, path: &Path, sniffed: Sniffed) -> Result<MediaFacts, MediaError> {
    let answer = ffprobe::look(tools, path).await?;
    let mut facts = MediaFacts::plain(sniffed);
    facts.duration_ms = answer.duration_ms();
    facts.captured_at = answer.captured();
    facts.captured_zone_known = facts.captured_at.is_some();
    facts.place_known = answer.place_known();
    let tags = &answer.format.tags;
    let tag =
        |name: &str| tags.get(&format!("com.apple.quicktime.{name}")).or_else(|| tags.get(name)).cloned();
    facts.camera = exif::camera(tag("make"), tag("model"));
    facts.has_audio = answer.sound().is_some();
    facts.codec = answer.sound().and_then(|sound| sound.codec_name.clone());
    if let Some(picture) = answer.picture() {
        facts.kind = ClipKind::Video;
        facts.rate = picture.rate();
        facts.hdr = picture.is_hdr();
        facts.codec.clone_from(&picture.codec_name);
        facts.sized(picture.width.unwrap_or(0), picture.height.unwrap_or(0), picture.rotation());
    } else if facts.has_audio {
        facts.kind = ClipKind::Audio;
        facts.mime = sound_mime(&answer.format.format_name, sniffed.mime);
    } else {
        return Err(MediaError::Unreadable { name: name_of(path), why: "neither picture nor sound".into() });
    }
    Ok(facts)
}

/// The media type of a container that holds sound alone.
fn sound_mime(format: &str, mime: &str) -> String {
    match format {
        _ if mime.starts_with("audio/") => mime,
        "matroska,webm" => "audio/x-matroska",
        _ if format.contains("mp4") => "audio/mp4",
        _ => mime,
    }
    .to_owned()
}
