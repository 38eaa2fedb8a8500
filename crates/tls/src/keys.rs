//! Certificates that no authority vouches for: the key in them counts. Name and dates do not, and a clock may be wrong.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// A certificate's key with its kind: `SubjectPublicKeyInfo`, DER.
pub type KeyInfo = [u8];

/// The key that a certificate shows.
///
/// # Errors
/// When it is no certificate.
pub fn key_info(shown: &CertificateDer<'_>) -> Result<Vec<u8>, Error> {
    Ok(ParsedCertificate::try_from(shown)?.subject_public_key_info().as_ref().to_vec())
}

/// Believes the keys that `is_believed` says, at either end of a line. Whoever shows one must prove to hold it.
pub struct OnlyKeys {
    is_believed: Box<dyn Fn(&KeyInfo) -> bool + Send + Sync>,
    provider: Arc<CryptoProvider>,
}

impl OnlyKeys {
    /// Asks this of every key. `provider` checks the signatures.
    pub fn new(
        provider: &Arc<CryptoProvider>,
        is_believed: impl Fn(&KeyInfo) -> bool + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { is_believed: Box::new(is_believed), provider: Arc::clone(provider) })
    }

    fn check(&self, shown: &CertificateDer<'_>) -> Result<(), Error> {
        let refused = || Error::from(CertificateError::ApplicationVerificationFailure);
        (self.is_believed)(&key_info(shown)?).then_some(()).ok_or_else(refused)
    }
}

/// Whether a line ended because the key that was shown is not believed.
#[must_use]
pub fn is_refused_key(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
}

impl std::fmt::Debug for OnlyKeys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("OnlyKeys")
    }
}

/// That the key is held is checked alike at both ends.
macro_rules! signatures_are_checked {
    () => {
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
    };
}

impl ServerCertVerifier for OnlyKeys {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(shown).map(|()| ServerCertVerified::assertion())
    }

    signatures_are_checked!();
}

impl ClientCertVerifier for OnlyKeys {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(shown).map(|()| ClientCertVerified::assertion())
    }

    signatures_are_checked!();
}
