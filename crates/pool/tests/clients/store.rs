//! The pool that the clients meet: one on a folder, with a settings file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The settings file beside a data folder.
pub fn settings(data: &Path) -> PathBuf {
    data.with_extension("toml")
}

/// What the program has to be told about it.
pub fn words(data: &Path) -> Vec<OsString> {
    let file = settings(data);
    if file.exists() { vec!["--config".into(), file.into()] } else { Vec::new() }
}
