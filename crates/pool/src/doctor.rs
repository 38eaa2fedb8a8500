//! `satchel-pool doctor`: looks at everything that lets a pool down, and says what to do about it.

use std::fmt;
use std::time::Duration;

use satchel_failure::Explain;
use satchel_terms::Stamp;
use satchel_wire::protocol::{Hello, HelloAsk, PROTOCOL};
use satchel_wire::{SEGMENT, Stream, device_id};

use crate::failure::{Outcome, PoolError};
use crate::settings::Kind;
use crate::{Pool, Settings, chance, days_ms, secrets, tls};

/// Blobs of which one segment is read.
const SPOTS: usize = 16;
/// Less free room is bad.
const ROOM_BAD: u64 = 1 << 30;
/// Less free room gives warning.
const ROOM_WARN: u64 = 10 << 30;
/// No clock of ours was ever before this: the first of January 2026.
const NEVER_BEFORE: Stamp = 1_767_225_600_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// In order.
    Ok,
    /// Soon not.
    Warn,
    /// Not in order.
    Bad,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub level: Level,
    /// With what.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// What to do; empty when all is in order.
    pub remedy: &'static str,
}

impl Finding {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { level: Level::Ok, what, found: found.into(), remedy: "" }
    }
    fn warn(what: &'static str, found: impl Into<String>, remedy: &'static str) -> Self {
        Self { level: Level::Warn, what, found: found.into(), remedy }
    }
    fn bad(what: &'static str, found: impl Into<String>, remedy: &'static str) -> Self {
        Self { level: Level::Bad, what, found: found.into(), remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Bad => "bad",
        };
        write!(out, "{word:<5}{:<12}{}", self.what, self.found)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(out, " -> {}", self.remedy) }
    }
}

/// Looks at a pool. Works beside a running server and changes nothing.
pub async fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![key(settings), certificate(settings)];
    let pool = match Pool::open(settings.clone()).await {
        Ok(pool) => pool,
        Err(error) => {
            let found = format!("{}: {error}", error.code());
            findings.push(Finding::bad(
                "store",
                found,
                "check the data folder and [storage], or restore a backup",
            ));
            return findings;
        }
    };
    findings.push(told("store", store(&pool).await));
    findings.push(told("signature", signature_and_clock(&pool).await));
    findings.push(told("disk", disk(&pool).await));
    findings.push(told("backup", backup(&pool).await));
    findings.push(told("blobs", blobs(&pool).await));
    findings.push(cuts(&pool).await);
    findings.push(address(&pool).await);
    findings
}

fn told(what: &'static str, finding: Outcome<Finding>) -> Finding {
    finding.unwrap_or_else(|error| {
        Finding::bad(
            what,
            format!("{}: {error}", error.code()),
            "look at the log of the server; restore a backup",
        )
    })
}

fn key(settings: &Settings) -> Finding {
    if let Err(error) = secrets::read_key(settings) {
        let found = format!("{}: {error}", error.code());
        return Finding::bad(
            "key",
            found,
            "put pool.key back from where it is kept; no laptop believes another",
        );
    }
    let is_open = is_readable_by_others(&secrets::key_file(settings));
    if is_open {
        return Finding::warn("key", "others of this machine can read it", "chmod 600 the file");
    }
    Finding::ok("key", "there, and for the pool's account alone")
}

#[cfg(unix)]
fn is_readable_by_others(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_: &std::path::Path) -> bool {
    false
}

fn certificate(settings: &Settings) -> Finding {
    let what = "certificate";
    let Some(files) = settings.tls_files() else {
        let url = settings.public_url();
        let is_here = ["127.", "localhost", "[::1]"].iter().any(|here| settings.listen.starts_with(here));
        if is_here && (settings.url.is_empty() || url.starts_with("https://")) {
            return Finding::ok(what, "none: plain HTTP stays on this machine");
        }
        let remedy = "name certificate files under [tls], or run `satchel-pool certificate`";
        return Finding::warn(what, "none: plain HTTP leaves this machine", remedy);
    };
    let facts = match tls::facts(&files.certificate) {
        Ok(facts) => facts,
        Err(error) => {
            return Finding::bad(what, error.to_string(), "put a PEM file with the certificate there");
        }
    };
    if let Err(error) = tls::Shown::new(files) {
        return Finding::bad(what, error.to_string(), "certificate and key must belong together");
    }
    let left = facts.not_after - chance::now();
    let (days, renew) = (left / days_ms(1), "renew it; `satchel-pool certificate` renews the pool's own");
    match left {
        left if left < 0 => Finding::bad(what, "it has ended", renew),
        _ if facts.not_before > chance::now() => {
            Finding::bad(what, "it is not valid yet", "check the clock of this machine")
        }
        left if left < days_ms(21) => Finding::warn(what, format!("it ends in {days} days"), renew),
        _ => Finding::ok(what, format!("valid for {days} days")),
    }
}

async fn store(pool: &Pool) -> Outcome<Finding> {
    if let Some(damage) = pool.keep().damage().await? {
        return Ok(Finding::bad("store", damage, "stop the server and restore a backup"));
    }
    let (store, head) = (pool.keep().kind().word(), pool.keep().head().await?);
    Ok(Finding::ok("store", format!("{store}, epoch {}, {head} records", pool.facts().epoch)))
}

/// The newest record that the pool sealed itself: is it of this key, and is it of the past?
async fn signature_and_clock(pool: &Pool) -> Outcome<Finding> {
    let what = "clock";
    let now = chance::now();
    if now < NEVER_BEFORE {
        return Ok(Finding::bad(what, "years behind", "set the clock; let it follow a time server"));
    }
    let public = pool.key().verifying_key();
    let heads = pool.keep().heads_of(device_id(&public)).await?;
    let Some(head) = heads.iter().find(|head| head.stream == Stream::Editorial) else {
        let is_new = pool.keep().head().await? == 0;
        return Ok(if is_new { Finding::ok(what, "nothing was signed yet") } else { other_key() });
    };
    let Some(stored) = pool.keep().record(head.id).await? else {
        return Err(PoolError::Broken("the newest record of the pool is missing".to_owned()));
    };
    if stored.record.verify(&public).is_err() {
        return Ok(other_key());
    }
    let ahead = i64::try_from(stored.record.header().time.millis()).unwrap_or(i64::MAX) - now;
    if ahead > 60_000 {
        let found = format!("{} s behind the pool's own newest record", ahead / 1_000);
        return Ok(Finding::bad(what, found, "set the clock; let it follow a time server"));
    }
    Ok(Finding::ok(what, "later than everything the pool has signed, by the same key"))
}

fn other_key() -> Finding {
    let remedy = "put the pool.key back that belongs to these data";
    Finding::bad("key", "the pool's records are of another key", remedy)
}

async fn disk(pool: &Pool) -> Outcome<Finding> {
    let Some(free) = pool.keep().totals().await?.disk_free else {
        return Ok(Finding::ok("disk", "the store keeps its own account"));
    };
    let found = format!("{:.1} GiB free", free as f64 / f64::from(1 << 30));
    let remedy = "free space or move the data folder; uploads stop when it is full";
    Ok(match free {
        free if free < ROOM_BAD => Finding::bad("disk", found, remedy),
        free if free < ROOM_WARN => Finding::warn("disk", found, remedy),
        _ => Finding::ok("disk", found),
    })
}

async fn cuts(pool: &Pool) -> Finding {
    if pool.settings().recipes.longest_seconds == 0 {
        return Finding::ok("cuts", "none are made here");
    }
    match pool.renders().tools().await.and_then(satchel_media::made_with) {
        Some(tools) => Finding::ok("cuts", tools),
        None => Finding::warn(
            "cuts",
            "FFmpeg with libx264 is not here",
            "install ffmpeg, or laptops send the bytes of every cut",
        ),
    }
}

async fn backup(pool: &Pool) -> Outcome<Finding> {
    let what = "backup";
    if pool.keep().kind() == Kind::Postgres {
        return Ok(Finding::ok(what, "the matter of the database and the object store"));
    }
    let remedy = "run `satchel-pool backup --to DIR` every day";
    let Some(done) = pool.keep().backed_up().await? else {
        return Ok(Finding::warn(what, "there was never one", remedy));
    };
    let hours = (chance::now() - done.at) / 3_600_000;
    let behind = pool.keep().head().await?.saturating_sub(done.head);
    let found = format!("{hours} hours old, {behind} records behind");
    Ok(match hours {
        ..=48 => Finding::ok(what, found),
        49..=168 => Finding::warn(what, found, remedy),
        _ => Finding::bad(what, found, remedy),
    })
}

/// Reads one segment of a few blobs and verifies it.
async fn blobs(pool: &Pool) -> Outcome<Finding> {
    let (what, all) = ("blobs", pool.keep().whole_blobs().await?);
    let (mut looked, mut damaged) = (0, Vec::new());
    for _ in 0..SPOTS.min(all.len()) {
        let dice = u64::from_le_bytes(chance::random()?);
        let (root, length) = all[usize::try_from(dice % all.len() as u64).unwrap_or(0)];
        let Some(blob) = pool.keep().blob(root).await?.filter(|_| length > 0) else { continue };
        let index = (dice >> 20) % blob.manifest.segments();
        let most = usize::try_from(blob.manifest.segment_len(index)).unwrap_or(0);
        let read = pool.keep().read_blob(root, index * SEGMENT, most).await;
        looked += 1;
        if !read.is_ok_and(|bytes| blob.manifest.verify_segment(index, &bytes)) {
            damaged.push(root.to_string());
        }
    }
    let missing = pool.keep().strays().await?.missing;
    damaged.extend(missing.iter().map(ToString::to_string));
    damaged.sort();
    damaged.dedup();
    if damaged.is_empty() {
        return Ok(Finding::ok(what, format!("{} whole, {looked} looked into", all.len())));
    }
    let found = format!("{} damaged or missing: {}", damaged.len(), damaged.join(" "));
    Ok(Finding::bad(what, found, "check the disk; restore a backup, laptops bring the rest again"))
}

/// Asks for the pool where laptops do, and has it prove itself as laptops do.
async fn address(pool: &Pool) -> Finding {
    let what = "address";
    let settings = pool.settings();
    let running = std::fs::read_to_string(settings.data.join("address")).ok();
    let url = if settings.url.is_empty() {
        running.unwrap_or_else(|| settings.public_url())
    } else {
        settings.url.clone()
    };
    match hello(pool, &url).await {
        Ok(true) => Finding::ok(what, format!("{url} answers and is this pool")),
        Ok(false) => Finding::bad(
            what,
            format!("{url} answers and is another pool"),
            "set `url` to this pool's address",
        ),
        Err(why) => {
            let remedy = "start the server; check `url`, `listen`, the name service and the firewall";
            Finding::bad(what, format!("{url}: {why}"), remedy)
        }
    }
}

async fn hello(pool: &Pool, url: &str) -> Result<bool, reqwest::Error> {
    let public = pool.key().verifying_key();
    let nonce = chance::random::<16>().map(hex::encode).unwrap_or_default();
    let ask = HelloAsk {
        protocol: PROTOCOL,
        program: "satchel-pool doctor".to_owned(),
        device: device_id(&public),
        newsroom: pool.facts().newsroom,
        now: chance::now(),
        nonce: Some(nonce.clone()),
    };
    // Whether it is this pool is proven by the pool's own key, below.
    let line = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .tls_danger_accept_invalid_certs(true)
        .build()?;
    let answer = line.post(format!("{}/v1/hello", url.trim_end_matches('/'))).json(&ask).send().await?;
    Ok(answer.json::<Hello>().await.is_ok_and(|hello| hello.is_proven(&nonce, &public)))
}
