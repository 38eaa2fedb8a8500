//! From an invitation to a pinned pool and a certificate.

use satchel_store::PoolLine;
use satchel_wire::body::Certificate;
use satchel_wire::protocol::{EnrolAsk, Enrolled, Invitation};
use satchel_wire::{Address, Kind, Record, SigningKey, device_id, from_base64, key_to_hex};

use crate::{Habits, Identity, SyncError, client};

/// A laptop that has joined a centre.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Who it is now.
    pub identity: Identity,
    /// The pinned pool, for [`satchel_store::Library::set_pool`].
    pub line: PoolLine,
    /// What the pool vouches for.
    pub certificate: Certificate,
    /// The centre's name.
    pub centre: String,
}

/// Reads an invitation file and checks that the pool it names signed it.
///
/// Whether it has run out is for the pool to say: the laptop's clock may be wrong.
///
/// # Errors
/// [`SyncError::BadInvitation`].
pub fn read_invitation(text: &str) -> Result<Invitation, SyncError> {
    let invitation: Invitation = serde_json::from_str(text).map_err(|_| SyncError::BadInvitation)?;
    invitation.verify().map_err(|_| SyncError::BadInvitation)?;
    Ok(invitation)
}

/// Redeems an invitation for the device of `key` and checks the certificate against the invitation's own key.
///
/// # Errors
/// [`SyncError::BadInvitation`], [`SyncError::InvitationRefused`], [`SyncError::NotOurPool`] if another pool answers,
/// any other [`SyncError`] of the line.
pub async fn enrol(
    invitation: &Invitation,
    key: &SigningKey,
    machine: &str,
    habits: &Habits,
) -> Result<Enrolment, SyncError> {
    invitation.verify().map_err(|_| SyncError::BadInvitation)?;
    let ask = EnrolAsk {
        code: invitation.code.clone(),
        public_key: key_to_hex(&key.verifying_key()),
        machine: machine.to_owned(),
    };
    let answer: Enrolled = client::ask_once(&address(invitation), "/v1/enrol", &ask, habits).await?;
    believe(invitation, key, &answer)
}

/// Checks the pool's answer to an enrolment, however it came, against the invitation's own key.
///
/// # Errors
/// [`SyncError::BadInvitation`], [`SyncError::NotOurPool`] if another pool answers, [`SyncError::Wire`] if it is none.
pub fn believe(invitation: &Invitation, key: &SigningKey, answer: &Enrolled) -> Result<Enrolment, SyncError> {
    let pool_key = invitation.verify().map_err(|_| SyncError::BadInvitation)?;
    let record = Record::parse(from_base64(&answer.certificate)?)?;
    let device = device_id(&key.verifying_key());
    let is_ours = answer.pool_key == invitation.pool_key
        && answer.newsroom == invitation.newsroom
        && record.header().kind == Kind::DEVICE_CERT
        && record.verify(&pool_key).is_ok();
    if !is_ours {
        return Err(SyncError::NotOurPool);
    }
    let certificate: Certificate = record.json()?;
    if certificate.device != device || certificate.newsroom != invitation.newsroom {
        return Err(SyncError::NotOurPool);
    }
    let line = PoolLine {
        pool_id: answer.newsroom.to_string(),
        epoch: certificate.epoch,
        url: address(invitation).to_string(),
        key: pool_key.to_bytes(),
        cursor: 0,
        certificate: Some(record.bytes().to_vec()),
    };
    let identity = Identity { device, key: key.clone(), newsroom: answer.newsroom };
    Ok(Enrolment { identity, line, certificate, centre: invitation.centre.clone() })
}

/// Where the invitation says that the pool is, with the key that its line has to show.
fn address(invitation: &Invitation) -> Address {
    Address::new(&invitation.pool, invitation.pool_pin.as_deref())
}
