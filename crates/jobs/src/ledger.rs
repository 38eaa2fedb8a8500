//! The job table behind a trait, so that this room knows no disk.

use satchel_failure::{Answer, Failure};
use satchel_terms::JobId;

use crate::{Gauge, JobCard, JobState};

/// What changes in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobChange {
    /// Where the work stands now.
    pub state: JobState,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 when not known.
    pub total: u64,
    /// The stage word.
    pub stage: String,
    /// Why it failed; only with [`JobState::Failed`].
    pub failure: Option<Failure>,
}

impl JobChange {
    /// The gauge's dials with a state.
    #[must_use]
    pub fn read(state: JobState, gauge: &Gauge) -> Self {
        let reading = gauge.reading();
        Self {
            state,
            done: reading.done,
            total: reading.total,
            stage: reading.stage.to_owned(),
            failure: None,
        }
    }

    /// The same with the reason of a failure.
    #[must_use]
    pub fn because(mut self, failure: Failure) -> Self {
        self.state = JobState::Failed;
        self.failure = Some(failure);
        self
    }

    /// Writes the change into a row.
    pub fn apply(&self, card: &mut JobCard) {
        card.state = self.state;
        card.done = self.done;
        card.total = self.total;
        card.stage.clone_from(&self.stage);
        card.failure.clone_from(&self.failure);
    }
}

/// Which rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All rows.
    #[default]
    All,
    /// Rows that are not over.
    Open,
}

/// The one table of long work.
pub trait Ledger: Send + Sync {
    /// Writes a new row, before the work starts.
    ///
    /// # Errors
    /// The keeper's own failure; the work must not start then.
    fn put(&self, card: &JobCard) -> Answer<()>;

    /// Changes a row.
    ///
    /// # Errors
    /// The keeper's own failure, also when there is no such row.
    fn update(&self, id: JobId, change: &JobChange) -> Answer<()>;

    /// Rows, newest first.
    ///
    /// # Errors
    /// The keeper's own failure.
    fn list(&self, which: Which) -> Answer<Vec<JobCard>>;
}
