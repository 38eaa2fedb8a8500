//! Packages for installing.

mod trial;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::machine;
use crate::steps::{must, program, release, step, target};
use crate::tests::pages;

/// The release of Tauri's tool, the same as that of the library.
const TOOL: &str = "@tauri-apps/cli@2.12.5";

/// Tauri's tool, run in the root folder.
pub fn tauri(args: &[&str]) -> Command {
    let name = if cfg!(windows) { "npx.cmd" } else { "npx" };
    let mut command = program(name, &["--yes", TOOL]);
    command.args(args);
    command
}

/// Builds the packages: `deb,rpm` unless others are named. With `--try` the deb is installed in a clean Debian and
/// started there.
pub fn package(words: &[String]) -> Result<()> {
    let is_tried = words.iter().any(|word| word == "--try");
    let kinds = words.iter().find(|word| !word.starts_with("--")).map_or("deb,rpm", String::as_str);
    machine::packages()?;
    pages()?;
    release()?;
    let bundles = target().join("release/bundle");
    if bundles.exists() {
        // Packages of an older build must not be taken for those of this one.
        std::fs::remove_dir_all(&bundles)?;
    }
    let config = programs_of(&target().join("release"));
    let bundle = ["bundle", "--bundles", kinds, "--config", &config];
    step("build the packages", || must(&mut tauri(&bundle)))?;
    println!();
    for package in packages_in(&bundles)? {
        let size = package.metadata()?.len();
        println!("{} ({:.1} MiB)", package.display(), size as f64 / f64::from(1 << 20));
    }
    if is_tried {
        let packages = packages_in(&bundles)?;
        let deb = packages.iter().find(|path| path.extension().is_some_and(|end| end == "deb"));
        trial::trial(deb.context("--try needs a deb: it is not among the packages that were built")?)?;
    }
    Ok(())
}

/// The part of `tauri.conf.json` that says where the pool and the command line lie, for the folder in which Cargo
/// really put them.
fn programs_of(folder: &Path) -> String {
    let files: Vec<String> = ["satchel-pool", "satchelctl"]
        .iter()
        .map(|name| format!("\"/usr/bin/{name}\":{:?}", folder.join(name).to_string_lossy()))
        .collect();
    let files = format!("{{\"files\":{{{}}}}}", files.join(","));
    format!("{{\"bundle\":{{\"linux\":{{\"deb\":{files},\"rpm\":{files}}}}}}}")
}

/// The packages below the folder of bundles, by name.
fn packages_in(bundles: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for kind in std::fs::read_dir(bundles)?.flatten().filter(|entry| entry.path().is_dir()) {
        let files = std::fs::read_dir(kind.path())?.flatten().map(|entry| entry.path());
        found.extend(files.filter(|path| path.is_file()));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_take_the_programs_from_where_they_were_built() {
        let config = programs_of(Path::new("/build/release"));

        let files = r#"{"files":{"/usr/bin/satchel-pool":"/build/release/satchel-pool","/usr/bin/satchelctl":"/build/release/satchelctl"}}"#;
        assert_eq!(config, format!(r#"{{"bundle":{{"linux":{{"deb":{files},"rpm":{files}}}}}}}"#));
    }
}
