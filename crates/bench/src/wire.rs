//! `wire`: the bytes of the signed records that a story typed live sends to the pool, against its plain UTF-8 text.
//!
//! The desk itself makes, keeps and seals them, at its own moments.

use std::time::Duration;

use anyhow::ensure;
use satchel_store::StoredRecord;
use satchel_story::Document;

use super::Order;
use super::laptop::Laptop;
use super::report::{Direction, Line, Report, Unit};
use super::typing::type_story;

/// Updates after which a person rests until the desk has sealed: as many as it gathers before it seals
/// without waiting (`SEAL_AT` in `crates/desk/src/stories.rs`). Live typing has the same stretches: some 60 words
/// a minute, and a look every two seconds.
const STRETCH: usize = 60;
/// The desk looks every two seconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// The direction: 10 KB for a story of 1,500 characters.
const MOST_KB: f64 = 10.0;

/// Takes the measure.
///
/// # Errors
/// When the desk refuses, or the reader of the records does not get the text.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let characters = if order.is_small { 200 } else { 1_500 };
    let folder = tempfile::Builder::new().prefix("wire-").tempdir_in(&order.folder)?;
    let mut laptop = Laptop::found(&folder.path().join("library"))?;
    let (story, first) = laptop.new_story("番茄丰收")?;
    let typed = type_story(order.seed, characters, &first)?;
    for stretch in typed.updates.chunks(STRETCH) {
        for update in stretch {
            laptop.keep(story, update)?;
        }
        if stretch.len() == STRETCH {
            laptop.is_sealed_within(story, PATIENCE);
        }
    }
    let library = laptop.into_library()?;
    let records = library.records_of(story.bytes(), &[])?;
    let mut document = Document::new();
    for update in library.doc_updates(story)? {
        document.apply(&update)?;
    }
    ensure!(library.pending_updates(story)?.is_empty(), "something typed was not sealed");
    ensure!(document.plain_body() == typed.text, "the records do not give the text");
    library.clean_exit()?;

    let bytes = |records: &[StoredRecord]| -> usize {
        records.iter().map(|stored| stored.record.bytes().len()).sum()
    };
    let bodies: usize = records.iter().map(|stored| stored.record.header().body_len as usize).sum();
    let (all, plain) = (bytes(&records), typed.text.len());
    report.line(Line {
        what: "a story of 1,500 characters typed live, on the wire",
        ours: all as f64 / 1_024.0,
        peer: "its plain UTF-8 text",
        theirs: Some(plain as f64 / 1_024.0),
        unit: Unit::KB,
        ratio: all as f64 / plain as f64,
        direction: Some(Direction::AtMost(MOST_KB)),
    });
    report.fact(&format!(
        "{} characters, {} updates of the editor, {} records: {bodies} bytes of bodies, \
         {} of headers and signatures",
        typed.text.chars().count(),
        typed.updates.len(),
        records.len(),
        all - bodies,
    ));
    let raw: usize = typed.updates.iter().map(Vec::len).sum();
    report.fact(&format!(
        "a record for every update would be {:.1} KB; without the HTTP around it; the text was rebuilt from the \
         records alone",
        (raw + typed.updates.len() * satchel_wire::HEADER) as f64 / 1_024.0
    ));
    Ok(())
}
