//! Answers one request.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use satchel_desk::{MediaFile, MediaKind};
use satchel_terms::ClipId;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::range::{self, Part};
use super::{Pass, Shelf};

/// Bytes read and sent at once.
const PIECE: usize = 128 * 1024;

/// The addresses: `/{secret}/{kind}/{clip}`, by GET and HEAD.
pub(super) fn router<S: Shelf>(shelf: S, pass: Pass) -> Router {
    Router::new()
        .route("/{secret}/{kind}/{clip}", get(media::<S>))
        .with_state(shelf)
        .layer(middleware::from_fn_with_state(pass, guard))
}

/// Lets only requests for this host and with the secret through.
async fn guard(State(pass): State<Pass>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).map(HeaderValue::as_bytes);
    if host != Some(pass.host.as_bytes()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let said = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !is_same(said.as_bytes(), pass.secret.as_bytes()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().extend(SAFETY.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// Told with every answer: never guess the type, never run anything that is inside.
const SAFETY: [(header::HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Compares in a time that does not depend on where the difference is.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

async fn media<S: Shelf>(
    State(shelf): State<S>,
    Path((_, kind, clip)): Path<(String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let (Some(kind), Ok(clip)) = (kind_of(&kind), clip.parse::<ClipId>()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match shelf.media(kind, clip).await {
        Ok(file) => send(file, kind, &method, &headers).await,
        Err(failure) => {
            tracing::debug!(code = failure.code, "material not served");
            StatusCode::NOT_FOUND.into_response()
        }
    }
}

fn kind_of(word: &str) -> Option<MediaKind> {
    Some(match word {
        "thumb" => MediaKind::Thumb,
        "poster" => MediaKind::Poster,
        "play" => MediaKind::Play,
        "picture" => MediaKind::Picture,
        _ => return None,
    })
}

/// Sends the part that was asked for.
async fn send(file: MediaFile, kind: MediaKind, method: &Method, headers: &HeaderMap) -> Response {
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, from, end) = match range::asked(asked, file.len) {
        Part::Whole => (StatusCode::OK, 0, file.len),
        Part::Between { from, end } => (StatusCode::PARTIAL_CONTENT, from, end),
        Part::Outside => {
            let all = format!("bytes */{}", file.len);
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, all)]).into_response();
        }
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, file.mime)
        .header(header::CONTENT_LENGTH, end - from)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(
            header::CACHE_CONTROL,
            if kind == MediaKind::Play { "no-store" } else { "private, max-age=60" },
        );
    if status == StatusCode::PARTIAL_CONTENT {
        response = response.header(header::CONTENT_RANGE, format!("bytes {from}-{}/{}", end - 1, file.len));
    }
    let body =
        if *method == Method::HEAD { Ok(Body::empty()) } else { body(file.file, from, end - from).await };
    match body.map(|body| response.body(body)) {
        Ok(Ok(response)) => response,
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Streams `count` bytes from `from` on.
async fn body(file: std::fs::File, from: u64, count: u64) -> std::io::Result<Body> {
    let mut file = tokio::fs::File::from_std(file);
    file.seek(std::io::SeekFrom::Start(from)).await?;
    Ok(Body::from_stream(ReaderStream::with_capacity(file.take(count), PIECE)))
}
