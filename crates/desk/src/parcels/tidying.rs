//! Folders of parcels that were begun and never finished: the stick was pulled, or the program went down.

use std::path::Path;

use satchel_parcel::find;

use crate::room::Room;

/// The setting that keeps the names of folders that this laptop began.
const BEGUN: &str = "parcels-begun";
/// How many names are kept: sticks that never come back do not fill the list.
const MOST: usize = 50;

impl Room {
    /// Notes that a parcel is being written into a folder.
    pub(super) fn note_begun(&self, folder: &Path) {
        let mut names = self.begun();
        names.push(name_of(folder));
        self.keep_begun(&names);
    }

    /// A parcel stands as a whole in its folder.
    pub(super) fn note_ended(&self, folder: &Path) {
        let mut names = self.begun();
        names.retain(|name| *name != name_of(folder));
        self.keep_begun(&names);
    }

    /// Clears away what this laptop began on a stick and never finished. Others' folders are left alone: they may be
    /// being written just now.
    pub(super) fn tidy_stick(&self, dir: &Path) {
        let begun = self.begun();
        let unfinished = find(dir).map(|found| found.unfinished).unwrap_or_default();
        for folder in unfinished.iter().filter(|folder| begun.contains(&name_of(folder))) {
            match std::fs::remove_dir_all(folder) {
                Ok(()) => self.note_ended(folder),
                Err(error) => tracing::warn!(%error, "an unfinished parcel stays on the stick"),
            }
        }
    }

    fn begun(&self) -> Vec<String> {
        let kept = self.library.setting(BEGUN).ok().flatten();
        kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
    }

    fn keep_begun(&self, names: &[String]) {
        let newest = &names[names.len().saturating_sub(MOST)..];
        let value = if newest.is_empty() { serde_json::Value::Null } else { newest.into() };
        if let Err(error) = self.library.set_setting(BEGUN, &value) {
            tracing::warn!(%error, "the name of a parcel that is being made could not be kept");
        }
    }
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
