//! Where connections come in: plain, or behind TLS. A slow handshake holds up nobody else's.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use satchel_tls::{Gate, Seats, Stay};
use tokio::net::TcpListener;

/// Most handshakes at once; a line that has shaken hands makes room.
pub struct Handshakes;

impl Seats for Handshakes {
    const HANDSHAKE: Duration = Duration::from_secs(15);
    const MOST: usize = 512;
    // A whole newsroom may stand behind one address.
    const FROM_ONE: usize = Self::MOST;
    const STAY: Option<Stay> = None;
}

/// A listener whose lines have shaken hands.
pub type TlsGate = Gate<Handshakes>;

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
