//! The HTTP doors. Each turns a request into one call and its outcome into an answer; no rule lives here.
//!
//! Every door but hello, enrol, rotate, token and health wants `authorization: Bearer <token>`.

mod admin;
mod blobs;
mod keeping;
mod numbers;
mod origins;
mod people;
mod records;
mod rotate;
mod slips;
mod tus;

use std::sync::Arc;

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::routing::{get, post, put};
use axum::{Router, middleware};
use satchel_wire::protocol::{PUSH_LIMIT, SEGMENTS_LIMIT};
use serde::de::DeserializeOwned;
use tower_http::trace::TraceLayer;

use crate::Pool;
use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::server::Peer;

/// Most bytes of a manifest: 64 GiB of material.
const MANIFEST_LIMIT: usize = 8 * 1_048_576;

/// All doors of a pool.
pub fn router(pool: Arc<Pool>) -> Router {
    Router::new()
        .route("/health", get(people::health))
        .route("/metrics", get(numbers::metrics))
        .route("/v1/hello", post(records::hello))
        .route("/v1/enrol", post(people::enrol))
        .route("/v1/token", post(people::token))
        .route("/v1/rotate", post(rotate::rotate))
        .route("/v1/records", post(records::push).layer(DefaultBodyLimit::max(2 * PUSH_LIMIT)))
        .route("/v1/slip", post(slips::bring))
        .route("/v1/feed", get(records::feed))
        .route("/v1/wait", get(records::wait))
        .route("/v1/blobs/have", post(blobs::have))
        .route("/v1/blobs/{root}", get(blobs::download))
        .route(
            "/v1/blobs/{root}/manifest",
            put(blobs::put_manifest).get(blobs::manifest).layer(DefaultBodyLimit::max(MANIFEST_LIMIT)),
        )
        .route("/v1/blobs/{root}/make", post(blobs::make))
        .route(
            "/v1/blobs/{root}/segments/{range}",
            put(blobs::put_segments).layer(DefaultBodyLimit::max(SEGMENTS_LIMIT)),
        )
        .route("/v1/invite", post(people::invite))
        .route("/v1/revoke", post(people::revoke))
        .route("/v1/people", get(people::people))
        .route("/v1/channels/{channel}/secret", post(people::secret))
        .route("/v1/lease", post(keeping::lease))
        .route("/v1/escrow", get(keeping::escrow).post(keeping::keep_sealed))
        .route("/v1/quarantine", get(keeping::apart))
        .route("/v1/quarantine/{id}", get(keeping::apart_record))
        .merge(admin::router())
        .merge(tus::router(&pool))
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(&pool), numbers::counted))
        .layer(TraceLayer::new_for_http())
        .with_state(pool)
}

async fn nowhere(uri: Uri) -> PoolError {
    tracing::debug!(%uri, "no such door");
    PoolError::NotFound { what: "door" }
}

/// Reads the token of a request, revoked devices included.
async fn bearer(parts: &Parts, pool: &Pool) -> Outcome<Caller> {
    pool.caller(bearer_text(&parts.headers).ok_or(PoolError::NeedsToken)?).await
}

/// What stands behind `authorization: Bearer`.
fn bearer_text(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim)
}

/// Anyone; those who have not signed in are counted by their address.
pub struct Anyone;

impl FromRequestParts<Arc<Pool>> for Anyone {
    type Rejection = PoolError;
    async fn from_request_parts(parts: &mut Parts, pool: &Arc<Pool>) -> Outcome<Self> {
        match parts.extensions.get::<ConnectInfo<Peer>>() {
            Some(ConnectInfo(Peer(peer))) => pool.count_stranger(peer.ip()).map(|()| Self),
            None => Ok(Self),
        }
    }
}

impl FromRequestParts<Arc<Pool>> for Caller {
    type Rejection = PoolError;
    async fn from_request_parts(parts: &mut Parts, pool: &Arc<Pool>) -> Outcome<Self> {
        let caller = bearer(parts, pool).await?;
        if caller.is_revoked { Err(PoolError::DeviceRevoked) } else { Ok(caller) }
    }
}

/// Anyone with a token, also a revoked device: what it sends is kept apart, not lost.
pub struct Sender(pub Caller);

impl FromRequestParts<Arc<Pool>> for Sender {
    type Rejection = PoolError;
    async fn from_request_parts(parts: &mut Parts, pool: &Arc<Pool>) -> Outcome<Self> {
        bearer(parts, pool).await.map(Self)
    }
}

/// A JSON body; what cannot be read is a [`PoolError::BadRequest`].
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Pool>> for Json<T> {
    type Rejection = PoolError;
    async fn from_request(request: Request, pool: &Arc<Pool>) -> Outcome<Self> {
        let read: Result<axum::Json<T>, JsonRejection> = axum::Json::from_request(request, pool).await;
        read.map(|axum::Json(body)| Self(body))
            .map_err(|error| PoolError::BadRequest { why: error.body_text() })
    }
}

/// A raw body within the door's limit.
pub struct Body(pub axum::body::Bytes);

impl FromRequest<Arc<Pool>> for Body {
    type Rejection = PoolError;
    async fn from_request(request: Request, pool: &Arc<Pool>) -> Outcome<Self> {
        let read: Result<_, BytesRejection> = axum::body::Bytes::from_request(request, pool).await;
        read.map(Self).map_err(|error| PoolError::BadRequest { why: error.body_text() })
    }
}

/// Reads an id or hash of a path.
fn in_path<T: std::str::FromStr>(text: &str, what: &'static str) -> Outcome<T> {
    text.parse().map_err(|_| PoolError::NotFound { what })
}
