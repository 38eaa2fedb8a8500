//! Reading a story: one pass over its records in pool order, then this laptop's own in local order.

use std::collections::HashMap;

use satchel_failure::Answer;
use satchel_store::StoredRecord;
use satchel_story::{Case, Decision, Document, Level, Outcome, Policy, Signer, State};
use satchel_terms::{DeviceId, Hash, Stamp, StoryId};
use satchel_wire::body::{StoryCreate, Verdict};
use satchel_wire::{Kind, Stream};

use crate::DeskError;
use crate::cards::OtherValue;
use crate::fields::one_field;
use crate::people::People;
use crate::room::Room;

/// One line of the ledger with the pool's word.
#[derive(Debug, Clone)]
pub struct Line {
    /// What was decided.
    pub decision: Decision,
    /// Whose device signed.
    pub device: DeviceId,
    /// When, by that device's clock.
    pub at: Stamp,
    /// `proposed`, `accepted` or `refused`.
    pub verdict: &'static str,
    /// Why it does not count.
    pub code: Option<String>,
}

/// An update that stands beside the text.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The record that brought it.
    pub record: Hash,
    /// Whose device.
    pub device: DeviceId,
    /// When, by that device's clock.
    pub at: Stamp,
    /// The update.
    pub update: Vec<u8>,
}

/// A story as this laptop can tell it now.
pub struct Reading {
    /// Which one.
    pub story: StoryId,
    /// Where it stands in the review.
    pub case: Case,
    /// Its text, this laptop's unsealed words included.
    pub document: Document,
    /// How many updates stand beside the text.
    pub branches: u32,
    /// What stands beside the text.
    pub beside: Vec<Beside>,
    /// The ledger, oldest first.
    pub ledger: Vec<Line>,
    /// Everyone whose device is known.
    pub people: People,
    /// The author's name as told at creation.
    pub author_name: String,
    /// Genre code.
    pub genre: String,
    /// Other values of its fields that were set at the same time.
    pub others: Vec<OtherValue>,
    /// When the story's records last changed.
    pub updated: Stamp,
    /// Records of this story that the pool does not hold yet.
    pub unpushed: u32,
    /// Bytes of those.
    pub unpushed_bytes: u64,
}

/// Unix milliseconds of a record, by its device's clock.
pub fn stamp(record: &satchel_wire::Record) -> Stamp {
    Stamp::try_from(record.header().time.millis()).unwrap_or_default()
}

const KINDS: [Kind; 5] =
    [Kind::STORY_CREATE, Kind::FIELD_SET, Kind::DOC_UPDATE, Kind::DECISION, Kind::POOL_VERDICT];

impl Room {
    /// Reads a story from its records.
    pub fn read(&self, story: StoryId) -> Answer<Reading> {
        let records = self.library.records_of(story.bytes(), &KINDS)?;
        let people = self.people_by_device()?;
        let first = records.iter().find(|stored| stored.record.header().kind == Kind::STORY_CREATE);
        let first = first.ok_or(DeskError::Unknown { what: "story" })?;
        let author = people.signer_of(first.record.header().device).person;
        let create: StoryCreate = first.record.json()?;
        let verdicts = verdicts(&records);
        let mut fold = satchel_story::Reading::new(author, Policy::default());
        let mut reading = Shelf::new(create.author_name);
        let mut pooled = HashMap::new();
        for stored in &records {
            let record = &stored.record;
            let header = record.header();
            reading.updated = reading.updated.max(stamp(record));
            if !self.is_pooled(stored, &mut pooled)? {
                reading.unpushed += 1;
                reading.unpushed_bytes += record.bytes().len() as u64;
            }
            match header.kind {
                Kind::DOC_UPDATE => {
                    let update = record.body()?;
                    let by = people.signer_of(header.device).person;
                    // A damaged update is set aside; the story's other words must stay readable.
                    if let Ok(Outcome::Branch) = fold.update(by, &update) {
                        let (record, device, at) = (record.id(), header.device, stamp(record));
                        reading.beside.push(Beside { record, device, at, update });
                    }
                }
                Kind::DECISION => {
                    let line = decide(&mut fold, &people, record, verdicts.get(&record.id()));
                    reading.ledger.extend(line);
                }
                _ => {}
            }
            if fold.branches == 0 {
                reading.beside.clear();
            }
        }
        for pending in self.library.pending_updates(story)? {
            reading.updated = reading.updated.max(pending.at);
            reading.unpushed += 1;
            reading.unpushed_bytes += pending.bytes.len() as u64;
            fold.document.apply(&pending.bytes)?;
        }
        reading.beside.retain(|one| fold.document.is_beside(&one.update));
        let (genre, others) = one_field(&records, "genre", &people);
        Ok(Reading {
            story,
            case: fold.case,
            document: fold.document,
            branches: fold.branches,
            beside: reading.beside,
            ledger: reading.ledger,
            people,
            author_name: reading.author_name,
            genre: genre.unwrap_or_else(|| "brief".into()),
            others,
            updated: reading.updated,
            unpushed: reading.unpushed,
            unpushed_bytes: reading.unpushed_bytes,
        })
    }

    /// Whether the pool holds a record: it stands in the pool's order, or the pool said so of this laptop's stream.
    fn is_pooled(&self, stored: &StoredRecord, pooled: &mut HashMap<Stream, u64>) -> Answer<bool> {
        let header = stored.record.header();
        let me = self.identity().device;
        if stored.pool_seq.is_some() || header.device != me {
            return Ok(stored.pool_seq.is_some());
        }
        let upto = match pooled.get(&header.stream) {
            Some(upto) => *upto,
            None => *pooled.entry(header.stream).or_insert(self.library.pushed(me, header.stream)?),
        };
        Ok(header.seq <= upto)
    }

    /// Signs a decision of this laptop, if the rules let it count now.
    pub fn decide_on(&self, story: StoryId, reading: &Reading, decision: &Decision) -> Answer<()> {
        let me = self.identity();
        let signer = Signer {
            person: me.profile.person,
            device: me.device,
            roles: &me.profile.roles,
            revoked: reading.people.signer_of(me.device).revoked,
        };
        reading.case.judge(&signer, decision)?;
        self.write_json(Kind::DECISION, story.bytes(), decision)?;
        self.forget_editable(story);
        Ok(())
    }

    /// Why the story cannot be edited here now; none when it can.
    pub fn read_only(&self, reading: &Reading) -> Option<String> {
        let me = self.identity().profile.person;
        let gate = reading.document.gate();
        let why = if !gate.may_write() {
            "newer-version"
        } else {
            match reading.case.state() {
                State::Draft if reading.case.author() == me => return None,
                State::Draft => "not-mine",
                State::AwaitingFirst if reading.case.holder() == Some(me) => return None,
                State::Signed | State::Archived => "signed",
                _ => "in-review",
            }
        };
        Some(why.to_owned())
    }
}

/// What the pass over the records gathers beside the fold.
struct Shelf {
    ledger: Vec<Line>,
    beside: Vec<Beside>,
    author_name: String,
    updated: Stamp,
    unpushed: u32,
    unpushed_bytes: u64,
}

impl Shelf {
    fn new(author_name: String) -> Self {
        Self {
            ledger: Vec::new(),
            beside: Vec::new(),
            author_name,
            updated: 0,
            unpushed: 0,
            unpushed_bytes: 0,
        }
    }
}

fn verdicts(records: &[satchel_store::StoredRecord]) -> HashMap<Hash, Verdict> {
    let told = records.iter().filter(|stored| stored.record.header().kind == Kind::POOL_VERDICT);
    told.filter_map(|stored| stored.record.json::<Verdict>().ok())
        .map(|verdict| (verdict.record, verdict))
        .collect()
}

/// Folds one decision: what the pool judged stands as it said; what it has not judged counts as proposed.
fn decide(
    fold: &mut satchel_story::Reading,
    people: &People,
    record: &satchel_wire::Record,
    verdict: Option<&Verdict>,
) -> Option<Line> {
    let decision: Decision = record.json().ok()?;
    let device = record.header().device;
    let at = stamp(record);
    let signer = people.signer_of(device);
    let told = verdict.map_or("proposed", |told| if told.accepted { "accepted" } else { "refused" });
    let folded = match verdict {
        Some(told) if !told.accepted => {
            return Some(Line { decision, device, at, verdict: "refused", code: told.code.clone() });
        }
        Some(told) => {
            fold.counted((signer.person, device), &decision, told.state.as_deref().unwrap_or_default(), at)
        }
        None => fold.decide(&signer.as_signer(), &decision, at),
    };
    let (verdict, code) = match folded {
        Ok(()) => (told, None),
        Err(refusal) => ("refused", Some(satchel_failure::Explain::code(&refusal).to_owned())),
    };
    Some(Line { decision, device, at, verdict, code })
}

/// The level's word as the screen knows it.
pub const fn level_word(level: Level) -> &'static str {
    match level {
        Level::First => "first",
        Level::Second => "second",
        Level::Final => "final",
    }
}

/// The state's word as the screen knows it.
pub const fn state_word(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::AwaitingFirst => "awaiting-first",
        State::AwaitingSecond => "awaiting-second",
        State::AwaitingFinal => "awaiting-final",
        State::Signed => "signed",
        State::Rejected => "rejected",
        State::Held(_) => "held",
        State::Archived => "archived",
    }
}
