//! Doors of the log: hello, push, feed, wait.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use satchel_wire::key_to_hex;
use satchel_wire::protocol::{
    EPOCH, HEAD, Hello, HelloAsk, NEXT, PROTOCOL, PROTOCOL_MIN, PUSH_LIMIT, RecordsAnswer, WaitAnswer,
};
use serde::Deserialize;

use super::{Anyone, Body, Json, Sender};
use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::{Pool, chance};

/// How long a wait takes when the asker does not say: laptops of before do not.
const WAIT: Duration = Duration::from_secs(55);
/// The longest that an asker gets.
const LONGEST_WAIT: Duration = Duration::from_secs(1_800);
/// Bytes of a feed page when the asker does not say.
const PAGE: usize = 1_048_576;

pub async fn hello(
    State(pool): State<Arc<Pool>>,
    _anyone: Anyone,
    Json(ask): Json<HelloAsk>,
) -> Outcome<axum::Json<Hello>> {
    if ask.newsroom != pool.facts().newsroom {
        return Err(PoolError::OtherNewsroom);
    }
    if !(PROTOCOL_MIN..=PROTOCOL).contains(&ask.protocol) {
        return Err(PoolError::OtherProtocol { min: PROTOCOL_MIN, max: PROTOCOL });
    }
    pool.greeted(ask.device, ask.protocol).await?;
    let mut hello = Hello {
        protocol_min: PROTOCOL_MIN,
        protocol_max: PROTOCOL,
        pool: pool.facts().newsroom,
        epoch: pool.facts().epoch,
        now: chance::now(),
        head: pool.keep().head().await?,
        mine: pool.keep().heads_of(ask.device).await?,
        pool_key: key_to_hex(&pool.key().verifying_key()),
        backup_mark: pool.keep().backed_up().await?.map(|done| done.head),
        backup_proof: None,
        proof: None,
    };
    if let Some(nonce) = ask.nonce.filter(|nonce| nonce.len() <= 128) {
        hello.prove(&nonce, pool.key());
    }
    Ok(axum::Json(hello))
}

pub async fn push(
    State(pool): State<Arc<Pool>>,
    Sender(sender): Sender,
    headers: HeaderMap,
    Body(body): Body,
) -> Outcome<axum::Json<RecordsAnswer>> {
    let bytes = match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"identity") => body.to_vec(),
        Some(b"zstd") => unpack(&body)?,
        Some(_) => return Err(PoolError::BadRequest { why: "unknown content-encoding".to_owned() }),
    };
    pool.take_in(sender.device, &bytes).await.map(axum::Json)
}

/// Unpacks a body that may not grow past the limit of a push.
fn unpack(packed: &[u8]) -> Outcome<Vec<u8>> {
    let bad = |error: std::io::Error| PoolError::BadRequest { why: error.to_string() };
    let mut bytes = Vec::new();
    let most = 2 * PUSH_LIMIT as u64;
    zstd::Decoder::new(packed).map_err(bad)?.take(most + 1).read_to_end(&mut bytes).map_err(bad)?;
    if bytes.len() as u64 > most {
        return Err(PoolError::BadRequest { why: "too many bytes".to_owned() });
    }
    Ok(bytes)
}

/// From where, and how much.
#[derive(Debug, Deserialize)]
pub struct FeedAsk {
    /// The cursor; 0 from the beginning.
    #[serde(default)]
    after: u64,
    /// Most bytes.
    limit: Option<usize>,
}

/// News from where on, and how long to wait for them.
#[derive(Debug, Deserialize)]
pub struct WaitAsk {
    /// The place known.
    #[serde(default)]
    after: u64,
    /// Seconds.
    #[serde(rename = "for")]
    patience: Option<u64>,
}

pub async fn feed(
    State(pool): State<Arc<Pool>>,
    _caller: Caller,
    ask: Result<Query<FeedAsk>, axum::extract::rejection::QueryRejection>,
) -> Outcome<Response> {
    let Query(ask) = ask.map_err(|error| PoolError::BadRequest { why: error.body_text() })?;
    let page = pool.keep().feed(ask.after, ask.limit.unwrap_or(PAGE).min(PAGE)).await?;
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        (NEXT, page.next.to_string()),
        (HEAD, page.head.to_string()),
        (EPOCH, pool.facts().epoch.to_string()),
    ];
    Ok((headers, page.bytes).into_response())
}

pub async fn wait(
    State(pool): State<Arc<Pool>>,
    _caller: Caller,
    ask: Result<Query<WaitAsk>, axum::extract::rejection::QueryRejection>,
) -> Outcome<axum::Json<WaitAnswer>> {
    let Query(ask) = ask.map_err(|error| PoolError::BadRequest { why: error.body_text() })?;
    let patience = ask.patience.map_or(WAIT, Duration::from_secs).min(LONGEST_WAIT);
    let _seat = pool.metrics().waits();
    let (mut head, mut stop) = (pool.watch_head(), pool.watch_stop());
    tokio::select! {
        _ = head.wait_for(|head| *head > ask.after) => {}
        _ = stop.wait_for(|is_stopping| *is_stopping) => {}
        () = tokio::time::sleep(patience) => {}
    }
    let head = *pool.watch_head().borrow();
    Ok(axum::Json(WaitAnswer { head }))
}
