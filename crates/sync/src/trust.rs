//! Whose signature is whose: the pinned pool key, this laptop's own key, and the devices the pool vouches for.

use std::collections::HashMap;

use satchel_store::TakenIn;
use satchel_terms::{DeviceId, NewsroomId};
use satchel_wire::body::Certificate;
use satchel_wire::{Kind, Record, VerifyingKey, device_id, key_from_hex};

use crate::{Identity, SyncError};

/// Reason for a record whose signer the pool has not vouched for.
pub(crate) const UNKNOWN_SIGNER: &str = "unknown-signer";
/// Reason for a record whose signature is false.
const BAD_SIGNATURE: &str = "bad-signature";
/// Reason for a record of another centre.
const OTHER_NEWSROOM: &str = "other-newsroom";

/// The keys this laptop believes.
#[derive(Debug)]
pub(crate) struct Trust {
    pool: VerifyingKey,
    newsroom: NewsroomId,
    keys: HashMap<DeviceId, VerifyingKey>,
}

impl Trust {
    /// Believes the pool, this laptop itself, and the certificates the library already holds.
    pub(crate) fn new(
        identity: &Identity,
        pool_key: [u8; 32],
        certificates: &[Record],
    ) -> Result<Self, SyncError> {
        let pool = VerifyingKey::from_bytes(&pool_key).map_err(|_| satchel_wire::WireError::BadKey)?;
        let own = identity.key.verifying_key();
        let keys = HashMap::from([(device_id(&pool), pool), (device_id(&own), own)]);
        let mut trust = Self { pool, newsroom: identity.newsroom, keys };
        for record in certificates {
            trust.learn(record);
        }
        Ok(trust)
    }

    /// Whether these keys are of the pool with this key.
    pub(crate) fn is_of(&self, pool_key: &[u8; 32]) -> bool {
        self.pool.as_bytes() == pool_key
    }

    /// The pool's own device.
    pub(crate) fn pool_device(&self) -> DeviceId {
        device_id(&self.pool)
    }

    /// Everyone believed.
    pub(crate) fn devices(&self) -> Vec<DeviceId> {
        let mut all: Vec<_> = self.keys.keys().copied().collect();
        all.sort_unstable_by_key(|device| device.0);
        all
    }

    /// Learns the device of a certificate that the pool signed; returns it if it was new.
    pub(crate) fn learn(&mut self, record: &Record) -> Option<DeviceId> {
        if record.header().kind != Kind::DEVICE_CERT || record.verify(&self.pool).is_err() {
            return None;
        }
        let certificate: Certificate = record.json().ok()?;
        let key = key_from_hex(&certificate.public_key).ok()?;
        let device = device_id(&key);
        (device == certificate.device && self.keys.insert(device, key).is_none()).then_some(device)
    }

    /// Sets a doubt on the record if it cannot be believed.
    pub(crate) fn judge(&self, mut one: TakenIn) -> TakenIn {
        let header = one.record.header();
        let doubt = if header.newsroom != self.newsroom {
            Some(OTHER_NEWSROOM)
        } else {
            match self.keys.get(&header.device) {
                None => Some(UNKNOWN_SIGNER),
                Some(key) if one.record.verify(key).is_err() => Some(BAD_SIGNATURE),
                Some(_) => None,
            }
        };
        one.doubt = doubt.map(str::to_owned);
        one
    }
}
