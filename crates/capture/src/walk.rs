//! What there is to take in: a walk over cards, folders and files that reads, and never follows a link.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::disk::Seen;
use crate::error::{CaptureError, name_of};
use crate::kind::{MediaKind, kind_of};

/// Folders inside folders that are entered.
const DEPTH: usize = 32;
/// Names of files that are still growing, or are not for people.
const UNFINISHED: [&str; 6] = ["part", "tmp", "crdownload", "partial", "download", "temp"];

/// One file to take in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// The card, folder or file that was chosen and led to it.
    pub root: PathBuf,
    /// Its name without folders, as it may be shown.
    pub name: String,
    /// Size and time when it was seen.
    pub seen: Seen,
    /// What kind of material it is.
    pub kind: MediaKind,
}

/// Why a file is not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyLeftOut {
    /// It is no picture, video or sound.
    NotMaterial,
    /// A link, which could lead out of the card.
    Link,
    /// It cannot be read; the system's own words.
    Unreadable(String),
    /// Its name says that it is still growing.
    Unfinished,
}

/// A file that is not taken in, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is.
    pub path: PathBuf,
    /// Why not.
    pub why: WhyLeftOut,
}

/// What there is to take in, in the order in which it is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The files, folder by folder and by name.
    pub files: Vec<SourceFile>,
    /// What is not taken in. Hidden files are not listed.
    pub left_out: Vec<LeftOut>,
}

impl Plan {
    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.seen.len).sum()
    }
}

/// Plans an import of cards, folders and files. Nothing is written; links are not followed; hidden files
/// and files whose names say that they are growing are skipped. A file chosen twice comes once.
///
/// # Errors
/// [`CaptureError::NoFolder`] when one of the `chosen` is not there.
pub fn plan(chosen: &[PathBuf]) -> Result<Plan, CaptureError> {
    let mut plan = Plan::default();
    for root in chosen {
        // The chosen one itself may be a link: that was a person's choice.
        let found = std::fs::metadata(root).map_err(|_| CaptureError::NoFolder { name: name_of(root) })?;
        if found.is_dir() {
            walk(root, root, 0, &mut plan);
        } else {
            take(root, root, &mut plan);
        }
    }
    let mut known = HashSet::new();
    plan.files.retain(|file| known.insert(file.path.canonicalize().unwrap_or_else(|_| file.path.clone())));
    Ok(plan)
}

/// Whether the name says that a file is not for people, or still growing.
pub(crate) fn is_growing_name(path: &Path) -> bool {
    let name = name_of(path);
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.ends_with('~') || name.starts_with("~$") || UNFINISHED.contains(&extension.as_str())
}

/// Whether the name is hidden or the system's own.
pub(crate) fn is_hidden_name(path: &Path) -> bool {
    let name = name_of(path);
    let lower = name.to_lowercase();
    name.starts_with('.')
        || matches!(
            lower.as_str(),
            "thumbs.db" | "desktop.ini" | "system volume information" | "$recycle.bin"
        )
}

fn walk(folder: &Path, root: &Path, depth: usize, plan: &mut Plan) {
    let listed = std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = match listed {
        Ok(entries) => entries,
        Err(error) => return leave_out(folder, WhyLeftOut::Unreadable(error.to_string()), plan),
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if is_hidden_name(&path) {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_symlink() => leave_out(&path, WhyLeftOut::Link, plan),
            Ok(kind) if kind.is_dir() && depth < DEPTH => walk(&path, root, depth + 1, plan),
            Ok(kind) if kind.is_file() => take(&path, root, plan),
            Ok(_) => leave_out(&path, WhyLeftOut::NotMaterial, plan),
            Err(error) => leave_out(&path, WhyLeftOut::Unreadable(error.to_string()), plan),
        }
    }
}

fn take(path: &Path, root: &Path, plan: &mut Plan) {
    if is_growing_name(path) {
        return leave_out(path, WhyLeftOut::Unfinished, plan);
    }
    let seen = match std::fs::metadata(path) {
        Ok(found) => Seen { len: found.len(), modified: found.modified().ok() },
        Err(error) => return leave_out(path, WhyLeftOut::Unreadable(error.to_string()), plan),
    };
    // A file that cannot be opened stays in the plan by its name, so that its failure is reported.
    let kind = kind_of(&head_of(path), path);
    if !kind.is_material() {
        return leave_out(path, WhyLeftOut::NotMaterial, plan);
    }
    let (path, root) = (path.to_path_buf(), root.to_path_buf());
    plan.files.push(SourceFile { name: name_of(&path), path, root, seen, kind });
}

/// The first bytes of a file; none when it cannot be read.
pub(crate) fn head_of(path: &Path) -> Vec<u8> {
    let mut head = Vec::with_capacity(64);
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    if let Err(error) = read {
        tracing::debug!(%error, "the beginning of a file cannot be read");
    }
    head
}

fn leave_out(path: &Path, why: WhyLeftOut, plan: &mut Plan) {
    plan.left_out.push(LeftOut { path: path.to_path_buf(), why });
}
