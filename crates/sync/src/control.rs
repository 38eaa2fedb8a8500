//! The lever: run, pause, stop.

use std::sync::Arc;

use tokio::sync::watch;

use crate::SyncError;

/// What the exchange may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Work.
    Run,
    /// Rest at the next safe point.
    Pause,
    /// End at the next safe point.
    Stop,
}

/// A lever that can be shared.
#[derive(Debug, Clone)]
pub struct Control {
    lever: Arc<watch::Sender<Mode>>,
}

impl Default for Control {
    fn default() -> Self {
        Self { lever: Arc::new(watch::Sender::new(Mode::Run)) }
    }
}

impl Control {
    /// Moves the lever. Stopped work stays stopped.
    pub fn set(&self, mode: Mode) {
        self.lever.send_if_modified(|now| {
            let is_new = *now != mode && *now != Mode::Stop;
            if is_new {
                *now = mode;
            }
            is_new
        });
    }

    /// Where the lever stands.
    #[must_use]
    pub fn mode(&self) -> Mode {
        *self.lever.borrow()
    }

    /// Goes on only while the lever stands on [`Mode::Run`].
    ///
    /// # Errors
    /// [`SyncError::Stopped`] otherwise.
    pub fn check(&self) -> Result<(), SyncError> {
        if self.mode() == Mode::Run { Ok(()) } else { Err(SyncError::Stopped) }
    }

    /// The lever, to be watched.
    pub(crate) fn watch(&self) -> watch::Receiver<Mode> {
        self.lever.subscribe()
    }

    /// Returns when the lever no longer stands on `mode`.
    pub async fn left(&self, mode: Mode) {
        let mut lever = self.lever.subscribe();
        while *lever.borrow_and_update() == mode {
            if lever.changed().await.is_err() {
                return;
            }
        }
    }

    /// Awaits `work` unless the lever moves first.
    ///
    /// # Errors
    /// [`SyncError::Stopped`] if it did, or what the work says.
    pub async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, SyncError>>,
    ) -> Result<T, SyncError> {
        tokio::select! {
            outcome = work => outcome,
            () = self.left(Mode::Run) => Err(SyncError::Stopped),
        }
    }
}
