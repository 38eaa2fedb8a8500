//! Doors of material: what is here, up in verified segments in any order, down with ranges.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body as Outgoing;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use satchel_terms::Hash;
use satchel_wire::protocol::{HaveAnswer, HaveAsk};
use satchel_wire::{MakeAnswer, MakeAsk, Manifest};
use serde::Deserialize;

use super::{Body, Json, in_path};
use crate::Pool;
use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;

/// Bytes read at once on the way down.
const PIECE: usize = 1_048_576;
/// Most roots of one question.
const MOST_ROOTS: usize = 4_096;

pub async fn have(
    State(pool): State<Arc<Pool>>,
    _caller: Caller,
    Json(ask): Json<HaveAsk>,
) -> Outcome<axum::Json<HaveAnswer>> {
    if ask.roots.len() > MOST_ROOTS {
        return Err(PoolError::BadRequest { why: format!("more than {MOST_ROOTS} roots") });
    }
    let mut answer = HaveAnswer::default();
    for root in ask.roots {
        match pool.keep().blob(root).await? {
            Some(blob) if blob.is_whole => answer.have.push(root),
            Some(blob) => drop(answer.partial.insert(root, hex::encode(blob.bitmap.to_bytes()))),
            None => {}
        }
    }
    Ok(axum::Json(answer))
}

/// The length of the file whose manifest comes.
#[derive(Debug, Deserialize)]
pub struct ManifestAsk {
    len: u64,
}

pub async fn put_manifest(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Path(root): Path<String>,
    ask: Result<Query<ManifestAsk>, axum::extract::rejection::QueryRejection>,
    Body(bytes): Body,
) -> Outcome<axum::Json<HaveAnswer>> {
    let Query(ask) = ask.map_err(|error| PoolError::BadRequest { why: error.body_text() })?;
    let root: Hash = in_path(&root, "blob")?;
    let manifest = Manifest::parse(root, ask.len, &bytes)?;
    if pool.keep().blob(root).await?.is_none() {
        pool.may_begin(caller.device, 0, manifest.length).await?;
    }
    let held = pool.keep().put_manifest(manifest, caller.device).await?;
    let mut answer = HaveAnswer::default();
    if held.is_whole {
        answer.have.push(root);
    } else {
        answer.partial.insert(root, hex::encode(held.bitmap.to_bytes()));
    }
    Ok(axum::Json(answer))
}

pub async fn manifest(
    State(pool): State<Arc<Pool>>,
    _caller: Caller,
    Path(root): Path<String>,
) -> Outcome<Response> {
    let blob = pool.keep().blob(in_path(&root, "blob")?).await?.filter(|blob| blob.is_whole);
    let manifest = blob.ok_or(PoolError::NotFound { what: "blob" })?.manifest;
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        ("x-satchel-length", manifest.length.to_string()),
    ];
    Ok((headers, manifest.to_bytes()).into_response())
}

pub async fn put_segments(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Path((root, range)): Path<(String, String)>,
    Body(bytes): Body,
) -> Outcome<axum::Json<HaveAnswer>> {
    let root: Hash = in_path(&root, "blob")?;
    let range = segment_range(&range).ok_or(PoolError::NotFound { what: "segment" })?;
    let blob = pool.keep().blob(root).await?.ok_or(PoolError::NoManifest)?;
    let (verified, kept) = verified(&blob.manifest, &range, &bytes);
    if kept > 0 {
        pool.keep().put_segments(root, range.start, bytes[..kept].to_vec()).await?;
    }
    if verified < range.end || kept < bytes.len() {
        return Err(PoolError::BadSegment { index: verified });
    }
    have(State(pool), caller, Json(HaveAsk { roots: vec![root] })).await
}

pub async fn make(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Path(root): Path<String>,
    Json(ask): Json<MakeAsk>,
) -> Outcome<axum::Json<MakeAnswer>> {
    let root: Hash = in_path(&root, "blob")?;
    Ok(axum::Json(pool.make(caller.device, root, ask).await?))
}

/// Reads `a-b`, `b` exclusive.
fn segment_range(text: &str) -> Option<Range<u64>> {
    let (start, end) = text.split_once('-')?;
    let range: Range<u64> = start.parse().ok()?..end.parse().ok()?;
    (range.start < range.end).then_some(range)
}

/// The first segment of the range that does not verify (its end when all do), and the bytes before it.
fn verified(manifest: &Manifest, range: &Range<u64>, bytes: &[u8]) -> (u64, usize) {
    let mut at = 0;
    for index in range.clone() {
        let length = usize::try_from(manifest.segment_len(index)).unwrap_or(0);
        let segment = bytes.get(at..at + length).unwrap_or_default();
        if !manifest.verify_segment(index, segment) {
            return (index, at);
        }
        at += length;
    }
    (range.end, at)
}

pub async fn download(
    State(pool): State<Arc<Pool>>,
    _caller: Caller,
    Path(root): Path<String>,
    asked: HeaderMap,
) -> Outcome<Response> {
    let root: Hash = in_path(&root, "blob")?;
    let blob = pool.keep().blob(root).await?.filter(|blob| blob.is_whole);
    let length = blob.ok_or(PoolError::NotFound { what: "blob" })?.manifest.length;
    let etag = format!("\"{root}\"");
    let named = |name| asked.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let same = [(header::ETAG, etag.clone()), (header::ACCEPT_RANGES, "bytes".to_owned())];
    if named(header::IF_NONE_MATCH).is_some_and(|known| known == "*" || known.contains(&etag)) {
        return Ok((StatusCode::NOT_MODIFIED, same).into_response());
    }
    let wants_range = named(header::IF_RANGE).is_none_or(|known| known == etag);
    let range = named(header::RANGE).filter(|_| wants_range).and_then(|text| byte_range(text, length));
    let kind = (header::CONTENT_TYPE, "application/octet-stream".to_owned());
    let forever = (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned());
    let size = |range: &Range<u64>| (header::CONTENT_LENGTH, (range.end - range.start).to_string());
    Ok(match range {
        None => (same, [kind, forever, size(&(0..length))], pieces(pool, root, 0..length)).into_response(),
        Some(range) if range.is_empty() => {
            let whole = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, same, whole).into_response()
        }
        Some(range) => {
            let place = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            let headers = [kind, forever, size(&range), (header::CONTENT_RANGE, place)];
            (StatusCode::PARTIAL_CONTENT, same, headers, pieces(pool, root, range)).into_response()
        }
    })
}

/// Reads one byte range; an empty one cannot be satisfied, none means the header is not understood and the whole is sent.
fn byte_range(text: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first.trim(), last.trim()) {
        ("", last) => length.saturating_sub(last.parse().ok()?)..length,
        (first, "") => first.parse().ok()?..length,
        (first, last) => first.parse().ok()?..last.parse::<u64>().ok()?.saturating_add(1).min(length),
    };
    Some(if range.start < range.end { range } else { 0..0 })
}

/// The bytes of a range, read piece by piece as the line takes them.
fn pieces(pool: Arc<Pool>, root: Hash, range: Range<u64>) -> Outgoing {
    Outgoing::from_stream(stream::try_unfold((pool, range), move |(pool, range)| async move {
        if range.is_empty() {
            return Ok::<_, PoolError>(None);
        }
        let most = usize::try_from(range.end - range.start).unwrap_or(PIECE).min(PIECE);
        let bytes = pool.keep().read_blob(root, range.start, most).await?;
        if bytes.is_empty() {
            return Err(PoolError::Broken("a blob ends too early".to_owned()));
        }
        let rest = range.start + bytes.len() as u64..range.end;
        Ok(Some((bytes, (pool, rest))))
    }))
}
