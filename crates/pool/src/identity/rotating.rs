//! A laptop whose library was restored from a copy, or copied to another laptop, goes on under a new key.

use satchel_wire::body::Rotate;
use satchel_wire::protocol::Enrolled;
use satchel_wire::{Kind, Record, RotateAsk, VerifyingKey, device_id, key_from_hex, key_to_hex, to_base64};

use crate::failure::{Outcome, PoolError};
use crate::keep::Batch;
use crate::{Pool, chance, own_json};

impl Pool {
    /// Vouches for a device's successor: the wish is signed by both keys, and the old one still counts. The old name
    /// stays as it is, since another laptop may work under it. Asked again, it answers the same.
    ///
    /// # Errors
    /// [`PoolError::UnknownDevice`], [`PoolError::NotProven`], [`PoolError::DeviceRevoked`],
    /// [`PoolError::CertificateExpired`]; [`PoolError::DeviceTaken`] for a key that came here in another way.
    pub async fn rotate(&self, ask: &RotateAsk) -> Outcome<Enrolled> {
        let certificate = crate::again_when_moved(|| self.try_rotate(ask)).await?;
        Ok(Enrolled {
            certificate: to_base64(certificate.bytes()),
            pool_key: key_to_hex(&self.key().verifying_key()),
            newsroom: self.facts().newsroom,
        })
    }

    async fn try_rotate(&self, ask: &RotateAsk) -> Outcome<Record> {
        let (head, now) = (self.keep().head().await?, chance::now());
        let old = self.keep().device(ask.from).await?.ok_or(PoolError::UnknownDevice)?;
        let key = ask
            .verify(self.facts().newsroom, &key_from_hex(&old.public_key)?)
            .map_err(|_| PoolError::NotProven)?;
        if old.revoked.is_some() || self.is_revoked(ask.from).await? {
            return Err(PoolError::DeviceRevoked);
        }
        if old.not_after < now {
            return Err(PoolError::CertificateExpired);
        }
        if let Some(known) = self.keep().device(device_id(&key)).await? {
            if known.revoked.is_some() {
                return Err(PoolError::DeviceRevoked);
            }
            return match self.succeeds(&key, ask).await? {
                true => self.certificate_of(&known).await,
                false => Err(PoolError::DeviceTaken),
            };
        }
        let person = self.keep().person(old.person).await?.ok_or(PoolError::UnknownDevice)?;
        let mut batch = Batch { now, expect_head: Some(head), ..Batch::default() };
        let why: String = ask.why.chars().take(40).collect();
        let note = Rotate { from: ask.from, to: device_id(&key), why };
        batch.own.push(own_json(Kind::DEVICE_ROTATE, note.to.0, &note)?);
        let machine: String = ask.machine.chars().take(120).collect();
        self.certify(&mut batch, &key, &person, machine)?;
        let mut done = self.commit(batch).await?;
        tracing::info!(device = %note.to, from = %note.from, why = note.why, "device goes on under a new key");
        done.own.pop().ok_or_else(|| PoolError::Broken("no certificate was written".to_owned()))
    }

    /// Whether the pool itself noted that this key follows that name.
    async fn succeeds(&self, key: &VerifyingKey, ask: &RotateAsk) -> Outcome<bool> {
        let (to, own) = (device_id(key), device_id(&self.key().verifying_key()));
        let notes = self.keep().records_about(to.0, &[Kind::DEVICE_ROTATE]).await?;
        Ok(notes.iter().any(|stored| {
            stored.record.header().device == own
                && stored.record.json::<Rotate>().is_ok_and(|note| (note.from, note.to) == (ask.from, to))
        }))
    }
}
