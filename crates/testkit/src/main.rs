//! Real servers for tests in other processes: `satchel-testkit wordpress [--dir DIR]`.
//!
//! Prints one JSON line with `url`, `user` and `password`, then stays until standard input closes.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::bail;
use satchel_testkit::WordPress;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let folder = match words.as_slice() {
        ["wordpress"] => None,
        ["wordpress", "--dir", folder] => Some(PathBuf::from(folder)),
        _ => bail!("usage: satchel-testkit wordpress [--dir DIR]"),
    };
    let site = match folder {
        Some(folder) => WordPress::start_in(&folder)?,
        None => WordPress::start()?,
    };
    let line = serde_json::json!({ "url": site.url, "user": site.user, "password": site.app_password });
    println!("{line}");
    std::io::stdout().flush()?;
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest)?;
    Ok(())
}
