//! Who is behind a device: the pool's certificates, the newest one counts.

use std::collections::HashMap;

use satchel_failure::Answer;
use satchel_story::Signer;
use satchel_terms::{DeviceId, PersonId, Role};
use satchel_wire::Kind;
use satchel_wire::body::{Certificate, Revoke, RoleGrant};

use crate::cards::{DeviceCard, PersonCard};
use crate::room::Room;

/// A device and its person.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// Parts in the work.
    pub roles: Vec<Role>,
    /// Whether the device was revoked.
    pub revoked: bool,
}

/// All devices that the pool has told of, and this one.
#[derive(Debug, Clone, Default)]
pub struct People(HashMap<DeviceId, Holder>);

impl People {
    /// The name behind a device; its short id when the pool has not told yet.
    pub fn name(&self, device: DeviceId) -> String {
        self.0
            .get(&device)
            .map_or_else(|| device.to_string().chars().take(8).collect(), |one| one.name.clone())
    }

    /// Who a device stands for. An unknown device has no part in the work.
    pub fn signer_of(&self, device: DeviceId) -> OwnedSigner {
        match self.0.get(&device) {
            Some(one) => {
                OwnedSigner { person: one.person, device, roles: one.roles.clone(), revoked: one.revoked }
            }
            None => {
                OwnedSigner { person: PersonId(device.bytes()), device, roles: Vec::new(), revoked: false }
            }
        }
    }

    /// The name of a person.
    pub fn person_name(&self, person: PersonId) -> String {
        self.0.values().find(|one| one.person == person).map_or_else(String::new, |one| one.name.clone())
    }
}

/// A signer that owns its roles.
#[derive(Debug, Clone)]
pub struct OwnedSigner {
    /// Who.
    pub person: PersonId,
    /// With which device.
    pub device: DeviceId,
    /// Parts in the work.
    pub roles: Vec<Role>,
    /// Whether the device was revoked.
    pub revoked: bool,
}

impl OwnedSigner {
    /// The form that the review asks for.
    pub fn as_signer(&self) -> Signer<'_> {
        Signer { person: self.person, device: self.device, roles: &self.roles, revoked: self.revoked }
    }
}

impl Room {
    /// Reads the certificates, revocations and grants.
    pub fn people_by_device(&self) -> Answer<People> {
        let mut people = HashMap::new();
        let me = self.identity();
        let own = Holder {
            person: me.profile.person,
            name: me.profile.name.clone(),
            roles: me.profile.roles.clone(),
            revoked: false,
        };
        people.insert(me.device, own);
        for stored in self.library.records_by_kind(Kind::DEVICE_CERT, 0)? {
            let Ok(cert) = stored.record.json::<Certificate>() else { continue };
            let holder = Holder { person: cert.person, name: cert.name, roles: cert.roles, revoked: false };
            people.insert(cert.device, holder);
        }
        for stored in self.library.records_by_kind(Kind::ROLE_GRANT, 0)? {
            let Ok(grant) = stored.record.json::<RoleGrant>() else { continue };
            for one in people.values_mut().filter(|one| one.person == grant.person) {
                one.roles.clone_from(&grant.roles);
            }
        }
        for stored in self.library.records_by_kind(Kind::DEVICE_REVOKE, 0)? {
            let Ok(revoke) = stored.record.json::<Revoke>() else { continue };
            if let Some(one) = people.get_mut(&revoke.device) {
                one.revoked = true;
            }
        }
        if self.is_revoked()
            && let Some(own) = people.get_mut(&me.device)
        {
            own.revoked = true;
        }
        Ok(People(people))
    }

    /// The people of the centre with their laptops.
    pub fn people(&self) -> Answer<Vec<PersonCard>> {
        let own = self.identity().device;
        let mut cards: HashMap<PersonId, PersonCard> = HashMap::new();
        for (device, one) in self.people_by_device()?.0 {
            let card = cards.entry(one.person).or_insert_with(|| PersonCard {
                person: one.person,
                name: one.name.clone(),
                roles: one.roles.clone(),
                devices: Vec::new(),
            });
            card.devices.push(DeviceCard { device, revoked: one.revoked, is_this: device == own });
        }
        let mut cards: Vec<_> = cards.into_values().collect();
        cards.sort_by(|a, b| a.name.cmp(&b.name).then(a.person.cmp(&b.person)));
        Ok(cards)
    }
}
