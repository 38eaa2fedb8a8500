//! `start`, `keys` and `memory`: the real program from launch to typing in the last story, from a key to the word
//! that it is on the disk, and what it then holds in memory, against the engine's own bare browser (MiniBrowser)
//! with one empty text field.

mod browser;
mod processes;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::durable::P95_MS;
use super::laptop::PASSPHRASE;
use super::report::{Direction, Line, Report, Unit, middle, millis, percentile};
use super::{Order, page_cache};
use browser::{Browser, Desktop, Session};

/// The direction: from launch to typing in so many milliseconds.
const START_MS: f64 = 2_500.0;
/// Starts of each side.
const STARTS: usize = 3;
/// What is typed.
const KEY: &str = "x";
/// The peer's page.
const EMPTY_FIELD: &str = "data:text/html,<textarea autofocus></textarea>";
/// Where the story is written.
const SHEET: &str = ".sheet [contenteditable=true]";
/// The window's word that all that was typed is on the disk.
const SAVED: &str = "[data-test=save-fact][data-state=saved]";

/// Takes the time from launch to the first character in the last story.
///
/// # Errors
/// When a window does not come or does not take the character.
pub fn measure_start(order: &Order, report: &Report) -> anyhow::Result<()> {
    for keys in [Keys::Keyring, Keys::Passphrase] {
        let Some(stage) = Stage::set(order, report, keys)? else { return Ok(()) };
        let (ours, bare, is_cold) = starts(&stage, true)?;
        let place = match keys {
            Keys::Keyring => "the keys in the system's keyring",
            Keys::Passphrase => "a passphrase typed on the way",
        };
        tell_starts(report, &format!("cold start to typing in the last story, {place}"), &ours, &bare);
        report.fact(&format!(
            "before every start of either side {}",
            if is_cold {
                "the system gave up all it kept of files (engine, fonts, program, library), as after a start of the machine"
            } else {
                "no memory was given up: these starts were not cold"
            }
        ));
        let (ours, bare, _) = starts(&stage, false)?;
        tell_starts(report, "the same, engine and program still in memory", &ours, &bare);
    }
    report.fact(
        "both through the same WebDriver on a virtual screen without a graphics card; a passphrase costs its \
         typing and its Argon2id",
    );
    Ok(())
}

/// Starts both sides in turn; whether everything was read from the disk each time.
fn starts(stage: &Stage, from_disk: bool) -> anyhow::Result<(Vec<Steps>, Vec<Steps>, bool)> {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let mut is_cold = from_disk;
    for _ in 0..STARTS {
        let browser = stage.browser()?;
        is_cold = is_cold && page_cache::forget_all();
        ours.push(stage.write_in_the_last_story(&browser)?.1);
        is_cold = is_cold && page_cache::forget_all();
        bare.push(write_in_an_empty_field(&browser)?.1);
    }
    Ok((ours, bare, is_cold))
}

fn tell_starts(report: &Report, what: &str, ours: &[Steps], bare: &[Steps]) {
    let typed = |starts: &[Steps]| middle(starts.iter().map(|steps| steps.typed));
    let (ours_typed, bare_typed) = (typed(ours), typed(bare));
    report.line(Line {
        what,
        ours: millis(ours_typed),
        peer: "MiniBrowser to typing in an empty field",
        theirs: Some(millis(bare_typed)),
        unit: Unit::Ms,
        ratio: ours_typed.as_secs_f64() / bare_typed.as_secs_f64(),
        direction: Some(Direction::Below(START_MS)),
    });
    for steps in ours {
        report.fact(&format!(
            "satchel: page after {:.0} ms, unlocked and story listed after {:.0} ms, typed after {:.0} ms",
            millis(steps.page),
            millis(steps.ready),
            millis(steps.typed),
        ));
    }
    let bare: Vec<String> = bare.iter().map(|steps| format!("{:.0}", millis(steps.typed))).collect();
    report.fact(&format!("MiniBrowser: {} ms; the middle of {STARTS} counts", bare.join(", ")));
}

/// Takes the time from a key in the window to the window's word that it is on the disk.
///
/// # Errors
/// As [`measure_start`].
pub fn measure_keys(order: &Order, report: &Report) -> anyhow::Result<()> {
    let Some(stage) = Stage::set(order, report, Keys::Passphrase)? else { return Ok(()) };
    let browser = stage.browser()?;
    let (session, _) = stage.write_in_the_last_story(&browser)?;
    session.wait_for(&format!("return !!document.querySelector('{SAVED}')"))?;
    session.script(&format!(
        "const watch = {{ last: null, times: [] }}; window.watchOfKeys = watch;
         document.addEventListener('beforeinput', () => {{ watch.last ??= performance.now(); }}, true);
         new MutationObserver(() => {{
           if (watch.last === null || !document.querySelector('{SAVED}')) return;
           watch.times.push(performance.now() - watch.last);
           watch.last = null;
         }}).observe(document.body, {{ subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] }});"
    ))?;
    let count = if order.is_small { 5 } else { 100 };
    for typed in 1..=count {
        session.enter(SHEET, KEY)?;
        session.wait_for(&format!("return window.watchOfKeys.times.length >= {typed}"))?;
    }
    let times = session.script("return window.watchOfKeys.times")?;
    drop(session);
    let mut times: Vec<Duration> = times
        .as_array()
        .context("the page tells no times")?
        .iter()
        .filter_map(|time| Some(Duration::from_secs_f64(time.as_f64()? / 1_000.0)))
        .collect();
    times.sort_unstable();
    let [half, most, all] = [0.5, 0.95, 1.0].map(|share| millis(percentile(&times, share)));
    report.line(Line {
        what: "key in the window → 'saved' in the window, p95",
        ours: most,
        peer: "its middle",
        theirs: Some(half),
        unit: Unit::Ms,
        ratio: most / half.max(f64::MIN_POSITIVE),
        direction: Some(Direction::Below(P95_MS)),
    });
    report.fact(&format!(
        "{} single keys, each after the word of the one before, by the page's own clock: the window gathers \
         updates before it hands them over, then the engine tells; longest {all:.0} ms",
        times.len()
    ));
    Ok(())
}

/// Takes the memory that lies idle after the first character was typed.
///
/// # Errors
/// As [`measure_start`].
pub fn measure_memory(order: &Order, report: &Report) -> anyhow::Result<()> {
    let Some(stage) = Stage::set(order, report, Keys::Passphrase)? else { return Ok(()) };
    let rest = Duration::from_secs(if order.is_small { 1 } else { 15 });
    let browser = stage.browser()?;
    let (session, _) = stage.write_in_the_last_story(&browser)?;
    std::thread::sleep(rest);
    let ours = browser.memory_of_windows()?;
    drop(session);
    let (session, _) = write_in_an_empty_field(&browser)?;
    std::thread::sleep(rest);
    let bare = browser.memory_of_windows()?;
    drop(session);
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    report.line(Line {
        what: "idle memory, all processes of the window (PSS)",
        ours: mib(ours.proportional),
        peer: "MiniBrowser with an empty field",
        theirs: Some(mib(bare.proportional)),
        unit: Unit::MiB,
        ratio: ours.proportional as f64 / bare.proportional.max(1) as f64,
        direction: None,
    });
    report.fact(&format!(
        "{} s after the last key; PSS counts shared pages in part; RSS added up: satchel {:.0} MiB in {} processes \
         (its pool among them), MiniBrowser {:.0} MiB in {}",
        rest.as_secs(),
        mib(ours.resident),
        ours.count,
        mib(bare.resident),
        bare.count,
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

/// Where the library's keys lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// In the keyring of a desktop session, as on an ordinary laptop.
    Keyring,
    /// In a vault under a passphrase.
    Passphrase,
}

/// A library with a story, and the program that opens it.
struct Stage {
    folder: tempfile::TempDir,
    program: PathBuf,
    keys: Keys,
}

impl Stage {
    /// Makes the library, or says what is missing on this machine.
    fn set(order: &Order, report: &Report, keys: Keys) -> anyhow::Result<Option<Self>> {
        let here = std::env::current_exe()?.parent().context("this program lies in no folder")?.to_owned();
        let (program, ctl) = (here.join("satchel"), here.join("satchelctl"));
        for file in [&program, &ctl] {
            if !file.exists() {
                report.not_measured(&format!("{} is not built", file.display()));
                return Ok(None);
            }
        }
        if let Some(missing) = browser::missing_tool() {
            report.not_measured(&format!("{missing} is not installed"));
            return Ok(None);
        }
        let folder = tempfile::Builder::new().prefix("window-").tempdir_in(&order.folder)?;
        let stage = Self { folder, program, keys };
        stage.ctl(&ctl, &["start-centre", "--centre", "Bench", "--name", "Bench"])?;
        let story = stage.ctl(&ctl, &["new", "The last story"])?;
        let story = story["story"].as_str().context("a new story without id")?.to_owned();
        stage.ctl(&ctl, &["write", &story, "--paragraph", "What was written the day before."])?;
        Ok(Some(stage))
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    fn browser(&self) -> anyhow::Result<Browser> {
        Browser::start(&self.desktop()?)
    }

    fn desktop(&self) -> anyhow::Result<Desktop> {
        Desktop::new(self.folder.path().join("home"), self.keys == Keys::Keyring)
    }

    /// Asks the desk without a window.
    fn ctl(&self, ctl: &Path, words: &[&str]) -> anyhow::Result<Value> {
        let mut ask = self.desktop()?.command(ctl, false);
        if self.keys == Keys::Passphrase {
            ask.env("SATCHEL_PASSPHRASE", PASSPHRASE);
        }
        let said = ask.arg("--json").arg("--library").arg(self.library()).args(words).output()?;
        ensure!(said.status.success(), "satchelctl {words:?}: {}", String::from_utf8_lossy(&said.stderr));
        Ok(serde_json::from_slice(&said.stdout).unwrap_or_default())
    }

    fn write_in_the_last_story<'a>(&self, browser: &'a Browser) -> anyhow::Result<(Session<'a>, Steps)> {
        let start = Instant::now();
        let args = json!(["--library", self.library(), "--language", "en"]);
        let options = json!({"webkitgtk:browserOptions": {"binary": self.program, "args": args}});
        let session = browser.open(&options)?;
        match self.keys {
            Keys::Passphrase => session.enter("input[type=password]", &format!("{PASSPHRASE}\u{E007}"))?,
            Keys::Keyring => session.wait_for("return !!document.querySelector('[data-test=room-write]')")?,
        }
        let page = start.elapsed();
        session.press("[data-test=room-write]")?;
        session.press(".story-cards .row-title")?;
        let ready = start.elapsed();
        session.enter(SHEET, KEY)?;
        session.wait_for(&format!(
            "const body = document.querySelector('{SHEET}');
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
        let desktop = Desktop::new(folder.path().join("home"), false).unwrap();
        let browser = Browser::start(&desktop).unwrap();

        let (session, steps) = write_in_an_empty_field(&browser).unwrap();

        assert!(steps.typed >= steps.page);
        let held = browser.memory_of_windows().unwrap();
        assert!(held.proportional > 10 << 20, "a window holds more than 10 MiB");
        assert!(held.resident >= held.proportional, "shared pages count in full");
        drop(session);
        assert_eq!(browser.memory_of_windows().unwrap().count, 0, "the window is gone with its session");
    }
}
