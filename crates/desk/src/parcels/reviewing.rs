//! A review parcel that came: the story lies on this laptop's review desk afterwards, as if the pool had brought it.

use std::sync::Arc;

use satchel_failure::Answer;
use satchel_jobs::Gauge;
use satchel_parcel::{CaseFacts, Holds, Parcel, ParcelError};
use satchel_story::Decision;
use satchel_terms::{DeviceId, Hash, StoryId};
use satchel_wire::{Kind, Record, device_id};
use serde::{Deserialize, Serialize};

use super::count;
use crate::DeskError;
use crate::cards::{ParcelReport, ReviewCame};
use crate::ledger::level_word;
use crate::room::Room;

/// Who asked for a review, and about which revision: the setting `asked:<story>`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub from: DeviceId,
    pub base: Hash,
}

impl Room {
    /// Takes a review parcel in: checked to its last byte and signature, then its records, then its pictures.
    pub(super) fn take_review(
        self: &Arc<Self>,
        parcel: &Parcel,
        gauge: &Gauge,
        report: &mut ParcelReport,
    ) -> Answer<()> {
        let me = self.identity();
        let index = parcel.index();
        if index.newsroom != me.profile.newsroom {
            return Err(ParcelError::OtherCentre.into());
        }
        let key = parcel.key_for(&me.key)?;
        self.library.pool()?.ok_or(ParcelError::NotJoined)?;
        parcel.check(&|bytes| gauge.advance(bytes).is_ok())?;
        let case = parcel.case(&key)?;
        let mut records = Vec::new();
        for file in index.files.iter().filter(|file| matches!(file.holds, Holds::Records { .. })) {
            records.extend(Record::parse_many(&parcel.read_file(file, &key)?)?);
        }
        let maker = device_id(&index.maker()?);
        let vouches = |record: &Record| {
            let header = record.header();
            header.kind == Kind::DEVICE_CERT && header.subject == maker.bytes()
        };
        if !records.iter().any(vouches)
            && self.laptops_vouched_for()?.iter().all(|one| one.certificate.device != maker)
        {
            return Err(ParcelError::UnknownMaker { name: parcel.name() }.into());
        }
        self.must_not_be_older(&case)?;
        let took = self.take_in_brought(records, &parcel.name())?;
        for blob in index.blobs() {
            report.clips += u32::from(self.take_blob(parcel, &blob, &key, gauge)?);
        }
        self.apply_intake()?;
        let asked = Asked { from: maker, base: case.rev };
        let value = serde_json::to_value(&asked).map_err(|error| DeskError::Broken(error.to_string()))?;
        self.library.set_setting(&format!("asked:{}", case.story), &value)?;
        report.records += count(took);
        report.bytes += index.bytes();
        report.folder = parcel.name();
        report.reviews.push(self.review_came(case.story)?);
        self.log_parcel("merge", "parcel.review.taken", &[("records", took.to_string())]);
        Ok(())
    }

    /// Takes in a colleague's records, all or none, and answers how many were new.
    pub(super) fn take_in_brought(&self, records: Vec<Record>, name: &str) -> Answer<u64> {
        let me = self.identity();
        let identity =
            satchel_sync::Identity { device: me.device, key: me.key, newsroom: me.profile.newsroom };
        let took =
            satchel_sync::take_brought(&self.library, &identity, records).map_err(|error| match error {
                satchel_sync::SyncError::NotOurPool => {
                    satchel_failure::Failure::from(ParcelError::UnknownMaker { name: name.to_owned() })
                }
                other => other.into(),
            })?;
        Ok(took.fresh as u64)
    }

    /// A parcel about a version that was filed here before, and gave way to another, brings nothing to judge.
    fn must_not_be_older(&self, case: &CaseFacts) -> Answer<()> {
        if self.library.records_of(case.story.bytes(), &[Kind::STORY_CREATE])?.is_empty() {
            return Ok(());
        }
        let reading = self.read(case.story)?;
        let was_filed = reading.ledger.iter().any(|line| match line.decision {
            Decision::Submit { rev, .. } => rev == case.rev,
            _ => false,
        });
        let is_now = reading.case.submitted() == Some(case.rev);
        if was_filed && !is_now { Err(ParcelError::OlderRevision.into()) } else { Ok(()) }
    }

    fn review_came(&self, story: StoryId) -> Answer<ReviewCame> {
        let reading = self.read(story)?;
        let level = reading.case.state().level().map_or("", level_word);
        Ok(ReviewCame { story, headline: reading.document.view().fields.headline, level: level.into() })
    }
}
