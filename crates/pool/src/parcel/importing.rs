//! A laptop's parcel is taken in: believed as a whole first, then record by record and segment by segment as if the
//! laptop had sent them itself.

use std::path::Path;

use satchel_parcel::{Holds, Index, Parcel, ParcelError, Receipt, Way};
use satchel_terms::Hash;
use satchel_wire::protocol::{EnrolAsk, Enrolled, JoinAsk, PUSH_LIMIT, RecordsAnswer};
use satchel_wire::{Manifest, Record, RotateAsk, SEGMENT, device_id};

use crate::failure::{Outcome, PoolError};
use crate::keep::DeviceRow;
use crate::{Pool, chance};

impl Pool {
    /// Takes in a laptop's parcel and writes the receipt beside its index. The same parcel again changes nothing.
    ///
    /// # Errors
    /// [`ParcelError`] when the parcel cannot be believed to its last byte: nothing of it was taken in then.
    /// [`PoolError::UnknownDevice`], [`PoolError::CertificateExpired`] as at the network's door; what the store says.
    pub async fn import_parcel(&self, folder: &Path) -> Outcome<Receipt> {
        let parcel = Parcel::open(folder)?;
        let index = parcel.index();
        parcel.must_be(Way::Up, self.facts().newsroom, device_id(&self.key().verifying_key()))?;
        let asks_in = index.files.iter().any(|file| file.holds == Holds::Enrolment);
        if !asks_in && self.keep().device(index.from).await?.is_none() {
            return Err(PoolError::UnknownDevice);
        }
        let parcel = checked(parcel.clone()).await?;
        let records = self.records_in(&parcel)?;
        let enrolled = self.enrol_by_parcel(&parcel).await?;
        let row = self.keep().device(index.from).await?.ok_or(PoolError::UnknownDevice)?;
        self.greet(&row, chance::now()).await?;
        let mut answer = RecordsAnswer::default();
        for page in records {
            let part = self.take_in(index.from, &page).await?;
            answer.rejected.extend(part.rejected);
            answer.fork = answer.fork.or(part.fork);
        }
        let have = self.material_in(&parcel, &row).await?;
        let receipt = self.receipt(index, answer, have, enrolled).await?;
        receipt.write(parcel.folder(), self.key())?;
        tracing::info!(
            parcel = %index.parcel, device = %index.from, records = index.records(), blobs = receipt.have.len(),
            "parcel taken in"
        );
        Ok(receipt)
    }

    /// All records of a parcel, in pages as the line would bring them. Nothing is taken in before all of them are read.
    fn records_in(&self, parcel: &Parcel) -> Outcome<Vec<Vec<u8>>> {
        let mut pages = Vec::new();
        for file in &parcel.index().files {
            if matches!(file.holds, Holds::Records { .. }) {
                let bytes = parcel.read_file(file, self.key())?;
                let mut page = Vec::new();
                for frame in Record::frames(&bytes)? {
                    if page.len() + frame.len() > PUSH_LIMIT {
                        pages.push(std::mem::take(&mut page));
                    }
                    page.extend_from_slice(frame);
                }
                pages.push(page);
            }
        }
        Ok(pages)
    }

    /// Takes in a device that never had a line, or one that goes on under a new key, when its parcel asks for that.
    async fn enrol_by_parcel(&self, parcel: &Parcel) -> Outcome<Option<Enrolled>> {
        let asks = parcel.index().files.iter().find(|file| file.holds == Holds::Enrolment);
        let Some(file) = asks else { return Ok(None) };
        let text = parcel.read_file(file, self.key())?;
        let damaged = || ParcelError::Damaged { name: file.name.clone() };
        let ask: JoinAsk = serde_json::from_slice(&text).map_err(|_| damaged())?;
        let (JoinAsk::Enrol(EnrolAsk { public_key, .. }) | JoinAsk::Rotate(RotateAsk { public_key, .. })) =
            &ask;
        if *public_key != parcel.index().key {
            return Err(PoolError::NotProven);
        }
        match ask {
            JoinAsk::Enrol(ask) => self.enrol(&ask).await.map(Some),
            JoinAsk::Rotate(ask) => self.rotate(&ask).await.map(Some),
        }
    }

    /// Takes in the segments that are missing, and answers which blobs of the parcel are whole now. A revoked device's
    /// material is not taken, as at the network's door.
    async fn material_in(&self, parcel: &Parcel, row: &DeviceRow) -> Outcome<Vec<Hash>> {
        let mut have = Vec::new();
        if row.revoked.is_some() {
            return Ok(have);
        }
        for blob in parcel.index().blobs() {
            let manifest = parcel.manifest(&blob, self.key())?;
            let mut is_whole = self.keep().put_manifest(manifest.clone(), row.device).await?.is_whole;
            for (first, file) in blob.runs {
                if is_whole {
                    break;
                }
                let mut pieces = parcel.open_file(file, self.key())?;
                let mut at = first;
                while let Some(piece) = pieces.next()? {
                    let next = verified(&manifest, at, &piece)?;
                    is_whole = self.keep().put_segments(blob.root, at, piece).await?;
                    at = next;
                }
            }
            if is_whole {
                have.push(blob.root);
            }
        }
        Ok(have)
    }

    async fn receipt(
        &self,
        index: &Index,
        answer: RecordsAnswer,
        have: Vec<Hash>,
        enrolled: Option<Enrolled>,
    ) -> Outcome<Receipt> {
        Ok(Receipt {
            v: satchel_parcel::VERSION,
            parcel: index.parcel,
            newsroom: self.facts().newsroom,
            device: index.from,
            epoch: self.facts().epoch,
            at: chance::now(),
            heads: self.keep().heads_of(index.from).await?,
            have,
            rejected: answer.rejected,
            fork: answer.fork,
            enrolled,
        })
    }
}

/// The parcel, once every byte of it was read and compared.
async fn checked(parcel: Parcel) -> Outcome<Parcel> {
    let read = tokio::task::spawn_blocking(move || parcel.check(&|_| true).map(|()| parcel));
    Ok(read.await.map_err(|error| PoolError::Broken(error.to_string()))??)
}

/// Checks whole segments from `first` on; the number after the last of them.
fn verified(manifest: &Manifest, first: u64, bytes: &[u8]) -> Outcome<u64> {
    let mut at = first;
    for segment in bytes.chunks(usize::try_from(SEGMENT).unwrap_or(usize::MAX)) {
        if !manifest.verify_segment(at, segment) {
            return Err(PoolError::BadSegment { index: at });
        }
        at += 1;
    }
    Ok(at)
}
