//! The calling side of a line to one laptop. Every answer has one meaning: a value, or a [`LanError`] with its own code.

use std::sync::PoisonError;
use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use satchel_terms::Hash;
use satchel_wire::protocol::{HaveAnswer, HaveAsk, SEGMENTS_LIMIT};
use satchel_wire::{Manifest, device_id};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::gate::{Answered, calling, is_stranger};
use crate::talk::{Beyond, Greeting, JSON_LIMIT, NEXT, Shut, Taken, Wants};
use crate::{Home, LanError, Outcome, Place};

/// How long a laptop may take to answer the first call.
const CONNECT: Duration = Duration::from_secs(8);
/// How long a line may stand still.
const STALL: Duration = Duration::from_secs(20);

/// A line to a laptop nearby.
pub(crate) struct Line {
    http: reqwest::Client,
    base: String,
    answered: Answered,
}

impl Line {
    /// A line that shows this laptop's key only to a laptop that is known here, or to the one that the place names.
    pub(crate) fn new(home: &Home, place: &Place) -> Outcome<Self> {
        let (asked, named) = (home.clone(), place.clone());
        let may_call = Box::new(move |key: &VerifyingKey| {
            let known = asked.vouching(|vouch| vouch.peer(key));
            match known {
                Ok(Err(LanError::Stranger)) => named.names(device_id(key)),
                Ok(found) => found.is_ok() && (named.code.is_none() || named.names(device_id(key))),
                Err(_) => false,
            }
        });
        let (config, answered) = calling(&home.badge, may_call)?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(STALL)
            .no_proxy()
            .https_only(true)
            .tls_backend_preconfigured(config)
            .build()
            .map_err(LanError::garbled)?;
        Ok(Self { http, base: format!("https://{}", place.address), answered })
    }

    /// The key that answered.
    pub(crate) fn key(&self) -> Outcome<VerifyingKey> {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        (*answered).ok_or(LanError::Stranger)
    }

    pub(crate) async fn hello(&self, greeting: &Greeting) -> Outcome<Greeting> {
        self.json(Method::POST, "/v1/hello", Some(greeting)).await
    }

    /// A page of records, and the place after it in the other's order.
    pub(crate) async fn beyond(&self, ask: &Beyond) -> Outcome<(Vec<u8>, i64)> {
        let request = self.request(Method::POST, "/v1/records/beyond").json(ask);
        let (bytes, headers) = self.answer(request, SEGMENTS_LIMIT).await?;
        let next = headers.get(NEXT).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok((bytes, next.ok_or_else(|| LanError::garbled(NEXT))?))
    }

    pub(crate) async fn take(&self, records: Vec<u8>) -> Outcome<Taken> {
        read(&self.send(self.request(Method::POST, "/v1/records").body(records), JSON_LIMIT).await?)
    }

    pub(crate) async fn have(&self, roots: Vec<Hash>) -> Outcome<Vec<Hash>> {
        let answer: HaveAnswer = self.json(Method::POST, "/v1/blobs/have", Some(&HaveAsk { roots })).await?;
        Ok(answer.have)
    }

    pub(crate) async fn wants(&self) -> Outcome<Wants> {
        self.json(Method::GET, "/v1/blobs/wants", None::<&()>).await
    }

    pub(crate) async fn manifest(&self, root: &Hash, length: u64) -> Outcome<Manifest> {
        let request = self.request(Method::GET, &format!("/v1/blobs/{root}/manifest"));
        Ok(Manifest::parse(*root, length, &self.send(request, SEGMENTS_LIMIT).await?)?)
    }

    /// Fetches the bytes `from..to` of a blob.
    pub(crate) async fn range(&self, root: &Hash, from: u64, to: u64) -> Outcome<Vec<u8>> {
        let request = self.request(Method::GET, &format!("/v1/blobs/{root}"));
        let request = request.header("range", format!("bytes={from}-{}", to.saturating_sub(1)));
        let bytes = self.send(request, SEGMENTS_LIMIT).await?;
        if bytes.len() as u64 == to - from {
            Ok(bytes)
        } else {
            Err(LanError::garbled("length of the range"))
        }
    }

    /// Offers a blob; the answer says which segments the other has already.
    pub(crate) async fn offer(&self, manifest: &Manifest) -> Outcome<HaveAnswer> {
        let path = format!("/v1/blobs/{}/manifest?len={}", manifest.root, manifest.length);
        read(&self.send(self.request(Method::PUT, &path).body(manifest.to_bytes()), JSON_LIMIT).await?)
    }

    /// Sends segments from `first` on; whether the other has the blob whole now.
    pub(crate) async fn put(&self, root: &Hash, first: u64, bytes: Vec<u8>) -> Outcome<bool> {
        let path = format!("/v1/blobs/{root}/segments/{first}");
        let request = self.request(Method::PUT, &path).body(bytes);
        let answer: HaveAnswer = read(&self.send(request, JSON_LIMIT).await?)?;
        Ok(answer.have.contains(root))
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Outcome<T> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        read(&self.send(request, JSON_LIMIT).await?)
    }

    async fn send(&self, request: reqwest::RequestBuilder, most: usize) -> Outcome<Vec<u8>> {
        self.answer(request, most).await.map(|(bytes, _)| bytes)
    }

    async fn answer(&self, request: reqwest::RequestBuilder, most: usize) -> Outcome<(Vec<u8>, HeaderMap)> {
        let mut answer = request.send().await.map_err(|error| broken(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
            if bytes.len() + chunk.len() > most {
                return Err(LanError::garbled("the answer is too long"));
            }
            bytes.extend_from_slice(&chunk);
        }
        if status.is_success() { Ok((bytes, headers)) } else { Err(shut(status, &bytes)) }
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    serde_json::from_slice(bytes).map_err(LanError::garbled)
}

fn broken(error: &reqwest::Error) -> LanError {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        if is_stranger(deeper) {
            return LanError::Stranger;
        }
        why = deeper.to_string();
        cause = deeper.source();
    }
    LanError::Unreachable { why }
}

/// What a shut door means.
fn shut(status: StatusCode, bytes: &[u8]) -> LanError {
    let said: Option<Shut> = serde_json::from_slice(bytes).ok();
    match said.map(|shut| shut.code) {
        Some(code) if code == "lan.other-centre" => LanError::OtherCentre,
        Some(code) if code == "lan.itself" => LanError::Itself,
        Some(code) => LanError::Refused { code },
        None => LanError::Refused { code: status.as_u16().to_string() },
    }
}
