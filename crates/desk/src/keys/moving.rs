//! The secrets of a library move: under another passphrase, out of the keyring, into it.
//!
//! At every moment one of the two places holds them whole; where both do, the vault counts. The library itself is not
//! written anew: its key stays, only what the key lies under changes. A note in the folder says that the keyring may
//! hold what it no longer should, until it surely does not.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use satchel_failure::Answer;
use satchel_store::Vault;

use super::{Secrets, entry_of, probe, refused, to_text, vault_path};
use crate::DeskError;
use crate::cards::KeyStore;
use crate::room::locked;

/// One move at a time.
static MOVING: Mutex<()> = Mutex::new(());

fn note_path(dir: &Path) -> PathBuf {
    dir.join("keyring.moving")
}

/// Puts the secrets under a passphrase, whatever they lay under before. Refused or killed, they lie as they lay.
pub fn to_passphrase(dir: &Path, secrets: &Secrets, passphrase: &str) -> Answer<()> {
    if passphrase.chars().count() < super::SHORTEST {
        return Err(DeskError::WeakPassphrase.into());
    }
    let _alone = locked(&MOVING);
    let is_in_keyring = !vault_path(dir).exists();
    if is_in_keyring {
        note(dir)?;
    }
    Vault::create(&vault_path(dir), passphrase, to_text(secrets)?.as_bytes())?;
    if is_in_keyring {
        settle(dir);
    }
    Ok(())
}

/// Puts the secrets into the keyring, reads them back, and only then takes the vault away.
pub fn to_keyring(dir: &Path, secrets: &Secrets) -> Answer<()> {
    if probe() == KeyStore::Missing {
        return Err(DeskError::NeedsPassphrase.into());
    }
    let _alone = locked(&MOVING);
    if !vault_path(dir).exists() {
        return Ok(());
    }
    let (text, entry) = (to_text(secrets)?, entry_of(dir)?);
    note(dir)?;
    entry.set_password(&text).map_err(refused)?;
    if entry.get_password().map_err(refused)? != text {
        return Err(refused("the keyring gave back something else").into());
    }
    Vault::forget(&vault_path(dir))?;
    settle(dir);
    Ok(())
}

/// Ends a move that was cut off. Called whenever a library was opened; a keyring that does not answer is asked again
/// at the next time.
pub fn settle(dir: &Path) {
    if !note_path(dir).exists() {
        return;
    }
    if vault_path(dir).exists() {
        let forgotten = entry_of(dir)
            .is_ok_and(|entry| matches!(entry.delete_credential(), Ok(()) | Err(keyring::Error::NoEntry)));
        if !forgotten {
            tracing::warn!("the keyring still holds what now lies under a passphrase");
            return;
        }
    }
    let _ = std::fs::remove_file(note_path(dir));
}

fn note(dir: &Path) -> Answer<()> {
    let path = note_path(dir);
    let failed =
        |error: std::io::Error| DeskError::File { path: path.display().to_string(), why: error.to_string() };
    let file = std::fs::File::create(&path).map_err(failed)?;
    Ok(file.sync_all().map_err(failed)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::keys::fetch;

    #[test]
    fn a_new_passphrase_opens_and_the_old_one_no_longer_does() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::fresh().unwrap();
        to_passphrase(dir.path(), &secrets, "first passphrase").unwrap();

        to_passphrase(dir.path(), &secrets, "second passphrase").unwrap();

        let kept = fetch(dir.path(), Some("second passphrase")).unwrap();
        assert_eq!(kept.library_key, secrets.library_key, "the library's own key stays");
        let refusal = fetch(dir.path(), Some("first passphrase")).err().unwrap();
        assert_eq!(refusal.code, "store.wrong-passphrase");
    }

    #[test]
    fn a_passphrase_that_is_too_short_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::fresh().unwrap();
        to_passphrase(dir.path(), &secrets, "first passphrase").unwrap();

        let refusal = to_passphrase(dir.path(), &secrets, "short").unwrap_err();

        assert_eq!(refusal.code, "desk.weak-passphrase");
        assert!(fetch(dir.path(), Some("first passphrase")).is_ok());
    }
}
