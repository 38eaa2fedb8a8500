//! `durable`: from a keystroke to the disk, against a bare insert into plain SQLite with full sync.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use rusqlite::{Connection, params};
use satchel_store::{Library, LibraryKey};
use satchel_terms::StoryId;

use super::dice::Dice;
use super::report::{Direction, Report, millis, percentile};
use super::typing::type_story;
use super::{Order, page_cache};

/// The direction: 95 of 100 keystrokes are on the disk within so many milliseconds.
const P95_MS: f64 = 50.0;
/// How many keystrokes one side has in a row before it is the other's turn.
const TURN: usize = 100;

/// Takes the measure.
///
/// # Errors
/// When one of the two databases refuses.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let count = if order.is_small { 40 } else { 2_000 };
    let typed = type_story(order.seed, if order.is_small { 100 } else { 1_500 })?.updates;
    let updates: Vec<&[u8]> = typed.iter().cycle().take(count).map(Vec::as_slice).collect();
    let folder = tempfile::Builder::new().prefix("durable-").tempdir_in(&order.folder)?;
    let library = Library::create(&folder.path().join("library"), &LibraryKey::random()?)?;
    let plain = plain_database(&folder.path().join("plain.db"))?;
    let story = StoryId::mint(&mut Dice::new(order.seed));

    page_cache::settle();
    let (mut ours, mut bare) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for turn in updates.chunks(TURN) {
        for update in turn {
            let start = Instant::now();
            library.keep_update(story, "bench", update)?;
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
    ensure!(library.pending_updates(story)?.len() == count, "the library does not hold every update");
    tell(report, &mut ours, &mut bare);
    let bytes: usize = updates.iter().map(|update| update.len()).sum();
    report.fact(&format!(
        "{count} updates of {} bytes on average, one after the other, turns of {TURN}; the peer: one connection, \
         write-ahead log, synchronous=FULL, no encryption, no index, no second thread",
        bytes / count.max(1)
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
    report.figure("key to durable, p95", ours[1], "ms", Direction::Below(P95_MS));
    report.ratio(
        "p95, bare insert ÷ satchel",
        bare[1] / ours[1].max(f64::MIN_POSITIVE),
        &words(ours),
        &format!("bare SQLite insert {}", words(bare)),
    );
}
