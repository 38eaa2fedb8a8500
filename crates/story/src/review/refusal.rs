//! Why a decision does not count.

use satchel_failure::{Explain, Remedy};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

/// Why a decision does not count. The story stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, Error)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Refusal {
    /// The person holds no role that may do this.
    #[error("This person holds no role that may decide this.")]
    NotYourRole,
    /// Nobody reviews their own story.
    #[error("The author does not review their own story.")]
    IsAuthor,
    /// The person signed another level of this revision.
    #[error("This person signed another level already.")]
    AlreadySigned,
    /// The story does not stand where this decision belongs.
    #[error("The story is not at this stage.")]
    WrongStage,
    /// The revision that was read is not the one under review.
    #[error("The decision is about another revision than the one under review.")]
    StaleRevision,
    /// Words that belong to the text have not come yet.
    #[error("Words that belong to this text have not come yet.")]
    TextIncomplete,
    /// No revision is filed.
    #[error("Nothing has been filed.")]
    NothingSubmitted,
    /// The device's key was revoked.
    #[error("The device that signed was revoked.")]
    RevokedDevice,
    /// Another reviewer has it open.
    #[error("Another reviewer has this story open.")]
    ClaimedByOther,
    /// A reason was left out.
    #[error("A reason has to be given.")]
    ReasonMissing,
    /// Only the author may do this.
    #[error("Only the author may do this.")]
    NotAuthor,
    /// A reviewer opened it; it can no longer be taken back.
    #[error("A reviewer has opened the story already.")]
    OpenedAlready,
    /// No channel was named.
    #[error("No channel was named.")]
    NoChannels,
    /// The decision was made under another policy than the one in force.
    #[error("The review policy has changed since.")]
    OtherPolicy,
}

impl Explain for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotYourRole => "review.not-your-role",
            Self::IsAuthor => "review.is-author",
            Self::AlreadySigned => "review.already-signed",
            Self::WrongStage => "review.wrong-stage",
            Self::StaleRevision => "review.stale-revision",
            Self::TextIncomplete => "review.text-incomplete",
            Self::NothingSubmitted => "review.nothing-submitted",
            Self::RevokedDevice => "review.revoked-device",
            Self::ClaimedByOther => "review.claimed-by-other",
            Self::ReasonMissing => "review.reason-missing",
            Self::NotAuthor => "review.not-author",
            Self::OpenedAlready => "review.opened-already",
            Self::NoChannels => "review.no-channels",
            Self::OtherPolicy => "review.other-policy",
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::NotYourRole
            | Self::IsAuthor
            | Self::AlreadySigned
            | Self::RevokedDevice
            | Self::ClaimedByOther
            | Self::NotAuthor
            | Self::OpenedAlready => Remedy::AskDesk,
            Self::WrongStage | Self::StaleRevision | Self::NothingSubmitted | Self::OtherPolicy => {
                Remedy::Reload
            }
            Self::TextIncomplete => Remedy::WaitForNetwork,
            Self::ReasonMissing | Self::NoChannels => Remedy::CorrectInput,
        }
    }
}
