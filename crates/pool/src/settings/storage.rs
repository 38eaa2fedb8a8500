//! Which store a pool stands on, and how it is reached. Secrets lie in files or in the environment, never in a log.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Outcome, PoolError};

/// Which implementation of [`crate::Keep`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// SQLite and a folder: one process on one machine.
    #[default]
    Embedded,
    /// PostgreSQL and an S3-compatible object store: any number of processes.
    Postgres,
}

impl Kind {
    /// The word in settings and on the health page.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Postgres => "postgres",
        }
    }
}

/// A text that may hold a password: it is never shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Private(pub String);

impl fmt::Debug for Private {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "(none)" } else { "(private)" })
    }
}

/// The section `[storage]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Storage {
    /// Which store.
    pub kind: Kind,
    /// The file with the pool's key, 64 hex digits; `pool.key` in the data folder when absent. The environment
    /// variable `SATCHEL_POOL_KEY` wins over both.
    pub key_file: Option<PathBuf>,
    /// `postgres://user@host/database?sslmode=require`.
    pub postgres: Private,
    /// The file with the password of the database, where the address has none.
    pub postgres_password_file: Option<PathBuf>,
    /// A PEM file with the authorities that may sign the database's certificate; the system's when absent.
    pub postgres_ca_file: Option<PathBuf>,
    /// Most connections of one process to the database, without the one that listens for news.
    pub connections: u32,
    /// How long a release stays in the hand of a process that gives no sign of life, in seconds.
    pub release_lease_seconds: u32,
    /// The object store.
    pub s3: S3,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            kind: Kind::default(),
            key_file: None,
            postgres: Private::default(),
            postgres_password_file: None,
            postgres_ca_file: None,
            connections: 16,
            release_lease_seconds: 30,
            s3: S3::default(),
        }
    }
}

/// The section `[storage.s3]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct S3 {
    /// Where it answers, `https://host:port`.
    pub endpoint: String,
    /// The bucket; it must exist.
    pub bucket: String,
    /// The region; `us-east-1` when empty, as most compatible stores have it.
    pub region: String,
    /// What all names in the bucket begin with.
    pub prefix: String,
    /// The file with the access key; the environment variable `AWS_ACCESS_KEY_ID` when absent.
    pub access_key_file: Option<PathBuf>,
    /// The file with the secret key; the environment variable `AWS_SECRET_ACCESS_KEY` when absent.
    pub secret_key_file: Option<PathBuf>,
    /// A PEM file with the authorities that may sign its certificate, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether the bucket is part of the host name rather than of the path.
    pub bucket_in_host: bool,
}

/// A secret from its file, else from the environment.
///
/// # Errors
/// [`PoolError::BadConfig`] when the file cannot be read.
pub fn secret(file: Option<&Path>, variable: &str) -> Outcome<Option<String>> {
    match file {
        Some(path) => std::fs::read_to_string(path)
            .map(|text| Some(text.trim().to_owned()))
            .map_err(|error| PoolError::BadConfig { why: format!("{}: {error}", path.display()) }),
        None => Ok(std::env::var(variable).ok().filter(|text| !text.is_empty())),
    }
}
