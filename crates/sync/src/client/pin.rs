//! One TLS key and no other: how a laptop believes a certificate that no authority vouches for.
//!
//! The key's name came with the invitation, which the pool signed. Name and dates of the certificate do not count: the
//! key does, and a laptop's clock may be wrong.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use satchel_wire::pin_of;

use crate::SyncError;

/// How a line speaks TLS that believes the key of this name only.
pub(super) fn only(pin: &str) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = OnlyThisKey { pin: pin.to_owned(), provider: Arc::clone(&provider) };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
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
        Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure) => {
            Some(SyncError::OtherCertificate)
        }
        Error::InvalidCertificate(why) => Some(SyncError::BadCertificate { why: why.to_string() }),
        _ => None,
    }
}

#[derive(Debug)]
struct OnlyThisKey {
    pin: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OnlyThisKey {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if pin_of(&ParsedCertificate::try_from(shown)?.subject_public_key_info()) == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
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
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
