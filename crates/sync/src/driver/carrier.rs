//! The loop of blobs: the smallest of the lowest lane first, on a line of its own, while the pool can be reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use satchel_failure::Explain as _;
use satchel_store::{Direction, PoolLine, StoreError, TransferFilter, TransferRow, TransferState};

use super::Shared;
use crate::blobs::SMALL;
use crate::download::download;
use crate::exchange::ask;
use crate::planner::Backoff;
use crate::upload::upload;
use crate::{Client, Control, Happened, Mode, SyncError};

/// How often the wishes are looked at without being asked.
const LOOK: Duration = Duration::from_secs(5);
/// How often a moving original looks whether smaller files wait.
const YIELD: Duration = Duration::from_secs(1);
/// How often the progress of a moving blob is noted.
const NOTE: Duration = Duration::from_secs(2);
/// How many small files travel at once.
const SMALL_AT_ONCE: usize = 4;
/// Attempts without a byte moving before a blob waits for a person.
const MOST_TRIES: u32 = 12;

/// Runs until the lever says stop.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut line: Option<(PoolLine, Arc<Client>)> = None;
    loop {
        match shared.control.mode() {
            Mode::Stop => return,
            Mode::Pause => shared.control.left(Mode::Pause).await,
            Mode::Run => {
                let moved = match carry(&shared, &mut line).await {
                    Ok(moved) => moved,
                    Err(SyncError::Stopped) => true,
                    Err(error) => {
                        tracing::warn!(%error, "the transfers cannot be read");
                        false
                    }
                };
                if !moved {
                    rest(&shared).await;
                }
            }
        }
    }
}

/// Carries the next batch. False if nothing could be done now.
async fn carry(shared: &Arc<Shared>, line: &mut Option<(PoolLine, Arc<Client>)>) -> Result<bool, SyncError> {
    if !shared.contact.borrow().is_online {
        return Ok(false);
    }
    let batch = next_batch(shared).await?;
    if batch.is_empty() {
        return Ok(false);
    }
    let Some(client) = connect(shared, line).await? else { return Ok(false) };
    let mut under_way = tokio::task::JoinSet::new();
    for row in batch {
        under_way.spawn(one(Arc::clone(shared), Arc::clone(&client), row));
    }
    let mut moved = true;
    while let Some(done) = under_way.join_next().await {
        moved &= done.unwrap_or(Ok(false))?;
    }
    Ok(moved)
}

/// What goes next: one original, or a few small files of the same lane.
async fn next_batch(shared: &Shared) -> Result<Vec<TransferRow>, SyncError> {
    let (now, lanes) = (shared.habits.now(), shared.lanes.load(Ordering::Relaxed));
    ask(&shared.library, move |library| {
        let filter = TransferFilter { due_at: Some(now), limit: SMALL_AT_ONCE, ..TransferFilter::default() };
        let mut rows = library.transfers(&filter)?;
        rows.retain(|row| row.lane <= lanes);
        if rows.first().is_some_and(|first| first.lane > SMALL) {
            rows.truncate(1);
        }
        rows.retain({
            let lane = rows.first().map_or(0, |first| first.lane);
            move |row| row.lane == lane
        });
        Ok(rows)
    })
    .await
}

async fn connect(
    shared: &Shared,
    line: &mut Option<(PoolLine, Arc<Client>)>,
) -> Result<Option<Arc<Client>>, SyncError> {
    let Some(pool) = ask(&shared.library, |library| library.pool()).await? else { return Ok(None) };
    if let Some((kept, client)) = line
        && (&kept.pool_id, &kept.url, kept.key) == (&pool.pool_id, &pool.url, pool.key)
    {
        return Ok(Some(Arc::clone(client)));
    }
    let client = Arc::new(Client::new(&pool, &shared.identity, &shared.habits)?);
    *line = Some((pool, Arc::clone(&client)));
    Ok(Some(client))
}

/// Carries one blob and writes down how it ended. True if the loop may go on at once.
async fn one(shared: Arc<Shared>, client: Arc<Client>, mut row: TransferRow) -> Result<bool, SyncError> {
    row.state = TransferState::Moving;
    save(&shared, &row).await?;
    let arrived = Arc::new(AtomicU64::new(row.done_bytes));
    let control = Control::default();
    let started = row.clone();
    let journey = travel(&shared, &client, &started, &arrived, &control);
    tokio::pin!(journey);
    let outcome = tokio::select! {
        outcome = &mut journey => outcome,
        () = note_progress(&shared, &started, &arrived) => Err(SyncError::Stopped),
        () = must_rest(&shared, row.lane) => {
            control.set(Mode::Stop);
            journey.await // ends at the next safe point, with what arrived kept
        }
    };
    let has_moved = arrived.load(Ordering::Relaxed) > row.done_bytes;
    row.done_bytes = arrived.load(Ordering::Relaxed);
    settle(&shared, row, outcome, has_moved).await
}

/// Keeps the row of a moving blob fresh for whoever looks; never returns.
async fn note_progress(shared: &Shared, row: &TransferRow, arrived: &AtomicU64) {
    let (root, direction, mut noted) = (row.root, row.direction, row.done_bytes);
    loop {
        tokio::time::sleep(NOTE).await;
        let done = arrived.load(Ordering::Relaxed);
        if done != noted {
            noted = done;
            let kept =
                ask(&shared.library, move |library| library.transfer_progress(root, direction, done)).await;
            if let Err(error) = kept {
                tracing::warn!(%error, "the progress of a blob cannot be noted");
            }
        }
    }
}

/// Returns when a journey of this lane has to be broken off.
async fn must_rest(shared: &Shared, lane: u8) {
    tokio::select! {
        () = shared.control.left(Mode::Run) => {}
        () = smaller_waits(shared, lane) => {}
        () = lane_closed(shared, lane) => {}
    }
}

async fn travel(
    shared: &Arc<Shared>,
    client: &Arc<Client>,
    row: &TransferRow,
    arrived: &Arc<AtomicU64>,
    control: &Control,
) -> Result<(), SyncError> {
    let (told, root, direction) = (Arc::clone(&shared.told), row.root, row.direction);
    let arrived = Arc::clone(arrived);
    let progress = move |done: u64, total: u64| {
        arrived.store(done, Ordering::Relaxed);
        told(Happened::BlobMoved { root, direction, done, total });
    };
    match direction {
        Direction::Up => {
            upload(&shared.library, client, root, shared.habits.streams, control, &progress).await
        }
        Direction::Down => download(&shared.library, client, root, row.total, control, &progress).await,
    }
}

/// Writes down and tells how a blob's journey ended.
async fn settle(
    shared: &Shared,
    mut row: TransferRow,
    outcome: Result<(), SyncError>,
    has_moved: bool,
) -> Result<bool, SyncError> {
    let (root, subject) = (row.root, row.subject);
    match outcome {
        Ok(()) => {
            row.state = TransferState::Pooled;
            row.done_bytes = row.total;
            row.tries = 0;
            save(shared, &row).await?;
            let code = if row.direction == Direction::Up { "sync.blob-pooled" } else { "sync.blob-here" };
            shared
                .log("info", code, vec![("root", root.to_string()), ("bytes", row.total.to_string())])
                .await;
            shared.tell(match row.direction {
                Direction::Up => Happened::BlobPooled { root, subject },
                Direction::Down => Happened::BlobHere { root, subject },
            });
            Ok(true)
        }
        Err(SyncError::Stopped) => {
            row.state = TransferState::Waiting;
            save(shared, &row).await?;
            Ok(true)
        }
        Err(error) => {
            row.tries = if has_moved { 1 } else { row.tries + 1 };
            let is_lost = matches!(error, SyncError::SourceChanged { .. } | SyncError::Wire(_))
                || matches!(&error, SyncError::Store(inner) if !matches!(inner, StoreError::DiskFull))
                || row.tries > MOST_TRIES && error.needs_person();
            row.state = if is_lost { TransferState::Failed } else { TransferState::Waiting };
            let pause =
                Backoff::after(row.tries - 1).next(error.needs_person(), None, (shared.habits.jitter)());
            row.next_try = shared.habits.now() + i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2);
            save(shared, &row).await?;
            shared.call_person(&error);
            let mut params = error.params();
            params.push(("root", root.to_string()));
            shared.log(if is_lost { "error" } else { "warn" }, error.code(), params).await;
            Ok(is_lost)
        }
    }
}

async fn save(shared: &Shared, row: &TransferRow) -> Result<(), SyncError> {
    let row = row.clone();
    ask(&shared.library, move |library| library.transfer_set(&row)).await
}

/// Returns when a file of a lower lane waits while an original moves.
async fn smaller_waits(shared: &Shared, lane: u8) {
    loop {
        tokio::time::sleep(YIELD).await;
        if lane <= SMALL {
            continue;
        }
        let filter = TransferFilter {
            lane: Some(SMALL),
            due_at: Some(shared.habits.now()),
            limit: 1,
            ..TransferFilter::default()
        };
        let waiting = ask(&shared.library, move |library| library.transfers(&filter)).await;
        if waiting.is_ok_and(|rows| !rows.is_empty()) {
            return;
        }
    }
}

/// Returns when the lane of a moving blob is closed.
async fn lane_closed(shared: &Shared, lane: u8) {
    while lane <= shared.lanes.load(Ordering::Relaxed) {
        tokio::time::sleep(YIELD).await;
    }
}

/// Waits for a call, for the pool, for the lever, or a little.
async fn rest(shared: &Shared) {
    let mut contact = shared.contact.subscribe();
    contact.borrow_and_update();
    tokio::select! {
        () = tokio::time::sleep(LOOK) => {}
        () = shared.now_blobs.notified() => {}
        _ = contact.changed() => {}
        () = shared.control.left(Mode::Run) => {}
    }
}
