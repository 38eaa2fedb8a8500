//! Counts what the test programs say.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::steps::words;

/// Tests that passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs a test program, shows what it prints and adds up its results.
///
/// # Errors
/// It cannot be started, or ended badly without a failed test (it did not compile, say).
pub fn count(command: &mut Command, all: &mut Tally) -> Result<()> {
    let line = words(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("{line}: cannot be started"))?;
    let mut seen = Tally::default();
    for text in BufReader::new(child.stdout.take().context("no output")?).lines() {
        let text = text?;
        println!("{text}");
        seen += read(&text);
    }
    let status = child.wait()?;
    *all += seen;
    match (status.success(), seen.failed) {
        (true, 0) => Ok(()),
        (_, 0) => bail!("{line}: {status}"),
        (_, failed) => bail!("{line}: {failed} failed"),
    }
}

/// Reads a line of the sum of libtest (`test result: ok. 3 passed; 0 failed; …`) or vitest (`Tests  1 failed | 44
/// passed (45)`).
fn read(line: &str) -> Tally {
    let line = line.trim();
    if line.starts_with("test result:") || line.starts_with("Tests ") {
        Tally { passed: before(line, "passed"), failed: before(line, "failed") }
    } else {
        Tally::default()
    }
}

/// The number before a word.
fn before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> = line.split([' ', ';', '|']).filter(|word| !word.is_empty()).collect();
    let pair = words.windows(2).find(|pair| pair[1] == word);
    pair.and_then(|pair| pair[0].parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_both_runners_are_understood() {
        let rust = "test result: FAILED. 20 passed; 4 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.20s";

        assert_eq!(read(rust), Tally { passed: 20, failed: 4 });
        assert_eq!(read("      Tests  1 failed | 44 passed (45)"), Tally { passed: 44, failed: 1 });
        assert_eq!(read("      Tests  45 passed (45)"), Tally { passed: 45, failed: 0 });
        assert_eq!(read("test one ... ok"), Tally::default());
    }
}
