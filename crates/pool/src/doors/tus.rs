//! Doors of the tus protocol 1.0: creation (with upload, without length), head, patch, termination, checksum,
//! concatenation, expiration.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{head, post};
use futures_util::StreamExt;
use satchel_terms::DeviceId;
use sha2::Digest;

use super::origins;
use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::tus::{LONGEST, Lying, Upload, refused};
use crate::{Pool, chance};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str =
    "creation,creation-with-upload,creation-defer-length,termination,checksum,concatenation,expiration";
const ALGORITHMS: &str = "sha1,sha256,blake3";
const OCTETS: &str = "application/offset+octet-stream";
/// How long no byte may come.
const STALL: Duration = Duration::from_secs(60);
/// How long a request waits for the one before it to let go of an upload.
const PATIENCE: Duration = Duration::from_secs(5);

/// All doors of the protocol.
pub fn router(pool: &Arc<Pool>) -> Router<Arc<Pool>> {
    let origins: Arc<[String]> = pool.settings().web_origins.as_slice().into();
    Router::new()
        .route("/tus", post(create).options(options))
        .route("/tus/{id}", head(look).patch(patch).delete(end).options(options).post(instead))
        .layer(middleware::from_fn(spoken))
        .layer(middleware::from_fn_with_state(origins, origins::told))
}

/// Insists on the version of the protocol, and names it in every answer.
async fn spoken(request: Request, next: Next) -> Response {
    let version = request.headers().get("tus-resumable").map(HeaderValue::as_bytes);
    let mut answer = if request.method() == Method::OPTIONS || version == Some(VERSION.as_bytes()) {
        next.run(request).await
    } else {
        refused(412, "this is tus 1.0.0").into_response()
    };
    let headers = answer.headers_mut();
    headers.insert("tus-resumable", HeaderValue::from_static(VERSION));
    headers.insert("tus-version", HeaderValue::from_static(VERSION));
    answer
}

async fn options() -> Response {
    let told = [
        ("tus-extension", EXTENSIONS.to_owned()),
        ("tus-checksum-algorithm", ALGORITHMS.to_owned()),
        ("tus-max-size", LONGEST.to_string()),
    ];
    (StatusCode::NO_CONTENT, told).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name).and_then(|text| text.parse().ok())
}

async fn create(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Outcome<Response> {
    let concat = text(&headers, "upload-concat").unwrap_or_default();
    let parts: Option<Vec<String>> = concat.strip_prefix("final;").map(ids);
    let length = match &parts {
        Some(parts) => Some(whole_length(&pool, &caller, parts).await?),
        None => said_length(&headers)?,
    };
    pool.may_upload(caller.device, length.unwrap_or(0)).await?;
    let upload = Upload {
        device: caller.device,
        length,
        is_partial: concat == "partial",
        is_final: parts.is_some(),
        metadata: text(&headers, "upload-metadata").unwrap_or_default().chars().take(4_096).collect(),
        begun_at: chance::now(),
        blob: None,
    };
    let id = pool.begin_upload(&upload).await?;
    if let (Some(parts), Some(length)) = (parts, length) {
        pool.tray().join(&id, &parts, length).await?;
    } else if text(&headers, "content-type") == Some(OCTETS) {
        let _hand = pool.hands().of(&id).lock_owned().await;
        write(&pool, &id, upload.bound(), 0, &headers, body).await?;
    }
    let mut answer = state(&pool, &id, caller.device).await?;
    *answer.status_mut() = StatusCode::CREATED;
    let place = HeaderValue::from_str(&format!("/tus/{id}")).map_err(|_| refused(500, "no place"))?;
    answer.headers_mut().insert(header::LOCATION, place);
    Ok(answer)
}

/// How long it will be; none when the sender does not know yet.
fn said_length(headers: &HeaderMap) -> Outcome<Option<u64>> {
    let length = number(headers, "upload-length");
    if length.is_none() && text(headers, "upload-defer-length") != Some("1") {
        return Err(refused(400, "upload-length is missing"));
    }
    if length.is_some_and(|length| length > LONGEST) {
        return Err(refused(413, "too long"));
    }
    Ok(length)
}

/// The names of the parts in `/tus/a /tus/b`.
fn ids(parts: &str) -> Vec<String> {
    parts.split_whitespace().filter_map(|place| place.rsplit('/').next()).map(str::to_owned).collect()
}

async fn whole_length(pool: &Pool, caller: &Caller, parts: &[String]) -> Outcome<u64> {
    let mut sum = 0;
    for id in parts {
        let part = pool.upload(id, caller.device).await?;
        if !part.upload.is_partial {
            return Err(refused(400, "not a part"));
        }
        if part.upload.length != Some(part.held) {
            return Err(refused(409, "a part is not complete"));
        }
        sum += part.held;
    }
    if sum > LONGEST { Err(refused(413, "too long")) } else { Ok(sum) }
}

async fn look(State(pool): State<Arc<Pool>>, caller: Caller, Path(id): Path<String>) -> Outcome<Response> {
    let mut answer = state(&pool, &id, caller.device).await?;
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// How an upload stands; one whose bytes are all here becomes a blob first.
async fn state(pool: &Arc<Pool>, id: &str, device: DeviceId) -> Outcome<Response> {
    let lying = pool.upload(id, device).await?;
    let (offset, moved_at, mut upload) = (lying.held, lying.moved_at, lying.upload.clone());
    if upload.length == Some(offset) && upload.blob.is_none() && !upload.is_partial {
        let ends = Arc::clone(pool).finish_upload(lying);
        // It goes on when the asker hangs up.
        upload = tokio::spawn(ends).await.map_err(|error| PoolError::Broken(error.to_string()))??;
    }
    let mut answer = StatusCode::NO_CONTENT.into_response();
    let mut say = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    say("upload-offset", offset.to_string());
    match upload.length {
        Some(length) => say("upload-length", length.to_string()),
        None => say("upload-defer-length", "1".to_owned()),
    }
    if !upload.metadata.is_empty() {
        say("upload-metadata", upload.metadata.clone());
    }
    match (upload.is_partial, upload.is_final) {
        (true, _) => say("upload-concat", "partial".to_owned()),
        (_, true) => say("upload-concat", "final".to_owned()),
        _ => {}
    }
    match (upload.blob, pool.upload_ends(moved_at)) {
        (Some(blob), _) => say("satchel-blob", blob.to_string()),
        (None, Some(ends)) => {
            let ends = Duration::from_millis(u64::try_from(ends).unwrap_or(0));
            say("upload-expires", httpdate::fmt_http_date(std::time::UNIX_EPOCH + ends));
        }
        (None, None) => {}
    }
    Ok(answer)
}

async fn patch(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Outcome<Response> {
    if text(&headers, "content-type") != Some(OCTETS) {
        return Err(refused(415, "the body has to be application/offset+octet-stream"));
    }
    let asked = number(&headers, "upload-offset").ok_or(refused(400, "upload-offset is missing"))?;
    let Ok(_hand) = tokio::time::timeout(PATIENCE, pool.hands().of(&id).lock_owned()).await else {
        return Err(refused(423, "another request writes to it"));
    };
    let Lying { mut upload, held, .. } = pool.upload(&id, caller.device).await?;
    if upload.is_final {
        return Err(refused(403, "it is put together from parts"));
    }
    if asked != held {
        return Err(refused(409, "the offset is another one"));
    }
    if let (None, Some(length)) = (upload.length, number(&headers, "upload-length")) {
        if length < held || length > LONGEST {
            return Err(refused(400, "the length cannot be"));
        }
        upload.length = Some(length);
        pool.tray().note(&id, &upload).await?;
    }
    write(&pool, &id, upload.bound(), held, &headers, body).await?;
    state(&pool, &id, caller.device).await
}

async fn end(State(pool): State<Arc<Pool>>, caller: Caller, Path(id): Path<String>) -> Outcome<StatusCode> {
    let Ok(_hand) = tokio::time::timeout(PATIENCE, pool.hands().of(&id).lock_owned()).await else {
        return Err(refused(423, "another request writes to it"));
    };
    pool.upload(&id, caller.device).await?;
    pool.tray().forget(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For clients behind proxies that know GET and POST only.
async fn instead(
    state: State<Arc<Pool>>,
    caller: Caller,
    id: Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Outcome<Response> {
    match text(&headers, "x-http-method-override") {
        Some("PATCH") => patch(state, caller, id, headers, body).await,
        Some("DELETE") => end(state, caller, id).await.map(IntoResponse::into_response),
        Some("HEAD") => look(state, caller, id).await,
        _ => Err(refused(405, "not this way")),
    }
}

/// A checksum as it is computed, and as it should be.
enum Sum {
    None,
    Sha1(sha1::Sha1, Vec<u8>),
    Sha256(sha2::Sha256, Vec<u8>),
    Blake3(Box<blake3::Hasher>, Vec<u8>),
}

impl Sum {
    fn asked(headers: &HeaderMap) -> Outcome<Self> {
        let Some(asked) = text(headers, "upload-checksum") else { return Ok(Self::None) };
        let bad = || refused(400, "the checksum cannot be read");
        let (name, value) = asked.split_once(' ').ok_or_else(bad)?;
        let value = satchel_wire::from_base64(value.trim()).map_err(|_| bad())?;
        match name {
            "sha1" => Ok(Self::Sha1(sha1::Sha1::new(), value)),
            "sha256" => Ok(Self::Sha256(sha2::Sha256::new(), value)),
            "blake3" => Ok(Self::Blake3(Box::default(), value)),
            _ => Err(refused(400, "the checksum is of an unknown kind")),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::None => {}
            Self::Sha1(hasher, _) => hasher.update(bytes),
            Self::Sha256(hasher, _) => hasher.update(bytes),
            Self::Blake3(hasher, _) => drop(hasher.update(bytes)),
        }
    }

    fn fits(self) -> bool {
        match self {
            Self::None => true,
            Self::Sha1(hasher, value) => hasher.finalize().as_slice() == value,
            Self::Sha256(hasher, value) => hasher.finalize().as_slice() == value,
            Self::Blake3(hasher, value) => hasher.finalize().as_bytes().as_slice() == value,
        }
    }

    const fn is_asked(&self) -> bool {
        !matches!(self, Self::None)
    }
}

/// Writes what comes behind what is there, up to `bound`. What came before the line broke stays, unless a checksum was
/// to prove it.
async fn write(
    pool: &Pool,
    id: &str,
    bound: u64,
    offset: u64,
    headers: &HeaderMap,
    body: Body,
) -> Outcome<()> {
    let mut sum = Sum::asked(headers)?;
    if number(headers, "content-length").is_some_and(|length| offset.saturating_add(length) > bound) {
        return Err(refused(413, "more bytes than were said"));
    }
    let (tray, mut stream) = (pool.tray(), body.into_data_stream());
    let (mut at, mut hand, mut broken) = (offset, Vec::new(), None);
    loop {
        let bytes = match tokio::time::timeout(STALL, stream.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(bytes))) => bytes,
            Ok(Some(Err(_))) | Err(_) => {
                broken = Some(refused(408, "the line broke"));
                break;
            }
        };
        if at + (hand.len() + bytes.len()) as u64 > bound {
            broken = Some(refused(413, "more bytes than were said"));
            break;
        }
        sum.update(&bytes);
        hand.extend_from_slice(&bytes);
        if hand.len() >= tray.piece() {
            let piece = std::mem::take(&mut hand);
            let next = at + piece.len() as u64;
            tray.append(id, at, piece).await?;
            at = next;
        }
    }
    let is_asked = sum.is_asked();
    if (broken.is_some() && is_asked) || (broken.is_none() && !sum.fits()) {
        if at > offset {
            tray.cut(id, offset).await?;
        }
        broken.get_or_insert(refused(460, "the checksum does not fit"));
    } else if !hand.is_empty() {
        tray.append(id, at, hand).await?;
    }
    tray.settle(id).await?;
    broken.map_or(Ok(()), Err)
}
