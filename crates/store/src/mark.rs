//! The high-water mark of this laptop's own records, kept beside the database.
//!
//! A database that stands behind the mark was restored from a copy or cloned: its device must not sign again.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use satchel_terms::DeviceId;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// How far a device has signed, by stream number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMark {
    /// The device that signed.
    pub device: DeviceId,
    /// Stream number → highest number ever given to a record of it.
    pub streams: BTreeMap<u8, u64>,
}

/// Reads the mark; a missing or torn file is no mark.
pub(crate) fn read(path: &Path) -> Option<DeviceMark> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Raises the mark of one stream; a mark of another device is replaced.
pub(crate) fn raise(path: &Path, device: DeviceId, stream: u8, seq: u64) -> Result<(), StoreError> {
    let mut mark = read(path)
        .filter(|mark| mark.device == device)
        .unwrap_or_else(|| DeviceMark { device, streams: BTreeMap::new() });
    let height = mark.streams.entry(stream).or_default();
    *height = (*height).max(seq);
    write_whole(path, &serde_json::to_vec(&mark).unwrap_or_default())
}

/// Replaces a small file as a whole: written beside, synced, renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Makes a folder and all that is missing above it, durably: a new name lasts only after its folder was synced.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        make_folder(above)?;
    }
    match std::fs::create_dir(folder) {
        Err(error) if !folder.is_dir() => Err(error.into()),
        _ => above.map_or(Ok(()), sync_folder),
    }
}

/// Makes renames in a folder durable. Windows offers no such call and needs none.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
