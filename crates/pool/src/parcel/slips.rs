//! A reviewer's verdict slip: its records are taken in as if the reviewer's laptop had sent them, and judged.

use std::path::Path;

use satchel_parcel::{ParcelError, Slip, Word};
use satchel_story::Decision;
use satchel_terms::DeviceId;
use satchel_wire::body::Verdict;
use satchel_wire::protocol::{PUSH_LIMIT, Rejected};
use satchel_wire::{Kind, Record};

use crate::Pool;
use crate::failure::{Outcome, PoolError};

/// What became of a slip.
#[derive(Debug, Clone)]
pub struct SlipTaken {
    /// The reviewer's laptop.
    pub device: DeviceId,
    /// Records in it.
    pub records: usize,
    /// Which of them were not taken, and why.
    pub rejected: Vec<Rejected>,
    /// The pool's word on each decision in it.
    pub verdicts: Vec<Verdict>,
}

impl Pool {
    /// Takes in a verdict slip. The same slip again changes nothing.
    ///
    /// # Errors
    /// [`ParcelError`] when it cannot be believed, is not for this pool, or comes before the story that it decides on:
    /// nothing of it was taken in then, and it may come again. [`PoolError::UnknownDevice`]; what the store says.
    pub async fn import_slip(&self, path: &Path) -> Outcome<SlipTaken> {
        self.take_slip(&Slip::open(path)?).await
    }

    /// Takes in a slip that was read.
    ///
    /// # Errors
    /// As [`Pool::import_slip`].
    pub async fn take_slip(&self, slip: &Slip) -> Outcome<SlipTaken> {
        if slip.newsroom != self.facts().newsroom {
            return Err(ParcelError::OtherCentre.into());
        }
        let word = slip.word_for(self.key())?;
        if self.keep().device(slip.from).await?.is_none() {
            return Err(PoolError::UnknownDevice);
        }
        let records = Record::parse_many(&word.frames)?;
        if records.iter().any(|record| record.header().device != slip.from) {
            return Err(ParcelError::OtherStory.into());
        }
        // A verdict on what has not come would be refused for good.
        if !self.knows_base(&word).await? {
            return Err(ParcelError::SlipTooEarly.into());
        }
        let mut rejected = Vec::new();
        let mut page = Vec::new();
        for record in &records {
            if page.len() + record.bytes().len() > PUSH_LIMIT {
                rejected.extend(self.take_in(slip.from, &std::mem::take(&mut page)).await?.rejected);
            }
            page.extend_from_slice(record.bytes());
        }
        rejected.extend(self.take_in(slip.from, &page).await?.rejected);
        let mut verdicts = Vec::new();
        for record in records.iter().filter(|record| record.header().kind == Kind::DECISION) {
            verdicts.extend(self.keep().verdict(record.id()).await?);
        }
        tracing::info!(slip = %slip.slip, device = %slip.from, records = records.len(), "slip taken in");
        Ok(SlipTaken { device: slip.from, records: records.len(), rejected, verdicts })
    }

    /// Whether the revision that the reviewer was asked about has ever been filed or read here.
    async fn knows_base(&self, word: &Word) -> Outcome<bool> {
        let Some(reading) = self.reading(word.story).await? else { return Ok(false) };
        if reading.rev() == word.base {
            return Ok(true);
        }
        let log = self.keep().records_about(word.story.0, &[Kind::DECISION]).await?;
        let mut decisions = log.iter().filter_map(|stored| stored.record.json::<Decision>().ok());
        Ok(decisions.any(|decision| decision.rev() == Some(word.base)))
    }
}
