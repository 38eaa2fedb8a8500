//! `satchelctl parcel`: the exchange by stick.

use std::path::PathBuf;

use clap::Subcommand;
use satchel_desk::cards::ReviewAsk;
use satchel_desk::{Answer, Desk};
use satchel_terms::{PersonId, StoryId};
use serde_json::Value;

use crate::verbs::{finish, json, shown};

/// What to do with a stick.
#[derive(Debug, Subcommand)]
pub enum ParcelVerb {
    /// Makes a parcel for the pool of everything that it has not acknowledged, and waits for the end.
    Export {
        /// The stick.
        dir: PathBuf,
        /// Leaves the originals out: words, thumbnails and proxies only.
        #[arg(long)]
        without_originals: bool,
    },
    /// Makes a review parcel of a filed story for colleagues without a line, a plain copy for a signer without Satchel,
    /// or both, and waits for the end. Without any choice it says who could get one and how large it would be.
    Review {
        /// Which story.
        story: StoryId,
        /// The stick.
        dir: Option<PathBuf>,
        /// For whom, as `people` shows them; several.
        #[arg(long)]
        to: Vec<PersonId>,
        /// none, small or play.
        #[arg(long, default_value = "small")]
        pictures: String,
        /// Writes a plain copy too. It is not encrypted: whoever has the stick can read it.
        #[arg(long)]
        paper: bool,
    },
    /// Writes a verdict slip for who asked; without a story it lists what one can be written for.
    Slip {
        /// Which story.
        story: Option<StoryId>,
        /// The stick.
        dir: Option<PathBuf>,
    },
    /// Takes in the pool's receipts, its parcels for this laptop, review parcels and verdict slips, and waits for the
    /// end.
    Import {
        /// The stick, or the folder of one parcel.
        dir: PathBuf,
    },
}

impl ParcelVerb {
    /// Does it and answers the report.
    pub async fn act(self, desk: &Desk) -> Answer<Value> {
        let job = match self {
            Self::Export { dir, without_originals } => {
                desk.make_parcel(shown(&dir), !without_originals).await?
            }
            Self::Review { story, to, paper: false, .. } if to.is_empty() => {
                return json(desk.review_plan(story).await?);
            }
            Self::Review { story, dir, to, pictures, paper } => {
                desk.make_review_parcel(
                    story,
                    shown(&dir.unwrap_or_default()),
                    ReviewAsk { to, pictures, paper },
                )
                .await?
            }
            Self::Slip { story: None, .. } => return json(desk.slips_due().await?),
            Self::Slip { story: Some(story), dir } => {
                return json(desk.make_slip(story, shown(&dir.unwrap_or_default())).await?);
            }
            Self::Import { dir } => desk.take_parcel(shown(&dir)).await?,
        };
        finish(desk, job).await?;
        json(desk.parcel_report(job).await?)
    }
}
