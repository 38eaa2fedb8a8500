//! `satchel-pool escrow`: the centre's keeping of library keys.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use satchel_parcel::escrow;
use satchel_terms::{DeviceId, NewsroomId};
use satchel_wire::escrow::SealedKey;
use satchel_wire::{SigningKey, from_base64, key_to_hex, to_base64};
use serde::{Deserialize, Serialize};

use crate::cli::{Place, print_json};
use crate::failure::{Outcome, PoolError};
use crate::{Pool, chance, secrets};

/// What to do.
#[derive(Debug, Subcommand)]
pub enum EscrowVerb {
    /// Makes the escrow key. The private half goes into a file that you keep away from the pool, the public one into
    /// the pool.
    Init {
        #[command(flatten)]
        place: Place,
        /// The file for the private key, outside of the data folder. Move it to where no network goes.
        #[arg(long, value_name = "FILE")]
        key_file: PathBuf,
    },
    /// The laptops that left a key.
    List(Place),
    /// Writes what a laptop left, still sealed, into a file for the machine that has the private key.
    Export(ExportLine),
    /// Opens such a file with the private key, on a machine that needs no pool, and seals it to a code for its owner.
    Open(OpenLine),
}

/// Which laptop's.
#[derive(Debug, Args)]
pub struct ExportLine {
    #[command(flatten)]
    place: Place,
    /// The device, as `escrow list` shows it.
    #[arg(long)]
    device: DeviceId,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// With what.
#[derive(Debug, Args)]
pub struct OpenLine {
    /// The file with the private key.
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// The file that `escrow export` wrote.
    #[arg(long, value_name = "FILE")]
    sealed: PathBuf,
    /// The recovery file to write, for the laptop's owner.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The file with the private key.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    v: u32,
    newsroom: NewsroomId,
    centre: String,
    seed: String,
}

/// A laptop that left a key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    device: DeviceId,
    name: String,
    machine: String,
    at: i64,
    key: String,
}

impl EscrowVerb {
    /// Does it.
    ///
    /// # Errors
    /// What store, disk and keys say.
    pub async fn carry_out(self) -> Outcome<()> {
        match self {
            Self::Init { place, key_file } => init(place, &key_file).await,
            Self::List(place) => list(place).await,
            Self::Export(line) => {
                let sealed = Pool::open(line.place.settings()?).await?.hand_out_sealed(line.device).await?;
                write(&line.out, &sealed)?;
                print_json(&serde_json::json!({ "file": line.out, "name": sealed.name }))
            }
            Self::Open(line) => open(&line),
        }
    }
}

async fn init(place: Place, file: &Path) -> Outcome<()> {
    let pool = Pool::open(place.settings()?).await?;
    let beside = |path: &Path| std::path::absolute(path);
    if beside(file)?.starts_with(beside(&pool.settings().data)?) {
        return Err(PoolError::BadRequest {
            why: "the private key must not lie with the pool's data".into(),
        });
    }
    if file.exists() {
        return Err(PoolError::BadRequest { why: format!("{} is there already", file.display()) });
    }
    let seed = chance::random::<32>()?;
    let (newsroom, centre) = (pool.facts().newsroom, pool.facts().centre.clone());
    write(file, &KeyFile { v: 1, newsroom, centre, seed: hex::encode(seed) })?;
    let public = SigningKey::from_bytes(&seed).verifying_key();
    pool.set_escrow_key(&public).await?;
    print_json(&serde_json::json!({ "file": file, "key": key_to_hex(&public) }))
}

async fn list(place: Place) -> Outcome<()> {
    let pool = Pool::open(place.settings()?).await?;
    let mut lines = Vec::new();
    for person in pool.keep().people().await? {
        for device in person.devices {
            if let Some(kept) = pool.kept(device.device).await? {
                lines.push(Line {
                    device: device.device,
                    name: person.name.clone(),
                    machine: device.machine,
                    at: kept.at,
                    key: kept.key,
                });
            }
        }
    }
    print_json(&lines)
}

fn open(line: &OpenLine) -> Outcome<()> {
    let bad = |why: &str| PoolError::BadRequest { why: why.to_owned() };
    let keys: KeyFile = read(&line.key_file)?;
    let sealed: SealedKey = read(&line.sealed)?;
    if keys.newsroom != sealed.newsroom {
        return Err(bad("this key belongs to another centre"));
    }
    let mut seed = [0; 32];
    hex::decode_to_slice(&keys.seed, &mut seed)
        .map_err(|_| bad("the file with the private key is damaged"))?;
    let about = SealedKey::about(sealed.newsroom, sealed.device);
    let secret = escrow::open(&from_base64(&sealed.sealed)?, &SigningKey::from_bytes(&seed), &about)?;
    let code = chance::code()?;
    let to = escrow::key_of_code(&code).verifying_key();
    let for_owner =
        SealedKey { key: key_to_hex(&to), sealed: to_base64(&escrow::seal(&secret, &to, &about)?), ..sealed };
    write(&line.out, &for_owner)?;
    print_json(&serde_json::json!({ "file": line.out, "name": for_owner.name, "code": code }))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Outcome<T> {
    let bad = |why: String| PoolError::BadRequest { why: format!("{}: {why}", path.display()) };
    let text = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))
}

fn write(path: &Path, body: &impl Serialize) -> Outcome<()> {
    let text = serde_json::to_vec_pretty(body).map_err(|error| PoolError::Broken(error.to_string()))?;
    secrets::write_private(path, &text)
}
