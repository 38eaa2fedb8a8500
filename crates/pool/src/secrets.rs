//! The pool's own key and the channels' secrets, in files that only the pool's account may read.
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

/// Makes the pool's key.
///
/// # Errors
/// What disk and random source say.
pub fn make_key(dir: &Path) -> Outcome<SigningKey> {
    let seed = chance::random::<32>()?;
    write_private(&dir.join("pool.key"), hex::encode(seed).as_bytes())?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Reads the pool's key.
///
/// # Errors
/// [`PoolError::NoPool`] when there is none, [`PoolError::Broken`] when it is damaged.
pub fn read_key(dir: &Path) -> Outcome<SigningKey> {
    let text = std::fs::read_to_string(dir.join("pool.key"))
        .map_err(|_| PoolError::NoPool { dir: dir.display().to_string() })?;
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed)
        .map_err(|_| PoolError::Broken("pool.key is damaged".to_owned()))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Keeps a channel's secret.
///
/// # Errors
/// What disk and random source say.
pub fn put(dir: &Path, key: &SigningKey, channel: ChannelId, secret: &str) -> Outcome<()> {
    let nonce = chance::random::<24>()?;
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), secret.as_bytes())
        .map_err(|_| PoolError::Broken("the secret cannot be sealed".to_owned()))?;
    std::fs::create_dir_all(dir.join("secrets"))?;
    write_private(&path(dir, channel), &[nonce.as_slice(), &sealed].concat())
}

/// A channel's secret, when it has one.
///
/// # Errors
/// [`PoolError::Broken`] when the file is damaged or of another pool.
pub fn get(dir: &Path, key: &SigningKey, channel: ChannelId) -> Outcome<Option<String>> {
    let bytes = match std::fs::read(path(dir, channel)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let damaged = || PoolError::Broken("a channel's secret is damaged".to_owned());
    let (nonce, sealed) = bytes.split_first_chunk::<24>().ok_or_else(damaged)?;
    let secret = cipher(key).decrypt(&XNonce::from(*nonce), sealed).map_err(|_| damaged())?;
    String::from_utf8(secret).map(Some).map_err(|_| damaged())
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
    Ok(())
}
