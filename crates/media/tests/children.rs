//! Laws of the child processes: none outlives us, none becomes a zombie, none blocks on a full pipe.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use satchel_jobs::Gauge;
use satchel_media::{MediaError, Tools, driver};

const HELPER: &str = "SATCHEL_TEST_RENDERS_TO";

/// Processes whose command line names `token`, zombies left out.
fn alive(token: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(token) && state(pid) != Some('Z') {
            found.push(pid);
        }
    }
    found
}

fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.trim().chars().next()
}

fn wait_until(limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let clock = Instant::now();
    while clock.elapsed() < limit {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// A job that lasts an hour.
fn endless(out: &Path) -> Vec<OsString> {
    let words = ["-re", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10", "-t", "3600", "-f", "mp4", "-y"];
    let mut args: Vec<OsString> = words.map(OsString::from).into();
    args.push(out.into());
    args
}

/// Not a law of its own: the parent that the next law kills.
#[tokio::test]
async fn helper_that_renders_until_it_is_killed() {
    let Some(out) = std::env::var_os(HELPER).map(PathBuf::from) else { return };
    let tools = Tools::find(None).await.unwrap();
    let _ = driver::run(&tools.ffmpeg, &endless(&out), &Gauge::default(), 3_600_000_000).await;
}

#[test]
fn a_killed_program_takes_its_ffmpeg_along() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("orphan-of-a-killed-parent.mp4");
    let token = out.to_string_lossy().into_owned();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "helper_that_renders_until_it_is_killed"])
        .env(HELPER, &out)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(wait_until(Duration::from_secs(20), || !alive(&token).is_empty()), "the job has begun");
    let nice = alive(&token)[0];
    let stat = std::fs::read_to_string(format!("/proc/{nice}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    assert_eq!(fields[16], "10", "the job is polite");

    // SIGKILL: the parent has no time to clean up.
    parent.kill().unwrap();
    parent.wait().unwrap();

    assert!(wait_until(Duration::from_secs(5), || alive(&token).is_empty()), "{:?} lives on", alive(&token));
}

#[test]
fn a_job_whose_thread_ends_goes_on() {
    // The death wish of a child belongs to the thread that started it: a runtime that ends must not
    // take another runtime's children along.
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("long.mp4");
    let short = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(Tools::find(None)).unwrap()
    });
    let tools = short.join().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let gauge = Gauge::default();
    let (args, worker, ffmpeg) = (endless(&out), gauge.clone(), tools.ffmpeg);
    let job = runtime.spawn(async move { driver::run(&ffmpeg, &args, &worker, 3_600_000_000).await });

    assert!(wait_until(Duration::from_secs(20), || gauge.done() > 500_000), "it works");
    gauge.ask_to_stop();

    assert_eq!(runtime.block_on(job).unwrap(), Err(MediaError::Stopped));
    assert!(alive(&out.to_string_lossy()).is_empty());
    assert!(std::fs::metadata(&out).unwrap().len() > 100, "stopped by q, the file was closed properly");
}

#[tokio::test]
async fn a_dropped_job_kills_its_ffmpeg() {
    let dir = tempfile::tempdir().unwrap();
    let tools = Tools::find(None).await.unwrap();
    let out = dir.path().join("dropped.mp4");
    let token = out.to_string_lossy().into_owned();
    let (args, gauge) = (endless(&out), Gauge::default());
    let job = tokio::spawn({
        let gauge = gauge.clone();
        async move { driver::run(&tools.ffmpeg, &args, &gauge, 3_600_000_000).await }
    });
    while gauge.done() == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    job.abort();
    let _ = job.await;

    let gone =
        tokio::task::spawn_blocking(move || wait_until(Duration::from_secs(5), || alive(&token).is_empty()));
    assert!(gone.await.unwrap());
}

/// A program that is not FFmpeg but is started like it.
fn fake(dir: &Path, script: &str) -> PathBuf {
    let path = dir.join("fake");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn a_program_that_talks_without_end_does_not_block() {
    let dir = tempfile::tempdir().unwrap();
    let program = fake(
        dir.path(),
        "head -c 10000000 /dev/zero | tr '\\0' 'x' >&2\nyes same | head -500000 >&2\necho out_time_us=5\nexit 3",
    );
    let gauge = Gauge::default();

    let outcome =
        tokio::time::timeout(Duration::from_secs(30), driver::run(&program, &[], &gauge, 1_000)).await;

    let Ok(Err(MediaError::ToolFailed { code, tail, .. })) = outcome else { panic!("{outcome:?}") };
    assert_eq!(code, "3");
    assert!(tail.len() < 10_000 && tail.ends_with("same"), "the ring is small");
    assert_eq!(gauge.done(), 5);
}

#[tokio::test]
async fn a_program_deaf_to_every_request_is_killed_in_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let program = fake(dir.path(), "trap '' TERM\nwhile true; do sleep 1; done");
    let gauge = Gauge::default();
    let stop = gauge.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.ask_to_stop();
    });
    let clock = Instant::now();

    let outcome = driver::run(&program, &[], &gauge, 1_000).await;

    assert_eq!(outcome, Err(MediaError::Stopped));
    assert!(clock.elapsed() < Duration::from_secs(10), "three seconds a rung: {:?}", clock.elapsed());
    assert!(alive(&program.to_string_lossy()).is_empty());
}

#[tokio::test]
async fn a_full_disk_is_called_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let program =
        fake(dir.path(), "echo 'av_interleaved_write_frame(): No space left on device' >&2\nexit 228");

    assert_eq!(driver::run(&program, &[], &Gauge::default(), 1).await, Err(MediaError::DiskFull));
}

#[tokio::test]
async fn many_short_jobs_leave_no_zombies() {
    for _ in 0..40 {
        driver::ask(Path::new("true"), &[], Duration::from_secs(10), 0).await.unwrap();
    }
    let late = driver::ask(Path::new("sleep"), &["30".into()], Duration::from_millis(200), 0).await;
    assert!(matches!(late, Err(MediaError::TooSlow { .. })));

    let me = std::process::id().to_string();
    let zombies = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.next() == Some("Z")
            && fields.next() == Some(&me)
            && (stat.contains("(true)") || stat.contains("(sleep)"))
    });
    assert_eq!(zombies.count(), 0);
}
