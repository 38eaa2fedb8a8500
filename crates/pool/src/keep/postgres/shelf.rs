//! The object store: names, retries, and bytes that are believed only when they fold into their blob's name.

use std::ops::Range;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, Error, ObjectStoreExt, PutPayload, RetryConfig,
};
use satchel_terms::Hash;
use satchel_wire::{Manifest, SEGMENT};

use crate::chance;
use crate::failure::{Outcome, PoolError};
use crate::settings::{S3, secret};

/// The word for the object store in [`PoolError::Away`].
pub const STORE: &str = "object store";
/// How often bytes that do not verify are fetched again.
const FETCHES: u32 = 3;
/// How long one request may take, how long it may be silent, and how long it is tried again.
const REQUEST: Duration = Duration::from_secs(60);
const SILENCE: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(30);

/// A bucket, and what the pool's names in it begin with.
pub struct Shelf {
    store: AmazonS3,
    prefix: String,
}

impl Shelf {
    /// The way to the bucket of these settings; nothing is asked yet.
    ///
    /// # Errors
    /// [`PoolError::BadConfig`] when a setting is missing or a file cannot be read.
    pub fn new(settings: &S3) -> Outcome<Self> {
        let missing = |what: &str| bad(format!("storage.s3.{what} is missing"));
        if settings.bucket.is_empty() {
            return Err(missing("bucket"));
        }
        let access = secret(settings.access_key_file.as_deref(), "AWS_ACCESS_KEY_ID")?;
        let private = secret(settings.secret_key_file.as_deref(), "AWS_SECRET_ACCESS_KEY")?;
        let region = if settings.region.is_empty() { "us-east-1" } else { &settings.region };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(region)
            .with_access_key_id(access.ok_or_else(|| missing("access-key-file"))?)
            .with_secret_access_key(private.ok_or_else(|| missing("secret-key-file"))?)
            .with_virtual_hosted_style_request(settings.bucket_in_host)
            .with_checksum_algorithm(Checksum::SHA256)
            .with_retry(retry())
            .with_client_options(options(settings)?);
        if !settings.endpoint.is_empty() {
            builder = builder.with_endpoint(settings.endpoint.trim_end_matches('/'));
        }
        let store = builder.build().map_err(|error| bad(error.to_string()))?;
        Ok(Self { store, prefix: settings.prefix.trim_matches('/').to_owned() })
    }

    /// A name for segments of a blob that no other process and no other time has given.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn name(&self, root: Hash, segments: &Range<u64>) -> Outcome<String> {
        let (root, mark) = (root.to_string(), hex::encode(chance::random::<8>()?));
        let name = format!("blobs/{}/{root}/{}-{}.{mark}", &root[..2], segments.start, segments.end);
        Ok(if self.prefix.is_empty() { name } else { format!("{}/{name}", self.prefix) })
    }

    /// A name for a piece of an upload in the tray.
    ///
    /// # Errors
    /// As [`Shelf::name`].
    pub fn tray_name(&self, id: &str, at: u64) -> Outcome<String> {
        let name = format!("tray/{id}/{at}.{}", hex::encode(chance::random::<8>()?));
        Ok(if self.prefix.is_empty() { name } else { format!("{}/{name}", self.prefix) })
    }

    /// A whole object, believed only as what was put.
    ///
    /// # Errors
    /// [`PoolError::Away`] when the store gives it not, or other bytes.
    pub async fn whole(&self, key: &str, hash: Hash) -> Outcome<Vec<u8>> {
        let bytes = self.store.get(&Path::from(key)).await.map_err(away)?.bytes().await.map_err(away)?;
        if *blake3::hash(&bytes).as_bytes() != hash.0 {
            return Err(PoolError::Away { what: STORE, why: format!("{key} is not what was put") });
        }
        Ok(bytes.to_vec())
    }

    /// Puts an object.
    ///
    /// # Errors
    /// [`PoolError::Away`] when the store does not take it, after having tried for a while.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> Outcome<()> {
        self.store.put(&Path::from(key), PutPayload::from(bytes)).await.map_err(away)?;
        Ok(())
    }

    /// Removes an object; one that is gone already is no error.
    ///
    /// # Errors
    /// As [`Shelf::put`].
    pub async fn remove(&self, key: &str) -> Outcome<()> {
        match self.store.delete(&Path::from(key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(away(error)),
        }
    }

    /// Whole segments out of an object that begins at segment `start`, each verified.
    ///
    /// # Errors
    /// [`PoolError::Damaged`] when the store gives other bytes again and again; [`PoolError::Away`].
    pub async fn segments(
        &self,
        manifest: &Manifest,
        key: &str,
        start: u64,
        wanted: &Range<u64>,
    ) -> Outcome<Vec<u8>> {
        let end = (wanted.end * SEGMENT).min(manifest.length) - start * SEGMENT;
        let range = (wanted.start - start) * SEGMENT..end;
        for turn in 0..FETCHES {
            match self.store.get_range(&Path::from(key), range.clone()).await {
                Ok(bytes) if verifies(manifest, wanted, &bytes) => return Ok(bytes.to_vec()),
                Ok(_) => tracing::warn!(key, turn, "the object store gave bytes that do not verify"),
                Err(Error::NotFound { .. }) => {
                    tracing::warn!(key, turn, "the object store does not have what it took");
                }
                Err(error) if is_short(&error) => {
                    tracing::warn!(key, turn, %error, "the object store gave an answer of the wrong size");
                }
                Err(error) => return Err(away(error)),
            }
            if turn + 1 < FETCHES {
                tokio::time::sleep(Duration::from_millis(100 << (2 * turn))).await;
            }
        }
        Err(PoolError::Damaged { root: manifest.root.to_string(), index: wanted.start })
    }
}

/// Whether these bytes are exactly the wanted segments.
fn verifies(manifest: &Manifest, wanted: &Range<u64>, bytes: &[u8]) -> bool {
    let mut rest = bytes;
    wanted.clone().all(|index| {
        let length = usize::try_from(manifest.segment_len(index)).unwrap_or(0);
        let Some((segment, after)) = rest.split_at_checked(length) else { return false };
        rest = after;
        manifest.verify_segment(index, segment)
    }) && rest.is_empty()
}

/// Whether the object is there and ends before the range does.
fn is_short(error: &Error) -> bool {
    let text = error.to_string();
    text.contains("code: 416") || (text.contains("Requested ") && text.contains(", got "))
}

fn bad(why: String) -> PoolError {
    PoolError::BadConfig { why }
}

fn away(error: Error) -> PoolError {
    PoolError::Away { what: STORE, why: error.to_string() }
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 6,
        retry_timeout: PATIENCE,
    }
}

fn options(settings: &S3) -> Outcome<ClientOptions> {
    let mut options = ClientOptions::new()
        .with_allow_http(settings.endpoint.starts_with("http://"))
        .with_timeout(REQUEST)
        .with_read_timeout(SILENCE)
        .with_connect_timeout(Duration::from_secs(5))
        .with_pool_max_idle_per_host(32);
    if let Some(path) = &settings.ca_file {
        let pem = std::fs::read(path).map_err(|error| bad(format!("{}: {error}", path.display())))?;
        let read = Certificate::from_pem_bundle(&pem).map_err(|error| bad(error.to_string()))?;
        options = read.into_iter().fold(options, ClientOptions::with_root_certificate);
    }
    Ok(options)
}
