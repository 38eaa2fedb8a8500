//! The exchange by itself: rounds when there is news, blobs in between, patience when there is no way.

mod carrier;
mod rounds;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use satchel_failure::Explain as _;
use satchel_store::{Library, SyncLine};
use satchel_terms::Stamp;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::told::Told;
use crate::{Control, Habits, Happened, Identity, Mode, SyncError};

/// How the laptop stands with its pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Whether the last attempt reached the pool.
    pub is_online: bool,
    /// When the pool last answered, by the laptop's clock.
    pub last_answer: Option<Stamp>,
    /// Why it is not online, as a code.
    pub code: Option<&'static str>,
    /// Milliseconds by which the pool's clock is ahead.
    pub offset_ms: i64,
    /// The pool's newest place.
    pub head: u64,
}

/// What both loops share.
pub(crate) struct Shared {
    pub(crate) library: Arc<Library>,
    pub(crate) identity: Identity,
    pub(crate) habits: Habits,
    pub(crate) control: Control,
    pub(crate) lanes: AtomicU8,
    pub(crate) contact: watch::Sender<Contact>,
    pub(crate) now_rounds: Notify,
    pub(crate) now_blobs: Notify,
    pub(crate) told: Told,
}

impl Shared {
    pub(crate) fn tell(&self, news: Happened) {
        (self.told)(news);
    }

    /// Writes a line of the exchange log; a log that cannot be written stops nothing.
    pub(crate) async fn log(&self, level: &str, code: &str, params: Vec<(&'static str, String)>) {
        let line = SyncLine {
            at: self.habits.now(),
            level: level.to_owned(),
            code: code.to_owned(),
            params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            subject: None,
        };
        let kept = crate::exchange::ask(&self.library, move |library| library.log(&line)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "the exchange log cannot be written");
        }
    }

    /// Says that a person has to do something.
    pub(crate) fn call_person(&self, error: &SyncError) {
        if error.needs_person() {
            self.tell(Happened::NeedsYou { code: error.code(), params: error.params() });
        }
    }
}

/// The exchange of one library, running by itself.
pub struct Driver {
    shared: Arc<Shared>,
    loops: Vec<JoinHandle<()>>,
}

impl Driver {
    /// Starts the exchange on `runtime`. `told` is called from there and must not wait.
    ///
    /// Without a pinned pool it rests until [`Driver::now`] is called after one was set.
    pub fn spawn(
        runtime: &Handle,
        library: Arc<Library>,
        identity: Identity,
        habits: Habits,
        told: impl Fn(Happened) + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            library,
            identity,
            lanes: AtomicU8::new(habits.lanes),
            habits,
            control: Control::default(),
            contact: watch::Sender::new(Contact::default()),
            now_rounds: Notify::new(),
            now_blobs: Notify::new(),
            told: Arc::new(told),
        });
        let loops = vec![
            runtime.spawn(rounds::run(Arc::clone(&shared))),
            runtime.spawn(carrier::run(Arc::clone(&shared))),
        ];
        Self { shared, loops }
    }

    /// Asks for a round and a look at the transfers at once: call it after a record was appended, a transfer was
    /// wished, or the network changed.
    pub fn now(&self) {
        self.shared.now_rounds.notify_one();
        self.shared.now_blobs.notify_one();
    }

    /// Rests at the next safe point.
    pub fn pause(&self) {
        self.shared.control.set(Mode::Pause);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.shared.control.set(Mode::Run);
        self.now();
    }

    /// Whether it rests on request.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.shared.control.mode() == Mode::Pause
    }

    /// Sets the highest lane that may travel: 0 records only, 1 small files, 2 originals. For metered lines.
    pub fn set_lanes(&self, highest: u8) {
        self.shared.lanes.store(highest, Ordering::Relaxed);
        self.now();
    }

    /// How the laptop stands with its pool.
    #[must_use]
    pub fn contact(&self) -> Contact {
        self.shared.contact.borrow().clone()
    }

    /// The same, to be watched.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Contact> {
        self.shared.contact.subscribe()
    }

    /// Ends the exchange and returns when nothing of it runs any more.
    pub async fn stop(mut self) {
        self.shared.control.set(Mode::Stop);
        for one in self.loops.drain(..) {
            let _ = one.await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.control.set(Mode::Stop);
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Driver({:?})", self.contact())
    }
}
