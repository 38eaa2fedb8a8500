//! `satchelctl parcel`: the exchange by stick.

use std::path::PathBuf;

use clap::Subcommand;
use satchel_desk::{Answer, Desk};
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
    /// Takes in the pool's receipts and its parcels for this laptop, and waits for the end.
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
            Self::Import { dir } => desk.take_parcel(shown(&dir)).await?,
        };
        finish(desk, job).await?;
        json(desk.parcel_report(job).await?)
    }
}
