//! How much one asker may ask for: a bucket of requests that fills up again, and a bound on uploads that are not ended.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use satchel_terms::DeviceId;

use crate::Pool;
use crate::failure::{Outcome, PoolError};
use crate::settings::Limits;

/// Askers remembered before the ones with full buckets are forgotten.
const REMEMBERED: usize = 10_000;
/// Bytes of a GiB.
const GIB: u64 = 1 << 30;

/// One asker's bucket.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// The buckets of all askers of a sort.
#[derive(Debug)]
pub struct Buckets<K> {
    rate: f64,
    size: f64,
    known: Mutex<HashMap<K, Bucket>>,
}

impl<K: Hash + Eq> Buckets<K> {
    /// Buckets of this size that fill at this rate a second; without bound when either is 0.
    #[must_use]
    pub fn new(rate: u32, size: u32) -> Self {
        Self { rate: rate.into(), size: size.into(), known: Mutex::default() }
    }

    /// Takes one request out of a bucket.
    ///
    /// # Errors
    /// How long to wait until there is one.
    pub fn take(&self, who: K, now: Instant) -> Result<(), Duration> {
        if self.rate == 0.0 || self.size == 0.0 {
            return Ok(());
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |bucket: &Bucket| {
            let since = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.left + since * self.rate).min(self.size)
        };
        if known.len() >= REMEMBERED {
            known.retain(|_, bucket| filled(bucket) < self.size);
        }
        let bucket = known.entry(who).or_insert(Bucket { left: self.size, at: now });
        let left = filled(bucket);
        if left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - left) / self.rate));
        }
        *bucket = Bucket { left: left - 1.0, at: now };
        Ok(())
    }
}

/// The limits of a pool.
#[derive(Debug)]
pub struct Gauges {
    devices: Buckets<DeviceId>,
    strangers: Buckets<IpAddr>,
}

impl Gauges {
    /// As the settings say. Those who have not signed in share the bucket of their address.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let (rate, size) = (limits.requests_per_second, limits.requests_at_once);
        Self { devices: Buckets::new(rate, size), strangers: Buckets::new(rate, size) }
    }
}

impl Pool {
    /// Counts a request of a device.
    ///
    /// # Errors
    /// [`PoolError::TooMany`].
    pub(crate) fn count_device(&self, device: DeviceId) -> Outcome<()> {
        self.limits.devices.take(device, Instant::now()).map_err(|wait| self.too_many(wait))
    }

    /// Counts a request of somebody who has not signed in. Callers of this machine are not counted: behind a proxy that
    /// is everybody.
    ///
    /// # Errors
    /// [`PoolError::TooMany`].
    pub(crate) fn count_stranger(&self, address: IpAddr) -> Outcome<()> {
        let address = address.to_canonical();
        if address.is_loopback() {
            return Ok(());
        }
        self.limits.strangers.take(address, Instant::now()).map_err(|wait| self.too_many(wait))
    }

    fn too_many(&self, wait: Duration) -> PoolError {
        self.metrics().limited();
        PoolError::TooMany { seconds: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1) }
    }

    /// Whether a device may begin one more upload of so many bytes, with so many others `beside` those in the store.
    ///
    /// # Errors
    /// [`PoolError::TooManyUploads`].
    pub(crate) async fn may_begin(&self, device: DeviceId, beside: u64, bytes: u64) -> Outcome<()> {
        let limits = &self.settings().limits;
        let (uploads, held) = self.keep().unfinished_of(device).await?;
        let uploads = uploads + beside;
        let (most, most_bytes) =
            (u64::from(limits.unfinished_uploads), u64::from(limits.unfinished_gib) * GIB);
        let is_full = (most > 0 && uploads >= most) || (most_bytes > 0 && held + bytes > most_bytes);
        if is_full { Err(PoolError::TooManyUploads) } else { Ok(()) }
    }

    /// Forgets uploads that were begun and have not moved for as long as the settings say. How many.
    ///
    /// # Errors
    /// What the store says.
    pub async fn sweep_uploads(&self) -> Outcome<u64> {
        let days = self.settings().limits.unfinished_days;
        if days == 0 {
            return Ok(0);
        }
        let since = crate::chance::now() - crate::days_ms(days);
        let mut forgotten = 0;
        for upload in self.keep().unfinished().await? {
            if upload.touched_at < since && self.keep().forget_unfinished(upload.root, since).await? {
                tracing::info!(root = %upload.root, "an upload that did not move was forgotten");
                forgotten += 1;
            }
        }
        Ok(forgotten + self.sweep_tray(since).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_at_once_what_it_holds_and_then_at_its_rate() {
        let buckets = Buckets::new(2, 3);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(buckets.take("anna", start), Ok(()));
        }

        assert_eq!(buckets.take("anna", start), Err(Duration::from_millis(500)));
        assert_eq!(buckets.take("bo", start), Ok(()), "each has a bucket of their own");
        let later = start + Duration::from_millis(500);
        assert_eq!(buckets.take("anna", later), Ok(()));
        assert!(buckets.take("anna", later).is_err());
        let much_later = start + Duration::from_secs(3_600);
        assert_eq!((0..9).filter(|_| buckets.take("anna", much_later).is_ok()).count(), 3);
    }

    #[test]
    fn a_limit_of_nothing_is_no_limit() {
        let buckets = Buckets::new(0, 3);
        assert!((0..1_000).all(|_| buckets.take("anna", Instant::now()).is_ok()));
    }
}
