//! Doors of what the pool keeps beside the log: the edit baton, keys in escrow, what stands apart.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use satchel_terms::{Hash, Role};
use satchel_wire::apart::{ApartLine, ApartRecord};
use satchel_wire::escrow::{EscrowAsk, EscrowOffer};
use satchel_wire::lease::{LeaseAnswer, LeaseAsk};
use satchel_wire::to_base64;

use super::{Json, in_path};
use crate::Pool;
use crate::failure::Outcome;
use crate::identity::Caller;

pub async fn lease(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Json(ask): Json<LeaseAsk>,
) -> Outcome<axum::Json<LeaseAnswer>> {
    pool.lease(&caller, ask).await.map(axum::Json)
}

pub async fn escrow(State(pool): State<Arc<Pool>>, caller: Caller) -> Outcome<axum::Json<EscrowOffer>> {
    pool.escrow_offer(caller.device).await.map(axum::Json)
}

pub async fn keep_sealed(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Json(ask): Json<EscrowAsk>,
) -> Outcome<StatusCode> {
    pool.keep_sealed(&caller, &ask).await.map(|()| StatusCode::NO_CONTENT)
}

pub async fn apart(State(pool): State<Arc<Pool>>, caller: Caller) -> Outcome<axum::Json<Vec<ApartLine>>> {
    caller.needs(Role::Administrator, "administrator")?;
    pool.apart().await.map(axum::Json)
}

pub async fn apart_record(
    State(pool): State<Arc<Pool>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Outcome<axum::Json<ApartRecord>> {
    caller.needs(Role::Administrator, "administrator")?;
    let id: Hash = in_path(&id, "record")?;
    let record = to_base64(&pool.apart_bytes(id).await?);
    Ok(axum::Json(ApartRecord { id, record }))
}
