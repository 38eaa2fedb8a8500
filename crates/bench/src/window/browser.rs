//! A window under WebDriver on a virtual screen of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::processes;
use satchel_testkit::Keeper;

/// What has to be installed.
const TOOLS: [&str; 4] = ["xvfb-run", "dbus-run-session", "gnome-keyring-daemon", "WebKitWebDriver"];
/// Opens the session's keyring before anything else runs in it.
const WITH_KEYRING: &str =
    "printf login | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$@\"";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const BLINK: Duration = Duration::from_millis(10);
/// The key under which WebDriver names an element (W3C WebDriver, section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The first of the needed tools that this machine does not have.
pub(super) fn missing_tool() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has = |tool: &str| std::env::split_paths(&path).any(|folder| folder.join(tool).exists());
    TOOLS.into_iter().find(|tool| !has(tool))
}

/// A person's desktop: a home, and a session with a keyring or without one.
pub(super) struct Desktop {
    home: PathBuf,
    has_keyring: bool,
}

impl Desktop {
    /// The desktop of whoever lives in `home`, which is made when it is new.
    pub(super) fn new(home: PathBuf, has_keyring: bool) -> anyhow::Result<Self> {
        std::fs::create_dir_all(home.join("run"))?;
        #[cfg(unix)]
        std::fs::set_permissions(home.join("run"), std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(Self { home, has_keyring })
    }

    /// A program in a session of this desktop, on a virtual screen when it has a window.
    pub(super) fn command(&self, program: impl AsRef<OsStr>, has_window: bool) -> Command {
        let mut command = Command::new(if has_window { "xvfb-run" } else { "dbus-run-session" });
        if has_window {
            command.args(["-a", "-s", "-screen 0 1366x768x24", "dbus-run-session"]);
        }
        command.arg("--");
        if self.has_keyring {
            command.args(["sh", "-c", WITH_KEYRING, "sh"]).env_remove("SATCHEL_NO_KEYRING");
        } else {
            command.env("SATCHEL_NO_KEYRING", "1");
        }
        command.arg(program).env("HOME", &self.home).env("XDG_RUNTIME_DIR", self.home.join("run"));
        command
    }
}

/// A driver that opens windows; it goes with the value.
pub(super) struct Browser {
    _keeper: Keeper,
    port: u16,
}

impl Browser {
    /// Brings up a screen and a driver on the desktop.
    pub(super) fn start(desktop: &Desktop) -> anyhow::Result<Self> {
        let port = satchel_testkit::free_port()?;
        let mut keeper = Keeper::start()?;
        let mut command = desktop.command("WebKitWebDriver", true);
        command
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("TAURI_AUTOMATION", "true")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY");
        keeper.serve(&mut command, port, &desktop.home.join("driver.log"))?;
        Ok(Self { _keeper: keeper, port })
    }

    /// Opens a window; without options it is the engine's own bare browser.
    pub(super) fn open(&self, options: &Value) -> anyhow::Result<Session<'_>> {
        let asked = json!({"capabilities": {"alwaysMatch": options}});
        let session = self.ask("POST", "/session", &asked)?;
        let id = session["sessionId"].as_str().context("a session without id")?.to_owned();
        Ok(Session { browser: self, id })
    }

    /// Bytes that the windows of this driver hold.
    pub(super) fn memory_of_windows(&self) -> anyhow::Result<processes::Held> {
        Ok(self.windows()?.into_iter().filter_map(processes::held).sum())
    }

    /// The processes that this driver started, with all that they started.
    fn windows(&self) -> anyhow::Result<Vec<u32>> {
        let driver = processes::find(&["WebKitWebDriver", &format!("--port={}", self.port)]);
        Ok(processes::descendants(driver.context("the driver is gone")?))
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())?;
        let mut reader = BufReader::new(stream);
        let (mut length, mut line) = (0, String::new());
        while reader.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            line.clear();
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes)?;
        let mut answer: Value = serde_json::from_slice(&bytes)?;
        let value = answer["value"].take();
        if let Some(error) = value.get("error").and_then(Value::as_str) {
            bail!("{method} {path}: {error}: {}", value["message"]);
        }
        Ok(value)
    }
}

/// One open window; it is closed with the value, the program in good order.
pub(super) struct Session<'a> {
    browser: &'a Browser,
    id: String,
}

impl Session<'_> {
    /// Goes to a page.
    pub(super) fn go(&self, url: &str) -> anyhow::Result<()> {
        self.ask("/url", &json!({ "url": url })).map(drop)
    }

    /// Presses an element as soon as it is there.
    pub(super) fn press(&self, css: &str) -> anyhow::Result<()> {
        self.act(css, "click", &json!({}))
    }

    /// Types into an element as soon as it is there.
    pub(super) fn enter(&self, css: &str, text: &str) -> anyhow::Result<()> {
        self.act(css, "value", &json!({ "text": text }))
    }

    /// What a script returns.
    pub(super) fn script(&self, script: &str) -> anyhow::Result<Value> {
        self.ask("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until a script returns true.
    pub(super) fn wait_for(&self, script: &str) -> anyhow::Result<()> {
        self.until(|| {
            let value = self.script(script)?;
            if value == true { Ok(()) } else { bail!("not yet: {script}") }
        })
    }

    fn act(&self, css: &str, what: &str, body: &Value) -> anyhow::Result<()> {
        self.until(|| {
            let found = self.ask("/element", &json!({"using": "css selector", "value": css}))?;
            let element = found[ELEMENT].as_str().context("an element without id")?;
            self.ask(&format!("/element/{element}/{what}"), body).map(drop)
        })
    }

    fn until(&self, mut attempt: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            match attempt() {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > end => return Err(error),
                Err(_) => std::thread::sleep(BLINK),
            }
        }
    }

    fn ask(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.browser.ask("POST", &format!("/session/{}{path}", self.id), body)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let windows = self.browser.windows().unwrap_or_default();
        // The program first, so that it can close its library; what is left goes with the session.
        let program = windows.iter().filter(|pid| processes::runs(**pid, Path::new("satchel")));
        program.for_each(|pid| drop(Command::new("kill").args(["-TERM", &pid.to_string()]).status()));
        let end = Instant::now() + PATIENCE;
        while windows.iter().any(|pid| processes::runs(*pid, Path::new("satchel"))) && Instant::now() < end {
            std::thread::sleep(BLINK);
        }
        let _ = self.browser.ask("DELETE", &format!("/session/{}", self.id), &json!({}));
        while self.browser.windows().is_ok_and(|left| !left.is_empty()) && Instant::now() < end {
            std::thread::sleep(BLINK);
        }
    }
}
