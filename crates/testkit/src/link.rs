//! A bad line between two programs: rate, delay, queue, loss, cuts and stalls, all from one seed.
//!
//! A proxy sees bytes, not packets: loss is emulated as what it does to a sender that takes loss for congestion
//! (`wire.rs` says how, and its tests hold the figures). Whoever wants the system's own senders under real packet
//! loss opens a [`TunLine`], which needs rights that not every machine gives.

mod carry;
#[cfg(target_os = "linux")]
mod tun;
mod wire;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
pub use tun::TunLine;
pub use wire::{Flow, PACKET, Sent, Wire};

/// How bad the line is; both directions alike, each with a queue of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPlan {
    /// Bits in a second.
    pub rate: u64,
    /// One way, without what waits in the queue.
    pub delay: Duration,
    /// Bytes that may wait before the line; what comes on top is lost.
    pub queue: u64,
    /// Packets lost of a million, each for itself.
    pub loss: u32,
    /// What the dice fall by.
    pub seed: u64,
}

impl LinkPlan {
    /// The line of the measurements: 4 Mbit/s, 200 ms there and back, a queue of 200 KB, nothing lost.
    #[must_use]
    pub const fn village(seed: u64) -> Self {
        Self { rate: 4_000_000, delay: Duration::from_millis(100), queue: 200_000, loss: 0, seed }
    }

    /// The same line that loses so many of a hundred.
    #[must_use]
    pub const fn losing(self, percent: u32) -> Self {
        Self { loss: percent * 10_000, ..self }
    }

    /// The same line with another rate, in bits a second.
    #[must_use]
    pub const fn at_rate(self, rate: u64) -> Self {
        Self { rate, ..self }
    }
}

/// What all connections of a line share.
#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    since: Instant,
    delay: Duration,
    up: Mutex<Wire>,
    down: Mutex<Wire>,
    /// Connections of an older number end.
    number: AtomicU64,
    is_stalled: AtomicBool,
    is_away: AtomicBool,
    is_over: AtomicBool,
    went_up: AtomicU64,
    came_down: AtomicU64,
    cut_in: AtomicI64,
    taken: AtomicU64,
}

/// A running bad line in front of a server; it ends when dropped.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Link {
    /// Lays a line to `upstream` and prints its seed.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn lay(upstream: SocketAddr, plan: LinkPlan) -> anyhow::Result<Self> {
        eprintln!("line {plan:?}");
        let listener = TcpListener::bind("127.0.0.1:0")?;
        // Little may wait in the system's own buffers: what a program handed over is then soon on the line.
        socket2::SockRef::from(&listener).set_recv_buffer_size(carry::BUFFER)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            since: Instant::now(),
            delay: plan.delay,
            up: Mutex::new(Wire::new(plan, 0)),
            down: Mutex::new(Wire::new(plan, 1)),
            number: 0.into(),
            is_stalled: false.into(),
            is_away: false.into(),
            is_over: false.into(),
            went_up: 0.into(),
            came_down: 0.into(),
            cut_in: i64::MAX.into(),
            taken: 0.into(),
        });
        let line = Arc::clone(&shared);
        std::thread::spawn(move || {
            for near in listener.incoming() {
                if line.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(near) = near else { continue };
                if !line.is_away.load(Ordering::SeqCst) {
                    line.taken.fetch_add(1, Ordering::SeqCst);
                    carry::carry(near, &line);
                }
            }
        });
        Ok(Self { address, shared })
    }

    /// Where to connect to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where to connect to, as `http://…` without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts every connection; new ones work at once.
    pub fn cut(&self) {
        self.shared.number.fetch_add(1, Ordering::SeqCst);
    }

    /// Cuts every connection once so many more bytes have gone up; new ones work at once.
    pub fn cut_after(&self, bytes: u64) {
        self.shared.cut_in.store(i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Takes the line away: every connection is cut, new ones are closed at once. Or brings it back.
    pub fn set_away(&self, is_away: bool) {
        self.shared.is_away.store(is_away, Ordering::SeqCst);
        if is_away {
            self.cut();
        }
    }

    /// Keeps connections open without a byte moving either way, or lets them go on.
    pub fn set_stalled(&self, is_stalled: bool) {
        self.shared.is_stalled.store(is_stalled, Ordering::SeqCst);
    }

    /// Sets another rate, in bits a second.
    pub fn set_rate(&self, rate: u64) {
        for wire in [&self.shared.up, &self.shared.down] {
            wire.lock().unwrap_or_else(PoisonError::into_inner).set_rate(rate);
        }
    }

    /// Bytes of programs that went up so far.
    #[must_use]
    pub fn went_up(&self) -> u64 {
        self.shared.went_up.load(Ordering::SeqCst)
    }

    /// Bytes of programs that came down so far.
    #[must_use]
    pub fn came_down(&self) -> u64 {
        self.shared.came_down.load(Ordering::SeqCst)
    }

    /// Connections so far.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.shared.taken.load(Ordering::SeqCst)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.cut();
        let _ = TcpStream::connect(self.address); // wakes the thread that waits for a connection
    }
}
