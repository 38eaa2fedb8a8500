//! Secrets under a passphrase, for laptops without a keyring: Argon2id makes the key, XChaCha20-Poly1305 seals.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::mark::{sync_folder, write_whole};

/// Memory of the key derivation in KiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// Rounds of the key derivation.
const ROUNDS: u32 = 3;
/// Most memory a vault file may ask for, in KiB: a forged file must not exhaust the laptop.
const MEMORY_CAP_KIB: u32 = 1024 * 1024;
/// Most rounds a vault file may ask for.
const ROUNDS_CAP: u32 = 64;

/// The vault file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sealed {
    v: u32,
    kdf: String,
    memory_kib: u32,
    rounds: u32,
    salt: String,
    nonce: String,
    sealed: String,
}

/// Secrets under a passphrase.
#[derive(Debug)]
pub struct Vault;

impl Vault {
    /// Writes a vault, replacing an older one as a whole.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or what the disk says.
    pub fn create(path: &Path, passphrase: &str, secret: &[u8]) -> Result<(), StoreError> {
        let mut dice = [0; 40];
        getrandom::fill(&mut dice).map_err(|error| StoreError::Io(std::io::Error::other(error)))?;
        let (salt, nonce) = dice.split_at(16);
        let key = derive(passphrase, salt, MEMORY_KIB, ROUNDS)?;
        let nonce: [u8; 24] = nonce.try_into().unwrap_or_default();
        let sealed = XChaCha20Poly1305::new(&key.into())
            .encrypt(&XNonce::from(nonce), secret)
            .map_err(|_| StoreError::Damaged { what: "sealing failed".to_owned() })?;
        let file = Sealed {
            v: 1,
            kdf: "argon2id".to_owned(),
            memory_kib: MEMORY_KIB,
            rounds: ROUNDS,
            salt: hex::encode(salt),
            nonce: hex::encode(nonce),
            sealed: hex::encode(sealed),
        };
        // What is written beside it first is private from its first byte on, and stays so when it takes the name.
        let beside = path.with_extension("new");
        std::fs::File::create(&beside)?;
        keep_private(&beside)?;
        write_whole(path, &serde_json::to_vec_pretty(&file).unwrap_or_default())
    }

    /// Takes a vault away, durably. The secrets must lie elsewhere by then.
    ///
    /// # Errors
    /// What the disk says.
    pub fn forget(path: &Path) -> Result<(), StoreError> {
        std::fs::remove_file(path)?;
        path.parent().map_or(Ok(()), sync_folder)
    }

    /// Opens a vault.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Damaged`], [`StoreError::NewerVersion`] or
    /// [`StoreError::WrongPassphrase`].
    pub fn open(path: &Path, passphrase: &str) -> Result<Vec<u8>, StoreError> {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::Missing,
            _ => error.into(),
        })?;
        let damaged = |what: &str| StoreError::Damaged { what: format!("vault: {what}") };
        let file: Sealed = serde_json::from_slice(&bytes).map_err(|_| damaged("not readable"))?;
        if file.v != 1 || file.kdf != "argon2id" {
            return Err(StoreError::NewerVersion { found: file.v.into(), known: 1 });
        }
        if file.memory_kib > MEMORY_CAP_KIB || file.rounds > ROUNDS_CAP {
            return Err(damaged("costs out of range"));
        }
        let salt = hex::decode(&file.salt).map_err(|_| damaged("salt"))?;
        let mut nonce = [0; 24];
        hex::decode_to_slice(&file.nonce, &mut nonce).map_err(|_| damaged("nonce"))?;
        let sealed = hex::decode(&file.sealed).map_err(|_| damaged("body"))?;
        let key = derive(passphrase, &salt, file.memory_kib, file.rounds)?;
        XChaCha20Poly1305::new(&key.into())
            .decrypt(&XNonce::from(nonce), sealed.as_slice())
            .map_err(|_| StoreError::WrongPassphrase)
    }

    /// Seals the same secret under another passphrase.
    ///
    /// # Errors
    /// As [`Vault::open`] and [`Vault::create`]; the old vault stays then.
    pub fn change_passphrase(path: &Path, old: &str, new: &str) -> Result<(), StoreError> {
        let secret = Self::open(path, old)?;
        Self::create(path, new, &secret)
    }
}

fn derive(passphrase: &str, salt: &[u8], memory_kib: u32, rounds: u32) -> Result<[u8; 32], StoreError> {
    let refused = |error: argon2::Error| StoreError::Damaged { what: format!("vault: {error}") };
    let params = Params::new(memory_kib, rounds, 1, Some(32)).map_err(refused)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(refused)?;
    Ok(key)
}

/// Only the owner may read the file. Windows profiles are private already.
fn keep_private(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
