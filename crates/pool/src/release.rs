//! The pool's release lane: takes accepted intents, packs the signed revision, brings it out, keeps the proof.
//!
//! `publish.dispatched` is durable before the publishing call leaves. A release that was dispatched and has no
//! receipt is looked up at the channel first; it is never simply made again. Where several processes serve one store,
//! each release is in one hand at a time.

mod diary;
mod pack;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use satchel_channels::{Adapter, Class, Lookup, PushError};
use satchel_failure::Explain;
use satchel_terms::PushId;
use satchel_wire::body::{PublishIntent, PublishRetract, PublishUnknown, Receipt};
use satchel_wire::{Kind, device_id};
use serde::Serialize;

use crate::failure::Outcome;
use crate::keep::{Batch, JobRow, JobState};
use crate::{Pool, chance, own_json};
use diary::Diary;

/// How often waiting releases are looked at without news.
const LOOK: Duration = Duration::from_secs(5);
/// Pauses double up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// So many lookups may fail before a person has to look.
const LOOKUPS: u32 = 5;

/// Failed tries of a release, and when it is due again.
type Pauses = HashMap<PushId, (u32, Instant)>;

/// What becomes of a release in hand.
enum End {
    /// Proven.
    Released { remote_id: String, url: String },
    /// Surely not out, and not to be tried again.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
    /// Surely not out; later again.
    Later,
    /// It may be out: look it up.
    LookUp,
}

/// Works until the pool stops.
pub async fn work(pool: Arc<Pool>) {
    let (mut head, mut stop) = (pool.watch_head(), pool.watch_stop());
    let mut pauses = Pauses::new();
    while !*stop.borrow() {
        head.mark_unchanged();
        if let Err(error) = round(&pool, &mut pauses).await {
            tracing::error!(code = error.code(), %error, "releases cannot be worked on");
        }
        tokio::select! {
            _ = head.changed() => {}
            () = tokio::time::sleep(nap(&pauses)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// How long nothing is due.
fn nap(pauses: &Pauses) -> Duration {
    let due = pauses.values().map(|(_, due)| due.saturating_duration_since(Instant::now())).min();
    due.unwrap_or(LOOK).clamp(Duration::from_millis(50), LOOK)
}

async fn round(pool: &Arc<Pool>, pauses: &mut Pauses) -> Outcome<()> {
    let open = pool.keep().open_jobs().await?;
    pauses.retain(|known, _| open.iter().any(|job| job.job == *known));
    for job in open {
        let (tries, due) = pauses.get(&job.job).copied().unwrap_or((0, Instant::now()));
        if due > Instant::now() {
            continue;
        }
        let tried = in_hand(pool, job.job, tries).await.unwrap_or_else(|error| {
            tracing::error!(job = %job.job, code = error.code(), %error, "release not worked on");
            Tried::Later
        });
        let first = Duration::from_millis(pool.settings().release_pause_ms.into());
        match tried {
            Tried::Settled => drop(pauses.remove(&job.job)),
            Tried::Elsewhere => drop(pauses.insert(job.job, (tries, Instant::now() + lease(pool) / 4))),
            Tried::Later => {
                let pause = first.saturating_mul(1 << tries.min(8)).min(LONGEST_PAUSE);
                pauses.insert(job.job, (tries + 1, Instant::now() + pause));
            }
        }
    }
    Ok(())
}

/// What came of a try.
enum Tried {
    /// It has come to an end.
    Settled,
    /// Again after a pause.
    Later,
    /// Another process has it in hand.
    Elsewhere,
}

/// How long a release stays in a silent hand.
fn lease(pool: &Pool) -> Duration {
    Duration::from_secs(u64::from(pool.settings().storage.release_lease_seconds.max(2)))
}

/// One try at a release, while it is in this process's hand and in no other's.
///
/// The hand is a lease that is renewed while the work lasts. When it cannot be, the work stops before another process
/// may begin, and the fencing number keeps what it still says out of the log.
async fn in_hand(pool: &Arc<Pool>, job: PushId, tries: u32) -> Outcome<Tried> {
    let (keep, worker) = (pool.keep(), pool.worker());
    let asked = Instant::now();
    let Some(row) = keep.take(job, worker, lease(pool)).await? else { return Ok(Tried::Elsewhere) };
    let settled = tokio::select! {
        settled = is_settled(pool, &row, tries) => settled,
        () = renewed(pool, job, asked) => Err(crate::PoolError::StaleFence),
    };
    if let Err(error) = keep.put_down(job, worker).await {
        tracing::warn!(%job, %error, "a release stays in hand until its lease ends");
    }
    Ok(if settled? { Tried::Settled } else { Tried::Later })
}

/// Keeps a release in hand; ends when it no longer is, a quarter before anyone else may take it.
async fn renewed(pool: &Pool, job: PushId, asked: Instant) {
    let (keep, lease) = (pool.keep(), lease(pool));
    let mut until = asked + lease * 3 / 4;
    while Instant::now() < until {
        tokio::time::sleep(lease / 4).await;
        let asked = Instant::now();
        match tokio::time::timeout(lease / 4, keep.take(job, pool.worker(), lease)).await {
            Ok(Ok(Some(_))) => until = asked + lease * 3 / 4,
            Ok(Ok(None)) if keep.job(job).await.is_ok_and(|row| row.is_some_and(|row| row.is_open())) => {
                return;
            }
            // It has just ended under this hand.
            Ok(Ok(None)) => std::future::pending().await,
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

/// One try at a release. Whether it has come to an end.
async fn is_settled(pool: &Arc<Pool>, job: &JobRow, tries: u32) -> Outcome<bool> {
    let mut job = job.clone();
    let mut end = match job.state {
        JobState::Waiting => pool.release(&mut job).await?,
        JobState::Dispatched => End::LookUp,
        _ => return Ok(true),
    };
    if matches!(end, End::LookUp) {
        end = pool.look_up(&mut job, tries).await?;
    }
    pool.conclude(job, end).await
}

impl Pool {
    /// Packs and brings out.
    async fn release(self: &Arc<Self>, job: &mut JobRow) -> Outcome<End> {
        if let Some(code) = self.release_objection(job).await? {
            return Ok(End::Refused(code.to_owned()));
        }
        let package = match self.pack(job).await? {
            pack::Packed::Ready(package) => package,
            pack::Packed::WaitsForMaterial => return Ok(End::Later),
            pack::Packed::Refused(code) => return Ok(End::Refused(code)),
        };
        let adapter = match self.adapter(job).await? {
            Ok(adapter) => adapter,
            Err(error) => return Ok(End::Refused(error.code().to_owned())),
        };
        tracing::info!(job = %job.job, story = %job.story, rev = %job.rev, "release begins");
        let diary = Diary::new(Arc::clone(self), job.clone());
        let limit = Duration::from_secs(self.settings().release_seconds.into());
        let tried = adapter.release(&package, self.keep().media(), &diary);
        let answer = tokio::time::timeout(limit, tried).await.unwrap_or_else(|_| {
            Err(PushError::Unknown { step: "release".to_owned(), why: "no answer in time".to_owned() })
        });
        *job = diary.close();
        Ok(match answer {
            Ok(receipt) => End::Released { remote_id: receipt.remote_id, url: receipt.url },
            Err(error) => after(&error, job.state == JobState::Dispatched),
        })
    }

    /// Asks the channel what became of a release that was dispatched.
    async fn look_up(self: &Arc<Self>, job: &mut JobRow, tries: u32) -> Outcome<End> {
        let adapter = match self.adapter(job).await? {
            Ok(adapter) => adapter,
            Err(error) => return Ok(End::Unknown(error.code().to_owned())),
        };
        Ok(match adapter.lookup(&job.marker).await {
            Ok(Lookup::Found { id, url }) => End::Released { remote_id: id, url },
            Ok(Lookup::Withdrawn { .. }) => End::Refused("push.withdrawn-there".to_owned()),
            Ok(Lookup::CannotTell) => End::Unknown("push.unknown".to_owned()),
            Ok(Lookup::NotFound) => {
                job.state = JobState::Waiting;
                End::Later
            }
            Err(error) if error.class() == Class::Retry && tries < LOOKUPS => End::Later,
            Err(error) => End::Unknown(error.code().to_owned()),
        })
    }

    /// What the case says now against a release that was accepted before.
    pub(crate) async fn release_objection(&self, job: &JobRow) -> Outcome<Option<&'static str>> {
        let Some(reading) = self.reading(job.story).await? else { return Ok(Some("review.no-story")) };
        let intent = PublishIntent {
            job: job.job,
            channel: job.channel,
            account: job.account.clone(),
            rev: job.rev,
            marker: job.marker.clone(),
        };
        Ok(crate::authority::release_objection(&reading, &intent))
    }

    /// Writes down how it ended. Whether it is over.
    async fn conclude(&self, mut job: JobRow, end: End) -> Outcome<bool> {
        let (state, kind, body) = match end {
            End::Later | End::LookUp => {
                self.commit(Batch { now: chance::now(), jobs: vec![job], ..Batch::default() }).await?;
                return Ok(false);
            }
            End::Released { remote_id, url } => {
                let by = device_id(&self.key().verifying_key());
                let (at, JobRow { job, channel, rev, .. }) = (chance::now(), job.clone());
                let receipt = Receipt { job, channel, rev, url, remote_id, at, by };
                (JobState::Released, Kind::PUBLISH_RECEIPT, Body::Receipt(receipt))
            }
            End::Refused(reason) => {
                let retract = PublishRetract { job: job.job, reason };
                (JobState::Refused, Kind::PUBLISH_RETRACT, Body::Retract(retract))
            }
            End::Unknown(why) => {
                let unknown = PublishUnknown { job: job.job, why };
                (JobState::Unknown, Kind::PUBLISH_UNKNOWN, Body::Unknown(unknown))
            }
        };
        tracing::info!(job = %job.job, state = state.word(), "release ends");
        job.state = state;
        let own = vec![own_json(kind, job.story.0, &body)?];
        self.commit(Batch { now: chance::now(), own, jobs: vec![job], ..Batch::default() }).await?;
        Ok(true)
    }

    /// The adapter of a release's channel.
    async fn adapter(&self, job: &JobRow) -> Outcome<Result<Box<dyn Adapter>, PushError>> {
        let Some(channel) = self.keep().channel(job.channel).await? else {
            return Ok(Err(PushError::BadSetting { name: "channel" }));
        };
        let secret = self.keep().secret(job.channel).await?;
        Ok(pack::open_channel(&channel, secret, &self.settings().channel_folders))
    }
}

/// One of the bodies that end a release.
#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    Receipt(Receipt),
    Retract(PublishRetract),
    Unknown(PublishUnknown),
}

/// What follows an error of the adapter.
fn after(error: &PushError, was_dispatched: bool) -> End {
    tracing::warn!(code = error.code(), %error, "release failed");
    match error.class() {
        Class::Retry => End::Later,
        Class::Lookup if was_dispatched => End::LookUp,
        Class::Lookup => End::Later,
        Class::Fix | Class::Auth | Class::Stop => End::Refused(error.code().to_owned()),
    }
}
