//! `wire`: the bytes that a story typed live sends over the line, against its plain UTF-8 text.

use anyhow::{Context, ensure};
use satchel_story::{Document, join_updates};
use satchel_terms::{DeviceId, Hash, Mint, NewsroomId, StoryId};
use satchel_wire::body::{FieldSet, StoryCreate};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, device_id};

use super::Order;
use super::dice::Dice;
use super::report::{Direction, Report};
use super::typing::{Typed, type_story};

/// As the desk seals: so many updates a record, and from so many bytes compressed (`crates/desk/src/stories.rs`).
const SEAL_AT: usize = 60;
const WORTH_SQUEEZING: usize = 160;
/// The direction: 10 KB for a story of 1,500 characters.
const MOST_KB: f64 = 10.0;

/// Takes the measure.
///
/// # Errors
/// When a record cannot be sealed, or the reader of the records does not get the text.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let characters = if order.is_small { 200 } else { 1_500 };
    let typed = type_story(order.seed, characters)?;
    let mut laptop = Laptop::new(order.seed);
    laptop.make_story(&typed.first)?;
    let made = laptop.bytes();
    for batch in typed.updates.chunks(SEAL_AT) {
        laptop.seal(batch)?;
    }
    ensure!(laptop.read()?.plain_body() == typed.text, "the reader of the records has another text");

    let (all, plain) = (laptop.bytes(), typed.text.len());
    let bodies: usize = laptop.records.iter().map(|record| record.header().body_len as usize).sum();
    let raw: usize = typed.updates.iter().map(Vec::len).sum();
    report.figure("on the wire", all as f64 / 1_024.0, "KB", Direction::Below(MOST_KB));
    report.ratio(
        "records ÷ plain text",
        all as f64 / plain as f64,
        &format!("{all} bytes in {} records", laptop.records.len()),
        &format!("UTF-8 {plain} bytes ({} characters)", typed.text.chars().count()),
    );
    report.fact(&format!(
        "{} updates of {} bytes on average; {made} bytes made the story; bodies {bodies} bytes, headers and \
         signatures the rest; a record for every update would be {} bytes",
        typed.updates.len(),
        raw / typed.updates.len().max(1),
        raw + typed.updates.len() * satchel_wire::HEADER,
    ));
    let squashed = squashed(&typed)?;
    report.fact(&format!(
        "for comparison: if every record held only the difference of the manuscript before and after, \
         bodies {squashed} bytes",
    ));
    report.fact("without the HTTP around it; the reader rebuilt the same text from the records alone");
    Ok(())
}

/// Bytes of the bodies if every batch were written as one difference, compressed where that gains something.
fn squashed(typed: &Typed) -> anyhow::Result<usize> {
    let mut laptop = Laptop::new(0);
    laptop.make_story(&typed.first)?;
    let mut document = Document::new();
    document.apply(&typed.first)?;
    for batch in typed.updates.chunks(SEAL_AT) {
        let before = document.state_vector();
        for update in batch {
            document.apply(update)?;
        }
        laptop.write(Kind::DOC_UPDATE, Codec::ZstdRaw, document.encode_diff(&before)?)?;
    }
    ensure!(laptop.read()?.plain_body() == typed.text, "the differences do not give the text");
    Ok(laptop.records.iter().map(|record| record.header().body_len as usize).sum())
}

/// One device and its chain of records.
struct Laptop {
    key: SigningKey,
    newsroom: NewsroomId,
    device: DeviceId,
    story: StoryId,
    time: HybridTime,
    now_ms: u64,
    records: Vec<Record>,
}

impl Laptop {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0xB0);
        let mut secret = [0; 32];
        dice.fill(&mut secret);
        let key = SigningKey::from_bytes(&secret);
        let device = device_id(&key.verifying_key());
        let (newsroom, story) = (NewsroomId::mint(&mut dice), StoryId::mint(&mut dice));
        Self { key, newsroom, device, story, time: HybridTime(0), now_ms: dice.now_ms(), records: Vec::new() }
    }

    /// The records that the desk writes for a new story.
    fn make_story(&mut self, first: &[u8]) -> anyhow::Result<()> {
        let create = StoryCreate { slug: "番茄丰收".into(), author_name: "李雪梅".into() };
        self.write(Kind::STORY_CREATE, Codec::Json, serde_json::to_vec(&create)?)?;
        let genre = FieldSet { name: "genre".into(), value: "brief".into() };
        self.write(Kind::FIELD_SET, Codec::Json, serde_json::to_vec(&genre)?)?;
        self.seal(&[first.to_vec()])
    }

    fn seal(&mut self, batch: &[Vec<u8>]) -> anyhow::Result<()> {
        let merged = join_updates(batch)?;
        let codec = if merged.len() > WORTH_SQUEEZING { Codec::ZstdRaw } else { Codec::Raw };
        self.write(Kind::DOC_UPDATE, codec, merged)
    }

    fn write(&mut self, kind: Kind, codec: Codec, body: Vec<u8>) -> anyhow::Result<()> {
        self.now_ms += 60_000;
        self.time = HybridTime::next(self.now_ms, self.time);
        let draft = Draft {
            kind,
            newsroom: self.newsroom,
            device: self.device,
            stream: Stream::Editorial,
            seq: self.records.len() as u64 + 1,
            prev: self.records.last().map_or(Hash::ZERO, Record::id),
            time: self.time,
            subject: self.story.bytes(),
            codec,
            body,
        };
        self.records.push(Record::seal(draft, &self.key).context("a record cannot be sealed")?);
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.bytes().len()).sum()
    }

    /// The story as another laptop builds it from the bytes that came.
    fn read(&self) -> anyhow::Result<Document> {
        let mut document = Document::new();
        for sent in &self.records {
            let record = Record::parse(sent.bytes().to_vec())?;
            record.verify(&self.key.verifying_key())?;
            if record.header().kind == Kind::DOC_UPDATE {
                document.apply(&record.body()?)?;
            }
        }
        Ok(document)
    }
}
