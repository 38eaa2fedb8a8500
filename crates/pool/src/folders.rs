//! Folders and names that outlive a power cut: a new name lasts only after its folder was synced (fsync(2)).

use std::fs::File;
use std::path::Path;

use crate::failure::Outcome;

/// Makes the names in a folder durable, where folders can be synced.
///
/// # Errors
/// What the disk says.
pub fn sync_folder(folder: &Path) -> Outcome<()> {
    if cfg!(unix) {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(here)?.sync_all()?;
    }
    Ok(())
}

/// Makes a folder and all that is missing above it, durably. One that is here already costs no sync.
///
/// # Errors
/// What the disk says.
pub fn make_folder(folder: &Path) -> Outcome<()> {
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
