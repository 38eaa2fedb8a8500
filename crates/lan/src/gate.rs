//! TLS between laptops: version 1.3, each side shows its device's key. Whose key it is, is asked behind the gate; the
//! caller asks before it shows its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use ed25519_dalek::VerifyingKey;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::badge::{Badge, key_of};
use crate::{LanError, Outcome};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Most lines at once, handshakes included: strangers cannot take more of this laptop.
const LINES: usize = 32;

/// Whose key the other end of a line proved to hold.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub Option<VerifyingKey>);

impl Connected<IncomingStream<'_, Gate>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        let (_, session) = stream.io().tls.get_ref();
        Self(session.peer_certificates().and_then(|chain| chain.first()).and_then(key_of))
    }
}

/// How this laptop answers.
///
/// # Errors
/// [`LanError::Garbled`] if the cryptography refuses.
pub fn answering(badge: &Badge) -> Outcome<Arc<ServerConfig>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyDevice(Arc::clone(&provider)));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(LanError::garbled)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(badge.chain(), badge.private())
        .map_err(LanError::garbled)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Whether the laptop of a key may see who calls.
pub type MayCall = Box<dyn Fn(&VerifyingKey) -> bool + Send + Sync>;
/// The key that answered.
pub type Answered = Arc<Mutex<Option<VerifyingKey>>>;

/// How this laptop calls another: it shows its own key only to one that it may call.
///
/// # Errors
/// [`LanError::Garbled`] if the cryptography refuses.
pub fn calling(badge: &Badge, may_call: MayCall) -> Outcome<(ClientConfig, Answered)> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let answered = Answered::default();
    let verifier = OnlyNamed { may_call, answered: Arc::clone(&answered), provider: Arc::clone(&provider) };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(LanError::garbled)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(badge.chain(), badge.private())
        .map_err(LanError::garbled)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, answered))
}

/// Whether a line ended because whoever answered may not be called.
pub fn is_stranger(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        return is_stranger(inner);
    }
    matches!(error.downcast_ref::<Error>(), Some(Error::InvalidCertificate(_)))
}

/// Callers are asked for a device's key; whose it is, is asked by the doors.
#[derive(Debug)]
struct AnyDevice(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyDevice {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let refused = || Error::from(CertificateError::ApplicationVerificationFailure);
        key_of(shown).map(|_| ClientCertVerified::assertion()).ok_or_else(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, shown, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, shown, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

/// Only a key that may be called is believed.
struct OnlyNamed {
    may_call: MayCall,
    answered: Answered,
    provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for OnlyNamed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("OnlyNamed")
    }
}

impl ServerCertVerifier for OnlyNamed {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = key_of(shown).filter(|key| (self.may_call)(key));
        let key = key.ok_or_else(|| Error::from(CertificateError::ApplicationVerificationFailure))?;
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

/// A listener whose lines have shaken hands.
pub struct Gate {
    ready: mpsc::Receiver<(Line, SocketAddr)>,
    address: SocketAddr,
}

/// One line; its seat is free again when it ends.
pub struct Line {
    tls: TlsStream<TcpStream>,
    _seat: tokio::sync::OwnedSemaphorePermit,
}

impl Gate {
    /// Takes lines from this listener.
    ///
    /// # Errors
    /// What the network says.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (tell, ready) = mpsc::channel(LINES);
        tokio::spawn(take(listener, TlsAcceptor::from(config), tell));
        Ok(Self { ready, address })
    }
}

impl Listener for Gate {
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
async fn take(mut listener: TcpListener, acceptor: TlsAcceptor, tell: mpsc::Sender<(Line, SocketAddr)>) {
    let room = Arc::new(Semaphore::new(LINES));
    loop {
        let Ok(seat) = Arc::clone(&room).acquire_owned().await else { return };
        let (line, peer) = tokio::select! {
            taken = Listener::accept(&mut listener) => taken,
            () = tell.closed() => return,
        };
        let (acceptor, tell) = (acceptor.clone(), tell.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(line)).await {
                Ok(Ok(tls)) => drop(tell.send((Line { tls, _seat: seat }, peer)).await),
                Ok(Err(error)) => tracing::debug!(%error, "no TLS with a laptop nearby"),
                Err(_) => tracing::debug!("TLS with a laptop nearby took too long"),
            }
        });
    }
}

mod io {
    //! A line passes bytes on as its TLS stream does.

    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::Line;

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

        fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Pin::new(&mut self.tls).poll_flush(task)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Pin::new(&mut self.tls).poll_shutdown(task)
        }
    }
}
