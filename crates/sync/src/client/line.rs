//! One question and its answer on the line: watched for stillness, every refusal with its own meaning.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, Response, StatusCode};
use satchel_wire::Address;
use satchel_wire::protocol::Problem;
use serde::de::DeserializeOwned;

use super::material::Roads;
use super::pin;
use crate::uplink::Uplink;
use crate::{Habits, SyncError};

/// Bytes that are handed to the line at a time; after each the watch starts anew.
const PORTION: usize = 8 << 10;
/// Slowest line that still counts as moving, in bytes a second: what waits in buffers is given time at this rate.
const SLOWEST: u64 = 16 << 10;

/// A line on which nothing moves is asked by the system after so long whether it still stands; a wait for news lies
/// there for half an hour.
const QUIET: Duration = Duration::from_secs(60);
/// Asked again after so long.
const PROBE: Duration = Duration::from_secs(15);
/// So often without an answer, and the line is dead.
const PROBES: u32 = 3;

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

    /// Whether it is a page for people, not an answer for programs: the pool answers in JSON, or in bytes that it calls
    /// so. Nothing that calls itself otherwise is believed, whatever its status.
    fn is_page(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default();
        if kind.starts_with("application/octet-stream") || self.bytes.is_empty() {
            return false;
        }
        let calls_itself_other = !kind.is_empty() && !self.is_json();
        calls_itself_other || self.bytes.trim_ascii_start().starts_with(b"<")
    }

    fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.starts_with("application/json"))
    }

    /// The answer as a value; an empty one is `null`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, SyncError> {
        let bytes = if self.bytes.is_empty() { b"null" } else { self.bytes.as_slice() };
        serde_json::from_slice(bytes).map_err(|error| match self.is_page() {
            true => SyncError::CaptivePortal,
            false => SyncError::Garbled { why: error.to_string() },
        })
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
        .tcp_keepalive(QUIET)
        .tcp_keepalive_interval(PROBE)
        .tcp_keepalive_retries(PROBES)
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

/// How a question goes.
pub(super) enum Way<'a> {
    /// At once, by the ordinary connections.
    Text,
    /// With the manners of material, and by its own connections where there are any.
    Material(Option<&'a Roads>, Arc<Uplink>),
}

/// Sends and receives while bytes move; gives up when none did for `patience`.
pub(super) async fn exchange(
    request: RequestBuilder,
    body: Vec<u8>,
    patience: Duration,
    cap: usize,
    way: Way<'_>,
) -> Result<Answer, SyncError> {
    let (roads, uplink) = match way {
        Way::Text => (None, None),
        Way::Material(roads, uplink) => (roads, Some(uplink)),
    };
    let length = body.len() as u64;
    let watch = Arc::new(Watch::new());
    let request = if body.is_empty() {
        request
    } else {
        request.header("content-length", length).body(portions(body, Arc::clone(&watch), uplink))
    };
    let buffered = Duration::from_secs(length / SLOWEST);
    let response = tokio::select! {
        response = send(request, roads) => response?,
        () = watch.is_still(patience, buffered) => return Err(SyncError::Silent),
    };
    receive(response, patience, cap).await
}

async fn send(request: RequestBuilder, roads: Option<&Roads>) -> Result<Response, SyncError> {
    match roads {
        Some(roads) => {
            let request = request.build().map_err(|error| broken(&error))?;
            roads.send(request).await.map_err(|error| broken(&*error))
        }
        None => request.send().await.map_err(|error| broken(&error)),
    }
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
    match status.is_success() {
        true if answer.is_page() => Err(SyncError::CaptivePortal),
        true => Ok(answer),
        false => Err(refusal(status, &answer)),
    }
}

fn broken(error: &(dyn std::error::Error + 'static)) -> SyncError {
    let known = error.downcast_ref::<reqwest::Error>();
    if known.is_some_and(|error| error.is_timeout() && !error.is_connect()) {
        return SyncError::Silent;
    }
    let mut why = error.to_string();
    let mut cause = error.source();
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
    let Some(problem) = problem else {
        // A gate before the pool has pages for its own faults; any other page is of somebody who wants a sign-in.
        let is_portal = answer.is_page() && status.is_client_error();
        return if is_portal { SyncError::CaptivePortal } else { stranger(status) };
    };
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
        "pool.not-allowed" => {
            SyncError::NotAllowed { role: problem.params.get("role").cloned().unwrap_or_default() }
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
    /// Whether it is held on purpose: then nothing has to move.
    is_held: AtomicBool,
}

impl Watch {
    fn new() -> Self {
        Self { started: Instant::now(), moved_ms: 0.into(), is_sent: false.into(), is_held: false.into() }
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
            let is_held = self.is_held.load(Ordering::Relaxed);
            if left.is_zero() && !is_held {
                return;
            }
            let pause = left.clamp(Duration::from_millis(50), Duration::from_secs(1));
            tokio::time::sleep(pause).await;
        }
    }
}

/// A body that notes each portion the line takes, and lets none go before the way up admits it.
fn portions(body: Vec<u8>, watch: Arc<Watch>, uplink: Option<Arc<Uplink>>) -> reqwest::Body {
    let stream = futures_util::stream::unfold((body, 0), move |(body, from)| {
        let (watch, uplink) = (Arc::clone(&watch), uplink.clone());
        async move {
            watch.moved(from >= body.len());
            if from >= body.len() {
                return None;
            }
            let to = body.len().min(from + PORTION);
            if let Some(uplink) = uplink {
                watch.is_held.store(true, Ordering::Relaxed);
                uplink.admit(to - from).await;
                watch.is_held.store(false, Ordering::Relaxed);
            }
            let portion = body[from..to].to_vec();
            watch.moved(to == body.len());
            Some((Ok::<_, std::io::Error>(portion), (body, to)))
        }
    });
    reqwest::Body::wrap_stream(stream)
}
