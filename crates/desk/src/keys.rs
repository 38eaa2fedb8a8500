//! Where the two secrets of a library lie: in the system's keyring, or in a vault under a passphrase.
//!
//! The store is probed by writing, reading and deleting a canary: some answer "open" and fail at the write.

mod channels;
pub mod escrow;
pub mod moving;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use satchel_store::{LibraryKey, Vault};
use serde::{Deserialize, Serialize};

use crate::DeskError;
use crate::cards::{Happened, KeyStore, KeysCard};
use crate::identity::Identity;
use crate::room::{Room, now};
use satchel_failure::Answer;
use satchel_store::SyncLine;

const SERVICE: &str = "satchel";
/// Characters of the shortest passphrase.
const SHORTEST: usize = 8;
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
    let text = to_text(secrets)?;
    match passphrase {
        Some(passphrase) => {
            if passphrase.chars().count() < SHORTEST {
                return Err(DeskError::WeakPassphrase.into());
            }
            Vault::create(&vault_path(dir), passphrase, text.as_bytes())?;
        }
        None => {
            if probe() == KeyStore::Missing {
                return Err(DeskError::NeedsPassphrase.into());
            }
            entry_of(dir)?.set_password(&text).map_err(refused)?;
        }
    }
    Ok(())
}

fn to_text(secrets: &Secrets) -> Result<String, DeskError> {
    serde_json::to_string(secrets).map_err(|error| DeskError::Broken(error.to_string()))
}

/// The key that opens the library.
pub fn library_key(secrets: &Secrets) -> Answer<LibraryKey> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(&secrets.library_key, &mut bytes)
        .map_err(|error| DeskError::Broken(error.to_string()))?;
    Ok(LibraryKey::new(bytes))
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

impl Room {
    /// Where this library's keys lie.
    pub fn keys(&self) -> Answer<KeysCard> {
        Ok(KeysCard { in_keyring: !vault_path(&self.dir).exists(), key_store: probe() })
    }

    /// Puts the keys under another passphrase, or into the keyring when none is given. The old passphrase is asked for
    /// where there is one. Whatever goes wrong, what opened the library before still opens it.
    pub fn change_keys(&self, old: Option<&str>, new: Option<&str>) -> Answer<KeysCard> {
        let secrets = self.own_secrets(old)?;
        let code = match new {
            Some(new) => {
                self.bring_channel_secrets()?;
                moving::to_passphrase(&self.dir, &secrets, new)?;
                "keys.under-passphrase"
            }
            None => {
                moving::to_keyring(&self.dir, &secrets)?;
                "keys.in-keyring"
            }
        };
        self.note_keys(code);
        self.keys()
    }

    /// The secrets of this very library; they are asked for again, whoever sits here.
    fn own_secrets(&self, passphrase: Option<&str>) -> Answer<Secrets> {
        let secrets = fetch(&self.dir, passphrase)?;
        let me = self.identity();
        if Identity::new(me.profile, &secrets)?.device != me.device {
            return Err(DeskError::Broken("these are the keys of another library".into()).into());
        }
        Ok(secrets)
    }

    /// Writes what became of the keys into the permanent log.
    pub fn note_keys(&self, code: &str) {
        let line = SyncLine {
            at: now(),
            level: "info".into(),
            code: code.to_owned(),
            params: [].into(),
            subject: None,
        };
        if let Err(error) = self.library.log(&line) {
            tracing::warn!(%error, code, "the log was not written");
        }
        self.tell(Happened::SyncMoved);
    }
}
