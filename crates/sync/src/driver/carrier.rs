//! Carries one blob, and keeps its row fresh for whoever looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use satchel_store::{Direction, TransferRow};

use super::Shared;
use crate::client::is_paced;
use crate::download::download;
use crate::hands::ask;
use crate::planner::{Answer, Width};
use crate::upload::upload;
use crate::{Client, Control, Happened, SyncError};

/// How often the progress of a moving blob is noted.
const NOTE: Duration = Duration::from_secs(2);

/// Carries a blob until it is whole or the lever is moved; then it ends at the next safe point, with what arrived kept.
pub(super) async fn carry(
    shared: &Arc<Shared>,
    client: &Arc<Client>,
    row: &TransferRow,
    lever: &Control,
) -> Answer {
    let arrived = Arc::new(AtomicU64::new(row.done_bytes));
    let outcome = tokio::select! {
        outcome = travel(shared, client, row, &arrived, lever) => outcome,
        () = note_progress(shared, row, &arrived) => Err(SyncError::Stopped),
    };
    Answer::Carried { outcome, done_bytes: arrived.load(Ordering::Relaxed) }
}

/// Notes how far a blob is; never returns.
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

async fn travel(
    shared: &Arc<Shared>,
    client: &Arc<Client>,
    row: &TransferRow,
    arrived: &Arc<AtomicU64>,
    lever: &Control,
) -> Result<(), SyncError> {
    let (told, root, subject, direction) = (Arc::clone(&shared.told), row.root, row.subject, row.direction);
    let arrived = Arc::clone(arrived);
    let (line, first) = (Arc::clone(shared), AtomicBool::new(true));
    let progress = move |done: u64, total: u64| {
        let before = arrived.swap(done, Ordering::Relaxed);
        if direction == Direction::Up && !first.swap(false, Ordering::Relaxed) {
            // The first word is of what the pool held before.
            line.goodput().arrived(done.saturating_sub(before), line.elapsed());
        }
        told(Happened::BlobMoved { root, subject, direction, done, total });
    };
    match direction {
        Direction::Up => {
            shared.goodput().begin(shared.elapsed());
            let habits = &shared.habits;
            let width = Width::new(habits.streams, is_paced(habits.congestion));
            let outcome = upload(&shared.library, client, root, width, lever, &progress).await;
            shared.goodput().rest(shared.elapsed());
            outcome
        }
        Direction::Down => download(&shared.library, client, root, row.total, lever, &progress).await,
    }
}
