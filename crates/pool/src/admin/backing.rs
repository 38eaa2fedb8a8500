//! A backup that an administrator began from the page. It runs beside the server; one at a time.

use std::sync::{Arc, Mutex, PoisonError};

use crate::failure::{Outcome, PoolError};
use crate::{Pool, backup};

/// How the last backup from the page went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Backing {
    /// None since the server started.
    #[default]
    None,
    /// One runs.
    Runs,
    /// It is done; blobs that came new, and those that were damaged.
    Done(u64, usize),
    /// It failed, with this technical reason.
    Failed(String),
}

/// The state of that backup.
#[derive(Debug, Default)]
pub struct Desk(Mutex<Backing>);

impl Desk {
    fn set(&self, state: Backing) -> Backing {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), state)
    }

    /// How it stands.
    pub fn state(&self) -> Backing {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Pool {
    /// Begins a backup into the folder of the settings and does not wait for its end.
    ///
    /// # Errors
    /// [`PoolError::BadConfig`] where the settings name no folder, [`PoolError::Busy`] while one runs.
    pub(crate) async fn begin_backup(self: &Arc<Self>, who: &str) -> Outcome<()> {
        let Some(folder) = self.settings().backup_folder.clone() else {
            return Err(PoolError::BadConfig { why: "the settings name no backup-folder".to_owned() });
        };
        if self.backing().state() == Backing::Runs {
            return Err(PoolError::Busy);
        }
        self.log("backup-begun", who, &folder.display().to_string()).await?;
        if self.backing().set(Backing::Runs) == Backing::Runs {
            return Err(PoolError::Busy);
        }
        let (pool, who) = (Arc::clone(self), who.to_owned());
        tokio::spawn(async move {
            let settings = pool.settings().clone();
            let keep = settings.backup_keep;
            let work = move || backup::backup(&settings, &folder, false, keep);
            let done = tokio::task::spawn_blocking(work).await;
            let state = match done.map_err(|error| PoolError::Broken(error.to_string())).flatten() {
                Ok(done) => Backing::Done(done.new_blobs, done.damaged.len()),
                Err(error) => Backing::Failed(error.to_string()),
            };
            let what = if matches!(state, Backing::Failed(_)) { "backup-failed" } else { "backup-done" };
            pool.backing().set(state);
            if let Err(error) = pool.log(what, &who, "").await {
                tracing::warn!(%error, "the end of a backup was not logged");
            }
        });
        Ok(())
    }
}
