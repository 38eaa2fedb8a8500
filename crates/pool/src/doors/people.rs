//! Doors of people and devices, and the health page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use satchel_terms::{ChannelId, Role};
use satchel_wire::protocol::{
    EnrolAsk, Enrolled, Health, Invitation, InviteAsk, PersonLine, RevokeAsk, SecretAsk, TokenAsk, TokenProve,
};
use serde::{Deserialize, Serialize};

use super::{Anyone, Json, in_path};
use crate::Pool;
use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::settings::minutes_ms;

const ADMINISTRATOR: &str = "administrator";

pub async fn enrol(
    State(pool): State<Arc<Pool>>,
    _anyone: Anyone,
    Json(ask): Json<EnrolAsk>,
) -> Outcome<axum::Json<Enrolled>> {
    pool.enrol(&ask).await.map(axum::Json)
}

/// Both steps to a token come through one door.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum TokenStep {
    /// The answer to the challenge.
    Prove(TokenProve),
    /// The wish for a challenge.
    Ask(TokenAsk),
}

pub async fn token(
    State(pool): State<Arc<Pool>>,
    _anyone: Anyone,
    Json(step): Json<TokenStep>,
) -> Outcome<Response> {
    Ok(match step {
        TokenStep::Ask(ask) => axum::Json(pool.challenge(&ask)?).into_response(),
        TokenStep::Prove(proof) => axum::Json(pool.token(&proof).await?).into_response(),
    })
}

pub async fn invite(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    headers: HeaderMap,
    Json(mut ask): Json<InviteAsk>,
) -> Outcome<axum::Json<Invitation>> {
    caller.needs(Role::Administrator, ADMINISTRATOR)?;
    if ask.url.is_none() && pool.settings().url.is_empty() {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let scheme = pool.settings().scheme();
        ask.url = host.map(|host| format!("{scheme}://{host}"));
    }
    let minutes = ask.valid_minutes.unwrap_or(pool.settings().invitation_minutes);
    pool.invite(&ask, minutes_ms(minutes)).await.map(axum::Json)
}

pub async fn revoke(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Json(ask): Json<RevokeAsk>,
) -> Outcome<StatusCode> {
    caller.needs(Role::Administrator, ADMINISTRATOR)?;
    pool.revoke(&ask).await?;
    let who = pool.keep().person(caller.person).await?.map(|row| row.name).unwrap_or_default();
    pool.log("revoked", &who, &format!("{} {}", ask.device, ask.reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn people(State(pool): State<Arc<Pool>>, _caller: Caller) -> Outcome<axum::Json<Vec<PersonLine>>> {
    pool.keep().people().await.map(axum::Json)
}

pub async fn secret(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Path(channel): Path<String>,
    Json(ask): Json<SecretAsk>,
) -> Outcome<StatusCode> {
    caller.needs(Role::Administrator, ADMINISTRATOR)?;
    let channel: ChannelId = in_path(&channel, "channel")?;
    if pool.keep().channel(channel).await?.is_none() {
        return Err(PoolError::NotFound { what: "channel" });
    }
    pool.keep().put_secret(channel, &ask.secret).await.map(|()| StatusCode::NO_CONTENT)
}

/// What everybody may know, and on which store the pool stands.
#[derive(Serialize)]
pub struct HealthPage {
    #[serde(flatten)]
    health: Health,
    storage: &'static str,
}

pub async fn health(State(pool): State<Arc<Pool>>) -> Outcome<axum::Json<HealthPage>> {
    let totals = pool.keep().totals().await?;
    let health = Health {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pool: pool.facts().newsroom,
        centre: pool.facts().centre.clone(),
        epoch: pool.facts().epoch,
        head: pool.keep().head().await?,
        devices: totals.devices,
        blobs: totals.blobs,
        blob_bytes: totals.blob_bytes,
        disk_free: totals.disk_free,
    };
    Ok(axum::Json(HealthPage { health, storage: pool.keep().kind().word() }))
}
