//! Questions to the pool over HTTP. Every answer has one meaning: a value, or a [`SyncError`] with its own code.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use satchel_store::PoolLine;
use satchel_terms::{Hash, Stamp};
use satchel_wire::protocol::{
    EPOCH, HEAD, HaveAnswer, HaveAsk, Hello, HelloAsk, NEXT, PROTOCOL, Problem, RecordsAnswer, Token, TokenAsk,
    TokenChallenge, TokenProve, WaitAnswer,
};
use satchel_wire::{Bitmap, Manifest, Record, VerifyingKey, WireError, segments_of};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::{Habits, Identity, SyncError};

/// Most bytes of a JSON answer.
const JSON_CAP: usize = 4 << 20;
/// Most bytes of any other answer.
const BODY_CAP: usize = 64 << 20;
/// Bytes that are handed to the line at a time; after each the watch starts anew.
const PORTION: usize = 16 << 10;
/// Slowest line that still counts as moving, in bytes a second: what waits in buffers is given time at this rate.
const SLOWEST: u64 = 4 << 10;
/// A token is renewed so long before it runs out, in milliseconds.
const TOKEN_MARGIN_MS: Stamp = 60_000;

/// A page of the pool's order.
#[derive(Debug, Clone)]
pub struct FeedPage {
    /// The records, as they came, one after another.
    pub bytes: Vec<u8>,
    /// The cursor after this page.
    pub next: u64,
    /// The newest place of the pool.
    pub head: u64,
    /// The pool's epoch.
    pub epoch: u64,
}

/// A line to one pool.
pub struct Client {
    http: reqwest::Client,
    base: String,
    pinned: VerifyingKey,
    pool_id: String,
    identity: Identity,
    habits: Habits,
    token: Mutex<Option<Token>>,
    offset_ms: std::sync::atomic::AtomicI64,
}

/// One question, kept so that it can be asked again with a new token.
struct Question<'a> {
    method: Method,
    path: &'a str,
    body: Vec<u8>,
    kind: Option<&'static str>,
    is_zstd: bool,
    range: Option<(u64, u64)>,
    patience: Duration,
}

impl<'a> Question<'a> {
    fn new(method: Method, path: &'a str, patience: Duration) -> Self {
        Self { method, path, body: Vec::new(), kind: None, is_zstd: false, range: None, patience }
    }
}

impl Client {
    /// A line to the pinned pool.
    ///
    /// # Errors
    /// [`SyncError::Wire`] if the pinned key is none; [`SyncError::Unreachable`] if no line can be made.
    pub fn new(line: &PoolLine, identity: &Identity, habits: &Habits) -> Result<Self, SyncError> {
        Ok(Self {
            http: http(&line.url, habits)?,
            base: line.url.trim_end_matches('/').to_owned(),
            pinned: VerifyingKey::from_bytes(&line.key).map_err(|_| WireError::BadKey)?,
            pool_id: line.pool_id.clone(),
            identity: identity.clone(),
            habits: habits.clone(),
            token: Mutex::new(None),
            offset_ms: 0.into(),
        })
    }

    /// Says hello and makes the pool prove that it is the pinned one.
    ///
    /// # Errors
    /// [`SyncError::CaptivePortal`] if something else answers, [`SyncError::NotOurPool`] if another pool does;
    /// any other [`SyncError`] of the line.
    pub async fn hello(&self) -> Result<Hello, SyncError> {
        let nonce = nonce()?;
        let ask = HelloAsk {
            protocol: PROTOCOL,
            program: self.habits.program.clone(),
            device: self.identity.device,
            newsroom: self.identity.newsroom,
            now: self.habits.now(),
            nonce: Some(nonce.clone()),
        };
        let started = self.habits.now();
        let answer = self.send(&self.json_question("/v1/hello", &ask)?, None).await?;
        if answer.is_page() {
            return Err(SyncError::CaptivePortal);
        }
        let hello: Hello = answer.json()?;
        if hello.pool.to_string() != self.pool_id || !hello.is_proven(&nonce, &self.pinned) {
            return Err(SyncError::NotOurPool);
        }
        if PROTOCOL < hello.protocol_min || PROTOCOL > hello.protocol_max {
            return Err(SyncError::OtherProtocol { min: hello.protocol_min, max: hello.protocol_max });
        }
        let middle = started + (self.habits.now() - started) / 2;
        self.offset_ms.store(hello.now - middle, Ordering::Relaxed);
        Ok(hello)
    }

    /// Milliseconds by which the pool's clock was ahead at the last hello.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Offers records; what the pool answers is what it holds durably.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn push(&self, records: &[Record]) -> Result<RecordsAnswer, SyncError> {
        let plain: Vec<u8> = records.iter().flat_map(Record::bytes).copied().collect();
        let small = zstd::encode_all(plain.as_slice(), 3).unwrap_or_default();
        let mut question = Question::new(Method::POST, "/v1/records", self.habits.stall);
        question.is_zstd = !small.is_empty() && small.len() < plain.len();
        question.body = if question.is_zstd { small } else { plain };
        question.kind = Some("application/octet-stream");
        self.ask(question).await?.json()
    }

    /// Reads a page of the pool's order.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn feed(&self, after: u64) -> Result<FeedPage, SyncError> {
        let path = format!("/v1/feed?after={after}&limit={}", self.habits.page_bytes);
        let answer = self.ask(Question::new(Method::GET, &path, self.habits.stall)).await?;
        let number = |name: &str| {
            answer.header(name).and_then(|text| text.parse().ok()).ok_or_else(|| SyncError::Garbled { why: name.to_owned() })
        };
        Ok(FeedPage { next: number(NEXT)?, head: number(HEAD)?, epoch: number(EPOCH)?, bytes: answer.bytes })
    }

    /// Waits until the pool's order goes beyond `after`, or for the pool's patience; returns its newest place.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn wait(&self, after: u64) -> Result<u64, SyncError> {
        let path = format!("/v1/wait?after={after}");
        let patience = self.habits.wait + self.habits.stall;
        let answer: WaitAnswer = self.ask(Question::new(Method::GET, &path, patience)).await?.json()?;
        Ok(answer.head)
    }

    /// Asks which blobs the pool holds whole, and which in part.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn have(&self, roots: &[Hash]) -> Result<HaveAnswer, SyncError> {
        let ask = HaveAsk { roots: roots.to_vec() };
        self.ask(self.json_question("/v1/blobs/have", &ask)?).await?.json()
    }

    /// Sends the list that proves each segment of a blob.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn put_manifest(&self, manifest: &Manifest) -> Result<(), SyncError> {
        let path = format!("/v1/blobs/{}/manifest?len={}", manifest.root, manifest.length);
        let mut question = Question::new(Method::PUT, &path, self.habits.stall);
        question.body = manifest.to_bytes();
        question.kind = Some("application/octet-stream");
        self.ask(question).await.map(drop)
    }

    /// Sends the segments `from..to` of a blob.
    ///
    /// # Errors
    /// [`SyncError::BadSegment`] if the pool found one damaged; any other [`SyncError`] of the line or the pool.
    pub async fn put_segments(&self, root: &Hash, from: u64, to: u64, bytes: Vec<u8>) -> Result<(), SyncError> {
        let path = format!("/v1/blobs/{root}/segments/{from}-{to}");
        let mut question = Question::new(Method::PUT, &path, self.habits.stall);
        question.body = bytes;
        question.kind = Some("application/octet-stream");
        self.ask(question).await.map(drop)
    }

    /// Fetches and checks the list that proves each segment of a blob.
    ///
    /// # Errors
    /// [`SyncError::Wire`] if it does not fold into the root; any other [`SyncError`] of the line or the pool.
    pub async fn manifest(&self, root: &Hash, length: u64) -> Result<Manifest, SyncError> {
        let path = format!("/v1/blobs/{root}/manifest");
        let answer = self.ask(Question::new(Method::GET, &path, self.habits.stall)).await?;
        Ok(Manifest::parse(*root, length, &answer.bytes)?)
    }

    /// Fetches the bytes `from..to` of a blob.
    ///
    /// # Errors
    /// [`SyncError::Garbled`] if another number of bytes came; any other [`SyncError`] of the line or the pool.
    pub async fn range(&self, root: &Hash, from: u64, to: u64) -> Result<Vec<u8>, SyncError> {
        let path = format!("/v1/blobs/{root}");
        let mut question = Question::new(Method::GET, &path, self.habits.stall);
        question.range = Some((from, to));
        let mut bytes = self.ask(question).await?.bytes;
        let wanted = usize::try_from(to - from).unwrap_or(usize::MAX);
        if bytes.len() > wanted && from == 0 {
            bytes.truncate(wanted); // a whole answer to a question for a part is allowed
        }
        if bytes.len() == wanted { Ok(bytes) } else { Err(SyncError::Garbled { why: "length of the range".to_owned() }) }
    }

    /// Asks the pool anything as JSON, signed in, and reads JSON: for questions of administrators.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn call<A: Serialize, B: DeserializeOwned>(&self, path: &str, ask: Option<&A>) -> Result<B, SyncError> {
        let question = match ask {
            Some(ask) => self.json_question(path, ask)?,
            None => Question::new(Method::GET, path, self.habits.stall),
        };
        let answer = self.ask(question).await?;
        if answer.bytes.is_empty() { Answer { bytes: b"null".to_vec(), ..answer }.json() } else { answer.json() }
    }

    fn json_question<'a>(&self, path: &'a str, body: &impl Serialize) -> Result<Question<'a>, SyncError> {
        let mut question = Question::new(Method::POST, path, self.habits.stall);
        question.body = serde_json::to_vec(body).map_err(|error| SyncError::Garbled { why: error.to_string() })?;
        question.kind = Some("application/json");
        Ok(question)
    }

    /// Asks with a token; one that the pool no longer accepts is renewed once.
    async fn ask(&self, question: Question<'_>) -> Result<Answer, SyncError> {
        let token = self.token(None).await?;
        match self.send(&question, Some(&token)).await {
            Err(SyncError::SignedOut) => {
                let token = self.token(Some(&token)).await?;
                self.send(&question, Some(&token)).await
            }
            other => other,
        }
    }

    /// The present token, or a new one if it runs out, is `refused`, or there is none.
    async fn token(&self, refused: Option<&str>) -> Result<String, SyncError> {
        let mut kept = self.token.lock().await;
        let pool_now = self.habits.now() + self.offset_ms();
        if let Some(token) = kept.as_ref()
            && token.expires_at - TOKEN_MARGIN_MS > pool_now
            && refused != Some(token.token.as_str())
        {
            return Ok(token.token.clone());
        }
        let device = self.identity.device;
        let ask = self.json_question("/v1/token", &TokenAsk { device })?;
        let challenge: TokenChallenge = self.send(&ask, None).await?.json()?;
        let proof = TokenProve::sign(device, &challenge.challenge, &self.identity.key);
        let token: Token = self.send(&self.json_question("/v1/token", &proof)?, None).await?.json()?;
        let text = token.token.clone();
        *kept = Some(token);
        Ok(text)
    }

    async fn send(&self, question: &Question<'_>, token: Option<&str>) -> Result<Answer, SyncError> {
        let mut request = self.http.request(question.method.clone(), format!("{}{}", self.base, question.path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(kind) = question.kind {
            request = request.header("content-type", kind);
        }
        if question.is_zstd {
            request = request.header("content-encoding", "zstd");
        }
        if let Some((from, to)) = question.range {
            request = request.header("range", format!("bytes={from}-{}", to.saturating_sub(1)));
        }
        let cap = if question.kind == Some("application/json") { JSON_CAP } else { BODY_CAP };
        exchange(request, question.body.clone(), question.patience, cap).await
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Client({})", self.base)
    }
}

/// Asks a pool one thing before there is a line to it.
pub(crate) async fn ask_once<A: Serialize, B: DeserializeOwned>(
    url: &str,
    path: &str,
    ask: &A,
    habits: &Habits,
) -> Result<B, SyncError> {
    let body = serde_json::to_vec(ask).map_err(|error| SyncError::Garbled { why: error.to_string() })?;
    let request = http(url, habits)?
        .post(format!("{}{path}", url.trim_end_matches('/')))
        .header("content-type", "application/json");
    exchange(request, body, habits.stall, JSON_CAP).await?.json()
}

/// The bitmap of a have answer.
pub(crate) fn bitmap(text: Option<&String>, length: u64) -> Bitmap {
    let bytes = text.and_then(|text| hex::decode(text).ok()).unwrap_or_default();
    Bitmap::from_bytes(segments_of(length), &bytes)
}

struct Answer {
    bytes: Vec<u8>,
    headers: reqwest::header::HeaderMap,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether it is a page for people, not an answer for programs.
    fn is_page(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.contains("html")) || self.bytes.trim_ascii_start().starts_with(b"<")
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, SyncError> {
        serde_json::from_slice(&self.bytes).map_err(|error| SyncError::Garbled { why: error.to_string() })
    }
}

fn http(url: &str, habits: &Habits) -> Result<reqwest::Client, SyncError> {
    let unusable = |why: String| SyncError::Unreachable { why };
    let place = reqwest::Url::parse(url).map_err(|error| unusable(error.to_string()))?;
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
    builder.build().map_err(|error| unusable(error.to_string()))
}

/// Thirty-two random hex digits for the hello.
fn nonce() -> Result<String, SyncError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| SyncError::Unreachable { why: error.to_string() })?;
    Ok(hex::encode(bytes))
}

/// Sends and receives while bytes move; gives up when none did for `patience`.
async fn exchange(
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
        "pool.other-protocol" => SyncError::OtherProtocol {
            min: number("min").unwrap_or(0),
            max: number("max").unwrap_or(0),
        },
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
    is_sent: std::sync::atomic::AtomicBool,
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
