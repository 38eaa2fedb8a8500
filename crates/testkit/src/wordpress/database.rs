//! A MariaDB of our own: data folder, socket and port, nothing shared with the system's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::keeper::Keeper;
use crate::packages::is_root;

/// A running MariaDB with one database named `wordpress` and a root user without password, on loopback.
#[derive(Debug)]
pub(super) struct Database {
    /// The port on 127.0.0.1.
    pub(super) port: u16,
    socket: PathBuf,
}

impl Database {
    pub(super) fn start(folder: &Path, keeper: &mut Keeper) -> anyhow::Result<Self> {
        let data = folder.join("db");
        if !data.join("mysql").is_dir() {
            create(&data)?;
        }
        let port = crate::free_port()?;
        let socket = folder.join("db.sock");
        if socket.as_os_str().len() > 100 {
            bail!("the folder's name is too long for a socket: {}", folder.display());
        }
        let log = folder.join("db.log");
        keeper.serve(&mut server(&data, &socket, port), port, &log)?;
        let database = Self { port, socket };
        database.query_in("", "CREATE DATABASE IF NOT EXISTS wordpress CHARACTER SET utf8mb4")?;
        Ok(database)
    }

    /// The first column of the answer, a line each.
    pub(super) fn query(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        self.query_in("wordpress", sql)
    }

    fn query_in(&self, database: &str, sql: &str) -> anyhow::Result<Vec<String>> {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "--user=root", "--batch", "--skip-column-names", "--raw"]);
        client.args(["--default-character-set=utf8mb4"]).arg(option("--socket=", &self.socket));
        client.args(["--execute", sql]);
        if !database.is_empty() {
            client.arg(database);
        }
        let said = client.stdin(Stdio::null()).output().context("the mariadb client is missing")?;
        if !said.status.success() {
            bail!("{sql}: {}", String::from_utf8_lossy(&said.stderr));
        }
        let text = String::from_utf8(said.stdout)?;
        Ok(text.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect())
    }
}

/// A text as SQL that no character of it can leave.
pub(super) fn quoted(text: &str) -> String {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("CONVERT(X'{hex}' USING utf8mb4) COLLATE utf8mb4_bin")
}

fn create(data: &Path) -> anyhow::Result<()> {
    let mut make = Command::new("mariadb-install-db");
    make.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
    if is_root() {
        make.arg("--user=root");
    }
    let said = make.arg(option("--datadir=", data)).stdin(Stdio::null()).output()?;
    if !said.status.success() {
        bail!("mariadb-install-db: {}", String::from_utf8_lossy(&said.stderr));
    }
    Ok(())
}

fn server(data: &Path, socket: &Path, port: u16) -> Command {
    let program = if Path::new("/usr/sbin/mariadbd").exists() { "/usr/sbin/mariadbd" } else { "mariadbd" };
    let mut server = Command::new(program);
    server.arg("--no-defaults");
    if is_root() {
        server.arg("--user=root");
    }
    server.arg(option("--datadir=", data)).arg(option("--socket=", socket));
    server.arg(option("--pid-file=", &data.with_extension("pid")));
    server.args([&format!("--port={port}"), "--bind-address=127.0.0.1", "--skip-name-resolve"]);
    server.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--skip-log-bin"]);
    server.args(["--innodb-buffer-pool-size=32M", "--performance-schema=OFF", "--key-buffer-size=1M"]);
    server
}

/// An option with a path in one word: some of MariaDB's programs take no other form.
fn option(name: &str, path: &Path) -> OsString {
    let mut word = OsString::from(name);
    word.push(path);
    word
}
