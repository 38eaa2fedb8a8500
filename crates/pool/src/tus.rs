//! The side door for phones and outside tools: uploads by the tus protocol 1.0 that end as verified blobs.
//!
//! What comes lies in `tus/` of the data folder, two files an upload: what is known of it and its bytes. The offset is
//! the length of the file, so it never leads what was written. When all bytes are there the file goes the way of every
//! other blob: its manifest, then its segments, each verified.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::{Manifest, SEGMENT};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::failure::{Outcome, PoolError};
use crate::{Pool, chance, days_ms};

/// Most bytes of an upload.
pub const LONGEST: u64 = 64 << 30;
/// Bytes that go into the store at once.
const PIECE: u64 = 64 * SEGMENT;

/// What is known of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Who began it; nobody else sees it.
    pub device: DeviceId,
    /// Its bytes in the end.
    pub length: u64,
    /// A part of an upload that is put together later.
    pub is_partial: bool,
    /// Put together from parts.
    pub is_final: bool,
    /// What the client said about it, as it came.
    pub metadata: String,
    /// When it was begun.
    pub begun_at: Stamp,
    /// The blob that it became.
    pub blob: Option<Hash>,
}

/// A refusal in the words of the protocol: its status and the reason.
pub const fn refused(status: u16, why: &'static str) -> PoolError {
    PoolError::Upload { status, why }
}

/// The uploads of a pool.
#[derive(Debug)]
pub struct Tray {
    dir: PathBuf,
    hands: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Tray {
    /// The uploads below a data folder.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Self { dir: data.join("tus"), hands: Mutex::default() }
    }

    /// The bytes of an upload.
    pub fn bytes(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}.bytes"))
    }

    fn facts(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}.json"))
    }

    /// Begins an upload.
    pub fn begin(&self, upload: &Upload) -> Outcome<String> {
        std::fs::create_dir_all(&self.dir)?;
        let id = hex::encode(chance::random::<16>()?);
        std::fs::File::create(self.bytes(&id))?.sync_all()?;
        self.keep(&id, upload)?;
        Ok(id)
    }

    /// Writes down what is known of an upload.
    pub fn keep(&self, id: &str, upload: &Upload) -> Outcome<()> {
        let text = serde_json::to_vec(upload).map_err(|error| PoolError::Broken(error.to_string()))?;
        crate::secrets::write_private(&self.facts(id), &text)
    }

    /// An upload of this device.
    pub fn upload(&self, id: &str, device: DeviceId) -> Outcome<Upload> {
        let none = || PoolError::NotFound { what: "upload" };
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(none());
        }
        let text = std::fs::read(self.facts(id)).map_err(|_| none())?;
        let upload: Upload = serde_json::from_slice(&text).map_err(|_| none())?;
        if upload.device == device { Ok(upload) } else { Err(none()) }
    }

    /// How many bytes of it are here.
    pub fn offset(&self, id: &str, upload: &Upload) -> Outcome<u64> {
        match upload.blob {
            Some(_) => Ok(upload.length),
            None => Ok(std::fs::metadata(self.bytes(id))?.len()),
        }
    }

    /// The lever of an upload: one request writes at a time.
    pub fn hand(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut hands = self.hands.lock().unwrap_or_else(PoisonError::into_inner);
        hands.retain(|_, hand| Arc::strong_count(hand) > 1);
        Arc::clone(hands.entry(id.to_owned()).or_default())
    }

    /// Forgets an upload.
    pub fn forget(&self, id: &str) -> Outcome<()> {
        for path in [self.facts(id), self.bytes(id)] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Every upload.
    pub fn all(&self) -> Vec<(String, Upload)> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let read = entries.filter_map(|entry| {
            let path = entry.path();
            let id = path.file_stem()?.to_str()?.to_owned();
            let is_facts = path.extension().is_some_and(|end| end == "json");
            let upload = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
            is_facts.then_some((id, upload))
        });
        read.collect()
    }

    fn last_moved(&self, id: &str) -> Option<Stamp> {
        let moved = std::fs::metadata(self.bytes(id)).or_else(|_| std::fs::metadata(self.facts(id))).ok()?;
        let since = moved.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Stamp::try_from(since.as_millis()).ok()
    }
}

impl Pool {
    /// The tray of uploads; none where the store is shared by several processes, which have no folder in common.
    pub(crate) fn tray(&self) -> Outcome<&Tray> {
        self.tray.as_ref().ok_or(PoolError::NotFound { what: "door" })
    }

    /// Whether a device may begin one more upload here.
    pub(crate) async fn may_upload(&self, device: DeviceId, length: u64) -> Outcome<()> {
        let all = self.tray()?.all();
        let mine = all.iter().filter(|(_, upload)| upload.device == device && upload.blob.is_none());
        let (count, bytes) =
            mine.fold((0, 0), |(count, bytes), (_, upload)| (count + 1, bytes + upload.length));
        self.may_begin(device, count, bytes + length).await
    }

    /// Makes a blob of an upload whose bytes are all here. Done again after a kill, it goes on.
    pub(crate) async fn finish_upload(self: Arc<Self>, id: String, mut upload: Upload) -> Outcome<Upload> {
        if upload.blob.is_some() || upload.is_partial {
            return Ok(upload);
        }
        let path = self.tray()?.bytes(&id);
        let source = path.clone();
        let made = tokio::task::spawn_blocking(move || {
            Ok::<_, PoolError>(Manifest::of(std::fs::File::open(source)?)?)
        });
        let manifest: Manifest = made.await.map_err(|error| PoolError::Broken(error.to_string()))??;
        let root = manifest.root;
        let state = self.keep().put_manifest(manifest.clone(), upload.device).await?;
        let mut file = tokio::fs::File::open(&path).await?;
        for run in state.bitmap.missing_runs(PIECE / SEGMENT) {
            if state.is_whole {
                break;
            }
            let end = (run.end * SEGMENT).min(manifest.length);
            let mut bytes = vec![0; usize::try_from(end - run.start * SEGMENT).unwrap_or(0)];
            file.seek(std::io::SeekFrom::Start(run.start * SEGMENT)).await?;
            file.read_exact(&mut bytes).await?;
            verify(&manifest, run.start, &bytes)?;
            self.keep().put_segments(root, run.start, bytes).await?;
        }
        upload.blob = Some(root);
        self.tray()?.keep(&id, &upload)?;
        tokio::fs::remove_file(&path).await?;
        tracing::info!(%root, device = %upload.device, "an upload became a blob");
        Ok(upload)
    }

    /// Forgets uploads of the side door that have not moved for as long as the settings say. How many.
    pub(crate) fn sweep_tray(&self, since: Stamp) -> Outcome<u64> {
        let Some(tray) = &self.tray else { return Ok(0) };
        let mut forgotten = 0;
        for (id, _) in tray.all() {
            if tray.last_moved(&id).is_some_and(|moved| moved < since) {
                tray.forget(&id)?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    /// When an upload is forgotten if it does not move; none when it never is.
    pub(crate) fn upload_ends(&self, id: &str) -> Option<Stamp> {
        let days = self.settings().limits.unfinished_days;
        let moved = self.tray.as_ref()?.last_moved(id)?;
        (days > 0).then(|| moved + days_ms(days))
    }
}

/// The bytes on the disk are still those that were counted.
fn verify(manifest: &Manifest, first: u64, bytes: &[u8]) -> Outcome<()> {
    let size = usize::try_from(SEGMENT).unwrap_or(usize::MAX);
    for (index, segment) in (first..).zip(bytes.chunks(size)) {
        if !manifest.verify_segment(index, segment) {
            return Err(PoolError::BadSegment { index });
        }
    }
    Ok(())
}
