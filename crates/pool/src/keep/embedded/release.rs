//! Channels and releases in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use satchel_terms::{ChannelId, DeviceId, PushId, StoryId};
use satchel_wire::body::Channel;

use super::{from_text, id16, id32, loaded, stored, to_text};
use crate::failure::{Outcome, PoolError};
use crate::keep::{JobRow, JobState};

const COLUMNS: &str = "job, story, channel, account, rev, marker, lane, state, fence, at";

pub fn channels(db: &Connection) -> Outcome<Vec<Channel>> {
    let mut query = db.prepare_cached("SELECT body FROM channel")?;
    let bodies = query.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut channels = bodies.iter().map(|body| from_text(body)).collect::<Outcome<Vec<Channel>>>()?;
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(channels)
}

pub fn channel(db: &Connection, channel: ChannelId) -> Outcome<Option<Channel>> {
    let mut query = db.prepare_cached("SELECT body FROM channel WHERE channel = ?1")?;
    let found: Option<String> = query.query_row([channel.0.as_slice()], |row| row.get(0)).optional()?;
    found.map(|body| from_text(&body)).transpose()
}

pub fn job(db: &Connection, job: PushId) -> Outcome<Option<JobRow>> {
    let found = jobs(db, "job = ?1", &[&job.0.as_slice()])?;
    Ok(found.into_iter().next())
}

pub fn jobs_of(db: &Connection, story: StoryId, channel: ChannelId) -> Outcome<Vec<JobRow>> {
    jobs(db, "story = ?1 AND channel = ?2", &[&story.0.as_slice(), &channel.0.as_slice()])
}

pub fn job_by_marker(db: &Connection, channel: ChannelId, marker: &str) -> Outcome<Option<JobRow>> {
    let found = jobs(db, "channel = ?1 AND marker = ?2", &[&channel.0.as_slice(), &marker])?;
    Ok(found.into_iter().next_back())
}

pub fn open_jobs(db: &Connection) -> Outcome<Vec<JobRow>> {
    jobs(db, "lane IS NULL AND state IN ('waiting', 'sending')", &[])
}

fn jobs(db: &Connection, which: &str, values: &[&dyn rusqlite::ToSql]) -> Outcome<Vec<JobRow>> {
    let mut query =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM publish_job WHERE {which} ORDER BY at, job"))?;
    let mut rows = query.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(job_row(row)?);
    }
    Ok(found)
}

fn job_row(row: &Row<'_>) -> Outcome<JobRow> {
    let id = |column: usize| -> Outcome<[u8; 16]> { id16(&row.get::<_, Vec<u8>>(column)?) };
    let lane: Option<Vec<u8>> = row.get(6)?;
    Ok(JobRow {
        job: PushId(id(0)?),
        story: StoryId(id(1)?),
        channel: ChannelId(id(2)?),
        account: row.get(3)?,
        rev: id32(&row.get::<_, Vec<u8>>(4)?)?,
        marker: row.get(5)?,
        lane: lane.map(|id| id16(&id).map(DeviceId)).transpose()?,
        state: JobState::of(&row.get::<_, String>(7)?),
        fence: loaded(row.get(8)?),
        at: row.get(9)?,
    })
}

/// Brings the tables of channels and releases up to the batch.
pub fn project(turn: &Transaction<'_>, channels: &[Channel], jobs: &[JobRow]) -> Outcome<()> {
    for channel in channels {
        turn.execute(
            "INSERT INTO channel (channel, body) VALUES (?1, ?2)
             ON CONFLICT (channel) DO UPDATE SET body = excluded.body",
            params![channel.id.0.as_slice(), to_text(channel)?],
        )?;
    }
    jobs.iter().try_for_each(|job| put_job(turn, job))
}

/// A worker with an old fencing number changes nothing, nor does anyone change what has ended: the batch is refused
/// as a whole.
fn put_job(turn: &Transaction<'_>, job: &JobRow) -> Outcome<()> {
    let changed = turn.execute(
        "INSERT INTO publish_job (job, story, channel, account, rev, marker, lane, state, fence, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (job) DO UPDATE SET state = excluded.state, fence = excluded.fence
             WHERE excluded.fence >= publish_job.fence
                 AND publish_job.state NOT IN ('released', 'refused', 'not-released')",
        params![
            job.job.0.as_slice(),
            job.story.0.as_slice(),
            job.channel.0.as_slice(),
            job.account,
            job.rev.0.as_slice(),
            job.marker,
            job.lane.map(|device| device.0.to_vec()),
            job.state.word(),
            stored(job.fence),
            job.at,
        ],
    )?;
    if changed == 1 { Ok(()) } else { Err(PoolError::StaleFence) }
}
