//! Numbers for Prometheus: what was asked, what was taken in, what waits.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use satchel_terms::DeviceId;
use satchel_wire::protocol::{PROTOCOL, PROTOCOL_MIN};

use crate::Pool;
use crate::failure::{Outcome, PoolError};

/// One label and its value.
type Label = (&'static str, String);

/// The numbers that are counted as things happen.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<[Label; 3], Counter>,
    seconds: Family<[Label; 1], Histogram, fn() -> Histogram>,
    taken: Counter,
    refused: Family<[Label; 1], Counter>,
    limited: Counter,
    cuts: Family<[Label; 1], Counter>,
    waiting: Gauge,
    /// The protocol that each device spoke last, since this process started.
    spoken: Mutex<BTreeMap<DeviceId, u32>>,
}

/// One who waits; counted until it is dropped.
pub struct Waiting(Gauge);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn steps() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 17))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("satchel_pool");
        let seconds = Family::new_with_constructor(steps as fn() -> Histogram);
        let new = Self {
            registry: Mutex::default(),
            requests: Family::default(),
            seconds,
            taken: Counter::default(),
            refused: Family::default(),
            limited: Counter::default(),
            cuts: Family::default(),
            waiting: Gauge::default(),
            spoken: Mutex::default(),
        };
        registry.register("requests", "Requests by door, method and status", new.requests.clone());
        registry.register("request_seconds", "How long answers took, by door", new.seconds.clone());
        registry.register("records_accepted", "Records that went into the log", new.taken.clone());
        registry.register("records_refused", "Records that did not, by code", new.refused.clone());
        registry.register("requests_limited", "Requests turned away for their number", new.limited.clone());
        registry.register("cuts_by_recipe", "Cuts made here, by outcome", new.cuts.clone());
        registry.register("long_polls_waiting", "Askers who wait for news", new.waiting.clone());
        Self { registry: Mutex::new(registry), ..new }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, door: &str, method: &str, status: u16, took: Duration) {
        let door = ("door", door.to_owned());
        let labels = [door.clone(), ("method", method.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&[door]).observe(took.as_secs_f64());
    }

    /// Counts records that were taken in.
    pub fn taken(&self, count: usize) {
        self.taken.inc_by(count as u64);
    }

    /// Counts a record that was refused.
    pub fn refused(&self, code: &str) {
        self.refused.get_or_create(&[("code", code.to_owned())]).inc();
    }

    /// Counts a request that was turned away.
    pub fn limited(&self) {
        self.limited.inc();
    }

    /// Counts a cut that was to be made here.
    pub fn cut(&self, outcome: &str) {
        self.cuts.get_or_create(&[("outcome", outcome.to_owned())]).inc();
    }

    /// Notes which protocol a device speaks.
    fn spoke(&self, device: DeviceId, protocol: u32) {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner).insert(device, protocol);
    }

    /// How many devices speak each protocol that the pool understands, those that nobody speaks included.
    fn speakers(&self) -> Vec<(String, u64)> {
        let spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |protocol: u32| spoken.values().filter(|one| **one == protocol).count() as u64;
        (PROTOCOL_MIN..=PROTOCOL).map(|protocol| (protocol.to_string(), count(protocol))).collect()
    }

    /// Counts one who waits.
    #[must_use]
    pub fn waits(&self) -> Waiting {
        self.waiting.inc();
        Waiting(self.waiting.clone())
    }
}

/// The numbers that are read when they are asked for.
#[derive(Default)]
struct Now(Registry);

impl Now {
    fn say(&mut self, name: &str, help: &str, value: u64) {
        let gauge = Gauge::<u64, AtomicU64>::default();
        gauge.set(value);
        self.0.register(format!("satchel_pool_{name}"), help, gauge);
    }

    fn say_each(&mut self, name: &str, help: &str, label: &'static str, values: Vec<(String, u64)>) {
        let family = Family::<[Label; 1], Gauge<u64, AtomicU64>>::default();
        for (value, count) in values {
            family.get_or_create(&[(label, value)]).set(count);
        }
        self.0.register(format!("satchel_pool_{name}"), help, family);
    }
}

impl Pool {
    /// Notes which protocol a laptop speaks, where it is one of ours: before an old one is given up, somebody has to
    /// see that nobody speaks it.
    pub(crate) async fn greeted(&self, device: DeviceId, protocol: u32) -> Outcome<()> {
        if self.keep().device(device).await?.is_some() {
            self.metrics().spoke(device, protocol);
        }
        Ok(())
    }

    /// The page that Prometheus reads.
    ///
    /// # Errors
    /// What the store says.
    pub async fn metrics_page(&self) -> Outcome<String> {
        let (totals, unfinished) = (self.keep().totals().await?, self.keep().unfinished().await?);
        let mut now = Now::default();
        now.say("feed_head", "The newest place of the feed", self.keep().head().await?);
        now.say("epoch", "The pool's epoch", self.facts().epoch);
        now.say("devices", "Devices not revoked", totals.devices);
        now.say("blobs", "Whole blobs", totals.blobs);
        now.say("blob_bytes", "Bytes of whole blobs", totals.blob_bytes);
        now.say("records_quarantined", "Records set apart", totals.quarantined);
        now.say("uploads_unfinished", "Uploads begun and not ended", unfinished.len() as u64);
        let held = unfinished.iter().map(|upload| upload.held).sum();
        now.say("uploads_unfinished_bytes", "Bytes held of them", held);
        if let Some(free) = totals.disk_free {
            now.say("disk_free_bytes", "Free bytes of the data folder's disk", free);
        }
        if let Some(done) = self.keep().backed_up().await? {
            now.say("backup_head", "The place of the feed up to which the pool is backed up", done.head);
            let seconds = u64::try_from(done.at / 1_000).unwrap_or(0);
            now.say("backup_timestamp_seconds", "When the pool was backed up", seconds);
        }
        let speakers = self.metrics().speakers();
        now.say_each("devices_by_protocol", "Devices by the protocol they spoke last", "protocol", speakers);
        now.say_each("release_jobs", "Releases by state", "state", self.keep().job_counts().await?);
        let broken = |error: std::fmt::Error| PoolError::Broken(error.to_string());
        let mut page = String::new();
        let counted = self.metrics().registry.lock().unwrap_or_else(PoisonError::into_inner);
        encode_registry(&mut page, &counted).map_err(broken)?;
        encode_registry(&mut page, &now.0).map_err(broken)?;
        encode_eof(&mut page).map_err(broken)?;
        Ok(page)
    }
}
