//! Programs of others that tests need from PyPI and npm, with pinned versions: installed once, into the build folder
//! (`target/testkit`), never into the system.

use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::packages::ensure_packages;

/// What is needed of the system where `python3` has no `pip`.
const PYTHON_PACKAGES: &[&str] = &["python3", "python3-pip"];
/// What is needed of the system where there is no `npm`.
const NODE_PACKAGES: &[&str] = &["nodejs", "npm"];

/// A Python with modules of its own.
#[derive(Debug)]
pub struct Python {
    program: PathBuf,
    modules: PathBuf,
}

impl Python {
    /// A Python with exactly these modules (`name==version`), of which the first gives the folder its name. The first
    /// time on a machine they are installed.
    ///
    /// # Errors
    /// When they cannot be installed; the message has what `pip` says.
    pub fn with(wheels: &[&str]) -> anyhow::Result<Self> {
        let program = python()?;
        let version = Command::new(&program).arg("--version").output()?.stdout;
        let version = String::from_utf8(version)?.trim().replace(' ', "-").to_lowercase();
        let first = wheels.first().context("no module is named")?.replace("==", "-");
        let modules = once(&format!("{first}-{version}"), |half| {
            let mut pip = Command::new(&program);
            pip.args(["-m", "pip", "install", "-q", "--no-deps", "--only-binary=:all:"]);
            pip.args(["--disable-pip-version-check", "--target"]).arg(half).args(wheels);
            must(&mut pip)
        })?;
        Ok(Self { program, modules })
    }

    /// As [`Self::with`], for the modules of a file with one `name==version` a line.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Self::with`].
    pub fn with_file(requirements: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(requirements)?;
        let wheels: Vec<&str> = text.lines().map(str::trim).filter(|line| line.contains("==")).collect();
        Self::with(&wheels)
    }

    /// The interpreter, which sees its modules.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("PYTHONPATH", &self.modules);
        command
    }
}

/// Node with modules of its own.
#[derive(Debug)]
pub struct Node {
    folder: PathBuf,
}

impl Node {
    /// Node with the modules that `package-lock.json` of this folder names. The first time on a machine they are
    /// installed; no script of theirs is run.
    ///
    /// # Errors
    /// When they cannot be installed; the message has what `npm` says.
    pub fn with(locked: &Path) -> anyhow::Result<Self> {
        if !Command::new(npm()).arg("--version").output().is_ok_and(|said| said.status.success()) {
            ensure_packages(NODE_PACKAGES)?;
        }
        let files = ["package.json", "package-lock.json"];
        let mut name = DefaultHasher::new();
        for file in files {
            std::fs::read(locked.join(file))?.hash(&mut name);
        }
        let folder = once(&format!("node-{:016x}", name.finish()), |half| {
            std::fs::create_dir_all(half)?;
            for file in files {
                std::fs::copy(locked.join(file), half.join(file))?;
            }
            let mut npm = Command::new(npm());
            must(
                npm.args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(half),
            )
        })?;
        Ok(Self { folder })
    }

    /// Node at work on a script, which is put beside the modules: that is where it looks for them.
    ///
    /// # Errors
    /// When the script cannot be read.
    pub fn command(&self, script: &Path) -> anyhow::Result<Command> {
        let name = script.file_name().context("no script is named")?;
        let mut new = tempfile::NamedTempFile::new_in(&self.folder)?;
        std::io::copy(&mut File::open(script)?, &mut new)?;
        new.persist(self.folder.join(name))?;
        let mut command = Command::new("node");
        command.arg(self.folder.join(name));
        Ok(command)
    }
}

const fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

/// A Python that has `pip`: the one on the path, else Debian's.
fn python() -> anyhow::Result<PathBuf> {
    let has_pip = |python: &Path| {
        let asked = Command::new(python).args(["-m", "pip", "--version"]).stdin(Stdio::null()).output();
        asked.is_ok_and(|said| said.status.success())
    };
    let here = PathBuf::from("python3");
    if !has_pip(&here) {
        ensure_packages(PYTHON_PACKAGES)?;
        return Ok(PathBuf::from("/usr/bin/python3"));
    }
    Ok(here)
}

/// Runs a program to its end.
fn must(command: &mut Command) -> anyhow::Result<()> {
    let said = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !said.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&said.stderr));
    }
    Ok(())
}

/// A folder that is filled once, as a whole or not at all; others wait meanwhile.
fn once(name: &str, fill: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<PathBuf> {
    let shelf = build_folder()?.join("testkit");
    std::fs::create_dir_all(&shelf)?;
    let folder = shelf.join(name);
    let lock = File::create(shelf.join(format!("{name}.lock")))?;
    lock.lock()?;
    if folder.is_dir() {
        return Ok(folder);
    }
    eprintln!("installing {name} for tests");
    let half = shelf.join(format!("{name}.half"));
    drop(std::fs::remove_dir_all(&half));
    fill(&half)?;
    std::fs::rename(&half, &folder)?;
    Ok(folder)
}

/// The folder that the build tool writes to, found by the mark it leaves there.
fn build_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    Ok(marked.map_or_else(std::env::temp_dir, Path::to_owned))
}
