//! The pool's own key and the channels' secrets: files that only the pool's account may read, or sealed rows.
//!
//! A channel's secret is sealed under a key derived from the pool's, so that a copied library or backup
//! without `pool.key` gives none away.

use std::io::Write;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use satchel_terms::ChannelId;
use satchel_wire::SigningKey;

use crate::chance;
use crate::failure::{Outcome, PoolError};
use crate::folders::{make_folder, sync_folder};
use crate::settings::Settings;

/// The environment variable with the pool's key, for processes that keep no files.
const KEY_VARIABLE: &str = "SATCHEL_POOL_KEY";

/// Makes the pool's key, where these settings expect it. One that is there already is used.
///
/// # Errors
/// What disk and random source say; [`PoolError::Broken`] when the one that is there is damaged.
pub fn make_key(settings: &Settings) -> Outcome<SigningKey> {
    if std::env::var_os(KEY_VARIABLE).is_none() && !key_file(settings).exists() {
        let seed = chance::random::<32>()?;
        write_private(&key_file(settings), hex::encode(seed).as_bytes())?;
    }
    read_key(settings)
}

/// Reads the pool's key.
///
/// # Errors
/// [`PoolError::NoPool`] when there is none, [`PoolError::Broken`] when it is damaged.
pub fn read_key(settings: &Settings) -> Outcome<SigningKey> {
    let text = match std::env::var(KEY_VARIABLE) {
        Ok(text) => text,
        Err(_) => std::fs::read_to_string(key_file(settings))
            .map_err(|_| PoolError::NoPool { dir: settings.data.display().to_string() })?,
    };
    parse_key(&text)
}

/// The pool's key of a file's text.
///
/// # Errors
/// [`PoolError::Broken`] when it is damaged.
pub fn parse_key(text: &str) -> Outcome<SigningKey> {
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed)
        .map_err(|_| PoolError::Broken("pool.key is damaged".to_owned()))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Where these settings expect the pool's key.
#[must_use]
pub fn key_file(settings: &Settings) -> PathBuf {
    settings.storage.key_file.clone().unwrap_or_else(|| settings.data.join("pool.key"))
}

/// Keeps a channel's secret.
///
/// # Errors
/// What disk and random source say.
pub fn put(dir: &Path, key: &SigningKey, channel: ChannelId, secret: &str) -> Outcome<()> {
    make_folder(&dir.join("secrets"))?;
    write_private(&path(dir, channel), &seal(key, secret)?)
}

/// A channel's secret, when it has one.
///
/// # Errors
/// [`PoolError::Broken`] when the file is damaged or of another pool.
pub fn get(dir: &Path, key: &SigningKey, channel: ChannelId) -> Outcome<Option<String>> {
    match std::fs::read(path(dir, channel)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => unseal(key, &read?).map(Some),
    }
}

/// A secret as it may lie in a file or a table.
///
/// # Errors
/// What the random source says.
pub fn seal(key: &SigningKey, secret: &str) -> Outcome<Vec<u8>> {
    let nonce = chance::random::<24>()?;
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), secret.as_bytes())
        .map_err(|_| PoolError::Broken("the secret cannot be sealed".to_owned()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// The secret behind sealed bytes.
///
/// # Errors
/// [`PoolError::Broken`] when they are damaged or of another pool.
pub fn unseal(key: &SigningKey, bytes: &[u8]) -> Outcome<String> {
    let damaged = || PoolError::Broken("a channel's secret is damaged".to_owned());
    let (nonce, sealed) = bytes.split_first_chunk::<24>().ok_or_else(damaged)?;
    let secret = cipher(key).decrypt(&XNonce::from(*nonce), sealed).map_err(|_| damaged())?;
    String::from_utf8(secret).map_err(|_| damaged())
}

fn path(dir: &Path, channel: ChannelId) -> PathBuf {
    dir.join("secrets").join(channel.to_string())
}

fn cipher(key: &SigningKey) -> XChaCha20Poly1305 {
    let derived = blake3::derive_key("satchel pool 2026 channel secrets", key.as_bytes());
    XChaCha20Poly1305::new(&derived.into())
}

/// Writes a file that only this account may read, replacing the one before in a single step.
///
/// # Errors
/// What the disk says.
pub fn write_private(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}
