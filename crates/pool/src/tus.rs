//! The side door for phones and outside tools: uploads by the tus protocol 1.0 that end as verified blobs.
//!
//! What comes lies in a [`Tray`] of the store: what is known of an upload, and its bytes. The offset is what was
//! written durably, it never leads. When all bytes are there they go the way of every other blob: a manifest, then
//! segments, each verified.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use satchel_terms::{DeviceId, Hash, Stamp};
use satchel_wire::{Manifest, SEGMENT};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::failure::{Outcome, PoolError};
use crate::{Pool, chance, days_ms};

/// Most bytes of an upload.
pub const LONGEST: u64 = 64 << 30;
/// Segments that go into the store at once.
const RUN: u64 = 64;

/// What is known of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Who began it; nobody else sees it.
    pub device: DeviceId,
    /// Its bytes in the end; none while its sender does not know.
    pub length: Option<u64>,
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

impl Upload {
    /// Most bytes that it may have.
    #[must_use]
    pub fn bound(&self) -> u64 {
        self.length.unwrap_or(LONGEST)
    }
}

/// An upload as it lies in the tray.
#[derive(Debug, Clone)]
pub struct Lying {
    /// Its name.
    pub id: String,
    /// What is known of it.
    pub upload: Upload,
    /// Bytes held of it.
    pub held: u64,
    /// When it last moved.
    pub moved_at: Stamp,
}

/// Where uploads lie until all of their bytes are here.
#[async_trait]
pub trait Tray: Send + Sync {
    /// Bytes that are written at once.
    fn piece(&self) -> usize;
    /// Begins an upload under a new name.
    async fn begin(&self, id: &str, upload: &Upload) -> Outcome<()>;
    /// Writes down what is known of an upload.
    async fn note(&self, id: &str, upload: &Upload) -> Outcome<()>;
    /// An upload by its name.
    async fn find(&self, id: &str) -> Outcome<Option<Lying>>;
    /// Every upload.
    async fn all(&self) -> Outcome<Vec<Lying>>;
    /// Writes behind what is held, which ends at `at`; refused when it ends elsewhere.
    async fn append(&self, id: &str, at: u64, bytes: Vec<u8>) -> Outcome<()>;
    /// Takes back what stands behind a place.
    async fn cut(&self, id: &str, to: u64) -> Outcome<()>;
    /// Makes sure that what was written outlives a power cut.
    async fn settle(&self, id: &str) -> Outcome<()>;
    /// Bytes from a place on, as many as are at hand; none at the end.
    async fn read(&self, id: &str, from: u64) -> Outcome<Vec<u8>>;
    /// Puts the bytes of parts together, so many in all, and forgets the parts.
    async fn join(&self, id: &str, parts: &[String], length: u64) -> Outcome<()>;
    /// Lets go of the bytes; what is known of the upload stays.
    async fn clear(&self, id: &str) -> Outcome<()>;
    /// Forgets an upload.
    async fn forget(&self, id: &str) -> Outcome<()>;
}

/// A refusal in the words of the protocol: its status and the reason.
pub const fn refused(status: u16, why: &'static str) -> PoolError {
    PoolError::Upload { status, why }
}

/// The levers of uploads: one request of this process writes to an upload at a time.
#[derive(Debug, Default)]
pub struct Hands(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Hands {
    /// The lever of an upload.
    pub fn of(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hands.retain(|_, hand| Arc::strong_count(hand) > 1);
        Arc::clone(hands.entry(id.to_owned()).or_default())
    }
}

impl Pool {
    /// An upload of this device.
    pub(crate) async fn upload(&self, id: &str, device: DeviceId) -> Outcome<Lying> {
        let is_name = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found = if is_name { self.tray().find(id).await? } else { None };
        found.filter(|lying| lying.upload.device == device).ok_or(PoolError::NotFound { what: "upload" })
    }

    /// Begins an upload; its name.
    pub(crate) async fn begin_upload(&self, upload: &Upload) -> Outcome<String> {
        let id = hex::encode(chance::random::<16>()?);
        self.tray().begin(&id, upload).await?;
        Ok(id)
    }

    /// Whether a device may begin one more upload here. One without a length counts with what is here of it.
    pub(crate) async fn may_upload(&self, device: DeviceId, length: u64) -> Outcome<()> {
        let all = self.tray().all().await?;
        let mine = all.iter().filter(|lying| lying.upload.device == device && lying.upload.blob.is_none());
        let (count, bytes) = mine.fold((0, 0), |(count, bytes), lying| {
            (count + 1, bytes + lying.upload.length.unwrap_or(lying.held))
        });
        self.may_begin(device, count, bytes + length).await
    }

    /// Makes a blob of an upload whose bytes are all here. Done again after a kill, it goes on; when another process
    /// was faster, its word counts.
    pub(crate) async fn finish_upload(self: Arc<Self>, lying: Lying) -> Outcome<Upload> {
        let id = lying.id.clone();
        let Err(error) = self.make_blob(lying).await else { return self.now_known(&id).await };
        let known = self.now_known(&id).await?;
        if known.blob.is_some() { Ok(known) } else { Err(error) }
    }

    async fn now_known(&self, id: &str) -> Outcome<Upload> {
        let lying = self.tray().find(id).await?.ok_or(PoolError::NotFound { what: "upload" })?;
        Ok(lying.upload)
    }

    async fn make_blob(&self, lying: Lying) -> Outcome<()> {
        let Lying { id, mut upload, held, .. } = lying;
        let (tray, name, handle) = (self.keep().tray(), id.clone(), Handle::current());
        let made = tokio::task::spawn_blocking(move || {
            Ok::<_, PoolError>(Manifest::of(Reader { tray, name, handle, at: 0, hand: Cursor::default() })?)
        });
        let manifest: Manifest = made.await.map_err(|error| PoolError::Broken(error.to_string()))??;
        if manifest.length != held {
            return Err(PoolError::Busy);
        }
        let root = manifest.root;
        let state = self.keep().put_manifest(manifest.clone(), upload.device).await?;
        let (mut at, mut bytes) = (0, Vec::new());
        while at < manifest.segments() && !state.is_whole {
            let end = (at + RUN).min(manifest.segments());
            let wanted = usize::try_from((end * SEGMENT).min(held) - at * SEGMENT).unwrap_or(usize::MAX);
            while bytes.len() < wanted {
                let more = self.tray().read(&id, at * SEGMENT + bytes.len() as u64).await?;
                if more.is_empty() {
                    return Err(PoolError::Busy);
                }
                bytes.extend(more);
            }
            let rest = bytes.split_off(wanted);
            let run = std::mem::replace(&mut bytes, rest);
            verify(&manifest, at, &run)?;
            if !(at..end).all(|index| state.bitmap.has(index)) {
                self.keep().put_segments(root, at, run).await?;
            }
            at = end;
        }
        upload.blob = Some(root);
        self.tray().note(&id, &upload).await?;
        self.tray().clear(&id).await?;
        tracing::info!(%root, device = %upload.device, "an upload became a blob");
        Ok(())
    }

    /// Forgets uploads of the side door that have not moved for as long as the settings say. How many.
    pub(crate) async fn sweep_tray(&self, since: Stamp) -> Outcome<u64> {
        let mut forgotten = 0;
        for lying in self.tray().all().await? {
            if lying.moved_at < since {
                self.tray().forget(&lying.id).await?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    /// When an upload is forgotten if it does not move; none when it never is.
    pub(crate) fn upload_ends(&self, moved_at: Stamp) -> Option<Stamp> {
        let days = self.settings().limits.unfinished_days;
        (days > 0).then(|| moved_at + days_ms(days))
    }
}

/// The bytes of an upload for one who reads in a thread of their own.
struct Reader {
    tray: Arc<dyn Tray>,
    name: String,
    handle: Handle,
    at: u64,
    hand: Cursor<Vec<u8>>,
}

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.hand.position() == self.hand.get_ref().len() as u64 {
            let read = self.handle.block_on(self.tray.read(&self.name, self.at));
            let bytes = read.map_err(|error| std::io::Error::other(error.to_string()))?;
            self.at += bytes.len() as u64;
            self.hand = Cursor::new(bytes);
        }
        self.hand.read(out)
    }
}

/// The bytes in the tray are still those that were counted.
fn verify(manifest: &Manifest, first: u64, bytes: &[u8]) -> Outcome<()> {
    let size = usize::try_from(SEGMENT).unwrap_or(usize::MAX);
    for (index, segment) in (first..).zip(bytes.chunks(size)) {
        if !manifest.verify_segment(index, segment) {
            return Err(PoolError::BadSegment { index });
        }
    }
    Ok(())
}
