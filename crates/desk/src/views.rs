//! From what the lower floors know to what the screen sees, and into the list index.

use satchel_checks::{Finding, Severity};
use satchel_failure::Answer;
use satchel_store::{Hit, HitKind, StoryFilter, StoryIndex, StoryRow};
use satchel_story::{Change, ChangeKind, Counts, Decision, Op, Place, RevisionView, State};
use satchel_terms::{ClipId, Hash, Stamp, StoryId};

use crate::DeskError;
use crate::cards::{
    DiffBlock, FindingCard, Happened, HitCard, LedgerLine, ReasonCard, ReturnCard, SignatureCard, StoryCard,
    Whereabouts,
};
use crate::fields::Subject;
use crate::ledger::{Line, Reading, level_word, state_word};
use crate::room::{Room, now};

/// Characters of a text by the house rule: headline and body.
pub fn characters(view: &RevisionView) -> u32 {
    counts(view).characters
}

/// What a text comes to.
pub fn counts(view: &RevisionView) -> Counts {
    Counts::of(&view.plain_body())
}

impl Room {
    /// Brings a story's row in the list and its words in the search up to date.
    pub fn index(&self, story: StoryId) -> Answer<()> {
        let reading = self.read(story)?;
        let card = self.card_of(&reading)?;
        let view = reading.document.view();
        let index = StoryIndex {
            story,
            headline: card.headline.clone(),
            state: card.state.clone(),
            author: card.author_name.clone(),
            updated: card.updated,
            binned: false,
            counts: serde_json::json!({ "characters": card.characters, "seconds": card.seconds }),
            card: serde_json::to_value(&card).map_err(|error| DeskError::Broken(error.to_string()))?,
            text: view.searchable(),
        };
        self.library.index_story(&index)?;
        self.note_open_fields(Subject::Story(story), !card.others.is_empty())
    }

    /// As [`Self::index`], and tells the window.
    pub(crate) fn refresh(&self, story: StoryId) -> Answer<()> {
        self.index(story)?;
        self.tell(Happened::StoryChanged { story });
        Ok(())
    }

    /// A story's card as last indexed.
    pub fn card(&self, story: StoryId) -> Answer<StoryCard> {
        let row = self.library.story(story)?.ok_or(DeskError::Unknown { what: "story" })?;
        card_from(row)
    }

    /// The list, newest change first.
    pub fn story_cards(&self, limit: usize) -> Answer<Vec<StoryCard>> {
        let rows = self.library.stories(&StoryFilter { limit, ..StoryFilter::default() })?;
        rows.into_iter().map(card_from).collect()
    }

    /// The stories that changed last.
    pub fn recent_stories(&self, limit: usize) -> Answer<Vec<StoryRow>> {
        Ok(self.library.stories(&StoryFilter { limit, ..StoryFilter::default() })?)
    }

    /// Draws a story's card from its records.
    fn card_of(&self, reading: &Reading) -> Answer<StoryCard> {
        let view = reading.document.view();
        let counts = counts(&view);
        let me = self.identity().profile.person;
        let links = self.links_of(reading.story)?;
        let state = match reading.case.state() {
            State::Signed if !links.is_empty() => "published",
            state => state_word(state),
        };
        let holder = reading.case.holder();
        Ok(StoryCard {
            story: reading.story,
            headline: view.fields.headline.clone(),
            genre: reading.genre.clone(),
            others: reading.others.clone(),
            state: state.into(),
            returned: returned(reading),
            author: reading.case.author(),
            author_name: reading.author_name.clone(),
            mine: reading.case.author() == me,
            characters: counts.characters,
            seconds: counts.read_aloud_s,
            figures: u32::try_from(view.figures().len()).unwrap_or(u32::MAX),
            updated: reading.updated,
            whereabouts: self.whereabouts_of(reading)?,
            holder_name: holder.map(|person| reading.people.person_name(person)),
            links,
            branches: reading.branches,
        })
    }

    /// Where a story is: its text by its records, its material by its transfers.
    fn whereabouts_of(&self, reading: &Reading) -> Answer<Whereabouts> {
        if reading.case.state() == State::Draft && reading.unpushed > 0 {
            return Ok(Whereabouts::Local { saved: reading.updated });
        }
        let material = self.material_of(reading.story)?;
        if reading.unpushed == 0 && material.waiting == 0 {
            return Ok(match material.making {
                0 => Whereabouts::Pooled { since: self.pooled_since(reading)? },
                _ => Whereabouts::Making,
            });
        }
        if material.moving {
            return Ok(Whereabouts::Moving { done: material.done_bytes, total: material.total_bytes });
        }
        Ok(Whereabouts::Waiting {
            items: material.waiting + u32::from(reading.unpushed > 0),
            bytes: reading.unpushed_bytes + material.total_bytes - material.done_bytes,
        })
    }
}

impl Room {
    /// Since when a story is known to be in the pool: when its card first said so after its last change. Never before
    /// the pool's word came, which is later than the greeting of that round.
    fn pooled_since(&self, reading: &Reading) -> Answer<Stamp> {
        let before = self.library.story(reading.story)?.map(card_from).transpose()?;
        let kept = before.and_then(|card| match card.whereabouts {
            Whereabouts::Pooled { since } if card.updated >= reading.updated => Some(since),
            _ => None,
        });
        Ok(kept.unwrap_or_else(now))
    }
}

fn card_from(row: StoryRow) -> Answer<StoryCard> {
    Ok(serde_json::from_value(row.card).map_err(|error| DeskError::Broken(error.to_string()))?)
}

/// Why the story came back, while it is a draft because of that.
fn returned(reading: &Reading) -> Option<ReturnCard> {
    if reading.case.state() != State::Draft {
        return None;
    }
    let last = reading.ledger.iter().rev().find(|line| line.verdict != "refused")?;
    let Decision::Return { reasons, .. } = &last.decision else { return None };
    let reasons = reasons.iter().map(|reason| {
        let (place, note) = match reason.note.split_once('\u{1f}') {
            Some((place, note)) => (place.to_owned(), note.to_owned()),
            None => (String::new(), reason.note.clone()),
        };
        ReasonCard { code: reason.code.clone(), place, note }
    });
    Some(ReturnCard { by_name: reading.people.name(last.device), at: last.at, reasons: reasons.collect() })
}

/// The signatures that the ledger tells of; they hold while the case counts them.
pub fn signatures(reading: &Reading) -> Vec<SignatureCard> {
    let counted = reading.case.signatures();
    let drawn = reading.ledger.iter().filter_map(|line| {
        let (level, rev) = match &line.decision {
            Decision::Pass { level, rev, .. } => (*level, *rev),
            Decision::Sign { rev, .. } => (reading.case.policy().last(), *rev),
            _ => return None,
        };
        let by = reading.people.signer_of(line.device).person;
        let holds = counted.iter().any(|one| one.level == level && one.person == by && one.rev == rev);
        Some(SignatureCard {
            level: level_word(level).into(),
            by,
            by_name: reading.people.name(line.device),
            at: line.at,
            rev,
            holds: holds && line.verdict != "refused",
            verdict: line.verdict.into(),
        })
    });
    drawn.collect()
}

/// A line of the ledger for the screen.
pub fn ledger_line(reading: &Reading, line: &Line) -> LedgerLine {
    let (act, level, rev): (&str, Option<&str>, Option<Hash>) = match &line.decision {
        Decision::Submit { rev, .. } => ("submit", None, Some(*rev)),
        Decision::Withdraw => ("withdraw", None, None),
        Decision::Claim { level } => ("claim", Some(level_word(*level)), None),
        Decision::Release => ("release", None, None),
        Decision::Pass { level, rev, .. } => ("pass", Some(level_word(*level)), Some(*rev)),
        Decision::Return { level, rev, .. } => ("return", Some(level_word(*level)), Some(*rev)),
        Decision::Reject { level, .. } => ("reject", Some(level_word(*level)), None),
        Decision::Hold { .. } => ("hold", None, None),
        Decision::Unhold => ("unhold", None, None),
        Decision::Sign { rev, .. } => ("sign", Some("final"), Some(*rev)),
        Decision::Reopen { rev } => ("reopen", None, Some(*rev)),
    };
    LedgerLine {
        act: act.into(),
        level: level.map(Into::into),
        by_name: reading.people.name(line.device),
        at: line.at,
        rev,
        verdict: line.verdict.into(),
        code: line.code.clone(),
    }
}

/// A finding for the screen.
pub fn finding(finding: Finding) -> FindingCard {
    FindingCard {
        code: finding.code,
        severity: severity_word(finding.severity).into(),
        params: finding.params,
        place: place_word(finding.place),
    }
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Must => "must",
        Severity::Should => "should",
        Severity::Info => "info",
    }
}

/// A place as the screen names it: a field's name, `block:N`, or nothing for the whole.
pub fn place_word(place: Place) -> String {
    match place {
        Place::Whole => String::new(),
        Place::Field(field) => field.root().to_owned(),
        Place::Block(index) => format!("block:{index}"),
    }
}

/// A hit for the screen.
pub fn hit(hit: Hit) -> HitCard {
    let (story, clip) = match hit.kind {
        HitKind::Story => (Some(StoryId(hit.id)), None),
        HitKind::Clip => (None, Some(ClipId(hit.id))),
    };
    HitCard { story, clip, title: hit.title, snippet: hit.snippet }
}

/// The comparison of two versions for the screen.
pub fn diff(older: &RevisionView, newer: &RevisionView) -> Vec<DiffBlock> {
    satchel_story::diff(older, newer).into_iter().map(|change| drawn(change, older, newer)).collect()
}

fn drawn(change: Change, older: &RevisionView, newer: &RevisionView) -> DiffBlock {
    let kind = match change.kind {
        ChangeKind::Same => "same",
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
    };
    let side = if change.kind == ChangeKind::Removed { older } else { newer };
    let block = match change.place {
        Place::Block(index) => side
            .blocks
            .get(usize::try_from(index).unwrap_or(usize::MAX))
            .map_or_else(|| "p".to_owned(), |block| block.prop("t").to_owned()),
        place => place_word(place),
    };
    let pieces = change.runs.into_iter().map(|piece| {
        let op = match piece.op {
            Op::Same => "=",
            Op::Added => "+",
            Op::Removed => "-",
        };
        (op.to_owned(), piece.text)
    });
    DiffBlock { kind: kind.into(), block, pieces: pieces.collect() }
}
