//! First run, lock, the person, settings, and the news that something became true.

use satchel_terms::{ChannelId, ClipId, CutId, DeviceId, JobId, PersonId, PushId, Role, Stamp, StoryId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where the program stands when the window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Phase {
    /// No library yet: language, person, place.
    FirstRun,
    /// The library asks for its passphrase.
    Locked,
    /// Work.
    Ready,
}

/// Whether this machine keeps secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum KeyStore {
    /// The system keyring wrote, read and deleted a canary.
    Works,
    /// There is none, or it is locked: a passphrase vault is used.
    Missing,
}

/// The state of the whole program.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct AppState {
    /// What the window shows.
    pub phase: Phase,
    /// Where the library lies or would lie.
    pub library: String,
    /// Free bytes there.
    #[ts(type = "number")]
    pub free_bytes: u64,
    /// The key store as probed.
    pub key_store: KeyStore,
    /// Whether the last run ended without closing the library.
    pub unclean_exit: bool,
    /// Language chosen: `zh-CN` or `en`.
    pub language: String,
    /// Who works here, once ready.
    pub me: Option<Me>,
    /// Version of the program.
    pub version: String,
}

/// The person at this laptop.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct Me {
    /// Who.
    pub person: PersonId,
    /// Name as it stands in bylines.
    pub name: String,
    /// Parts in the work.
    pub roles: Vec<Role>,
    /// Name of the centre.
    pub centre: String,
    /// This installation.
    pub device: DeviceId,
    /// Address of the pool; empty when none is known.
    pub pool_url: String,
    /// Whether the pool has taken this device in.
    pub enrolled: bool,
    /// Whether the pool said last that this device was revoked.
    pub revoked: bool,
}

/// A folder that may take the library.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct Place {
    /// The folder.
    pub dir: String,
    /// Free bytes.
    #[ts(type = "number")]
    pub free_bytes: u64,
    /// Whether files can be written there.
    pub writable: bool,
    /// Whether a library lies there already.
    pub taken: bool,
    /// Whether the disk can be unplugged.
    pub removable: bool,
}

/// What an invitation file says.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct InvitationCard {
    /// The centre that invites.
    pub centre: String,
    /// Whom.
    pub name: String,
    /// As what.
    pub roles: Vec<Role>,
    /// Its pool.
    pub pool_url: String,
    /// Until when the code holds.
    #[ts(type = "number")]
    pub expires: Stamp,
}

/// What the person may choose.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export_to = "generated.ts")]
pub struct Settings {
    /// `zh-CN` or `en`.
    pub language: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// Size of the manuscript's text in pixels, 14 to 32.
    pub text_size: u32,
    /// Characters read aloud in a minute.
    pub reading_speed: u32,
    /// Folder that is watched for new material; empty for none.
    pub hot_folder: String,
    /// Whether the library talks to the pool by itself.
    pub sync_on: bool,
    /// Most kilobits of material that go up in a second; 0 for no limit. Text is never held up.
    pub uplink_kbit: u32,
    /// Whether the line is paid for by the byte: originals stay here unless they are sent by hand.
    pub is_metered: bool,
    /// Whether originals travel in a window of the day only.
    pub night_only: bool,
    /// The window's first minute after midnight.
    pub night_from: u16,
    /// The minute after its last; before its first if it goes over midnight.
    pub night_to: u16,
    /// The bulletin's minute after midnight, where there is one.
    pub bulletin: Option<u16>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: "zh-CN".into(),
            theme: "system".into(),
            text_size: 18,
            reading_speed: 240,
            hot_folder: String::new(),
            sync_on: true,
            uplink_kbit: 0,
            is_metered: false,
            night_only: false,
            night_from: 22 * 60,
            night_to: 6 * 60,
            bulletin: None,
        }
    }
}

/// Facts about the machine for the bottom line.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export_to = "generated.ts")]
pub struct Machine {
    /// Free bytes on the library's disk.
    #[ts(type = "number")]
    pub free_bytes: u64,
    /// Battery in percent, where there is one.
    pub battery: Option<u8>,
}

/// What just became true. Told after the commit; carries ids, never contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "kind")]
#[ts(export_to = "generated.ts")]
pub enum Happened {
    /// A story's card or text changed.
    StoryChanged {
        /// Which one.
        story: StoryId,
    },
    /// Another person's words reached a story that may be open.
    StoryReceived {
        /// Which one.
        story: StoryId,
    },
    /// Clips came, or their facts changed.
    ClipsChanged {
        /// One of them; none when many.
        clip: Option<ClipId>,
    },
    /// A cut changed.
    CutChanged {
        /// Which one.
        cut: CutId,
    },
    /// A job moved.
    JobMoved {
        /// Which one.
        job: JobId,
    },
    /// A release moved.
    PushMoved {
        /// Which one.
        push: PushId,
    },
    /// A channel was set.
    ChannelChanged {
        /// Which one.
        channel: ChannelId,
    },
    /// The state of the exchange with the pool changed.
    SyncMoved,
    /// People or roles changed.
    PeopleChanged,
    /// Files lie ready in the hot folder.
    HotFolderReady,
    /// The phase of the program changed.
    PhaseChanged,
}
