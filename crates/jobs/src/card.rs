//! One row of the job table, as the screen shows it.

use satchel_failure::Failure;
use satchel_terms::{JobId, Stamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Gauge, JobKind};

/// Where a piece of work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// Works.
    Running,
    /// Waits for something outside: power, network, a disk.
    Paused,
    /// Was asked to stop and is on its way to a safe point.
    Cancelling,
    /// Finished and verified.
    Done,
    /// Ended with a failure.
    Failed,
    /// Stopped on request.
    Stopped,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::Cancelling,
        Self::Done,
        Self::Failed,
        Self::Stopped,
    ];

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Stopped)
    }

    /// Whether work may go from this state to `next`.
    ///
    /// Failed and stopped work may be queued again; finished work stays finished.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Running | Self::Paused | Self::Stopped | Self::Failed),
            Self::Running => !matches!(next, Self::Running),
            Self::Paused => {
                matches!(next, Self::Queued | Self::Running | Self::Cancelling | Self::Stopped | Self::Failed)
            }
            Self::Cancelling => next.is_over() || matches!(next, Self::Queued),
            Self::Failed | Self::Stopped => matches!(next, Self::Queued),
            Self::Done => false,
        }
    }
}

/// One piece of long work, as the screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct JobCard {
    /// Which one.
    pub id: JobId,
    /// What kind of work.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
    /// Units done, in the kind's own unit.
    #[ts(type = "number")]
    pub done: u64,
    /// Units in all; 0 when not known.
    #[ts(type = "number")]
    pub total: u64,
    /// The stage word, a key for the window's words; may be empty.
    pub stage: String,
    /// When it was asked for.
    #[ts(type = "number")]
    pub started: Stamp,
    /// The id of the story, clip, cut or channel that it is about, or empty.
    pub subject: String,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Whether it may be started again.
    pub resumable: bool,
}

impl JobCard {
    /// A new row, queued at `started`.
    #[must_use]
    pub fn queued(id: JobId, kind: JobKind, subject: impl Into<String>, started: Stamp) -> Self {
        Self {
            id,
            kind,
            state: JobState::Queued,
            done: 0,
            total: 0,
            stage: String::new(),
            started,
            subject: subject.into(),
            failure: None,
            resumable: kind.is_resumable(),
        }
    }

    /// Copies the gauge's dials into the row. A gauge that was asked to stop turns a running row to
    /// [`JobState::Cancelling`].
    pub fn read(&mut self, gauge: &Gauge) {
        let reading = gauge.reading();
        self.done = reading.done;
        self.total = reading.total;
        reading.stage.clone_into(&mut self.stage);
        if reading.stopping && self.state == JobState::Running {
            self.state = JobState::Cancelling;
        }
    }

    /// What becomes of a row that the last run of the program left unfinished: resumable work queues
    /// again, other work has stopped. Rows that are over stay as they are.
    #[must_use]
    pub fn after_a_crash(mut self) -> Self {
        self.state = match self.state {
            JobState::Cancelling => JobState::Stopped,
            JobState::Running | JobState::Paused | JobState::Queued if self.resumable => JobState::Queued,
            JobState::Running | JobState::Paused | JobState::Queued => JobState::Stopped,
            over => over,
        };
        self
    }
}
