//! The door of a laptop that goes on under a new key. Its signatures speak for it; it has no token.

use std::sync::Arc;

use axum::extract::State;
use satchel_wire::RotateAsk;
use satchel_wire::protocol::Enrolled;

use super::{Anyone, Json};
use crate::Pool;
use crate::failure::Outcome;

pub async fn rotate(
    State(pool): State<Arc<Pool>>,
    _anyone: Anyone,
    Json(ask): Json<RotateAsk>,
) -> Outcome<axum::Json<Enrolled>> {
    pool.rotate(&ask).await.map(axum::Json)
}
