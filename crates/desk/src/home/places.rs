//! Where a library may lie: the folder a person chose, its disk, the user's own folder.

use std::path::{Path, PathBuf};

use satchel_store::Library;

use crate::DeskError;

/// Makes the folder of a library.
pub(super) fn make_dir(dir: &Path) -> Result<(), DeskError> {
    std::fs::create_dir_all(dir).map_err(|_| DeskError::BadPlace { dir: dir.display().to_string() })
}

/// The nearest folder that exists, for asking its disk.
fn existing(dir: &Path) -> &Path {
    dir.ancestors().find(|path| path.exists()).unwrap_or(dir)
}

/// Free bytes of the disk under a folder, 0 when it cannot be told.
pub(crate) fn free_bytes(dir: &Path) -> u64 {
    satchel_store::free_bytes(existing(dir)).unwrap_or_default()
}

/// What is known of a place before a library lies there.
pub(super) fn look_at(dir: &Path) -> crate::cards::Place {
    let near = existing(dir);
    let probe = near.join(".satchel-probe");
    let writable = dir.is_absolute() && std::fs::write(&probe, b"probe").is_ok();
    let _ = std::fs::remove_file(&probe);
    let disks = sysinfo::Disks::new_with_refreshed_list();
    let removable = disks
        .iter()
        .flat_map(|disks| disks.iter())
        .filter(|disk| near.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .is_some_and(sysinfo::Disk::is_removable);
    crate::cards::Place {
        dir: dir.display().to_string(),
        free_bytes: free_bytes(dir),
        writable,
        taken: Library::exists(dir),
        removable,
    }
}

/// The user's own folder for programs' data.
fn data_home() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    if cfg!(windows) {
        std::env::var_os("LOCALAPPDATA").map_or_else(std::env::temp_dir, PathBuf::from).join("Satchel")
    } else if cfg!(target_os = "macos") {
        home().join("Library/Application Support/Satchel")
    } else {
        std::env::var_os("XDG_DATA_HOME")
            .map_or_else(|| home().join(".local/share"), PathBuf::from)
            .join("satchel")
    }
}

/// The place that was noted, else the usual one.
pub(super) fn chosen_place() -> PathBuf {
    let note = data_home().join("place");
    std::fs::read_to_string(note)
        .map_or_else(|_| data_home().join("library"), |dir| PathBuf::from(dir.trim()))
}

/// Notes the place; without the note the next start asks again, nothing is lost.
pub(super) fn remember_place(dir: &Path) {
    let _ = std::fs::create_dir_all(data_home());
    let _ = std::fs::write(data_home().join("place"), dir.display().to_string());
}
