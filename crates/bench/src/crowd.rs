//! `crowd`: a whole county at one pool. Records a second with their signatures, fifty laptops that come back at once,
//! thousands that wait for news, and what one idle laptop costs its line.
//!
//! Laptops and pool share this machine's processors.

mod idle;
mod polls;
mod seat;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use rusqlite::{Connection, params};
use satchel_sync::Driver;
use satchel_testkit::free_port;
use satchel_wire::Record;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use self::seat::Seat;
use super::Order;
use super::pool::PoolProgram;
use super::report::{Direction, Line, Report, Unit, millis, percentile};

/// Laptops of a county (sync.md 5.10).
const COUNTY: usize = 50;
/// Records of a laptop in eight hours of work: forty an hour.
const DAY: usize = 320;
/// Bytes of a record's body, as the `wire` measure finds them for live typing.
const BODY: usize = 700;
/// Records in one push.
const PAGE: usize = 200;

/// Takes the measure.
///
/// # Errors
/// When the pool program is missing or refuses.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("crowd-").tempdir_in(&order.folder)?;
    let pool = PoolProgram::start(folder.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let laptops = if order.is_small { 6 } else { COUNTY };
    let seats = (0..laptops).map(|number| Seat::join(&runtime, &pool, folder.path(), number));
    let seats = seats.collect::<anyhow::Result<Vec<_>>>()?;
    if order.wants("records") {
        records(order, report, &runtime, &seats, folder.path())?;
    }
    if order.wants("return") {
        come_back(order, report, &runtime, &seats)?;
    }
    if order.wants("idle") {
        idle::measure(order, report, &runtime, (&seats[0], &pool), folder.path())?;
    }
    if order.wants("dead") && !order.is_small {
        idle::dead_line(order, report, &runtime, folder.path())?;
    }
    if order.wants("polls") { polls::measure(order, report, &runtime, &pool, &seats) } else { Ok(()) }
}

/// Records a second, several laptops at once; and how long one record alone takes.
fn records(
    order: &Order,
    report: &Report,
    runtime: &Runtime,
    seats: &[Seat],
    folder: &Path,
) -> anyhow::Result<()> {
    let pages = if order.is_small { 3 } else { 12 };
    let busy = 6.min(seats.len());
    let sealed: Vec<Vec<Vec<Record>>> = seats[..busy]
        .iter()
        .map(|seat| (0..pages).map(|_| seat.seal(PAGE, BODY)).collect::<anyhow::Result<_>>())
        .collect::<anyhow::Result<_>>()?;
    let plain: Vec<Vec<u8>> =
        sealed.iter().flatten().flatten().map(|record| record.bytes().to_vec()).collect();
    let count = plain.len();

    let started = Instant::now();
    let refused = runtime.block_on(async {
        let mut all = JoinSet::new();
        for (seat, pages) in seats.iter().zip(sealed) {
            let door = seat.door();
            all.spawn(async move {
                let mut refused = 0;
                for page in pages {
                    refused += door.push(&page).await?;
                }
                anyhow::Ok(refused)
            });
        }
        let mut refused = 0;
        while let Some(done) = all.join_next().await {
            refused += done??;
        }
        anyhow::Ok(refused)
    })?;
    let took = started.elapsed();
    ensure!(refused == 0, "{refused} records were refused");
    let bare = bare_inserts(&folder.join("plain.db"), &plain)?;
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    report.line(Line {
        what: "records a second, signed and checked",
        ours: rate(took),
        peer: "bare SQLite, rows of the same bytes, the same batches",
        theirs: Some(rate(bare)),
        unit: Unit::PerS,
        ratio: rate(took) / rate(bare),
        direction: Some(Direction::AtLeast(2_000.0)),
    });

    let singles = if order.is_small { 20 } else { 300 };
    let sealed = seats[0].seal(singles, BODY)?;
    let door = seats[0].door();
    let mut times = Vec::with_capacity(singles);
    for record in sealed {
        let started = Instant::now();
        runtime.block_on(door.push(&[record]))?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let (p99, middle) = (millis(percentile(&times, 0.99)), millis(percentile(&times, 0.50)));
    report.line(Line {
        what: "one record pushed alone, p99",
        ours: p99,
        peer: "its middle",
        theirs: Some(middle),
        unit: Unit::Ms,
        ratio: p99 / middle,
        direction: Some(Direction::AtMost(100.0)),
    });
    report.fact(&format!("{count} records of {busy} laptops, pages of {PAGE}, then {singles} alone"));
    Ok(())
}

fn bare_inserts(file: &Path, rows: &[Vec<u8>]) -> anyhow::Result<Duration> {
    let mut plain = Connection::open(file)?;
    let _mode: String = plain.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    plain.execute_batch(
        "PRAGMA synchronous = FULL; CREATE TABLE record (place INTEGER PRIMARY KEY, bytes BLOB)",
    )?;
    let started = Instant::now();
    for page in rows.chunks(PAGE) {
        let batch = plain.transaction()?;
        for row in page {
            batch.execute("INSERT INTO record (bytes) VALUES (?1)", params![row])?;
        }
        batch.commit()?;
    }
    Ok(started.elapsed())
}

/// All laptops come back at once after a day without a line.
fn come_back(order: &Order, report: &Report, runtime: &Runtime, seats: &[Seat]) -> anyhow::Result<()> {
    let each = if order.is_small { 40 } else { DAY };
    for seat in seats {
        seat.write(each, BODY)?;
    }
    let started = Instant::now();
    let drivers: Vec<Driver> = seats.iter().map(|seat| seat.drive(runtime)).collect();
    let patience = Duration::from_secs(600);
    let mut first = None;
    while seats.iter().any(|seat| seat.waits() > 0) {
        ensure!(started.elapsed() < patience, "not all text arrived within {patience:?}");
        if first.is_none() && seats.iter().any(|seat| seat.waits() == 0) {
            first = Some(started.elapsed());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let took = started.elapsed().as_secs_f64();
    for driver in drivers {
        runtime.block_on(driver.stop());
    }
    let alone = first.map_or(took, |first| first.as_secs_f64());
    report.line(Line {
        what: &format!("{} laptops come back at once: all text in the pool", seats.len()),
        ours: took,
        peer: "the first of them",
        theirs: Some(alone),
        unit: Unit::S,
        ratio: took / alone.max(0.001),
        direction: Some(Direction::AtMost(60.0)),
    });
    report.fact(&format!(
        "{each} records each, eight hours of work; every laptop also reads what the others sent"
    ));
    Ok(())
}
