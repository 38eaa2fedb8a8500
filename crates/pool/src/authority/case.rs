//! A story's case at the pool: the text and the decisions, folded from the log in pool order.

use std::collections::HashMap;

use satchel_failure::Explain;
use satchel_story::{Case, Decision, Document, RevisionView, Signer, State};
use satchel_terms::{DeviceId, Hash, PersonId, Role, Stamp, StoryId};
use satchel_wire::{Kind, Record};

use super::Ruling;
use crate::Pool;
use crate::failure::Outcome;
use crate::keep::{DeviceRow, Stored};

/// Decisions in the log were judged when they came; folding them again asks nobody's role.
const EVERY_ROLE: &[Role] =
    &[Role::Reporter, Role::Editor, Role::Head, Role::Chief, Role::Operator, Role::Administrator];

/// Where a story stands, and its text.
pub struct CaseFile {
    /// The decisions that counted.
    pub case: Case,
    /// The text as the pool's log gives it.
    pub document: Document,
}

impl CaseFile {
    /// The fingerprint of the text, worked out here.
    #[must_use]
    pub fn rev(&self) -> Hash {
        self.document.revision().hash
    }

    /// The text.
    #[must_use]
    pub fn view(&self) -> RevisionView {
        self.document.view()
    }
}

impl Pool {
    /// Folds a story's log; none when nobody created the story here.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn case_file(&self, story: StoryId) -> Outcome<Option<CaseFile>> {
        let kinds = [Kind::STORY_CREATE, Kind::DOC_UPDATE, Kind::DECISION];
        let log = self.keep().records_about(story.0, &kinds).await?;
        let people = self.people_behind(&log).await?;
        let created = log.iter().find(|stored| stored.record.header().kind == Kind::STORY_CREATE);
        let author = created.and_then(|stored| people.get(&stored.record.header().device));
        let Some(author) = author else { return Ok(None) };
        let mut file =
            CaseFile { case: Case::new(*author, self.settings().policy.clone()), document: Document::new() };
        for stored in &log {
            self.fold(&mut file, &stored.record, &people).await?;
        }
        file.case.content_changed(file.rev());
        Ok(Some(file))
    }

    async fn fold(
        &self,
        file: &mut CaseFile,
        record: &Record,
        people: &HashMap<DeviceId, PersonId>,
    ) -> Outcome<()> {
        let header = record.header();
        if header.kind == Kind::DOC_UPDATE {
            if let Err(error) = file.document.apply(&record.body()?) {
                tracing::warn!(record = %record.id(), code = error.code(), "an update was left out");
            }
            return Ok(());
        }
        if header.kind != Kind::DECISION {
            return Ok(());
        }
        file.case.content_changed(file.rev());
        let counted = self.keep().verdict(record.id()).await?.is_some_and(|verdict| verdict.accepted);
        let (Some(person), true) = (people.get(&header.device), counted) else { return Ok(()) };
        let signer = Signer { person: *person, device: header.device, roles: EVERY_ROLE, revoked: false };
        let decision = under(file.case.policy().version, record.json()?);
        if let Err(refusal) = file.case.accept(&signer, &decision, written_at(record)) {
            tracing::error!(record = %record.id(), code = refusal.code(), "a decision that counted no longer folds");
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
        let Some(mut file) = self.case_file(story).await? else {
            return Ok(Ruling::refused("review.no-story"));
        };
        let signer = Signer { person: row.person, device: row.device, roles, revoked: row.revoked.is_some() };
        if let Err(refusal) = file.case.judge(&signer, &decision) {
            return Ok(Ruling::refused(refusal.code()));
        }
        if let Some(code) = self.text_objection(&file, &decision).await? {
            return Ok(Ruling::refused(code));
        }
        Ok(match file.case.accept(&signer, &decision, written_at(record)) {
            Ok(state) => Ruling::accepted(state_word(state)),
            Err(refusal) => Ruling::refused(refusal.code()),
        })
    }

    /// What the pool's own copy of the text says against a decision that the rules allow.
    async fn text_objection(&self, file: &CaseFile, decision: &Decision) -> Outcome<Option<&'static str>> {
        let Some(claimed) = claimed_rev(decision) else { return Ok(None) };
        if !file.document.gate().may_read() {
            return Ok(Some("story.newer-program"));
        }
        if file.document.is_waiting() {
            return Ok(Some("review.text-incomplete"));
        }
        if claimed != file.rev() {
            return Ok(Some("review.stale-revision"));
        }
        if matches!(decision, Decision::Sign { .. }) && !self.has_media(&file.view()).await? {
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

/// A decision that counted under an earlier policy still counts.
fn under(version: u32, mut decision: Decision) -> Decision {
    if let Decision::Pass { policy, .. } | Decision::Sign { policy, .. } = &mut decision {
        *policy = version;
    }
    decision
}

/// The revision that a decision is bound to.
const fn claimed_rev(decision: &Decision) -> Option<Hash> {
    match decision {
        Decision::Submit { rev, .. }
        | Decision::Pass { rev, .. }
        | Decision::Return { rev, .. }
        | Decision::Sign { rev, .. } => Some(*rev),
        _ => None,
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
