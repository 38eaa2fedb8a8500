//! A real PostgreSQL on loopback: Debian's package, a cluster of its own, nothing of the system's is used or touched.
//!
//! Where the test runs as root, the server runs as `postgres`, since it refuses root. It does not wait for the disk:
//! it is killed in tests, the machine is not. Its own role signs in by MD5, since the dear way (SCRAM) would take most of
//! the time of a test; a role that was made with a SCRAM password is asked for that.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};

use crate::keeper::Keeper;
use crate::packages::{ensure_packages, is_root};

/// What [`Postgres`] needs.
pub const POSTGRES_PACKAGES: &[&str] = &["postgresql", "openssl", "util-linux"];
/// The role that owns everything.
const USER: &str = "satchel";

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct Postgres {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The password of the role `satchel`.
    pub password: String,
    made: AtomicUsize,
    programs: PathBuf,
    keeper: Keeper,
    own: tempfile::TempDir,
}

impl Postgres {
    /// Starts a server with an empty cluster. Takes some three seconds; installs the package when missing and root.
    ///
    /// # Errors
    /// When the package is missing or the server does not start; the message has the end of its log.
    pub fn start() -> anyhow::Result<Self> {
        ensure_packages(POSTGRES_PACKAGES)?;
        let own = tempfile::Builder::new().prefix("satchel-pg").tempdir()?;
        let programs = programs()?;
        let password = "a word for tests".to_owned();
        std::fs::write(own.path().join("password"), &password)?;
        let mut certify = Command::new("openssl");
        certify.args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=127.0.0.1",
        ]);
        certify.args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]);
        certify.args(["-keyout", "server.key", "-out", "server.crt"]);
        said(certify.current_dir(own.path()))?;
        if is_root() {
            said(Command::new("chown").args(["-R", "postgres:"]).arg(own.path()))?;
        }
        let mut make = as_server(&programs.join("initdb"));
        make.arg("-D").arg(own.path().join("data")).args(["-U", USER, "-E", "UTF8", "--locale=C", "-N"]);
        make.args(["--auth=md5", "--pwfile"]).arg(own.path().join("password"));
        said(&mut make)?;
        let keeper = Keeper::start()?;
        let made = AtomicUsize::new(0);
        let mut server = Self { port: crate::free_port()?, password, made, programs, keeper, own };
        server.run()?;
        Ok(server)
    }

    /// Makes an empty database and returns its name.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn database(&self) -> anyhow::Result<String> {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::SeqCst));
        self.query("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(name)
    }

    /// The address of a database, without the password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The PEM file of who signed its certificate; TLS is offered and not demanded.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.own.path().join("server.crt")
    }

    /// Runs statements and returns the rows, columns with `|` between them.
    ///
    /// # Errors
    /// What the server refuses.
    pub fn query(&self, database: &str, sql: &str) -> anyhow::Result<Vec<String>> {
        let mut client = Command::new(self.programs.join("psql"));
        client.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER]);
        client.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]);
        let text = said(client.env("PGPASSWORD", &self.password))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Ends the server as a power cut does: every connection is cut, nothing is tidied up.
    ///
    /// # Errors
    /// When it does not end.
    pub fn cut(&self) -> anyhow::Result<()> {
        let mut stop = as_server(&self.programs.join("pg_ctl"));
        stop.args(["stop", "-w", "-m", "immediate", "-D"]).arg(self.own.path().join("data"));
        said(&mut stop).map(drop)
    }

    /// Starts it again on the same port, after [`Postgres::cut`].
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn run(&mut self) -> anyhow::Result<()> {
        let mut server = as_server(&self.programs.join("postgres"));
        server.arg("-D").arg(self.own.path().join("data")).arg("-k").arg(self.own.path());
        server.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=400"]);
        server.args(["-c", "shared_buffers=64MB", "-c", "max_wal_size=512MB", "-c", "ssl=on"]);
        for (name, file) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
            server.arg("-c").arg(format!("{name}={}", self.own.path().join(file).display()));
        }
        let mut server = ends_at_once(&server);
        self.keeper.serve(&mut server, self.port, &self.own.path().join("server.log"))?;
        // The port is open a moment before questions are answered.
        for _ in 0..100 {
            if self.query("postgres", "SELECT 1").is_ok() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        self.query("postgres", "SELECT 1").map(drop)
    }
}

/// Debian keeps every version's programs in a folder of its own; the newest is taken.
fn programs() -> anyhow::Result<PathBuf> {
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not where Debian has it")?;
    let number =
        |path: &Path| path.file_name().and_then(OsStr::to_str).and_then(|name| name.parse::<u32>().ok());
    let newest = versions.flatten().map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists());
    let newest = newest.max_by_key(|path| number(path)).context("PostgreSQL has no initdb")?;
    Ok(newest.join("bin"))
}

/// A program as the user that the server runs as.
fn as_server(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

/// The server under a shell that turns a plain "end" into "end now": by itself it would wait for its clients, be killed
/// in the end, and leave a piece of shared memory behind.
fn ends_at_once(server: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        r#"trap 'kill -INT "$server"' TERM; "$@" & server=$!; wait "$server"; wait "$server""#,
        "sh",
    ]);
    shell.arg(server.get_program()).args(server.get_args()).current_dir("/");
    shell
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let out = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !out.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(String::from_utf8(out.stdout)?)
}
