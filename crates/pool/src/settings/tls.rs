//! How the pool speaks TLS at its own door.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The section `[tls]`. Without it a pool speaks TLS when `init --self-signed` or `certificate` made a certificate in
/// its data folder, and plain HTTP otherwise.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tls {
    /// A PEM file with the certificate and those between it and its authority. Read again when it changes.
    pub certificate_file: Option<PathBuf>,
    /// A PEM file with its private key.
    pub key_file: Option<PathBuf>,
    /// Whether invitations name the key, so that laptops believe this one and no other. Laptops have to be invited
    /// again when it changes. A certificate that the pool made itself is always named.
    pub pin: bool,
}

/// The two files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Whether laptops are told the key by the invitation.
    pub is_pinned: bool,
}

impl TlsFiles {
    /// Where a pool keeps the certificate that it made itself.
    #[must_use]
    pub fn own(data: &Path) -> Self {
        Self { certificate: data.join("tls.crt"), key: data.join("tls.key"), is_pinned: true }
    }
}

impl Tls {
    /// The files that count: those of the settings, else the pool's own where it has made them.
    #[must_use]
    pub fn files(&self, data: &Path) -> Option<TlsFiles> {
        if let (Some(certificate), Some(key)) = (&self.certificate_file, &self.key_file) {
            let is_pinned = self.pin;
            return Some(TlsFiles { certificate: certificate.clone(), key: key.clone(), is_pinned });
        }
        let own = TlsFiles::own(data);
        own.certificate.exists().then_some(own)
    }
}
