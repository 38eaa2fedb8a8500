//! The exchange with the pool, people and devices.

use satchel_failure::Failure;
use satchel_terms::{ClipId, DeviceId, Hash, PersonId, Role, Stamp, StoryId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The state of the exchange.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct SyncCard {
    /// `off` (no pool known or switched off), `offline`, `idle`, `busy`.
    pub state: String,
    /// Address of the pool.
    pub pool_url: String,
    /// Records that wait.
    pub records_waiting: u32,
    /// Pieces of material that have to travel.
    pub items_waiting: u32,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes_waiting: u64,
    /// Pieces of material that the pool makes itself.
    pub items_making: u32,
    /// Last time the pool answered.
    #[ts(type = "number | null")]
    pub last_answer: Option<Stamp>,
    /// Code of what stands in the way.
    pub trouble: Option<String>,
    /// Milliseconds that the pool's clock is ahead of ours.
    #[ts(type = "number")]
    pub clock_ahead_ms: i64,
    /// That this laptop goes on under a new name, while it matters.
    pub renewal: Option<RenewalCard>,
    /// Texts that wait, pieces with those that need a person and those in motion first, and texts that are in the pool.
    pub items: Vec<SyncItem>,
}

/// This laptop goes on under a new name.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct RenewalCard {
    /// `restored` or `fork`.
    pub why: String,
    /// Since when.
    #[ts(type = "number")]
    pub at: Stamp,
    /// Whether the pool has not vouched for it yet, or something still has to be said again.
    pub is_open: bool,
    /// Records that were said again.
    pub records: u32,
}

/// One piece on its way.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct SyncItem {
    /// File name or headline.
    pub title: String,
    /// `text`, `thumb`, `proxy`, `original`, or `field`: a fact with two values.
    pub what: String,
    /// The story, where there is one.
    pub story: Option<StoryId>,
    /// The clip whose fact has two values.
    pub clip: Option<ClipId>,
    /// Where it is.
    pub whereabouts: super::Whereabouts,
}

/// A line of the permanent log.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct SyncLogLine {
    /// When.
    #[ts(type = "number")]
    pub at: Stamp,
    /// `info`, `merge`, `warning` or `error`.
    pub level: String,
    /// Code, the key of the sentence.
    pub code: String,
    /// Values for the sentence.
    pub params: std::collections::BTreeMap<String, String>,
}

/// A person of the centre.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct PersonCard {
    /// Who.
    pub person: PersonId,
    /// Name.
    pub name: String,
    /// Parts in the work.
    pub roles: Vec<Role>,
    /// Laptops.
    pub devices: Vec<DeviceCard>,
}

/// A laptop of a person.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct DeviceCard {
    /// Which one.
    pub device: DeviceId,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Whether it is this one.
    pub is_this: bool,
}

/// What became of a parcel.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ParcelReport {
    /// `made` for the pool, or `taken` in.
    pub way: String,
    /// The parcel's folder on the stick.
    pub folder: String,
    /// Records packed, or brought and new.
    pub records: u32,
    /// Pieces of material packed, or brought and new.
    pub clips: u32,
    /// Bytes of the parcel.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The pool's receipts that were read.
    pub receipts: u32,
    /// Records that the pool holds now, by these receipts.
    pub pooled_records: u32,
    /// Pieces of material that the pool holds now, by these receipts.
    pub pooled_clips: u32,
    /// Records that the pool did not take.
    pub rejected: u32,
    /// Own parcels on the stick that the pool has not answered yet.
    pub waiting: u32,
    /// Whether the pool took this laptop in by its parcel.
    pub joined: bool,
    /// Stories that review parcels brought.
    pub reviews: Vec<ReviewCame>,
    /// Verdicts that slips brought, as this laptop reads them; the pool judges them later.
    pub verdicts: Vec<VerdictCame>,
    /// Plain copies that were written.
    pub papers: Vec<String>,
    /// What of the stick was not taken in, beside the rest that was.
    pub troubles: Vec<ParcelTrouble>,
}

/// A story that a review parcel brought.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ReviewCame {
    /// The story.
    pub story: StoryId,
    /// Its headline.
    pub headline: String,
    /// The level that it waits for here; empty when it waits for none.
    pub level: String,
}

/// A verdict that a slip brought.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct VerdictCame {
    /// The story.
    pub story: StoryId,
    /// Its headline.
    pub headline: String,
    /// `pass`, `sign`, `return` or `reject`.
    pub act: String,
    /// Who decided.
    pub by_name: String,
    /// `proposed` until the pool has judged it, then `accepted` or `refused`.
    pub verdict: String,
}

/// A piece of a stick that was not taken in.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ParcelTrouble {
    /// Its name on the stick.
    pub name: String,
    /// Why.
    pub failure: Failure,
}

/// What a review parcel of a story would hold, and who could get it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ReviewPlan {
    /// The story.
    pub story: StoryId,
    /// Its headline.
    pub headline: String,
    /// The revision under review.
    pub rev: Hash,
    /// The level that it waits for.
    pub level: String,
    /// Bytes of text, ledger and remarks.
    #[ts(type = "number")]
    pub text_bytes: u64,
    /// Bytes of the small pictures.
    #[ts(type = "number")]
    pub small_bytes: u64,
    /// Bytes of what plays.
    #[ts(type = "number")]
    pub play_bytes: u64,
    /// Colleagues with a laptop that the pool has taken in; those who may judge this level first.
    pub colleagues: Vec<Colleague>,
}

/// Somebody who could get a review parcel.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct Colleague {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// Parts in the work.
    pub roles: Vec<Role>,
    /// Whether this person may judge the level that the story waits for.
    pub for_level: bool,
}

/// How a review parcel shall be.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct ReviewAsk {
    /// Whose laptops open it; nobody makes no sealed parcel.
    pub to: Vec<PersonId>,
    /// `none`, `small` or `play`.
    pub pictures: String,
    /// Whether a plain copy for a signer without Satchel is written too. Everybody can read it.
    pub paper: bool,
}

/// A verdict of this laptop's person that a slip can carry.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct SlipDue {
    /// The story.
    pub story: StoryId,
    /// Its headline.
    pub headline: String,
    /// `pass`, `sign`, `return` or `reject`.
    pub act: String,
    /// Who asked.
    pub to_name: String,
}

impl ParcelReport {
    /// A report that says nothing yet.
    pub(crate) fn new(way: &str) -> Self {
        Self { way: way.to_owned(), ..Self::default() }
    }

    /// Names what was not taken in.
    pub(crate) fn trouble(&mut self, path: &std::path::Path, failure: Failure) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.troubles.push(ParcelTrouble { name, failure });
    }
}
