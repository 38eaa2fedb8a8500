//! The nouns of the trade: ids and small values that are valid once they exist.

mod clip;
mod hash;
mod id;
mod person;

pub use clip::ClipKind;
pub use hash::{BadHash, Hash};
pub use id::{
    BadId, ChannelId, ClipId, CommentId, CutId, DeviceId, JobId, Mint, NewsroomId, PersonId, PushId, StoryId,
};
pub use person::{Role, Stamp};
