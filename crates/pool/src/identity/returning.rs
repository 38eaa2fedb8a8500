//! A laptop that was enrolled after the backup from which this pool was restored: it shows the certificate that the pool
//! signed then, and is taken back on the pool's own word.

use satchel_terms::DeviceId;
use satchel_wire::body::Certificate;
use satchel_wire::protocol::TokenProve;
use satchel_wire::{Kind, Record, VerifyingKey, device_id, from_base64, key_from_hex};

use super::own_grant;
use crate::failure::{Outcome, PoolError};
use crate::keep::{Batch, DeviceRow, PersonRow};
use crate::{Pool, chance};

impl Pool {
    /// Whether this pool came back from a backup at some time: there may be devices that it enrolled and does not know.
    pub(crate) fn is_restored(&self) -> bool {
        self.facts().epoch > 1
    }

    /// Whether the log says that a device was revoked; also of one that has no row.
    pub(crate) async fn is_revoked(&self, device: DeviceId) -> Outcome<bool> {
        let own = device_id(&self.key().verifying_key());
        for stored in self.keep().records_about(device.0, &[Kind::DEVICE_REVOKE]).await? {
            let verdict = self.keep().verdict(stored.record.id()).await?;
            if stored.record.header().device == own || verdict.is_some_and(|verdict| verdict.accepted) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a device back that shows a certificate which this pool signed and no longer has. A person that is known
    /// keeps the parts held now; one that is not gets those of the certificate.
    ///
    /// # Errors
    /// [`PoolError::UnknownDevice`] when it shows none of this pool, [`PoolError::NotProven`] when it is another's,
    /// [`PoolError::CertificateExpired`], [`PoolError::DeviceRevoked`].
    pub(super) async fn take_back(&self, proof: &TokenProve) -> Outcome<DeviceRow> {
        let (certificate, key) = self.vouched(proof).ok_or(PoolError::UnknownDevice)?;
        if !proof.is_signed_by(&key) {
            return Err(PoolError::NotProven);
        }
        if certificate.not_after < chance::now() {
            return Err(PoolError::CertificateExpired);
        }
        crate::again_when_moved(|| self.try_take_back(&certificate, &key)).await?;
        self.keep().device(proof.device).await?.ok_or(PoolError::UnknownDevice)
    }

    /// The certificate that is shown and its key, when both are what this pool once said of this device.
    fn vouched(&self, proof: &TokenProve) -> Option<(Certificate, VerifyingKey)> {
        let record = Record::parse(from_base64(proof.certificate.as_ref()?).ok()?).ok()?;
        let (header, own) = (record.header(), self.key().verifying_key());
        let is_ours = header.kind == Kind::DEVICE_CERT
            && header.newsroom == self.facts().newsroom
            && header.device == device_id(&own)
            && header.subject == proof.device.0
            && record.verify(&own).is_ok();
        let certificate: Certificate = record.json().ok()?;
        let key = key_from_hex(&certificate.public_key).ok()?;
        let is_its = certificate.device == proof.device
            && device_id(&key) == proof.device
            && certificate.newsroom == self.facts().newsroom;
        (self.is_restored() && is_ours && is_its).then_some((certificate, key))
    }

    async fn try_take_back(&self, certificate: &Certificate, key: &VerifyingKey) -> Outcome<()> {
        let head = self.keep().head().await?;
        if self.is_revoked(certificate.device).await? {
            return Err(PoolError::DeviceRevoked);
        }
        if self.keep().device(certificate.device).await?.is_some() {
            return Ok(());
        }
        let mut batch = Batch { now: chance::now(), expect_head: Some(head), ..Batch::default() };
        let person = match self.keep().person(certificate.person).await? {
            Some(known) => known,
            None => {
                let (person, name) = (certificate.person, certificate.name.clone());
                let known = PersonRow { person, name, roles: certificate.roles.clone() };
                batch.own.push(own_grant(&known)?);
                batch.people.push(known.clone());
                known
            }
        };
        self.certify(&mut batch, key, &person, String::new())?;
        self.commit(batch).await?;
        tracing::info!(device = %certificate.device, person = %person.person, "device taken back by its certificate");
        Ok(())
    }
}
