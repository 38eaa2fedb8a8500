//! The peers: one `curl` stream into a server that throws everything away, `rsync` into its own daemon, and
//! tus-js-client at the pool's side door.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use satchel_testkit::Node;

use super::{Brought, until};

/// A server for one upload at a time, and the count of what arrived.
pub struct Curl {
    arrived: Arc<AtomicU64>,
}

impl Curl {
    /// Serves on every address.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn serve(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
        let arrived = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&arrived);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let count = Arc::clone(&count);
                // A client that leaves is a measure that is over.
                std::thread::spawn(move || drop(swallow(client, &count)));
            }
        });
        Ok(Self { arrived })
    }

    /// Sends a file with `curl`, for as long as there is patience.
    pub(super) fn send(&self, to: SocketAddr, file: &Path, patience: Duration) -> anyhow::Result<Brought> {
        self.arrived.store(0, Ordering::SeqCst);
        let started = Instant::now();
        Command::new("curl")
            .args(["--silent", "--max-time", &patience.as_secs().to_string(), "--header", "Expect:"])
            .arg("--upload-file")
            .arg(file)
            .arg(format!("http://{to}/film"))
            .stdout(Stdio::null())
            .status()
            .context("curl")?;
        Ok(Brought { bytes: self.arrived.load(Ordering::SeqCst), took: started.elapsed() })
    }
}

/// Reads a request to its end, counts its body and says that all is well.
fn swallow(mut client: TcpStream, count: &AtomicU64) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut left: u64 = length.unwrap_or(0);
    let mut buffer = [0; 16 << 10];
    while left > 0 {
        let got = client.read(&mut buffer)? as u64;
        if got == 0 {
            return Ok(());
        }
        left = left.saturating_sub(got);
        count.fetch_add(got, Ordering::SeqCst);
    }
    client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
}

/// A running `rsync` daemon; it ends with the value.
pub struct Rsync {
    daemon: Child,
    into: PathBuf,
}

impl Rsync {
    /// Serves on every address, into a folder of its own.
    ///
    /// # Errors
    /// When `rsync` is missing or does not start.
    pub fn serve(port: u16, folder: &Path) -> anyhow::Result<Self> {
        let into = folder.join("rsync");
        std::fs::create_dir_all(&into)?;
        let config = folder.join("rsyncd.conf");
        let text = format!("use chroot = no\n[in]\npath = {}\nread only = no\n", into.display());
        // Only a daemon that runs as root may say who it works as, and must.
        let who = std::process::Command::new("id").arg("-u").output()?;
        let is_root = who.stdout.trim_ascii() == b"0";
        std::fs::write(&config, if is_root { format!("uid = 0\ngid = 0\n{text}") } else { text })?;
        let daemon = Command::new("rsync")
            .args(["--daemon", "--no-detach", &format!("--port={port}"), "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("rsync")?;
        let is_up =
            until(Duration::from_secs(10), || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
        let rsync = Self { daemon, into };
        ensure!(is_up, "the rsync daemon does not answer");
        Ok(rsync)
    }

    /// Sends a file with `rsync`, for as long as there is patience.
    pub(super) fn send(&self, to: SocketAddr, file: &Path, patience: Duration) -> anyhow::Result<Brought> {
        let name = file.file_name().context("a film without a name")?;
        let started = Instant::now();
        Command::new("timeout")
            .arg(patience.as_secs().to_string())
            .args(["rsync", "--whole-file", "--inplace"])
            .arg(file)
            .arg(format!("rsync://{}:{}/in/", to.ip(), to.port()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("rsync")?;
        let took = started.elapsed();
        let bytes = std::fs::metadata(self.into.join(name)).map_or(0, |file| file.len());
        Ok(Brought { bytes, took })
    }
}

impl Drop for Rsync {
    fn drop(&mut self) {
        let _ = (self.daemon.kill(), self.daemon.wait());
    }
}

/// tus-js-client, as the pool's laws hold it.
pub struct TusJs {
    node: Node,
    script: PathBuf,
}

impl TusJs {
    /// Installs it where it is not.
    ///
    /// # Errors
    /// When Node or the client cannot be had.
    pub fn ready() -> anyhow::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pool/tests/clients");
        Ok(Self { node: Node::with(&folder)?, script: folder.join("tus-js.mjs") })
    }

    /// Sends a file to the pool at `url`, for as long as there is patience.
    pub(super) fn send(
        &self,
        url: &str,
        token: &str,
        file: &Path,
        patience: Duration,
    ) -> anyhow::Result<Brought> {
        let mut command = self.node.command(&self.script)?;
        command.args(["timed", url, token]).arg(file).arg(patience.as_secs().to_string());
        let said = command.stdin(Stdio::null()).output().context("node")?;
        ensure!(said.status.success(), "tus-js-client: {}", String::from_utf8_lossy(&said.stderr));
        let said: serde_json::Value = serde_json::from_slice(&said.stdout)?;
        let number =
            |name: &str| said["requests"][name].as_u64().with_context(|| format!("no {name} in {said}"));
        Ok(Brought { bytes: number("bytes")?, took: Duration::from_millis(number("took")?) })
    }
}
