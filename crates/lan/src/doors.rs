//! The doors for laptops nearby: the same questions as the pool's, asked the other way round as well. Each but hello wants
//! a caller whom the pool vouches for, as far as is known here.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use satchel_failure::Explain as _;
use satchel_store::StreamEnd;
use satchel_terms::Hash;
use satchel_tls::Pass;
use satchel_wire::protocol::{HaveAnswer, HaveAsk, SEGMENTS_LIMIT};
use satchel_wire::{Manifest, VerifyingKey};
use serde::Deserialize;
use tokio::sync::watch;

use crate::gate::Caller;
use crate::talk::{Beyond, Greeting, JSON_LIMIT, MOST_ROOTS, NEXT, PAGE, Shut, Taken, Wants};
use crate::{Home, LanError, Outcome, Peer, Want, Word, exchange};

/// Most bytes of a manifest: 64 GiB of material.
const MANIFEST_LIMIT: usize = 8 << 20;

/// What the doors share.
pub struct Hall {
    home: Arc<Home>,
    /// Says true once it was switched off: lines that are still open find every door shut.
    stopped: watch::Receiver<bool>,
}

type Shared = State<Arc<Hall>>;

/// All doors of a laptop.
pub fn router(home: Arc<Home>, stopped: watch::Receiver<bool>) -> Router {
    Router::new()
        .route("/v1/hello", post(hello).layer(DefaultBodyLimit::max(JSON_LIMIT)))
        .route("/v1/records", post(take).layer(DefaultBodyLimit::max(2 * PAGE)))
        .route("/v1/records/beyond", post(records).layer(DefaultBodyLimit::max(JSON_LIMIT)))
        .route("/v1/blobs/have", post(have).layer(DefaultBodyLimit::max(JSON_LIMIT)))
        .route("/v1/blobs/wants", get(wants))
        .route("/v1/blobs/{root}", get(range))
        .route(
            "/v1/blobs/{root}/manifest",
            get(manifest).put(offered).layer(DefaultBodyLimit::max(MANIFEST_LIMIT)),
        )
        .route(
            "/v1/blobs/{root}/segments/{first}",
            put(segments).layer(DefaultBodyLimit::max(SEGMENTS_LIMIT)),
        )
        .with_state(Arc::new(Hall { home, stopped }))
}

impl IntoResponse for LanError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Stranger | Self::OtherCentre | Self::Revoked => StatusCode::FORBIDDEN,
            Self::Stopped => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(satchel_store::StoreError::NoBlob { .. }) => StatusCode::NOT_FOUND,
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(Shut { code: self.code().to_owned() })).into_response()
    }
}

/// A caller whom the pool vouches for.
struct Neighbour(Peer);

impl FromRequestParts<Arc<Hall>> for Neighbour {
    type Rejection = LanError;
    async fn from_request_parts(parts: &mut Parts, hall: &Arc<Hall>) -> Outcome<Self> {
        let Anyone { key, pass } = caller(parts)?;
        let peer = hall.work(move |home| home.vouching(|vouch| vouch.peer(&key))?).await?;
        pass.vouch();
        Ok(Self(peer))
    }
}

/// Whoever calls, with the key that the line proved.
struct Anyone {
    key: VerifyingKey,
    pass: Pass,
}

impl FromRequestParts<Arc<Hall>> for Anyone {
    type Rejection = LanError;
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Hall>) -> Outcome<Self> {
        caller(parts)
    }
}

fn caller(parts: &Parts) -> Outcome<Anyone> {
    let Some(ConnectInfo(Caller { key: Some(key), pass })) = parts.extensions.get() else {
        return Err(LanError::Stranger);
    };
    Ok(Anyone { key: *key, pass: pass.clone() })
}

impl Hall {
    async fn work<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Home) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        if *self.stopped.borrow() {
            return Err(LanError::Stopped);
        }
        self.home.at_home(act).await
    }
}

/// The caller says who it is first; only then is it told who is here.
async fn hello(
    State(hall): Shared,
    Anyone { key, pass }: Anyone,
    Json(ask): Json<Greeting>,
) -> Outcome<Json<Greeting>> {
    hall.work(move |home| {
        exchange::must_fit(home, &ask)?;
        let peer = home.vouching(|vouch| vouch.shown(&key, &ask.certificate))??;
        pass.vouch();
        home.household.heard(Word::Met(peer));
        Ok(Json(exchange::greeting(home)?))
    })
    .await
}

async fn take(State(hall): Shared, Neighbour(peer): Neighbour, bytes: Bytes) -> Outcome<Json<Taken>> {
    hall.work(move |home| {
        let took = home.household.take(&bytes)?;
        let (records, refused) = (took.fresh, took.refused);
        home.household.heard(Word::Brought { peer, records, refused });
        Ok(Json(Taken { fresh: records, refused }))
    })
    .await
}

async fn records(State(hall): Shared, _: Neighbour, Json(ask): Json<Beyond>) -> Outcome<Response> {
    hall.work(move |home| {
        let ends: Vec<StreamEnd> = ask.ends.into_iter().map(StreamEnd::from).collect();
        let page = home.library.records_beyond(&ends, ask.after, PAGE)?;
        let next = page.last().map_or(ask.after, |last| last.row);
        let bytes: Vec<u8> = page.iter().flat_map(|one| one.record.bytes()).copied().collect();
        Ok(([(NEXT, next.to_string())], raw(bytes)).into_response())
    })
    .await
}

/// Blobs that lie here and were given to the pool or came from outside; what was not filed yet is nobody's business.
async fn have(State(hall): Shared, _: Neighbour, Json(ask): Json<HaveAsk>) -> Outcome<Json<HaveAnswer>> {
    hall.work(move |home| {
        let mut answer = HaveAnswer { have: Vec::new(), partial: BTreeMap::new() };
        for root in ask.roots.into_iter().take(MOST_ROOTS) {
            if may_show(home, &root)? {
                answer.have.push(root);
            }
        }
        Ok(Json(answer))
    })
    .await
}

/// Whether a blob may be given to a neighbour.
pub fn may_show(home: &Home, root: &Hash) -> Outcome<bool> {
    Ok(home.library.blobs().has(root) && home.library.has_travelled(root)?)
}

async fn wants(State(hall): Shared, _: Neighbour) -> Outcome<Json<Wants>> {
    hall.work(|home| {
        let mut wants = home.household.wants()?;
        wants.truncate(MOST_ROOTS);
        Ok(Json(Wants { wants }))
    })
    .await
}

async fn manifest(State(hall): Shared, _: Neighbour, Path(root): Path<Hash>) -> Outcome<Response> {
    hall.work(move |home| {
        must_show(home, &root)?;
        Ok(raw(home.library.blobs().manifest(&root)?.to_bytes()))
    })
    .await
}

fn must_show(home: &Home, root: &Hash) -> Outcome<()> {
    let hidden = || satchel_store::StoreError::NoBlob { root: root.to_string() };
    if may_show(home, root)? { Ok(()) } else { Err(hidden().into()) }
}

async fn range(
    State(hall): Shared,
    _: Neighbour,
    Path(root): Path<Hash>,
    asked: HeaderMap,
) -> Outcome<Response> {
    let text = asked.get(header::RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let range = byte_range(text).ok_or_else(|| LanError::garbled("range"))?;
    hall.work(move |home| {
        must_show(home, &root)?;
        let bytes = exchange::read(&home.library, &root, range)?;
        Ok((StatusCode::PARTIAL_CONTENT, raw(bytes)).into_response())
    })
    .await
}

/// Reads `bytes=a-b` of at most one run.
fn byte_range(text: &str) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?;
    let is_fair = range.start < range.end && range.end - range.start <= SEGMENTS_LIMIT as u64;
    is_fair.then_some(range)
}

/// The length of a blob that is offered.
#[derive(Debug, Deserialize)]
struct Length {
    len: u64,
}

/// A neighbour has a blob that is wanted here: which segments shall come. One that is not wanted never takes room.
async fn offered(
    State(hall): Shared,
    _: Neighbour,
    Path(root): Path<Hash>,
    Query(Length { len }): Query<Length>,
    bytes: Bytes,
) -> Outcome<Json<HaveAnswer>> {
    hall.work(move |home| {
        let manifest = Manifest::parse(root, len, &bytes)?;
        let mut answer = HaveAnswer::default();
        if home.library.blobs().has(&root) {
            answer.have.push(root);
            return Ok(Json(answer));
        }
        if !home.household.wants()?.contains(&Want { root, bytes: len }) {
            return Err(LanError::Refused { code: "lan.not-wanted".to_owned() });
        }
        let partial = home.library.blobs().partial(&root, len)?;
        answer.partial.insert(root, hex::encode(partial.bitmap().to_bytes()));
        home.offers().insert(root, manifest);
        Ok(Json(answer))
    })
    .await
}

async fn segments(
    State(hall): Shared,
    Neighbour(peer): Neighbour,
    Path((root, first)): Path<(Hash, u64)>,
    bytes: Bytes,
) -> Outcome<Json<HaveAnswer>> {
    hall.work(move |home| {
        let manifest = home.offers().get(&root).cloned();
        let manifest = manifest.ok_or_else(|| LanError::garbled("no manifest"))?;
        let is_whole = exchange::put(&home.library, &manifest, first, &bytes)?;
        let mut answer = HaveAnswer::default();
        if is_whole {
            answer.have.push(root);
            home.offers().remove(&root);
            home.household.arrived(root, manifest.length);
            home.household.heard(Word::Blob { peer, bytes: manifest.length });
        }
        Ok(Json(answer))
    })
    .await
}

fn raw(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}
