//! The HTTP side: one connection a request, no silent retries, so that a loss is always known for what it is.

use std::time::Duration;

use base64::Engine;
use reqwest::header::{
    AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER,
};
use reqwest::{Body, Client, Method, RequestBuilder, Response, Url, redirect};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::refusal::{Refusal, Said};
use crate::adapter::{MediaFile, ReadSeek};
use crate::failure::PushError;
use crate::secret::Secret;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 8 << 20;
/// The slowest upload that is waited for, in bytes per second.
const SLOWEST: u64 = 20_000;

/// One call to be made.
#[derive(Debug)]
pub(super) struct Ask {
    step: String,
    is_publishing: bool,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Content,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Json(Value),
    File(Upload),
}

/// A file on its way to the site.
pub(super) struct Upload {
    pub(super) file: MediaFile,
    pub(super) mime: String,
    pub(super) file_name: String,
    /// MD5 in hex, as WordPress compares it.
    pub(super) md5: String,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Upload({}, {} bytes)", self.file_name, self.file.bytes)
    }
}

impl Ask {
    fn new(method: Method, step: &str, path: impl Into<String>) -> Self {
        let (step, path) = (step.to_owned(), path.into());
        Self { step, is_publishing: false, method, path, query: Vec::new(), body: Content::Nothing }
    }

    pub(super) fn get(step: &str, path: impl Into<String>) -> Self {
        Self::new(Method::GET, step, path)
    }

    pub(super) fn post(step: &str, path: impl Into<String>) -> Self {
        Self::new(Method::POST, step, path)
    }

    pub(super) fn delete(step: &str, path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, step, path)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Content::Json(body);
        self
    }

    pub(super) fn upload(mut self, upload: Upload) -> Self {
        self.body = Content::File(upload);
        self
    }

    /// Marks the call whose loss leaves it open whether the story is public.
    pub(super) fn publishing(mut self) -> Self {
        self.is_publishing = true;
        self
    }
}

/// How the site's REST routes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Routes {
    /// `/wp-json/wp/v2/…`
    Pretty,
    /// `/?rest_route=/wp/v2/…`
    Plain,
}

/// A site, and who we are there.
#[derive(Debug)]
pub(super) struct Rest {
    client: Client,
    reader: Client,
    base: Url,
    user: String,
    password: Secret,
    routes: OnceCell<Routes>,
}

impl Rest {
    pub(super) fn new(url: &str, user: &str, password: Secret) -> Result<Self, PushError> {
        let bad = || PushError::BadSetting { name: "url" };
        let mut base = Url::parse(url.trim()).map_err(|_| bad())?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(bad());
        }
        base.set_query(None);
        base.set_fragment(None);
        let path = format!("{}/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        Ok(Self {
            client: client(redirect::Policy::none())?,
            reader: client(redirect::Policy::limited(5))?,
            base,
            user: user.to_owned(),
            password,
            routes: OnceCell::new(),
        })
    }

    /// The site's address.
    pub(super) fn address(&self) -> String {
        self.base.to_string()
    }

    /// Makes a call; refusals become what they mean for the push.
    pub(super) async fn call(&self, ask: Ask) -> Result<Value, PushError> {
        let (step, is_publishing) = (ask.step.clone(), ask.is_publishing);
        self.call_or(ask).await?.map_err(|refusal| refusal.explain(&step, is_publishing))
    }

    /// Makes a call and hands refusals over as they are.
    pub(super) async fn call_or(&self, ask: Ask) -> Result<Result<Value, Refusal>, PushError> {
        let routes = *self.routes.get_or_try_init(|| self.discover()).await?;
        self.send(ask, routes).await
    }

    /// Reads a public page as anybody would.
    pub(super) async fn public_page(&self, link: &str) -> Result<String, Unread> {
        let url = Url::parse(link).map_err(|error| Unread(error.to_string()))?;
        let request = self.reader.get(url).timeout(Duration::from_secs(60));
        let response = request.send().await.map_err(|error| Unread(reason(&error)))?;
        let status = response.status().as_u16();
        let bytes = body(response).await?;
        if status != 200 {
            return Err(Unread(format!("the page at {link} answers {status}")));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Finds out how routes are written.
    async fn discover(&self) -> Result<Routes, PushError> {
        let mut last = String::new();
        for routes in [Routes::Pretty, Routes::Plain] {
            let ask = Ask::get("look-up", "/").with("_fields", "namespaces");
            match self.send(ask, routes).await? {
                Ok(index) if speaks_wp_v2(&index) => return Ok(routes),
                Ok(_) => last = "no WordPress REST interface".to_owned(),
                Err(refusal) if refusal.status == 401 || refusal.status == 429 || refusal.status >= 500 => {
                    return Err(refusal.explain("look-up", false));
                }
                Err(refusal) => last = refusal.line,
            }
        }
        Err(PushError::WrongAddress { address: self.address(), line: last })
    }

    async fn send(&self, ask: Ask, routes: Routes) -> Result<Result<Value, Refusal>, PushError> {
        let (step, is_publishing) = (ask.step.clone(), ask.is_publishing);
        let request = self.request(ask, routes)?;
        let response = request.send().await.map_err(|error| self.unsent(&error, &step, is_publishing))?;
        let status = response.status().as_u16();
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (wait_s, moved) = (header(RETRY_AFTER).and_then(|text| text.parse().ok()), header(LOCATION));
        let bytes = body(response).await.map_err(|unread| PushError::lost(&step, is_publishing, unread.0))?;
        let said = match (read(&bytes), moved) {
            (Said::Json(answer), _) if (200..300).contains(&status) => return Ok(Ok(answer)),
            (Said::Line(_), Some(moved)) => Said::Line(moved),
            (said, _) => said,
        };
        Ok(Err(Refusal::read(status, &said, wait_s, self.address())))
    }

    fn request(&self, ask: Ask, routes: Routes) -> Result<RequestBuilder, PushError> {
        let url = self.route(&ask, routes)?;
        let mut request = self.client.request(ask.method, url).header(AUTHORIZATION, self.sign_in());
        request = match ask.body {
            Content::Nothing => request.timeout(Duration::from_secs(60)),
            Content::Json(json) => request.json(&json).timeout(Duration::from_secs(120)),
            Content::File(upload) => {
                let limit = Duration::from_secs(120 + upload.file.bytes / SLOWEST);
                request
                    .header(CONTENT_TYPE, upload.mime)
                    .header(CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", upload.file_name))
                    .header(CONTENT_LENGTH, upload.file.bytes)
                    .header("Content-MD5", upload.md5)
                    .timeout(limit)
                    .body(streamed(upload.file.reader))
            }
        };
        Ok(request)
    }

    fn route(&self, ask: &Ask, routes: Routes) -> Result<Url, PushError> {
        let mut url = match routes {
            Routes::Pretty => {
                let joined = self.base.join(&format!("wp-json{}", ask.path));
                joined.map_err(|_| PushError::BadSetting { name: "url" })?
            }
            Routes::Plain => self.base.clone(),
        };
        if routes == Routes::Plain {
            url.query_pairs_mut().append_pair("rest_route", &ask.path);
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query.iter().map(|(name, value)| (*name, value.as_str())));
        }
        Ok(url)
    }

    fn sign_in(&self) -> String {
        let pair = format!("{}:{}", self.user, self.password.reveal());
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }

    fn unsent(&self, error: &reqwest::Error, step: &str, is_publishing: bool) -> PushError {
        if error.is_builder() {
            return PushError::BadSetting { name: "url" };
        }
        if error.is_connect() {
            return PushError::Unreachable { peer: self.address(), why: reason(error) };
        }
        PushError::lost(step, is_publishing, reason(error))
    }
}

/// A client that opens a connection for every request and never repeats one by itself.
fn client(redirects: redirect::Policy) -> Result<Client, PushError> {
    Client::builder()
        .connect_timeout(Duration::from_secs(15))
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .redirect(redirects)
        .http1_only()
        .user_agent("Satchel")
        .build()
        .map_err(|error| PushError::NotDispatched { why: reason(&error) })
}

/// Feeds a file to the network from a thread of its own.
fn streamed(mut reader: Box<dyn ReadSeek + Send>) -> Body {
    let (send, mut receive) = tokio::sync::mpsc::channel::<std::io::Result<Vec<u8>>>(4);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; 131_072];
            let outcome = match reader.read(&mut piece) {
                Ok(0) => return,
                Ok(got) => {
                    piece.truncate(got);
                    Ok(piece)
                }
                Err(error) => Err(error),
            };
            let is_last = outcome.is_err();
            if send.blocking_send(outcome).is_err() || is_last {
                return;
            }
        }
    });
    Body::wrap_stream(futures_util::stream::poll_fn(move |context| receive.poll_recv(context)))
}

/// Why an answer or a page could not be read, for the log.
#[derive(Debug)]
pub(super) struct Unread(pub(super) String);

async fn body(mut response: Response) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| Unread(reason(&error)))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > ANSWER_BYTES {
            return Err(Unread("the answer is too long".to_owned()));
        }
    }
    Ok(bytes)
}

/// Reads what stands in an answer. Some sites put a byte order mark before their JSON.
fn read(bytes: &[u8]) -> Said {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches(|sign: char| sign == '\u{feff}' || sign.is_whitespace());
    serde_json::from_str(text).map_or_else(
        |_| Said::Line(text.lines().next().unwrap_or_default().chars().take(120).collect()),
        Said::Json,
    )
}

fn speaks_wp_v2(index: &Value) -> bool {
    index["namespaces"].as_array().is_some_and(|names| names.iter().any(|name| name == "wp/v2"))
}

/// The whole chain of causes; addresses are cut out, for they may hold what a log should not.
fn reason(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    if text.is_empty() { "no answer in time".to_owned() } else { text }
}
