//! Where lines come in behind TLS, and how long each may stay.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How many may come in at once.
pub trait Seats: Send + Sync + 'static {
    /// How long a handshake may take.
    const HANDSHAKE: Duration;
    /// Most at once.
    const MOST: usize;
    /// Most at once from one address; further ones are shut.
    const FROM_ONE: usize;
    /// How long a line may stay that keeps its seat until it ends. Where it is none, a line keeps its seat only while it
    /// shakes hands, and stays as long as it likes.
    const STAY: Option<Stay>;
}

/// How long a line may stay.
#[derive(Debug, Clone, Copy)]
pub struct Stay {
    /// After the handshake, until somebody vouches for whoever is at the other end ([`Pass::vouch`]).
    pub unvouched: Duration,
    /// From then on, while nothing moves on it.
    pub silent: Duration,
}

/// Whether whoever is at the other end of a line may stay.
#[derive(Debug, Clone, Default)]
pub struct Pass(Arc<AtomicBool>);

impl Pass {
    /// This one may stay.
    pub fn vouch(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_vouched(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A listener whose lines have shaken hands.
pub struct Gate<S> {
    ready: mpsc::Receiver<(Line, SocketAddr)>,
    address: SocketAddr,
    seats: PhantomData<S>,
}

/// One line; a seat that it keeps is free again when it ends.
pub struct Line {
    tls: TlsStream<TcpStream>,
    pass: Pass,
    clock: Option<Clock>,
    _seat: Option<Seat>,
}

impl Line {
    /// What was agreed on, and who proved to be at the other end.
    #[must_use]
    pub fn session(&self) -> &ServerConnection {
        self.tls.get_ref().1
    }

    /// By which whoever is at the other end may stay.
    #[must_use]
    pub fn pass(&self) -> Pass {
        self.pass.clone()
    }

    /// Fails once the time is up.
    fn must_be_in_time(&mut self, task: &mut Context<'_>) -> io::Result<()> {
        match &mut self.clock {
            Some(clock) => clock.look(&self.pass, task),
            None => Ok(()),
        }
    }

    /// Passes on how many bytes moved.
    fn noted(&mut self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let (Poll::Ready(Ok(1..)), Some(clock)) = (&outcome, &mut self.clock) {
            clock.moved = Instant::now();
        }
        outcome
    }
}

/// When a line has to end.
struct Clock {
    stay: Stay,
    since: Instant,
    moved: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl Clock {
    fn new(stay: Stay) -> Self {
        let now = Instant::now();
        let alarm = Box::pin(tokio::time::sleep(stay.unvouched));
        Self { stay, since: now, moved: now, alarm }
    }

    fn look(&mut self, pass: &Pass, task: &mut Context<'_>) -> io::Result<()> {
        while self.alarm.as_mut().poll(task).is_ready() {
            let end = if pass.is_vouched() {
                self.moved + self.stay.silent
            } else {
                self.since + self.stay.unvouched
            };
            if end <= Instant::now() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.alarm.as_mut().reset(end);
        }
        Ok(())
    }
}

/// A place among those that are in, and among those of its address.
struct Seat {
    from: IpAddr,
    taken: Arc<Taken>,
    _permit: OwnedSemaphorePermit,
}

/// How many of each address are in.
type Taken = Mutex<HashMap<IpAddr, usize>>;

impl Seat {
    /// None when too many of this address are in.
    fn take(permit: OwnedSemaphorePermit, taken: &Arc<Taken>, peer: SocketAddr, most: usize) -> Option<Self> {
        let from = peer.ip().to_canonical();
        let mut counts = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Self { from, taken: Arc::clone(taken), _permit: permit })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

impl<S: Seats> Gate<S> {
    /// Takes lines from this listener.
    ///
    /// # Errors
    /// What the network says.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (tell, ready) = mpsc::channel(S::MOST.min(64));
        tokio::spawn(take::<S>(listener, TlsAcceptor::from(config), tell));
        Ok(Self { ready, address, seats: PhantomData })
    }
}

impl<S: Seats> Listener for Gate<S> {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(line) => line,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Takes lines until nobody wants them any more.
async fn take<S: Seats>(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    tell: mpsc::Sender<(Line, SocketAddr)>,
) {
    let (room, taken) = (Arc::new(Semaphore::new(S::MOST)), Arc::<Taken>::default());
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let (line, peer) = tokio::select! {
            came = Listener::accept(&mut listener) => came,
            () = tell.closed() => return,
        };
        let Some(seat) = Seat::take(permit, &taken, peer, S::FROM_ONE) else {
            tracing::debug!(%peer, "too many lines of one address");
            continue;
        };
        let (acceptor, tell) = (acceptor.clone(), tell.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(S::HANDSHAKE, acceptor.accept(line)).await {
                Ok(Ok(tls)) => {
                    let (kept, until_taken) =
                        if S::STAY.is_some() { (Some(seat), None) } else { (None, Some(seat)) };
                    let (pass, clock) = (Pass::default(), S::STAY.map(Clock::new));
                    drop(tell.send((Line { tls, pass, clock, _seat: kept }, peer)).await);
                    drop(until_taken);
                }
                Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
                Err(_) => tracing::debug!(%peer, "TLS took too long"),
            }
        });
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let outcome = Pin::new(&mut self.tls).poll_read(task, into);
        let outcome = self.noted(outcome.map_ok(|()| into.filled().len() - before));
        self.must_be_in_time(task)?;
        outcome.map_ok(drop)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.tls).poll_write(task, bytes);
        let outcome = self.noted(outcome);
        self.must_be_in_time(task)?;
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.tls).poll_write_vectored(task, parts);
        let outcome = self.noted(outcome);
        self.must_be_in_time(task)?;
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.must_be_in_time(task)?;
        Pin::new(&mut self.tls).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(task)
    }
}
