//! Which blobs shall travel: the wishes the desk puts down, worked off by [`crate::Driver`].

use satchel_store::{Direction, Library, StoreError, TransferRow};
use satchel_terms::{ClipId, Hash, StoryId};

/// The lane of thumbnails, posters and proxies.
pub(crate) const SMALL: u8 = 1;
/// The lane of originals.
pub(crate) const ORIGINALS: u8 = 2;

/// Wishes a blob of this laptop at the pool: on lane 1 if it was derived, on lane 2 if it is an original.
///
/// # Errors
/// [`StoreError::NoBlob`] if it is not here; any [`StoreError`] of a write.
pub fn want_upload(library: &Library, root: &Hash, is_derived: bool, clip: ClipId) -> Result<(), StoreError> {
    let total = library.blobs().len(root)?;
    let lane = if is_derived { SMALL } else { ORIGINALS };
    library.transfer_want(&TransferRow::waiting(*root, Direction::Up, lane, total, clip.0))
}

/// Wishes the thumbnails, posters and proxies of a story's clips that are missing here. Returns how many.
///
/// # Errors
/// Any [`StoreError`].
pub fn want_small_files(library: &Library, story: StoryId) -> Result<usize, StoreError> {
    let filter = satchel_store::ClipFilter { story: Some(story), limit: usize::MAX >> 1, offset: 0 };
    let mut wishes = 0;
    for clip in library.clips(&filter)? {
        for derived in library.derived(clip.clip)? {
            if derived.role != "cut" && !library.blobs().has(&derived.blob) {
                let row =
                    TransferRow::waiting(derived.blob, Direction::Down, SMALL, derived.bytes, clip.clip.0);
                library.transfer_want(&row)?;
                wishes += 1;
            }
        }
    }
    Ok(wishes)
}

/// Wishes the original of a clip here. Returns whether it has to travel.
///
/// # Errors
/// Any [`StoreError`].
pub fn want_original(library: &Library, clip: ClipId) -> Result<bool, StoreError> {
    let Some(row) = library.clip(clip)? else { return Ok(false) };
    if library.blobs().has(&row.blob) {
        return Ok(false);
    }
    library.transfer_want(&TransferRow::waiting(row.blob, Direction::Down, ORIGINALS, row.bytes, clip.0))?;
    Ok(true)
}
