//! Debian packages that a test needs, installed when missing and allowed.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// What [`crate::WordPress`] needs.
pub const WORDPRESS_PACKAGES: &[&str] = &[
    "wordpress",
    "wordpress-theme-twentytwentythree",
    "mariadb-server",
    "php-cli",
    "php-mysql",
    "php-xml",
    "php-gd",
    "php-mbstring",
    "php-curl",
];

/// Sees to it that the named Debian packages are installed: installs the missing ones when run as root.
///
/// # Errors
/// When packages are missing and cannot be installed; the message names them and the command to run.
pub fn ensure_packages(names: &[&str]) -> anyhow::Result<()> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !is_root() {
        bail!("Debian packages are missing; run as root: apt-get install --no-install-recommends {list}");
    }
    eprintln!("installing {list}");
    if !apt_get(&["install", "-y", "--no-install-recommends"], &missing)? {
        apt_get(&["update"], &[])?;
        if !apt_get(&["install", "-y", "--no-install-recommends"], &missing)? {
            bail!("apt-get could not install {list}");
        }
    }
    Ok(())
}

fn apt_get(verb: &[&str], names: &[&str]) -> anyhow::Result<bool> {
    let ended = Command::new("apt-get")
        .args(verb)
        .args(names)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("apt-get cannot be started: is this a Debian-like system?")?;
    Ok(ended.success())
}

fn is_installed(name: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f", "${Status}", name])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|said| said.stdout.starts_with(b"install ok installed"))
}

/// True when this process runs as root.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout.trim_ascii() == b"0")
}
