//! The doors of the administrators' page. Looking changes nothing; what changes something is a POST of one who is
//! signed in, with the seal of the session in its form.

use std::sync::Arc;

use axum::extract::{Form, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, extract::Request};
use maud::Markup;
use satchel_failure::Explain;
use satchel_terms::DeviceId;
use satchel_wire::protocol::RevokeAsk;
use serde::{Deserialize, Serialize};

use super::Anyone;
use crate::admin::pages::{self, Look, Page};
use crate::admin::session::{SESSION_MINUTES, Session};
use crate::admin::words::Language;
use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::keep::Drawer;
use crate::{Pool, doctor};

const COOKIE: &str = "satchel_admin";
/// The tokens of the house and what the page makes of them.
const STYLE: &str =
    concat!(include_str!("../../../../ui/src/kit/tokens.css"), include_str!("../admin/style.css"));
/// No script, no picture, no font, nothing from elsewhere, in nobody's frame.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Lines of the log on its page.
const LINES: usize = 300;

/// The doors.
pub fn router() -> Router<Arc<Pool>> {
    Router::new()
        .route("/admin", get(people))
        .route("/admin/channels", get(channels))
        .route("/admin/quarantine", get(apart))
        .route("/admin/storage", get(storage))
        .route("/admin/backups", get(backups))
        .route("/admin/log", get(log))
        .route("/admin/style.css", get(style))
        .route("/admin/enter/{secret}", get(look_in))
        .route("/admin/enter", post(enter))
        .route("/admin/leave", post(leave))
        .route("/admin/revoke", post(revoke))
        .route("/admin/backup", post(backup))
        .layer(middleware::from_fn(guarded))
        .route("/v1/admin-link", post(link))
}

/// What every answer of these doors says to the browser.
async fn guarded(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// What stands behind the path.
#[derive(Debug, Default, Deserialize)]
struct Wish {
    lang: Option<String>,
    told: Option<String>,
}

/// One who is signed in, and how the page is wanted.
struct Signed {
    session: Session,
    look: Look,
    wish: Wish,
}

impl FromRequestParts<Arc<Pool>> for Signed {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, pool: &Arc<Pool>) -> Result<Self, Response> {
        Anyone::from_request_parts(parts, pool).await.map_err(IntoResponse::into_response)?;
        let wish = Query::<Wish>::try_from_uri(&parts.uri).map_or_else(|_| Wish::default(), |found| found.0);
        let look = look(pool, wish.lang.as_deref(), &parts.headers);
        let words = cookie(&parts.headers).unwrap_or_default();
        match pool.admin_session(words).await {
            Ok(Some(session)) => Ok(Self { session, look, wish }),
            Ok(None) => Err(outside(look.language, "outside")),
            Err(error) => Err(error.into_response()),
        }
    }
}

impl Signed {
    fn page(&self, pool: &Pool, path: &str, body: impl FnOnce(&Page<'_>) -> Markup) -> Response {
        let language = self.look.language;
        let told = self.wish.told.as_deref().filter(|word| ["revoked", "backup"].contains(word));
        let page = Page {
            look: self.look,
            path,
            centre: &pool.facts().centre,
            who: &self.session.who,
            seal: &pool.admin_seal(&self.session),
            told: told.map(|word| language.say(&format!("told.{word}"))),
        };
        Html(page.around(&body(&page)).into_string()).into_response()
    }
}

fn look(pool: &Pool, asked: Option<&str>, headers: &HeaderMap) -> Look {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Look { language: Language::of(asked, accepted), offset_minutes: pool.settings().utc_offset_minutes }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

fn outside(language: Language, word: &str) -> Response {
    (StatusCode::FORBIDDEN, Html(pages::outside(language, word).into_string())).into_response()
}

fn see(path: &str, language: Language, told: &str) -> Response {
    let told = if told.is_empty() { String::new() } else { format!("&told={told}") };
    let to = format!("{path}?lang={}{told}", language.code());
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

async fn style(_anyone: Anyone) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (kind, STYLE).into_response()
}

async fn people(State(pool): State<Arc<Pool>>, signed: Signed) -> Outcome<Response> {
    let lines = pool.keep().people().await?;
    let left = pool.keep().notes(Drawer::Sealed, usize::from(u16::MAX)).await?;
    let left: Vec<String> = left.into_iter().map(|(device, _)| device).collect();
    Ok(signed.page(&pool, "/admin", |page| pages::people(page, &lines, &left)))
}

async fn channels(State(pool): State<Arc<Pool>>, signed: Signed) -> Outcome<Response> {
    let mut lines = Vec::new();
    for channel in pool.keep().channels().await? {
        let has_secret = pool.keep().secret(channel.id).await?.is_some();
        lines.push((channel, has_secret));
    }
    let people = pool.keep().people().await?;
    Ok(signed.page(&pool, "/admin/channels", |page| pages::channels(page, &lines, &people)))
}

async fn apart(State(pool): State<Arc<Pool>>, signed: Signed) -> Outcome<Response> {
    let lines = pool.apart().await?;
    Ok(signed.page(&pool, "/admin/quarantine", |page| pages::apart(page, &lines)))
}

async fn storage(State(pool): State<Arc<Pool>>, signed: Signed) -> Outcome<Response> {
    let report = pool.storage().await?;
    Ok(signed.page(&pool, "/admin/storage", |page| pages::storage(page, &report)))
}

async fn backups(State(pool): State<Arc<Pool>>, signed: Signed) -> Outcome<Response> {
    let findings = doctor::examine(pool.settings()).await;
    let (last, backing) = (pool.keep().backed_up().await?, pool.backing().state());
    let folder = pool.settings().backup_folder.as_ref().map(|folder| folder.display().to_string());
    let body = |page: &Page<'_>| pages::backups(page, last, &backing, folder.as_deref(), &findings);
    Ok(signed.page(&pool, "/admin/backups", body))
}

async fn log(State(pool): State<Arc<Pool>>, signed: Signed) -> Outcome<Response> {
    let lines = pool.logbook(LINES).await?;
    Ok(signed.page(&pool, "/admin/log", |page| pages::log(page, &lines)))
}

async fn look_in(
    State(pool): State<Arc<Pool>>,
    _anyone: Anyone,
    Path(secret): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Html<String> {
    let language = look(&pool, wish.lang.as_deref(), &headers).language;
    Html(pages::enter(language, &secret).into_string())
}

/// The form behind a link.
#[derive(Deserialize)]
struct Entry {
    secret: String,
    lang: Option<String>,
}

async fn enter(
    State(pool): State<Arc<Pool>>,
    _anyone: Anyone,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Outcome<Response> {
    let language = look(&pool, entry.lang.as_deref(), &headers).language;
    let Some(words) = pool.admin_enter(&entry.secret).await? else {
        return Ok(outside(language, "outside.link"));
    };
    let mut answer = see("/admin", language, "");
    set_cookie(&pool, &mut answer, &words, SESSION_MINUTES * 60)?;
    Ok(answer)
}

fn set_cookie(pool: &Pool, answer: &mut Response, words: &str, seconds: u32) -> Outcome<()> {
    let is_secure = pool.settings().public_url().starts_with("https://");
    let secure = if is_secure { "; Secure" } else { "" };
    let line = format!("{COOKIE}={words}; Path=/admin; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    let value = HeaderValue::from_str(&line).map_err(|error| PoolError::Broken(error.to_string()))?;
    answer.headers_mut().insert(header::SET_COOKIE, value);
    Ok(())
}

/// What every form brings.
#[derive(Deserialize)]
struct Act {
    seal: String,
    lang: Option<String>,
    device: Option<String>,
    reason: Option<String>,
}

/// Insists that a form is of this session's own pages; a language that tells the person otherwise.
fn sealed(pool: &Pool, signed: &mut Signed, act: &Act) -> Result<(), Language> {
    signed.look.language = Language::of(act.lang.as_deref(), None);
    let ours = blake3::hash(pool.admin_seal(&signed.session).as_bytes());
    if blake3::hash(act.seal.as_bytes()) == ours {
        return Ok(());
    }
    Err(signed.look.language)
}

fn of_another_page(language: Language) -> Response {
    outside(language, "outside.form")
}

async fn leave(
    State(pool): State<Arc<Pool>>,
    mut signed: Signed,
    Form(act): Form<Act>,
) -> Result<Response, Response> {
    sealed(&pool, &mut signed, &act).map_err(of_another_page)?;
    pool.admin_leave(&signed.session).await.map_err(IntoResponse::into_response)?;
    let mut answer = outside(signed.look.language, "outside.left");
    *answer.status_mut() = StatusCode::OK;
    set_cookie(&pool, &mut answer, "", 0).map_err(IntoResponse::into_response)?;
    Ok(answer)
}

async fn revoke(
    State(pool): State<Arc<Pool>>,
    mut signed: Signed,
    Form(act): Form<Act>,
) -> Result<Response, Response> {
    sealed(&pool, &mut signed, &act).map_err(of_another_page)?;
    let device: Option<DeviceId> = act.device.as_deref().and_then(|text| text.parse().ok());
    let reason = act.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let (Some(device), Some(reason)) = (device, reason) else {
        let bad = PoolError::BadRequest { why: "a device and a reason are needed".to_owned() };
        return Err(bad.into_response());
    };
    let ask = RevokeAsk { device, reason: reason.chars().take(200).collect() };
    pool.revoke(&ask).await.map_err(IntoResponse::into_response)?;
    let about = format!("{device} {}", ask.reason);
    pool.log("revoked", &signed.session.who, &about).await.map_err(IntoResponse::into_response)?;
    Ok(see("/admin", signed.look.language, "revoked"))
}

async fn backup(
    State(pool): State<Arc<Pool>>,
    mut signed: Signed,
    Form(act): Form<Act>,
) -> Result<Response, Response> {
    sealed(&pool, &mut signed, &act).map_err(of_another_page)?;
    if let Err(error) = pool.begin_backup(&signed.session.who).await {
        tracing::warn!(code = error.code(), "no backup was begun");
        return Err(error.into_response());
    }
    Ok(see("/admin/backups", signed.look.language, "backup"))
}

/// Where the administrator's browser is to go.
#[derive(Serialize)]
struct LinkAnswer {
    path: String,
}

async fn link(State(pool): State<Arc<Pool>>, caller: Caller) -> Outcome<axum::Json<LinkAnswer>> {
    Ok(axum::Json(LinkAnswer { path: pool.admin_link_for(&caller).await? }))
}
