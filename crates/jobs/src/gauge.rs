//! How far a piece of work is, and whether it should stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

/// The work was asked to stop and stopped at a safe point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("stopped on request")]
pub struct Stopped;

#[derive(Debug, Default)]
struct Dials {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
    stage: Mutex<&'static str>,
}

/// One piece of work's progress, shared between the worker and whoever watches. Clones share the dials.
///
/// The unit is the job kind's own ([`crate::JobKind::contract`]). A total of 0 means "not known".
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<Dials>);

/// What a gauge showed at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Units done.
    pub done: u64,
    /// Units in all; 0 when not known.
    pub total: u64,
    /// The stage word, a key for the window's words; empty before the first stage.
    pub stage: &'static str,
    /// Whether a stop was asked for.
    pub stopping: bool,
}

impl Gauge {
    /// A gauge that counts to `total` units.
    #[must_use]
    pub fn new(total: u64) -> Self {
        let gauge = Self::default();
        gauge.set_total(total);
        gauge
    }

    /// Units done so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.0.done.load(Ordering::Relaxed)
    }

    /// Units in all; 0 when not known.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.total.load(Ordering::Relaxed)
    }

    /// Says how many units there are in all.
    pub fn set_total(&self, total: u64) {
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Counts `units` more as done. They stay counted even when the answer is [`Stopped`].
    ///
    /// # Errors
    /// [`Stopped`] once a stop was asked for.
    pub fn advance(&self, units: u64) -> Result<(), Stopped> {
        self.0.done.fetch_add(units, Ordering::Relaxed);
        self.check()
    }

    /// Says that `done` units are reached in all. Never goes back.
    ///
    /// # Errors
    /// [`Stopped`] once a stop was asked for.
    pub fn reach(&self, done: u64) -> Result<(), Stopped> {
        self.0.done.fetch_max(done, Ordering::Relaxed);
        self.check()
    }

    /// Asks whether the work may go on.
    ///
    /// # Errors
    /// [`Stopped`] once a stop was asked for.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_stopping() { Err(Stopped) } else { Ok(()) }
    }

    /// Asks the worker to stop at its next safe point. Cannot be taken back.
    pub fn ask_to_stop(&self) {
        self.0.stop.store(true, Ordering::Release);
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stop.load(Ordering::Acquire)
    }

    /// Enters a stage, named by a key for the window's words (`"copying"`).
    pub fn enter(&self, stage: &'static str) {
        *self.0.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    /// The present stage word.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        *self.0.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything at once.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading { done: self.done(), total: self.total(), stage: self.stage(), stopping: self.is_stopping() }
    }
}
