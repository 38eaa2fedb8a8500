//! What one idle laptop costs its line while it waits for news.
//!
//! Its waits grow to half an hour, and nobody watches for hours here. So its first minutes are watched as they are; then
//! the same questions are counted with waits of a few seconds, and the hours are reckoned from what one of them costs.

use std::time::{Duration, Instant};

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::ensure;
use satchel_sync::planner::Patience;
use satchel_sync::{Driver, Habits};
use satchel_testkit::{Link, LinkPlan, TunLine, free_port};
use tokio::runtime::Runtime;

use super::seat::Seat;
use super::{Direction, Line, Report, Unit};
use crate::Order;
use crate::pool::PoolProgram;

/// An hour, in milliseconds.
const HOUR_MS: u64 = 3_600_000;
/// The waits of the questions that are counted.
const SHORT: Duration = Duration::from_secs(4);
/// How long a pool's token serves, in milliseconds, less the minute before its end (`token-minutes`).
const TOKEN_MS: u64 = 59 * 60_000;
/// A pool whose tokens have run out when they are given: each question signs in first.
const SHORT_TOKENS: &str = "token-minutes = 1";
/// Packets of the system that ask whether a line still stands, with their answers, in an hour: the laptop asks after
/// every minute of silence, the pool after every five.
const PROBES: u64 = 60 + 12;
/// Bytes of a packet without content: the headers of IPv4 and TCP, with timestamps.
const PACKET: u64 = 52;

pub(super) fn measure(
    order: &Order,
    report: &Report,
    runtime: &Runtime,
    (seat, pool): (&Seat, &PoolProgram),
    folder: &Path,
) -> anyhow::Result<()> {
    let link = lay(order, pool)?;
    let moved = || link.went_up() + link.came_down();

    // What the day left to read has come before anything is counted.
    let caught_up = seat.drive_over(runtime, &link.url(), Habits::default())?;
    std::thread::sleep(Duration::from_secs(if order.is_small { 5 } else { 45 }));
    runtime.block_on(caught_up.stop());

    let (before, up_before) = (moved(), link.went_up());
    let driver = seat.drive_over(runtime, &link.url(), Habits::default())?;
    let watched = Duration::from_secs(if order.is_small { 60 } else { 170 });
    std::thread::sleep(watched);
    let (first, first_up) = (moved() - before, link.went_up() - up_before);
    runtime.block_on(driver.stop());
    let answered = waits(u64::try_from(watched.as_millis())?);
    let kb = |bytes: u64| bytes as f64 / 1_024.0;
    report.line(Line {
        what: &format!("an idle laptop's first {} s, with its start, both ways", watched.as_secs()),
        ours: kb(first),
        peer: "of it upwards",
        theirs: Some(kb(first_up)),
        unit: Unit::KB,
        ratio: first as f64 / first_up.max(1) as f64,
        direction: None,
    });

    let one = question(order, runtime, seat, &link)?;
    let apart = folder.join("short-tokens");
    std::fs::create_dir(&apart)?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let other = PoolProgram::start_with(&apart, listen, SHORT_TOKENS)?;
    let stranger = Seat::join(runtime, &other, &apart, 0)?;
    let signing = question(order, runtime, &stranger, &lay(order, &other)?)?;
    report.fact(&format!(
        "a question for news and its answer: {one} bytes; {signing} when the laptop has to sign in anew first"
    ));

    let (questions, renewals) = waits(HOUR_MS);
    let more = (questions + 1).saturating_sub(answered.0) * one + renewals * (signing - one);
    report.line(Line {
        what: "its first hour, with its start",
        ours: kb(first + more),
        peer: "one question for news",
        theirs: Some(kb(one)),
        unit: Unit::KB,
        ratio: (first + more) as f64 / one as f64,
        direction: None,
    });
    let (all, all_renewals) = waits(11 * HOUR_MS);
    let (questions, renewals) = (all - questions, all_renewals - renewals);
    let hour = kb(questions * one + renewals * (signing - one)) / 10.0;
    report.line(Line {
        what: "an idle laptop in an hour, both ways",
        ours: hour,
        peer: "one question for news",
        theirs: Some(kb(one)),
        unit: Unit::KB,
        ratio: hour / kb(one),
        direction: Some(Direction::AtMost(2.0)),
    });
    report.fact(&format!(
        "reckoned for the second hour to the eleventh, by the product's own rule for its waits: {questions} questions, \
         before {renewals} of them it signs in anew"
    ));
    report.line(Line {
        what: "beside it: the system's probes of the line in an hour, as packets",
        ours: kb(PROBES * 2 * PACKET),
        peer: "one of them and its answer",
        theirs: Some(kb(2 * PACKET)),
        unit: Unit::KB,
        ratio: PROBES as f64,
        direction: None,
    });
    report.fact("reckoned from the settings: empty packets, which no program sees");
    Ok(())
}

/// How long a laptop takes to notice that its line is dead, in the middle of a wait that would last longer.
pub(super) fn dead_line(
    order: &Order,
    report: &Report,
    runtime: &Runtime,
    folder: &Path,
) -> anyhow::Result<()> {
    let folder = folder.join("dead-line");
    std::fs::create_dir(&folder)?;
    let port = free_port()?;
    let line = match TunLine::open(LinkPlan::village(order.seed), vec![port]) {
        Ok(line) => line,
        Err(error) => {
            report.not_measured(&format!("when a dead line is noticed, for {error:#}"));
            return Ok(());
        }
    };
    let pool = PoolProgram::start_with(&folder, SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)), "")?;
    let seat = Seat::join(runtime, &pool, &folder, 0)?;
    let url = format!("http://{}:{port}", line.far());
    let driver = seat.drive_over(runtime, &url, Habits::default())?;
    // The second wait, of 110 seconds, has begun.
    std::thread::sleep(Duration::from_secs(60));
    ensure!(driver.contact().is_online, "the pool was not reached");
    line.set_loss(1_000_000);
    let died = Instant::now();
    while driver.contact().is_online && died.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let noticed = died.elapsed().as_secs_f64();
    line.set_loss(0);
    runtime.block_on(driver.stop());
    let asked = 110.0 + Habits::default().stall.as_secs_f64();
    report.line(Line {
        what: "a line that died in a wait for news: noticed after",
        ours: noticed,
        peer: "without the system's probes",
        theirs: Some(asked),
        unit: Unit::S,
        ratio: noticed / asked,
        direction: None,
    });
    Ok(())
}

fn lay(order: &Order, pool: &PoolProgram) -> anyhow::Result<Link> {
    let plan = LinkPlan { delay: Duration::from_millis(5), ..LinkPlan::village(order.seed) };
    Link::lay(pool.url().trim_start_matches("http://").parse()?, plan)
}

/// What one question for news and its answer cost, in bytes.
fn question(order: &Order, runtime: &Runtime, seat: &Seat, link: &Link) -> anyhow::Result<u64> {
    let driver = seat.drive_over(runtime, &link.url(), Habits { wait: SHORT, ..Habits::default() })?;
    let times = if order.is_small { 5 } else { 20 };
    let bytes = runtime.block_on(async {
        hear(&driver, 2).await?; // the round of the start, and a first answer
        let before = link.went_up() + link.came_down();
        hear(&driver, times).await?;
        anyhow::Ok((link.went_up() + link.came_down() - before).div_ceil(u64::from(times)))
    })?;
    runtime.block_on(driver.stop());
    Ok(bytes)
}

/// Waits until the pool has answered so often.
async fn hear(driver: &Driver, times: u32) -> anyhow::Result<()> {
    let mut contact = driver.watch();
    let (patience, started) = (Duration::from_secs(60) + SHORT * times, Instant::now());
    for _ in 0..times {
        let heard = tokio::time::timeout(patience, contact.changed()).await;
        ensure!(matches!(heard, Ok(Ok(()))), "no answer within {:?}", started.elapsed());
    }
    Ok(())
}

/// How many waits for news end in so many milliseconds of silence, and how often a token runs out before one begins.
fn waits(span_ms: u64) -> (u64, u64) {
    let (mut patience, mut now_ms, mut count) = (Patience::default(), 0, 0);
    let (mut token_ms, mut renewals) = (0, 0);
    loop {
        if now_ms >= token_ms + TOKEN_MS {
            token_ms = now_ms;
            renewals += 1;
        }
        let wait = patience.asks(now_ms);
        now_ms += u64::try_from(wait.as_millis()).unwrap_or(HOUR_MS);
        if now_ms > span_ms {
            return (count, renewals);
        }
        patience.was_quiet(wait, now_ms);
        count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reckoning_follows_the_rule() {
        assert_eq!(waits(170_000), (2, 0), "after 55 and after 165 seconds");
        assert_eq!(waits(HOUR_MS), (6, 0));
        let ((late, renewed), (early, _)) = (waits(11 * HOUR_MS), waits(HOUR_MS));
        assert_eq!((late - early, renewed), (20, 10), "a token serves for two of them");
    }
}
