//! TLS: the certificate that the pool shows, and the one it can make itself.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PublicKeyData};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use satchel_terms::Stamp;
use satchel_wire::pin_of;
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::failure::{Outcome, PoolError};
use crate::secrets::write_private;
use crate::settings::{Settings, TlsFiles};

/// How long a certificate that the pool made itself is valid.
const VALID: Duration = Duration::days(3 * 365);

fn bad(what: &Path, why: impl std::fmt::Display) -> PoolError {
    PoolError::BadCertificate { why: format!("{}: {why}", what.display()) }
}

/// What a certificate file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The name of its key, as invitations carry it.
    pub pin: String,
    /// Valid from, Unix milliseconds.
    pub not_before: Stamp,
    /// Valid until, Unix milliseconds.
    pub not_after: Stamp,
}

/// Reads what a certificate file says of its first certificate.
///
/// # Errors
/// [`PoolError::BadCertificate`] when it cannot be read.
pub fn facts(file: &Path) -> Outcome<Facts> {
    let der = CertificateDer::from_pem_file(file).map_err(|error| bad(file, error))?;
    let (_, read) = X509Certificate::from_der(&der).map_err(|error| bad(file, error))?;
    Ok(Facts {
        pin: pin_of(read.public_key().raw),
        not_before: read.validity().not_before.timestamp() * 1000,
        not_after: read.validity().not_after.timestamp() * 1000,
    })
}

/// The key that invitations name, where one is to be named.
///
/// # Errors
/// As [`facts`].
pub fn pin(settings: &Settings) -> Outcome<Option<String>> {
    let files = settings.tls_files().filter(|files| files.is_pinned);
    files.map(|files| facts(&files.certificate).map(|facts| facts.pin)).transpose()
}

/// Makes a certificate for these names and addresses in the data folder. A key that is there already is used again, so
/// laptops that know it go on believing the pool.
///
/// # Errors
/// [`PoolError::BadRequest`] for a name that cannot stand in a certificate; what the disk says.
pub fn make_own(data: &Path, centre: &str, names: &[String]) -> Outcome<TlsFiles> {
    let files = TlsFiles::own(data);
    let faulty = |error: rcgen::Error| PoolError::BadRequest { why: error.to_string() };
    let key = if files.key.exists() {
        KeyPair::from_pem(&std::fs::read_to_string(&files.key)?).map_err(|error| bad(&files.key, error))?
    } else {
        KeyPair::generate().map_err(faulty)?
    };
    let mut params = CertificateParams::new(names.to_vec()).map_err(faulty)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, names.first().map_or("satchel-pool", String::as_str));
    params.distinguished_name.push(DnType::OrganizationName, centre);
    let now = OffsetDateTime::now_utc();
    (params.not_before, params.not_after) = (now - Duration::days(1), now + VALID);
    let certificate = params.self_signed(&key).map_err(faulty)?;
    write_private(&files.key, key.serialize_pem().as_bytes())?;
    write_private(&files.certificate, certificate.pem().as_bytes())?;
    tracing::info!(pin = pin_of(&key.subject_public_key_info()), "certificate made");
    Ok(files)
}

/// The names that a certificate of this pool has to hold: those asked for, and those of its addresses.
#[must_use]
pub fn names(settings: &Settings, asked: &[String]) -> Vec<String> {
    let mut names = asked.to_vec();
    let host = settings.url.split_once("://").map_or("", |(_, rest)| rest);
    for place in [host, settings.listen.as_str()] {
        let place = place.split('/').next().unwrap_or_default();
        let bare = place.rsplit_once(':').map_or(place, |(host, _)| host).trim_matches(['[', ']']);
        let is_any = bare.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
        if !bare.is_empty() && !is_any {
            names.push(bare.to_owned());
        }
    }
    names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// The certificate that is shown, read again when its file changes.
#[derive(Debug)]
pub struct Shown {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    now: RwLock<(Arc<CertifiedKey>, Option<SystemTime>)>,
}

impl Shown {
    /// Reads the files.
    ///
    /// # Errors
    /// [`PoolError::BadCertificate`] when they cannot be read or do not belong together.
    pub fn new(files: TlsFiles) -> Outcome<Arc<Self>> {
        let provider = Arc::new(default_provider());
        let changed = changed_at(&files);
        let now = RwLock::new((Arc::new(load(&files, &provider)?), changed));
        Ok(Arc::new(Self { files, provider, now }))
    }

    /// Reads the files again when they have changed. Ones that cannot be used leave the old certificate in place.
    pub fn refresh(&self) {
        let changed = changed_at(&self.files);
        let known = self.now.read().unwrap_or_else(PoisonError::into_inner).1;
        if changed == known {
            return;
        }
        match load(&self.files, &self.provider) {
            Ok(key) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(key), changed);
                tracing::info!("a new certificate is shown");
            }
            Err(error) => tracing::error!(%error, "the new certificate cannot be used; the old one is shown"),
        }
    }

    /// How the server speaks TLS.
    ///
    /// # Errors
    /// [`PoolError::Broken`] when the cryptography lacks a version of TLS.
    pub fn config(self: Arc<Self>) -> Outcome<Arc<ServerConfig>> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| PoolError::Broken(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(self);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner).0))
    }
}

fn changed_at(files: &TlsFiles) -> Option<SystemTime> {
    let at = |path: &Path| std::fs::metadata(path).and_then(|facts| facts.modified()).ok();
    at(&files.certificate).max(at(&files.key))
}

fn load(files: &TlsFiles, provider: &CryptoProvider) -> Outcome<CertifiedKey> {
    let file = &files.certificate;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let chain = chain.map_err(|error| bad(file, error))?;
    if chain.is_empty() {
        return Err(bad(file, "no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| bad(&files.key, error))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| bad(file, error))
}
