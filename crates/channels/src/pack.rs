//! A story as a folder of files, put down so that a half-written one is never taken for whole.
//!
//! `MARKER/story.html`, `MARKER/01.jpg` …, `MARKER/manifest.json`, and last `MARKER.ok` beside the folder,
//! which holds the BLAKE3 of the manifest. Every file is written as `.NAME.MARKER.part`, synced and renamed.
//! A receiver picks up on the `.ok` and needs nothing else.

mod files;
mod place;

use std::sync::Arc;

use async_trait::async_trait;
use satchel_checks::Package;
use serde_json::{Value, json};

use crate::adapter::{Account, Adapter, Lookup, MediaSource, Receipt, Step, StepLog, valid_marker};
use crate::failure::PushError;
use files::{Pack, PackFile};
pub(crate) use place::Place;

/// The one step that makes a pack count.
const PUBLISH: &str = "ok";
/// Files up to this size are read back in full when compared, larger ones only at their end.
const READ_BACK_BYTES: u64 = 16 << 20;
const MIB: u64 = 1 << 20;

/// Opens a place; called anew for every push, lookup and withdrawal, on a thread that may block.
pub(crate) type Opener = Arc<dyn Fn() -> Result<Box<dyn Place>, PushError> + Send + Sync>;

/// A channel that takes packs: a folder, or one on an SFTP server.
#[derive(Clone)]
pub struct Packs {
    open: Opener,
    shown_as: String,
    /// The receiver removes what it has read, so that nothing there proves nothing.
    is_taken_away: bool,
}

impl Packs {
    pub(crate) fn new(open: Opener, shown_as: String, is_taken_away: bool) -> Self {
        Self { open, shown_as, is_taken_away }
    }
}

#[async_trait]
impl Adapter for Packs {
    fn steps(&self, _package: &Package) -> Vec<Step> {
        vec![Step::quiet("look-up"), Step::quiet("files"), Step::publishing(PUBLISH)]
    }

    async fn check_account(&self) -> Result<Account, PushError> {
        let (open, shown_as) = (self.open.clone(), self.shown_as.clone());
        blocking("check", move || {
            let mut place = open()?;
            place.check()?;
            Ok(Account { shown_as, place: place.url("") })
        })
        .await
    }

    async fn release(
        &self,
        package: &Package,
        media: Arc<dyn MediaSource>,
        log: &dyn StepLog,
    ) -> Result<Receipt, PushError> {
        valid_marker(package.marker())?;
        log.began("look-up");
        let pack = Pack::of(package)?;
        let open = self.open.clone();
        log.began("files");
        let (mut place, pack, is_out) = blocking("files", move || {
            let pack = pack.measured(&*media)?;
            let mut place = open()?;
            place.check()?;
            let is_out = put_down(&mut *place, &pack, &*media)?;
            Ok((place, pack, is_out))
        })
        .await?;
        if is_out {
            return Ok(receipt(&*place, &pack));
        }
        log.began(PUBLISH);
        log.dispatched(PUBLISH).await?;
        blocking(PUBLISH, move || {
            let ok = ok_name(&pack.marker);
            place.make_room_for(&ok).map_err(|error| open_question(error, false))?;
            write_ok(&mut *place, &pack, &ok).map_err(|error| open_question(error, true))?;
            Ok(receipt(&*place, &pack))
        })
        .await
    }

    async fn lookup(&self, marker: &str) -> Result<Lookup, PushError> {
        let (marker, open, is_taken_away) =
            (valid_marker(marker)?.to_owned(), self.open.clone(), self.is_taken_away);
        blocking("look-up", move || {
            let mut place = open()?;
            place.check()?;
            let Some(ok) = small(&mut *place, &ok_name(&marker))? else {
                return Ok(if is_taken_away { Lookup::CannotTell } else { Lookup::NotFound });
            };
            if is_whole(&mut *place, &marker, &ok)? {
                let url = place.url(&marker);
                return Ok(Lookup::Found { id: marker, url });
            }
            Ok(Lookup::CannotTell)
        })
        .await
    }

    async fn withdraw(&self, _remote_id: &str, marker: &str) -> Result<(), PushError> {
        let (marker, open) = (valid_marker(marker)?.to_owned(), self.open.clone());
        blocking("withdraw", move || {
            let mut place = open()?;
            place.check()?;
            place.remove(&ok_name(&marker))?;
            place.remove_folder(&marker)
        })
        .await
    }
}

/// Runs work that waits for a disk or a line on a thread that may wait.
async fn blocking<T: Send + 'static>(
    step: &str,
    work: impl FnOnce() -> Result<T, PushError> + Send + 'static,
) -> Result<T, PushError> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.map_err(|error| PushError::lost(step, step == PUBLISH, error.to_string()))?
}

/// A break at the last step leaves it open whether the `.ok` stands.
fn open_question(error: PushError, was_sent: bool) -> PushError {
    match error {
        PushError::Interrupted { why, .. } => PushError::lost(PUBLISH, was_sent, why),
        other => other,
    }
}

/// Puts every file but the `.ok` in place. True when the same pack is out already.
fn put_down(place: &mut dyn Place, pack: &Pack, media: &dyn MediaSource) -> Result<bool, PushError> {
    let ok = ok_name(&pack.marker);
    if let Some(stands) = small(place, &ok)? {
        if stands == pack.ok_line().as_bytes() {
            return Ok(true);
        }
        return Err(PushError::NameTaken { name: ok });
    }
    place.make_folder(&pack.marker)?;
    for file in &pack.files {
        put_file(place, pack, file, media)?;
    }
    Ok(false)
}

fn put_file(
    place: &mut dyn Place,
    pack: &Pack,
    file: &PackFile,
    media: &dyn MediaSource,
) -> Result<(), PushError> {
    let name = format!("{}/{}", pack.marker, file.name);
    if is_same(place, &name, file, media)? {
        return Ok(());
    }
    let part = format!("{}/.{}.{}.part", pack.marker, file.name, pack.marker);
    let from = resume_point(place, &part, file, media)?;
    let mut reader = file.open(media)?;
    files::skip(&mut *reader, from, file)?;
    place.write(&part, from, &mut *reader)?;
    if place.size(&part)? != Some(file.bytes) {
        place.remove(&part)?;
        return Err(PushError::lost("files", false, format!("{name} has another size there")));
    }
    place.rename(&part, &name)
}

/// Where to go on in a part: its length, when its last MiB is what we would have written.
fn resume_point(
    place: &mut dyn Place,
    part: &str,
    file: &PackFile,
    media: &dyn MediaSource,
) -> Result<u64, PushError> {
    match place.size(part)? {
        Some(there) if there > 0 && there <= file.bytes && same_end(place, part, there, file, media)? => {
            Ok(there)
        }
        _ => Ok(0),
    }
}

/// True when the last MiB before `upto` is the same here and there.
fn same_end(
    place: &mut dyn Place,
    name: &str,
    upto: u64,
    file: &PackFile,
    media: &dyn MediaSource,
) -> Result<bool, PushError> {
    let from = upto.saturating_sub(MIB);
    let theirs = place.read(name, from, upto - from)?;
    Ok(theirs == file.slice(media, from, upto - from)?)
}

fn is_same(
    place: &mut dyn Place,
    name: &str,
    file: &PackFile,
    media: &dyn MediaSource,
) -> Result<bool, PushError> {
    if place.size(name)? != Some(file.bytes) {
        return Ok(false);
    }
    if file.bytes > READ_BACK_BYTES {
        return same_end(place, name, file.bytes, file, media);
    }
    Ok(hash(&place.read(name, 0, file.bytes)?) == file.hash)
}

fn write_ok(place: &mut dyn Place, pack: &Pack, ok: &str) -> Result<(), PushError> {
    let part = format!(".{ok}.part");
    place.remove(&part)?;
    place.write(&part, 0, &mut pack.ok_line().as_bytes())?;
    place.rename(&part, ok)
}

/// True when the manifest is the one the `.ok` names and every file it lists has its size.
fn is_whole(place: &mut dyn Place, marker: &str, ok: &[u8]) -> Result<bool, PushError> {
    let Some(manifest) = small(place, &format!("{marker}/manifest.json"))? else {
        return Ok(false);
    };
    if format!("{}\n", hash(&manifest)).as_bytes() != ok {
        return Ok(false);
    }
    let parsed: Value = serde_json::from_slice(&manifest).unwrap_or_default();
    for file in parsed["files"].as_array().into_iter().flatten() {
        let name = format!("{marker}/{}", file["name"].as_str().unwrap_or_default());
        let size = place.size(&name)?;
        if size.is_none() || size != file["bytes"].as_u64() {
            return Ok(false);
        }
        if size.is_some_and(|bytes| bytes <= READ_BACK_BYTES) {
            let there = place.read(&name, 0, READ_BACK_BYTES)?;
            if Some(hash(&there).as_str()) != file["blake3"].as_str() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Reads a small file whole.
fn small(place: &mut dyn Place, name: &str) -> Result<Option<Vec<u8>>, PushError> {
    match place.size(name)? {
        Some(_) => place.read(name, 0, READ_BACK_BYTES).map(Some),
        None => Ok(None),
    }
}

fn receipt(place: &dyn Place, pack: &Pack) -> Receipt {
    let names: Vec<&str> = pack.files.iter().map(|file| file.name.as_str()).collect();
    Receipt {
        remote_id: pack.marker.clone(),
        url: place.url(&pack.marker),
        at: None,
        raw: json!({ "files": names, "manifest": pack.ok_line().trim_end() }),
        notes: Vec::new(),
    }
}

fn ok_name(marker: &str) -> String {
    format!("{marker}.ok")
}

/// BLAKE3 in hex.
fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
