//! A device's key as TLS shows it: a certificate that vouches for nothing but the key itself.

use ed25519_dalek::{SigningKey, VerifyingKey};
use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ED25519, SerialNumber};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use satchel_terms::{DeviceId, NewsroomId};
use satchel_tls::KeyInfo;
use satchel_wire::device_id;

use crate::{LanError, Outcome};

/// What stands before an Ed25519 key in a certificate (RFC 8410, section 4).
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// What stands before an Ed25519 seed in PKCS #8 (RFC 8410, section 7).
const PRIVATE: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// This laptop's key and what it shows of it.
pub struct Badge {
    device: DeviceId,
    newsroom: NewsroomId,
    certificate: CertificateDer<'static>,
    private: Vec<u8>,
}

impl std::fmt::Debug for Badge {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Badge({})", self.device)
    }
}

impl Badge {
    /// The badge of this device's key. It holds neither name nor centre.
    ///
    /// # Errors
    /// [`LanError::Garbled`] if the cryptography refuses the key.
    pub fn new(key: &SigningKey, newsroom: NewsroomId) -> Outcome<Self> {
        let private = [&PRIVATE[..], &key.to_bytes()].concat();
        let pkcs8 = PrivatePkcs8KeyDer::from(private.as_slice());
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ED25519).map_err(LanError::garbled)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(SerialNumber::from(1));
        let certificate = params.self_signed(&pair).map_err(LanError::garbled)?;
        let device = device_id(&key.verifying_key());
        Ok(Self { device, newsroom, certificate: certificate.der().clone(), private })
    }

    /// This laptop.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Its centre.
    #[must_use]
    pub const fn newsroom(&self) -> NewsroomId {
        self.newsroom
    }

    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.clone()]
    }

    pub(crate) fn private(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.private.clone()))
    }
}

/// The key behind a certificate's key and kind; none if it is of another kind than a device's.
pub(crate) fn key_of(info: &KeyInfo) -> Option<VerifyingKey> {
    let key: &[u8; 32] = info.strip_prefix(&PUBLIC)?.try_into().ok()?;
    VerifyingKey::from_bytes(key).ok()
}
