//! A folder whose files come in as soon as they are whole.
//!
//! No system says "this file is finished" in a way that holds everywhere, so a file counts as ready when
//! its size and time stood still for two seconds and three looks, nobody has it open for writing as far
//! as the system tells, its tail is right for its type, and its name is not that of a growing file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notify::{Config, Event, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

use crate::disk::{Disk, RealDisk, Seen};
use crate::error::{CaptureError, name_of};
use crate::kind::{MediaKind, kind_of};
use crate::platform::is_being_written;
use crate::tail::{Tail, tail_of};
use crate::walk::{head_of, is_growing_name, is_hidden_name};

/// How often the whole folder is looked over, in case the system kept quiet about a file.
const SWEEP: Duration = Duration::from_secs(30);
/// How long after news of a folder it is looked over: by then the system watches it.
const NEW_FOLDER: Duration = Duration::from_millis(500);

/// When a file counts as standing still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyRule {
    /// Time between two looks.
    pub look: Duration,
    /// Looks without a change.
    pub looks: u32,
    /// Time without a change.
    pub still: Duration,
}

impl Default for ReadyRule {
    fn default() -> Self {
        Self { look: Duration::from_millis(700), looks: 3, still: Duration::from_secs(2) }
    }
}

/// A file that is whole. When it changes later it is told again, as another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyFile {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes.
    pub len: u64,
    /// What kind of material it is; also files that are none are told.
    pub kind: MediaKind,
}

/// A watched folder. Dropping it ends the watch.
pub struct HotFolder {
    quit: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _watcher: Box<dyn Watcher + Send>,
}

impl HotFolder {
    /// Watches a folder and the folders below it. Files that are there already are told too.
    ///
    /// Where the system cannot watch (network shares, a used-up limit), the folder is looked over by
    /// polling instead.
    ///
    /// # Errors
    /// [`CaptureError::NoFolder`], [`CaptureError::NotWatched`].
    pub fn watch(folder: &Path, rule: ReadyRule) -> Result<(Self, Receiver<ReadyFile>), CaptureError> {
        if !folder.is_dir() {
            return Err(CaptureError::NoFolder { name: name_of(folder) });
        }
        let (news, heard) = channel();
        let watcher = watcher(folder, rule, &news)?;
        let (ready, readied) = channel();
        let quit = Arc::new(AtomicBool::new(false));
        let mut desk =
            Desk { folder: folder.to_path_buf(), rule, ready, waiting: HashMap::new(), told: HashMap::new() };
        let quits = quit.clone();
        let thread = std::thread::Builder::new()
            .name("hot-folder".into())
            .spawn(move || desk.run(&heard, &quits))
            .map_err(|error| CaptureError::NotWatched { why: error.to_string() })?;
        Ok((Self { quit, thread: Some(thread), _watcher: watcher }, readied))
    }
}

impl Drop for HotFolder {
    fn drop(&mut self) {
        self.quit.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type News = Result<Event, notify::Error>;

fn watcher(
    folder: &Path,
    rule: ReadyRule,
    news: &Sender<News>,
) -> Result<Box<dyn Watcher + Send>, CaptureError> {
    let native = RecommendedWatcher::new(news.clone(), Config::default())
        .and_then(|mut watcher| watcher.watch(folder, RecursiveMode::Recursive).map(|()| watcher));
    match native {
        Ok(watcher) => return Ok(Box::new(watcher)),
        Err(error) => tracing::warn!(%error, "the system cannot watch the folder, it is polled"),
    }
    let polled = PollWatcher::new(news.clone(), Config::default().with_poll_interval(rule.look))
        .and_then(|mut watcher| watcher.watch(folder, RecursiveMode::Recursive).map(|()| watcher));
    polled
        .map(|watcher| Box::new(watcher) as Box<dyn Watcher + Send>)
        .map_err(|error| CaptureError::NotWatched { why: error.to_string() })
}

/// A file that may become ready.
struct Waiting {
    seen: Seen,
    since: Instant,
    looks: u32,
}

struct Desk {
    folder: PathBuf,
    rule: ReadyRule,
    ready: Sender<ReadyFile>,
    waiting: HashMap<PathBuf, Waiting>,
    told: HashMap<PathBuf, Seen>,
}

impl Desk {
    fn run(&mut self, heard: &Receiver<News>, quit: &AtomicBool) {
        let (mut looked, mut due) = (Instant::now(), Instant::now() + SWEEP);
        self.sweep();
        while !quit.load(Ordering::Acquire) {
            match heard.recv_timeout(self.rule.look.min(Duration::from_millis(100))) {
                Ok(Ok(event)) if !event.need_rescan() => {
                    // What falls into a new folder before the system watches it makes no news.
                    if event.paths.iter().any(|path| path.is_dir()) {
                        due = due.min(Instant::now() + NEW_FOLDER);
                    }
                    event.paths.into_iter().for_each(|path| self.notice(path));
                }
                // The system lost count: look the folder over.
                Ok(_) => self.sweep(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if Instant::now() >= due {
                self.sweep();
                due = Instant::now() + SWEEP;
            }
            if looked.elapsed() >= self.rule.look {
                looked = Instant::now();
                if !self.look() {
                    return;
                }
            }
        }
    }

    /// Notices every file of the folder.
    fn sweep(&mut self) {
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && !is_hidden_name(&entry.path()) => folders.push(entry.path()),
                    Ok(kind) if kind.is_file() => self.notice(entry.path()),
                    _ => {}
                }
            }
        }
        self.told.retain(|path, _| path.exists());
    }

    /// Puts a file on the list, unless it was told as it stands.
    fn notice(&mut self, path: PathBuf) {
        let inside = path.strip_prefix(&self.folder).unwrap_or(&path);
        let hidden = inside.ancestors().any(|part| !part.as_os_str().is_empty() && is_hidden_name(part));
        let plain = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        if hidden || !plain || is_growing_name(&path) || self.waiting.contains_key(&path) {
            return;
        }
        let Ok(seen) = RealDisk.look(&path) else {
            return;
        };
        if self.told.get(&path) != Some(&seen) {
            self.waiting.insert(path, Waiting { seen, since: Instant::now(), looks: 0 });
        }
    }

    /// Looks at every waiting file once and tells the ready ones; false when nobody listens any more.
    fn look(&mut self) -> bool {
        let mut ready = Vec::new();
        self.waiting.retain(|path, waiting| {
            let Ok(seen) = RealDisk.look(path) else {
                return false;
            };
            if seen != waiting.seen {
                *waiting = Waiting { seen, since: Instant::now(), looks: 0 };
                return true;
            }
            waiting.looks += 1;
            if waiting.looks < self.rule.looks || waiting.since.elapsed() < self.rule.still {
                return true;
            }
            if is_being_written(path) || !is_whole(path) {
                // Asked again after as many looks as before.
                waiting.looks = 0;
                return true;
            }
            ready.push((path.clone(), seen));
            false
        });
        ready.into_iter().all(|(path, seen)| {
            let kind = kind_of(&head_of(&path), &path);
            self.told.insert(path.clone(), seen);
            self.ready.send(ReadyFile { path, len: seen.len, kind }).is_ok()
        })
    }
}

fn is_whole(path: &Path) -> bool {
    matches!(tail_of(path), Ok(Tail::Whole | Tail::NoRule))
}
