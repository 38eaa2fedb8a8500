//! The real pool program, beside this one.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};

/// The pool program beside this one; it ends with the value.
pub struct PoolProgram {
    child: Child,
    data: PathBuf,
    url: String,
    invitation: String,
}

impl PoolProgram {
    /// Founds a pool and serves it.
    ///
    /// # Errors
    /// When the program is missing or does not start.
    pub fn start(folder: &Path, listen: SocketAddr) -> anyhow::Result<Self> {
        Self::start_with(folder, listen, "")
    }

    /// The same with settings of its own, as its file has them.
    ///
    /// # Errors
    /// When the program is missing or does not start.
    pub fn start_with(folder: &Path, listen: SocketAddr, settings: &str) -> anyhow::Result<Self> {
        let config = folder.join("pool.toml");
        std::fs::write(&config, settings)?;
        let data = folder.join("pool");
        let url = format!("http://127.0.0.1:{}", listen.port());
        let made = program()?
            .args(["init", "--centre", "Bench", "--name", "李雪梅", "--role", "reporter", "--url", &url])
            .arg("--data")
            .arg(&data)
            .stdin(Stdio::null())
            .output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut child = program()?
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .arg("--data")
            .arg(&data)
            .args(["--listen", &listen.to_string(), "--stop-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let first = lines.next().context("the pool said nothing")??;
        ensure!(first.starts_with("listening "), "the pool said {first:?}");
        std::thread::spawn(move || for _ in lines {});
        let invitation = std::fs::read_to_string(data.join("first-administrator.satchel-invite"))?;
        Ok(Self { child, data, url, invitation })
    }

    /// Where it listens, on this machine.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The first administrator's invitation.
    #[must_use]
    pub fn invitation(&self) -> &str {
        &self.invitation
    }

    /// An invitation for another reporter.
    ///
    /// # Errors
    /// When the program refuses.
    pub fn invite(&self, name: &str) -> anyhow::Result<String> {
        let out = self.data.join("bench.satchel-invite");
        let made = program()?
            .args(["invite", "--name", name, "--role", "reporter", "--url", &self.url])
            .arg("--data")
            .arg(&self.data)
            .arg("--out")
            .arg(&out)
            .output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let invitation = std::fs::read_to_string(&out)?;
        std::fs::remove_file(&out)?;
        Ok(invitation)
    }

    /// Its memory that is really in use, in bytes, where the system tells.
    #[must_use]
    pub fn resident(&self) -> Option<u64> {
        let about = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = about.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1_024)
    }
}

fn program() -> anyhow::Result<Command> {
    let path = std::env::current_exe()?.with_file_name("satchel-pool");
    ensure!(path.exists(), "{} is not built", path.display());
    Ok(Command::new(path))
}

impl Drop for PoolProgram {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
