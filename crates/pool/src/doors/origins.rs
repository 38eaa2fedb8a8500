//! Pages of other origins at the side door: the browser asks the pool whether they may, and the settings say.
//!
//! Nothing is given away by it: the pool knows no cookies, and every request needs its token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

const METHODS: &str = "POST, HEAD, PATCH, DELETE, OPTIONS";
/// What a page may say, and what it may read.
const SAYS: &str = "authorization, content-type, tus-resumable, upload-checksum, upload-concat, upload-defer-length, \
                    upload-length, upload-metadata, upload-offset, x-http-method-override, x-request-id, \
                    x-requested-with";
const READS: &str = "location, retry-after, satchel-blob, tus-checksum-algorithm, tus-extension, tus-max-size, \
                     tus-resumable, tus-version, upload-concat, upload-defer-length, upload-expires, upload-length, \
                     upload-metadata, upload-offset";
/// How long a browser may remember it, in seconds.
const REMEMBERS: &str = "7200";

/// Tells the browser that a page of a named origin may ask and read.
pub async fn told(State(origins): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let asks_first = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = next.run(request).await;
    if let Some(origin) = origin.filter(|origin| may(&origins, origin)) {
        tell(answer.headers_mut(), origin, asks_first);
    }
    answer
}

fn may(origins: &[String], origin: &HeaderValue) -> bool {
    origins.iter().any(|known| known == "*" || known.as_bytes() == origin.as_bytes())
}

fn tell(headers: &mut HeaderMap, origin: HeaderValue, asks_first: bool) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READS));
    if asks_first {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(SAYS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERS));
    }
}
