//! Builders shared by the laws of the library.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, dead_code)]

use std::path::Path;

use satchel_store::{Library, LibraryKey, StoryIndex, TakenIn};
use satchel_terms::{DeviceId, Hash, NewsroomId, StoryId};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, device_id};
use serde_json::json;

pub const KEY: LibraryKey = LibraryKey::new([7; 32]);

pub fn fresh() -> (tempfile::TempDir, Library) {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::create(dir.path(), &KEY).unwrap();
    (dir, library)
}

pub fn reopen(dir: &Path) -> Library {
    Library::open(dir, &KEY).unwrap()
}

pub fn story(number: u32) -> StoryId {
    let mut id = [0; 16];
    id[12..].copy_from_slice(&number.to_be_bytes());
    StoryId(id)
}

/// A device that signs a chain of updates.
pub struct Pen {
    pub key: SigningKey,
    pub seq: u64,
    pub prev: Hash,
}

impl Pen {
    pub fn new(seed: u8) -> Self {
        Self { key: SigningKey::from_bytes(&[seed; 32]), seq: 0, prev: Hash::ZERO }
    }

    pub fn device(&self) -> DeviceId {
        device_id(&self.key.verifying_key())
    }

    pub fn write(&mut self, about: StoryId, body: &[u8]) -> Record {
        let record = self.draft(about, body);
        self.seq += 1;
        self.prev = record.id();
        record
    }

    /// The record that would come next, without moving on.
    pub fn draft(&self, about: StoryId, body: &[u8]) -> Record {
        let draft = Draft {
            kind: Kind::DOC_UPDATE,
            newsroom: NewsroomId([1; 16]),
            device: self.device(),
            stream: Stream::Editorial,
            seq: self.seq + 1,
            prev: self.prev,
            time: HybridTime(1 << 30),
            subject: about.0,
            codec: Codec::ZstdRaw,
            body: body.to_vec(),
        };
        Record::seal(draft, &self.key).unwrap()
    }
}

pub fn taken(record: &Record, pool_seq: u64) -> TakenIn {
    TakenIn { record: record.clone(), pool_seq: Some(pool_seq), doubt: None }
}

pub fn index(number: u32, headline: &str, text: &str) -> StoryIndex {
    StoryIndex {
        story: story(number),
        headline: headline.to_owned(),
        state: "draft".to_owned(),
        author: "王敏".to_owned(),
        updated: i64::from(number),
        binned: false,
        counts: json!({ "chars": text.chars().count() }),
        card: json!(null),
        text: text.to_owned(),
    }
}

/// A small generator whose seed is printed, so that a failure can be repeated.
pub struct Dice(u64);

impl Dice {
    pub fn announced() -> Self {
        let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64
        });
        println!("SEED={seed}");
        Self(seed | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
