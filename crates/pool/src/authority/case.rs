//! A story as the pool's log tells it, in pool order, and the judgement on the next decision.

use std::collections::HashMap;

use satchel_failure::Explain;
use satchel_story::{Decision, Reading, RevisionView, Signer, State};
use satchel_terms::{DeviceId, PersonId, Role, Stamp, StoryId};
use satchel_wire::{Kind, Record};

use super::Ruling;
use crate::Pool;
use crate::failure::Outcome;
use crate::keep::{DeviceRow, Stored};

impl Pool {
    /// Reads a story from the log; none when nobody created the story here.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn reading(&self, story: StoryId) -> Outcome<Option<Reading>> {
        let kinds = [Kind::STORY_CREATE, Kind::DOC_UPDATE, Kind::DECISION];
        let log = self.keep().records_about(story.0, &kinds).await?;
        let people = self.people_behind(&log).await?;
        let created = log.iter().find(|stored| stored.record.header().kind == Kind::STORY_CREATE);
        let author = created.and_then(|stored| people.get(&stored.record.header().device));
        let Some(author) = author else { return Ok(None) };
        let mut reading = Reading::new(*author, self.settings().policy.clone());
        for stored in &log {
            let record = &stored.record;
            if let Some(person) = people.get(&record.header().device) {
                self.fold(&mut reading, record, *person).await?;
            }
        }
        Ok(Some(reading))
    }

    async fn fold(&self, reading: &mut Reading, record: &Record, person: PersonId) -> Outcome<()> {
        let header = record.header();
        if header.kind == Kind::DOC_UPDATE {
            if let Err(error) = reading.update(person, &record.body()?) {
                tracing::warn!(record = %record.id(), code = error.code(), "an update was left out");
            }
        } else if header.kind == Kind::DECISION
            && let Some(verdict) = self.keep().verdict(record.id()).await?
            && verdict.accepted
        {
            let (by, state) = ((person, header.device), verdict.state.unwrap_or_default());
            if let Err(refusal) = reading.counted(by, &record.json()?, &state, written_at(record)) {
                tracing::error!(record = %record.id(), code = refusal.code(), "a decision that counted no longer folds");
            }
        }
        Ok(())
    }

    async fn people_behind(&self, log: &[Stored]) -> Outcome<HashMap<DeviceId, PersonId>> {
        let mut people = HashMap::new();
        for device in log.iter().map(|stored| stored.record.header().device) {
            if !people.contains_key(&device)
                && let Some(row) = self.keep().device(device).await?
            {
                people.insert(device, row.person);
            }
        }
        Ok(people)
    }

    pub(super) async fn rule_decision(
        &self,
        record: &Record,
        row: &DeviceRow,
        roles: &[Role],
    ) -> Outcome<Ruling> {
        let story = StoryId(record.header().subject);
        let Ok(decision) = record.json::<Decision>() else { return Ok(Ruling::refused("wire.bad-body")) };
        let Some(mut reading) = self.reading(story).await? else {
            return Ok(Ruling::refused("review.no-story"));
        };
        let signer = Signer { person: row.person, device: row.device, roles, revoked: row.revoked.is_some() };
        if let Err(refusal) = reading.case.judge(&signer, &decision) {
            return Ok(Ruling::refused(refusal.code()));
        }
        if let Some(code) = self.text_objection(&reading, &decision).await? {
            return Ok(Ruling::refused(code));
        }
        Ok(match reading.decide(&signer, &decision, written_at(record)) {
            Ok(()) => Ruling::accepted(state_word(reading.case.state())),
            Err(refusal) => Ruling::refused(refusal.code()),
        })
    }

    /// What the pool's own copy of the text says against a decision that the rules allow.
    async fn text_objection(&self, reading: &Reading, decision: &Decision) -> Outcome<Option<&'static str>> {
        let Some(claimed) = decision.rev() else { return Ok(None) };
        if !reading.document.gate().may_read() {
            return Ok(Some("story.newer-program"));
        }
        if claimed != reading.rev() {
            return Ok(Some("review.stale-revision"));
        }
        if matches!(decision, Decision::Sign { .. }) && !self.has_media(&reading.document.view()).await? {
            return Ok(Some("review.media-missing"));
        }
        Ok(None)
    }

    /// Whether every piece of material that the text names is whole and durable here.
    pub(crate) async fn has_media(&self, view: &RevisionView) -> Outcome<bool> {
        for figure in view.figures() {
            let Some(root) = figure.blob else { return Ok(false) };
            if !self.keep().blob(root).await?.is_some_and(|blob| blob.is_whole) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The word of a state, as verdicts carry it.
fn state_word(state: State) -> String {
    let value = serde_json::to_value(state).unwrap_or_default();
    value.get("name").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

fn written_at(record: &Record) -> Stamp {
    Stamp::try_from(record.header().time.millis()).unwrap_or(Stamp::MAX)
}
