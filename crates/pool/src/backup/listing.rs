//! The signed listing of a backup: what belongs to it, and how it is recognised.

use std::collections::BTreeMap;
use std::path::Path;

use ed25519_dalek::{Signature, Signer};
use satchel_terms::{Hash, NewsroomId, Stamp};
use satchel_wire::{SigningKey, key_from_hex, key_to_hex};
use serde::{Deserialize, Serialize};

use super::files::{hash_of, write_synced};
use crate::failure::{Outcome, PoolError};
use crate::folders::sync_folder;
use crate::keep::Facts;

/// The listing.
const LISTING: &str = "listing.json";
/// The pool's signature over it, 128 hex digits; written last.
pub const SIGNATURE: &str = "listing.sig";
/// What the signature stands over, before the bytes of the listing.
const DOMAIN: &[u8] = b"satchel.backup.v1";

/// How a file is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its bytes.
    pub bytes: u64,
    /// Its BLAKE3.
    pub blake3: Hash,
}

impl Mark {
    /// The mark of a file.
    ///
    /// # Errors
    /// What the disk says.
    pub fn of(path: &Path) -> Outcome<Self> {
        let (blake3, bytes) = hash_of(path)?;
        Ok(Self { bytes, blake3 })
    }
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// Version of this file, 1.
    pub v: u32,
    /// Which pool.
    pub newsroom: NewsroomId,
    /// Its name.
    pub centre: String,
    /// Its epoch then.
    pub epoch: u64,
    /// The newest place of the feed.
    pub head: u64,
    /// When, by the pool's clock.
    pub made_at: Stamp,
    /// The program that made it.
    pub program: String,
    /// The pool's key, 64 hex digits.
    pub pool_key: String,
    /// Every file of the backup but the listing, by its name.
    pub files: BTreeMap<String, Mark>,
}

impl Listing {
    /// The listing of a pool.
    pub fn new(facts: &Facts, head: u64, made_at: Stamp, files: BTreeMap<String, Mark>) -> Self {
        Self {
            v: 1,
            newsroom: facts.newsroom,
            centre: facts.centre.clone(),
            epoch: facts.epoch,
            head,
            made_at,
            program: format!("satchel-pool {}", env!("CARGO_PKG_VERSION")),
            pool_key: String::new(),
            files,
        }
    }

    /// Writes and signs it, last of all files of the backup.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(mut self, folder: &Path, key: &SigningKey) -> Outcome<()> {
        self.pool_key = key_to_hex(&key.verifying_key());
        let text = serde_json::to_vec_pretty(&self).map_err(|error| PoolError::Broken(error.to_string()))?;
        write_synced(&folder.join(LISTING), &text)?;
        let signature = hex::encode(key.sign(&[DOMAIN, &text].concat()).to_bytes());
        write_synced(&folder.join(SIGNATURE), signature.as_bytes())?;
        sync_folder(folder)
    }

    /// Reads a listing and checks its signature by the key it names, then every file it names.
    ///
    /// # Errors
    /// [`PoolError::BadBackup`] when something was changed or is missing.
    pub fn read(folder: &Path) -> Outcome<Self> {
        let bad = |why: &str| PoolError::BadBackup { why: why.to_owned() };
        let text = std::fs::read(folder.join(LISTING)).map_err(|_| bad("it has no listing"))?;
        let listing: Self = serde_json::from_slice(&text).map_err(|_| bad("its listing cannot be read"))?;
        if listing.v != 1 {
            return Err(bad("it was made by a newer program"));
        }
        let key = key_from_hex(&listing.pool_key)?;
        let mut signature = [0; 64];
        let signed = std::fs::read_to_string(folder.join(SIGNATURE)).unwrap_or_default();
        let is_signed = hex::decode_to_slice(signed.trim(), &mut signature).is_ok()
            && key.verify_strict(&[DOMAIN, &text].concat(), &Signature::from_bytes(&signature)).is_ok();
        if !is_signed {
            return Err(bad("its listing was changed"));
        }
        for (name, mark) in &listing.files {
            if Mark::of(&folder.join(name)).ok() != Some(*mark) {
                return Err(PoolError::BadBackup { why: format!("{name} is damaged") });
            }
        }
        Ok(listing)
    }
}
