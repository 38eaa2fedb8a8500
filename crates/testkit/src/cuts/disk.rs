//! A disk that forgets what was not synced.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use anyhow::Context as _;

use super::{Note, SAID};
use crate::Dice;

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// The number of the recorded folder itself.
const ROOT: usize = 0;

/// What a name stands for, by number: names are many, files and folders have one body each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    File(usize),
    Folder(usize),
}

/// A name in a folder.
type Name = (usize, String);
type Names = BTreeMap<Name, Thing>;

/// A change of names that may be lost.
#[derive(Debug, Clone)]
enum Change {
    Put(Name, Thing),
    Take(Name),
    Move(Name, Name, Thing),
}

/// A change of bytes that may be lost.
#[derive(Debug, Clone)]
enum Stroke {
    Write(usize, Rc<[u8]>),
    Length(usize),
}

/// The bytes of one file: what lasts, and what waits for a sync.
#[derive(Debug, Default)]
struct File {
    lasts: Vec<u8>,
    waits: Vec<Stroke>,
}

/// The recorded folder at one moment: as the program sees it, as it lasts, and what stands between.
#[derive(Debug)]
pub struct Disk {
    seen: Names,
    lasts: Names,
    waits: Vec<Change>,
    files: Vec<File>,
    folders: usize,
    said: String,
}

impl Disk {
    /// The folder before the program runs; all of it lasts.
    ///
    /// # Errors
    /// What the disk says.
    pub fn of_folder(folder: &Path) -> anyhow::Result<Self> {
        let mut disk = Self {
            seen: Names::new(),
            lasts: Names::new(),
            waits: Vec::new(),
            files: Vec::new(),
            folders: 1,
            said: String::new(),
        };
        disk.take_over(folder, ROOT)?;
        disk.lasts = disk.seen.clone();
        Ok(disk)
    }

    fn take_over(&mut self, folder: &Path, number: usize) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let thing = if entry.path().is_dir() {
                let inner = self.new_folder();
                self.take_over(&entry.path(), inner)?;
                Thing::Folder(inner)
            } else {
                self.new_file(std::fs::read(entry.path())?)
            };
            self.seen.insert((number, name), thing);
        }
        Ok(())
    }

    /// Goes one note further.
    ///
    /// # Errors
    /// When the note speaks of a file that is not there: the recorder missed something.
    pub fn play(&mut self, note: &Note) -> anyhow::Result<()> {
        self.step(note).with_context(|| match note {
            Note::Write { path, at, bytes } => format!("{} bytes at {at} of {path}", bytes.len()),
            other => format!("{other:?}"),
        })
    }

    fn step(&mut self, note: &Note) -> anyhow::Result<()> {
        match note {
            Note::File(path) | Note::Gone(path) | Note::Length(path, _) | Note::Sync(path)
                if path == SAID => {}
            Note::Write { path, bytes, .. } if path == SAID => {
                self.said.push_str(std::str::from_utf8(bytes)?);
            }
            Note::File(path) => {
                let (name, thing) = (self.name(path)?, self.new_file(Vec::new()));
                self.change(Change::Put(name, thing));
            }
            Note::Folder(path) => {
                let (name, thing) = (self.name(path)?, Thing::Folder(self.new_folder()));
                self.change(Change::Put(name, thing));
            }
            Note::Write { path, at, bytes } => {
                let stroke = Stroke::Write(usize::try_from(*at)?, Rc::clone(bytes));
                self.file(path)?.waits.push(stroke);
            }
            Note::Length(path, length) => {
                let stroke = Stroke::Length(usize::try_from(*length)?);
                self.file(path)?.waits.push(stroke);
            }
            Note::Move(from, to) => {
                let (from, to) = (self.name(from)?, self.name(to)?);
                let thing = *self.seen.get(&from).context("what was moved is not here")?;
                self.change(Change::Move(from, to, thing));
            }
            Note::Gone(path) => {
                let name = self.name(path)?;
                self.change(Change::Take(name));
            }
            Note::Sync(path) if path.is_empty() => self.sync_names(ROOT),
            Note::Sync(path) => match self.thing(path)? {
                Thing::Folder(folder) => self.sync_names(folder),
                Thing::File(file) => {
                    let file = &mut self.files[file];
                    for stroke in std::mem::take(&mut file.waits) {
                        stroke.make(&mut file.lasts);
                    }
                }
            },
        }
        Ok(())
    }

    /// What the program had acknowledged until now, line by line.
    #[must_use]
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Lays the folder out as the disk may show it after a power cut now.
    ///
    /// # Errors
    /// What the disk says.
    pub fn lay_out(&self, into: &Path, dice: &mut Dice) -> anyhow::Result<()> {
        let names = self.names_after_a_cut(dice);
        let habit = dice.below(4);
        self.lay_folder(ROOT, into, &names, &mut |file| file.after_a_cut(habit, dice))
    }

    /// Lays the folder out as the system shows it after the program alone was killed: with all that it wrote.
    ///
    /// # Errors
    /// What the disk says.
    pub fn lay_out_after_a_kill(&self, into: &Path) -> anyhow::Result<()> {
        self.lay_folder(ROOT, into, &self.seen, &mut File::seen)
    }

    fn lay_folder(
        &self,
        folder: usize,
        into: &Path,
        names: &Names,
        show: &mut impl FnMut(&File) -> Vec<u8>,
    ) -> anyhow::Result<()> {
        std::fs::create_dir_all(into)?;
        for ((_, name), thing) in names.range((folder, String::new())..(folder + 1, String::new())) {
            match thing {
                Thing::File(file) => std::fs::write(into.join(name), show(&self.files[*file]))?,
                Thing::Folder(inner) => self.lay_folder(*inner, &into.join(name), names, show)?,
            }
        }
        Ok(())
    }

    /// Half of the time the journal of a file system: what came first is there first. Else any of the changes.
    fn names_after_a_cut(&self, dice: &mut Dice) -> Names {
        let mut names = self.lasts.clone();
        let reached = dice.below(self.waits.len() + 1);
        let is_in_order = dice.one_in(2);
        for (place, change) in self.waits.iter().enumerate() {
            if if is_in_order { place < reached } else { dice.one_in(2) } {
                change.make(&mut names);
            }
        }
        names
    }

    fn change(&mut self, change: Change) {
        change.make(&mut self.seen);
        self.waits.push(change);
    }

    /// A synced folder keeps its names. What moved into it from another folder may have its old name besides.
    fn sync_names(&mut self, folder: usize) {
        for change in std::mem::take(&mut self.waits) {
            match change {
                Change::Move(from, to, thing) if to.0 == folder && from.0 != folder => {
                    Change::Put(to, thing).make(&mut self.lasts);
                    self.waits.push(Change::Take(from));
                }
                change if change.touches(folder) => change.make(&mut self.lasts),
                change => self.waits.push(change),
            }
        }
    }

    fn new_file(&mut self, bytes: Vec<u8>) -> Thing {
        self.files.push(File { lasts: bytes, waits: Vec::new() });
        Thing::File(self.files.len() - 1)
    }

    fn new_folder(&mut self) -> usize {
        self.folders += 1;
        self.folders - 1
    }

    fn name(&self, path: &str) -> anyhow::Result<Name> {
        let Some((folder, name)) = path.rsplit_once('/') else { return Ok((ROOT, path.to_owned())) };
        match self.thing(folder)? {
            Thing::Folder(folder) => Ok((folder, name.to_owned())),
            Thing::File(_) => anyhow::bail!("{folder} is a file"),
        }
    }

    fn thing(&self, path: &str) -> anyhow::Result<Thing> {
        let name = self.name(path)?;
        self.seen.get(&name).copied().with_context(|| format!("{path} is not here"))
    }

    fn file(&mut self, path: &str) -> anyhow::Result<&mut File> {
        match self.thing(path)? {
            Thing::File(file) => Ok(&mut self.files[file]),
            Thing::Folder(_) => anyhow::bail!("{path} is a folder"),
        }
    }
}

impl Change {
    fn make(&self, names: &mut Names) {
        match self {
            Self::Put(name, thing) => drop(names.insert(name.clone(), *thing)),
            Self::Take(name) => drop(names.remove(name)),
            Self::Move(from, to, thing) => {
                names.remove(from);
                names.insert(to.clone(), *thing);
            }
        }
    }

    const fn touches(&self, folder: usize) -> bool {
        match self {
            Self::Put(name, _) | Self::Take(name) => name.0 == folder,
            Self::Move(from, to, _) => from.0 == folder || to.0 == folder,
        }
    }
}

impl Stroke {
    fn make(&self, file: &mut Vec<u8>) {
        match self {
            Self::Length(length) => file.resize(*length, 0),
            Self::Write(at, bytes) => {
                file.resize(file.len().max(at + bytes.len()), 0);
                file[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    /// As [`Stroke::make`], of which only some sectors reached the disk. The others keep what was there, or hold what
    /// the disk held before the file got them.
    fn tear(&self, file: &mut Vec<u8>, dice: &mut Dice) {
        let Self::Write(at, bytes) = self else { return self.make(file) };
        let end = if dice.one_in(2) { at + bytes.len() } else { at + dice.below(bytes.len() + 1) };
        let before = file.len();
        file.resize(before.max(end), if dice.one_in(2) { 0 } else { 0xA5 });
        for (place, sector) in bytes.chunks(SECTOR).enumerate() {
            let from = at + place * SECTOR;
            if from + sector.len() <= end && dice.one_in(2) {
                file[from..from + sector.len()].copy_from_slice(sector);
            }
        }
    }
}

impl File {
    /// The bytes as the program sees them.
    fn seen(&self) -> Vec<u8> {
        let mut bytes = self.lasts.clone();
        self.waits.iter().for_each(|stroke| stroke.make(&mut bytes));
        bytes
    }

    /// The bytes after a cut, by a habit of the disk: 0 forgets all that was not synced, 1 has written all of it, 2
    /// has written it in order up to some moment and tore what came then, 3 any part of it.
    fn after_a_cut(&self, habit: usize, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.lasts.clone();
        let reached = dice.below(self.waits.len() + 1);
        for (place, stroke) in self.waits.iter().enumerate() {
            match habit {
                0 => {}
                1 => stroke.make(&mut bytes),
                2 if place < reached => stroke.make(&mut bytes),
                2 if place > reached => {}
                2 => stroke.tear(&mut bytes, dice),
                _ => match dice.below(3) {
                    0 => {}
                    1 => stroke.make(&mut bytes),
                    _ => stroke.tear(&mut bytes, dice),
                },
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(disk: &Disk, seed: u64) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        disk.lay_out(folder.path(), &mut Dice::new(seed)).unwrap();
        let entries = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
        entries
            .filter(|entry| entry.path().is_file())
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
            .collect()
    }

    fn written(path: &str, bytes: &[u8]) -> Note {
        Note::Write { path: path.to_owned(), at: 0, bytes: bytes.into() }
    }

    #[test]
    fn what_was_synced_with_its_folder_is_always_there_and_the_rest_sometimes() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Disk::of_folder(folder.path()).unwrap();
        let play = |disk: &mut Disk, notes: &[Note]| notes.iter().for_each(|note| disk.play(note).unwrap());
        play(&mut disk, &[Note::File("a".into()), written("a", b"kept"), Note::Sync("a".into())]);
        assert!((0..99).any(|seed| !shown(&disk, seed).contains_key("a")), "its name was not synced");
        play(&mut disk, &[Note::Sync(String::new()), Note::File("b".into()), written("b", &[7; 2000])]);

        let after: Vec<_> = (0..200).map(|seed| shown(&disk, seed)).collect();

        assert!(after.iter().all(|files| files["a"] == b"kept"));
        let is_torn = |files: &BTreeMap<String, Vec<u8>>| {
            files.get("b").is_some_and(|bytes| bytes.contains(&7) && bytes != &[7; 2000])
        };
        assert!(after.iter().any(|files| !files.contains_key("b")));
        assert!(after.iter().any(|files| files.get("b").is_some_and(Vec::is_empty)));
        assert!(after.iter().any(|files| files.get("b").is_some_and(|bytes| bytes == &[7; 2000])));
        assert!(after.iter().any(is_torn));
    }

    #[test]
    fn a_rename_shows_the_old_file_or_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), b"old").unwrap();
        let mut disk = Disk::of_folder(folder.path()).unwrap();
        for note in [
            Note::File("a.new".into()),
            written("a.new", b"new"),
            Note::Sync("a.new".into()),
            Note::Move("a.new".into(), "a".into()),
        ] {
            disk.play(&note).unwrap();
        }

        let after: Vec<_> = (0..99).map(|seed| shown(&disk, seed)["a"].clone()).collect();

        assert!(after.iter().all(|bytes| bytes == b"old" || bytes == b"new"));
        assert!(after.contains(&b"old".to_vec()) && after.contains(&b"new".to_vec()));
    }
}
