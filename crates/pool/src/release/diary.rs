//! The diary of one release: the word "dispatched" is durable before the call leaves.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use satchel_channels::{PushError, StepLog};
use satchel_wire::Kind;
use satchel_wire::body::PublishDispatched;

use crate::failure::{Outcome, PoolError};
use crate::keep::{Batch, JobRow, JobState};
use crate::{Pool, again_when_moved, chance, own_json};

/// Writes down what is about to happen, under this worker's fencing number.
pub struct Diary {
    pool: Arc<Pool>,
    job: Mutex<JobRow>,
}

impl Diary {
    /// Opens the diary of a release as the worker found it.
    pub const fn new(pool: Arc<Pool>, job: JobRow) -> Self {
        Self { pool, job: Mutex::new(job) }
    }

    /// The release as the diary left it.
    pub fn close(self) -> JobRow {
        self.job.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn job(&self) -> JobRow {
        self.job.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One try to write it down: the release must still be ours, signed and not called off.
    async fn write(&self, step: &str) -> Outcome<JobRow> {
        let mut job = self.job();
        let head = self.pool.keep().head().await?;
        let stored = self.pool.keep().job(job.job).await?;
        if stored.is_none_or(|stored| stored.fence != job.fence || stored.state != job.state) {
            return Err(PoolError::StaleFence);
        }
        if self.pool.release_objection(&job).await?.is_some() {
            return Err(PoolError::StaleFence);
        }
        job.fence += 1;
        job.state = JobState::Dispatched;
        let body = PublishDispatched { job: job.job, fence: job.fence, step: step.to_owned() };
        let own = vec![own_json(Kind::PUBLISH_DISPATCHED, job.story.0, &body)?];
        let batch = Batch {
            now: chance::now(),
            expect_head: Some(head),
            own,
            jobs: vec![job.clone()],
            ..Batch::default()
        };
        self.pool.commit(batch).await?;
        Ok(job)
    }
}

#[async_trait]
impl StepLog for Diary {
    fn began(&self, step: &str) {
        tracing::info!(job = %self.job().job, step, "release step");
    }

    async fn dispatched(&self, step: &str) -> Result<(), PushError> {
        let written = again_when_moved(|| self.write(step)).await;
        let job = written.map_err(|error| PushError::NotDispatched { why: error.to_string() })?;
        *self.job.lock().unwrap_or_else(PoisonError::into_inner) = job;
        Ok(())
    }
}
