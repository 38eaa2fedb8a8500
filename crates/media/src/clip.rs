//! Small pictures and the smooth small copy of a video.

use std::ffi::OsString;
use std::path::Path;

use satchel_jobs::Gauge;
use satchel_terms::ClipKind;

use crate::driver::{ask, file_arg, run, words};
use crate::error::{MediaError, name_of};
use crate::ffprobe::{self, LOOK};
use crate::part::Part;
use crate::probe::{MediaFacts, apart};
use crate::still::{self, Showable, StillOut};
use crate::tools::{H264, Tools};

/// Shortest edge of a proxy, in pixels.
const PROXY_EDGE: u32 = 540;
/// How much shorter than its source a proxy may be, in milliseconds.
const TOLERANCE_MS: u64 = 1_000;

/// Makes small pictures from a video: a frame one second in, or at a tenth of a shorter clip.
///
/// # Errors
/// [`MediaError::Unreadable`] when no frame can be decoded, [`MediaError::TooSlow`],
/// [`MediaError::DiskFull`].
pub async fn make_clip_stills(
    tools: &Tools,
    source: &Path,
    facts: &MediaFacts,
    outs: &[StillOut],
) -> Result<Showable, MediaError> {
    let name = name_of(source);
    let at_ms = (facts.duration_ms.unwrap_or(0) / 10).min(1_000);
    let mut bytes = frame(tools, source, at_ms, facts.hdr).await.unwrap_or_default();
    if bytes.is_empty() && at_ms > 0 {
        bytes = frame(tools, source, 0, facts.hdr).await?;
    }
    if bytes.is_empty() {
        return Err(MediaError::Unreadable { name, why: "no frame could be decoded".into() });
    }
    let picture = apart(&name, {
        let name = name.clone();
        move || still::from_png(&name, bytes)
    })
    .await??;
    still::write_all(&name, picture, outs).await
}

/// Makes the small copy that plays and steps smoothly: H.264 constrained baseline, shortest edge 540,
/// a key frame every half second, no B frames, AAC, index in front, the source's own frame times.
/// Sound alone becomes AAC in the same container.
///
/// The gauge counts microseconds. A stopped or failed job leaves nothing at `out`.
///
/// # Errors
/// [`MediaError::Stopped`], [`MediaError::Short`] when the source breaks off, [`MediaError::ToolFailed`],
/// [`MediaError::DiskFull`], [`MediaError::Unreadable`] for stills and other files.
pub async fn make_proxy(
    tools: &Tools,
    source: &Path,
    facts: &MediaFacts,
    out: &Path,
    gauge: &Gauge,
) -> Result<MediaFacts, MediaError> {
    let duration_ms = facts.duration_ms.unwrap_or(0);
    let picture = match facts.kind {
        ClipKind::Video => true,
        ClipKind::Audio => false,
        _ => {
            return Err(MediaError::Unreadable { name: name_of(source), why: "not a video or sound".into() });
        }
    };
    gauge.enter("proxy");
    let part = Part::beside(out)?;
    let mut args = vec![OsString::from("-i"), file_arg(source)];
    if picture {
        args.extend(words(["-map", "0:v:0"]));
        args.extend(picture_args(tools.encoder()?, facts));
    }
    if facts.has_audio {
        args.extend(words(["-map", "0:a:0", "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-ar", "48000"]));
    }
    args.extend(words(["-sn", "-dn", "-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", "-y"]));
    args.push(part.path().into());
    run(&tools.ffmpeg, &args, gauge, duration_ms * 1_000).await?;
    gauge.enter("checking");
    let made = check(tools, part.path(), facts).await?;
    gauge.check()?;
    part.keep()?;
    let _ = gauge.reach(duration_ms * 1_000);
    Ok(made)
}

/// Looks at the finished proxy: exit code 0 is not success.
async fn check(tools: &Tools, path: &Path, source: &MediaFacts) -> Result<MediaFacts, MediaError> {
    let packets = ffprobe::count(tools, path).await?;
    let got_ms = packets.duration_ms().unwrap_or(0);
    let expected_ms = source.duration_ms.unwrap_or(0);
    let frames = packets.picture().and_then(|stream| stream.nb_read_packets.as_ref()?.parse::<u64>().ok());
    let blank = source.kind == ClipKind::Video && frames.unwrap_or(0) == 0;
    if blank || got_ms + TOLERANCE_MS < expected_ms {
        return Err(MediaError::Short { expected_ms, got_ms });
    }
    let mut made = source.clone();
    made.mime = if source.kind == ClipKind::Video { "video/mp4" } else { "audio/mp4" }.to_owned();
    made.codec = packets.picture().or(packets.sound()).and_then(|stream| stream.codec_name.clone());
    made.width = packets.picture().and_then(|stream| stream.width);
    made.height = packets.picture().and_then(|stream| stream.height);
    (made.duration_ms, made.rotation, made.hdr) = (Some(got_ms), 0, false);
    Ok(made)
}

fn picture_args(encoder: H264, facts: &MediaFacts) -> Vec<OsString> {
    let scale = format!(
        "scale=w='if(gt(iw,ih),-2,min({PROXY_EDGE},trunc(iw/2)*2))':h='if(gt(iw,ih),min({PROXY_EDGE},trunc(ih/2)*2),-2)'"
    );
    let filter = format!("{}{scale},setsar=1,format=yuv420p", tone_map(facts.hdr));
    let (frames, per) = facts.rate.unwrap_or((25, 1));
    let half_second = (frames / per.max(1) / 2).clamp(1, 60).to_string();
    let mut args = vec![OsString::from("-vf"), filter.into()];
    args.extend(words(["-fps_mode", "vfr", "-bf", "0", "-g", &half_second]));
    args.extend(words(["-force_key_frames", "expr:gte(t,n_forced*0.5)"]));
    args.extend(encode(encoder, "baseline", 24));
    args
}

/// Encoder, profile and quality for one picture stream.
pub(crate) fn encode(encoder: H264, profile: &str, quality: u8) -> Vec<OsString> {
    let mut args: Vec<OsString> = words(["-c:v", encoder.name()]).collect();
    match encoder {
        H264::X264 => {
            args.extend(words(["-preset", "veryfast", "-sc_threshold", "0"]));
            args.extend(words(["-crf", &quality.to_string(), "-profile:v", profile]));
        }
        H264::VideoToolbox => args.extend(words(["-b:v", "4M", "-profile:v", profile])),
        H264::MediaFoundation | H264::OpenH264 => args.extend(words(["-b:v", "4M"])),
    }
    args
}

/// The filters that bring PQ and HLG to an ordinary screen; empty for ordinary pictures.
pub(crate) const fn tone_map(hdr: bool) -> &'static str {
    if !hdr {
        return "";
    }
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,\
     zscale=t=bt709:m=bt709:r=tv,format=yuv420p,"
}

/// One upright frame as PNG; empty when there is none at that time.
async fn frame(tools: &Tools, source: &Path, at_ms: u64, hdr: bool) -> Result<Vec<u8>, MediaError> {
    let at = format!("{}.{:03}", at_ms / 1_000, at_ms % 1_000);
    let filter = format!("{}scale=w='min(1280,iw)':h=-2,setsar=1", tone_map(hdr));
    let mut args: Vec<OsString> =
        words(["-hide_banner", "-nostdin", "-v", "error", "-ss", &at, "-i"]).collect();
    args.push(file_arg(source));
    args.extend(words(["-map", "0:v:0", "-frames:v", "1", "-vf", &filter, "-an", "-f", "image2pipe"]));
    args.extend(words(["-c:v", "png", "-pix_fmt", "rgb24", "pipe:1"]));
    ask(&tools.ffmpeg, &args, LOOK, 64 << 20).await
}
