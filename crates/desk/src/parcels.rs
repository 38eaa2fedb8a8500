//! The exchange without a line: a parcel for the pool on a stick, and what comes back on it.

mod asking;
mod making;
mod reviewing;
mod slips;
mod taking;
mod tidying;

use std::path::PathBuf;
use std::sync::Arc;

use satchel_failure::Answer;
use satchel_jobs::JobKind;
use satchel_parcel::ParcelError;
use satchel_store::{PoolLine, SyncLine};
use satchel_terms::JobId;
use satchel_wire::{VerifyingKey, key_from_hex};

use crate::DeskError;
use crate::cards::{Happened, ParcelReport};
use crate::room::{Room, locked, now};

pub(crate) use asking::under_review;

impl Room {
    /// Makes a parcel for the pool of everything that it has not acknowledged, as a job.
    pub fn make_parcel(self: &Arc<Self>, folder: &str, with_originals: bool) -> Answer<JobId> {
        let dir = stick(folder)?;
        self.seal_all()?;
        self.parcel_job(move |room, gauge| room.pack_parcel(&dir, with_originals, gauge))
    }

    /// Takes in every receipt and parcel for this laptop in a folder, as a job.
    pub fn take_parcel(self: &Arc<Self>, folder: &str) -> Answer<JobId> {
        let dir = stick(folder)?;
        self.parcel_job(move |room, gauge| room.unpack_parcels(&dir, gauge))
    }

    /// What became of a parcel.
    pub fn parcel_report(&self, job: JobId) -> Answer<ParcelReport> {
        let report = locked(&self.parcels).get(&job).cloned();
        Ok(report.ok_or(DeskError::Unknown { what: "job" })?)
    }

    fn parcel_job(
        self: &Arc<Self>,
        work: impl FnOnce(&Arc<Self>, &satchel_jobs::Gauge) -> Answer<ParcelReport> + Send + 'static,
    ) -> Answer<JobId> {
        let room = Arc::clone(self);
        self.jobs.start(JobKind::Parcel, String::new(), move |job, gauge| {
            let report = work(&room, gauge)?;
            locked(&room.parcels).insert(job, report);
            room.tell(Happened::SyncMoved);
            Ok(())
        })
    }

    /// The pool's key, as pinned, or as the invitation names it.
    fn pool_key(&self) -> Answer<VerifyingKey> {
        Ok(key_from_hex(&self.identity().profile.pool_key)?)
    }

    /// The pinned pool at the epoch of its signed word; an older word does not count. A newer epoch begins here as it
    /// does by the line: uploads are looked at again first, then the new order is read from its beginning.
    fn at_epoch(&self, epoch: u64) -> Answer<PoolLine> {
        let line = self.library.pool()?.ok_or(ParcelError::NotJoined)?;
        if epoch < line.epoch {
            return Err(ParcelError::OlderEpoch.into());
        }
        if epoch == line.epoch {
            return Ok(line);
        }
        self.library.transfers_reopen()?;
        let renewed = PoolLine { epoch, cursor: 0, ..line };
        self.library.set_pool(&renewed)?;
        Ok(renewed)
    }

    /// Writes a line of the exchange's log; a log that cannot be written stops nothing.
    pub(crate) fn log_parcel(&self, level: &str, code: &str, params: &[(&str, String)]) {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let line = SyncLine { at: now(), level: level.into(), code: code.into(), params, subject: None };
        if let Err(error) = self.library.log(&line) {
            tracing::warn!(%error, "the exchange log cannot be written");
        }
    }
}

/// The folder that a person chose.
fn stick(folder: &str) -> Answer<PathBuf> {
    let dir = PathBuf::from(folder);
    if dir.is_dir() { Ok(dir) } else { Err(DeskError::BadPlace { dir: folder.to_owned() }.into()) }
}

/// A count for the screen.
fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
