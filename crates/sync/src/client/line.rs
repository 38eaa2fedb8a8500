//! One question and its answer on the line: watched for stillness, every refusal with its own meaning.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, Response, StatusCode};
use satchel_wire::Address;
use satchel_wire::protocol::Problem;
use serde::de::DeserializeOwned;

use super::pin;
use crate::{Habits, SyncError};

/// Bytes that are handed to the line at a time; after each the watch starts anew.
const PORTION: usize = 16 << 10;
/// Slowest line that still counts as moving, in bytes a second: what waits in buffers is given time at this rate.
const SLOWEST: u64 = 16 << 10;

/// An answer of the 2xx kind.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// One header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether it is a page for people, not an answer for programs.
    pub(super) fn is_page(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.contains("html"))
            || self.bytes.trim_ascii_start().starts_with(b"<")
    }

    /// The answer as a value; an empty one is `null`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, SyncError> {
        let bytes = if self.bytes.is_empty() { b"null" } else { self.bytes.as_slice() };
        serde_json::from_slice(bytes).map_err(|error| SyncError::Garbled { why: error.to_string() })
    }
}

/// A client without redirects, with patience. Where a TLS key is pinned, no other is believed.
pub(super) fn http(address: &Address, habits: &Habits) -> Result<reqwest::Client, SyncError> {
    let unusable = |why: String| SyncError::Unreachable { why };
    let place = reqwest::Url::parse(&address.url).map_err(|error| unusable(error.to_string()))?;
    let is_here = place.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(habits.connect)
        .tcp_keepalive(Duration::from_secs(20))
        .pool_idle_timeout(Duration::from_secs(50))
        .user_agent(habits.program.clone());
    if is_here {
        builder = builder.no_proxy();
    }
    if let Some(key) = &address.pin {
        let config = pin::only(key).map_err(|error| unusable(error.to_string()))?;
        builder = builder.https_only(true).tls_backend_preconfigured(config);
    }
    builder.build().map_err(|error| unusable(error.to_string()))
}

/// Thirty-two random hex digits for the hello.
pub(super) fn nonce() -> Result<String, SyncError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| SyncError::Unreachable { why: error.to_string() })?;
    Ok(hex::encode(bytes))
}

/// Sends and receives while bytes move; gives up when none did for `patience`.
pub(super) async fn exchange(
    request: RequestBuilder,
    body: Vec<u8>,
    patience: Duration,
    cap: usize,
) -> Result<Answer, SyncError> {
    let length = body.len() as u64;
    let watch = Arc::new(Watch::new());
    let request = if body.is_empty() {
        request
    } else {
        request.header("content-length", length).body(portions(body, Arc::clone(&watch)))
    };
    let buffered = Duration::from_secs(length / SLOWEST);
    let response = tokio::select! {
        response = request.send() => response.map_err(|error| broken(&error))?,
        () = watch.is_still(patience, buffered) => return Err(SyncError::Silent),
    };
    receive(response, patience, cap).await
}

async fn receive(mut response: Response, patience: Duration, cap: usize) -> Result<Answer, SyncError> {
    let status = response.status();
    let headers = response.headers().clone();
    let mut bytes = Vec::new();
    loop {
        let chunk = tokio::time::timeout(patience, response.chunk()).await.map_err(|_| SyncError::Silent)?;
        let Some(chunk) = chunk.map_err(|error| broken(&error))? else { break };
        if bytes.len() + chunk.len() > cap {
            return Err(SyncError::Garbled { why: "the answer is too long".to_owned() });
        }
        bytes.extend_from_slice(&chunk);
    }
    let answer = Answer { bytes, headers };
    if status.is_success() { Ok(answer) } else { Err(refusal(status, &answer)) }
}

fn broken(error: &reqwest::Error) -> SyncError {
    if error.is_timeout() && !error.is_connect() {
        return SyncError::Silent;
    }
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        if let Some(refused) = pin::refused(deeper) {
            return refused;
        }
        why = deeper.to_string();
        cause = deeper.source();
    }
    SyncError::Unreachable { why }
}

/// What a status other than 2xx means.
fn refusal(status: StatusCode, answer: &Answer) -> SyncError {
    let problem: Option<Problem> = serde_json::from_slice(&answer.bytes).ok();
    let Some(problem) = problem else { return stranger(status) };
    let number = |name: &str| problem.params.get(name).and_then(|text| text.parse().ok());
    match problem.code.as_str() {
        "pool.needs-token" | "pool.not-proven" => SyncError::SignedOut,
        "pool.unknown-device" => SyncError::UnknownDevice,
        "pool.device-revoked" => SyncError::DeviceRevoked,
        "pool.certificate-expired" => SyncError::CertificateExpired,
        "pool.other-newsroom" => SyncError::NotOurPool,
        "pool.other-protocol" => {
            SyncError::OtherProtocol { min: number("min").unwrap_or(0), max: number("max").unwrap_or(0) }
        }
        "pool.disk-full" => SyncError::PoolFull,
        "pool.busy" => SyncError::PoolBusy { retry_after: problem.retry_after },
        "pool.bad-segment" => SyncError::BadSegment { index: number("index").unwrap_or(0).into() },
        code if code.starts_with("pool.code-") || code == "pool.device-taken" => {
            SyncError::InvitationRefused { code: problem.code }
        }
        _ if status == StatusCode::UNAUTHORIZED => SyncError::SignedOut,
        _ if matches!(status.as_u16(), 429 | 503) => SyncError::PoolBusy { retry_after: problem.retry_after },
        _ if status.is_server_error() => SyncError::PoolFailed { status: status.as_u16() },
        _ => SyncError::Refused { status: status.as_u16(), code: problem.code },
    }
}

/// What a refusal means that does not speak the pool's language.
fn stranger(status: StatusCode) -> SyncError {
    match status.as_u16() {
        300..=399 | 511 => SyncError::CaptivePortal,
        401 => SyncError::SignedOut,
        429 | 503 => SyncError::PoolBusy { retry_after: None },
        507 => SyncError::PoolFull,
        500..=599 => SyncError::PoolFailed { status: status.as_u16() },
        other => SyncError::Refused { status: other, code: "http".to_owned() },
    }
}

/// When a byte last moved.
struct Watch {
    started: Instant,
    moved_ms: AtomicU64,
    is_sent: AtomicBool,
}

impl Watch {
    fn new() -> Self {
        Self { started: Instant::now(), moved_ms: 0.into(), is_sent: false.into() }
    }

    fn moved(&self, is_last: bool) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved_ms.store(now, Ordering::Relaxed);
        self.is_sent.store(is_last, Ordering::Relaxed);
    }

    /// Returns when nothing moved for `patience`. Once all is handed over, what may still lie in buffers is given
    /// `buffered` more.
    async fn is_still(&self, patience: Duration, buffered: Duration) {
        loop {
            let moved = Duration::from_millis(self.moved_ms.load(Ordering::Relaxed));
            let extra = if self.is_sent.load(Ordering::Relaxed) { buffered } else { Duration::ZERO };
            let left = (moved + patience + extra).saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(1))).await;
        }
    }
}

/// A body that notes each portion the line takes.
fn portions(body: Vec<u8>, watch: Arc<Watch>) -> reqwest::Body {
    let stream = futures_util::stream::unfold((body, 0, watch), |(body, from, watch)| async move {
        watch.moved(from >= body.len());
        if from >= body.len() {
            return None;
        }
        let to = body.len().min(from + PORTION);
        let portion = body[from..to].to_vec();
        if to == body.len() {
            watch.moved(true);
        }
        Some((Ok::<_, std::io::Error>(portion), (body, to, watch)))
    });
    reqwest::Body::wrap_stream(stream)
}
