//! Long work: one table, one way to start, watch and stop it.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use satchel_failure::Answer;
use satchel_jobs::{Gauge, JobCard, JobChange, JobKind, JobState, Ledger, Which};
use satchel_store::Library;
use satchel_terms::JobId;
use tokio::sync::broadcast;

use crate::DeskError;
use crate::cards::Happened;
use crate::room::{Dice, locked, now};

/// How often a running job's row is brought up to date.
const TICK: Duration = Duration::from_millis(300);
/// How long closing waits for jobs to reach a safe point.
const PATIENCE: Duration = Duration::from_secs(8);

/// The jobs of an open library.
pub struct Jobs {
    library: Arc<Library>,
    news: broadcast::Sender<Happened>,
    running: Arc<Mutex<HashMap<JobId, Gauge>>>,
    /// One encoder at a time: two would only make both late.
    heavy: Arc<(Mutex<bool>, Condvar)>,
}

impl Jobs {
    /// No jobs yet.
    pub fn new(library: Arc<Library>, news: broadcast::Sender<Happened>) -> Self {
        Self { library, news, running: Arc::default(), heavy: Arc::new((Mutex::new(false), Condvar::new())) }
    }

    /// Rows that the last run left unfinished become what their contract says.
    pub fn pick_up(&self) {
        let Ok(open) = self.library.list(Which::Open) else { return };
        for card in open {
            let mut after = card.after_a_crash();
            if after.state == JobState::Queued {
                after.state = JobState::Stopped;
            }
            let _ = self.library.put(&after);
        }
    }

    /// Starts work on a thread of its own. Its row is written before it starts and closed after its last write.
    pub fn start(
        &self,
        kind: JobKind,
        subject: String,
        work: impl FnOnce(JobId, &Gauge) -> Answer<()> + Send + 'static,
    ) -> Answer<JobId> {
        let id = JobId::mint(&mut Dice);
        let mut card = JobCard::queued(id, kind, subject, now());
        self.library.put(&card)?;
        let gauge = Gauge::default();
        locked(&self.running).insert(id, gauge.clone());
        card.state = JobState::Running;
        let (library, news, running) =
            (Arc::clone(&self.library), self.news.clone(), Arc::clone(&self.running));
        let heavy = matches!(kind, JobKind::Proxy | JobKind::Render).then(|| Arc::clone(&self.heavy));
        let watch = Watch { id, gauge: gauge.clone(), news: news.clone() };
        watch.spawn(Arc::clone(&running));
        tokio::task::spawn_blocking(move || {
            let turn = heavy.map(Turn::wait);
            let outcome = match gauge.check() {
                Ok(()) => {
                    let _ = library.update(id, &JobChange::read(JobState::Running, &gauge));
                    let _ = news.send(Happened::JobMoved { job: id });
                    work(id, &gauge)
                }
                Err(_) => Ok(()),
            };
            drop(turn);
            let change = match outcome {
                _ if gauge.is_stopping() => JobChange::read(JobState::Stopped, &gauge),
                Ok(()) => JobChange::read(JobState::Done, &gauge),
                Err(failure) => {
                    tracing::warn!(job.id = %id, code = %failure.code, "a job failed");
                    JobChange::read(JobState::Failed, &gauge).because(failure)
                }
            };
            locked(&running).remove(&id);
            let _ = library.update(id, &change);
            let _ = news.send(Happened::JobMoved { job: id });
        });
        let _ = self.news.send(Happened::JobMoved { job: id });
        Ok(id)
    }

    /// The table, newest first.
    pub fn cards(&self) -> Answer<Vec<JobCard>> {
        let mut cards = self.library.list(Which::All)?;
        let running = locked(&self.running);
        for card in &mut cards {
            if let Some(gauge) = running.get(&card.id) {
                card.read(gauge);
            }
        }
        Ok(cards)
    }

    /// Asks a job to stop at its next safe point.
    pub fn cancel(&self, job: JobId) -> Answer<()> {
        let running = locked(&self.running);
        let gauge = running.get(&job).ok_or(DeskError::Unknown { what: "job" })?;
        gauge.ask_to_stop();
        Ok(())
    }

    /// Stops everything and waits for the safe points.
    pub fn stop_all(&self) {
        for gauge in locked(&self.running).values() {
            gauge.ask_to_stop();
        }
        let until = Instant::now() + PATIENCE;
        while !locked(&self.running).is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

/// Brings a running job's row up to date.
struct Watch {
    id: JobId,
    gauge: Gauge,
    news: broadcast::Sender<Happened>,
}

impl Watch {
    fn spawn(self, running: Arc<Mutex<HashMap<JobId, Gauge>>>) {
        tokio::spawn(async move {
            let mut last = self.gauge.reading();
            loop {
                tokio::time::sleep(TICK).await;
                if !locked(&running).contains_key(&self.id) {
                    return;
                }
                let reading = self.gauge.reading();
                if reading != last {
                    last = reading;
                    let _ = self.news.send(Happened::JobMoved { job: self.id });
                }
            }
        });
    }
}

/// The right to use the encoder, given back when dropped.
struct Turn(Arc<(Mutex<bool>, Condvar)>);

impl Turn {
    fn wait(heavy: Arc<(Mutex<bool>, Condvar)>) -> Self {
        {
            let (busy, free) = &*heavy;
            let mut busy = locked(busy);
            while *busy {
                busy = free.wait(busy).unwrap_or_else(std::sync::PoisonError::into_inner);
            }
            *busy = true;
        }
        Self(heavy)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *locked(&self.0.0) = false;
        self.0.1.notify_one();
    }
}
