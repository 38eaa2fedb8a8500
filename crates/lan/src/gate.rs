//! TLS between laptops: version 1.3, each side shows its device's key. Whose key it is, is asked behind the gate; the
//! caller asks before it shows its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use ed25519_dalek::VerifyingKey;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, Error, ServerConfig};
use satchel_tls::{OnlyKeys, Pass, Seats, Stay, key_info};

use crate::badge::{Badge, key_of};
use crate::{LanError, Outcome};

/// Most lines at once, handshakes included: strangers cannot take more of this laptop, nor keep it for long.
pub struct Lines;

impl Seats for Lines {
    const HANDSHAKE: Duration = Duration::from_secs(5);
    const MOST: usize = 32;
    const FROM_ONE: usize = 8;
    const STAY: Option<Stay> =
        Some(Stay { unvouched: Duration::from_secs(10), silent: Duration::from_secs(300) });
}

/// A listener whose lines have shaken hands.
pub type Gate = satchel_tls::Gate<Lines>;

/// Whose key the other end of a line proved to hold.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key; none if it is not a device's.
    pub key: Option<VerifyingKey>,
    /// The line stays open for one whom the pool vouches for.
    pub pass: Pass,
}

impl Connected<IncomingStream<'_, Gate>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        let chain = stream.io().session().peer_certificates();
        let shown = chain.and_then(<[_]>::first).and_then(|first| key_info(first).ok());
        Self { key: shown.as_deref().and_then(key_of), pass: stream.io().pass() }
    }
}

/// How this laptop answers.
///
/// # Errors
/// [`LanError::Garbled`] if the cryptography refuses.
pub fn answering(badge: &Badge) -> Outcome<Arc<ServerConfig>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    // Callers are asked for a device's key; whose it is, is asked by the doors.
    let verifier = OnlyKeys::new(&provider, |key| key_of(key).is_some());
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
    let heard = Arc::clone(&answered);
    let verifier = OnlyKeys::new(&provider, move |key| {
        let named = key_of(key).filter(|key| may_call(key));
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = named;
        named.is_some()
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(LanError::garbled)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
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
