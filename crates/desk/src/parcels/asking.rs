//! A review parcel: a story under review for colleagues who have no line.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use satchel_failure::Answer;
use satchel_jobs::Gauge;
use satchel_parcel::{Address, CaseFacts, Made, Packing, ParcelError, Way, one_time_key};
use satchel_store::ClipFilter;
use satchel_story::{Level, Refusal};
use satchel_terms::{DeviceId, Hash, JobId, PersonId, StoryId};
use satchel_wire::body::Certificate;
use satchel_wire::{Kind, Record, VerifyingKey, key_from_hex};

use super::{count, stick};
use crate::DeskError;
use crate::cards::{Colleague, ParcelReport, ReviewAsk, ReviewPlan};
use crate::home::free_bytes;
use crate::ledger::{Reading, level_word};
use crate::room::{Room, now};

/// What a parcel needs besides its material.
const SPARE_BYTES: u64 = 4 << 20;

/// A laptop with the pool's word on it.
pub(super) struct Vouched {
    pub record: Record,
    pub certificate: Certificate,
    pub key: VerifyingKey,
}

impl Room {
    /// What a review parcel of a story would hold, and who could get it.
    pub fn review_plan(&self, story: StoryId) -> Answer<ReviewPlan> {
        let reading = self.read(story)?;
        let (level, rev) = under_review(&reading)?;
        let records = self.case_records(&reading, &[])?;
        let (small, play) = self.pictures(&reading)?;
        let bytes = |blobs: &BTreeMap<Hash, u64>| blobs.values().sum();
        Ok(ReviewPlan {
            story,
            headline: reading.document.view().fields.headline,
            rev,
            level: level_word(level).into(),
            text_bytes: records.iter().map(|record| record.bytes().len() as u64).sum(),
            small_bytes: bytes(&small),
            play_bytes: bytes(&play),
            colleagues: self.colleagues(&reading, level)?,
        })
    }

    /// Makes a review parcel, a plain copy, or both, as a job.
    pub fn make_review_parcel(
        self: &std::sync::Arc<Self>,
        story: StoryId,
        folder: &str,
        ask: ReviewAsk,
    ) -> Answer<JobId> {
        let dir = stick(folder)?;
        if (ask.to.is_empty() && !ask.paper) || !["none", "small", "play"].contains(&ask.pictures.as_str()) {
            return Err(DeskError::BadInput { field: "to" }.into());
        }
        self.seal(story)?;
        self.parcel_job(move |room, gauge| {
            room.tidy_stick(&dir);
            let reading = room.read(story)?;
            let mut report = ParcelReport::new("review");
            if !ask.to.is_empty() {
                room.pack_review(&dir, &reading, &ask, (gauge, &mut report))?;
            }
            if ask.paper {
                report.papers = room.write_paper(&dir, &reading)?;
            }
            Ok(report)
        })
    }

    fn pack_review(
        &self,
        dir: &Path,
        reading: &Reading,
        ask: &ReviewAsk,
        (gauge, report): (&Gauge, &mut ParcelReport),
    ) -> Answer<()> {
        let (level, rev) = under_review(reading)?;
        let readers = self.readers(&ask.to)?;
        let (small, play) = self.pictures(reading)?;
        let blobs: BTreeMap<Hash, u64> = match ask.pictures.as_str() {
            "none" => BTreeMap::new(),
            "small" => small,
            _ => small.into_iter().chain(play).collect(),
        };
        let bytes = blobs.values().sum();
        gauge.set_total(bytes);
        gauge.enter("packing");
        if free_bytes(dir) < bytes + bytes / 1_000 + SPARE_BYTES {
            return Err(ParcelError::NoRoom.into());
        }
        let one_time = one_time_key()?;
        let mut packing = Packing::begin(dir, self.review_address(one_time.verifying_key()))?;
        self.note_begun(packing.folder());
        for reader in &readers {
            packing.reader(&reader.key, &one_time)?;
        }
        packing.case(&CaseFacts { story: reading.story, rev, level: level_word(level).into() })?;
        for record in self.case_records(reading, &readers)? {
            packing.record(record.bytes())?;
        }
        for root in blobs.keys() {
            let manifest = self.library.blobs().manifest(root)?;
            let file = self.library.blobs().open_file(root)?;
            packing.blob(&manifest, file, &|bytes| gauge.advance(bytes).is_ok())?;
        }
        if gauge.is_stopping() {
            return Err(ParcelError::Stopped.into());
        }
        let made = packing.finish()?;
        self.note_ended(&made.folder);
        self.review_packed(&made, report);
        Ok(())
    }

    fn review_packed(&self, made: &Made, report: &mut ParcelReport) {
        report.folder = made.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (report.records, report.bytes) = (count(made.index.records()), made.index.bytes());
        report.clips = count(made.index.blobs().len() as u64);
        let params = [("folder", report.folder.clone()), ("bytes", report.bytes.to_string())];
        self.log_parcel("info", "parcel.review.made", &params);
    }

    fn review_address(&self, to: VerifyingKey) -> Address {
        let me = self.identity();
        Address {
            newsroom: me.profile.newsroom,
            way: Way::Review,
            key: me.key,
            to,
            made: now(),
            program: concat!("satchel/", env!("CARGO_PKG_VERSION")).to_owned(),
            cursor: None,
        }
    }

    /// Every laptop that the pool vouches for by a certificate that lies here; this one's own too.
    pub(super) fn laptops_vouched_for(&self) -> Answer<Vec<Vouched>> {
        let line = self.library.pool()?.ok_or(ParcelError::NotJoined)?;
        let kept =
            self.library.records_by_kind(Kind::DEVICE_CERT, 0)?.into_iter().map(|stored| stored.record);
        let own = line.certificate.and_then(|bytes| Record::parse(bytes).ok());
        let mut newest: BTreeMap<DeviceId, Vouched> = BTreeMap::new();
        for record in own.into_iter().chain(kept) {
            let Ok(certificate) = record.json::<Certificate>() else { continue };
            let Ok(key) = key_from_hex(&certificate.public_key) else { continue };
            newest.insert(certificate.device, Vouched { record, certificate, key });
        }
        Ok(newest.into_values().collect())
    }

    /// The laptops of these people, without the revoked ones.
    fn readers(&self, people: &[PersonId]) -> Answer<Vec<Vouched>> {
        let known = self.people_by_device()?;
        let mut readers = self.laptops_vouched_for()?;
        readers.retain(|one| {
            let signer = known.signer_of(one.certificate.device);
            people.contains(&signer.person) && !signer.revoked
        });
        let is_reached = |person: &PersonId| readers.iter().any(|one| one.certificate.person == *person);
        if people.iter().all(is_reached) {
            Ok(readers)
        } else {
            Err(DeskError::BadInput { field: "to" }.into())
        }
    }

    fn colleagues(&self, reading: &Reading, level: Level) -> Answer<Vec<Colleague>> {
        let me = self.identity().profile.person;
        let known = self.people_by_device()?;
        let mut cards: BTreeMap<PersonId, Colleague> = BTreeMap::new();
        let vouched = match self.laptops_vouched_for() {
            Ok(vouched) => vouched,
            // Nobody is known before the pool has taken this laptop in; the plain copy can be made all the same.
            Err(failure) if failure.code == "parcel.not-joined" => Vec::new(),
            Err(failure) => return Err(failure),
        };
        for one in vouched {
            let signer = known.signer_of(one.certificate.device);
            if signer.revoked || signer.person == me {
                continue;
            }
            let has_signed =
                reading.case.signatures().iter().any(|signature| signature.person == signer.person);
            let for_level = reading.case.policy().may_pass(level, &signer.roles)
                && signer.person != reading.case.author()
                && !has_signed;
            let (person, name, roles) = (signer.person, one.certificate.name, signer.roles);
            cards.insert(person, Colleague { person, name, roles, for_level });
        }
        let mut cards: Vec<_> = cards.into_values().collect();
        cards.sort_by(|a, b| (!a.for_level, &a.name).cmp(&(!b.for_level, &b.name)));
        Ok(cards)
    }

    /// All that a reader has to know to judge the story: whose signatures these are, the channels, the story, its clips.
    fn case_records(&self, reading: &Reading, readers: &[Vouched]) -> Answer<Vec<Record>> {
        let mut case: Vec<Record> = Vec::new();
        for kind in [Kind::CHANNEL_SET, Kind::ROLE_GRANT, Kind::DEVICE_REVOKE] {
            case.extend(self.library.records_by_kind(kind, 0)?.into_iter().map(|stored| stored.record));
        }
        let about = |subject| -> Answer<Vec<Record>> {
            Ok(self.library.records_of(subject, &[])?.into_iter().map(|stored| stored.record).collect())
        };
        case.extend(about(reading.story.bytes())?);
        for clip in self.clips_of(reading)? {
            case.extend(about(clip.bytes())?);
        }
        let signers: HashSet<DeviceId> = case.iter().map(|record| record.header().device).collect();
        let is_needed = |one: &Vouched| {
            let device = one.certificate.device;
            signers.contains(&device) || readers.iter().any(|reader| reader.certificate.device == device)
        };
        let vouched = self.laptops_vouched_for().unwrap_or_default();
        let mut records: Vec<Record> = vouched.into_iter().filter(is_needed).map(|one| one.record).collect();
        records.extend(case);
        let mut known = HashSet::new();
        records.retain(|record| known.insert(record.id()));
        Ok(records)
    }

    fn clips_of(&self, reading: &Reading) -> Answer<Vec<satchel_terms::ClipId>> {
        let filter = ClipFilter { story: Some(reading.story), limit: 2_000, ..ClipFilter::default() };
        let mut clips: Vec<_> = self.library.clips(&filter)?.into_iter().map(|row| row.clip).collect();
        for clip in reading.document.figures().into_iter().filter_map(|figure| figure.clip) {
            if !clips.contains(&clip) {
                clips.push(clip);
            }
        }
        Ok(clips)
    }

    /// What lies here of the story's small pictures, and of what plays: fingerprints and bytes.
    fn pictures(&self, reading: &Reading) -> Answer<(BTreeMap<Hash, u64>, BTreeMap<Hash, u64>)> {
        let (mut small, mut play) = (BTreeMap::new(), BTreeMap::new());
        for clip in self.clips_of(reading)? {
            for one in self.library.derived(clip)? {
                if self.library.blobs().has(&one.blob) {
                    let kind = if one.role == "proxy" { &mut play } else { &mut small };
                    kind.insert(one.blob, one.bytes);
                }
            }
        }
        Ok((small, play))
    }
}

/// The level that a filed story waits for, and the revision that was filed.
pub(crate) fn under_review(reading: &Reading) -> Answer<(Level, Hash)> {
    let level = reading.case.state().level().ok_or(Refusal::NothingSubmitted)?;
    let rev = reading.case.submitted().ok_or(Refusal::NothingSubmitted)?;
    if reading.document.revision().hash == rev {
        Ok((level, rev))
    } else {
        Err(DeskError::TextsDiffer.into())
    }
}
