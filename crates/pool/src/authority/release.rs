//! Who may release what where: a signed revision, once a channel, by the one lane the channel has.

use satchel_story::Reading;
use satchel_terms::{Role, StoryId};
use satchel_wire::body::{
    Lane, Outcome as Found, PublishDispatched, PublishIntent, PublishResolve, PublishRetract, PublishUnknown,
    Receipt,
};
use satchel_wire::{Kind, Record};

use super::Ruling;
use crate::Pool;
use crate::chance;
use crate::failure::Outcome;
use crate::keep::{JobRow, JobState};

const BAD_BODY: &str = "wire.bad-body";
/// How far a laptop's clock may be ahead of the pool's, in milliseconds.
const CLOCKS_APART_MS: u64 = 300_000;

impl Pool {
    pub(super) async fn rule_intent(&self, record: &Record, roles: &[Role]) -> Outcome<Ruling> {
        let Ok(intent) = record.json::<PublishIntent>() else { return Ok(Ruling::refused(BAD_BODY)) };
        let story = StoryId(record.header().subject);
        if !roles.contains(&Role::Operator) {
            return Ok(Ruling::refused("push.not-your-role"));
        }
        let Some(channel) = self.keep().channel(intent.channel).await? else {
            return Ok(Ruling::refused("push.no-channel"));
        };
        if channel.account != intent.account {
            return Ok(Ruling::refused("push.other-account"));
        }
        if !is_marker(&intent.marker) {
            return Ok(Ruling::refused("push.bad-marker"));
        }
        let Some(reading) = self.reading(story).await? else {
            return Ok(Ruling::refused("review.no-story"));
        };
        if let Some(code) = release_objection(&reading, &intent) {
            return Ok(Ruling::refused(code));
        }
        if let Some(code) = self.earlier_release(story, &intent).await? {
            return Ok(Ruling::refused(code));
        }
        let lane = match channel.lane {
            Lane::Pool => None,
            Lane::Device(device) => Some(device),
        };
        let state = if lane.is_none() { self.first_state(record) } else { JobState::Waiting };
        let mut ruling = Ruling::accepted(state.word());
        ruling.effects.jobs.push(JobRow {
            job: intent.job,
            story,
            channel: intent.channel,
            account: intent.account,
            rev: intent.rev,
            marker: intent.marker,
            lane,
            state,
            fence: 0,
            at: chance::now(),
        });
        Ok(ruling)
    }

    /// Where a release begins. A wish from before this epoch may have been granted by the pool as it was then, which
    /// nobody here remembers: the channel is asked first.
    fn first_state(&self, record: &Record) -> JobState {
        let began = u64::try_from(self.facts().epoch_began).unwrap_or(0);
        let is_old = began > 0 && record.header().time.millis() < began + CLOCKS_APART_MS;
        if is_old { JobState::Dispatched } else { JobState::Waiting }
    }

    /// What an earlier release of the story on the channel says against another.
    async fn earlier_release(&self, story: StoryId, intent: &PublishIntent) -> Outcome<Option<&'static str>> {
        if self.keep().job(intent.job).await?.is_some() {
            return Ok(Some("push.known-already"));
        }
        if self.keep().job_by_marker(intent.channel, &intent.marker).await?.is_some() {
            return Ok(Some("push.bad-marker"));
        }
        let earlier = self.keep().jobs_of(story, intent.channel).await?;
        let blocking = earlier.iter().map(|job| job.state).find(|state| state.blocks());
        Ok(blocking.map(|state| match state {
            JobState::Released => "push.already-out",
            JobState::Unknown => "push.unresolved",
            _ => "push.in-hand",
        }))
    }

    /// What the lane device says of a release that is its own.
    pub(super) async fn rule_lane(&self, record: &Record) -> Outcome<Ruling> {
        let Some((id, state, fence)) = reported(record) else { return Ok(Ruling::refused(BAD_BODY)) };
        let Some(mut job) = self.keep().job(id).await? else { return Ok(Ruling::refused("push.no-job")) };
        if job.lane != Some(record.header().device) || job.story.0 != record.header().subject {
            return Ok(Ruling::refused("push.not-your-lane"));
        }
        if fence.is_some_and(|fence| fence <= job.fence) {
            return Ok(Ruling::refused("push.stale-fence"));
        }
        let is_open = match state {
            JobState::Dispatched => job.state == JobState::Waiting || job.state == JobState::Dispatched,
            JobState::Unknown => job.state == JobState::Dispatched,
            _ => matches!(job.state, JobState::Dispatched | JobState::Unknown),
        };
        if !is_open {
            return Ok(Ruling::refused("push.wrong-state"));
        }
        job.state = state;
        job.fence = fence.unwrap_or(job.fence);
        Ok(moved(job))
    }

    /// An operator calls off what waits; the lane device says that nothing went out.
    pub(super) async fn rule_retract(&self, record: &Record, roles: &[Role]) -> Outcome<Ruling> {
        let Ok(retract) = record.json::<PublishRetract>() else { return Ok(Ruling::refused(BAD_BODY)) };
        let Some(mut job) = self.keep().job(retract.job).await? else {
            return Ok(Ruling::refused("push.no-job"));
        };
        if job.story.0 != record.header().subject {
            return Ok(Ruling::refused(BAD_BODY));
        }
        let is_lane = job.lane == Some(record.header().device);
        job.state = match job.state {
            JobState::Waiting | JobState::Dispatched if is_lane => JobState::Refused,
            JobState::Waiting if roles.contains(&Role::Operator) => JobState::NotReleased,
            JobState::Waiting => return Ok(Ruling::refused("push.not-your-role")),
            JobState::Released => return Ok(Ruling::refused("push.already-out")),
            _ => return Ok(Ruling::refused("push.wrong-state")),
        };
        Ok(moved(job))
    }

    /// A channel operator or duty editor says what became of a release that nobody knew about.
    pub(super) async fn rule_resolve(&self, record: &Record, roles: &[Role]) -> Outcome<Ruling> {
        let Ok(resolve) = record.json::<PublishResolve>() else { return Ok(Ruling::refused(BAD_BODY)) };
        if !roles.iter().any(|role| matches!(role, Role::Operator | Role::Editor)) {
            return Ok(Ruling::refused("push.not-your-role"));
        }
        if resolve.reason.trim().is_empty() {
            return Ok(Ruling::refused("review.reason-missing"));
        }
        let Some(mut job) = self.keep().job(resolve.job).await? else {
            return Ok(Ruling::refused("push.no-job"));
        };
        if job.state != JobState::Unknown || job.story.0 != record.header().subject {
            return Ok(Ruling::refused("push.wrong-state"));
        }
        job.state = match resolve.outcome {
            Found::Released => JobState::Released,
            Found::NotReleased => JobState::NotReleased,
        };
        Ok(moved(job))
    }
}

/// A marker that every channel keeps as it is: 6 to 64 lower-case letters, digits and hyphens.
fn is_marker(marker: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (6..=64).contains(&marker.len())
        && !marker.starts_with('-')
        && !marker.ends_with('-')
        && marker.bytes().all(is_plain)
}

/// What the case says against releasing this revision on this channel.
pub fn release_objection(reading: &Reading, intent: &PublishIntent) -> Option<&'static str> {
    let Some(sign_off) = reading.case.sign_off() else { return Some("push.not-signed") };
    if sign_off.rev() != intent.rev || reading.rev() != intent.rev {
        return Some("push.other-revision");
    }
    (!sign_off.channels().contains(&intent.channel)).then_some("push.channel-not-signed")
}

/// What a lane device reports: the release, its new state, the fencing number where there is one.
fn reported(record: &Record) -> Option<(satchel_terms::PushId, JobState, Option<u64>)> {
    match record.header().kind {
        Kind::PUBLISH_DISPATCHED => {
            let body = record.json::<PublishDispatched>().ok()?;
            Some((body.job, JobState::Dispatched, Some(body.fence)))
        }
        Kind::PUBLISH_RECEIPT => Some((record.json::<Receipt>().ok()?.job, JobState::Released, None)),
        _ => Some((record.json::<PublishUnknown>().ok()?.job, JobState::Unknown, None)),
    }
}

/// The release goes on to the state it was given.
fn moved(job: JobRow) -> Ruling {
    let mut ruling = Ruling::accepted(job.state.word());
    ruling.effects.jobs.push(job);
    ruling
}
