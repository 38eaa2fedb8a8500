//! Where lines come in behind TLS.

use std::io::IoSlice;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How many may come in at once.
pub trait Seats: Send + Sync + 'static {
    /// How long a handshake may take.
    const HANDSHAKE: Duration;
    /// Most at once.
    const MOST: usize;
    /// Whether a line keeps its seat until it ends, or only while it shakes hands.
    const ARE_KEPT: bool;
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
    _seat: Option<OwnedSemaphorePermit>,
}

impl Line {
    /// What was agreed on, and who proved to be at the other end.
    #[must_use]
    pub fn session(&self) -> &ServerConnection {
        self.tls.get_ref().1
    }
}

impl<S: Seats> Gate<S> {
    /// Takes lines from this listener.
    ///
    /// # Errors
    /// What the network says.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> std::io::Result<Self> {
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

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Takes lines until nobody wants them any more.
async fn take<S: Seats>(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    tell: mpsc::Sender<(Line, SocketAddr)>,
) {
    let room = Arc::new(Semaphore::new(S::MOST));
    loop {
        let Ok(seat) = Arc::clone(&room).acquire_owned().await else { return };
        let (line, peer) = tokio::select! {
            taken = Listener::accept(&mut listener) => taken,
            () = tell.closed() => return,
        };
        let (acceptor, tell) = (acceptor.clone(), tell.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(S::HANDSHAKE, acceptor.accept(line)).await {
                Ok(Ok(tls)) => {
                    let (kept, only_until_taken) =
                        if S::ARE_KEPT { (Some(seat), None) } else { (None, Some(seat)) };
                    drop(tell.send((Line { tls, _seat: kept }, peer)).await);
                    drop(only_until_taken);
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
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tls).poll_read(task, into)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write(task, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write_vectored(task, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(task)
    }
}
