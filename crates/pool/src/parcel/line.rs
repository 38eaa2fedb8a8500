//! `satchel-pool parcel`: sticks from and to laptops that have no line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use satchel_failure::Explain;
use satchel_parcel::{ParcelError, Receipt, find};
use satchel_terms::DeviceId;
use serde_json::json;

use super::slips::SlipTaken;
use super::{Export, Material};
use crate::cli::Place;
use crate::failure::{Outcome, PoolError};
use crate::{Pool, Settings};

/// Takes parcels in, or makes one.
#[derive(Debug, Subcommand)]
pub enum ParcelVerb {
    /// Takes in every laptop's parcel in a folder and writes a signed receipt into each, and judges the verdict slips
    /// that lie there. Works beside a running server.
    ///
    /// Says one line of JSON for each parcel. Taken in again, a parcel changes nothing.
    Import(Import),
    /// Makes a parcel for a laptop that has no line: the pool's order since the place it has read. Works beside a
    /// running server.
    Export(Making),
}

/// Which stick.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    place: Place,
    /// The stick, or the folder of one parcel.
    dir: PathBuf,
}

/// For whom, and how much.
#[derive(Debug, Args)]
pub struct Making {
    #[command(flatten)]
    place: Place,
    /// The stick.
    dir: PathBuf,
    /// The laptop, as `people` shows it.
    #[arg(long)]
    device: DeviceId,
    /// The place it has read; taken from its own parcel on the stick when absent, else from the beginning.
    #[arg(long)]
    after: Option<u64>,
    /// Which material goes along.
    #[arg(long, value_enum, default_value_t = MaterialWord::Small)]
    material: MaterialWord,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MaterialWord {
    None,
    Small,
    All,
}

impl From<MaterialWord> for Material {
    fn from(word: MaterialWord) -> Self {
        match word {
            MaterialWord::None => Self::None,
            MaterialWord::Small => Self::Small,
            MaterialWord::All => Self::All,
        }
    }
}

impl ParcelVerb {
    /// Does it.
    pub async fn carry_out(self) -> Outcome<()> {
        match self {
            Self::Import(line) => import(line.place.settings()?, line.dir).await,
            Self::Export(line) => export(line).await,
        }
    }
}

/// Every parcel is taken in for itself: one that is damaged does not keep the others back. Slips come last: what they
/// decide on may lie on the same stick.
async fn import(settings: Settings, dir: PathBuf) -> Outcome<()> {
    let pool = Pool::open(settings).await?;
    let found = find(&dir)?;
    let mut failed = found
        .unfinished
        .first()
        .map(|folder| PoolError::from(ParcelError::Unfinished { folder: folder.display().to_string() }));
    let mut taken = 0;
    for folder in found.parcels {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match pool.import_parcel(&folder).await {
            Ok(receipt) => {
                taken += 1;
                println!("{}", told(&name, &receipt));
            }
            // Another's parcel, a review parcel, or one that we made ourselves, may lie on the same stick.
            Err(PoolError::Parcel(ParcelError::NotForUs)) => {}
            Err(error) => {
                println!("{}", json!({ "folder": name, "code": error.code() }));
                failed = Some(error);
            }
        }
    }
    for path in found.slips {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match pool.import_slip(&path).await {
            Ok(slip) => {
                taken += 1;
                println!("{}", told_of_slip(&name, &slip));
            }
            Err(error) => {
                println!("{}", json!({ "slip": name, "code": error.code() }));
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None if taken == 0 => Err(ParcelError::NothingHere.into()),
        None => Ok(()),
    }
}

fn told(folder: &str, receipt: &Receipt) -> serde_json::Value {
    json!({
        "folder": folder,
        "parcel": receipt.parcel,
        "device": receipt.device,
        "heads": receipt.heads,
        "blobs": receipt.have.len(),
        "rejected": receipt.rejected,
        "joined": receipt.enrolled.is_some(),
    })
}

fn told_of_slip(name: &str, slip: &SlipTaken) -> serde_json::Value {
    let verdicts = slip.verdicts.iter();
    let verdicts =
        verdicts.map(|one| json!({ "accepted": one.accepted, "code": one.code, "state": one.state }));
    json!({
        "slip": name,
        "device": slip.device,
        "records": slip.records,
        "rejected": slip.rejected,
        "verdicts": verdicts.collect::<Vec<_>>(),
    })
}

async fn export(line: Making) -> Outcome<()> {
    let pool = Pool::open(line.place.settings()?).await?;
    let export = Export { device: line.device, after: line.after, material: line.material.into() };
    let made = pool.export_parcel(&line.dir, export).await?;
    let told = json!({
        "folder": made.folder.file_name().unwrap_or_default().to_string_lossy(),
        "parcel": made.index.parcel,
        "cursor": made.index.cursor,
        "blobs": made.index.blobs().len(),
        "bytes": made.index.bytes(),
    });
    println!("{told}");
    Ok(())
}
