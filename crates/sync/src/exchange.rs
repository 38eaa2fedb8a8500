//! One round by itself, for whoever needs no driver.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use satchel_store::{Library, PoolLine};
use satchel_terms::{ClipId, Hash, StoryId};
use satchel_wire::protocol::PROTOCOL;
use tokio::task::JoinSet;

use crate::hands::Hands;
use crate::planner::{Asks, Round};
use crate::{Client, Control, FeedPage, Habits, Identity, SyncError};

/// What a round did.
#[derive(Debug, Default)]
pub struct Report {
    /// Milliseconds by which the pool's clock is ahead of the laptop's.
    pub offset_ms: i64,
    /// The pool's newest place when the round ended.
    pub head: u64,
    /// Whether the pool had been rebuilt.
    pub is_new_epoch: bool,
    /// Own records the pool newly holds.
    pub pushed: u64,
    /// Own records the pool did not take, with its codes.
    pub rejected: Vec<(Hash, String)>,
    /// Records that came in.
    pub took: usize,
    /// Records that went into quarantine.
    pub quarantined: usize,
    /// Stories that have news.
    pub stories: BTreeSet<StoryId>,
    /// Clips that have news.
    pub clips: BTreeSet<ClipId>,
    /// Why not everything was pushed.
    pub push_error: Option<SyncError>,
    /// Why not everything was pulled.
    pub pull_error: Option<SyncError>,
}

/// Does one round with a line of its own.
///
/// # Errors
/// [`SyncError`] if the hello failed. What failed later stands in the report, beside what was done.
pub async fn run_once(
    library: &Arc<Library>,
    identity: &Identity,
    line: &PoolLine,
    habits: &Habits,
    control: &Control,
) -> Result<Report, SyncError> {
    let client = Arc::new(Client::new(line, identity, habits)?);
    let hands = Hands { library: Arc::clone(library), identity: identity.clone(), control: control.clone() };
    let mut round = Round::new(identity, habits.protocol, None, BTreeSet::new());
    let first = round.begin();
    play(round, first, &hands, Some(&client)).await
}

/// Takes in a page of the pool's order that came by hand, above a place that was read before.
///
/// # Errors
/// [`SyncError::EpochChanged`] if the page is of another epoch or leaves a gap; [`SyncError::Garbled`] if it is no
/// page; any [`SyncError`] of the library. The cursor moves with the records or not at all.
pub async fn take_page(
    library: &Arc<Library>,
    identity: &Identity,
    after: u64,
    page: FeedPage,
) -> Result<Report, SyncError> {
    let hands =
        Hands { library: Arc::clone(library), identity: identity.clone(), control: Control::default() };
    let mut round = Round::new(identity, PROTOCOL, None, BTreeSet::new());
    let first = round.begin_parcel(after, page);
    let report = play(round, first, &hands, None).await?;
    match report.pull_error {
        Some(error) => Err(error),
        None => Ok(report),
    }
}

async fn play(
    mut round: Round,
    first: Asks,
    hands: &Hands,
    client: Option<&Arc<Client>>,
) -> Result<Report, SyncError> {
    let mut asks: VecDeque<_> = first.into();
    let mut open = JoinSet::new();
    loop {
        for (errand, question) in asks.drain(..) {
            let (hands, client) = (hands.clone(), client.cloned());
            open.spawn(async move { (errand, hands.answer(client.as_deref(), question).await) });
        }
        let Some(answer) = open.join_next().await else { return round.end().outcome };
        let (errand, outcome) = answer.map_err(|_| SyncError::Stopped)?;
        asks.extend(round.step(errand, outcome));
    }
}
