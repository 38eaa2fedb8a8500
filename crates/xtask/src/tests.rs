//! Everything that must hold: `test` and `check`.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::machine;
use crate::steps::{cargo, must, npm, root, step};
use crate::tally::{Tally, count};

/// Windows that are driven at the same time.
const WINDOWS: &str = "--test-threads=2";

/// All tests, or those of one part.
pub fn test(words: &[String]) -> Result<()> {
    let mut score = Score::default();
    match words.first().map(String::as_str) {
        None => everything(&mut score)?,
        Some("ui") => {
            machine::screen_modules()?;
            screen_code(&mut score);
        }
        Some("rust") => {
            build()?;
            rust(&mut score);
        }
        Some("laws") => score.run("laws", &mut cargo(&["test", "--workspace", "--test", "laws"])),
        Some("screen") => {
            build()?;
            journeys(&mut score, &words[1..]);
        }
        Some(room) => score.run(room, cargo(&["test", "-p", &format!("satchel-{room}")]).args(&words[1..])),
    }
    score.close()
}

fn everything(score: &mut Score) -> Result<()> {
    machine::packages()?;
    build()?;
    screen_code(score);
    rust(score);
    journeys(score, &[]);
    Ok(())
}

/// Builds the pages and all programs, once, as the tests need them.
pub fn build() -> Result<()> {
    pages()?;
    step("build all programs and tests", || {
        must(&mut cargo(&["build", "--workspace", "--lib", "--bins", "--tests"]))
    })
}

/// Builds the pages that the window embeds, unless they are newer than everything they are made from: new pages mean
/// a new window.
pub fn pages() -> Result<()> {
    machine::screen_modules()?;
    let built = root().join("ui/dist/index.html").metadata().and_then(|page| page.modified());
    if built.is_ok_and(|built| newest(&root().join("ui")).is_some_and(|source| source < built)) {
        return Ok(());
    }
    step("build the pages", || must(&mut npm(&["run", "--silent", "build"])))
}

/// When something in a folder of sources changed last, or was taken away.
fn newest(folder: &Path) -> Option<SystemTime> {
    let built = ["node_modules", "dist", "gallery"];
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let sources = entries.filter(|entry| !built.contains(&entry.file_name().to_string_lossy().as_ref()));
    let times = sources.filter_map(|entry| {
        let path = entry.path();
        let own = entry.metadata().ok()?.modified().ok()?;
        if path.is_dir() { newest(&path).max(Some(own)) } else { Some(own) }
    });
    times.max()
}

fn screen_code(score: &mut Score) {
    score.step("types and lint of the screen", || must(&mut npm(&["run", "--silent", "check"])));
    score.run("tests of the screen's code", npm(&["run", "--silent", "test"]).env("NO_COLOR", "1"));
}

fn rust(score: &mut Score) {
    score.run(
        "tests of the rooms, the pool and the laws",
        &mut cargo(&["test", "--workspace", "--no-fail-fast"]),
    );
}

fn journeys(score: &mut Score, filter: &[String]) {
    if filter.is_empty() {
        score.run(
            "the journey without a window",
            &mut cargo(&["test", "--workspace", "--test", "laptops", "--", WINDOWS]),
        );
    }
    let mut command = cargo(&["test", "--workspace", "--test", "screen", "--", WINDOWS]);
    score.run("journeys through the window", command.args(filter));
}

/// Format, lints, types, laws: what holds before every commit.
pub fn check(_: &[String]) -> Result<()> {
    machine::screen_modules()?;
    let mut score = Score::default();
    score.step("format", || must(&mut cargo(&["fmt", "--all", "--check"])));
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    score.step("clippy", || must(&mut cargo(&clippy)));
    score.step("types and lint of the screen", || must(&mut npm(&["run", "--silent", "check"])));
    score.run("laws", &mut cargo(&["test", "--quiet", "-p", "satchel-tests", "--test", "laws"]));
    score.close()
}

/// What passed so far, and what stands in the way.
#[derive(Default)]
struct Score {
    tally: Tally,
    broken: Vec<String>,
}

impl Score {
    /// A step whose failure is kept for the end.
    fn step(&mut self, name: &str, act: impl FnOnce() -> Result<()>) {
        if let Err(error) = step(name, act) {
            eprintln!("{error:#}");
            self.broken.push(name.to_owned());
        }
    }

    /// A test program whose results count.
    fn run(&mut self, name: &str, command: &mut std::process::Command) {
        let mut tally = Tally::default();
        self.step(name, || count(command, &mut tally));
        self.tally += tally;
    }

    fn close(self) -> Result<()> {
        println!("\n{}", self.tally);
        if self.broken.is_empty() {
            return Ok(());
        }
        let pictures = root().join("target/screens");
        if pictures.exists() && self.broken.iter().any(|name| name.contains("journeys")) {
            println!("pictures of what failed: {}", pictures.display());
        }
        bail!("not in order: {}", self.broken.join(", "))
    }
}
