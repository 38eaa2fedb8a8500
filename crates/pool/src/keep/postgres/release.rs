//! Channels, their secrets and releases in PostgreSQL, and in whose hand a release is.

use std::time::Duration;

use deadpool_postgres::Transaction;
use satchel_terms::{ChannelId, DeviceId, PushId, StoryId};
use satchel_wire::body::Channel;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connect::Db;
use super::{id16, id32, loaded, stored};
use crate::failure::{Outcome, PoolError};
use crate::keep::embedded::{from_text, to_text};
use crate::keep::{JobRow, JobState, Worker};

const COLUMNS: &str = "job, story, channel, account, rev, marker, lane, state, fence, at";

pub async fn channels(db: &Db) -> Outcome<Vec<Channel>> {
    let rows = db.get().await?.query("SELECT body FROM channel", &[]).await?;
    let mut channels = rows.iter().map(|row| from_text(row.get(0))).collect::<Outcome<Vec<Channel>>>()?;
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(channels)
}

pub async fn channel(db: &Db, channel: ChannelId) -> Outcome<Option<Channel>> {
    let client = db.get().await?;
    let found =
        client.query_opt("SELECT body FROM channel WHERE channel = $1", &[&channel.0.as_slice()]).await?;
    found.map(|row| from_text(row.get(0))).transpose()
}

pub async fn put_secret(db: &Db, channel: ChannelId, sealed: &[u8]) -> Outcome<()> {
    let sql = "INSERT INTO channel_secret (channel, sealed) VALUES ($1, $2)
               ON CONFLICT (channel) DO UPDATE SET sealed = excluded.sealed";
    db.get().await?.execute(sql, &[&channel.0.as_slice(), &sealed]).await?;
    Ok(())
}

pub async fn secret(db: &Db, channel: ChannelId) -> Outcome<Option<Vec<u8>>> {
    let client = db.get().await?;
    let sql = "SELECT sealed FROM channel_secret WHERE channel = $1";
    Ok(client.query_opt(sql, &[&channel.0.as_slice()]).await?.map(|row| row.get(0)))
}

pub async fn job(db: &Db, job: PushId) -> Outcome<Option<JobRow>> {
    Ok(jobs(db, "job = $1", &[&job.0.as_slice()]).await?.into_iter().next())
}

pub async fn jobs_of(db: &Db, story: StoryId, channel: ChannelId) -> Outcome<Vec<JobRow>> {
    jobs(db, "story = $1 AND channel = $2", &[&story.0.as_slice(), &channel.0.as_slice()]).await
}

pub async fn job_by_marker(db: &Db, channel: ChannelId, marker: &str) -> Outcome<Option<JobRow>> {
    let found = jobs(db, "channel = $1 AND marker = $2", &[&channel.0.as_slice(), &marker]).await?;
    Ok(found.into_iter().next_back())
}

pub async fn open_jobs(db: &Db) -> Outcome<Vec<JobRow>> {
    jobs(db, "lane IS NULL AND state IN ('waiting', 'sending')", &[]).await
}

async fn jobs(db: &Db, which: &str, values: &[&(dyn ToSql + Sync)]) -> Outcome<Vec<JobRow>> {
    let client = db.get().await?;
    let sql = format!("SELECT {COLUMNS} FROM publish_job WHERE {which} ORDER BY at, job");
    let query = client.prepare_cached(&sql).await?;
    client.query(&query, values).await?.iter().map(job_row).collect()
}

fn job_row(row: &Row) -> Outcome<JobRow> {
    let id = |column: usize| -> Outcome<[u8; 16]> { id16(row.get(column)) };
    let lane: Option<&[u8]> = row.get(6);
    Ok(JobRow {
        job: PushId(id(0)?),
        story: StoryId(id(1)?),
        channel: ChannelId(id(2)?),
        account: row.get(3),
        rev: id32(row.get(4))?,
        marker: row.get(5),
        lane: lane.map(|id| id16(id).map(DeviceId)).transpose()?,
        state: JobState::of(row.get(7)),
        fence: loaded(row.get(8)),
        at: row.get(9),
    })
}

/// Takes a release in hand, or keeps it there, by the database's clock. Whoever takes it out of a silent hand
/// gets a higher fencing number, so the silent one writes nothing more about it.
pub async fn take(db: &Db, job: PushId, worker: Worker, lease: Duration) -> Outcome<Option<JobRow>> {
    let client = db.get().await?;
    let sql = format!(
        "UPDATE publish_job SET worker = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond',
             fence = CASE WHEN worker IS NULL OR worker = $2 THEN fence ELSE fence + 1 END
         WHERE job = $1 AND lane IS NULL AND state IN ('waiting', 'sending')
             AND (worker IS NULL OR worker = $2 OR lease_until < clock_timestamp())
         RETURNING {COLUMNS}"
    );
    let lease_ms = lease.as_millis() as f64;
    let found = client.query_opt(&sql, &[&job.0.as_slice(), &worker.0.as_slice(), &lease_ms]).await?;
    found.map(|row| job_row(&row)).transpose()
}

/// Puts a release down, when it is still in this hand.
pub async fn put_down(db: &Db, job: PushId, worker: Worker) -> Outcome<()> {
    let sql = "UPDATE publish_job SET worker = NULL, lease_until = NULL WHERE job = $1 AND worker = $2";
    db.get().await?.execute(sql, &[&job.0.as_slice(), &worker.0.as_slice()]).await?;
    Ok(())
}

/// Brings the tables of channels and releases up to the batch.
pub async fn project(turn: &Transaction<'_>, channels: &[Channel], jobs: &[JobRow]) -> Outcome<()> {
    for channel in channels {
        let sql = "INSERT INTO channel (channel, body) VALUES ($1, $2)
                   ON CONFLICT (channel) DO UPDATE SET body = excluded.body";
        turn.execute(sql, &[&channel.id.0.as_slice(), &to_text(channel)?]).await?;
    }
    for job in jobs {
        put_job(turn, job).await?;
    }
    Ok(())
}

/// A worker with an old fencing number changes nothing, nor does anyone change what has ended: the batch is refused
/// as a whole.
async fn put_job(turn: &Transaction<'_>, job: &JobRow) -> Outcome<()> {
    let query = turn
        .prepare_cached(
            "INSERT INTO publish_job (job, story, channel, account, rev, marker, lane, state, fence, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (job) DO UPDATE SET state = excluded.state, fence = excluded.fence
                 WHERE excluded.fence >= publish_job.fence
                     AND publish_job.state NOT IN ('released', 'refused', 'not-released')",
        )
        .await?;
    let lane = job.lane.map(|device| device.0.to_vec());
    let values: [&(dyn ToSql + Sync); 10] = [
        &job.job.0.as_slice(),
        &job.story.0.as_slice(),
        &job.channel.0.as_slice(),
        &job.account,
        &job.rev.0.as_slice(),
        &job.marker,
        &lane,
        &job.state.word(),
        &stored(job.fence),
        &job.at,
    ];
    let changed = turn.execute(&query, &values).await?;
    if changed == 1 { Ok(()) } else { Err(PoolError::StaleFence) }
}
