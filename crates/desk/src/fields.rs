//! Facts of stories and clips that several people set: the value that counts, and the others until a person settles it.

use std::collections::BTreeSet;

use satchel_failure::Answer;
use satchel_store::{ClipRow, StoredRecord};
use satchel_story::{Setting, standing};
use satchel_terms::{ClipId, StoryId};
use satchel_wire::Kind;
use satchel_wire::body::FieldSet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::DeskError;
use crate::cards::{OtherValue, SyncItem, Whereabouts};
use crate::ledger::stamp;
use crate::people::People;
use crate::room::{Room, locked};

/// The setting that lists what has a fact with two values.
const OPEN: &str = "open-fields";
/// Facts of a clip that people set.
const OF_A_CLIP: [&str; 3] = ["caption", "credit", "story"];
/// Most that the sync centre lists.
const MOST: usize = 200;

/// What has a fact with two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A story.
    Story(StoryId),
    /// A clip.
    Clip(ClipId),
}

/// The settings of one field among records of a subject, in their order. What cannot be read is no setting.
fn settings_of(records: &[StoredRecord], name: &str) -> Vec<Setting<Value>> {
    let fields = records.iter().filter(|stored| stored.record.header().kind == Kind::FIELD_SET);
    let read = fields.filter_map(|stored| {
        let field: FieldSet = stored.record.json().ok()?;
        let header = stored.record.header();
        (field.name == name).then(|| Setting {
            id: stored.record.id(),
            device: header.device,
            seq: header.seq,
            time: header.time.0,
            over: field.over,
            value: field.value,
        })
    });
    read.collect()
}

/// The value of a field that counts, and the others that were set at the same time.
pub fn one_field(records: &[StoredRecord], name: &str, people: &People) -> (Option<String>, Vec<OtherValue>) {
    let settings = settings_of(records, name);
    let Some(standing) = standing(&settings) else { return (None, Vec::new()) };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let at = |one: &Setting<Value>| {
        let record = records.iter().find(|stored| stored.record.id() == one.id);
        record.map_or(0, |stored| stamp(&stored.record))
    };
    let others = standing.others.iter().map(|one| OtherValue {
        field: name.to_owned(),
        value: text(&one.value),
        by_name: people.name(one.device),
        at: at(one),
    });
    (Some(text(&standing.value.value)), others.collect())
}

/// The other values that were noted with a clip.
pub fn others_in(card: &Value) -> Vec<OtherValue> {
    card.get("others").and_then(|others| serde_json::from_value(others.clone()).ok()).unwrap_or_default()
}

impl Room {
    /// Sets a field, and says which settings the person saw and replaces by it.
    pub fn set_field(&self, subject: [u8; 16], name: &str, value: Value) -> Answer<()> {
        let records = self.library.records_of(subject, &[Kind::FIELD_SET])?;
        let settings = settings_of(&records, name);
        let over = standing(&settings).map(|standing| standing.heads).unwrap_or_default();
        let field = FieldSet { name: name.to_owned(), value, over: Some(over) };
        self.write_json(Kind::FIELD_SET, subject, &field).map(drop)
    }

    /// Writes a clip's row with its facts as they stand.
    pub fn index_clip_fields(&self, mut row: ClipRow) -> Answer<()> {
        let records = self.library.records_of(row.clip.bytes(), &[Kind::FIELD_SET])?;
        let people = self.people_by_device()?;
        let mut others = Vec::new();
        for name in OF_A_CLIP {
            let (value, also) = one_field(&records, name, &people);
            others.extend(also);
            match (name, value) {
                ("caption", Some(value)) => row.caption = value,
                ("credit", Some(value)) => row.credit = value,
                ("story", Some(value)) => row.story = value.parse().ok(),
                _ => {}
            }
        }
        let is_open = !others.is_empty();
        if !row.card.is_object() {
            row.card = serde_json::json!({});
        }
        row.card["others"] =
            serde_json::to_value(others).map_err(|error| DeskError::Broken(error.to_string()))?;
        self.library.index_clip(&row)?;
        self.note_open_fields(Subject::Clip(row.clip), is_open)
    }

    /// Keeps the list of what has a fact with two values.
    pub fn note_open_fields(&self, subject: Subject, is_open: bool) -> Answer<()> {
        let _one = locked(&self.fields);
        let mut open = self.open_fields()?;
        let is_new = if is_open { open.insert(subject) } else { open.remove(&subject) };
        if is_new {
            let value = serde_json::to_value(&open).map_err(|error| DeskError::Broken(error.to_string()))?;
            self.library.set_setting(OPEN, &value)?;
            self.tell(crate::cards::Happened::SyncMoved);
        }
        Ok(())
    }

    fn open_fields(&self) -> Answer<BTreeSet<Subject>> {
        let kept = self.library.setting(OPEN)?;
        Ok(kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
    }

    /// What has a fact with two values, for the sync centre.
    pub fn field_items(&self) -> Answer<Vec<SyncItem>> {
        let mut items = Vec::new();
        for subject in self.open_fields()?.into_iter().take(MOST) {
            let (title, story, clip) = match subject {
                Subject::Story(story) => (self.card(story)?.headline, Some(story), None),
                Subject::Clip(clip) => match self.library.clip(clip)? {
                    Some(row) => (row.name, row.story, Some(clip)),
                    None => continue,
                },
            };
            let whereabouts = Whereabouts::NeedsYou { code: "desk.two-values".into() };
            items.push(SyncItem { title, what: "field".into(), story, clip, whereabouts });
        }
        Ok(items)
    }
}
