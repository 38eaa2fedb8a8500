//! Takes files in: one read of the card, hashed while it is copied, put safely on disk, read back and
//! compared, then handed to the shelf. One bad file stops no other.
//!
//! Three files are in work at a time: while one is copied, the one before is put safely on disk and the
//! one before that is read back.
//! Units of the gauge are bytes, each counted twice: copied and verified. Safe points are between blocks
//! of 4 MiB; a stopped import keeps every file that is verified or known, and drops the half ones.

mod copy;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use satchel_failure::{Failure, Remedy};
use satchel_jobs::Gauge;
use satchel_terms::Hash;

use crate::disk::{Disk, PartFile, RealDisk};
use crate::error::{CaptureError, is_full};
use crate::walk::{Plan, SourceFile};
use copy::Copier;
pub(crate) use copy::fill;

/// Where verified files go.
pub trait Shelf: Send + Sync {
    /// Whether a file with this content is there already.
    fn has(&self, hash: &Hash, len: u64) -> bool;

    /// Takes over a verified, settled file: moves it from `part` to its place.
    ///
    /// # Errors
    /// The shelf's own failure; with [`Remedy::FreeSpace`] the whole import stops.
    fn shelve(&self, part: &Path, hash: Hash) -> Result<(), Failure>;
}

/// How far a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// Not safe yet: it has to come again after a stop.
    Planned,
    /// Copied, not yet read back: not safe yet either.
    Copied {
        /// Its content.
        hash: Hash,
    },
    /// Read back, compared and shelved: safe.
    Verified {
        /// Its content.
        hash: Hash,
    },
    /// The shelf had it before: safe.
    Duplicate {
        /// Its content.
        hash: Hash,
    },
    /// It did not come in.
    Failed(CaptureError),
}

impl FileState {
    /// The content of a file that is safe.
    #[must_use]
    pub const fn safe(&self) -> Option<Hash> {
        match self {
            Self::Verified { hash } | Self::Duplicate { hash } => Some(*hash),
            _ => None,
        }
    }
}

/// One file of the plan and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file.
    pub source: SourceFile,
    /// How far it is.
    pub state: FileState,
}

/// How an import ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Every file of the plan, in its order.
    pub files: Vec<FileReport>,
    /// Why it ended before its end: stopped, disk full, card gone. `None` when it went through.
    pub cut_short: Option<CaptureError>,
}

impl Outcome {
    /// How many files are safe.
    #[must_use]
    pub fn safe(&self) -> usize {
        self.files.iter().filter(|file| file.state.safe().is_some()).count()
    }

    /// Whether the card may be taken out: everything of the plan is safe.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.cut_short.is_none() && self.safe() == self.files.len()
    }
}

/// Takes the files of a plan in, over the real disk. `growing` is the folder for `.part-…` files, on the
/// same disk as the shelf; it is made when missing. `tell` hears of every change of a file's state, from
/// several threads, and must be quick.
///
/// # Errors
/// None: everything that went wrong is in the [`Outcome`].
pub fn offload(
    plan: &Plan,
    growing: &Path,
    shelf: &dyn Shelf,
    gauge: &Gauge,
    tell: &(dyn Fn(usize, &FileReport) + Sync),
) -> Outcome {
    offload_with(&RealDisk, plan, growing, shelf, Told { gauge, tell })
}

/// Who watches an import.
pub struct Told<'a> {
    /// Progress and stop.
    pub gauge: &'a Gauge,
    /// Hears of every change of a file's state.
    pub tell: &'a (dyn Fn(usize, &FileReport) + Sync),
}

/// As [`offload`], over any disk.
pub fn offload_with(
    disk: &dyn Disk,
    plan: &Plan,
    growing: &Path,
    shelf: &dyn Shelf,
    told: Told<'_>,
) -> Outcome {
    let gauge = told.gauge;
    gauge.set_total(plan.bytes().saturating_mul(2));
    gauge.enter("copying");
    let files =
        plan.files.iter().map(|source| FileReport { source: source.clone(), state: FileState::Planned });
    let run = Run { disk, shelf, told, files: Mutex::new(files.collect()), cut: Mutex::new(None) };
    if let Err(error) = std::fs::create_dir_all(growing) {
        let why = CaptureError::NotWritten { name: String::new(), why: error.to_string() };
        run.cut_short(if is_full(&error) { CaptureError::DiskFull { missing_bytes: 0 } } else { why });
    }
    std::thread::scope(|scope| {
        let (hand, handed) = sync_channel(1);
        let (pass, settled) = sync_channel(1);
        scope.spawn(|| run.settle_all(handed, pass));
        scope.spawn(|| run.verify_all(settled));
        run.copy_all(plan, growing, &hand);
        drop(hand);
    });
    let outcome = run.outcome();
    if outcome.cut_short.is_none() {
        // A file that failed half-way leaves a rest that nobody counts any more. A stop asked for after the
        // last file has nothing left to stop.
        let _ = gauge.reach(gauge.total());
    }
    outcome
}

/// Removes the `.part-…` files that a crash left in `growing` and says how many. To be called before an
/// import starts there.
///
/// # Errors
/// The system's own; a missing folder has no parts.
pub fn sweep_parts(growing: &Path) -> std::io::Result<usize> {
    let entries = match std::fs::read_dir(growing) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let parts = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(".part-"));
    Ok(parts.filter(|part| std::fs::remove_file(part.path()).is_ok()).count())
}

/// A copied file on its way to be verified.
struct Copied {
    index: usize,
    // Before the part: Windows removes no open file.
    file: Box<dyn PartFile>,
    part: Growing,
    hash: Hash,
    len: u64,
    settled: bool,
}

/// A growing copy, removed when it is dropped.
struct Growing(PathBuf);

impl Growing {
    fn new(folder: &Path) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let nanos = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(folder.join(format!(".part-{}-{nanos:x}-{count}", std::process::id())))
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        // A shelved file is not here any more.
        let _ = std::fs::remove_file(&self.0);
    }
}

struct Run<'a> {
    disk: &'a dyn Disk,
    shelf: &'a dyn Shelf,
    told: Told<'a>,
    files: Mutex<Vec<FileReport>>,
    cut: Mutex<Option<CaptureError>>,
}

impl Run<'_> {
    fn copy_all(&self, plan: &Plan, growing: &Path, hand: &SyncSender<Copied>) {
        let mut copier = Copier::new(self.disk, self.told.gauge);
        for (index, source) in plan.files.iter().enumerate() {
            if self.is_cut_short() {
                return;
            }
            if self.told.gauge.is_stopping() {
                return self.cut_short(CaptureError::Stopped);
            }
            let before = self.told.gauge.done();
            let part = Growing::new(growing);
            match copier.copy(source, &part.0) {
                Ok((file, hash, len)) => {
                    self.set(index, FileState::Copied { hash });
                    if hand.send(Copied { index, part, file, hash, len, settled: false }).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let counted = self.told.gauge.done() - before;
                    self.fail(index, error, (source.seen.len * 2).saturating_sub(counted));
                }
            }
        }
    }

    /// Puts copies safely on disk; one that is known already is passed on as it is.
    fn settle_all(&self, handed: Receiver<Copied>, pass: SyncSender<Copied>) {
        for mut copied in handed {
            let known = self.shelf.has(&copied.hash, copied.len);
            if !known && !self.told.gauge.is_stopping() {
                if let Err(error) = copied.file.settle() {
                    let error = copy::not_written(&self.name(copied.index), &error);
                    self.fail(copied.index, error, copied.len);
                    continue;
                }
                copied.settled = true;
            }
            if pass.send(copied).is_err() {
                return;
            }
        }
    }

    fn verify_all(&self, settled: Receiver<Copied>) {
        let mut buffer = vec![0; copy::BLOCK];
        for copied in settled {
            let index = copied.index;
            // A full disk or a pulled card does not keep a whole copy from becoming safe.
            if self.told.gauge.is_stopping() {
                self.cut_short(CaptureError::Stopped);
                self.set(index, FileState::Planned);
                continue;
            }
            match self.verify(copied, &mut buffer) {
                Ok(state) => self.set(index, state),
                Err(error) => self.fail(index, error, 0),
            }
        }
    }

    fn verify(&self, copied: Copied, buffer: &mut [u8]) -> Result<FileState, CaptureError> {
        let Copied { index, part, mut file, hash, len, settled } = copied;
        let name = self.name(index);
        if self.shelf.has(&hash, len) {
            let _ = self.told.gauge.advance(len);
            return Ok(FileState::Duplicate { hash });
        }
        if !settled {
            // Known when it was to be settled, but not any more.
            file.settle().map_err(|error| copy::not_written(&name, &error))?;
        }
        drop(file);
        let again = self.read_back(&part.0, &name, buffer)?;
        if again != hash {
            return Err(CaptureError::NotFaithful { name });
        }
        self.shelf.shelve(&part.0, hash).map_err(|failure| match failure.remedy {
            Remedy::FreeSpace => CaptureError::DiskFull { missing_bytes: 0 },
            _ => CaptureError::NotShelved { name, why: failure.to_string() },
        })?;
        Ok(FileState::Verified { hash })
    }

    fn read_back(&self, part: &Path, name: &str, buffer: &mut [u8]) -> Result<Hash, CaptureError> {
        let unreadable = |error: std::io::Error| copy::not_written(name, &error);
        let mut file = self.disk.reread(part).map_err(unreadable)?;
        let mut hasher = blake3::Hasher::new();
        loop {
            let count = copy::fill(&mut *file, buffer).map_err(unreadable)?;
            if count == 0 {
                return Ok(Hash(*hasher.finalize().as_bytes()));
            }
            hasher.update(&buffer[..count]);
            self.told.gauge.advance(count as u64)?;
        }
    }

    /// Keeps a file's failure, or cuts the import short when it concerns all of them.
    fn fail(&self, index: usize, error: CaptureError, uncounted: u64) {
        let error = if self.is_card_gone(index, &error) { CaptureError::CardGone } else { error };
        match error {
            CaptureError::Stopped | CaptureError::DiskFull { .. } | CaptureError::CardGone => {
                self.set(index, FileState::Planned);
                self.cut_short(error);
            }
            _ => {
                let _ = self.told.gauge.advance(uncounted);
                self.set(index, FileState::Failed(error));
            }
        }
    }

    fn is_card_gone(&self, index: usize, error: &CaptureError) -> bool {
        let lost = matches!(error, CaptureError::Vanished { .. } | CaptureError::Unreadable { .. });
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let source = &files[index].source;
        lost && source.root != source.path && self.disk.look(&source.root).is_err()
    }

    fn name(&self, index: usize) -> String {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)[index].source.name.clone()
    }

    fn set(&self, index: usize, state: FileState) {
        let report = {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            files[index].state = state;
            files[index].clone()
        };
        (self.told.tell)(index, &report);
    }

    /// Ends the import; the first reason counts.
    fn cut_short(&self, why: CaptureError) {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    fn is_cut_short(&self) -> bool {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn outcome(self) -> Outcome {
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut cut_short = self.cut.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(CaptureError::DiskFull { missing_bytes }) = &mut cut_short {
            let unsafe_yet = files.iter().filter(|file| file.state.safe().is_none());
            *missing_bytes = unsafe_yet.map(|file| file.source.seen.len).sum();
        }
        Outcome { files, cut_short }
    }
}
