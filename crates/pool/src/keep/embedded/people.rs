//! People, devices and invitations in SQLite.

use std::path::Path;

use rusqlite::{Connection, Row, Transaction, params};
use satchel_terms::{DeviceId, Hash, PersonId, Stamp};
use satchel_wire::body::Certificate;
use satchel_wire::protocol::{DeviceLine, PersonLine};
use satchel_wire::{Kind, Record};

use super::{from_text, id16, id32, loaded, to_text};
use crate::failure::{Outcome, PoolError};
use crate::keep::{DeviceRow, InvitationRow, PersonRow, Totals};

pub fn device(db: &Connection, device: DeviceId) -> Outcome<Option<DeviceRow>> {
    let mut query = db.prepare_cached(
        "SELECT public_key, person, machine, not_after, certificate, revoked FROM device WHERE device = ?1",
    )?;
    let mut rows = query.query([device.0.as_slice()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(DeviceRow {
        device,
        public_key: row.get(0)?,
        person: PersonId(id16(&row.get::<_, Vec<u8>>(1)?)?),
        machine: row.get(2)?,
        not_after: row.get(3)?,
        certificate: id32(&row.get::<_, Vec<u8>>(4)?)?,
        revoked: row.get(5)?,
    }))
}

pub fn seen(db: &Connection, device: DeviceId, at: Stamp) -> Outcome<()> {
    db.prepare_cached("UPDATE device SET seen_at = ?2 WHERE device = ?1")?
        .execute(params![device.0.as_slice(), at])?;
    Ok(())
}

pub fn person(db: &Connection, person: PersonId) -> Outcome<Option<PersonRow>> {
    let mut query = db.prepare_cached("SELECT person, name, roles FROM person WHERE person = ?1")?;
    let mut rows = query.query([person.0.as_slice()])?;
    rows.next()?.map(person_row).transpose()
}

fn person_row(row: &Row<'_>) -> Outcome<PersonRow> {
    Ok(PersonRow {
        person: PersonId(id16(&row.get::<_, Vec<u8>>(0)?)?),
        name: row.get(1)?,
        roles: from_text(&row.get::<_, String>(2)?)?,
    })
}

pub fn people(db: &Connection) -> Outcome<Vec<PersonLine>> {
    let mut lines = Vec::new();
    let mut query = db.prepare_cached("SELECT person, name, roles FROM person ORDER BY name, person")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let PersonRow { person, name, roles } = person_row(row)?;
        lines.push(PersonLine { person, name, roles, devices: devices_of(db, person)? });
    }
    Ok(lines)
}

fn devices_of(db: &Connection, person: PersonId) -> Outcome<Vec<DeviceLine>> {
    let mut query = db.prepare_cached(
        "SELECT device, machine, not_after, seen_at, revoked FROM device WHERE person = ?1 ORDER BY device",
    )?;
    let mut rows = query.query([person.0.as_slice()])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(DeviceLine {
            device: DeviceId(id16(&row.get::<_, Vec<u8>>(0)?)?),
            machine: row.get(1)?,
            not_after: row.get(2)?,
            seen_at: row.get(3)?,
            revoked: row.get(4)?,
        });
    }
    Ok(lines)
}

pub fn invite(db: &Connection, invitation: &InvitationRow) -> Outcome<()> {
    db.prepare_cached(
        "INSERT INTO invitation (code, person, name, roles, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        invitation.code.0.as_slice(),
        invitation.person.person.0.as_slice(),
        invitation.person.name,
        to_text(&invitation.person.roles)?,
        invitation.expires,
    ])?;
    Ok(())
}

pub fn invitation(db: &Connection, code: Hash) -> Outcome<Option<InvitationRow>> {
    let mut query =
        db.prepare_cached("SELECT person, name, roles, expires, used_by FROM invitation WHERE code = ?1")?;
    let mut rows = query.query([code.0.as_slice()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let used_by: Option<Vec<u8>> = row.get(4)?;
    Ok(Some(InvitationRow {
        code,
        person: person_row(row)?,
        expires: row.get(3)?,
        used_by: used_by.map(|id| id16(&id).map(DeviceId)).transpose()?,
    }))
}

pub fn use_up(turn: &Transaction<'_>, code: Hash, device: DeviceId) -> Outcome<()> {
    let changed = turn.execute(
        "UPDATE invitation SET used_by = ?2 WHERE code = ?1 AND (used_by IS NULL OR used_by = ?2)",
        params![code.0.as_slice(), device.0.as_slice()],
    )?;
    if changed == 1 { Ok(()) } else { Err(PoolError::CodeUsed) }
}

/// Brings the tables of people and devices up to the batch.
pub fn project(
    turn: &Transaction<'_>,
    people: &[PersonRow],
    devices: &[DeviceRow],
    revoked: &[(DeviceId, String)],
    own: &[Record],
) -> Outcome<()> {
    for row in people {
        turn.execute(
            "INSERT INTO person (person, name, roles) VALUES (?1, ?2, ?3)
             ON CONFLICT (person) DO UPDATE SET name = excluded.name, roles = excluded.roles",
            params![row.person.0.as_slice(), row.name, to_text(&row.roles)?],
        )?;
    }
    for row in devices {
        enrol(turn, row, certificate_in(own, row.device)?)?;
    }
    for (device, reason) in revoked {
        turn.execute(
            "UPDATE device SET revoked = ?2 WHERE device = ?1 AND revoked IS NULL",
            params![device.0.as_slice(), reason],
        )?;
    }
    Ok(())
}

/// The certificate just sealed for a device.
pub fn certificate_in(own: &[Record], device: DeviceId) -> Outcome<Hash> {
    let is_its = |record: &&Record| {
        record.header().kind == Kind::DEVICE_CERT
            && record.json::<Certificate>().is_ok_and(|certificate| certificate.device == device)
    };
    let found = own.iter().find(is_its).map(Record::id);
    found.ok_or_else(|| PoolError::Broken("a device without a certificate".to_owned()))
}

fn enrol(turn: &Transaction<'_>, row: &DeviceRow, certificate: Hash) -> Outcome<()> {
    turn.execute(
        "INSERT INTO device (device, public_key, person, machine, not_after, certificate) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (device) DO UPDATE SET machine = excluded.machine, not_after = excluded.not_after,
             certificate = excluded.certificate",
        params![
            row.device.0.as_slice(),
            row.public_key,
            row.person.0.as_slice(),
            row.machine,
            row.not_after,
            certificate.0.as_slice(),
        ],
    )?;
    Ok(())
}

pub fn totals(db: &Connection, dir: &Path) -> Outcome<Totals> {
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(loaded);
    Ok(Totals {
        devices: count("SELECT count(*) FROM device WHERE revoked IS NULL")?,
        blobs: count("SELECT count(*) FROM blob WHERE whole_at IS NOT NULL")?,
        blob_bytes: count("SELECT coalesce(sum(length), 0) FROM blob WHERE whole_at IS NOT NULL")?,
        quarantined: count("SELECT count(*) FROM quarantine")?,
        disk_free: free_bytes(dir),
    })
}

/// Free bytes of the disk that holds the folder: the one with the longest mount point above it.
fn free_bytes(dir: &Path) -> Option<u64> {
    let full = dir.canonicalize().ok()?;
    let disks = sysinfo::Disks::new_with_refreshed_list().ok()?;
    let above = disks.iter().filter(|disk| full.starts_with(disk.mount_point()));
    above.max_by_key(|disk| disk.mount_point().as_os_str().len()).map(sysinfo::Disk::available_space)
}
