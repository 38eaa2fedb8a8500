//! What a window needs around it: a screen of its own, a private message bus, a driver, an empty home.
//!
//! Every app gets all of them for itself, so that several can stand side by side, and takes them along when it
//! goes. Children are tied to the test: should it be killed, they die with it.

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::wire::Wire;

/// How large the screen is: the laptop of a county office.
const SCREEN: &str = "1366x768x24";

/// The engine's own small browser, for pages that are not the window's.
pub const BROWSER: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

/// A bus without any service: no key store answers, whatever this machine has installed.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"#;

/// A program that is stopped, with all that it started, when this goes.
pub struct Tied(Child);

impl Tied {
    /// Starts a program in its own process group; the kernel kills it when the test dies.
    fn start(command: &mut Command) -> Result<Self> {
        command.process_group(0).stdin(Stdio::null());
        Ok(Self(command.spawn().with_context(|| format!("{command:?} did not start"))?))
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.0.id())])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `setpriv` before a program: it gets a kill when its parent dies.
fn tied_to_us(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", program]);
    command
}

/// Screen, bus and driver of one app.
pub struct Harness {
    home: tempfile::TempDir,
    port: u16,
    _driver: Tied,
    _screen: Tied,
}

impl Harness {
    /// Brings everything up, until the driver answers.
    pub fn start() -> Result<Self> {
        let home = tempfile::Builder::new().prefix("satchel-home-").tempdir()?;
        let (screen, display) = start_screen(home.path())?;
        let port = free_port()?;
        let driver = start_driver(home.path(), &display, port)?;
        let harness = Self { home, port, _driver: driver, _screen: screen };
        harness.wait_for_driver()?;
        Ok(harness)
    }

    pub const fn wire(&self) -> Wire {
        Wire::new(self.port)
    }

    /// The home folder of this app's user.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What the program wrote to its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home().join("app.log")).unwrap_or_default()
    }

    fn wait_for_driver(&self) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(15);
        while Instant::now() < until {
            if self.wire().get("/status").is_ok_and(|status| status["ready"] == Value::Bool(true)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("WebKitWebDriver did not answer within 15 s; its log:\n{}", self.log())
    }
}

/// A virtual screen, and its name once it is up.
fn start_screen(home: &Path) -> Result<(Tied, String)> {
    let told = home.join("display");
    let mut command = tied_to_us("sh");
    let line =
        format!("exec Xvfb -displayfd 3 -screen 0 {SCREEN} -nolisten tcp -noreset 3>{}", told.display());
    let screen = Tied::start(command.args(["-c", &line]).stdout(Stdio::null()).stderr(Stdio::null()))?;
    let until = Instant::now() + Duration::from_secs(15);
    while Instant::now() < until {
        let mut number = String::new();
        if File::open(&told).and_then(|mut file| file.read_to_string(&mut number)).is_ok()
            && number.ends_with('\n')
        {
            return Ok((screen, format!(":{}", number.trim())));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    bail!("Xvfb did not come up within 15 s")
}

/// The driver under a bus of its own; the app inherits its environment from here.
fn start_driver(home: &Path, display: &str, port: u16) -> Result<Tied> {
    let bus = home.join("bus.conf");
    std::fs::write(&bus, BARE_BUS)?;
    for folder in ["run", "data", "config", "cache"] {
        std::fs::create_dir_all(home.join(folder))?;
    }
    std::fs::set_permissions(home.join("run"), std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let log = File::create(home.join("app.log"))?;
    let mut command = tied_to_us("dbus-run-session");
    command
        .arg(format!("--config-file={}", bus.display()))
        .args([
            "--",
            "setpriv",
            "--pdeathsig",
            "KILL",
            "WebKitWebDriver",
            "--host=127.0.0.1",
            &format!("--port={port}"),
        ])
        .env("DISPLAY", display)
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("TAURI_AUTOMATION", "true")
        .env("GDK_BACKEND", "x11")
        .env("GTK_IM_MODULE", "gtk-im-context-simple")
        .env("NO_AT_BRIDGE", "1")
        .env("GTK_A11Y", "none")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("LANG", "C.UTF-8")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdout(log.try_clone()?)
        .stderr(log);
    Tied::start(&mut command)
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The folder of the programs that were built beside this test.
pub fn programs() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    Ok(test.parent().and_then(Path::parent).context("the test lies in no target folder")?.to_owned())
}

/// The processes of a program whose user has this home.
pub fn processes(program: &Path, home: &Path) -> Vec<i32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| has_word(*pid, "cmdline", 0, &program.display().to_string()))
        .filter(|pid| has_any_word(*pid, "environ", &format!("HOME={}", home.display())))
        .collect()
}

/// The words of a list that the kernel keeps of a process, ended by zeros.
fn kept(pid: i32, list: &str) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/{list}")).unwrap_or_default();
    bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn has_word(pid: i32, list: &str, place: usize, word: &str) -> bool {
    kept(pid, list).get(place).is_some_and(|one| one == word)
}

fn has_any_word(pid: i32, list: &str, word: &str) -> bool {
    kept(pid, list).iter().any(|one| one == word)
}
