//! The store under these laws: SQLite and a folder. The same laws run over another store in `tests/scale`.

use std::ffi::OsString;
use std::path::Path;

use satchel_pool::{Pool, Storage};

/// Whether the pool can tell how much room is left.
pub const HAS_A_DISK: bool = true;

/// Makes a pool.
pub async fn found(data: &Path, centre: &str) {
    Pool::found(data, centre).unwrap();
}

/// How its store is reached.
pub fn storage(_data: &Path) -> Storage {
    Storage::default()
}

/// What the program has to be told about it.
pub fn words(_data: &Path) -> Vec<OsString> {
    Vec::new()
}

/// Changes a row behind the pool's back.
pub fn sql(data: &Path, statement: &str) {
    let library = rusqlite::Connection::open(data.join("pool.db")).unwrap();
    library.execute(statement, []).unwrap();
}
