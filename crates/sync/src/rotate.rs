//! From an old name to a new one, on the pool's word.

use satchel_store::PoolLine;
use satchel_wire::body::Certificate;
use satchel_wire::protocol::Enrolled;
use satchel_wire::{
    Address, Kind, Record, RotateAsk, SigningKey, VerifyingKey, WireError, device_id, from_base64,
};

use crate::{Client, Habits, Identity, SyncError, client};

/// Asks the pool to vouch for the successor of a device. A pool that was restored from before it knew the old name is
/// shown its certificate first.
///
/// # Errors
/// [`SyncError::DeviceRevoked`] and any other [`SyncError`] of the line; [`SyncError::NotOurPool`] if another answers.
pub async fn rotate(
    line: &PoolLine,
    old: &Identity,
    new: &SigningKey,
    (machine, why): (&str, &str),
    habits: &Habits,
) -> Result<PoolLine, SyncError> {
    let ask = RotateAsk::sign(old.newsroom, &old.key, new, machine, why);
    let address = Address::parse(&line.url);
    let answer = match client::ask_once(&address, "/v1/rotate", &ask, habits).await {
        Err(SyncError::UnknownDevice) => {
            Client::new(line, old, habits)?.sign_in().await?;
            client::ask_once(&address, "/v1/rotate", &ask, habits).await?
        }
        other => other?,
    };
    believe_successor(line, new, &answer)
}

/// Checks the pool's answer to a rotation, however it came, against the pinned key: the line with the new certificate.
///
/// # Errors
/// [`SyncError::NotOurPool`] if the pinned pool did not sign it for this key, [`SyncError::Wire`] if it is none.
pub fn believe_successor(
    line: &PoolLine,
    new: &SigningKey,
    answer: &Enrolled,
) -> Result<PoolLine, SyncError> {
    let pinned = VerifyingKey::from_bytes(&line.key).map_err(|_| WireError::BadKey)?;
    let record = Record::parse(from_base64(&answer.certificate)?)?;
    let device = device_id(&new.verifying_key());
    let is_ours = answer.newsroom.to_string() == line.pool_id
        && record.header().kind == Kind::DEVICE_CERT
        && record.header().subject == device.0
        && record.verify(&pinned).is_ok();
    let certificate: Certificate = record.json()?;
    if !is_ours || certificate.device != device || certificate.newsroom != answer.newsroom {
        return Err(SyncError::NotOurPool);
    }
    Ok(PoolLine { certificate: Some(record.bytes().to_vec()), ..line.clone() })
}
