//! What a laptop makes of answers that are none.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use satchel_failure::Explain as _;
use satchel_store::{Library, LibraryKey, PoolLine};
use satchel_sync::{Control, Habits, Identity, Mode, SyncError, run_once};
use satchel_terms::NewsroomId;
use satchel_wire::protocol::{Hello, HelloAsk, Problem};
use satchel_wire::{SigningKey, device_id, key_to_hex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const NEWSROOM: NewsroomId = NewsroomId([4; 16]);

fn pool_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// A server that answers every request with what `answer` makes of its path and body; nothing at all for `None`.
async fn server(answer: impl Fn(&str, &[u8]) -> Option<String> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                while let Some((path, body)) = request(&mut line).await {
                    match answer(&path, &body) {
                        Some(text) => line.write_all(text.as_bytes()).await.unwrap(),
                        None => std::future::pending().await,
                    }
                }
            });
        }
    });
    url
}

/// Reads one request with a declared length.
async fn request(line: &mut tokio::net::TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length:")
                        .map(|n| n.trim().parse::<usize>().unwrap())
                })
                .unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let path = text.split(' ').nth(1).unwrap().to_owned();
                return Some((path, bytes[end + 4..end + 4 + length].to_vec()));
            }
        }
        let mut more = [0; 4096];
        let count = line.read(&mut more).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&more[..count]);
    }
}

fn http(status: &str, kind: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn problem(status: &str, code: &str, retry_after: Option<u32>) -> String {
    let body = Problem { code: code.into(), message: String::new(), retry_after, params: Default::default() };
    http(status, "application/json", &serde_json::to_string(&body).unwrap())
}

fn hello(ask: &[u8], key: &SigningKey, head: u64) -> String {
    let ask: HelloAsk = serde_json::from_slice(ask).unwrap();
    let mut hello = Hello {
        protocol_min: 1,
        protocol_max: 1,
        pool: NEWSROOM,
        epoch: 1,
        now: ask.now + 31_536_000_000,
        head,
        mine: Vec::new(),
        pool_key: key_to_hex(&key.verifying_key()),
        backup_mark: None,
        backup_proof: None,
        proof: None,
    };
    hello.prove(&ask.nonce.unwrap(), key);
    http("200 OK", "application/json", &serde_json::to_string(&hello).unwrap())
}

struct Laptop {
    _dir: tempfile::TempDir,
    library: Arc<Library>,
    identity: Identity,
}

fn laptop() -> Laptop {
    let dir = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::create(dir.path(), &LibraryKey::new([1; 32])).unwrap());
    let key = SigningKey::from_bytes(&[5; 32]);
    let identity = Identity { device: device_id(&key.verifying_key()), key, newsroom: NEWSROOM };
    Laptop { _dir: dir, library, identity }
}

fn quick() -> Habits {
    Habits { connect: Duration::from_millis(500), stall: Duration::from_millis(400), ..Habits::default() }
}

impl Laptop {
    async fn round(&self, url: String) -> Result<satchel_sync::Report, SyncError> {
        let line = PoolLine {
            pool_id: NEWSROOM.to_string(),
            epoch: 1,
            url,
            key: pool_key().verifying_key().to_bytes(),
            cursor: 0,
            certificate: None,
        };
        self.library.set_pool(&line).unwrap();
        run_once(&self.library, &self.identity, &line, &quick(), &Control::default()).await
    }

    async fn code(&self, url: String) -> &'static str {
        self.round(url).await.unwrap_err().code()
    }
}

#[tokio::test]
async fn every_wrong_answer_has_its_own_code() {
    let laptop = laptop();
    let always = |text: String| server(move |_, _| Some(text.clone()));
    let portal = http("200 OK", "text/html", "<html>Sign in</html>");
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://portal/\r\ncontent-length: 0\r\n\r\n".to_owned();

    assert_eq!(laptop.code(always(portal).await).await, "sync.captive-portal");
    assert_eq!(laptop.code(always(moved).await).await, "sync.captive-portal");
    assert_eq!(laptop.code(always(http("200 OK", "text/plain", "ok")).await).await, "sync.captive-portal");
    assert_eq!(laptop.code(always(http("200 OK", "", "<p>welcome")).await).await, "sync.captive-portal");
    let signed_out = http("403 Forbidden", "text/html; charset=utf-8", "<html>Sign in</html>");
    assert_eq!(laptop.code(always(signed_out).await).await, "sync.captive-portal");
    assert_eq!(laptop.code(always(http("200 OK", "application/json", "{{{")).await).await, "sync.garbled");
    assert_eq!(laptop.code(always(http("200 OK", "application/json", "{}")).await).await, "sync.garbled");
    assert_eq!(laptop.code(always(http("500 Oh", "text/plain", "x")).await).await, "sync.pool-failed");
    assert_eq!(laptop.code(always(http("502 Gate", "text/html", "<html>")).await).await, "sync.pool-failed");
    assert_eq!(
        laptop.code(always(problem("401 No", "pool.needs-token", None)).await).await,
        "sync.signed-out"
    );
    assert_eq!(
        laptop.code(always(problem("403 No", "pool.device-revoked", None)).await).await,
        "sync.device-revoked"
    );
    assert_eq!(
        laptop.code(always(problem("507 Full", "pool.disk-full", None)).await).await,
        "sync.pool-full"
    );
    assert_eq!(laptop.code(always(problem("418 Tea", "pool.tea", None)).await).await, "sync.refused");
    assert_eq!(
        laptop.code(always(String::from("\u{1}\u{2}garbage\r\n\r\n")).await).await,
        "sync.unreachable"
    );
    assert_eq!(laptop.code("http://127.0.0.1:1".to_owned()).await, "sync.unreachable");
    let busy = laptop.round(always(problem("503 Wait", "pool.busy", Some(7))).await).await.unwrap_err();
    assert!(matches!(busy, SyncError::PoolBusy { retry_after: Some(7) }));
}

#[tokio::test]
async fn silence_is_noticed_and_has_its_own_code() {
    let laptop = laptop();
    let started = Instant::now();

    assert_eq!(laptop.code(server(|_, _| None).await).await, "sync.silent");

    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_pool_with_another_key_is_not_believed() {
    let laptop = laptop();
    let other = server(|_, body| Some(hello(body, &SigningKey::from_bytes(&[8; 32]), 0))).await;
    let unproven = server(|_, body| {
        let honest = hello(body, &pool_key(), 0);
        let (head, body) = honest.split_once("\r\n\r\n").unwrap();
        let mut hello: Hello = serde_json::from_str(body).unwrap();
        assert!(head.starts_with("HTTP/1.1 200"));
        hello.head = 99; // what was signed was 0
        Some(http("200 OK", "application/json", &serde_json::to_string(&hello).unwrap()))
    })
    .await;

    assert_eq!(laptop.code(other).await, "sync.not-our-pool");
    assert_eq!(laptop.code(unproven).await, "sync.not-our-pool");
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_a_year_is_told_and_nothing_more() {
    let laptop = laptop();

    let report = laptop.round(server(|_, body| Some(hello(body, &pool_key(), 0))).await).await.unwrap();

    assert!((report.offset_ms - 31_536_000_000).abs() < 60_000, "{}", report.offset_ms);
    assert!(report.pull_error.is_none() && report.push_error.is_none());
}

#[tokio::test]
async fn a_feed_of_garbage_moves_no_cursor() {
    let laptop = laptop();
    let url = server(|path, body| {
        Some(match path {
            "/v1/hello" => hello(body, &pool_key(), 5),
            "/v1/token" if !String::from_utf8_lossy(body).contains("challenge") => {
                http("200 OK", "application/json", r#"{"challenge":"c"}"#)
            }
            "/v1/token" => http("200 OK", "application/json", r#"{"token":"t","expiresAt":9999999999999}"#),
            _ => "HTTP/1.1 200 OK\r\nx-satchel-next: 5\r\nx-satchel-head: 5\r\nx-satchel-epoch: 1\r\n\
                  content-length: 7\r\n\r\ngarbage"
                .to_owned(),
        })
    })
    .await;

    let report = laptop.round(url).await.unwrap();

    assert_eq!(report.pull_error.unwrap().code(), "sync.garbled");
    assert_eq!(laptop.library.pool().unwrap().unwrap().cursor, 0);
}

#[tokio::test]
async fn the_lever_ends_a_round_that_waits() {
    let laptop = laptop();
    let url = server(|_, _| None).await;
    let line = PoolLine {
        pool_id: NEWSROOM.to_string(),
        epoch: 1,
        url,
        key: pool_key().verifying_key().to_bytes(),
        cursor: 0,
        certificate: None,
    };
    let control = Control::default();
    let lever = control.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        lever.set(Mode::Stop);
    });

    let habits = Habits { stall: Duration::from_secs(60), ..Habits::default() };
    let outcome = run_once(&laptop.library, &laptop.identity, &line, &habits, &control).await;

    assert_eq!(outcome.unwrap_err().code(), "sync.stopped");
}
