//! People, devices, invitations and sums in PostgreSQL.

use deadpool_postgres::Transaction;
use satchel_terms::{DeviceId, Hash, PersonId, Stamp};
use satchel_wire::Record;
use satchel_wire::protocol::{DeviceLine, PersonLine};
use tokio_postgres::Row;

use super::connect::Db;
use super::{id16, id32, loaded};
use crate::failure::{Outcome, PoolError};
use crate::keep::embedded::{certificate_in, from_text, to_text};
use crate::keep::{DeviceRow, InvitationRow, PersonRow, Totals};

pub async fn device(db: &Db, device: DeviceId) -> Outcome<Option<DeviceRow>> {
    let client = db.get().await?;
    let query = client
        .prepare_cached(
            "SELECT public_key, person, machine, not_after, certificate, revoked FROM device WHERE device = $1",
        )
        .await?;
    let Some(row) = client.query_opt(&query, &[&device.0.as_slice()]).await? else { return Ok(None) };
    Ok(Some(DeviceRow {
        device,
        public_key: row.get(0),
        person: PersonId(id16(row.get(1))?),
        machine: row.get(2),
        not_after: row.get(3),
        certificate: id32(row.get(4))?,
        revoked: row.get(5),
    }))
}

pub async fn seen(db: &Db, device: DeviceId, at: Stamp) -> Outcome<()> {
    let client = db.get().await?;
    client.execute("UPDATE device SET seen_at = $2 WHERE device = $1", &[&device.0.as_slice(), &at]).await?;
    Ok(())
}

pub async fn person(db: &Db, person: PersonId) -> Outcome<Option<PersonRow>> {
    let client = db.get().await?;
    let query = client.prepare_cached("SELECT person, name, roles FROM person WHERE person = $1").await?;
    let found = client.query_opt(&query, &[&person.0.as_slice()]).await?;
    found.map(|row| person_row(&row)).transpose()
}

fn person_row(row: &Row) -> Outcome<PersonRow> {
    Ok(PersonRow { person: PersonId(id16(row.get(0))?), name: row.get(1), roles: from_text(row.get(2))? })
}

pub async fn people(db: &Db) -> Outcome<Vec<PersonLine>> {
    let client = db.get().await?;
    let people = client.query("SELECT person, name, roles FROM person ORDER BY name, person", &[]).await?;
    let sql = "SELECT device, machine, not_after, seen_at, revoked, person FROM device ORDER BY device";
    let devices = client.query(sql, &[]).await?;
    let mut lines = Vec::new();
    for row in &people {
        let PersonRow { person, name, roles } = person_row(row)?;
        let mut line = PersonLine { person, name, roles, devices: Vec::new() };
        for row in devices.iter().filter(|row| row.get::<_, &[u8]>(5) == person.0.as_slice()) {
            line.devices.push(DeviceLine {
                device: DeviceId(id16(row.get(0))?),
                machine: row.get(1),
                not_after: row.get(2),
                seen_at: row.get(3),
                revoked: row.get(4),
            });
        }
        lines.push(line);
    }
    Ok(lines)
}

pub async fn invite(db: &Db, invitation: &InvitationRow) -> Outcome<()> {
    let InvitationRow { code, person, expires, .. } = invitation;
    let sql = "INSERT INTO invitation (code, person, name, roles, expires) VALUES ($1, $2, $3, $4, $5)";
    let (code, id, roles) = (code.0.as_slice(), person.person.0.as_slice(), to_text(&person.roles)?);
    db.get().await?.execute(sql, &[&code, &id, &person.name, &roles, expires]).await?;
    Ok(())
}

pub async fn invitation(db: &Db, code: Hash) -> Outcome<Option<InvitationRow>> {
    let client = db.get().await?;
    let sql = "SELECT person, name, roles, expires, used_by FROM invitation WHERE code = $1";
    let Some(row) = client.query_opt(sql, &[&code.0.as_slice()]).await? else { return Ok(None) };
    let used_by: Option<&[u8]> = row.get(4);
    Ok(Some(InvitationRow {
        code,
        person: person_row(&row)?,
        expires: row.get(3),
        used_by: used_by.map(|id| id16(id).map(DeviceId)).transpose()?,
    }))
}

pub async fn use_up(turn: &Transaction<'_>, code: Hash, device: DeviceId) -> Outcome<()> {
    let sql = "UPDATE invitation SET used_by = $2 WHERE code = $1 AND (used_by IS NULL OR used_by = $2)";
    let changed = turn.execute(sql, &[&code.0.as_slice(), &device.0.as_slice()]).await?;
    if changed == 1 { Ok(()) } else { Err(PoolError::CodeUsed) }
}

/// Brings the tables of people and devices up to the batch.
pub async fn project(
    turn: &Transaction<'_>,
    people: &[PersonRow],
    devices: &[DeviceRow],
    revoked: &[(DeviceId, String)],
    own: &[Record],
) -> Outcome<()> {
    for row in people {
        let sql = "INSERT INTO person (person, name, roles) VALUES ($1, $2, $3)
                   ON CONFLICT (person) DO UPDATE SET name = excluded.name, roles = excluded.roles";
        turn.execute(sql, &[&row.person.0.as_slice(), &row.name, &to_text(&row.roles)?]).await?;
    }
    for row in devices {
        enrol(turn, row, certificate_in(own, row.device)?).await?;
    }
    for (device, reason) in revoked {
        let sql = "UPDATE device SET revoked = $2 WHERE device = $1 AND revoked IS NULL";
        turn.execute(sql, &[&device.0.as_slice(), reason]).await?;
    }
    Ok(())
}

async fn enrol(turn: &Transaction<'_>, row: &DeviceRow, certificate: Hash) -> Outcome<()> {
    let sql = "INSERT INTO device (device, public_key, person, machine, not_after, certificate)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (device) DO UPDATE SET machine = excluded.machine, not_after = excluded.not_after,
                   certificate = excluded.certificate";
    let (device, person) = (row.device.0.as_slice(), row.person.0.as_slice());
    let certificate = certificate.0.as_slice();
    turn.execute(sql, &[&device, &row.public_key, &person, &row.machine, &row.not_after, &certificate])
        .await?;
    Ok(())
}

pub async fn totals(db: &Db) -> Outcome<Totals> {
    let sql = "SELECT (SELECT count(*) FROM device WHERE revoked IS NULL),
                   (SELECT count(*) FROM blob WHERE whole_at IS NOT NULL),
                   (SELECT coalesce(sum(length), 0)::bigint FROM blob WHERE whole_at IS NOT NULL),
                   (SELECT count(*) FROM quarantine)";
    let row = db.get().await?.query_one(sql, &[]).await?;
    Ok(Totals {
        devices: loaded(row.get(0)),
        blobs: loaded(row.get(1)),
        blob_bytes: loaded(row.get(2)),
        quarantined: loaded(row.get(3)),
        disk_free: None,
    })
}
