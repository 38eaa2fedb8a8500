//! `start` and `memory`: the real program from launch to typing in the last story, and what it then holds in
//! memory, against the engine's own bare browser (MiniBrowser) with one empty text field.

mod browser;
mod processes;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::report::{Direction, Report, millis, percentile};
use super::{Order, page_cache};
use browser::{Browser, Session};

/// The direction: from launch to typing in so many milliseconds.
const START_MS: f64 = 2_500.0;
/// Starts of each side; the first one of the product reads from the disk.
const STARTS: usize = 3;
/// The passphrase of the made-up library: no keyring is asked.
const PASSPHRASE: &str = "correct horse battery";
/// What is typed.
const KEY: &str = "x";
/// The peer's page.
const EMPTY_FIELD: &str = "data:text/html,<textarea autofocus></textarea>";

/// Takes the time from launch to the first character in the last story.
///
/// # Errors
/// When a window does not come or does not take the character.
pub fn measure_start(order: &Order, report: &Report) -> anyhow::Result<()> {
    let stage = match Stage::set(order)? {
        Ok(stage) => stage,
        Err(missing) => {
            report.not_measured(&missing);
            return Ok(());
        }
    };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for turn in 0..STARTS {
        if turn == 0 && page_cache::forget(&stage.files()?) {
            report.fact("before the first start, program and library were taken out of memory");
        }
        let browser = Browser::start(&stage.folder)?;
        ours.push(stage.write_in_the_last_story(&browser)?.1);
        bare.push(write_in_an_empty_field(&browser)?.1);
    }
    let cold = ours[0];
    report.fact(&format!(
        "first start {:.0} ms: page after {:.0} ms, library open and story listed after {:.0} ms, typed \
         {:.0} ms later",
        millis(cold.typed),
        millis(cold.page),
        millis(cold.ready),
        millis(cold.typed - cold.ready)
    ));
    let middle = |starts: &[Steps]| {
        let mut times: Vec<Duration> = starts.iter().map(|steps| steps.typed).collect();
        times.sort_unstable();
        millis(percentile(&times, 0.5))
    };
    let (ours, bare) = (middle(&ours), middle(&bare));
    report.figure(
        "cold start to typing in the last story",
        millis(cold.typed),
        "ms",
        Direction::Below(START_MS),
    );
    report.ratio(
        "satchel ÷ MiniBrowser, middle of three",
        ours / bare,
        &format!("{ours:.0} ms"),
        &format!("MiniBrowser to typing in an empty field {bare:.0} ms"),
    );
    report.fact("both through the same WebDriver on a virtual screen; satchel's time includes the passphrase (Argon2id)");
    Ok(())
}

/// Takes the memory that lies idle after the first character was typed.
///
/// # Errors
/// As [`measure_start`].
pub fn measure_memory(order: &Order, report: &Report) -> anyhow::Result<()> {
    let stage = match Stage::set(order)? {
        Ok(stage) => stage,
        Err(missing) => {
            report.not_measured(&missing);
            return Ok(());
        }
    };
    let rest = Duration::from_secs(if order.is_small { 1 } else { 15 });
    let browser = Browser::start(&stage.folder)?;
    let (session, _) = stage.write_in_the_last_story(&browser)?;
    std::thread::sleep(rest);
    let ours = browser.memory_of_windows()?;
    drop(session);
    let (session, _) = write_in_an_empty_field(&browser)?;
    std::thread::sleep(rest);
    let bare = browser.memory_of_windows()?;
    drop(session);
    report.ratio(
        "satchel ÷ MiniBrowser",
        ours as f64 / bare.max(1) as f64,
        &format!("{} MiB idle", ours >> 20),
        &format!("MiniBrowser with an empty field {} MiB", bare >> 20),
    );
    report.fact(&format!(
        "{} s after the last key; all processes of the window, shared pages in part (PSS)",
        rest.as_secs()
    ));
    Ok(())
}

/// How long it took from the launch to each step.
#[derive(Debug, Clone, Copy)]
struct Steps {
    page: Duration,
    ready: Duration,
    typed: Duration,
}

/// A library with a story, and the program that opens it.
struct Stage {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Stage {
    /// Makes the library, or says what is missing on this machine.
    fn set(order: &Order) -> anyhow::Result<Result<Self, String>> {
        let here = std::env::current_exe()?.parent().context("this program lies in no folder")?.to_owned();
        let (program, ctl) = (here.join("satchel"), here.join("satchelctl"));
        for file in [&program, &ctl] {
            if !file.exists() {
                return Ok(Err(format!("{} is not built", file.display())));
            }
        }
        if let Some(missing) = browser::missing_tool() {
            return Ok(Err(format!("{missing} is not installed")));
        }
        let folder = tempfile::Builder::new().prefix("window-").tempdir_in(&order.folder)?;
        let stage = Self { folder, program };
        stage.ctl(&ctl, &["start-centre", "--centre", "Bench", "--name", "Bench"])?;
        let story = stage.ctl(&ctl, &["new", "The last story"])?;
        let story = story["story"].as_str().context("a new story without id")?.to_owned();
        stage.ctl(&ctl, &["write", &story, "--paragraph", "What was written the day before."])?;
        Ok(Ok(stage))
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    /// Asks the desk without a window.
    fn ctl(&self, ctl: &Path, words: &[&str]) -> anyhow::Result<Value> {
        let said = Command::new(ctl)
            .arg("--json")
            .arg("--library")
            .arg(self.library())
            .args(words)
            .env("SATCHEL_NO_KEYRING", "1")
            .env("SATCHEL_PASSPHRASE", PASSPHRASE)
            .output()?;
        ensure!(said.status.success(), "satchelctl {words:?}: {}", String::from_utf8_lossy(&said.stderr));
        Ok(serde_json::from_slice(&said.stdout).unwrap_or_default())
    }

    /// The files that a start reads of ours.
    fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let library = page_cache::files_of(&self.library())?;
        Ok(library.into_iter().filter(|path| path.is_file()).chain([self.program.clone()]).collect())
    }

    fn write_in_the_last_story<'a>(&self, browser: &'a Browser) -> anyhow::Result<(Session<'a>, Steps)> {
        let start = Instant::now();
        let args = json!(["--library", self.library(), "--language", "en"]);
        let options = json!({"webkitgtk:browserOptions": {"binary": self.program, "args": args}});
        let session = browser.open(&options)?;
        session.enter("input[type=password]", &format!("{PASSPHRASE}\u{E007}"))?;
        let page = start.elapsed();
        session.press("[data-test=room-write]")?;
        session.press(".story-cards .row-title")?;
        let ready = start.elapsed();
        session.enter(".sheet [contenteditable=true]", KEY)?;
        session.wait_for(&format!(
            "const body = document.querySelector('.sheet [contenteditable=true]');
             return !!body && body.innerText.includes('{KEY}')"
        ))?;
        Ok((session, Steps { page, ready, typed: start.elapsed() }))
    }
}

fn write_in_an_empty_field(browser: &Browser) -> anyhow::Result<(Session<'_>, Steps)> {
    let start = Instant::now();
    let session = browser.open(&json!({}))?;
    session.go(EMPTY_FIELD)?;
    let page = start.elapsed();
    session.enter("textarea", KEY)?;
    session.wait_for(&format!("return document.querySelector('textarea').value === '{KEY}'"))?;
    Ok((session, Steps { page, ready: page, typed: start.elapsed() }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_bare_browser_takes_a_character_and_its_memory_is_seen() {
        if let Some(missing) = browser::missing_tool() {
            eprintln!("{missing} is not installed: nothing is tried");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let browser = Browser::start(&folder).unwrap();

        let (session, steps) = write_in_an_empty_field(&browser).unwrap();

        assert!(steps.typed >= steps.page);
        assert!(browser.memory_of_windows().unwrap() > 10 << 20, "a window holds more than 10 MiB");
        drop(session);
        assert_eq!(browser.memory_of_windows().unwrap(), 0, "the window is gone with its session");
    }
}
