//! The loop of records: a round, then a long question for news; after a failure a growing pause.

use std::sync::Arc;
use std::time::{Duration, Instant};

use satchel_failure::Explain as _;
use satchel_store::PoolLine;

use super::Shared;
use crate::exchange::{ask, round};
use crate::planner::Backoff;
use crate::{Client, Contact, Happened, Mode, Report, SyncError};

/// How long a broken long question waits before the next round, at most: some lines cut long questions.
const AFTER_BROKEN_WAIT: Duration = Duration::from_secs(5);

/// A pool that answers sooner without news is not asked again before this.
const SHORTEST_WAIT: Duration = Duration::from_secs(2);

/// What the loop learned from a round.
enum After {
    /// Ask for news above this place.
    Wait(u64),
    /// Try again after a pause.
    Rest(SyncError),
}

/// Runs until the lever says stop.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut backoff = Backoff::default();
    let mut line: Option<(PoolLine, Client)> = None;
    loop {
        match shared.control.mode() {
            Mode::Stop => return,
            Mode::Pause => shared.control.left(Mode::Pause).await,
            Mode::Run => match connect(&shared, line.take()).await {
                Ok(None) => idle(&shared, shared.now_rounds.notified()).await,
                Ok(Some((pool, client))) => {
                    turn(&shared, &client, &mut backoff).await;
                    line = Some((pool, client));
                }
                Err(error) => rest(&shared, &error, &mut backoff).await,
            },
        }
    }
}

/// The line to the pinned pool; kept while the pin is the same.
async fn connect(
    shared: &Shared,
    kept: Option<(PoolLine, Client)>,
) -> Result<Option<(PoolLine, Client)>, SyncError> {
    let Some(pool) = ask(&shared.library, |library| library.pool()).await? else { return Ok(None) };
    if let Some((line, client)) = kept
        && (&line.pool_id, &line.url, line.key) == (&pool.pool_id, &pool.url, pool.key)
    {
        return Ok(Some((pool, client)));
    }
    let client = Client::new(&pool, &shared.identity, &shared.habits)?;
    Ok(Some((pool, client)))
}

/// One round and the wait after it.
async fn turn(shared: &Shared, client: &Client, backoff: &mut Backoff) {
    let outcome = round(&shared.library, client, &shared.identity, &shared.control).await;
    let after = match outcome {
        Ok(report) => reached(shared, report, backoff).await,
        Err(error) => After::Rest(error),
    };
    match after {
        After::Wait(head) => news(shared, client, head).await,
        After::Rest(error) => rest(shared, &error, backoff).await,
    }
}

/// Notes that the pool answers and lets this laptop read.
async fn greet(shared: &Shared, report: &Report) {
    let now = shared.habits.now();
    let was_online = shared.contact.borrow().is_online;
    shared.contact.send_replace(Contact {
        is_online: true,
        last_answer: Some(now),
        code: None,
        offset_ms: report.offset_ms,
        head: report.head,
    });
    if !was_online {
        shared.tell(Happened::PoolReached { offset_ms: report.offset_ms });
        shared.log("info", "sync.reached", vec![("offsetMs", report.offset_ms.to_string())]).await;
    }
}

/// Tells what a round brought.
async fn reached(shared: &Shared, report: Report, backoff: &mut Backoff) -> After {
    if report.pull_error.is_none() {
        greet(shared, &report).await;
    }
    if report.took > 0 {
        let count = vec![("records", report.took.to_string())];
        shared.tell(Happened::Took { stories: report.stories, clips: report.clips, records: report.took });
        shared.log("info", "sync.took", count).await;
    }
    if report.quarantined > 0 {
        let count = vec![("records", report.quarantined.to_string())];
        shared.log("warn", "sync.quarantined", count).await;
    }
    if report.pushed > 0 {
        shared.tell(Happened::Pushed { records: report.pushed });
        shared.log("info", "sync.pushed", vec![("records", report.pushed.to_string())]).await;
    }
    for (record, code) in report.rejected {
        shared.log("error", "sync.rejected", vec![("code", code.clone())]).await;
        shared.tell(Happened::Rejected { record, code });
    }
    match (report.pull_error, report.push_error) {
        (None, None) => {
            backoff.reset();
            After::Wait(report.head)
        }
        (Some(error), _) => After::Rest(error),
        (None, Some(error)) => {
            shared.call_person(&error);
            shared.log("error", error.code(), error.params()).await;
            if matches!(error, SyncError::Fork { .. } | SyncError::PushStuck { .. }) {
                After::Wait(report.head) // only a person helps; reading goes on undisturbed
            } else {
                After::Rest(error)
            }
        }
    }
}

/// Waits for news of the pool, of the laptop or of the lever.
async fn news(shared: &Shared, client: &Client, head: u64) {
    tokio::select! {
        answer = other_head(shared, client, head) => if answer.is_err() {
            idle(shared, pause_or_now(shared, AFTER_BROKEN_WAIT.mul_f64((shared.habits.jitter)().clamp(0.1, 1.0)))).await;
        },
        () = shared.now_rounds.notified() => {}
        () = shared.control.left(Mode::Run) => {}
    }
}

/// Asks again and again until the pool's newest place is another one; a lower one means that it was rebuilt.
async fn other_head(shared: &Shared, client: &Client, head: u64) -> Result<(), SyncError> {
    loop {
        let asked = Instant::now();
        if client.wait(head).await? != head {
            return Ok(());
        }
        let now = shared.habits.now();
        shared.contact.send_modify(|contact| contact.last_answer = Some(now));
        tokio::time::sleep(SHORTEST_WAIT.saturating_sub(asked.elapsed())).await;
    }
}

/// Says that there is no way, once, and pauses.
async fn rest(shared: &Shared, error: &SyncError, backoff: &mut Backoff) {
    if matches!(error, SyncError::Stopped) {
        return;
    }
    let before = shared.contact.borrow().clone();
    if before.is_online || before.code != Some(error.code()) {
        shared.contact.send_modify(|contact| {
            contact.is_online = false;
            contact.code = Some(error.code());
        });
        shared.tell(Happened::PoolLost { code: error.code() });
        shared.call_person(error);
        shared.log("warn", error.code(), error.params()).await;
    }
    let retry_after = if let SyncError::PoolBusy { retry_after } = error { *retry_after } else { None };
    let pause = backoff.next(error.needs_person(), retry_after, (shared.habits.jitter)());
    idle(shared, pause_or_now(shared, pause)).await;
}

async fn pause_or_now(shared: &Shared, pause: Duration) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = shared.now_rounds.notified() => {}
    }
}

/// Awaits something unless the lever moves.
async fn idle(shared: &Shared, something: impl Future<Output = ()>) {
    tokio::select! {
        () = something => {}
        () = shared.control.left(Mode::Run) => {}
    }
}
