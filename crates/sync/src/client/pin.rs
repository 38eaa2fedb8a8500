//! One TLS key and no other: how a laptop believes a certificate that no authority vouches for.
//!
//! The key's name came with the invitation, which the pool signed. Name and dates of the certificate do not count: the
//! key does, and a laptop's clock may be wrong.

use std::sync::Arc;

use rustls::{ClientConfig, Error};
use satchel_tls::{OnlyKeys, is_refused_key};
use satchel_wire::pin_of;

use crate::SyncError;

/// How a line speaks TLS that believes the key of this name only.
pub(super) fn only(pin: &str) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let pin = pin.to_owned();
    let verifier = OnlyKeys::new(&provider, move |key| pin_of(key) == pin);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What a refused certificate means; none when something else went wrong.
pub(super) fn refused(error: &(dyn std::error::Error + 'static)) -> Option<SyncError> {
    if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        return refused(inner);
    }
    match error.downcast_ref::<Error>()? {
        error if is_refused_key(error) => Some(SyncError::OtherCertificate),
        Error::InvalidCertificate(why) => Some(SyncError::BadCertificate { why: why.to_string() }),
        _ => None,
    }
}
