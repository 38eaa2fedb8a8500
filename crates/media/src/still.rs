//! Thumbnails and posters of stills: opened within limits, turned upright, made small.

use std::io::{BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage};
use satchel_terms::ClipKind;

use crate::driver::{ask, file_arg, words};
use crate::embedded;
use crate::error::{MediaError, disk, name_of};
use crate::exif;
use crate::ffprobe::LOOK;
use crate::part::Part;
use crate::probe::{apart, sniff_file};
use crate::sniff::Sniffed;
use crate::tools::Tools;

/// Longest edge of a thumbnail, in pixels.
pub const THUMB_EDGE: u32 = 256;
/// Longest edge of a poster, in pixels.
pub const POSTER_EDGE: u32 = 640;
/// Most pixels of a picture that is opened: 200 megapixels.
pub const MOST_PIXELS: u64 = 200_000_000;
/// Most memory for one opened picture, in bytes.
const MOST_MEMORY: u64 = 1_200_000_000;
/// Quality of the JPEGs that are made.
const QUALITY: u8 = 82;

/// One small picture to make, always a JPEG in sRGB as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillOut {
    /// Longest edge in pixels; a smaller picture is not enlarged.
    pub edge: u32,
    /// Where it goes. It appears there whole or not at all.
    pub path: PathBuf,
}

/// Whether a picture can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showable {
    /// The small pictures are there. The upright size of what they were made from.
    Made {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The kind cannot be shown on this laptop yet (HEIC with an older FFmpeg, RAW without preview).
    /// The original is kept all the same.
    NotYet,
}

/// Makes small pictures of a still, decoding it once.
///
/// RAW files give their embedded preview; AVIF goes through FFmpeg, HEIC only through FFmpeg 8 or newer
/// (older ones show one tile of it).
///
/// # Errors
/// [`MediaError::TooLarge`] above 200 megapixels, [`MediaError::Unreadable`], [`MediaError::Empty`],
/// [`MediaError::TooSlow`] after twenty seconds, [`MediaError::DiskFull`].
pub async fn make_stills(tools: &Tools, source: &Path, outs: &[StillOut]) -> Result<Showable, MediaError> {
    let (path, name) = (source.to_path_buf(), name_of(source));
    let sniffed = apart(&name, move || sniff_file(&path)).await??;
    let path = source.to_path_buf();
    let opened = if through_ffmpeg(tools, sniffed) {
        first_frame(tools, source).await.ok()
    } else if sniffed.is_raw() {
        apart(&name, move || preview(&path)).await?
    } else if sniffed.is_boxed_picture() || sniffed.mime == "image/jxl" || sniffed.kind != ClipKind::Picture {
        None
    } else {
        Some(apart(&name, move || open(&path)).await??)
    };
    let Some(picture) = opened else {
        return Ok(Showable::NotYet);
    };
    write_all(&name, picture, outs).await
}

/// Writes the small pictures of an upright picture.
pub(crate) async fn write_all(
    name: &str,
    picture: DynamicImage,
    outs: &[StillOut],
) -> Result<Showable, MediaError> {
    let outs = outs.to_vec();
    apart(name, move || {
        let made = Showable::Made { width: picture.width(), height: picture.height() };
        for out in &outs {
            write_one(&picture, out)?;
        }
        Ok(made)
    })
    .await?
}

/// Stored width and height from the header alone.
pub(crate) fn dimensions(path: &Path) -> Result<(u32, u32), MediaError> {
    reader(path)?.into_dimensions().map_err(|error| unreadable(path, &error))
}

/// Decodes a PNG that came through a pipe.
pub(crate) fn from_png(name: &str, bytes: Vec<u8>) -> Result<DynamicImage, MediaError> {
    let reader = ImageReader::with_format(Cursor::new(bytes), image::ImageFormat::Png);
    reader.decode().map_err(|error| MediaError::Unreadable { name: name.to_owned(), why: error.to_string() })
}

/// Opens a still upright, at most `edge` pixels on its longest side.
pub(crate) fn open_within(path: &Path, edge: u32) -> Result<DynamicImage, MediaError> {
    Ok(shrink(&open(path)?, edge))
}

/// Writes a picture as JPEG to `path`, which must not matter to anybody yet.
pub(crate) fn write_jpeg(picture: &DynamicImage, path: &Path) -> Result<(), MediaError> {
    let file = std::fs::File::create(path).map_err(|error| disk("write", path, &error))?;
    let mut out = BufWriter::new(file);
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&flat(picture)).map_err(
        |error| match error {
            ImageError::IoError(error) => disk("write", path, &error),
            other => unreadable(path, &other),
        },
    )?;
    out.flush().map_err(|error| disk("write", path, &error))
}

fn through_ffmpeg(tools: &Tools, sniffed: Sniffed) -> bool {
    sniffed.mime == "image/avif"
        || sniffed.mime == "image/heic" && tools.major.is_some_and(|major| major >= 8)
}

fn reader(path: &Path) -> Result<ImageReader<std::io::BufReader<std::fs::File>>, MediaError> {
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    reader.map_err(|error| disk("read", path, &error))
}

fn unreadable(path: &Path, error: &ImageError) -> MediaError {
    MediaError::Unreadable { name: name_of(path), why: error.to_string() }
}

fn open(path: &Path) -> Result<DynamicImage, MediaError> {
    let mut reader = reader(path)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(path, &error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS {
        return Err(MediaError::TooLarge { name: name_of(path), megapixels: pixels / 1_000_000 });
    }
    let turn = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(path, &error))?;
    picture.apply_orientation(turn);
    Ok(picture)
}

fn preview(path: &Path) -> Option<DynamicImage> {
    let mut picture = embedded::largest_jpeg(path, MOST_PIXELS)?;
    let orientation = exif::of_picture(path).orientation;
    if let Some(turn) = image::metadata::Orientation::from_exif(orientation) {
        picture.apply_orientation(turn);
    }
    Some(picture)
}

async fn first_frame(tools: &Tools, source: &Path) -> Result<DynamicImage, MediaError> {
    let mut args: Vec<_> = words(["-hide_banner", "-nostdin", "-v", "error", "-i"]).collect();
    args.push(file_arg(source));
    args.extend(words(["-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-pix_fmt", "rgb24", "pipe:1"]));
    let bytes = ask(&tools.ffmpeg, &args, LOOK, 256 << 20).await?;
    let name = name_of(source);
    apart(&name.clone(), move || from_png(&name, bytes)).await?
}

fn write_one(picture: &DynamicImage, out: &StillOut) -> Result<(), MediaError> {
    let part = Part::beside(&out.path)?;
    write_jpeg(&shrink(picture, out.edge), part.path())?;
    part.keep()
}

fn shrink(picture: &DynamicImage, edge: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= edge {
        return picture.clone();
    }
    picture.thumbnail(edge, edge)
}

/// Lays a picture with see-through parts on white.
fn flat(picture: &DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.to_rgb8());
    }
    let clear = picture.to_rgba8();
    let mut white = RgbImage::new(clear.width(), clear.height());
    for (pixel, out) in clear.pixels().zip(white.pixels_mut()) {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        let over = |value: u32| u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255);
        out.0 = [over(red), over(green), over(blue)];
    }
    DynamicImage::ImageRgb8(white)
}
