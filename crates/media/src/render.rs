//! Renders a cut into one file: one FFmpeg input for every segment, joined by frame count, so that the
//! result is exact to the frame.
//!
//! The same tools make the same bytes of the same sources on any machine, so that a [`Recipe`] can stand for the file:
//! the number of threads is fixed, because the encoder divides its work by it, and no name, date or version is written
//! into the file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use satchel_jobs::Gauge;
use satchel_terms::Hash;
use satchel_wire::{Recipe, RecipeLook};

use crate::clip::{encode, tone_map};
use crate::driver::{file_arg, run, words};
use crate::error::{MediaError, disk, name_of};
use crate::ffprobe;
use crate::part::Part;
use crate::probe::apart;
use crate::still;
use crate::tools::{H264, Tools};

/// Longest filter graph that this system takes as one argument, in bytes: Windows takes 32,767 characters in all, Linux
/// 128 KiB each.
const GRAPH: usize = if cfg!(windows) { 28_000 } else { 120_000 };
/// Most segments of one render: each keeps a file and a decoder open.
const SEGMENTS: usize = 200;
/// The rules of this file; a change that makes other bytes of the same recipe makes it another number.
const RULES: u32 = 1;
/// Threads of the encoder, on every machine.
const THREADS: &str = "8";
/// The containers that are opened. Playlists and lists of files are not: they name other files to read.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,asf,mxf,dv,gxf,\
    h264,hevc,image2,wav,w64,aiff,caf,mp3,aac,ac3,flac,ogg,amr";
/// Most pixels of a decoded frame.
const PIXELS: &str = "134217728";
/// Samples a second of the sound.
const SOUND_HZ: u64 = 48_000;

/// How the pixels of a segment are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// An ordinary video.
    #[default]
    Plain,
    /// PQ or HLG, brought to an ordinary screen ([`crate::MediaFacts::hdr`]).
    Hdr,
    /// A still picture, shown for the whole length.
    Still,
}

/// One piece of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderSegment {
    /// The source file.
    pub path: PathBuf,
    /// Where it starts in the source, in microseconds. Not used for stills.
    pub start_us: u64,
    /// How long it is shown, in microseconds.
    pub length_us: u64,
    /// Whether the source has sound; without, the piece is silent.
    pub has_audio: bool,
    /// How the pixels are to be read.
    pub look: Look,
}

/// A cut to render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderJob {
    /// The pieces in order. Their ends are rounded to the frame on the whole, so that nothing adds up.
    pub segments: Vec<RenderSegment>,
    /// Width and height in pixels, both even; 1280 × 720 by default.
    pub size: (u32, u32),
    /// Frames and seconds of the picture rate; 25/1 by default.
    pub rate: (u32, u32),
    /// Where the MP4 goes. It appears there whole or not at all.
    pub out: PathBuf,
}

impl RenderJob {
    /// A render at 720p25.
    #[must_use]
    pub fn new(segments: Vec<RenderSegment>, out: PathBuf) -> Self {
        Self { segments, size: (1280, 720), rate: (25, 1), out }
    }

    /// The render that a recipe tells of, from sources that lie at `path`.
    #[must_use]
    pub fn of(recipe: &Recipe, path: impl Fn(&Hash) -> PathBuf, out: PathBuf) -> Self {
        let segments = recipe.pieces.iter().map(|piece| RenderSegment {
            path: path(&piece.source),
            start_us: piece.start_us,
            length_us: piece.length_us,
            has_audio: piece.has_audio,
            look: match piece.look {
                RecipeLook::Plain => Look::Plain,
                RecipeLook::Hdr => Look::Hdr,
                RecipeLook::Still => Look::Still,
            },
        });
        Self { segments: segments.collect(), size: recipe.size, rate: recipe.rate, out }
    }

    /// Frames of the whole, rounded at its end.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frame_at(self.segments.iter().map(|segment| segment.length_us).sum())
    }

    /// The frame nearest to a time.
    fn frame_at(&self, time_us: u64) -> u64 {
        let per_second = u128::from(self.rate.1.max(1)) * 1_000_000;
        let frames = (u128::from(time_us) * u128::from(self.rate.0) + per_second / 2) / per_second;
        u64::try_from(frames).unwrap_or(u64::MAX)
    }

    /// The first sample of a frame.
    fn sample_at(&self, frame: u64) -> u64 {
        let samples = u128::from(frame) * u128::from(SOUND_HZ) * u128::from(self.rate.1);
        u64::try_from(samples / u128::from(self.rate.0.max(1))).unwrap_or(u64::MAX)
    }

    /// The first frame of every segment, and the end.
    fn bounds(&self) -> Vec<u64> {
        let ends = self.segments.iter().scan(0_u64, |time, segment| {
            *time += segment.length_us;
            Some(self.frame_at(*time))
        });
        std::iter::once(0).chain(ends).collect()
    }

    fn check(&self) -> Result<(), MediaError> {
        let empty = self.bounds().windows(2).any(|pair| pair[0] >= pair[1]);
        if self.segments.is_empty() || empty || self.rate.0 == 0 || self.rate.1 == 0 {
            return Err(MediaError::NothingToRender);
        }
        if self.segments.len() > SEGMENTS {
            return Err(MediaError::TooManySegments { count: self.segments.len() });
        }
        match self.segments.iter().find(|segment| !segment.path.is_file()) {
            Some(segment) => Err(MediaError::Missing { name: name_of(&segment.path) }),
            None => Ok(()),
        }
    }
}

/// The tools and the rules by which they render: two that say the same make the same bytes of one recipe. None where
/// the encoder belongs to the machine.
#[must_use]
pub fn made_with(tools: &Tools) -> Option<String> {
    let encoder = tools.h264.filter(|encoder| *encoder == H264::X264)?;
    Some(format!("{RULES} {} {} {}", tools.version, encoder.name(), std::env::consts::ARCH))
}

/// What a finished render is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rendered {
    /// Frames, counted in the file.
    pub frames: u64,
    /// Running time in milliseconds.
    pub duration_ms: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Renders a cut: H.264 high, AAC at 48 kHz, index in front. The gauge counts microseconds.
///
/// The finished file is counted frame by frame before it gets its name. A stopped or failed render
/// leaves nothing.
///
/// # Errors
/// [`MediaError::Stopped`], [`MediaError::NothingToRender`], [`MediaError::TooManySegments`],
/// [`MediaError::Missing`], [`MediaError::Short`] when a source breaks off, [`MediaError::ToolFailed`],
/// [`MediaError::DiskFull`].
pub async fn render(tools: &Tools, job: &RenderJob, gauge: &Gauge) -> Result<Rendered, MediaError> {
    job.check()?;
    let total_us: u64 = job.segments.iter().map(|segment| segment.length_us).sum();
    let graph = graph(job);
    if graph.len() > GRAPH {
        return Err(MediaError::TooManySegments { count: job.segments.len() });
    }
    gauge.enter("preparing");
    let part = Part::beside(&job.out)?;
    let stills = upright_stills(job, &part).await?;
    let mut args = inputs(job, &stills);
    args.extend(words(["-filter_complex", &graph, "-map", "[v]", "-map", "[a]"]));
    args.extend(encode(tools.encoder()?, "high", 20));
    args.extend(words(["-threads", THREADS]));
    args.extend(words(["-fps_mode", "cfr", "-r", &format!("{}/{}", job.rate.0, job.rate.1)]));
    args.extend(words(["-g", &(job.rate.0 / job.rate.1 * 2).max(1).to_string()]));
    args.extend(words(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]));
    args.extend(words(["-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"]));
    args.extend(words(["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]));
    args.extend(words(["-map_metadata", "-1", "-map_chapters", "-1"]));
    args.extend(words(["-movflags", "+faststart", "-f", "mp4", "-y"]));
    args.push(part.path().into());
    gauge.enter("rendering");
    run(&tools.ffmpeg, &args, gauge, total_us).await?;
    gauge.enter("checking");
    let rendered = check_result(tools, job, part.path()).await?;
    gauge.check()?;
    part.keep()?;
    let _ = gauge.reach(total_us);
    Ok(rendered)
}

/// Counts the finished file: exit code 0 is not success.
async fn check_result(tools: &Tools, job: &RenderJob, path: &Path) -> Result<Rendered, MediaError> {
    let answer = ffprobe::count(tools, path).await?;
    let packets = answer.picture().and_then(|stream| stream.nb_read_packets.as_ref()?.parse::<u64>().ok());
    let (frames, expected) = (packets.unwrap_or(0), job.frames());
    let in_ms = |frames: u64| frames * 1_000 * u64::from(job.rate.1) / u64::from(job.rate.0);
    if frames != expected || answer.sound().is_none() {
        return Err(MediaError::Short { expected_ms: in_ms(expected), got_ms: in_ms(frames) });
    }
    let bytes = std::fs::metadata(path).map_err(|error| disk("read", path, &error))?.len();
    Ok(Rendered { frames, duration_ms: answer.duration_ms().unwrap_or(0), bytes })
}

/// A still made upright for FFmpeg, removed when the render ends.
struct Upright {
    index: usize,
    part: Part,
}

async fn upright_stills(job: &RenderJob, beside: &Part) -> Result<Vec<Upright>, MediaError> {
    let mut made = Vec::new();
    let edge = job.size.0.max(job.size.1) * 2;
    for (index, segment) in job.segments.iter().enumerate().filter(|(_, segment)| segment.look == Look::Still)
    {
        let part = Part::beside(&beside.path().with_extension("still"))?;
        let (source, target) = (segment.path.clone(), part.path().to_path_buf());
        apart(&name_of(&segment.path), move || {
            still::write_jpeg(&still::open_within(&source, edge)?, &target)
        })
        .await??;
        made.push(Upright { index, part });
    }
    Ok(made)
}

fn inputs(job: &RenderJob, stills: &[Upright]) -> Vec<OsString> {
    let mut args = Vec::new();
    for (index, segment) in job.segments.iter().enumerate() {
        // A little more than needed is read, so that the last frame is there; the graph cuts exactly.
        let length = seconds(segment.length_us.saturating_add(500_000));
        args.extend(words(["-protocol_whitelist", "file", "-format_whitelist", CONTAINERS]));
        args.extend(words(["-max_pixels", PIXELS]));
        if let Some(upright) = stills.iter().find(|still| still.index == index) {
            let rate = format!("{}/{}", job.rate.0, job.rate.1);
            args.extend(words(["-f", "image2", "-pattern_type", "none", "-loop", "1", "-framerate", &rate]));
            args.extend(words(["-t", &length, "-i"]));
            args.push(file_arg(upright.part.path()));
        } else {
            args.extend(words(["-ss", &seconds(segment.start_us), "-t", &length, "-i"]));
            args.push(file_arg(&segment.path));
        }
    }
    args
}

/// The whole filter graph: every segment to the same size, rate and sound, then joined.
fn graph(job: &RenderJob) -> String {
    let (width, height) = job.size;
    let (frames, per) = job.rate;
    let bounds = job.bounds();
    let mut graph = String::new();
    let mut joined = String::new();
    for (index, segment) in job.segments.iter().enumerate() {
        let count = bounds[index + 1] - bounds[index];
        let samples = job.sample_at(bounds[index + 1]) - job.sample_at(bounds[index]);
        let tone = tone_map(segment.look == Look::Hdr);
        // Two frames at the end may be repeated, no more: a source that breaks off must show.
        graph.push_str(&format!(
            "[{index}:v:0]{tone}fps={frames}/{per}:start_time=0,\
             scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2,\
             pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p,\
             tpad=stop=2:stop_mode=clone,trim=end_frame={count},setpts=PTS-STARTPTS[v{index}];"
        ));
        let sound = if segment.has_audio && segment.look != Look::Still {
            format!("[{index}:a:0]aresample=48000:async=1:first_pts=0,apad")
        } else {
            "anullsrc=r=48000:cl=stereo".to_owned()
        };
        graph.push_str(&format!(
            "{sound},aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo,\
             atrim=end_sample={samples},asetpts=PTS-STARTPTS[a{index}];"
        ));
        joined.push_str(&format!("[v{index}][a{index}]"));
    }
    format!("{graph}{joined}concat=n={}:v=1:a=1[v][a]", job.segments.len())
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(length_us: u64) -> RenderSegment {
        let path = PathBuf::from("a.mp4");
        RenderSegment { path, start_us: 0, length_us, has_audio: true, look: Look::Plain }
    }

    #[test]
    fn rounding_of_many_pieces_does_not_add_up() {
        // Twelve pieces of 1.5 s at 25 frames a second are 450 frames, not 12 × 38.
        let job = RenderJob::new(vec![piece(1_500_000); 12], PathBuf::from("out.mp4"));

        assert_eq!(job.frames(), 450);
        assert_eq!(job.bounds().last(), Some(&450));
    }

    #[test]
    fn sound_and_picture_end_together() {
        let mut job = RenderJob::new(vec![piece(1_000_000); 3], PathBuf::from("out.mp4"));
        job.rate = (30_000, 1_001);

        assert_eq!(job.sample_at(30_000), 48_000 * 1_001);
        assert_eq!(job.frames(), 90);
    }
}
