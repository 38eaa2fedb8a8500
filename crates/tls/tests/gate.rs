//! Laws of the gate: who is silent, slow or many makes room for others.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::serve::Listener as _;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ServerConfig};
use satchel_tls::{Gate, Line, OnlyKeys, Seats, Stay};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const UNVOUCHED: Duration = Duration::from_millis(400);
const SILENT: Duration = Duration::from_millis(1_200);

struct Few;

impl Seats for Few {
    const HANDSHAKE: Duration = Duration::from_secs(5);
    const MOST: usize = 4;
    const FROM_ONE: usize = 3;
    const STAY: Option<Stay> = Some(Stay { unvouched: UNVOUCHED, silent: SILENT });
}

async fn gate() -> (Gate<Few>, SocketAddr) {
    let pair = rcgen::KeyPair::generate().unwrap();
    let shown = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![shown.der().clone()], private)
        .unwrap();
    let gate = Gate::new(TcpListener::bind("127.0.0.1:0").await.unwrap(), Arc::new(config)).unwrap();
    let address = gate.local_addr().unwrap();
    (gate, address)
}

async fn call(door: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(OnlyKeys::new(&provider, |_| true))
        .with_no_client_auth();
    let name = ServerName::from(door.ip());
    TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(door).await?).await
}

async fn pair(gate: &mut Gate<Few>, door: SocketAddr) -> (TlsStream<TcpStream>, Line) {
    let (caller, (line, _)) = tokio::join!(call(door), gate.accept());
    (caller.unwrap(), line)
}

/// How long a line still lasts on which the other side says nothing.
async fn lasts(line: &mut Line) -> Duration {
    let began = Instant::now();
    let ended = tokio::time::timeout(Duration::from_secs(10), line.read(&mut [0; 8])).await;
    assert_eq!(ended.unwrap().unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    began.elapsed()
}

#[tokio::test]
async fn a_line_that_nobody_vouches_for_ends_soon_whatever_it_says() {
    let (mut gate, door) = gate().await;
    let (mut caller, mut line) = pair(&mut gate, door).await;
    let began = Instant::now();
    let drip = tokio::spawn(async move {
        while caller.write_all(b"a").await.is_ok() && caller.flush().await.is_ok() {
            tokio::time::sleep(UNVOUCHED / 8).await;
        }
    });

    while line.read(&mut [0; 8]).await.is_ok_and(|read| read > 0) {}

    let lasted = began.elapsed();
    assert!((UNVOUCHED / 2..UNVOUCHED * 2).contains(&lasted), "{lasted:?}");
    drip.abort();
}

#[tokio::test]
async fn a_line_that_is_vouched_for_stays_while_anything_moves_on_it() {
    let (mut gate, door) = gate().await;
    let (mut caller, mut line) = pair(&mut gate, door).await;
    line.pass().vouch();

    for _ in 0..4 {
        tokio::time::sleep(SILENT / 2).await;
        caller.write_all(b"more").await.unwrap();
        caller.flush().await.unwrap();
        line.read_exact(&mut [0; 4]).await.unwrap();
    }

    let silent = lasts(&mut line).await;
    assert!((SILENT / 2..SILENT * 2).contains(&silent), "{silent:?}");
}

#[tokio::test]
async fn one_address_never_takes_all_seats_and_a_line_that_ends_makes_room() {
    let (mut gate, door) = gate().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(pair(&mut gate, door).await);
    }

    assert!(call(door).await.is_err(), "a fourth of the same address");
    held.pop();
    let next = tokio::time::timeout(Duration::from_secs(5), pair(&mut gate, door)).await;
    assert!(next.is_ok(), "one went");
}
