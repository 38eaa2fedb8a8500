//! Packages for installing.

use std::process::Command;

use anyhow::Result;

use crate::steps::{cargo, must, program, step, target};
use crate::{machine, tests};

/// The release of Tauri's tool, the same as that of the library.
const TOOL: &str = "@tauri-apps/cli@2.12.5";

/// Tauri's tool, run in the root folder.
pub fn tauri(args: &[&str]) -> Command {
    let name = if cfg!(windows) { "npx.cmd" } else { "npx" };
    let mut command = program(name, &["--yes", TOOL]);
    command.args(args);
    command
}

/// Builds the packages: `deb,rpm` unless others are named.
pub fn package(words: &[String]) -> Result<()> {
    let kinds = words.first().map_or("deb,rpm", String::as_str);
    machine::packages()?;
    tests::pages()?;
    let programs = ["build", "--release", "--bins", "-p", "satchel-pool", "-p", "satchel-cli"];
    step("build the pool and the command line", || must(&mut cargo(&programs)))?;
    step("build the packages", || must(&mut tauri(&["build", "--bundles", kinds])))?;
    println!("packages: {}", target().join("release/bundle").display());
    Ok(())
}
