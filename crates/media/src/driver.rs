//! Runs FFmpeg: both pipes drained from the first byte, progress read from `-progress`, a ring of the
//! last lines it said, and a ladder of ever firmer requests to stop. The child is always waited for.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use satchel_jobs::Gauge;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::error::MediaError;
use crate::platform::{self, Child};

/// Lines of the program's own words that are kept.
const RING: usize = 200;
/// Bytes kept of one line.
const LINE: usize = 2_000;
/// How often the gauge is asked whether to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How long each rung of the ladder waits.
const RUNG: Duration = Duration::from_secs(3);
/// How long a job may say nothing new before it counts as hung.
const SILENCE: Duration = Duration::from_secs(600);

/// The last lines a program said on stderr; repeated lines are counted, not kept.
#[derive(Debug, Default)]
struct Ring {
    lines: VecDeque<String>,
    repeats: u64,
}

impl Ring {
    fn push(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line).trim().to_owned();
        if text.is_empty() {
            return;
        }
        if self.lines.back() == Some(&text) {
            self.repeats += 1;
            return;
        }
        if self.lines.len() == RING {
            self.lines.pop_front();
        }
        self.lines.push_back(text);
    }

    fn tail(&self, count: usize) -> String {
        let skip = self.lines.len().saturating_sub(count);
        self.lines.iter().skip(skip).map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

type SharedRing = Arc<Mutex<Ring>>;

/// Runs `ffmpeg` with `args` until its end, telling the gauge how far it is.
///
/// The gauge counts microseconds of output up to `total_us`, capped at 99 % until the caller has
/// verified and named the result. `-progress` and the log level are added here.
///
/// # Errors
/// [`MediaError::Stopped`] after a stop (the child has ended by then), [`MediaError::ToolFailed`],
/// [`MediaError::DiskFull`], [`MediaError::TooSlow`] when it said nothing new for ten minutes.
pub async fn run(ffmpeg: &Path, args: &[OsString], gauge: &Gauge, total_us: u64) -> Result<(), MediaError> {
    gauge.check()?;
    gauge.set_total(total_us);
    let mut command = Command::new(ffmpeg);
    command.args(["-hide_banner", "-v", "level+warning", "-progress", "pipe:1", "-stats_period", "0.5"]);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(command, ffmpeg).await?;
    let ring = SharedRing::default();
    let moved = Arc::new(Mutex::new(Instant::now()));
    let said = child.stderr().take().map(|pipe| tokio::spawn(keep_lines(pipe, ring.clone())));
    let cap_us = total_us.saturating_sub(total_us / 100);
    let read = child.stdout().take().map(|pipe| {
        let (gauge, moved) = (gauge.clone(), moved.clone());
        tokio::spawn(each_line(pipe, move |line| {
            if let Some(time_us) = progress_us(line) {
                let _ = gauge.reach(time_us.min(cap_us));
                *moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            }
        }))
    });
    let brake = child.stdin().take();
    let outcome = watch(&mut child, brake, gauge, &moved).await;
    finish([said, read]).await;
    judge(ffmpeg, outcome?, &ring)
}

/// Runs a program to its end and gives what it wrote to stdout, at most `most` bytes.
///
/// # Errors
/// [`MediaError::TooSlow`] after `limit` (the child is killed), [`MediaError::ToolFailed`],
/// [`MediaError::ToolMissing`].
pub async fn ask(
    program: &Path,
    args: &[OsString],
    limit: Duration,
    most: usize,
) -> Result<Vec<u8>, MediaError> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(command, program).await?;
    let ring = SharedRing::default();
    let said = child.stderr().take().map(|pipe| tokio::spawn(keep_lines(pipe, ring.clone())));
    let wrote = child.stdout().take().map(|pipe| tokio::spawn(keep_bytes(pipe, most)));
    let ended = timeout(limit, child.wait()).await;
    let status = match ended {
        Ok(status) => status.map_err(|error| broken(program, &error))?,
        Err(_) => {
            kill(&mut child).await;
            finish([said, None]).await;
            return Err(MediaError::TooSlow { name: tool_name(program) });
        }
    };
    finish([said, None]).await;
    let bytes = match wrote {
        Some(task) => timeout(RUNG, task).await.ok().and_then(Result::ok).unwrap_or_default(),
        None => Vec::new(),
    };
    judge(program, Ended::ByItself(status), &ring).map(|()| bytes)
}

enum Ended {
    ByItself(ExitStatus),
    OnRequest,
    Hung,
}

/// Waits for the end, looking at the gauge meanwhile.
async fn watch(
    child: &mut Child,
    brake: Option<ChildStdin>,
    gauge: &Gauge,
    moved: &Mutex<Instant>,
) -> Result<Ended, MediaError> {
    loop {
        let silent = moved.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        if gauge.is_stopping() {
            stop(child, brake).await;
            return Ok(Ended::OnRequest);
        }
        if silent > SILENCE {
            stop(child, brake).await;
            return Ok(Ended::Hung);
        }
        tokio::select! {
            status = child.wait() => {
                let status = status.map_err(|error| broken(Path::new("ffmpeg"), &error))?;
                return Ok(Ended::ByItself(status));
            }
            () = sleep(LOOK) => {}
        }
    }
}

/// The ladder: `q`, then SIGTERM, then SIGKILL, three seconds each; ends with the child waited for.
async fn stop(child: &mut Child, brake: Option<ChildStdin>) {
    if let Some(mut brake) = brake {
        let _ = brake.write_all(b"q").await;
        let _ = brake.shutdown().await;
    }
    if timeout(RUNG, child.wait()).await.is_ok() {
        return;
    }
    platform::ask_to_end(child);
    if timeout(RUNG, child.wait()).await.is_err() {
        kill(child).await;
    }
}

/// Kills the group and reaps it.
async fn kill(child: &mut Child) {
    let _ = child.start_kill();
    if timeout(RUNG, child.wait()).await.is_err() {
        tracing::error!("a killed program does not end");
    }
}

async fn start(command: Command, program: &Path) -> Result<Child, MediaError> {
    platform::spawn(command).await.map_err(|error| broken(program, &error))
}

fn broken(program: &Path, error: &std::io::Error) -> MediaError {
    let tool = tool_name(program);
    if error.kind() == std::io::ErrorKind::NotFound {
        return MediaError::ToolMissing { tool };
    }
    MediaError::ToolFailed { tool, code: "start".into(), tail: error.to_string() }
}

fn tool_name(program: &Path) -> String {
    program.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn judge(program: &Path, ended: Ended, ring: &SharedRing) -> Result<(), MediaError> {
    let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
    if ring.repeats > 0 {
        tracing::debug!(repeats = ring.repeats, "repeated lines were left out");
    }
    match ended {
        Ended::OnRequest => Err(MediaError::Stopped),
        Ended::Hung => Err(MediaError::TooSlow { name: tool_name(program) }),
        Ended::ByItself(status) if status.success() => Ok(()),
        Ended::ByItself(_) if ring.lines.iter().any(|line| line.contains("No space left on device")) => {
            Err(MediaError::DiskFull)
        }
        Ended::ByItself(status) => Err(MediaError::ToolFailed {
            tool: tool_name(program),
            code: status.code().map_or_else(|| status.to_string(), |code| code.to_string()),
            tail: ring.tail(20),
        }),
    }
}

/// Waits shortly for the pipe readers; a grandchild may hold a pipe open longer.
async fn finish(tasks: [Option<JoinHandle<()>>; 2]) {
    for task in tasks.into_iter().flatten() {
        let quit = task.abort_handle();
        if timeout(RUNG, task).await.is_err() {
            quit.abort();
        }
    }
}

async fn keep_lines(pipe: impl AsyncRead + Unpin, ring: SharedRing) {
    each_line(pipe, |line| ring.lock().unwrap_or_else(PoisonError::into_inner).push(line)).await;
}

/// Reads to the end, keeping no more than `most` bytes but draining all.
async fn keep_bytes(mut pipe: impl AsyncRead + Unpin, most: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
        let room = most.saturating_sub(kept.len()).min(count);
        kept.extend_from_slice(&chunk[..room]);
    }
    kept
}

/// Calls `each` for every line, cut at [`LINE`] bytes; `\r` ends a line too.
async fn each_line(mut pipe: impl AsyncRead + Unpin, mut each: impl FnMut(&[u8])) {
    let mut line = Vec::with_capacity(LINE);
    let mut chunk = vec![0; 8 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
        for byte in &chunk[..count] {
            match byte {
                b'\n' | b'\r' => {
                    each(&line);
                    line.clear();
                }
                _ if line.len() < LINE => line.push(*byte),
                _ => {}
            }
        }
    }
    each(&line);
}

/// The time of a `-progress` line `out_time_us=…`, in microseconds.
fn progress_us(line: &[u8]) -> Option<u64> {
    std::str::from_utf8(line).ok()?.strip_prefix("out_time_us=")?.trim().parse().ok()
}

/// The argument that names a file, safe from being read as an option, a protocol or a pattern.
#[must_use]
pub fn file_arg(path: &Path) -> OsString {
    let mut arg = OsString::from("file:");
    arg.push(path);
    arg
}

/// Turns words into arguments.
pub(crate) fn words<const N: usize>(words: [&str; N]) -> impl Iterator<Item = OsString> {
    words.into_iter().map(OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_keeps_the_last_lines_and_counts_repeats() {
        let mut ring = Ring::default();
        for index in 0..300 {
            ring.push(format!("line {index}").as_bytes());
            ring.push(format!("line {index}").as_bytes());
        }

        assert_eq!(ring.lines.len(), RING);
        assert_eq!(ring.repeats, 300);
        assert_eq!(ring.tail(1), "line 299");
    }

    #[test]
    fn an_unknown_time_is_no_progress() {
        assert_eq!(progress_us(b"out_time_us=1500000"), Some(1_500_000));
        assert_eq!(progress_us(b"out_time_us=N/A"), None);
        assert_eq!(progress_us(b"out_time_us=-5"), None);
    }
}
