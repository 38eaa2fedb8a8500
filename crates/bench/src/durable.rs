//! `durable`: from a keystroke to the disk, against a bare insert into plain SQLite with full sync.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use rusqlite::{Connection, params};
use satchel_story::Document;

use super::laptop::Laptop;
use super::report::{Direction, Line, Report, Unit, millis, percentile};
use super::typing::type_story;
use super::{Order, page_cache};

/// The direction: 95 of 100 keystrokes are on the disk within so many milliseconds.
pub(super) const P95_MS: f64 = 50.0;
/// How many keystrokes one side has in a row before it is the other's turn.
const TURN: usize = 100;

/// Takes the measure.
///
/// # Errors
/// When the desk or the peer's database refuses.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("durable-").tempdir_in(&order.folder)?;
    let laptop = Laptop::found(&folder.path().join("library"))?;
    let (story, first) = laptop.new_story("番茄丰收")?;
    let typed = type_story(order.seed, if order.is_small { 100 } else { 3_000 }, &first)?;
    let updates = &typed.updates;
    let plain = plain_database(&folder.path().join("plain.db"))?;

    page_cache::settle();
    let (mut ours, mut bare) = (Vec::with_capacity(updates.len()), Vec::with_capacity(updates.len()));
    for turn in updates.chunks(TURN) {
        for update in turn {
            let start = Instant::now();
            laptop.keep(story, update)?;
            ours.push(start.elapsed());
        }
        for update in turn {
            let start = Instant::now();
            plain
                .prepare_cached("INSERT INTO typed (story, session, at, bytes) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![story.bytes(), "bench", 0_i64, update])?;
            bare.push(start.elapsed());
        }
    }
    let library = laptop.into_library()?;
    let mut document = Document::new();
    for update in library.doc_updates(story)? {
        document.apply(&update)?;
    }
    ensure!(document.plain_body() == typed.text, "the library does not hold every word");
    tell(report, &mut ours, &mut bare);
    let bytes: usize = updates.iter().map(Vec::len).sum();
    report.fact(&format!(
        "{} updates of {} bytes on average, one after the other, turns of {TURN}; satchel: the desk's own door \
         (base64, the update read and checked, who holds the story, one row in the encrypted library, full sync), \
         while it seals and talks with its pool; the peer: one connection, write-ahead log, synchronous=FULL, no \
         encryption, no index, no second thread",
        updates.len(),
        bytes / updates.len().max(1)
    ));
    Ok(())
}

fn plain_database(path: &Path) -> anyhow::Result<Connection> {
    let plain = Connection::open(path)?;
    let _mode: String = plain.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    plain.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         CREATE TABLE typed (row INTEGER PRIMARY KEY, story BLOB, session TEXT, at INTEGER, bytes BLOB)",
    )?;
    Ok(plain)
}

fn tell(report: &Report, ours: &mut [Duration], bare: &mut [Duration]) {
    ours.sort_unstable();
    bare.sort_unstable();
    let three = |times: &[Duration]| [0.50, 0.95, 0.99].map(|share| millis(percentile(times, share)));
    let (ours, bare) = (three(ours), three(bare));
    let words = |[middle, most, nearly_all]: [f64; 3]| {
        format!("p50 {middle:.3} ms, p95 {most:.3} ms, p99 {nearly_all:.3} ms")
    };
    report.line(Line {
        what: "update handed to the desk → on the disk, p95",
        ours: ours[1],
        peer: "bare SQLite insert, p95",
        theirs: Some(bare[1]),
        unit: Unit::Ms,
        ratio: ours[1] / bare[1].max(f64::MIN_POSITIVE),
        direction: Some(Direction::Below(P95_MS)),
    });
    report.fact(&format!("satchel {}; bare SQLite {}", words(ours), words(bare)));
}
