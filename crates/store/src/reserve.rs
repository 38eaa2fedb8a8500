//! Space kept back on the disk so that typed text can still be saved when it is full.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use sysinfo::Disks;

/// Size of the reserve on a roomy disk, in bytes.
const FULL_SIZE: u64 = 64 << 20;
/// Size of the reserve on a crowded disk, in bytes.
const SMALL_SIZE: u64 = 4 << 20;
/// A disk with more free bytes than this is roomy.
const ROOMY: u64 = 2 << 30;

/// The reserve file of one library.
#[derive(Debug, Clone)]
pub(crate) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join("reserve") }
    }

    /// Lays the reserve by if it is missing and the disk allows it. A refusal is no failure: it is tried at the next opening.
    pub(crate) fn lay_by(&self) {
        if self.path.exists() {
            return;
        }
        let free = self.path.parent().and_then(free_bytes).unwrap_or(0);
        let size = if free > ROOMY { FULL_SIZE } else { SMALL_SIZE };
        if free < size * 4 || self.fill(size).is_err() {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Gives the space back; says whether there was any.
    pub(crate) fn release(&self) -> bool {
        std::fs::remove_file(&self.path).is_ok()
    }

    fn fill(&self, size: u64) -> std::io::Result<()> {
        let mut file = std::fs::File::create(&self.path)?;
        let block = vec![0x5a_u8; 1 << 20];
        for _ in 0..size >> 20 {
            file.write_all(&block)?;
        }
        Ok(())
    }
}

/// Free bytes of the disk that holds `folder`, for a person without special rights; none if the system does not
/// tell. The folder must exist.
#[must_use]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = folder.canonicalize().ok()?;
    let disks = Disks::new_with_refreshed_list().ok()?;
    let home = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    home.max_by_key(|disk| disk.mount_point().as_os_str().len()).map(|disk| disk.available_space())
}
