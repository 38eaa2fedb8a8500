//! A new centre on this machine: the pool program is made, started beside the desk and stopped with it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::DeskError;

/// A pool that runs as our child; it ends when its standard input closes, also when we are killed.
#[derive(Debug)]
pub struct LocalPool {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Drop for LocalPool {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The pool program: beside this executable, else on the path.
fn program() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|own| own.parent().map(|dir| dir.join(name())));
    match beside {
        Some(path) if path.exists() => path,
        _ => PathBuf::from(name()),
    }
}

const fn name() -> &'static str {
    if cfg!(windows) { "satchel-pool.exe" } else { "satchel-pool" }
}

fn failed(error: impl std::fmt::Display) -> DeskError {
    DeskError::PoolDidNotStart { why: error.to_string() }
}

/// Makes the pool's data folder and returns the first administrator's invitation file.
pub fn found(data: &Path, centre: &str, person: &str, url: &str) -> Result<PathBuf, DeskError> {
    let done = Command::new(program())
        .arg("init")
        .arg("--data")
        .arg(data)
        .args(["--centre", centre, "--name", person, "--url", url])
        .args(["--role", "administrator", "--role", "operator", "--role", "editor", "--role", "reporter"])
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    if !done.status.success() {
        return Err(failed(String::from_utf8_lossy(&done.stderr)));
    }
    Ok(data.join("first-administrator.satchel-invite"))
}

/// A port of the loopback that is free now.
pub fn free_port() -> Result<u16, DeskError> {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
    Ok(socket.local_addr().map_err(failed)?.port())
}

/// Starts the pool on the port and waits for its first line.
pub fn start(data: &Path, port: u16) -> Result<LocalPool, DeskError> {
    let mut child = Command::new(program())
        .arg("serve")
        .arg("--data")
        .arg(data)
        .args(["--listen", &format!("127.0.0.1:{port}"), "--stop-with-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let out = child.stdout.take().ok_or_else(|| failed("no output"))?;
    let mut lines = BufReader::new(out).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    let Some(url) = first.strip_prefix("listening ").map(str::to_owned) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(format!("it said {first:?}")));
    };
    std::thread::spawn(move || for _ in lines {});
    Ok(LocalPool { child, url })
}
