//! This laptop's memory: an encrypted SQLite library and a folder of blobs by fingerprint. Owns every path.
//!
//! A library folder holds `library.db` (SQLCipher, write-ahead log, full sync), `blobs/ab/cd/<fingerprint>`,
//! `parts/` (unfinished blobs), `vault.json` (the key under a passphrase where no keyring exists), `lock`,
//! `key.check`, `device.mark` and `reserve` (space kept back so that text can be saved on a full disk).
//!
//! The API is synchronous, `Send + Sync`. Writes go through one thread that puts waiting writes into one
//! transaction and answers each after the commit; reads use a few connections of their own.

mod blobs;
mod clips;
mod clock;
mod deliveries;
mod documents;
mod error;
mod library;
mod mark;
mod opener;
mod papers;
mod partial;
mod pool_line;
mod readers;
mod records;
mod reserve;
mod revisions;
mod rotation;
mod search;
mod shadow;
mod stories;
mod streams;
mod transfers;
mod vault;
mod writer;

pub use blobs::Blobs;
pub use clips::{ClipFilter, ClipRow, DerivedRow};
pub use deliveries::DeliveryRow;
pub use documents::LocalUpdate;
pub use error::StoreError;
pub use library::{Library, LibraryKey};
pub use mark::DeviceMark;
pub use papers::{CutRow, SyncLine};
pub use partial::PartialBlob;
pub use pool_line::PoolLine;
pub use records::{QuarantineRow, StoredRecord, TakenIn, Took};
pub use reserve::free_bytes;
pub use revisions::RevisionRow;
pub use rotation::Owed;
pub use search::{Hit, HitKind};
pub use stories::{StoryFilter, StoryIndex, StoryRow};
pub use streams::StreamEnd;
pub use transfers::{Direction, TransferFilter, TransferRow, TransferState};
pub use vault::Vault;
