//! Verdict slips: written after a review without a line, taken in by who asked, and carried on to the pool.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use satchel_failure::Answer;
use satchel_parcel::{ParcelError, Slip, SlipAddress, Word};
use satchel_story::Decision;
use satchel_terms::{DeviceId, StoryId};
use satchel_wire::protocol::{RecordsAnswer, SlipAsk};
use satchel_wire::{Kind, Record, Stream, VerifyingKey, to_base64};

use super::reviewing::Asked;
use super::stick;
use crate::cards::{Happened, ParcelReport, SlipDue, VerdictCame};
use crate::ledger::{Line, Reading};
use crate::room::{Room, now};

/// Bytes of records read at once.
const PAGE: usize = 1 << 20;
/// What a slip may carry of a reviewer.
const CARRIED: [Kind; 4] = [Kind::DECISION, Kind::COMMENT, Kind::DOC_UPDATE, Kind::FIELD_SET];

impl Room {
    /// Stories that came by a review parcel and on which this laptop's person has decided.
    pub fn slips_due(&self) -> Answer<Vec<SlipDue>> {
        let mut due = Vec::new();
        for card in self.story_cards(500)? {
            let Some(asked) = self.asked(card.story)? else { continue };
            let reading = self.read(card.story)?;
            if let Some(line) = own_verdict(&reading, self.identity().device) {
                due.push(SlipDue {
                    story: card.story,
                    headline: card.headline,
                    act: act_word(&line.decision).into(),
                    to_name: reading.people.name(asked.from),
                });
            }
        }
        Ok(due)
    }

    /// Writes a verdict slip for who asked, and for the pool.
    pub fn make_slip(&self, story: StoryId, folder: &str) -> Answer<ParcelReport> {
        let dir = stick(folder)?;
        let me = self.identity();
        let asked = self.asked(story)?.ok_or(ParcelError::NoReviewParcel)?;
        let reading = self.read(story)?;
        own_verdict(&reading, me.device).ok_or(ParcelError::NothingDecided)?;
        let word = |frames| Word { story, base: asked.base, frames };
        let about = self.own_records(|record| record.header().subject == story.bytes(), 0)?;
        let mut words: Vec<(VerifyingKey, Word)> =
            self.laptops_of_who_asked(&asked)?.into_iter().map(|key| (key, word(about.clone()))).collect();
        // The pool takes a chain without gaps only.
        let pushed = self.library.pushed(me.device, Stream::Editorial)?;
        words.push((self.pool_key()?, word(self.own_records(|_| true, pushed)?)));
        let address = SlipAddress {
            newsroom: me.profile.newsroom,
            key: me.key,
            made: now(),
            program: concat!("satchel/", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        let made = Slip::write(&dir, &address, &words)?;
        self.log_parcel("info", "parcel.slip.made", &[("bytes", made.bytes.to_string())]);
        let folder = made.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(ParcelReport { folder, bytes: made.bytes, ..ParcelReport::new("slip") })
    }

    fn asked(&self, story: StoryId) -> Answer<Option<Asked>> {
        let kept = self.library.setting(&format!("asked:{story}"))?;
        Ok(kept.and_then(|value| serde_json::from_value(value).ok()))
    }

    fn laptops_of_who_asked(&self, asked: &Asked) -> Answer<Vec<VerifyingKey>> {
        let people = self.people_by_device()?;
        let person = people.signer_of(asked.from).person;
        let mut laptops = self.laptops_vouched_for()?;
        laptops.retain(|one| {
            one.certificate.person == person && !people.signer_of(one.certificate.device).revoked
        });
        if laptops.is_empty() {
            return Err(ParcelError::UnknownMaker { name: people.name(asked.from) }.into());
        }
        Ok(laptops.into_iter().map(|one| one.key).collect())
    }

    /// This laptop's own editorial records above a number, those that fit, as frames.
    fn own_records(&self, fits: impl Fn(&Record) -> bool, mut after: u64) -> Answer<Vec<u8>> {
        let mut frames = Vec::new();
        loop {
            let page = self.library.records_after(self.identity().device, Stream::Editorial, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(frames) };
            after = last.header().seq;
            page.iter().filter(|record| fits(record)).for_each(|record| frames.extend(record.bytes()));
        }
    }

    /// Takes a slip in: its records stand as proposed until the pool has judged them. Again, it says nothing new.
    pub(super) fn take_slip(self: &Arc<Self>, path: &Path, report: &mut ParcelReport) -> Answer<()> {
        let me = self.identity();
        let slip = Slip::open(path)?;
        if slip.newsroom != me.profile.newsroom {
            return Err(ParcelError::OtherCentre.into());
        }
        let word = slip.word_for(&me.key)?;
        let story = word.story;
        let records = Record::parse_many(&word.frames)?;
        let is_known = !self.library.records_of(story.bytes(), &[Kind::STORY_CREATE])?.is_empty();
        let fits = |record: &Record| {
            let header = record.header();
            (header.device, header.subject) == (slip.from, story.bytes()) && CARRIED.contains(&header.kind)
        };
        if !is_known || !records.iter().all(fits) {
            return Err(ParcelError::OtherStory.into());
        }
        let mut is_fresh = false;
        for record in &records {
            is_fresh |= self.library.record(record.id())?.is_none();
        }
        if is_fresh {
            if self.read(story)?.case.submitted() != Some(word.base) {
                return Err(ParcelError::OlderRevision.into());
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.take_in_brought(records, &name)?;
            self.keep_slip(path)?;
            self.apply_intake()?;
            self.log_parcel("merge", "parcel.slip.taken", &[]);
            self.tell(Happened::StoryChanged { story });
        }
        let reading = self.read(story)?;
        report.verdicts.extend(own_verdict(&reading, slip.from).map(|line| VerdictCame {
            story,
            headline: reading.document.view().fields.headline,
            act: act_word(&line.decision).into(),
            by_name: reading.people.name(slip.from),
            verdict: line.verdict.into(),
        }));
        Ok(())
    }

    fn slips_dir(&self) -> PathBuf {
        self.dir.join("slips")
    }

    /// A slip that was taken in goes on to the pool with the next parcel.
    fn keep_slip(&self, path: &Path) -> Answer<()> {
        let dir = self.slips_dir();
        let name = path.file_name().unwrap_or_default();
        let kept = std::fs::create_dir_all(&dir).and_then(|()| std::fs::copy(path, dir.join(name)));
        kept.map_err(|error| crate::DeskError::File {
            path: dir.display().to_string(),
            why: error.to_string(),
        })?;
        Ok(())
    }

    /// Hands the slips that lie here to the pool by line. What it does not take now is handed to it again later.
    pub(crate) fn hand_on_slips(&self) {
        let Ok(entries) = std::fs::read_dir(self.slips_dir()) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            if self.is_judged(&path) {
                let _ = std::fs::remove_file(&path);
            } else if let Ok(page) = satchel_parcel::read_slip(&path)
                && let Err(failure) =
                    self.ask_pool::<_, RecordsAnswer>("/v1/slip", &SlipAsk { slip: to_base64(&page) })
            {
                tracing::debug!(code = %failure.code, "the pool does not take the slip yet");
            }
        }
    }

    /// Lays the slips that the pool has not judged yet beside a parcel for it; those that it has judged are let go.
    pub(super) fn lay_slips(&self, dir: &Path) -> Answer<()> {
        let Ok(entries) = std::fs::read_dir(self.slips_dir()) else { return Ok(()) };
        for path in entries.flatten().map(|entry| entry.path()) {
            if self.is_judged(&path) {
                let _ = std::fs::remove_file(&path);
            } else {
                satchel_parcel::lay(&path, dir)?;
            }
        }
        Ok(())
    }

    /// Whether every record of a kept slip stands in the pool's order.
    fn is_judged(&self, path: &Path) -> bool {
        let word = Slip::open(path).and_then(|slip| slip.word_for(&self.identity().key));
        let Ok(records) = word.map(|word| Record::parse_many(&word.frames).unwrap_or_default()) else {
            return false;
        };
        records.iter().all(|record| {
            matches!(self.library.record(record.id()), Ok(Some(stored)) if stored.pool_seq.is_some())
        })
    }
}

/// The newest line of a laptop in the ledger that judges the story.
fn own_verdict(reading: &Reading, device: DeviceId) -> Option<&Line> {
    let judges = |line: &&Line| line.device == device && !act_word(&line.decision).is_empty();
    reading.ledger.iter().rev().find(judges)
}

/// The word of a verdict; empty for what is none.
const fn act_word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Pass { .. } => "pass",
        Decision::Sign { .. } => "sign",
        Decision::Return { .. } => "return",
        Decision::Reject { .. } => "reject",
        _ => "",
    }
}
