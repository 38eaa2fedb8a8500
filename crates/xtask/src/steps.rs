//! Runs other programs, one step at a time, and says how long each took.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root folder of the house.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map_or_else(PathBuf::new, Path::to_owned)
}

/// Where Cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A program with its arguments, to be run in the root folder.
pub fn program(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(args).current_dir(root());
    command
}

/// The Cargo that runs us.
pub fn cargo(args: &[&str]) -> Command {
    program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), args)
}

/// npm, in the folder of the screen.
pub fn npm(args: &[&str]) -> Command {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = program(name, args);
    command.current_dir(root().join("ui"));
    command
}

/// Runs a step: its name before, its time after.
pub fn step<T>(name: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n▶ {name}");
    let begin = Instant::now();
    let outcome = act();
    let sign = if outcome.is_ok() { "✔" } else { "✘" };
    println!("{sign} {name}: {:.1} s", begin.elapsed().as_secs_f64());
    outcome
}

/// Builds what is shipped and what measures it, optimised: in one call, so that nothing is built twice.
pub fn release() -> Result<()> {
    let rooms = ["satchel", "satchel-pool", "satchel-cli", "satchel-bench"];
    let mut build = cargo(&["build", "--release", "--bins"]);
    build.args(rooms.iter().flat_map(|room| ["-p", room]));
    step("build in release", || must(&mut build))
}

/// Runs a program to its end.
///
/// # Errors
/// It is missing or ended badly.
pub fn must(command: &mut Command) -> Result<()> {
    let line = format!("{} {}", command.get_program().display(), words(command));
    let status = command.status().with_context(|| format!("{line}: cannot be started"))?;
    if status.success() { Ok(()) } else { bail!("{line}: {status}") }
}

/// The arguments of a program as one line.
pub fn words(command: &Command) -> String {
    command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// What a program prints, if it can be run and ends well.
pub fn printed(name: &str, args: &[&str]) -> Option<String> {
    let output = program(name, args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
