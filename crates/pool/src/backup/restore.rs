//! The way back: a verified backup becomes a pool in a new epoch, so that laptops bring what came after it.

use std::path::{Path, PathBuf};

use satchel_terms::Hash;
use satchel_wire::SigningKey;
use serde::Serialize;

use super::files::{copy_large, copy_synced, hash_of, link_or_copy};
use super::listing::Listing;
use super::{BLOBS, BackedUp, KEYS, LIBRARY, backups, is_key_of};
use crate::failure::{Outcome, PoolError};
use crate::folders::sync_folder;
use crate::keep::embedded;
use crate::secrets;
use crate::settings::{Kind, Settings};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// The backup that was used.
    pub folder: PathBuf,
    /// The epoch that begins.
    pub epoch: u64,
    /// The newest place of the feed in it.
    pub head: u64,
    /// Blobs that are back.
    pub blobs: u64,
    /// Blobs that the backup lacks or that are damaged in it: laptops that have them bring them again.
    pub damaged: Vec<Hash>,
}

/// Makes a pool from a backup: from the newest one in the folder, or from the one that is named. `key` is the file
/// with the pool's key where the backup holds none.
///
/// # Errors
/// [`PoolError::AlreadyAPool`] when the data folder holds one, [`PoolError::BadBackup`],
/// [`PoolError::BackupNeedsKey`]; what disk and library say.
pub fn restore(settings: &Settings, from: &Path, key: Option<&Path>) -> Outcome<Restored> {
    if settings.storage.kind != Kind::Embedded {
        return Err(PoolError::BackupElsewhere);
    }
    let data = &settings.data;
    if embedded::library(data).exists() {
        return Err(PoolError::AlreadyAPool { dir: data.display().to_string() });
    }
    let folder = chosen(from)?;
    let listing = Listing::read(&folder)?;
    let key = find_key(settings, &folder, key, &listing)?;
    std::fs::create_dir_all(data)?;
    let (blobs, damaged) = bring_blobs(&folder, data)?;
    for name in listing.files.keys() {
        let target = match name.split_once('/') {
            Some(("secrets", _)) => data.join(name),
            Some((KEYS, file @ ("tls.crt" | "tls.key"))) => data.join(file),
            _ => continue,
        };
        copy_synced(&folder.join(name), &target)?;
    }
    let wanted = secrets::key_file(settings);
    if !wanted.exists() {
        secrets::write_private(&wanted, hex::encode(key.to_bytes()).as_bytes())?;
    }
    let epoch = listing.epoch + 1;
    let part = data.join("restored.db");
    let _ = std::fs::remove_file(&part);
    copy_large(&folder.join(LIBRARY), &part)?;
    let backed_up = BackedUp { head: listing.head, at: listing.made_at };
    embedded::begin_again(&part, epoch, &damaged, backed_up)?;
    std::fs::rename(&part, embedded::library(data))?;
    sync_folder(data)?;
    Ok(Restored { folder, epoch, head: listing.head, blobs, damaged })
}

/// The backup itself, or the newest one in the folder.
fn chosen(from: &Path) -> Outcome<PathBuf> {
    if from.join(super::listing::SIGNATURE).exists() {
        return Ok(from.to_owned());
    }
    let bad = |why: &str| PoolError::BadBackup { why: why.to_owned() };
    let found = backups(from).map_err(|_| bad("there is no such folder"))?;
    found.into_iter().next_back().ok_or_else(|| bad("there is none in this folder"))
}

/// The pool's key: from the file that is named, from the backup, or from where the settings expect it.
fn find_key(
    settings: &Settings,
    folder: &Path,
    named: Option<&Path>,
    listing: &Listing,
) -> Outcome<SigningKey> {
    let in_backup = folder.join(KEYS).join("pool.key");
    let key = match named {
        Some(path) => secrets::parse_key(&std::fs::read_to_string(path)?)?,
        None if listing.files.contains_key("keys/pool.key") => {
            secrets::parse_key(&std::fs::read_to_string(in_backup)?)?
        }
        None => secrets::read_key(settings).map_err(|_| PoolError::BackupNeedsKey)?,
    };
    if is_key_of(listing, &key) { Ok(key) } else { Err(PoolError::BackupNeedsKey) }
}

/// Brings the blobs back, each one read and verified. Those that are not what they were are left out.
fn bring_blobs(folder: &Path, data: &Path) -> Outcome<(u64, Vec<Hash>)> {
    let root = folder.parent().unwrap_or(folder);
    let list = std::fs::read_to_string(folder.join(BLOBS))?;
    let (mut back, mut damaged) = (0, Vec::new());
    for line in list.lines() {
        let bad = || PoolError::BadBackup { why: "its list of blobs cannot be read".to_owned() };
        let (name, length) = line.split_once(' ').ok_or_else(bad)?;
        let blob: Hash = name.parse().map_err(|_| bad())?;
        let length: u64 = length.parse().map_err(|_| bad())?;
        let held = embedded::whole_path(root, blob);
        if hash_of(&held).is_ok_and(|found| found == (blob, length)) {
            link_or_copy(&held, &embedded::whole_path(data, blob))?;
            back += 1;
        } else {
            damaged.push(blob);
        }
    }
    Ok((back, damaged))
}
