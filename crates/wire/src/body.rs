//! The JSON bodies of records, by kind (`docs/FORMATS.md` section 3). The body of `decision` belongs to the review, not to the wire.

use std::collections::BTreeMap;

use satchel_terms::{
    ChannelId, ClipId, ClipKind, CommentId, DeviceId, Hash, NewsroomId, PersonId, PushId, Role, Stamp,
    StoryId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Kind 3: a revision beside the filed text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocBranch {
    /// The revision it departs from.
    pub base_rev: Hash,
    /// Its own revision.
    pub rev: Hash,
    /// Its canonical content.
    pub canonical: String,
    /// Who wrote it.
    pub by: PersonId,
}

/// Kind 10: one field of a story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldSet {
    /// `slug`, `genre`, `channels`, `due` or `bin`; of a clip `caption`, `credit` or `story`.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The settings of this field that the writer saw and replaces; absent from programs before protocol 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Vec<Hash>>,
}

/// Kind 11: a new story; the signer's person is the author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoryCreate {
    /// The working name.
    pub slug: String,
    /// The author's name as shown.
    pub author_name: String,
}

/// Kind 20: a clip and its facts; the subject is the clip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClipFacts {
    /// The name of the file as it came.
    pub name: String,
    /// BLAKE3 of the original.
    pub blob: Hash,
    /// Bytes of the original.
    pub bytes: u64,
    /// What it is.
    pub kind: ClipKind,
    /// Media type.
    pub mime: String,
    /// Pixels across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Running time in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// When it was recorded, by the camera.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<Stamp>,
    /// The story it was gathered for.
    #[serde(default)]
    pub story: Option<StoryId>,
    /// Caption.
    #[serde(default)]
    pub caption: String,
    /// Credit line.
    #[serde(default)]
    pub credit: String,
}

/// What a derived file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeriveRole {
    /// Small video for cutting.
    Proxy,
    /// Small picture for lists.
    Thumb,
    /// Still picture of a video.
    Poster,
    /// Rendered cut.
    Cut,
}

/// Kind 21: a file made from a clip; the subject is the clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetDerive {
    /// The blob it was made from.
    pub of: Hash,
    /// What it is for.
    pub role: DeriveRole,
    /// BLAKE3 of the made file.
    pub blob: Hash,
    /// Its bytes.
    pub bytes: u64,
    /// Media type.
    pub mime: String,
    /// How it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Value>,
}

/// Kind 31: a remark on a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentBody {
    /// Its id.
    pub id: CommentId,
    /// The revision it was made on.
    pub rev: Hash,
    /// The block, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u32>,
    /// The words it is about.
    #[serde(default)]
    pub quote: String,
    /// What sort of remark.
    pub kind: String,
    /// The remark.
    pub text: String,
    /// The remark it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<CommentId>,
}

/// Kind 40: the wish to release a signed revision; the subject is the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishIntent {
    /// This release.
    pub job: PushId,
    /// Where to.
    pub channel: ChannelId,
    /// Under which account of the channel.
    pub account: String,
    /// Exactly this revision.
    pub rev: Hash,
    /// A word only this release carries, to find it again at the channel.
    pub marker: String,
}

/// Kind 41: written before the call is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishDispatched {
    /// This release.
    pub job: PushId,
    /// The worker's fencing number; a smaller one no longer counts.
    pub fence: u64,
    /// Which step is about to be made.
    pub step: String,
}

/// Kind 42: the proof of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// This release.
    pub job: PushId,
    /// Where.
    pub channel: ChannelId,
    /// The revision that is out.
    pub rev: Hash,
    /// Where the public reads it; empty when the channel has no address.
    pub url: String,
    /// The channel's own name for it.
    pub remote_id: String,
    /// When, by the clock of the releasing machine.
    pub at: Stamp,
    /// The machine that released it.
    pub by: DeviceId,
}

/// Kind 43: nobody knows whether it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishUnknown {
    /// This release.
    pub job: PushId,
    /// Code of the reason.
    pub why: String,
}

/// Kind 44: called off before, or undone after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishRetract {
    /// This release.
    pub job: PushId,
    /// Why, in a person's words or as a code.
    pub reason: String,
}

/// What a person found at the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is out.
    Released,
    /// It is not.
    NotReleased,
}

/// Kind 45: a person resolved an unknown release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishResolve {
    /// This release.
    pub job: PushId,
    /// What was found.
    pub outcome: Outcome,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Why, in the person's words.
    pub reason: String,
}

/// Kind 50: the pool vouches for a device; the subject is the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Whom.
    pub device: DeviceId,
    /// Its key, 64 hex digits.
    pub public_key: String,
    /// Whose device.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// That person's parts at the time; the pool decides by those held now.
    pub roles: Vec<Role>,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// Valid until.
    pub not_after: Stamp,
    /// The pool's epoch.
    pub epoch: u64,
}

/// Kind 51: the pool no longer vouches for a device; the subject is the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoke {
    /// Whom.
    pub device: DeviceId,
    /// Why.
    pub reason: String,
}

/// Kind 52: a person's parts in the work, replacing those before; the subject is the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleGrant {
    /// Who.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// All parts held from now on.
    pub roles: Vec<Role>,
}

/// Kind 54: a device goes on under a new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotate {
    /// The name it had.
    pub from: DeviceId,
    /// The name it has from here on; the subject of the record.
    pub to: DeviceId,
    /// Why, as the laptop says: `restored` or `fork`.
    pub why: String,
}

/// Which machine releases on a channel. A channel has exactly one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// The pool.
    Pool,
    /// One named device, for what only that device can reach.
    Device(DeviceId),
}

/// How a channel is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A folder of this machine or network.
    Folder,
    /// A folder of a server, over SSH.
    Sftp,
    /// A WordPress site.
    Wordpress,
}

/// Kind 53: a channel without its secret; the subject is the channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name as shown.
    pub name: String,
    /// How it is reached.
    pub kind: ChannelKind,
    /// Which machine releases on it.
    pub lane: Lane,
    /// The account used there.
    pub account: String,
    /// Its address.
    pub url: String,
    /// Further settings by name.
    #[serde(default)]
    pub settings: BTreeMap<String, Value>,
}

/// Kind 60: the pool's answer to a record; the subject is that of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Which record.
    pub record: Hash,
    /// Whether it counts.
    pub accepted: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The state of the story or release after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// Kind 61: who holds a manuscript; the subject is the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// Which story.
    pub story: StoryId,
    /// Who.
    pub holder: DeviceId,
    /// Until when.
    pub until_ms: Stamp,
}

/// The clip a subject names.
#[must_use]
pub const fn clip_of(subject: [u8; 16]) -> ClipId {
    ClipId(subject)
}
