//! How a pool is set up: a TOML file, all of it optional.

mod limits;
mod recipes;
mod retention;
mod storage;
mod tls;

use std::path::{Path, PathBuf};

use satchel_story::Policy;
use serde::Deserialize;

use crate::failure::{Outcome, PoolError};
pub use limits::{Limits, MetricsAccess};
pub use recipes::Recipes;
pub use retention::Retention;
pub use storage::{Kind, Private, S3, Storage, secret};
pub use tls::{Tls, TlsFiles};

/// The settings of a pool.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen, `address:port`; port 0 takes a free one.
    pub listen: String,
    /// The address that invitations name; where it listens when empty.
    pub url: String,
    /// How long an invitation by the HTTP door is valid when the asker does not say, in minutes.
    pub invitation_minutes: u32,
    /// How long an invitation file is valid, in days.
    pub invitation_file_days: u32,
    /// How long a token is valid, in minutes. A revoked device is refused with any; a new one costs a quiet line more
    /// than the wait for news.
    pub token_minutes: u32,
    /// How long a device certificate is valid, in days.
    pub certificate_days: u32,
    /// How long a release may take before nobody knows about it, in seconds.
    pub release_seconds: u32,
    /// Pause after the first failed try of a release, in milliseconds; it doubles up to ten minutes.
    pub release_pause_ms: u32,
    /// Folders of this machine that folder channels of the pool's lane may write to; none when empty.
    pub channel_folders: Vec<PathBuf>,
    /// Origins (`https://intranet.example`) whose pages may upload by the side door `/tus`; none when empty.
    pub web_origins: Vec<String>,
    /// The levels of review and who may pass them.
    pub policy: Policy,
    /// Where the pool keeps what it was given.
    pub storage: Storage,
    /// The folder into which the administrators' page backs up; none lets it begin no backup.
    pub backup_folder: Option<PathBuf>,
    /// How many of these backups stay, the newest counted; all when 0.
    pub backup_keep: usize,
    /// Minutes east of UTC of the clock on the centre's wall, for the administrators' page.
    pub utc_offset_minutes: i16,
    /// How it speaks TLS.
    pub tls: Tls,
    /// How much one device may ask for.
    pub limits: Limits,
    /// What may be let go, and after how long.
    pub retention: Retention,
    /// Which cuts the pool makes itself.
    pub recipes: Recipes,
    /// Who may read the numbers.
    pub metrics: MetricsAccess,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from("pool"),
            listen: "127.0.0.1:7810".to_owned(),
            url: String::new(),
            invitation_minutes: 15,
            invitation_file_days: 7,
            token_minutes: 60,
            certificate_days: 90,
            release_seconds: 600,
            release_pause_ms: 5_000,
            channel_folders: Vec::new(),
            web_origins: Vec::new(),
            policy: Policy::default(),
            storage: Storage::default(),
            backup_folder: None,
            backup_keep: 0,
            utc_offset_minutes: 480,
            tls: Tls::default(),
            limits: Limits::default(),
            retention: Retention::default(),
            recipes: Recipes::default(),
            metrics: MetricsAccess::default(),
        }
    }
}

impl Settings {
    /// Reads the settings file.
    ///
    /// # Errors
    /// [`PoolError::BadConfig`] when it cannot be read.
    pub fn read(path: &Path) -> Outcome<Self> {
        let bad = |why: String| PoolError::BadConfig { why };
        let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        toml::from_str(&text).map_err(|error| bad(error.to_string()))
    }

    /// The address that invitations name.
    #[must_use]
    pub fn public_url(&self) -> String {
        if self.url.is_empty() { format!("{}://{}", self.scheme(), self.listen) } else { self.url.clone() }
    }

    /// Whether another program of this machine takes the requests and hands them on: the pool listens on this machine
    /// only, and laptops are told another address.
    #[must_use]
    pub fn is_behind_a_proxy(&self) -> bool {
        let here = |text: &str| ["127.", "localhost", "[::1]"].iter().any(|start| text.starts_with(start));
        let told = self.url.split_once("://").map_or("", |(_, rest)| rest);
        here(&self.listen) && !told.is_empty() && !here(told)
    }

    /// The files of the certificate, where the pool speaks TLS.
    #[must_use]
    pub fn tls_files(&self) -> Option<TlsFiles> {
        self.tls.files(&self.data)
    }

    /// How its own addresses begin.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls_files().is_some() { "https" } else { "http" }
    }
}

/// Milliseconds of so many minutes.
#[must_use]
pub const fn minutes_ms(minutes: u32) -> i64 {
    minutes as i64 * 60_000
}

/// Milliseconds of so many days.
#[must_use]
pub const fn days_ms(days: u32) -> i64 {
    days as i64 * 86_400_000
}
