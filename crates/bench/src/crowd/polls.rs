//! Thousands that wait for news at one process: its memory, and when the last of them hears.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::seat::Seat;
use super::{BODY, Direction, Line, Report, Unit, millis, percentile};
use crate::Order;
use crate::pool::PoolProgram;

/// How many wait; a county has about fifty laptops.
const CROWD: usize = 5_000;
/// How long the pool is asked to hold each question, in seconds.
const WAIT: u64 = 600;
/// Everything must be in place before the first of them ends by itself.
const IN_PLACE: Duration = Duration::from_secs(WAIT - 60);

pub(super) fn measure(
    order: &Order,
    report: &Report,
    runtime: &Runtime,
    pool: &PoolProgram,
    seats: &[Seat],
) -> anyhow::Result<()> {
    let crowd = if order.is_small { 200 } else { CROWD };
    let to: SocketAddr = pool.url().trim_start_matches("http://").parse()?;
    let before = pool.resident().context("this system does not tell a program's memory")?;
    let door = seats[0].door();
    let note = seats[0].seal(1, BODY)?;
    let tokens: Vec<String> = seats.iter().map(|seat| seat.token().to_owned()).collect();
    let (mut times, during) = runtime.block_on(async {
        let head = door.head().await?;
        let started = Instant::now();
        let mut waiting = JoinSet::new();
        for number in 0..crowd {
            let line = ask(to, &tokens[number % tokens.len()], head).await?;
            waiting.spawn(hear(line));
        }
        // What was asked last is in the pool's hands a moment later.
        tokio::time::sleep(Duration::from_secs(2)).await;
        ensure!(started.elapsed() < IN_PLACE, "{crowd} questions took {:?} to ask", started.elapsed());
        let during = pool.resident().context("the pool is gone")?;
        let told = Instant::now();
        ensure!(door.push(&note).await? == 0, "the news was refused");
        let mut times = Vec::with_capacity(crowd);
        while let Some(heard) = waiting.join_next().await {
            times.push(heard??.duration_since(told));
        }
        anyhow::Ok((times, during))
    })?;
    times.sort_unstable();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    report.line(Line {
        what: &format!("memory of a pool at which {crowd} wait"),
        ours: mib(during),
        peer: "the same pool before",
        theirs: Some(mib(before)),
        unit: Unit::MiB,
        ratio: during as f64 / before.max(1) as f64,
        direction: Some(Direction::AtMost(300.0)),
    });
    let (p99, middle) = (millis(percentile(&times, 0.99)), millis(percentile(&times, 0.50)));
    report.line(Line {
        what: &format!("news to all {crowd}, p99"),
        ours: p99,
        peer: "the middle one",
        theirs: Some(middle),
        unit: Unit::Ms,
        ratio: p99 / middle.max(0.001),
        direction: Some(Direction::AtMost(2_000.0)),
    });
    Ok(())
}

async fn ask(to: SocketAddr, token: &str, head: u64) -> anyhow::Result<TcpStream> {
    let mut line = TcpStream::connect(to).await?;
    let question = format!(
        "GET /v1/wait?after={head}&for={WAIT} HTTP/1.1\r\nhost: {to}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    line.write_all(question.as_bytes()).await?;
    Ok(line)
}

/// Waits for the answer; when it came.
async fn hear(mut line: TcpStream) -> anyhow::Result<Instant> {
    let mut answer = Vec::new();
    line.read_to_end(&mut answer).await?;
    let heard = Instant::now();
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    Ok(heard)
}
