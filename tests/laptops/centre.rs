//! A centre for tests: a real pool process and a library for every person.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery";

/// A program of this build.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("own path");
    let debug = own.parent().and_then(Path::parent).expect("target folder");
    let path = debug.join(name);
    assert!(path.exists(), "{name} is not built: run `cargo build --workspace` first");
    path
}

/// A pool process with its folder.
pub struct Centre {
    pub dir: TempDir,
    pub url: String,
    port: u16,
    pool: Option<Child>,
}

impl Centre {
    /// Founds a centre and starts its pool.
    pub fn found(name: &str) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let done = Command::new(program("satchel-pool"))
            .arg("init")
            .arg("--data")
            .arg(dir.path().join("pool"))
            .args(["--centre", name, "--name", "管理员", "--url", &url, "--role", "administrator"])
            .output()
            .expect("satchel-pool init");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let mut centre = Self { dir, url, port, pool: None };
        centre.switch_on();
        centre
    }

    /// Starts the pool.
    pub fn switch_on(&mut self) {
        let log = std::fs::File::create(self.dir.path().join("pool.log")).expect("log");
        let mut pool = Command::new(program("satchel-pool"))
            .arg("serve")
            .arg("--data")
            .arg(self.dir.path().join("pool"))
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--stop-with-stdin"])
            .args(self.config().iter().map(|file| format!("--config={}", file.display())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("satchel-pool serve");
        let first = BufReader::new(pool.stdout.take().expect("output")).lines().next();
        let first = first.and_then(Result::ok).unwrap_or_default();
        assert!(first.starts_with("listening "), "the pool said {first:?}");
        self.pool = Some(pool);
    }

    /// The pool's settings from its next start on.
    pub fn settings(&self, words: &str) {
        std::fs::write(self.dir.path().join("pool.toml"), words).expect("settings");
    }

    fn config(&self) -> Option<PathBuf> {
        Some(self.dir.path().join("pool.toml")).filter(|file| file.exists())
    }

    /// Kills the pool: no network.
    pub fn switch_off(&mut self) {
        if let Some(mut pool) = self.pool.take() {
            pool.kill().expect("kill");
            pool.wait().expect("wait");
        }
    }

    /// An invitation file for a person.
    pub fn invite(&self, name: &str, roles: &[&str]) -> PathBuf {
        self.invite_also(name, roles, &[])
    }

    /// An invitation file, with more words for the pool's program.
    fn invite_also(&self, name: &str, roles: &[&str], more: &[&str]) -> PathBuf {
        let out = self.dir.path().join(format!("{name}.satchel-invite"));
        let mut ask = Command::new(program("satchel-pool"));
        ask.arg("invite").arg("--data").arg(self.dir.path().join("pool"));
        ask.args(["--name", name, "--url", &self.url]).arg("--out").arg(&out);
        for role in roles {
            ask.args(["--role", role]);
        }
        ask.args(more);
        let done = ask.output().expect("satchel-pool invite");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        out
    }

    /// A verb of the pool's program that must work: its lines of JSON.
    pub fn pool(&self, words: &[&str]) -> Vec<Value> {
        match self.pool_or_code(words) {
            Ok(lines) => lines,
            Err(code) => panic!("the pool could not {words:?}: {code}"),
        }
    }

    /// Begins a verb of the pool's program that will be killed.
    pub fn begin(&self, words: &[&str]) -> Child {
        let mut ask = Command::new(program("satchel-pool"));
        ask.args(words).arg("--data").arg(self.dir.path().join("pool"));
        ask.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("satchel-pool")
    }

    /// A verb of the pool's program: its lines of JSON, or the code of its refusal.
    pub fn pool_or_code(&self, words: &[&str]) -> Result<Vec<Value>, String> {
        let data = self.dir.path().join("pool");
        let mut ask = Command::new(program("satchel-pool"));
        ask.args(words).arg("--data").arg(data).env("SATCHEL_LOG", "error");
        let done = ask.output().expect("satchel-pool");
        let out = String::from_utf8_lossy(&done.stdout);
        if done.status.success() {
            return Ok(out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect());
        }
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        let last = words.lines().last().unwrap_or_default();
        Err(last.split_once(": ").map_or(last, |(code, _)| code).to_owned())
    }

    /// Begins a new epoch, as after a backup was put back.
    pub fn new_epoch(&self) {
        let data = self.dir.path().join("pool");
        let done = Command::new(program("satchel-pool")).arg("new-epoch").arg("--data").arg(data).output();
        assert!(done.expect("satchel-pool new-epoch").status.success());
    }

    /// A person with a laptop of their own, joined but not yet talking to the pool.
    pub fn person(&self, name: &str, roles: &[&str]) -> Laptop {
        self.join(name, &self.invite(name, roles))
    }

    /// Another laptop of a person whom the pool knows.
    pub fn second_laptop(&self, of: &Laptop, name: &str, roles: &[&str]) -> Laptop {
        let person = of.ok(&["state"])["me"]["person"].as_str().expect("a person").to_owned();
        self.join(name, &self.invite_again(name, roles, &person))
    }

    /// An invitation file for another laptop of a person whom the pool knows.
    pub fn invite_again(&self, name: &str, roles: &[&str], person: &str) -> PathBuf {
        self.invite_also(name, roles, &["--person", person])
    }

    /// The administrator takes a laptop out.
    pub fn revoke(&self, laptop: &Laptop) {
        let device = laptop.ok(&["state"])["me"]["device"].as_str().expect("a device").to_owned();
        let done = Command::new(program("satchel-pool"))
            .arg("revoke")
            .arg("--data")
            .arg(self.dir.path().join("pool"))
            .args(["--device", &device, "--reason", "lost"])
            .output()
            .expect("satchel-pool revoke");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn join(&self, name: &str, invitation: &Path) -> Laptop {
        let laptop = Laptop { library: self.dir.path().join(format!("library-{name}")), name: name.into() };
        laptop.ok(&["join", &invitation.display().to_string()]);
        laptop
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.switch_off();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.dir.path().join("pool.log")).unwrap_or_default();
            let tail: Vec<_> = log.lines().rev().take(40).collect();
            eprintln!("the pool's last words:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
    }
}

/// A library used through the command line.
pub struct Laptop {
    pub library: PathBuf,
    pub name: String,
}

impl Laptop {
    /// Runs a verb and answers its JSON, or the failure.
    pub fn run(&self, words: &[&str]) -> Result<Value, Value> {
        self.run_with_secret(words, "")
    }

    /// Runs a verb that must work, with a channel's secret.
    pub fn ok_with_secret(&self, words: &[&str], secret: &str) -> Value {
        self.run_with_secret(words, secret).unwrap_or_else(|failure| panic!("{words:?}: {failure}"))
    }

    /// Begins a verb that will be killed.
    pub fn begin(&self, words: &[&str]) -> Child {
        let mut ask = Command::new(program("satchelctl"));
        ask.arg("--library").arg(&self.library).args(words);
        ask.env("SATCHEL_NO_KEYRING", "1").env("SATCHEL_PASSPHRASE", PASSPHRASE);
        ask.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("satchelctl")
    }

    /// Listens for laptops nearby on this machine.
    pub fn listens(&self) -> Listening {
        let mut ask = Command::new(program("satchelctl"));
        ask.arg("--library").arg(&self.library).args(["--json", "nearby", "listen", "--at", "127.0.0.1:0"]);
        ask.env("SATCHEL_NO_KEYRING", "1").env("SATCHEL_PASSPHRASE", PASSPHRASE);
        let mut child = ask.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("satchelctl");
        let mut out = BufReader::new(child.stdout.take().expect("output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let card: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("{} said {line:?}", self.name));
        let place = card["place"].as_str().unwrap_or_else(|| panic!("no place: {card}")).to_owned();
        Listening { child, out, place }
    }

    fn run_with_secret(&self, words: &[&str], secret: &str) -> Result<Value, Value> {
        let done = Command::new(program("satchelctl"))
            .arg("--library")
            .arg(&self.library)
            .arg("--json")
            .args(words)
            .env("SATCHEL_NO_KEYRING", "1")
            .env("SATCHEL_PASSPHRASE", PASSPHRASE)
            .env("SATCHEL_CHANNEL_SECRET", secret)
            .output()
            .expect("satchelctl");
        let parse = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let last = text.lines().last().unwrap_or_default().to_owned();
            serde_json::from_str(&last).unwrap_or(Value::String(text.into_owned()))
        };
        if done.status.success() { Ok(parse(&done.stdout)) } else { Err(parse(&done.stderr)) }
    }

    /// Runs a verb that must work.
    pub fn ok(&self, words: &[&str]) -> Value {
        match self.run(words) {
            Ok(answer) => answer,
            Err(failure) => panic!("{} could not {words:?}: {failure}", self.name),
        }
    }

    /// Runs a verb that must be refused and answers the code.
    pub fn refused(&self, words: &[&str]) -> String {
        match self.run(words) {
            Ok(answer) => panic!("{} was allowed to {words:?}: {answer}", self.name),
            Err(failure) => {
                failure["code"].as_str().unwrap_or_else(|| panic!("no code: {failure}")).to_owned()
            }
        }
    }

    /// Talks to the pool until nothing waits.
    pub fn sync(&self) -> Value {
        self.ok(&["sync", "--within", "60"])
    }
}

/// A laptop that listens for others nearby.
pub struct Listening {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    /// Address, port and code, as the other types it.
    pub place: String,
}

impl Listening {
    /// Address and port alone.
    pub fn address(&self) -> &str {
        self.place.split('/').next().expect("an address")
    }

    /// Switches it off; answers how it stood in the end.
    pub fn close(mut self) -> Value {
        drop(self.child.stdin.take());
        let mut last = String::new();
        self.out.read_line(&mut last).expect("a last line");
        assert!(self.child.wait().expect("an end").success());
        serde_json::from_str(&last).unwrap_or_else(|_| panic!("the last word was {last:?}"))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("port");
    socket.local_addr().expect("address").port()
}
