//! The edit baton: who says at the pool that they are writing a story (`POST /v1/lease`, decision 0025).
//!
//! A lease is a courtesy, not a lock. It holds nobody's hand up and decides nothing about what a text becomes.

use satchel_terms::{DeviceId, PersonId, Stamp, StoryId};
use serde::{Deserialize, Serialize};

/// How long a lease holds without being renewed, in milliseconds.
pub const LEASE_MS: Stamp = 15 * 60_000;

/// What the asker wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseWish {
    /// To know who has it.
    Look,
    /// To have it, or to keep it for another quarter of an hour. Who has it keeps it.
    Take,
    /// To be done.
    GiveBack,
    /// To have it in spite of who has it now: for those who lead a department, and for the same person's other laptop.
    Break,
}

/// `POST /v1/lease`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseAsk {
    /// On which story.
    pub story: StoryId,
    /// What for.
    pub wish: LeaseWish,
}

/// Who has a story in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseLine {
    /// With which laptop.
    pub device: DeviceId,
    /// Who.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// Since when, by the pool's clock.
    pub since: Stamp,
    /// Until when unless it is renewed, by the pool's clock.
    pub until: Stamp,
}

/// The pool's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseAnswer {
    /// Who has it now; nobody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<LeaseLine>,
    /// The pool's clock.
    pub now: Stamp,
}
