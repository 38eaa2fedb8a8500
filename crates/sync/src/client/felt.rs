//! What the system knows of material's connections: how long a byte takes there and back.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How often one connection is asked.
const OFTEN: Duration = Duration::from_millis(100);

/// What was felt of all connections since the last look.
#[derive(Debug, Default)]
pub(crate) struct Felt(Mutex<Option<Trips>>);

/// Round trips and what arrived by them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trips {
    /// The least round trip, in milliseconds.
    pub(crate) least: f64,
    /// Bytes that the other side has confirmed to the system; none where that is not told.
    pub(crate) arrived: Option<u64>,
    /// Packets that the system sent again.
    pub(crate) again: u64,
}

impl Felt {
    fn note(&self, trip: f64, arrived: Option<u64>, again: u64) {
        let mut felt = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = felt.unwrap_or(Trips { least: f64::MAX, arrived: Some(0), again: 0 });
        *felt = Some(Trips {
            least: all.least.min(trip),
            arrived: all.arrived.zip(arrived).map(|(all, one)| all + one),
            again: all.again + again,
        });
    }

    /// What was felt since the last time; none where the system tells nothing.
    pub(crate) fn take(&self) -> Option<Trips> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A connection that is asked while it is written to.
pub(super) struct Asked {
    inner: TokioIo<TcpStream>,
    felt: Arc<Felt>,
    asked: Instant,
    /// Bytes that had arrived when it was asked last.
    arrived: u64,
    /// Packets that had been sent again.
    again: u32,
}

impl Asked {
    /// Asks this connection from now on; its beginning went over the line as well.
    pub(super) fn new(inner: TokioIo<TcpStream>, felt: Arc<Felt>) -> Self {
        let mut asked = Self { inner, felt, asked: Instant::now(), arrived: 0, again: 0 };
        asked.ask();
        asked
    }

    fn ask(&mut self) {
        if let Some(About { trip, arrived, again }) = about(self.inner.inner()) {
            let newly = arrived.map(|arrived| arrived.saturating_sub(self.arrived));
            self.felt.note(trip, newly, again.saturating_sub(self.again).into());
            (self.arrived, self.again) = (arrived.unwrap_or_default(), again);
        }
    }

    fn written(&mut self) {
        if self.asked.elapsed() >= OFTEN {
            self.asked = Instant::now();
            self.ask();
        }
    }
}

/// What the system tells of one connection.
struct About {
    /// The smoothed round trip, in milliseconds.
    trip: f64,
    /// Bytes that arrived.
    arrived: Option<u64>,
    /// Packets sent again.
    again: u32,
}

/// Asks the system about a connection.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(unsafe_code, reason = "TCP_INFO has no safe door in std")]
fn about(stream: &TcpStream) -> Option<About> {
    use std::os::fd::AsRawFd as _;
    // Room for the kernel's `struct tcp_info`, which grew over the years and keeps its places: the round trip in
    // microseconds at byte 68, packets sent again at byte 100, and since Linux 4.1 the bytes acknowledged at byte 120.
    let mut info = [0_u8; 256];
    let mut length = 256;
    // SAFETY: the descriptor is open; the kernel writes no more than `length` bytes into `info`, which outlives it.
    let refused = unsafe {
        let into = info.as_mut_ptr().cast();
        libc::getsockopt(stream.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, into, &raw mut length)
    };
    let trip = u32::from_ne_bytes(info[68..72].try_into().ok()?);
    let arrived = u64::from_ne_bytes(info[120..128].try_into().ok()?);
    let again = u32::from_ne_bytes(info[100..104].try_into().ok()?);
    let arrived = (length >= 128).then_some(arrived);
    (refused == 0 && trip > 0).then(|| About { trip: f64::from(trip) / 1_000.0, arrived, again })
}

/// Other systems are not asked: there material goes by the system's own rule alone.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn about(_: &TcpStream) -> Option<About> {
    None
}

impl Read for Asked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, into)
    }
}

impl Write for Asked {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.written();
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.written();
        Pin::new(&mut self.inner).poll_write_vectored(context, bytes)
    }
}

impl Connection for Asked {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}
