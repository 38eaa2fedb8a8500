//! Backup of a pool that stands on one machine, beside the running server, and the way back.
//!
//! A backup folder holds `blobs/` in common and one folder for each backup, named by its time: the library as one
//! consistent copy, the sealed secrets of channels, the list of blobs, and a signed listing of all this. The listing is
//! written last and the folder takes its name after it: a backup is whole or it is none.

mod files;
mod listing;
mod restore;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use satchel_terms::{Hash, Stamp};
use satchel_wire::SigningKey;
use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::failure::{Outcome, PoolError};
use crate::folders::sync_folder;
use crate::keep::embedded::{self, read_facts};
use crate::settings::{Kind, Settings};
use crate::{chance, secrets};
use files::{copy_synced, hash_of};
use listing::{Listing, Mark};
pub use restore::{Restored, restore};

/// The library in a backup.
const LIBRARY: &str = "pool.db";
/// The list of blobs in a backup: a root and a length a line.
const BLOBS: &str = "blobs.txt";
/// The keys in a backup, where they were asked for.
const KEYS: &str = "keys";
/// What backups that are being made begin with.
const UNFINISHED: &str = ".unfinished-";

/// What a backup did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// The folder of this backup.
    pub folder: PathBuf,
    /// The newest place of the feed in it.
    pub head: u64,
    /// Blobs that it names.
    pub blobs: u64,
    /// Blobs that came new into the folder.
    pub new_blobs: u64,
    /// Their bytes.
    pub new_bytes: u64,
    /// Blobs that the pool holds by its word but whose bytes are missing or damaged: laptops that have them should
    /// bring them again after `restore`.
    pub damaged: Vec<Hash>,
}

/// Backs a pool up into a folder, beside a running server. Waits for nobody and holds nobody up.
///
/// The pool's keys go along only `with_keys`; without them the backup gives no secret away, and cannot be restored
/// without a copy of them from elsewhere. Of the older backups in the folder only the newest `keep` stay, this one
/// counted; all when it is 0.
///
/// # Errors
/// [`PoolError::BackupElsewhere`] for a pool on PostgreSQL, [`PoolError::NoPool`]; what disk and library say.
pub fn backup(settings: &Settings, to: &Path, with_keys: bool, keep: usize) -> Outcome<Done> {
    if settings.storage.kind != Kind::Embedded {
        return Err(PoolError::BackupElsewhere);
    }
    let key = secrets::read_key(settings)?;
    let data = &settings.data;
    if !embedded::library(data).exists() {
        return Err(PoolError::NoPool { dir: data.display().to_string() });
    }
    std::fs::create_dir_all(to)?;
    let _lock = files::alone_in(to)?;
    let made_at = chance::now();
    let name = folder_name(made_at)?;
    let part = to.join(format!("{UNFINISHED}{name}"));
    std::fs::create_dir_all(&part)?;
    let copied = copy_library(data, &part.join(LIBRARY))?;
    let mut done = take_blobs(data, to, &copied)?;
    let blobs = copied.blobs.iter().filter(|(root, _)| !done.damaged.contains(root));
    let list: String = blobs.map(|(root, length)| format!("{root} {length}\n")).collect();
    files::write_synced(&part.join(BLOBS), list.as_bytes())?;
    let mut marks = BTreeMap::new();
    for file in [LIBRARY, BLOBS] {
        marks.insert(file.to_owned(), Mark::of(&part.join(file))?);
    }
    for (from, name) in beside_the_library(settings, with_keys)? {
        let target = part.join(&name);
        copy_synced(&from, &target)?;
        marks.insert(name, Mark::of(&target)?);
    }
    let facts = copied.facts;
    let listing = Listing::new(&facts, copied.head, made_at, marks);
    listing.write(&part, &key)?;
    let folder = to.join(&name);
    std::fs::rename(&part, &folder)?;
    sync_folder(to)?;
    note(data, copied.head, made_at)?;
    forget_old(to, keep)?;
    done.folder = folder;
    Ok(done)
}

/// Where a backup stands and when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// The newest place of the feed in it.
    pub head: u64,
    /// When.
    pub at: Stamp,
}

struct Copied {
    facts: crate::keep::Facts,
    head: u64,
    blobs: Vec<(Hash, u64)>,
}

/// Copies the library as it is at one moment, through SQLite's own way of copying: writers go on meanwhile.
fn copy_library(data: &Path, target: &Path) -> Outcome<Copied> {
    let source = embedded::connect(data, false)?;
    let mut copy = Connection::open(target)?;
    let work = Backup::new(&source, &mut copy)?;
    while work.step(-1)? != StepResult::Done {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    drop(work);
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    let sound: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(PoolError::Broken(format!("the copy of the library is damaged: {sound}")));
    }
    let facts = read_facts(&copy)?;
    let head = embedded::head(&copy)?;
    let blobs = embedded::whole_blobs(&copy)?;
    copy.close().map_err(|(_, error)| error)?;
    File::options().write(true).open(target)?.sync_all()?;
    Ok(Copied { facts, head, blobs })
}

/// Brings the blobs into the folder that are not there yet. Each one is read and verified on its way.
fn take_blobs(data: &Path, to: &Path, copied: &Copied) -> Outcome<Done> {
    let (mut new_blobs, mut new_bytes, mut damaged) = (0, 0, Vec::new());
    for (root, length) in &copied.blobs {
        let (from, target) = (embedded::whole_path(data, *root), embedded::whole_path(to, *root));
        if std::fs::metadata(&target).is_ok_and(|held| held.len() == *length) {
            continue;
        }
        match hash_of(&from) {
            Ok((hash, read)) if hash == *root && read == *length => {
                files::link_or_copy(&from, &target)?;
                (new_blobs, new_bytes) = (new_blobs + 1, new_bytes + length);
            }
            Ok(_) => damaged.push(*root),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => damaged.push(*root),
            Err(error) => return Err(error.into()),
        }
    }
    let blobs = (copied.blobs.len() - damaged.len()) as u64;
    Ok(Done { folder: PathBuf::new(), head: copied.head, blobs, new_blobs, new_bytes, damaged })
}

/// The small files that belong to a pool, and their names in the backup.
fn beside_the_library(settings: &Settings, with_keys: bool) -> Outcome<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let secrets = settings.data.join("secrets");
    if secrets.exists() {
        for entry in std::fs::read_dir(&secrets)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_none() {
                found.push((path, format!("secrets/{name}")));
            }
        }
    }
    if with_keys {
        let own = crate::TlsFiles::own(&settings.data);
        let keys =
            [(secrets::key_file(settings), "pool.key"), (own.certificate, "tls.crt"), (own.key, "tls.key")];
        let there = keys.into_iter().filter(|(path, _)| path.exists());
        found.extend(there.map(|(path, name)| (path, format!("{KEYS}/{name}"))));
    }
    Ok(found)
}

/// Writes into the pool up to where it is backed up.
fn note(data: &Path, head: u64, at: Stamp) -> Outcome<()> {
    let db = embedded::connect(data, false)?;
    embedded::note_backup(&db, BackedUp { head, at })
}

fn folder_name(at: Stamp) -> Outcome<String> {
    let broken = |error: &dyn std::fmt::Display| PoolError::Broken(error.to_string());
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .map_err(|error| broken(&error))?;
    let shape = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]-[subsecond digits:3]Z");
    moment.format(shape).map_err(|error| broken(&error))
}

/// The backups in a folder, oldest first.
fn backups(to: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(to)? {
        let path = entry?.path();
        if path.join(listing::SIGNATURE).exists() && !is_unfinished(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn is_unfinished(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED))
}

/// Removes what stopped halfway, and the oldest backups when only some are to stay. Blobs stay: they are never removed.
fn forget_old(to: &Path, keep: usize) -> Outcome<()> {
    for entry in std::fs::read_dir(to)? {
        let path = entry?.path();
        if is_unfinished(&path) {
            std::fs::remove_dir_all(path)?;
        }
    }
    let all = backups(to)?;
    let gone = if keep == 0 { 0 } else { all.len().saturating_sub(keep) };
    for path in &all[..gone] {
        std::fs::remove_dir_all(path)?;
    }
    Ok(())
}

/// Whether the key is that of the pool that signed a listing.
fn is_key_of(listing: &Listing, key: &SigningKey) -> bool {
    listing.pool_key == satchel_wire::key_to_hex(&key.verifying_key())
}
