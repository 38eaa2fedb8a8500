//! Finds FFmpeg and ffprobe and asks what they can do.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::driver::{ask, words};
use crate::error::MediaError;

/// How long a question about version or encoders may take.
const QUESTION: Duration = Duration::from_secs(20);

/// The H.264 encoder that a build of FFmpeg has, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum H264 {
    /// libx264, in GPL builds.
    X264,
    /// The system's encoder on Windows.
    MediaFoundation,
    /// The system's encoder on macOS.
    VideoToolbox,
    /// Cisco's libopenh264: baseline only.
    OpenH264,
}

impl H264 {
    /// Best first.
    const ALL: [Self; 4] = [Self::X264, Self::MediaFoundation, Self::VideoToolbox, Self::OpenH264];

    /// The name FFmpeg knows it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X264 => "libx264",
            Self::MediaFoundation => "h264_mf",
            Self::VideoToolbox => "h264_videotoolbox",
            Self::OpenH264 => "libopenh264",
        }
    }
}

/// FFmpeg and ffprobe, found and asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// The program `ffmpeg`.
    pub ffmpeg: PathBuf,
    /// The program `ffprobe`.
    pub ffprobe: PathBuf,
    /// The version as it names itself, such as `5.1.9-0+deb12u1`.
    pub version: String,
    /// The first number of the version; `None` for a build without numbers.
    pub major: Option<u32>,
    /// The best H.264 encoder there is.
    pub h264: Option<H264>,
}

impl Tools {
    /// Finds the tools: in `setting` (a folder, or the `ffmpeg` program itself), else beside our own
    /// program, else on the `PATH`.
    ///
    /// # Errors
    /// [`MediaError::ToolMissing`] when one of them does not answer to `-version`.
    pub async fn find(setting: Option<&Path>) -> Result<Self, MediaError> {
        let (ffmpeg, ffprobe) = match setting {
            Some(folder) if folder.is_dir() => (program(folder, "ffmpeg"), program(folder, "ffprobe")),
            Some(file) => (file.to_path_buf(), program(file.parent().unwrap_or(Path::new("")), "ffprobe")),
            None => (ffmpeg_sidecar::paths::ffmpeg_path(), ffmpeg_sidecar::ffprobe::ffprobe_path()),
        };
        let spoken = answer(&ffmpeg, ["-hide_banner", "-version"]).await.map_err(|_| missing("ffmpeg"))?;
        answer(&ffprobe, ["-hide_banner", "-version"]).await.map_err(|_| missing("ffprobe"))?;
        let version = version_in(&spoken).ok_or_else(|| missing("ffmpeg"))?.to_owned();
        let major =
            version.trim_start_matches('n').split(['.', '-']).next().and_then(|part| part.parse().ok());
        let encoders = answer(&ffmpeg, ["-hide_banner", "-encoders"]).await?;
        let encoders: BTreeSet<&str> =
            encoders.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
        let h264 = H264::ALL.into_iter().find(|encoder| encoders.contains(encoder.name()));
        Ok(Self { ffmpeg, ffprobe, version, major, h264 })
    }

    /// Encodes one second of a test picture with sound, to nowhere: does the chosen encoder really work?
    ///
    /// # Errors
    /// [`MediaError::ToolMissing`] without any H.264 encoder, else what FFmpeg said.
    pub async fn self_test(&self) -> Result<(), MediaError> {
        let encoder = self.encoder()?;
        let mut args: Vec<OsString> = words(["-hide_banner", "-nostdin", "-v", "error"]).collect();
        args.extend(words(["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1"]));
        args.extend(words(["-f", "lavfi", "-i", "sine=duration=1", "-pix_fmt", "yuv420p"]));
        args.extend(words(["-c:v", encoder.name(), "-c:a", "aac", "-f", "null", "-"]));
        ask(&self.ffmpeg, &args, QUESTION, 0).await.map(drop)
    }

    /// The H.264 encoder.
    pub(crate) fn encoder(&self) -> Result<H264, MediaError> {
        self.h264.ok_or_else(|| missing("libx264"))
    }
}

fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn missing(tool: &str) -> MediaError {
    MediaError::ToolMissing { tool: tool.to_owned() }
}

async fn answer<const N: usize>(program: &Path, args: [&str; N]) -> Result<String, MediaError> {
    let args: Vec<OsString> = words(args).collect();
    let bytes = ask(program, &args, QUESTION, 1 << 20).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The version in `ffmpeg version 5.1.9-0+deb12u1 Copyright …`.
fn version_in(spoken: &str) -> Option<&str> {
    spoken.split_whitespace().skip_while(|word| *word != "version").nth(1)
}
