//! Many cuts of many recordings: what the laws of both stores have in common.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Disk, Recorder, SAID, quick_folder};
use crate::Dice;

/// The variables that make a test program the child that is recorded.
const FOLDER: &str = "SATCHEL_CUTS_CHILD";
const SEED: &str = "SATCHEL_CUTS_SEED";
/// Cuts of one recording.
const CUTS_EACH: u64 = 20;

/// The folder that this program has to work on, its seed, and the diary of what it acknowledges; none if this program
/// is not the child of [`cut_often`].
///
/// # Errors
/// When there is no seed or no diary.
pub fn as_child() -> anyhow::Result<Option<(PathBuf, u64, Diary)>> {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return Ok(None) };
    let seed = std::env::var(SEED)?.parse()?;
    let said = File::options().create(true).append(true).open(folder.join(SAID))?;
    Ok(Some((folder, seed, Diary(said))))
}

/// What a recorded program has acknowledged, a line each.
#[derive(Debug)]
pub struct Diary(File);

impl Diary {
    /// Adds a line.
    ///
    /// # Panics
    /// When the disk does not take it: then the recording is worth nothing.
    pub fn say(&mut self, line: &str) {
        assert!(writeln!(self.0, "{line}").is_ok(), "the diary takes a line");
    }
}

/// So many films of random bytes and lengths up to `longest` bytes.
pub fn films(dice: &mut Dice, count: usize, longest: usize) -> Vec<Vec<u8>> {
    let mut film = || {
        let mut film = vec![0; dice.below(longest) + 1];
        dice.fill(&mut film);
        film
    };
    (0..count).map(|_| film()).collect()
}

/// Runs the test `child` of this program on a folder that `found` made, cuts its current at random moments, and has
/// every folder judged that a disk may show then, with what was acknowledged until the cut.
///
/// `CUTS` says how many cuts in all, 60 if nothing does; `SEED` repeats a run.
///
/// # Errors
/// When the child cannot be recorded or a folder not be laid out. A judge panics.
pub fn cut_often<P>(
    child: &str,
    plan: impl Fn(u64) -> P,
    found: impl Fn(&Path),
    mut judge: impl FnMut(&Path, &P, &str, &mut Dice),
) -> anyhow::Result<()> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>()).transpose();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (seed, cuts) = (number("SEED")?.unwrap_or(now), number("CUTS")?.unwrap_or(3 * CUTS_EACH));
    println!("SEED={seed} CUTS={cuts}");
    let recorder = Recorder::build()?;
    let (mut done, mut notes_all) = (0, 0);
    for seed in (0..cuts.div_ceil(CUTS_EACH)).map(|turn| seed + turn) {
        let (plan, mut dice) = (plan(seed), Dice::new(seed));
        let live = quick_folder()?;
        found(live.path());
        let mut disk = Disk::of_folder(live.path())?;
        let mut program = Command::new(std::env::current_exe()?);
        program.args([child, "--exact", "--test-threads=1"]).stdout(Stdio::null());
        program.env(FOLDER, live.path()).env(SEED, seed.to_string());
        let notes = recorder.record(&mut program, live.path())?;
        let mut moments: Vec<_> = (0..CUTS_EACH).map(|_| dice.below(notes.len() + 1)).collect();
        moments.sort_unstable();
        let mut played = 0;
        for moment in moments {
            for note in &notes[played..moment] {
                disk.play(note)?;
            }
            played = moment;
            let after = quick_folder()?;
            disk.lay_out(after.path(), &mut dice)?;
            println!("recording {seed}, cut at {moment} of {}", notes.len());
            judge(after.path(), &plan, disk.said(), &mut dice);
            done += 1;
        }
        notes_all += notes.len();
    }
    println!("{done} power cuts in {notes_all} writes, syncs and changes of names");
    Ok(())
}
