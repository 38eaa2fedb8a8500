//! `GET /metrics`, and the count of every request.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::bearer_text;
use crate::Pool;
use crate::failure::{Outcome, PoolError};
use crate::server::Peer;
use crate::settings::{Settings, secret};

/// What a proxy adds to the requests that it hands on.
const OF_A_PROXY: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Counts a request and how long its answer took.
pub async fn counted(State(pool): State<Arc<Pool>>, request: Request, next: Next) -> Response {
    let door = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let (method, began) = (request.method().clone(), Instant::now());
    let answer = next.run(request).await;
    pool.metrics().answered(&door, method.as_str(), answer.status().as_u16(), began.elapsed());
    answer
}

pub async fn metrics(
    State(pool): State<Arc<Pool>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Outcome<Response> {
    if !is_of_this_machine(pool.settings(), peer.ip(), &headers) && !knows_the_token(&pool, &headers)? {
        return Err(PoolError::NotForYou);
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], pool.metrics_page().await?).into_response())
}

/// Whether the caller is a program of this machine, and not a proxy that speaks for somebody else.
fn is_of_this_machine(settings: &Settings, peer: IpAddr, headers: &HeaderMap) -> bool {
    let is_handed_on = OF_A_PROXY.iter().any(|name| headers.contains_key(*name));
    peer.to_canonical().is_loopback() && !is_handed_on && !settings.is_behind_a_proxy()
}

fn knows_the_token(pool: &Pool, headers: &HeaderMap) -> Outcome<bool> {
    let file = pool.settings().metrics.token_file.as_deref();
    let Some(file) = file else { return Ok(false) };
    let token = secret(Some(file), "")?.filter(|token| !token.is_empty());
    let sent = bearer_text(headers).unwrap_or_default();
    // Compared by their hashes, so that time tells nothing.
    Ok(token.is_some_and(|token| blake3::hash(token.as_bytes()) == blake3::hash(sent.as_bytes())))
}
