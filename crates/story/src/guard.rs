//! The merge guard: after a merge, what each side had typed must still stand there.

use crate::diff::{Step, steps};
use crate::place::Field;
use crate::revision::RevisionView;

/// Shorter runs are not watched.
const SHORTEST: usize = 2;

/// Which side of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This laptop.
    Ours,
    /// The others.
    Theirs,
}

/// A typed run that a merge lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Who had typed it.
    pub side: Side,
    /// What was typed.
    pub text: String,
}

/// Finds the runs of two and more characters that one side inserted since `base` and that `merged` does not hold.
#[must_use]
pub fn missing_after(
    base: &RevisionView,
    ours: &RevisionView,
    theirs: &RevisionView,
    merged: &RevisionView,
) -> Vec<Missing> {
    let base = streams(base);
    let merged: Vec<String> = streams(merged).iter().map(|stream| stream.iter().collect()).collect();
    let mut missing = Vec::new();
    for (side, view) in [(Side::Ours, ours), (Side::Theirs, theirs)] {
        for (stream, before) in streams(view).iter().zip(&base) {
            let lost = inserted(before, stream).into_iter().filter(|run| !stands(stream, run, &merged));
            missing.extend(lost.map(|run| Missing { side, text: stream[run].iter().collect() }));
        }
    }
    missing
}

/// The texts of a revision, each as one flat line: the fields, the body, the words of figures and tables.
fn streams(view: &RevisionView) -> Vec<Vec<char>> {
    let mut streams: Vec<Vec<char>> =
        Field::ALL.iter().map(|&field| view.fields.get(field).chars().collect()).collect();
    streams.push(view.plain_body().chars().collect());
    let mut words = Vec::new();
    for block in view.blocks.iter().filter(|block| block.atom) {
        words.extend(["caption", "credit", "alt"].map(|name| block.prop(name).to_owned()));
        words.extend(block.rows().into_iter().flatten().map(str::to_owned));
    }
    streams.push(words.join("\n").chars().collect());
    streams
}

fn inserted(before: &[char], after: &[char]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for step in steps(before, after) {
        let Step::Add(at) = step else { continue };
        if after[at] == '\n' {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs.retain(|run| run.len() >= SHORTEST);
    runs
}

/// Whether the run stands in the merged text. Where a comparison cannot tell which of two equal stretches was
/// typed ("abab" from "ab"), any of the possible ones will do.
fn stands(stream: &[char], run: &std::ops::Range<usize>, merged: &[String]) -> bool {
    let found = |from: usize| {
        let text: String = stream[from..from + run.len()].iter().collect();
        merged.iter().any(|stream| stream.contains(&text))
    };
    let slides_right =
        (run.end..stream.len()).take_while(|&end| stream[end] == stream[end - run.len()]).count();
    let slides_left = (0..run.start).rev().take_while(|&at| stream[at] == stream[at + run.len()]).count();
    (run.start - slides_left.min(run.len())..=run.start + slides_right.min(run.len())).any(found)
}
