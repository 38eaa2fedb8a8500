//! Questions to the pool over HTTP. Every answer has one meaning: a value, or a [`SyncError`] with its own code.

mod felt;
mod line;
mod material;
mod pin;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::Method;
use satchel_store::PoolLine;
use satchel_terms::{Hash, Stamp};
use satchel_wire::protocol::{
    EPOCH, HEAD, HaveAnswer, HaveAsk, Hello, HelloAsk, NEXT, RecordsAnswer, Token, TokenAsk, TokenChallenge,
    TokenProve, WaitAnswer, agree,
};
use satchel_wire::{
    Address, Bitmap, MakeAnswer, MakeAsk, Manifest, Record, VerifyingKey, WireError, segments_of,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::uplink::Uplink;
use crate::{Habits, Identity, SyncError};
pub(crate) use felt::Felt;
use line::{Answer, Way, exchange, http, nonce};
use material::Roads;
pub(crate) use material::is_paced;

/// Most bytes of a JSON answer.
const JSON_CAP: usize = 4 << 20;
/// Most bytes of any other answer.
const BODY_CAP: usize = 64 << 20;
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
    roads: Option<Roads>,
    base: String,
    pinned: VerifyingKey,
    pool_id: String,
    identity: Identity,
    certificate: Option<Vec<u8>>,
    habits: Habits,
    token: Mutex<Option<Token>>,
    offset_ms: AtomicI64,
    uplink: Option<Arc<Uplink>>,
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
        let address = Address::parse(&line.url);
        Ok(Self {
            http: http(&address, habits)?,
            roads: Roads::to(&address, habits)?,
            base: address.url,
            pinned: VerifyingKey::from_bytes(&line.key).map_err(|_| WireError::BadKey)?,
            pool_id: line.pool_id.clone(),
            identity: identity.clone(),
            certificate: line.certificate.clone(),
            habits: habits.clone(),
            token: Mutex::new(None),
            offset_ms: 0.into(),
            uplink: None,
        })
    }

    /// The same line for material: it shares the way up, its limit and its right of way, with others.
    pub(crate) fn sharing(self, uplink: Option<Arc<Uplink>>) -> Self {
        if let (Some(uplink), Some(roads)) = (&uplink, &self.roads) {
            uplink.feel(Arc::clone(roads.felt()));
        }
        Self { uplink, ..self }
    }

    /// The way up that it shares.
    pub(crate) const fn uplink(&self) -> Option<&Arc<Uplink>> {
        self.uplink.as_ref()
    }

    /// Says hello in the newest protocol that both speak, and makes the pool prove that it is the pinned one. A backup mark that it does not prove is left out.
    ///
    /// # Errors
    /// [`SyncError::CaptivePortal`] if something else answers, [`SyncError::NotOurPool`] if another pool does;
    /// any other [`SyncError`] of the line.
    pub async fn hello(&self) -> Result<Hello, SyncError> {
        let newest = self.habits.protocol;
        match self.hello_in(newest).await {
            Err(SyncError::OtherProtocol { min, max }) => match agree(newest, min, max) {
                Some(both) if both < newest => self.hello_in(both).await,
                _ => Err(SyncError::OtherProtocol { min, max }),
            },
            other => other,
        }
    }

    async fn hello_in(&self, protocol: u32) -> Result<Hello, SyncError> {
        let nonce = nonce()?;
        let ask = HelloAsk {
            protocol,
            program: self.habits.program.clone(),
            device: self.identity.device,
            newsroom: self.identity.newsroom,
            now: self.habits.now(),
            nonce: Some(nonce.clone()),
        };
        let started = self.habits.now();
        let answer = self.send(&self.json_question("/v1/hello", &ask)?, None).await?;
        let mut hello: Hello = answer.json()?;
        if hello.pool.to_string() != self.pool_id || !hello.is_proven(&nonce, &self.pinned) {
            return Err(SyncError::NotOurPool);
        }
        hello.backup_mark = hello.proven_backup_mark(&nonce, &self.pinned);
        if agree(self.habits.protocol, hello.protocol_min, hello.protocol_max).is_none() {
            return Err(SyncError::OtherProtocol { min: hello.protocol_min, max: hello.protocol_max });
        }
        let middle = started + (self.habits.now() - started) / 2;
        self.offset_ms.store(hello.now - middle, Ordering::Relaxed);
        Ok(hello)
    }

    /// Signs in; a pool that does not know this device is shown its certificate on that way.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub(crate) async fn sign_in(&self) -> Result<(), SyncError> {
        self.token(None).await.map(drop)
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
            answer
                .header(name)
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| SyncError::Garbled { why: name.to_owned() })
        };
        Ok(FeedPage { next: number(NEXT)?, head: number(HEAD)?, epoch: number(EPOCH)?, bytes: answer.bytes })
    }

    /// Waits until the pool's order goes beyond `after`, at most for `wait` or the pool's own patience; returns its
    /// newest place. A pool of before knows no `for` and answers after 55 seconds. A line that is dead is noticed
    /// meanwhile by the system's own probes.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn wait(&self, after: u64, wait: Duration) -> Result<u64, SyncError> {
        let path = format!("/v1/wait?after={after}&for={}", wait.as_secs());
        let patience = wait + self.habits.stall;
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

    /// Asks the pool to make a blob itself.
    ///
    /// # Errors
    /// [`SyncError::Refused`] by a pool that makes none; any other [`SyncError`] of the line or the pool.
    pub async fn make(&self, root: &Hash, ask: &MakeAsk) -> Result<MakeAnswer, SyncError> {
        self.ask(self.json_question(&format!("/v1/blobs/{root}/make"), ask)?).await?.json()
    }

    /// Sends the list that proves each segment of a blob; answers what the pool holds of it already.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn put_manifest(&self, manifest: &Manifest) -> Result<HaveAnswer, SyncError> {
        let path = format!("/v1/blobs/{}/manifest?len={}", manifest.root, manifest.length);
        let mut question = Question::new(Method::PUT, &path, self.habits.stall);
        question.body = manifest.to_bytes();
        question.kind = Some("application/octet-stream");
        self.ask(question).await?.json()
    }

    /// Sends the segments `from..to` of a blob; answers what the pool holds of it now.
    ///
    /// # Errors
    /// [`SyncError::BadSegment`] if the pool found one damaged; any other [`SyncError`] of the line or the pool.
    pub async fn put_segments(
        &self,
        root: &Hash,
        from: u64,
        to: u64,
        bytes: Vec<u8>,
    ) -> Result<HaveAnswer, SyncError> {
        let path = format!("/v1/blobs/{root}/segments/{from}-{to}");
        let mut question = Question::new(Method::PUT, &path, self.habits.stall);
        question.body = bytes;
        question.kind = Some("application/octet-stream");
        self.ask(question).await?.json()
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
        if bytes.len() == wanted {
            Ok(bytes)
        } else {
            Err(SyncError::Garbled { why: "length of the range".to_owned() })
        }
    }

    /// Asks the pool anything as JSON, signed in, and reads JSON: for questions of administrators.
    ///
    /// # Errors
    /// Any [`SyncError`] of the line or a refusal of the pool.
    pub async fn call<A: Serialize, B: DeserializeOwned>(
        &self,
        path: &str,
        ask: Option<&A>,
    ) -> Result<B, SyncError> {
        let question = match ask {
            Some(ask) => self.json_question(path, ask)?,
            None => Question::new(Method::GET, path, self.habits.stall),
        };
        self.ask(question).await?.json()
    }

    fn json_question<'a>(&self, path: &'a str, body: &impl Serialize) -> Result<Question<'a>, SyncError> {
        let mut question = Question::new(Method::POST, path, self.habits.stall);
        question.body =
            serde_json::to_vec(body).map_err(|error| SyncError::Garbled { why: error.to_string() })?;
        question.kind = Some("application/json");
        Ok(question)
    }

    /// Asks with a token; one that the pool no longer accepts is renewed once. A pool that no longer knows this device
    /// is shown its certificate on that way.
    async fn ask(&self, question: Question<'_>) -> Result<Answer, SyncError> {
        let token = self.token(None).await?;
        match self.send(&question, Some(&token)).await {
            Err(SyncError::SignedOut | SyncError::UnknownDevice) => {
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
        let mut answer = self.send(&self.json_question("/v1/token", &proof)?, None).await;
        if let (Err(SyncError::UnknownDevice), Some(certificate)) = (&answer, &self.certificate) {
            let shown = proof.showing(certificate);
            answer = self.send(&self.json_question("/v1/token", &shown)?, None).await;
        }
        let token: Token = answer?.json()?;
        let text = token.token.clone();
        *kept = Some(token);
        Ok(text)
    }

    async fn send(&self, question: &Question<'_>, token: Option<&str>) -> Result<Answer, SyncError> {
        let mut request =
            self.http.request(question.method.clone(), format!("{}{}", self.base, question.path));
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
        let way = match &self.uplink {
            Some(uplink) if is_material(question.path) => {
                Way::Material(self.roads.as_ref(), Arc::clone(uplink))
            }
            _ => Way::Text,
        };
        exchange(request, question.body.clone(), question.patience, cap, way).await
    }
}

/// Whether segments go up by this path: they wait for text and keep the limit.
fn is_material(path: &str) -> bool {
    path.contains("/segments/")
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Client({})", self.base)
    }
}

/// Asks a pool one thing before there is a line to it.
pub(crate) async fn ask_once<A: Serialize, B: DeserializeOwned>(
    address: &Address,
    path: &str,
    ask: &A,
    habits: &Habits,
) -> Result<B, SyncError> {
    let body = serde_json::to_vec(ask).map_err(|error| SyncError::Garbled { why: error.to_string() })?;
    let request = http(address, habits)?
        .post(format!("{}{path}", address.url))
        .header("content-type", "application/json");
    exchange(request, body, habits.stall, JSON_CAP, Way::Text).await?.json()
}

/// The bitmap of a have answer.
pub(crate) fn bitmap(text: Option<&String>, length: u64) -> Bitmap {
    let bytes = text.and_then(|text| hex::decode(text).ok()).unwrap_or_default();
    Bitmap::from_bytes(segments_of(length), &bytes)
}
