//! Who writes here: the person, the device and its key.

use ed25519_dalek::SigningKey;
use satchel_terms::{DeviceId, NewsroomId, PersonId, Role};
use satchel_wire::protocol::Invitation;
use serde::{Deserialize, Serialize};

use crate::DeskError;
use crate::keys::Secrets;
use crate::rotation::key_of;

/// What the library keeps of the person, under the setting `identity`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Profile {
    /// The centre.
    pub newsroom: NewsroomId,
    /// Its name.
    pub centre: String,
    /// Who.
    pub person: PersonId,
    /// Name as it stands in bylines.
    pub name: String,
    /// Parts in the work as last told by the pool, or by the invitation before that.
    pub roles: Vec<Role>,
    /// Address of the pool.
    pub pool_url: String,
    /// The pool's public key in hex.
    pub pool_key: String,
    /// The invitation, until the pool has taken this device in.
    pub invitation: Option<Invitation>,
}

/// The profile with the key of this installation.
#[derive(Clone)]
pub struct Identity {
    /// Who.
    pub profile: Profile,
    /// The key that signs this laptop's records.
    pub key: SigningKey,
    /// Its id.
    pub device: DeviceId,
}

impl Identity {
    /// Joins profile and key.
    pub fn new(profile: Profile, secrets: &Secrets) -> Result<Self, DeskError> {
        let key = key_of(&secrets.device_seed)?;
        let device = satchel_wire::device_id(&key.verifying_key());
        Ok(Self { profile, key, device })
    }

    /// Whether the person has the part.
    pub fn has(&self, role: Role) -> bool {
        self.profile.roles.contains(&role)
    }
}
