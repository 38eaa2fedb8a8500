//! Who speaks, and with how much patience. Time and dice come in here, so that tests can choose them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use satchel_terms::{DeviceId, NewsroomId, Stamp};
use satchel_wire::SigningKey;
use satchel_wire::protocol::PROTOCOL;

/// Who this laptop is.
#[derive(Clone)]
pub struct Identity {
    /// The device; must be that of the key.
    pub device: DeviceId,
    /// The device's key.
    pub key: SigningKey,
    /// The centre it belongs to.
    pub newsroom: NewsroomId,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Identity({})", self.device)
    }
}

/// How this laptop behaves on the road.
#[derive(Clone)]
pub struct Habits {
    /// Longest time to reach the pool.
    pub connect: Duration,
    /// Longest time without a single byte moving. There is no limit on the whole.
    pub stall: Duration,
    /// How long the pool may hold a question for news at most; the planner begins with less.
    pub wait: Duration,
    /// Bytes of a feed page that are asked for.
    pub page_bytes: u64,
    /// Most upload streams at once.
    pub streams: u32,
    /// The rule by which the system is asked to send material, where a program may ask (Linux).
    pub congestion: &'static str,
    /// Highest lane that may travel: 0 records only, 1 small files, 2 originals.
    pub lanes: u8,
    /// The newest protocol that it speaks; two earlier ones are understood.
    pub protocol: u32,
    /// The program's name and version, for the pool's list.
    pub program: String,
    /// The laptop's clock.
    pub clock: Arc<dyn Fn() -> Stamp + Send + Sync>,
    /// A number from 0 to 1 to spread retries.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(60),
            wait: Duration::from_secs(1_800),
            page_bytes: 1 << 20,
            streams: 16,
            congestion: "bbr",
            lanes: 2,
            protocol: PROTOCOL,
            program: concat!("satchel/", env!("CARGO_PKG_VERSION")).to_owned(),
            clock: Arc::new(wall_clock),
            jitter: Arc::new(dice),
        }
    }
}

impl std::fmt::Debug for Habits {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Habits")
            .field("stall", &self.stall)
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}

impl Habits {
    /// The laptop's clock now.
    pub(crate) fn now(&self) -> Stamp {
        (self.clock)()
    }
}

fn wall_clock() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp::try_from(since.as_millis()).unwrap_or(Stamp::MAX)
}

fn dice() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}
