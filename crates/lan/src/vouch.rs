//! Who belongs to this centre: devices that the pinned pool signed a certificate for and has not taken out, as far as is
//! known here.
//!
//! A date that ran out does not count: without the pool nobody can renew it, and a laptop's clock may be wrong. The pool
//! judges the records by its own clock when they come.

use std::collections::{HashMap, HashSet};

use satchel_store::{Library, PoolLine};
use satchel_terms::{DeviceId, NewsroomId, PersonId};
use satchel_wire::body::Certificate;
use satchel_wire::{Kind, Record, VerifyingKey, WireError, device_id, from_base64, key_from_hex};

use crate::{LanError, Outcome};

/// A laptop of this centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Which one.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
}

/// What the library knows of devices.
#[derive(Debug)]
pub struct Vouch {
    pool: VerifyingKey,
    newsroom: NewsroomId,
    known: HashMap<DeviceId, Peer>,
    revoked: HashSet<DeviceId>,
    /// Up to which local numbers certificates and revocations were read.
    read: (i64, i64),
    /// The record by which the pool vouches for this laptop.
    own: Vec<u8>,
}

impl Vouch {
    /// Reads what the library knows.
    ///
    /// # Errors
    /// [`LanError::NotJoined`] if the pool has not vouched for this laptop; what the library says.
    pub fn new(library: &Library, line: &PoolLine) -> Outcome<Self> {
        let own = line.certificate.clone().ok_or(LanError::NotJoined)?;
        let pool = VerifyingKey::from_bytes(&line.key).map_err(|_| WireError::BadKey)?;
        let newsroom = Record::parse(own.clone())?.header().newsroom;
        let (known, revoked) = (HashMap::new(), HashSet::new());
        let mut vouch = Self { pool, newsroom, known, revoked, read: (0, 0), own };
        vouch.refresh(library)?;
        Ok(vouch)
    }

    /// Reads what came since.
    ///
    /// # Errors
    /// What the library says.
    pub fn refresh(&mut self, library: &Library) -> Outcome<()> {
        for stored in library.records_by_kind(Kind::DEVICE_CERT, self.read.0)? {
            self.read.0 = stored.row;
            if let Ok(peer) = self.certified(&stored.record) {
                self.known.insert(peer.device, peer);
            }
        }
        for stored in library.records_by_kind(Kind::DEVICE_REVOKE, self.read.1)? {
            self.read.1 = stored.row;
            if stored.record.verify(&self.pool).is_ok() {
                self.revoked.insert(DeviceId(stored.record.header().subject));
            }
        }
        Ok(())
    }

    /// This laptop's own certificate.
    pub(crate) fn own(&self) -> &[u8] {
        &self.own
    }

    /// Whom the pool took out.
    pub(crate) fn revoked(&self) -> Vec<DeviceId> {
        self.revoked.iter().copied().collect()
    }

    /// The laptop of this key, if it is known and was not revoked.
    ///
    /// # Errors
    /// [`LanError::Revoked`], [`LanError::Stranger`].
    pub fn peer(&self, key: &VerifyingKey) -> Outcome<Peer> {
        let device = device_id(key);
        if self.revoked.contains(&device) {
            return Err(LanError::Revoked);
        }
        self.known.get(&device).cloned().ok_or(LanError::Stranger)
    }

    /// The laptop of this key by the certificate that it shows.
    ///
    /// # Errors
    /// [`LanError::Revoked`], [`LanError::OtherCentre`], or [`LanError::Stranger`] if the pool did not sign it for this
    /// key.
    pub(crate) fn shown(&mut self, key: &VerifyingKey, certificate: &str) -> Outcome<Peer> {
        if let found @ (Ok(_) | Err(LanError::Revoked)) = self.peer(key) {
            return found;
        }
        let bytes = from_base64(certificate).map_err(|_| LanError::Stranger)?;
        let record = Record::parse(bytes).map_err(|_| LanError::Stranger)?;
        let peer = self.certified(&record)?;
        if peer.device != device_id(key) {
            return Err(LanError::Stranger);
        }
        self.known.insert(peer.device, peer.clone());
        Ok(peer)
    }

    /// Whom a certificate of the pool names.
    fn certified(&self, record: &Record) -> Outcome<Peer> {
        if record.header().newsroom != self.newsroom {
            return Err(LanError::OtherCentre);
        }
        if record.header().kind != Kind::DEVICE_CERT || record.verify(&self.pool).is_err() {
            return Err(LanError::Stranger);
        }
        let named: Certificate = record.json().map_err(|_| LanError::Stranger)?;
        let key = key_from_hex(&named.public_key).map_err(|_| LanError::Stranger)?;
        if device_id(&key) != named.device {
            return Err(LanError::Stranger);
        }
        Ok(Peer { device: named.device, person: named.person, name: named.name })
    }
}
