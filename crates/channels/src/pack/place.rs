//! A folder somewhere: on a disk, or behind SFTP.

use std::io::Read;

use crate::failure::PushError;

/// A folder that takes packs. Names are relative, in ASCII, with `/` between. Calls block.
pub(crate) trait Place: Send {
    /// Asks whether the folder is there. It is never created: a share that is not mounted must not be papered over.
    fn check(&mut self) -> Result<(), PushError>;
    /// Makes a folder; one that is there is fine.
    fn make_folder(&mut self, name: &str) -> Result<(), PushError>;
    /// The size of a file in bytes, or `None` when there is none.
    fn size(&mut self, name: &str) -> Result<Option<u64>, PushError>;
    /// Reads at most so many bytes from an offset; fewer at the end of the file.
    fn read(&mut self, name: &str, from: u64, most: u64) -> Result<Vec<u8>, PushError>;
    /// Writes from an offset to the end of the source and cuts what was beyond; synced when it returns.
    fn write(&mut self, name: &str, from: u64, source: &mut dyn Read) -> Result<(), PushError>;
    /// Renames a file over whatever has the new name; the folder is synced where that can be done.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), PushError>;
    /// Removes a file; one that is not there is fine.
    fn remove(&mut self, name: &str) -> Result<(), PushError>;
    /// Removes a folder with its files; one that is not there is fine.
    fn remove_folder(&mut self, name: &str) -> Result<(), PushError>;
    /// Where a name is found, for people.
    fn url(&self, name: &str) -> String;

    /// Called right before the last file is written: a last look that the line still stands.
    fn make_room_for(&mut self, name: &str) -> Result<(), PushError> {
        self.size(name).map(drop)
    }
}
