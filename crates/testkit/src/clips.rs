//! Made-up pictures and videos, and the way to real ones.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The folder of real material, if this machine has it: `SATCHEL_SAMPLES`, else `../shared/samples` beside
/// the workspace. Says on standard error what is left out when there is none.
#[must_use]
pub fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let folder = std::env::var_os("SATCHEL_SAMPLES").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return folder.canonicalize().ok();
    }
    eprintln!("no real samples on this machine: only made-up material is tested (set SATCHEL_SAMPLES)");
    None
}

/// Makes an H.264 MP4 with a moving picture, a running second count and a 440 Hz tone: 640×360, 25 fps.
///
/// # Errors
/// When FFmpeg is missing (`SATCHEL_FFMPEG` or `ffmpeg` on the path) or fails.
pub fn video(path: &Path, seconds: u32) -> anyhow::Result<()> {
    let picture = format!("testsrc2=size=640x360:rate=25:duration={seconds}");
    let tone = format!("sine=frequency=440:sample_rate=48000:duration={seconds}");
    ffmpeg(
        path,
        &["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &tone],
        &["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"],
    )
}

/// Makes a sound file with a tone, 48 kHz; the name's ending chooses the format.
///
/// # Errors
/// As [`video`].
pub fn sound(path: &Path, seconds: u32) -> anyhow::Result<()> {
    let tone = format!("sine=frequency=330:sample_rate=48000:duration={seconds}");
    ffmpeg(path, &["-f", "lavfi", "-i", &tone], &[])
}

/// Makes a picture; the name's ending chooses the format. Different seeds give different pictures.
///
/// # Errors
/// As [`video`].
pub fn picture(path: &Path, width: u32, height: u32, seed: u32) -> anyhow::Result<()> {
    let from = seed.wrapping_mul(2_654_435_761) & 0xff_ffff;
    let to = !from & 0xff_ffff;
    let source = format!(
        "gradients=size={width}x{height}:c0=0x{from:06x}:c1=0x{to:06x}:x0=0:y0=0:x1={width}:y1={height}"
    );
    ffmpeg(path, &["-f", "lavfi", "-i", &source], &["-frames:v", "1", "-q:v", "3"])
}

fn ffmpeg(path: &Path, inputs: &[&str], output: &[&str]) -> anyhow::Result<()> {
    let program = std::env::var_os("SATCHEL_FFMPEG").unwrap_or_else(|| "ffmpeg".into());
    let said = Command::new(&program)
        .args(["-hide_banner", "-loglevel", "error", "-y"])
        .args(inputs)
        .args(output)
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    if !said.status.success() {
        bail!("ffmpeg: {}", String::from_utf8_lossy(&said.stderr));
    }
    Ok(())
}
