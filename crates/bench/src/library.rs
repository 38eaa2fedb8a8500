//! `library`: ten years of a centre opened and searched, against a plain `LIKE` over the same rows.

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::ensure;
use rusqlite::{Connection, OpenFlags, params};
use satchel_store::{Library, LibraryKey, StoryFilter, StoryIndex};

use super::half_years::{HalfYears, full_count};
use super::report::{Direction, Line, Report, Unit, geometric_mean, middle, millis};
use super::{Order, page_cache};

/// The direction: the first results are there within so many milliseconds.
const FIRST_MS: f64 = 50.0;
/// How many findings are asked for, as the desk does.
const FINDINGS: usize = 50;
/// Items of one transaction while the library is filled.
const LOAD: usize = 10_000;
/// How often a search is repeated for the warm figure.
const REPEATS: usize = 5;

/// Takes the measure.
///
/// # Errors
/// When the library cannot be made, opened or searched, or the two searches do not agree.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let items = order.items.unwrap_or(if order.is_small { 600 } else { full_count() });
    let folder = tempfile::Builder::new().prefix("library-").tempdir_in(&order.folder)?;
    let key = LibraryKey::random()?;
    let queries = fill(order, report, (folder.path(), &key), items)?;

    let database = folder.path().join("library.db");
    let all = (page_cache::forget_all(), page_cache::forget(std::slice::from_ref(&database)));
    let start = Instant::now();
    let library = Library::open(folder.path(), &key)?;
    let opened = start.elapsed();
    let listed = library.stories(&StoryFilter::default())?.len();
    let ours = start.elapsed();
    page_cache::forget(std::slice::from_ref(&database));
    let start = Instant::now();
    let plain = keyed(&database, &key)?;
    let theirs = list(&plain, listed)?.then(|| start.elapsed());
    report.line(Line {
        what: "a library of ten years: opened, newest stories listed",
        ours: millis(ours),
        peer: "bare connection, plain SELECT of the same rows",
        theirs: theirs.map(millis),
        unit: Unit::Ms,
        ratio: theirs.map_or(0.0, |theirs| ours.as_secs_f64() / theirs.as_secs_f64()),
        direction: None,
    });
    report.fact(&format!(
        "{listed} stories; opened after {:.1} ms (four connections, lock, reserve); {}",
        millis(opened),
        match all {
            (true, _) => "the system gave up all it kept of files before",
            (false, true) => "the database was taken out of memory before",
            (false, false) => "perhaps from memory",
        }
    ));

    let mut searches = Vec::new();
    for (kind, query) in &queries {
        searches.push(search(&library, &plain, (kind, query))?);
    }
    tell(report, &searches);
    library.clean_exit()?;
    Ok(())
}

/// Reads the newest stories by hand; whether as many came.
fn list(plain: &Connection, count: usize) -> anyhow::Result<bool> {
    let sql =
        "SELECT headline, author, counts, card FROM story WHERE binned = 0 ORDER BY updated DESC LIMIT ?1";
    let mut rows = plain.prepare(sql)?;
    let rows = rows.query_map([i64::try_from(count)?], |row| {
        Ok([row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
    })?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.len() == count)
}

/// Makes the library and says what is in it.
fn fill(
    order: &Order,
    report: &Report,
    (folder, key): (&Path, &LibraryKey),
    items: usize,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let start = Instant::now();
    let library = Library::create(folder, key)?;
    let mut half_years = HalfYears::new(order.seed, items);
    let queries = half_years.queries();
    let (mut count, mut characters) = (0, 0);
    let (hand, loads) = sync_channel::<Vec<StoryIndex>>(1);
    std::thread::scope(|scope| -> anyhow::Result<()> {
        scope.spawn(move || {
            loop {
                let load: Vec<StoryIndex> = half_years.by_ref().take(LOAD).collect();
                if load.is_empty() || hand.send(load).is_err() {
                    return;
                }
            }
        });
        for load in loads {
            count += load.len();
            characters += load.iter().map(|story| story.text.chars().count()).sum::<usize>();
            library.index_many(load, Vec::new())?;
        }
        Ok(())
    })?;
    library.clean_exit()?;
    drop(library);
    let bytes = folder.join("library.db").metadata()?.len();
    report.fact(&format!(
        "{count} items, {characters} characters, {} MiB on disk (encrypted), indexed in {:.0} s",
        bytes >> 20,
        start.elapsed().as_secs_f64()
    ));
    Ok(queries)
}

/// A second way into the same file, for the peer.
fn keyed(database: &Path, key: &LibraryKey) -> anyhow::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let plain = Connection::open_with_flags(database, flags)?;
    let digits: String = key.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    plain.execute_batch(&format!("PRAGMA key = \"x'{digits}'\"; PRAGMA query_only = ON;"))?;
    Ok(plain)
}

/// One query on both sides.
struct Search {
    kind: String,
    query: String,
    found: usize,
    first: Duration,
    again: Duration,
    like: Duration,
}

impl Search {
    fn first(one: &Self) -> Duration {
        one.first
    }
    fn again(one: &Self) -> Duration {
        one.again
    }
}

fn search(library: &Library, plain: &Connection, (kind, query): (&str, &str)) -> anyhow::Result<Search> {
    let start = Instant::now();
    let found = library.search(query, FINDINGS)?.len();
    let first = start.elapsed();

    let start = Instant::now();
    let mut scan = plain.prepare_cached(
        "SELECT id, title, body FROM search_doc WHERE title LIKE ?1 OR body LIKE ?1 ORDER BY row DESC LIMIT ?2",
    )?;
    let rows = scan
        .query_map(params![format!("%{query}%"), i64::try_from(FINDINGS)?], |row| row.get::<_, String>(2))?;
    let like_found = rows.collect::<Result<Vec<_>, _>>()?.len();
    let like = start.elapsed();
    ensure!(found == like_found, "{query:?}: satchel found {found}, LIKE {like_found}");

    let mut times = Vec::with_capacity(REPEATS);
    for _ in 0..REPEATS {
        let start = Instant::now();
        library.search(query, FINDINGS)?;
        times.push(start.elapsed());
    }
    let again = middle(times);
    Ok(Search { kind: kind.to_owned(), query: query.to_owned(), found, first, again, like })
}

fn tell(report: &Report, searches: &[Search]) {
    let whats = ["the slowest search, asked for the first time", "the slowest search, asked again"];
    for (what, time) in whats.into_iter().zip([Search::first as fn(&Search) -> Duration, Search::again]) {
        let Some(slowest) = searches.iter().max_by_key(|one| time(one)) else { continue };
        report.line(Line {
            what,
            ours: millis(time(slowest)),
            peer: &format!("LIKE '%{}%'", slowest.query),
            theirs: Some(millis(slowest.like)),
            unit: Unit::Ms,
            ratio: slowest.like.as_secs_f64() / time(slowest).as_secs_f64().max(1e-9),
            direction: Some(Direction::Below(FIRST_MS)),
        });
    }
    let ratio = |one: &Search| one.like.as_secs_f64() / one.first.as_secs_f64().max(1e-9);
    for length in 1..=3 {
        let of_length: Vec<&Search> =
            searches.iter().filter(|one| one.query.chars().count() == length).collect();
        let ratios: Vec<f64> = of_length.iter().map(|one| ratio(one)).collect();
        let mean = |time: fn(&Search) -> Duration| {
            millis(of_length.iter().map(|one| time(one)).sum()) / of_length.len().max(1) as f64
        };
        report.line(Line {
            what: &format!("searches of {length} characters, first time, on average"),
            ours: mean(Search::first),
            peer: "LIKE '%…%'",
            theirs: Some(mean(|one| one.like)),
            unit: Unit::Ms,
            ratio: geometric_mean(&ratios),
            direction: Some(Direction::Below(FIRST_MS)),
        });
    }
    for one in searches {
        report.fact(&format!(
            "{} {} ({} found{}): first {:.2} ms, again {:.2} ms; LIKE {:.2} ms, {:.1} ×",
            one.query,
            one.kind,
            one.found,
            if one.found == FINDINGS { " and more" } else { "" },
            millis(one.first),
            millis(one.again),
            millis(one.like),
            ratio(one)
        ));
    }
    report.fact(&format!(
        "both sides: the newest {FINDINGS} with their text (satchel: findings in headlines first), same encrypted \
         file; LIKE stops at the last; ratios: geometric mean of LIKE ÷ satchel"
    ));
}
