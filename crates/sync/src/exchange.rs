//! One round: hello, then push and pull, neither in the other's way.

use std::collections::BTreeSet;
use std::sync::Arc;

use satchel_store::{Library, PoolLine, StoreError, TakenIn};
use satchel_terms::{ClipId, Hash, StoryId};
use satchel_wire::protocol::{Hello, PUSH_LIMIT};
use satchel_wire::{Kind, Record, Stream};

use crate::planner::{Known, OwnHead, Plan, plan, pool_head};
use crate::trust::{Trust, UNKNOWN_SIGNER};
use crate::{Client, Control, FeedPage, Habits, Identity, SyncError};

/// Most records of one offer.
const PUSH_RECORDS: usize = 500;
/// Both streams of a device, editorial first.
const STREAMS: [Stream; 2] = [Stream::Editorial, Stream::Telemetry];

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
    let client = Client::new(line, identity, habits)?;
    round(library, &client, identity, control).await
}

/// Does one round on a line that is kept.
pub(crate) async fn round(
    library: &Arc<Library>,
    client: &Client,
    identity: &Identity,
    control: &Control,
) -> Result<Report, SyncError> {
    let hello = control.unless_stopped(client.hello()).await?;
    let now = hello.now - client.offset_ms();
    let plan = prepare(library, identity, &hello, now).await?;
    let (push, pull) = tokio::join!(
        push_all(library, client, identity, &plan, control),
        pull_all(library, client, identity, &plan, control),
    );
    let mut report = pull;
    report.offset_ms = plan.offset_ms;
    report.is_new_epoch = plan.is_new_epoch;
    report.head = report.head.max(hello.head);
    report.pushed = push.pushed;
    report.rejected = push.rejected;
    report.push_error = push.error;
    if plan.push.is_empty() && plan.fork.is_none() && report.took > 0 {
        // Own records came back from the pool: what follows them may be offered now.
        let again = prepare(library, identity, &hello, now).await?;
        let push = push_all(library, client, identity, &again, control).await;
        report.pushed += push.pushed;
        report.rejected.extend(push.rejected);
        report.push_error = push.error;
    }
    Ok(report)
}

/// Notes what the pool says it holds and plans the round.
async fn prepare(
    library: &Arc<Library>,
    identity: &Identity,
    hello: &Hello,
    now: i64,
) -> Result<Plan, SyncError> {
    let (hello, device) = (hello.clone(), identity.device);
    ask(library, move |library| {
        let Some(line) = library.pool()? else { return Ok(None) };
        let mut heads = Vec::new();
        for stream in STREAMS {
            let seq = library.my_head(device, stream)?.map_or(0, |(seq, _)| seq);
            let id_at_pool_head = match pool_head(&hello.mine, stream) {
                Some(head) => library.id_at(device, stream, head.seq)?,
                None => None,
            };
            heads.push(OwnHead { stream, seq, id_at_pool_head });
        }
        let known = Known { epoch: line.epoch, cursor: line.cursor, heads, now };
        let plan = plan(&known, &hello);
        if plan.is_new_epoch {
            library.set_pool(&PoolLine { epoch: hello.epoch, cursor: 0, ..line })?;
            library.transfers_reopen()?;
        }
        if plan.fork.is_none() {
            for head in hello.mine.iter().filter(|head| heads_agree(&known, head.stream)) {
                library.mark_pushed(device, head.stream, head.seq)?;
            }
        }
        Ok(Some(plan))
    })
    .await?
    .ok_or(SyncError::NotOurPool)
}

/// Whether the library has a record where the pool has one.
fn heads_agree(known: &Known, stream: Stream) -> bool {
    known.heads.iter().any(|own| own.stream == stream && own.id_at_pool_head.is_some())
}

#[derive(Default)]
struct Pushed {
    pushed: u64,
    rejected: Vec<(Hash, String)>,
    error: Option<SyncError>,
}

/// Pushes every stream; one that stands still does not hold up the other.
async fn push_all(
    library: &Arc<Library>,
    client: &Client,
    identity: &Identity,
    plan: &Plan,
    control: &Control,
) -> Pushed {
    let mut done = Pushed { error: plan.fork.map(|(_, seq)| SyncError::Fork { seq }), ..Pushed::default() };
    for (stream, after) in &plan.push {
        if let Err(error) =
            push_stream(library, client, identity, (*stream, *after), control, &mut done).await
        {
            done.error = Some(error);
        }
    }
    done
}

async fn push_stream(
    library: &Arc<Library>,
    client: &Client,
    identity: &Identity,
    (stream, mut after): (Stream, u64),
    control: &Control,
    done: &mut Pushed,
) -> Result<(), SyncError> {
    let device = identity.device;
    loop {
        let mut records =
            ask(library, move |library| library.records_after(device, stream, after, PUSH_LIMIT)).await?;
        records.truncate(PUSH_RECORDS);
        let Some(last) = records.last().map(|record| record.header().seq) else { return Ok(()) };
        let answer = control.unless_stopped(client.push(&records)).await?;
        let codes: Vec<_> = answer.rejected.into_iter().map(|one| (one.id, one.code)).collect();
        let first_code = codes.first().map(|(_, code)| code.clone());
        done.rejected.extend(codes);
        if let Some(fork) = answer.fork {
            return Err(SyncError::Fork { seq: fork.seq });
        }
        let head = pool_head(&answer.heads, stream).map_or(after, |head| head.seq);
        if head > after {
            check_head(&records, head, pool_head(&answer.heads, stream).map(|head| head.id))?;
            ask(library, move |library| library.mark_pushed(device, stream, head)).await?;
            done.pushed += head - after;
        }
        if head < last {
            return Err(stuck(first_code.unwrap_or_default()));
        }
        after = head;
    }
}

/// Why the pool did not take the next record.
fn stuck(code: String) -> SyncError {
    match code.as_str() {
        "pool.device-revoked" => SyncError::DeviceRevoked,
        "pool.certificate-expired" => SyncError::CertificateExpired,
        "pool.unknown-device" => SyncError::UnknownDevice,
        _ => SyncError::PushStuck { code },
    }
}

/// The pool's word counts only for records that were offered.
fn check_head(records: &[Record], seq: u64, id: Option<Hash>) -> Result<(), SyncError> {
    let same = records.iter().find(|record| record.header().seq == seq).map(Record::id);
    if same.is_some() && same == id { Ok(()) } else { Err(SyncError::Fork { seq }) }
}

/// Pulls page after page until the pool's head.
async fn pull_all(
    library: &Arc<Library>,
    client: &Client,
    identity: &Identity,
    plan: &Plan,
    control: &Control,
) -> Report {
    let mut report = Report::default();
    let Some(after) = plan.pull_after else { return report };
    if let Err(error) = pull_from(library, client, identity, after, control, &mut report).await {
        report.pull_error = Some(error);
    }
    report
}

async fn pull_from(
    library: &Arc<Library>,
    client: &Client,
    identity: &Identity,
    mut after: u64,
    control: &Control,
    report: &mut Report,
) -> Result<(), SyncError> {
    let (line, certificates) =
        ask(library, |library| Ok((library.pool()?, library.records_by_kind(Kind::DEVICE_CERT, 0)?))).await?;
    let line = line.ok_or(SyncError::NotOurPool)?;
    let mut trust = Trust::new(identity, line.key, &certificates)?;
    loop {
        let page = control.unless_stopped(client.feed(after)).await?;
        if page.epoch != line.epoch {
            return Err(SyncError::EpochChanged);
        }
        report.head = page.head;
        let next = page.next;
        trust = take_page(library, trust, page, after, report).await?;
        if next <= after || next >= report.head {
            return Ok(());
        }
        after = next;
    }
}

/// A page must be cut into frames and cover at least as many places as it has frames, or no cursor moves.
fn check_page(page: &FeedPage, after: u64) -> Result<(), SyncError> {
    let garbled = |why: String| SyncError::Garbled { why };
    let frames = Record::frames(&page.bytes).map_err(|error| garbled(error.to_string()))?.len() as u64;
    let places = page.next.saturating_sub(after);
    if frames > places || (frames == 0 && places > 0) {
        return Err(garbled(format!("{frames} records on {places} places")));
    }
    Ok(())
}

/// Judges a page and keeps it with its cursor. A frame that is no record is put on the shelf as it is and passed over.
async fn take_page(
    library: &Arc<Library>,
    mut trust: Trust,
    page: FeedPage,
    after: u64,
    report: &mut Report,
) -> Result<Trust, SyncError> {
    check_page(&page, after)?;
    let (trust, took) = ask(library, move |library| {
        let mut taken = Vec::new();
        for (place, frame) in (after + 1..).zip(Record::frames(&page.bytes)?) {
            match Record::parse(frame.to_vec()) {
                Ok(record) => taken.push(TakenIn { record, pool_seq: Some(place), doubt: None }),
                Err(error) => {
                    let root = library.blobs().put_bytes(frame)?;
                    tracing::error!(%root, %error, "a record of the feed cannot be read; its bytes are kept");
                }
            }
        }
        let new: Vec<_> = taken.iter().filter_map(|one| trust.learn(&one.record)).collect();
        let judged: Vec<TakenIn> = taken.into_iter().map(|one| trust.judge(one)).collect();
        let mut took = library.take_in(&judged, Some(page.next.max(after)))?;
        for device in new {
            let waiting = library.quarantined_of(device, UNKNOWN_SIGNER)?;
            let judged: Vec<TakenIn> = waiting.into_iter().map(|one| trust.judge(one)).collect();
            let late = library.take_in(&judged, None)?;
            took.fresh += late.fresh;
            took.subjects.extend(late.subjects);
        }
        Ok((trust, took))
    })
    .await?;
    report.took += took.fresh;
    report.quarantined += took.quarantined;
    for (kind, subject) in took.subjects {
        match kind {
            Kind::ASSET_ADD | Kind::ASSET_DERIVE => drop(report.clips.insert(ClipId(subject))),
            Kind::DEVICE_CERT | Kind::DEVICE_REVOKE | Kind::ROLE_GRANT | Kind::CHANNEL_SET => {}
            _ => drop(report.stories.insert(StoryId(subject))),
        }
    }
    Ok(trust)
}

/// Asks the library without holding up the road.
pub(crate) async fn ask<T: Send + 'static>(
    library: &Arc<Library>,
    question: impl FnOnce(&Library) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, SyncError> {
    let library = Arc::clone(library);
    let answer = tokio::task::spawn_blocking(move || question(&library)).await;
    Ok(answer.map_err(|_| SyncError::Stopped)??)
}
