//! `import`: a card taken in (copied, put on disk, verified by reading back) against `cp` and `b3sum`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use satchel_capture::{Shelf, offload, plan};
use satchel_failure::Failure;
use satchel_jobs::Gauge;
use satchel_store::{Library, LibraryKey};
use satchel_terms::Hash;

use super::report::{Direction, Line, Report, Unit, geometric_mean};
use super::{Order, page_cache};
use satchel_testkit::Dice;

/// The direction: not slower than the peer by more than this.
const AT_LEAST: f64 = 0.9;
/// Pictures and videos on the card.
const PICTURES: usize = 30;
const VIDEOS: usize = 10;
const MIB: usize = 1 << 20;

/// Takes the measure.
///
/// # Errors
/// When the disk is full, or an import or a copy is not whole.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("import-").tempdir_in(&order.folder)?;
    let card = Card::make(&folder.path().join("card"), order)?;
    let b3sum = Command::new("b3sum").arg("--version").output().is_ok_and(|said| said.status.success());
    let peer = Peer { has_b3sum: b3sum };
    report.fact(&format!("card: {} files, {} MiB; {}", card.files.len(), card.bytes >> 20, peer.words()));
    for is_cached in [true, false] {
        compare(report, &card, &peer, (folder.path(), is_cached))?;
    }
    report.fact(
        "satchel: reads the card once and hashes while it copies, has every file put on the disk (fsync), has its \
         memory given up, reads it back from the disk, compares, moves it to the library. cp + b3sum: copies, sums \
         source and copy; the copy is read from memory and may not be on the disk yet. 'same promise': cp, sync of \
         every copy, its memory given up, both sides summed",
    );
    Ok(())
}

/// What ran, and how long.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Satchel,
    Plain,
    SamePromise,
}

/// Runs all sides in one order and then in the other, with the card in memory or not, and prints the ratios.
fn compare(
    report: &Report,
    card: &Card,
    peer: &Peer,
    (folder, is_cached): (&Path, bool),
) -> anyhow::Result<()> {
    let there = [Side::Satchel, Side::Plain, Side::SamePromise];
    let back = [Side::SamePromise, Side::Plain, Side::Satchel];
    let mut rounds = Vec::new();
    let mut states = Vec::new();
    for sides in [there, back] {
        let mut round = Vec::new();
        for side in sides {
            if is_cached {
                card.read()?
            } else {
                card.forget()?
            }
            states.push(page_cache::cached_share(&card.files));
            page_cache::settle();
            round.push((side, run(side, card, peer, folder)?));
        }
        rounds.push(round);
    }
    let state = if is_cached { "card in memory" } else { "card not in memory" };
    states.dedup();
    report.fact(&format!("{state}: source before the runs {}", states.join(", ")));
    for (other, words) in [(Side::Plain, "cp + b3sum"), (Side::SamePromise, "cp + b3sum, same promise")] {
        let pairs: Vec<(f64, f64)> =
            rounds.iter().map(|round| (seconds(round, Side::Satchel), seconds(round, other))).collect();
        let ratios: Vec<f64> = pairs.iter().map(|(ours, theirs)| theirs / ours).collect();
        let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>() / pairs.len() as f64;
        report.line(Line {
            what: &format!("import, {state}"),
            ours: mean(|pair| pair.0),
            peer: words,
            theirs: Some(mean(|pair| pair.1)),
            unit: Unit::S,
            ratio: geometric_mean(&ratios),
            direction: Some(Direction::RatioAtLeast(AT_LEAST)),
        });
        report.fact(&format!(
            "  satchel first {:.2} s : {:.2} s = {:.2} ×; satchel last {:.2} s : {:.2} s = {:.2} ×",
            pairs[0].1, pairs[0].0, ratios[0], pairs[1].1, pairs[1].0, ratios[1]
        ));
    }
    Ok(())
}

fn seconds(round: &[(Side, Duration)], wanted: Side) -> f64 {
    round.iter().filter(|(side, _)| *side == wanted).map(|(_, time)| time.as_secs_f64()).sum()
}

/// Runs one side into a fresh folder on the same disk, and removes it.
fn run(side: Side, card: &Card, peer: &Peer, folder: &Path) -> anyhow::Result<Duration> {
    let copy = tempfile::Builder::new().prefix("copy-").tempdir_in(folder)?;
    match side {
        Side::Satchel => take_in(card, copy.path()),
        Side::Plain => peer.take_in(card, copy.path(), false),
        Side::SamePromise => peer.take_in(card, copy.path(), true),
    }
}

/// The product's import into a fresh library, as the desk does it.
fn take_in(card: &Card, place: &Path) -> anyhow::Result<Duration> {
    let library = Library::create(&place.join("library"), &LibraryKey::random()?)?;
    let growing = place.join("library/parts");
    page_cache::settle();
    let start = Instant::now();
    let plan = plan(std::slice::from_ref(&card.folder))?;
    let outcome = offload(&plan, &growing, &BlobShelf(&library), &Gauge::default(), &|_, _| {});
    let time = start.elapsed();
    ensure!(
        outcome.is_complete() && outcome.safe() == card.files.len(),
        "not all files came in: {outcome:?}"
    );
    Ok(time)
}

/// The library as the import's shelf.
struct BlobShelf<'a>(&'a Library);

impl Shelf for BlobShelf<'_> {
    fn has(&self, hash: &Hash, _len: u64) -> bool {
        self.0.blobs().has(hash)
    }
    fn shelve(&self, part: &Path, hash: Hash) -> Result<(), Failure> {
        Ok(self.0.blobs().shelve(part, &hash)?)
    }
}

/// What a careful person does without us.
struct Peer {
    has_b3sum: bool,
}

impl Peer {
    const fn words(&self) -> &'static str {
        if self.has_b3sum {
            "peer: cp, then b3sum of the source and of the copy"
        } else {
            "peer: cp, then the blake3 crate over the source and the copy, one file a CPU (b3sum is not installed)"
        }
    }

    fn take_in(&self, card: &Card, place: &Path, keeps_promise: bool) -> anyhow::Result<Duration> {
        let copies: Vec<PathBuf> =
            card.files.iter().filter_map(|file| Some(place.join(file.file_name()?))).collect();
        let start = Instant::now();
        let status =
            Command::new("cp").arg("--").args(&card.files).arg(place).status().context("there is no cp")?;
        ensure!(status.success(), "cp failed");
        if keeps_promise {
            ensure!(page_cache::forget(&copies), "the system does not give memory up");
        }
        let same = self.sums(&card.files)? == self.sums(&copies)?;
        let time = start.elapsed();
        ensure!(same, "the copies of cp are not the source");
        Ok(time)
    }

    fn sums(&self, files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
        if !self.has_b3sum {
            return sums_by_crate(files);
        }
        let said = Command::new("b3sum").arg("--no-names").args(files).output()?;
        ensure!(said.status.success(), "b3sum failed");
        Ok(String::from_utf8(said.stdout)?.lines().map(str::to_owned).collect())
    }
}

/// The fingerprints of files, as many at a time as there are CPUs.
fn sums_by_crate(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let sum = |file: &PathBuf| -> std::io::Result<String> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(file)?)?;
        Ok(hasher.finalize().to_string())
    };
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(file) = files.get(at) else { return Ok(done) };
            done.push((at, sum(file)?));
        }
    };
    let mut all: Vec<(usize, String)> = Vec::new();
    let parts: Vec<std::io::Result<Vec<_>>> = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..cpus).map(|_| scope.spawn(work)).collect();
        hands.into_iter().filter_map(|hand| hand.join().ok()).collect()
    });
    for part in parts {
        all.extend(part?);
    }
    if all.len() != files.len() {
        bail!("not every file was summed");
    }
    all.sort_unstable();
    Ok(all.into_iter().map(|(_, sum)| sum).collect())
}

/// Made-up material in one folder.
struct Card {
    folder: PathBuf,
    files: Vec<PathBuf>,
    bytes: u64,
}

impl Card {
    /// 30 pictures and 10 videos, 1 GiB in all: random bytes under the names of a camera.
    fn make(folder: &Path, order: &Order) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut dice = Dice::new(order.seed);
        for number in 0..PICTURES + VIDEOS {
            let (name, mib) = if number < PICTURES {
                (format!("DSC{number:05}.JPG"), 4 + dice.below(9))
            } else {
                (format!("C{number:04}.MP4"), 60 + dice.below(41))
            };
            let bytes = if order.is_small { mib * 4_096 } else { mib * MIB + dice.below(MIB) };
            let mut file = BufWriter::with_capacity(MIB, File::create(folder.join(name))?);
            let mut block = vec![0; MIB.min(bytes)];
            let mut left = bytes;
            while left > 0 {
                let part = left.min(block.len());
                dice.fill(&mut block[..part]);
                file.write_all(&block[..part])?;
                left -= part;
            }
            file.flush()?;
        }
        let files = page_cache::files_of(folder)?;
        page_cache::write_out(&files);
        let bytes = files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        Ok(Self { folder: folder.to_owned(), files, bytes })
    }

    /// Brings the whole card into memory.
    fn read(&self) -> anyhow::Result<()> {
        for file in &self.files {
            std::io::copy(&mut File::open(file)?, &mut std::io::sink())?;
        }
        Ok(())
    }

    /// Takes the whole card out of memory.
    fn forget(&self) -> anyhow::Result<()> {
        ensure!(page_cache::forget(&self.files), "the system does not give memory up");
        Ok(())
    }
}
