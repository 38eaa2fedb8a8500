//! The tables and their versions, and what the database says about the pool as a whole.

use satchel_terms::NewsroomId;
use satchel_wire::{SigningKey, key_to_hex};
use tokio_postgres::Transaction;

use super::connect::Db;
use crate::chance;
use crate::failure::{Outcome, PoolError};
use crate::keep::Facts;

/// The migrations, in order; the place in this list plus one is the version.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_pool.sql"),
    include_str!("migrations/0002_uploads.sql"),
    include_str!("migrations/0003_tray.sql"),
    include_str!("migrations/0004_notes.sql"),
];
/// The lock under which tables change and a pool is founded.
const MIGRATE: i64 = 0x5A7C_0001;
/// The lock that every serving process shares, and a new epoch takes for itself.
pub const SERVE: i64 = 0x5A7C_0002;

/// Brings the tables up to this program; several processes may try at once.
///
/// # Errors
/// [`PoolError::NewerData`]; what the database says.
pub async fn migrate(db: &Db) -> Outcome<()> {
    let mut client = db.get().await?;
    let turn = client.transaction().await?;
    turn.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATE]).await?;
    turn.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_version (
             version bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())",
    )
    .await?;
    let found: i64 =
        turn.query_one("SELECT coalesce(max(version), 0) FROM schema_version", &[]).await?.get(0);
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(PoolError::NewerData { found, known });
    }
    for (version, step) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        turn.batch_execute(step).await?;
        turn.execute("INSERT INTO schema_version (version) VALUES ($1)", &[&version]).await?;
    }
    turn.commit().await?;
    Ok(())
}

/// Writes down what a new pool is.
///
/// # Errors
/// [`PoolError::AlreadyAPool`] when the database holds one.
pub async fn found(db: &Db, facts: &Facts, key: &SigningKey) -> Outcome<()> {
    migrate(db).await?;
    let mut client = db.get().await?;
    let turn = client.transaction().await?;
    turn.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATE]).await?;
    if turn.query_opt("SELECT 1 FROM meta WHERE name = 'newsroom'", &[]).await?.is_some() {
        return Err(PoolError::AlreadyAPool { dir: "the database".to_owned() });
    }
    put(&turn, "newsroom", &facts.newsroom.to_string()).await?;
    put(&turn, "centre", &facts.centre).await?;
    put(&turn, "epoch", &facts.epoch.to_string()).await?;
    put(&turn, "pool-key", &key_to_hex(&key.verifying_key())).await?;
    turn.commit().await?;
    Ok(())
}

async fn put(turn: &deadpool_postgres::Transaction<'_>, name: &str, value: &str) -> Outcome<()> {
    let turn: &Transaction<'_> = turn;
    turn.execute("INSERT INTO meta (name, value) VALUES ($1, $2)", &[&name, &value]).await?;
    Ok(())
}

/// What this pool is; the key must be the one that it was made with.
///
/// # Errors
/// [`PoolError::NoPool`] when the database holds none, [`PoolError::BadConfig`] when the key is another one.
pub async fn facts(db: &Db, key: &SigningKey) -> Outcome<Facts> {
    let client = db.get().await?;
    let rows = client.query("SELECT name, value FROM meta", &[]).await?;
    let one = |name: &str| rows.iter().find(|row| row.get::<_, &str>(0) == name).map(|row| row.get(1));
    let missing = || PoolError::NoPool { dir: "the database".to_owned() };
    let broken = |what: &str| PoolError::Broken(format!("the database's {what} cannot be read"));
    let (newsroom, epoch): (&str, &str) =
        (one("newsroom").ok_or_else(missing)?, one("epoch").ok_or_else(missing)?);
    if one("pool-key") != Some(key_to_hex(&key.verifying_key()).as_str()) {
        return Err(PoolError::BadConfig {
            why: "the pool's key is not the one of this database".to_owned(),
        });
    }
    let newsroom: NewsroomId = newsroom.parse().map_err(|_| broken("newsroom"))?;
    let centre: &str = one("centre").ok_or_else(missing)?;
    let epoch = epoch.parse().map_err(|_| broken("epoch"))?;
    let epoch_began = one("epoch-began").and_then(|at| at.parse().ok()).unwrap_or(0);
    Ok(Facts { newsroom, centre: centre.to_owned(), epoch, epoch_began })
}

/// Begins a new epoch, when no process serves.
///
/// # Errors
/// [`PoolError::ServedElsewhere`]; what the database says.
pub async fn new_epoch(db: &Db) -> Outcome<u64> {
    let mut client = db.get().await?;
    let turn = client.transaction().await?;
    let alone: bool = turn.query_one("SELECT pg_try_advisory_xact_lock($1)", &[&SERVE]).await?.get(0);
    if !alone {
        return Err(PoolError::ServedElsewhere);
    }
    let raised =
        "UPDATE meta SET value = (value::bigint + 1)::text WHERE name = 'epoch' RETURNING value::bigint";
    let epoch: i64 = turn.query_one(raised, &[]).await?.get(0);
    let began = "INSERT INTO meta (name, value) VALUES ('epoch-began', $1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    turn.execute(began, &[&chance::now().to_string()]).await?;
    // What stood ready to be released may be out already: the channel is asked first.
    turn.execute("UPDATE publish_job SET state = 'sending' WHERE lane IS NULL AND state = 'waiting'", &[])
        .await?;
    turn.commit().await?;
    Ok(epoch.cast_unsigned())
}
