//! What the machine must have, and how it gets it.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::steps::{must, npm, printed, program, root, step};

/// Packages of Debian and Ubuntu, each with what needs it.
const PACKAGES: [&str; 27] = [
    // the window
    "libwebkit2gtk-4.1-dev",
    "pkg-config",
    "build-essential",
    "libssl-dev",
    "fonts-noto-cjk",
    "gstreamer1.0-libav",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
    // material
    "ffmpeg",
    // journeys through the window
    "webkit2gtk-driver",
    "xvfb",
    "dbus",
    "dbus-x11",
    "gnome-keyring",
    "util-linux",
    "procps",
    // channels, against real servers
    "wordpress",
    "mariadb-server",
    "php-cli",
    "php-mysql",
    "php-xml",
    "php-gd",
    "php-mbstring",
    "php-curl",
    "openssh-server",
    "openssh-client",
];

/// The dish of its own.
pub fn setup(_: &[String]) -> Result<()> {
    packages()?;
    screen_modules()
}

/// Installs the system's packages that are missing.
pub fn packages() -> Result<()> {
    install(&PACKAGES)
}

/// Installs those of these packages that are missing, where that can be done.
pub fn install(wanted: &[&str]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if printed("apt-get", &["--version"]).is_none() {
        println!(
            "This is no Debian or Ubuntu: if something is missing, these packages have it: {}",
            wanted.join(" ")
        );
        return Ok(());
    }
    let missing = missing(wanted);
    if missing.is_empty() {
        return Ok(());
    }
    step(&format!("install {}", missing.join(" ")), || {
        must(&mut as_root(&["apt-get", "update", "-q"], &missing)?)?;
        let install = ["apt-get", "install", "-q", "-y", "--no-install-recommends"];
        must(as_root(&install, &missing)?.args(&missing))
    })
}

/// The packages that are not installed.
fn missing<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    let is_there = |package: &str| {
        printed("dpkg-query", &["-W", "-f", "${Status}", package])
            .is_some_and(|status| status == "install ok installed")
    };
    wanted.iter().copied().filter(|package| !is_there(package)).collect()
}

/// A command with the administrator's rights; freshly installed servers are not started.
fn as_root(words: &[&str], missing: &[&str]) -> Result<Command> {
    let quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"];
    let am_root = printed("id", &["-u"]).is_some_and(|id| id == "0");
    let (name, first): (&str, &[&str]) = if am_root { (quiet[0], &quiet[1..]) } else { ("sudo", &quiet) };
    if !am_root && printed("sudo", &["-n", "true"]).is_none() {
        bail!("install these as administrator first: {}", missing.join(" "));
    }
    let mut command = program(name, first);
    command.args(words);
    Ok(command)
}

/// Fetches the modules of the screen when `package-lock.json` is not the one they were fetched for.
pub fn screen_modules() -> Result<()> {
    let node =
        printed("node", &["--version"]).context("Node.js 20 or newer is needed: https://nodejs.org")?;
    let major = node.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        bail!("Node.js 20 or newer is needed, this is {node}");
    }
    let lock = std::fs::read(root().join("ui/package-lock.json")).context("ui/package-lock.json")?;
    let note = root().join("ui/node_modules/.fetched-for");
    if std::fs::read(&note).is_ok_and(|fetched| fetched == lock) {
        return Ok(());
    }
    step("npm install", || must(&mut npm(&["install", "--no-audit", "--no-fund"])))?;
    Ok(std::fs::write(note, lock)?)
}
