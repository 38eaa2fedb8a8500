//! What lies in the pool's store, and what of it nobody names: `satchel-pool storage`.

use std::collections::{BTreeMap, HashMap};

use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::body::{AssetDerive, ClipFacts};
use satchel_wire::{Kind, Record};
use serde::Serialize;

use crate::Pool;
use crate::failure::Outcome;
use crate::keep::{RecordSum, Strays, Unfinished};

/// Bytes of a feed page while the records are read.
const PAGE: usize = 4 << 20;

/// A number of things and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// Uploads that were begun and not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    /// How many, and their bytes once they are whole.
    pub whole: Sum,
    /// Bytes held of them.
    pub held_bytes: u64,
    /// When the one that waits longest last moved, Unix milliseconds.
    pub oldest: Option<Stamp>,
    /// By device; those begun before devices were noted under `unknown`.
    pub by_device: BTreeMap<String, Sum>,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Records by kind.
    pub records: Vec<RecordSum>,
    /// Whole blobs by what records say of them: `original`, `proxy`, `thumb`, `poster`, `cut`; `unnamed` when no
    /// record names them. One that is named twice counts as what it was named first.
    pub blobs: BTreeMap<String, Sum>,
    /// Uploads that were begun and not ended.
    pub unfinished: Begun,
    /// Files that no row knows, and rows whose file is missing.
    pub strays: Strays,
    /// Records set apart.
    pub quarantined: u64,
    /// Free bytes, where known.
    pub disk_free: Option<u64>,
}

impl Pool {
    /// Reads all records and counts.
    ///
    /// # Errors
    /// What the store says.
    pub async fn storage(&self) -> Outcome<Report> {
        let names = self.blob_names().await?;
        let mut blobs: BTreeMap<String, Sum> = BTreeMap::new();
        for (root, bytes) in self.keep().whole_blobs().await? {
            let name = names.get(&root).map_or("unnamed", |name| name);
            blobs.entry(name.to_owned()).or_default().add(bytes);
        }
        let totals = self.keep().totals().await?;
        Ok(Report {
            records: self.keep().record_sums().await?,
            blobs,
            unfinished: begun(&self.keep().unfinished().await?),
            strays: self.keep().strays().await?,
            quarantined: totals.quarantined,
            disk_free: totals.disk_free,
        })
    }

    /// What records call the blobs that they name.
    async fn blob_names(&self) -> Outcome<HashMap<Hash, String>> {
        let (mut names, mut after) = (HashMap::new(), 0);
        loop {
            let page = self.keep().feed(after, PAGE).await?;
            if page.next == after {
                return Ok(names);
            }
            after = page.next;
            for record in Record::parse_many(&page.bytes)? {
                if let Some((blob, name)) = named_by(&record) {
                    names.entry(blob).or_insert(name);
                }
            }
        }
    }
}

fn named_by(record: &Record) -> Option<(Hash, String)> {
    match record.header().kind {
        Kind::ASSET_ADD => record.json::<ClipFacts>().ok().map(|clip| (clip.blob, "original".to_owned())),
        Kind::ASSET_DERIVE => {
            let derived = record.json::<AssetDerive>().ok()?;
            let role = serde_json::to_value(derived.role).ok()?;
            Some((derived.blob, role.as_str()?.to_owned()))
        }
        _ => None,
    }
}

fn begun(uploads: &[Unfinished]) -> Begun {
    let mut begun =
        Begun { oldest: uploads.iter().map(|upload| upload.touched_at).min(), ..Begun::default() };
    for upload in uploads {
        begun.whole.add(upload.length);
        begun.held_bytes += upload.held;
        let device = upload.by.map_or_else(|| "unknown".to_owned(), |by: DeviceId| by.to_string());
        begun.by_device.entry(device).or_default().add(upload.length);
    }
    begun
}
