//! What stands apart at the pool, for an administrator to look at, and a copy of it in a folder.

use std::path::Path;

use satchel_failure::Answer;
use satchel_terms::{Hash, Role, StoryId};
use satchel_wire::apart::{ApartLine, ApartRecord};
use satchel_wire::protocol::PersonLine;
use satchel_wire::{Codec, Kind, Record, from_base64};

use crate::DeskError;
use crate::cards::{ApartCard, DeviceFacts};
use crate::room::Room;

/// The pool's answer to the wish for its page.
#[derive(serde::Deserialize)]
struct PageLink {
    path: String,
}

impl Room {
    /// The laptops as the pool knows them: machine, when it was there last. Asks the pool.
    pub fn device_facts(&self) -> Answer<Vec<DeviceFacts>> {
        let people: Vec<PersonLine> = self.ask_pool_for("/v1/people")?;
        let devices = people.into_iter().flat_map(|person| person.devices);
        let facts = devices.map(|line| DeviceFacts {
            device: line.device,
            machine: line.machine,
            seen_at: line.seen_at,
            reason: line.revoked,
        });
        Ok(facts.collect())
    }

    /// The address of the administrators' page, with a way in that works once.
    pub fn pool_page(&self) -> Answer<String> {
        self.needs(Role::Administrator, "administrator")?;
        let link: PageLink = self.ask_pool("/v1/admin-link", &serde_json::json!({}))?;
        Ok(format!("{}{}", self.identity().profile.pool_url.trim_end_matches('/'), link.path))
    }

    /// What stands apart, the newest first.
    pub fn quarantine(&self) -> Answer<Vec<ApartCard>> {
        self.needs(Role::Administrator, "administrator")?;
        let lines: Vec<ApartLine> = self.ask_pool_for("/v1/quarantine")?;
        Ok(lines.into_iter().map(|line| self.apart_card(line)).collect())
    }

    fn apart_card(&self, line: ApartLine) -> ApartCard {
        let mut subject = [0; 16];
        let is_read =
            line.subject.as_deref().is_some_and(|hex| hex::decode_to_slice(hex, &mut subject).is_ok());
        let story = is_read.then(|| self.card(StoryId(subject)).ok()).flatten();
        ApartCard {
            id: line.id,
            code: line.code,
            at: line.at,
            bytes: line.bytes,
            device: line.device,
            name: line.name.unwrap_or_default(),
            what: line.kind.map_or("unreadable", |kind| what_word(Kind(kind))).into(),
            headline: story.map(|card| card.headline).unwrap_or_default(),
            is_signed: line.is_signed,
        }
    }

    /// Copies one record into a folder: its bytes, what can be read of them, and the words of a text. It is looked at
    /// there; it never comes into a story by itself.
    pub fn export_apart(&self, id: Hash, folder: &str) -> Answer<String> {
        self.needs(Role::Administrator, "administrator")?;
        let folder = Path::new(folder);
        if !folder.is_dir() {
            return Err(DeskError::BadPlace { dir: folder.display().to_string() }.into());
        }
        let sent: ApartRecord = self.ask_pool_for(&format!("/v1/quarantine/{id}"))?;
        let bytes = from_base64(&sent.record)?;
        let dir = folder.join(format!("satchel-apart-{}", &id.to_string()[..12]));
        let failed = |error: std::io::Error| DeskError::File {
            path: dir.display().to_string(),
            why: error.to_string(),
        };
        std::fs::create_dir_all(&dir).map_err(failed)?;
        std::fs::write(dir.join("record.bin"), &bytes).map_err(failed)?;
        if let Ok(record) = Record::parse(bytes) {
            let facts = facts_of(&record);
            let text =
                serde_json::to_vec_pretty(&facts).map_err(|error| DeskError::Broken(error.to_string()))?;
            std::fs::write(dir.join("record.json"), text).map_err(failed)?;
            if let Some(words) = self.words_of(&record) {
                std::fs::write(dir.join("words.txt"), words).map_err(failed)?;
            }
        }
        Ok(dir.display().to_string())
    }

    /// The story as it would read with this update; none for another kind.
    fn words_of(&self, record: &Record) -> Option<String> {
        if record.header().kind != Kind::DOC_UPDATE {
            return None;
        }
        let known = self.read(StoryId(record.header().subject)).ok();
        let mut document = known.map(|reading| reading.document).unwrap_or_default();
        document.apply(&record.body().ok()?).ok()?;
        Some(format!("{}\n\n{}\n", document.text(satchel_story::Field::Headline), document.plain_body()))
    }
}

fn facts_of(record: &Record) -> serde_json::Value {
    let header = record.header();
    let is_json = header.codec.plain() == Codec::Json;
    let body = if is_json { record.json::<serde_json::Value>().ok() } else { None };
    serde_json::json!({
        "id": record.id(),
        "kind": header.kind.0,
        "device": header.device,
        "stream": header.stream as u8,
        "seq": header.seq,
        "time": header.time.millis(),
        "subject": hex::encode(header.subject),
        "body": body,
    })
}

/// What a record was to be, in the screen's word.
fn what_word(kind: Kind) -> &'static str {
    match kind {
        Kind::DOC_UPDATE | Kind::DOC_REV | Kind::DOC_BRANCH | Kind::STORY_CREATE | Kind::FIELD_SET => "text",
        Kind::DECISION => "decision",
        Kind::COMMENT => "comment",
        Kind::ASSET_ADD | Kind::ASSET_DERIVE => "clip",
        kind if (40..50).contains(&kind.0) => "push",
        _ => "other",
    }
}
