//! The door for verdict slips: whoever took one in hands it on, also for somebody who has no line.

use std::sync::Arc;

use axum::extract::State;
use satchel_parcel::{ParcelError, Slip};
use satchel_wire::from_base64;
use satchel_wire::protocol::{RecordsAnswer, SlipAsk};

use super::Json;
use crate::Pool;
use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;

/// What a slip without a file is called.
const NAME: &str = "slip";

pub async fn bring(
    State(pool): State<Arc<Pool>>,
    _caller: Caller,
    Json(ask): Json<SlipAsk>,
) -> Outcome<axum::Json<RecordsAnswer>> {
    let page = from_base64(&ask.slip)?;
    let slip = Slip::read(&page, NAME).map_err(|error| match error {
        ParcelError::Damaged { .. } => PoolError::BadRequest { why: error.to_string() },
        other => other.into(),
    })?;
    let taken = pool.take_slip(&slip).await?;
    Ok(axum::Json(RecordsAnswer { rejected: taken.rejected, ..RecordsAnswer::default() }))
}
