//! Who may do what, decided here and in pool order: no laptop's word counts for it.

mod case;
mod release;

use satchel_terms::Role;
use satchel_wire::body::{Channel, Revoke, RoleGrant};
use satchel_wire::{Kind, Record};

pub use release::release_objection;

use crate::Pool;
use crate::failure::Outcome;
use crate::keep::{Batch, DeviceRow, PersonRow};

/// What the authority says of a record.
#[derive(Debug, Default)]
pub struct Ruling {
    /// Why it does not count; none when it counts.
    pub code: Option<&'static str>,
    /// Where the story or release stands after it.
    pub state: Option<String>,
    /// What follows when it counts.
    pub effects: Batch,
}

impl Ruling {
    /// It does not count.
    #[must_use]
    pub fn refused(code: &'static str) -> Self {
        Self { code: Some(code), ..Self::default() }
    }

    /// It counts, and leads to a state.
    #[must_use]
    pub fn accepted(state: impl Into<String>) -> Self {
        Self { state: Some(state.into()), ..Self::default() }
    }
}

/// Whether records of this kind get a verdict.
#[must_use]
pub const fn is_judged(kind: Kind) -> bool {
    matches!(kind.0, 30 | 40..=45 | 50..=54 | 60)
}

impl Pool {
    /// Judges a record that is the next of its chain, on everything that the log holds now.
    pub(crate) async fn rule(&self, record: &Record, row: &DeviceRow) -> Outcome<Ruling> {
        let roles = self.keep().person(row.person).await?.map(|person| person.roles).unwrap_or_default();
        match record.header().kind {
            Kind::DECISION => self.rule_decision(record, row, &roles).await,
            Kind::PUBLISH_INTENT => self.rule_intent(record, &roles).await,
            Kind::PUBLISH_DISPATCHED | Kind::PUBLISH_RECEIPT | Kind::PUBLISH_UNKNOWN => {
                self.rule_lane(record).await
            }
            Kind::PUBLISH_RETRACT => self.rule_retract(record, &roles).await,
            Kind::PUBLISH_RESOLVE => self.rule_resolve(record, &roles).await,
            Kind::ROLE_GRANT => Ok(rule_grant(record, &roles)),
            Kind::CHANNEL_SET => Ok(rule_channel(record, &roles)),
            Kind::DEVICE_REVOKE => self.rule_revoke(record, &roles).await,
            _ => Ok(Ruling::refused("pool.not-yours")),
        }
    }

    async fn rule_revoke(&self, record: &Record, roles: &[Role]) -> Outcome<Ruling> {
        let Ok(revoke) = record.json::<Revoke>() else { return Ok(Ruling::refused("wire.bad-body")) };
        if !roles.contains(&Role::Administrator) {
            return Ok(Ruling::refused("pool.not-allowed"));
        }
        if revoke.device.0 != record.header().subject {
            return Ok(Ruling::refused("wire.bad-body"));
        }
        if !self.is_restored() && self.keep().device(revoke.device).await?.is_none() {
            return Ok(Ruling::refused("pool.not-found"));
        }
        let mut ruling = Ruling::accepted("revoked");
        ruling.effects.revoked.push((revoke.device, revoke.reason));
        Ok(ruling)
    }
}

fn rule_grant(record: &Record, roles: &[Role]) -> Ruling {
    let Ok(grant) = record.json::<RoleGrant>() else { return Ruling::refused("wire.bad-body") };
    if !roles.contains(&Role::Administrator) {
        return Ruling::refused("pool.not-allowed");
    }
    let mut ruling = Ruling::accepted("granted");
    ruling.effects.people.push(PersonRow { person: grant.person, name: grant.name, roles: grant.roles });
    ruling
}

fn rule_channel(record: &Record, roles: &[Role]) -> Ruling {
    let Ok(channel) = record.json::<Channel>() else { return Ruling::refused("wire.bad-body") };
    if !roles.iter().any(|role| matches!(role, Role::Administrator | Role::Operator)) {
        return Ruling::refused("pool.not-allowed");
    }
    if channel.id.0 != record.header().subject {
        return Ruling::refused("wire.bad-body");
    }
    let mut ruling = Ruling::accepted("set");
    ruling.effects.channels.push(channel);
    ruling
}
