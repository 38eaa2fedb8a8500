//! Processes and their memory, as Linux tells them under `/proc`.

use std::path::Path;

/// The process whose command line has all these words, the first as the end of the program's name.
pub(super) fn find(words: &[&str]) -> Option<u32> {
    all().into_iter().find(|pid| {
        let line = command_line(*pid);
        let is_program = line.first().is_some_and(|first| first.ends_with(words[0]));
        is_program && words[1..].iter().all(|word| line.iter().any(|one| one == word))
    })
}

/// Every process that this one started, and those that they started.
pub(super) fn descendants(of: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = all().into_iter().filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let mut found = Vec::new();
    let mut open = vec![of];
    while let Some(one) = open.pop() {
        let children = parents.iter().filter(|(_, parent)| *parent == one).map(|(pid, _)| *pid);
        open.extend(children.clone());
        found.extend(children);
    }
    found
}

/// Bytes that processes hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Each process' part of shared pages included (proportional set size): may be added up.
    pub(super) proportional: u64,
    /// All pages that a process sees in memory (resident set size): shared ones count for each.
    pub(super) resident: u64,
    /// How many processes.
    pub(super) count: usize,
}

impl std::iter::Sum for Held {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            proportional: sum.proportional + one.proportional,
            resident: sum.resident + one.resident,
            count: sum.count + one.count,
        })
    }
}

/// Bytes that a process holds.
pub(super) fn held(pid: u32) -> Option<Held> {
    let facts = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let bytes = |name: &str| -> Option<u64> {
        let line = facts.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
    };
    Some(Held { proportional: bytes("Pss:")?, resident: bytes("Rss:")?, count: 1 })
}

/// Whether a process runs this program.
pub(super) fn runs(pid: u32, program: &Path) -> bool {
    let line = command_line(pid);
    line.first().is_some_and(|first| Path::new(first).file_name() == program.file_name())
}

fn all() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn command_line(pid: u32) -> Vec<String> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// The process that started this one; none for one that has ended.
fn parent(pid: u32) -> Option<u32> {
    let facts = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    if facts.lines().any(|line| line.starts_with("State:") && line.contains('Z')) {
        return None;
    }
    facts.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}
