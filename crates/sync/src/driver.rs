//! The exchange by itself: a thin executor of the planner's effects, and the lever on it.

mod carrier;
mod road;
mod senses;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use satchel_store::Library;
use satchel_terms::Stamp;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::arrival::Goodput;
use crate::told::Told;
use crate::uplink::Uplink;
use crate::{Control, Habits, Happened, Identity, Mode, Rules};

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
    /// Whether another laptop writes under this device's name: nothing goes up until the device was renewed.
    pub is_forked: bool,
}

/// What the executor and its lever share.
pub(crate) struct Shared {
    pub(crate) library: Arc<Library>,
    pub(crate) identity: Identity,
    pub(crate) habits: Habits,
    pub(crate) control: Control,
    pub(crate) lanes: watch::Sender<u8>,
    pub(crate) rules: watch::Sender<Rules>,
    pub(crate) uplink: Arc<Uplink>,
    pub(crate) goodput: Mutex<Goodput>,
    pub(crate) since: Instant,
    pub(crate) contact: watch::Sender<Contact>,
    pub(crate) now: Notify,
    pub(crate) told: Told,
}

impl Shared {
    /// How fast the line is.
    pub(crate) fn goodput(&self) -> std::sync::MutexGuard<'_, Goodput> {
        self.goodput.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the start, on a clock that never goes back.
    pub(crate) fn elapsed(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The exchange of one library, running by itself.
pub struct Driver {
    shared: Arc<Shared>,
    road: Option<JoinHandle<()>>,
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
            lanes: watch::Sender::new(habits.lanes),
            rules: watch::Sender::default(),
            uplink: Arc::default(),
            goodput: Mutex::default(),
            since: Instant::now(),
            habits,
            control: Control::default(),
            contact: watch::Sender::new(Contact::default()),
            now: Notify::new(),
            told: Arc::new(told),
        });
        let road = Some(runtime.spawn(road::run(Arc::clone(&shared))));
        Self { shared, road }
    }

    /// Asks for a round and a look at the transfers at once: call it after a record was appended, a transfer was
    /// wished, or the network changed.
    pub fn now(&self) {
        self.shared.now.notify_one();
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
        self.shared.lanes.send_replace(highest);
        self.now();
    }

    /// Sets when originals may travel.
    pub fn set_rules(&self, rules: Rules) {
        self.shared.rules.send_replace(rules);
        self.now();
    }

    /// Sets how many bytes of material may go up in a second, at least [`crate::LEAST_LIMIT`]; text is never held up.
    pub fn set_limit(&self, rate: Option<u64>) {
        self.shared.uplink.set_limit(rate);
    }

    /// Bytes in a second that really arrive at the pool, once it was measured in this run.
    #[must_use]
    pub fn goodput(&self) -> Option<u64> {
        self.shared.goodput().rate()
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
        if let Some(road) = self.road.take() {
            let _ = road.await;
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
