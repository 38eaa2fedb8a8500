//! A laptop that was enrolled after the backup from which this pool was restored: it shows the certificate that the pool
//! signed then, and is taken back on the pool's own word. Others bring the pool's former words on devices too: a laptop
//! that never comes again has written what they read.

use satchel_terms::DeviceId;
use satchel_wire::body::{Certificate, Revoke};
use satchel_wire::protocol::{RevokeAsk, TokenProve};
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
        self.certified(&record).filter(|(certificate, _)| certificate.device == proof.device)
    }

    /// Whether a restored pool signed this itself, before.
    fn is_former_word(&self, record: &Record) -> bool {
        let (header, own) = (record.header(), self.key().verifying_key());
        self.is_restored()
            && header.newsroom == self.facts().newsroom
            && header.device == device_id(&own)
            && record.verify(&own).is_ok()
    }

    /// A device and its key, when a record is what this pool once said of it.
    fn certified(&self, record: &Record) -> Option<(Certificate, VerifyingKey)> {
        let is_ours = record.header().kind == Kind::DEVICE_CERT && self.is_former_word(record);
        let certificate: Certificate = record.json().ok().filter(|_| is_ours)?;
        let key = key_from_hex(&certificate.public_key).ok()?;
        let is_its = certificate.device.0 == record.header().subject
            && device_id(&key) == certificate.device
            && certificate.newsroom == self.facts().newsroom;
        is_its.then_some((certificate, key))
    }

    /// Takes the pool's own former word on a device again, which somebody brings: that it is enrolled, or that it was
    /// revoked. Whether it was one.
    ///
    /// # Errors
    /// [`PoolError::Moved`] when others wrote meanwhile, and what the store says.
    pub(crate) async fn hear_former_word(&self, record: &Record) -> Outcome<bool> {
        if let Some((certificate, key)) = self.certified(record) {
            let known = self.keep().device(certificate.device).await?.is_some();
            if known || certificate.not_after < chance::now() {
                return Ok(true);
            }
            return match self.try_take_back(&certificate, &key).await {
                Ok(()) | Err(PoolError::DeviceRevoked) => Ok(true),
                Err(error) => Err(error),
            };
        }
        if record.header().kind != Kind::DEVICE_REVOKE || !self.is_former_word(record) {
            return Ok(false);
        }
        let Ok(Revoke { device, reason }) = record.json() else { return Ok(false) };
        self.try_revoke(&RevokeAsk { device, reason }).await.map(|()| true)
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
