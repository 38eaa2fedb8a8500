//! Where connections come in: plain, or behind TLS. A slow handshake holds up nobody else's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// Most handshakes at once.
const HANDSHAKES: usize = 512;

/// Who is at the other end of the line.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsGate>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsGate>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// A listener whose lines have shaken hands.
pub struct TlsGate {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsGate {
    /// Takes lines from this listener.
    ///
    /// # Errors
    /// What the network says.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (tell, ready) = mpsc::channel(64);
        tokio::spawn(take(listener, TlsAcceptor::from(config), tell));
        Ok(Self { ready, address })
    }
}

impl Listener for TlsGate {
    type Io = TlsStream<TcpStream>;
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
async fn take(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    tell: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let Ok(seat) = Arc::clone(&room).acquire_owned().await else { return };
        let (line, peer) = tokio::select! {
            taken = Listener::accept(&mut listener) => taken,
            () = tell.closed() => return,
        };
        let (acceptor, tell) = (acceptor.clone(), tell.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(line)).await {
                Ok(Ok(line)) => drop(tell.send((line, peer)).await),
                Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
                Err(_) => tracing::debug!(%peer, "TLS took too long"),
            }
            drop(seat);
        });
    }
}
