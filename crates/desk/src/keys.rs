//! Where the two secrets of a library lie: in the system's keyring, or in a vault under a passphrase.
//!
//! The store is probed by writing, reading and deleting a canary: some answer "open" and fail at the write.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use satchel_store::Vault;
use serde::{Deserialize, Serialize};

use crate::DeskError;
use crate::cards::KeyStore;
use satchel_failure::Answer;

const SERVICE: &str = "satchel";
/// A key store that has not answered by then counts as missing.
const PROBE_LIMIT: Duration = Duration::from_secs(3);

/// The secrets of one library: its encryption key and the signing seed of this installation, in hex.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// 32 bytes of the library's encryption key.
    pub library_key: String,
    /// 32 bytes of the Ed25519 seed.
    pub device_seed: String,
}

impl Secrets {
    /// Fresh secrets from the system's random source.
    pub fn fresh() -> Result<Self, DeskError> {
        Ok(Self { library_key: hex::encode(random::<32>()?), device_seed: hex::encode(random::<32>()?) })
    }
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> Result<[u8; N], DeskError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| DeskError::Broken(error.to_string()))?;
    Ok(bytes)
}

/// Tells whether the system's keyring really keeps a secret. `SATCHEL_NO_KEYRING` switches it off.
pub fn probe() -> KeyStore {
    if std::env::var_os("SATCHEL_NO_KEYRING").is_some() {
        return KeyStore::Missing;
    }
    let (told, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let works = canary().is_ok();
        let _ = told.send(works);
    });
    match answer.recv_timeout(PROBE_LIMIT) {
        Ok(true) => KeyStore::Works,
        _ => KeyStore::Missing,
    }
}

fn canary() -> Result<(), keyring::Error> {
    let entry = keyring::Entry::new(SERVICE, "probe")?;
    entry.set_password("canary")?;
    let read = entry.get_password()?;
    entry.delete_credential()?;
    if read == "canary" { Ok(()) } else { Err(keyring::Error::NoEntry) }
}

/// The name under which a library's secrets lie in the keyring.
fn entry_of(dir: &Path) -> Result<keyring::Entry, DeskError> {
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    let name = format!("library:{}", blake3::hash(full.to_string_lossy().as_bytes()).to_hex());
    keyring::Entry::new(SERVICE, &name).map_err(refused)
}

fn refused(error: impl std::fmt::Display) -> DeskError {
    DeskError::KeyStore { why: error.to_string() }
}

/// The vault file of a library.
pub fn vault_path(dir: &Path) -> PathBuf {
    dir.join("vault.json")
}

/// Keeps the secrets: in the vault when a passphrase is given, else in the keyring.
pub fn keep(dir: &Path, secrets: &Secrets, passphrase: Option<&str>) -> Answer<()> {
    let text = serde_json::to_vec(secrets).map_err(|error| DeskError::Broken(error.to_string()))?;
    match passphrase {
        Some(passphrase) => {
            if passphrase.chars().count() < 8 {
                return Err(DeskError::WeakPassphrase.into());
            }
            Vault::create(&vault_path(dir), passphrase, &text)?;
        }
        None => {
            if probe() == KeyStore::Missing {
                return Err(DeskError::NeedsPassphrase.into());
            }
            let text = String::from_utf8(text).map_err(|error| DeskError::Broken(error.to_string()))?;
            entry_of(dir)?.set_password(&text).map_err(refused)?;
        }
    }
    Ok(())
}

/// Fetches the secrets. Without a passphrase only the keyring is asked.
pub fn fetch(dir: &Path, passphrase: Option<&str>) -> Answer<Secrets> {
    let text = if vault_path(dir).exists() {
        let passphrase = passphrase.ok_or(DeskError::Locked)?;
        Vault::open(&vault_path(dir), passphrase)?
    } else {
        entry_of(dir)?.get_password().map_err(refused)?.into_bytes()
    };
    Ok(serde_json::from_slice(&text).map_err(|error| DeskError::Broken(error.to_string()))?)
}

/// Keeps a channel's secret, in the keyring or sealed in the library's own encrypted settings.
pub fn channel_entry(dir: &Path, channel: &str) -> Result<keyring::Entry, DeskError> {
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    let name = format!("channel:{channel}:{}", blake3::hash(full.to_string_lossy().as_bytes()).to_hex());
    keyring::Entry::new(SERVICE, &name).map_err(refused)
}
