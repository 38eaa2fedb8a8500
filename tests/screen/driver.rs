//! A person in front of the window: finds things by name, presses, types, reads, waits.
//!
//! Every act waits until it is possible. What does not come within [`PATIENCE`] fails the journey; a picture of
//! the window and the program's log are then kept in `target/screens/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use base64::Engine;
use serde_json::{Value, json};

use crate::harness::{self, Harness};
use crate::wire::Wire;

/// How long a person waits for something to appear.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks.
const BLINK: Duration = Duration::from_millis(40);

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Finds elements by role and name.
const FINDER: &str = include_str!("finder.js");

/// One running program with its window.
pub struct App {
    harness: Harness,
    wire: Wire,
    session: String,
    library: PathBuf,
    program: PathBuf,
}

impl App {
    /// Starts the program with a library and waits for its page.
    pub fn open(library: &Path, language: &str) -> Self {
        Self::start(library, language).unwrap_or_else(|error| panic!("the window did not open: {error:#}"))
    }

    /// Starts the program once more with the library of another window.
    pub fn open_beside(other: &Self, language: &str) -> Self {
        Self::open(&other.library, language)
    }

    /// Opens a page of the web in a bare browser of the same engine, as large as the screen.
    pub fn browse(url: &str) -> Self {
        Self::start_browser(url).unwrap_or_else(|error| panic!("the browser did not open: {error:#}"))
    }

    fn start_browser(url: &str) -> Result<Self> {
        let program = PathBuf::from(harness::BROWSER);
        if !program.exists() {
            bail!("{} is missing: install the engine's own small browser", program.display());
        }
        let harness = Harness::start()?;
        let wire = harness.wire();
        let options = json!({"webkitgtk:browserOptions": {"binary": program, "args": ["--automation"]}});
        let session = wire.post("/session", &json!({"capabilities": {"alwaysMatch": options}}))?;
        let session = session["sessionId"].as_str().context("a session without id")?.to_owned();
        let app = Self { harness, wire, session, library: PathBuf::new(), program };
        let whole = json!({"x": 0, "y": 0, "width": 1366, "height": 768});
        app.wire.post(&app.path("/window/rect"), &whole)?;
        app.go_to(url);
        Ok(app)
    }

    /// Goes to an address, in a browser.
    pub fn go_to(&self, url: &str) {
        let gone = self.wire.post(&self.path("/url"), &json!({ "url": url }));
        gone.map(drop).unwrap_or_else(|error| self.fail(&error));
    }

    fn start(library: &Path, language: &str) -> Result<Self> {
        let program = harness::programs()?.join("satchel");
        if !program.exists() {
            bail!("{} is missing: `cargo build -p satchel` first", program.display());
        }
        let harness = Harness::start()?;
        let wire = harness.wire();
        let args = json!(["--library", library, "--language", language]);
        let options = json!({"webkitgtk:browserOptions": {"binary": program, "args": args}});
        let session = wire
            .post("/session", &json!({"capabilities": {"alwaysMatch": options}}))
            .with_context(|| format!("no session; the program's log:\n{}", harness.log()))?;
        let session = session["sessionId"].as_str().context("a session without id")?.to_owned();
        let app = Self { harness, wire, session, library: library.to_owned(), program };
        app.until("the page", || {
            Ok(app.js("return document.readyState === 'complete' && !!document.body.innerText.trim()")
                == true)
        })?;
        Ok(app)
    }

    /// The program's log so far.
    pub fn log(&self) -> String {
        self.harness.log()
    }

    /// The home folder of this program's user.
    pub fn home(&self) -> &Path {
        self.harness.home()
    }

    // ---- looking ----

    /// Everything that can be read in the window.
    pub fn text(&self) -> String {
        self.js("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Whether a text can be read now.
    pub fn has_text(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Waits until a text can be read.
    pub fn wait_text(&self, text: &str) {
        self.must(&format!("the text {text:?}"), || Ok(self.has_text(text)));
    }

    /// Waits until a text is gone.
    pub fn wait_no_text(&self, text: &str) {
        self.must(&format!("the text {text:?} to go"), || Ok(!self.has_text(text)));
    }

    /// Waits until an element is there.
    pub fn wait_css(&self, css: &str) {
        self.must(&format!("{css:?}"), || Ok(self.count(css) > 0));
    }

    /// How many elements there are.
    pub fn count(&self, css: &str) -> u64 {
        self.js_with("return document.querySelectorAll(arguments[0]).length", &json!([css]))
            .as_u64()
            .unwrap_or_default()
    }

    /// Whether something with this name can be pressed now.
    pub fn can_press(&self, name: &str) -> bool {
        matches!(self.find("press", name), Ok(Some(_)))
    }

    /// Waits until something is true.
    pub fn must(&self, what: &str, is_true: impl FnMut() -> Result<bool>) {
        self.until(what, is_true).unwrap_or_else(|error| self.fail(&error));
    }

    // ---- acting ----

    /// Presses what has this name: a button, link, tab, option, box.
    pub fn click(&self, name: &str) {
        self.must(&format!("{name:?} to press"), || match self.find("press", name)? {
            Some(element) => Ok(self.press(&element).is_ok()),
            None => Ok(false),
        });
    }

    /// Presses the first element that fits.
    pub fn click_css(&self, css: &str) {
        self.must(&format!("{css:?} to press"), || match self.query(css) {
            Ok(element) => Ok(self.press(&element).is_ok()),
            Err(_) => Ok(false),
        });
    }

    /// Puts a text into the field with this label, in place of what is there.
    pub fn type_into(&self, label: &str, text: &str) {
        self.must(&format!("the field {label:?}"), || {
            let Some(field) = self.find("field", label)? else { return Ok(false) };
            if self.press(&field).is_err() {
                return Ok(false);
            }
            self.keys("Control+a")?;
            self.keys("Delete")?;
            self.enter(text)?;
            Ok(true)
        });
    }

    /// Puts the caret at the end of the field with this label and types on.
    pub fn append_to(&self, label: &str, text: &str) {
        self.must(&format!("the field {label:?}"), || {
            let Some(field) = self.find("field", label)? else { return Ok(false) };
            if self.press(&field).is_err() {
                return Ok(false);
            }
            self.keys("Control+End")?;
            self.enter(text)?;
            Ok(true)
        });
    }

    /// Types where the caret is. A line break is the Enter key.
    pub fn type_text(&self, text: &str) {
        self.enter(text).unwrap_or_else(|error| self.fail(&error));
    }

    /// Types where the caret is; whether the program lived long enough to take it all.
    pub fn type_as_long_as_it_lives(&self, text: &str) -> bool {
        self.enter(text).is_ok()
    }

    /// Presses a key, with others held: `Enter`, `Control+s`, `Control+Shift+Enter`, `Alt+2`, `F6`.
    pub fn press_keys(&self, chord: &str) {
        self.keys(chord).unwrap_or_else(|error| self.fail(&error));
    }

    /// Chooses in the list that the field with this label opens.
    pub fn choose(&self, label: &str, option: &str) {
        self.must(&format!("the list {label:?}"), || match self.find("any", label)? {
            Some(field) => Ok(self.press(&field).is_ok()),
            None => Ok(false),
        });
        self.click(option);
    }

    /// Evaluates a script in the page and gives what it returns.
    pub fn js(&self, script: &str) -> Value {
        self.js_with(script, &json!([]))
    }

    /// Evaluates a script with arguments.
    pub fn js_with(&self, script: &str, args: &Value) -> Value {
        self.evaluate(script, args).unwrap_or_else(|error| self.fail(&error))
    }

    /// Evaluates a script that answers later, by calling its last argument.
    pub fn js_later(&self, script: &str, args: &Value) -> Value {
        let asked = self.wire.post(&self.path("/execute/async"), &json!({"script": script, "args": args}));
        asked.unwrap_or_else(|error| self.fail(&error))
    }

    /// Calls a command of the border as the page does; a refusal comes back as the failure's value.
    pub fn call(&self, command: &str, args: &Value) -> Result<Value, Value> {
        let script = "const done = arguments[2]; window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])\
                      .then((value) => done({value}), (failure) => done({failure}));";
        let path = self.path("/execute/async");
        let answer = self.wire.post(&path, &json!({"script": script, "args": [command, args]}));
        let mut answer = answer.unwrap_or_else(|error| self.fail(&error));
        match answer.get_mut("failure") {
            Some(failure) => Err(failure.take()),
            None => Ok(answer["value"].take()),
        }
    }

    /// Keeps a picture of the window as PNG.
    pub fn shot(&self, file: &Path) {
        self.picture(file).unwrap_or_else(|error| panic!("no picture: {error:#}"));
    }

    // ---- the end ----

    /// Kills the program outright, as a dead battery would.
    pub fn kill(self) {
        self.signal("-KILL");
        self.wait_for_the_end();
    }

    /// Ends the program in good order.
    pub fn quit(self) {
        self.signal("-TERM");
        self.wait_for_the_end();
    }

    /// The program's process; none once it has ended.
    pub fn pids(&self) -> Vec<i32> {
        harness::processes(&self.program, self.home())
    }

    fn signal(&self, signal: &str) {
        for pid in self.pids() {
            let _ = Command::new("kill").args([signal, &pid.to_string()]).status();
        }
    }

    fn wait_for_the_end(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.pids().is_empty() {
            assert!(Instant::now() < until, "the program did not end; its log:\n{}", self.log());
            std::thread::sleep(BLINK);
        }
    }

    // ---- the wire ----

    fn path(&self, rest: &str) -> String {
        format!("/session/{}{rest}", self.session)
    }

    fn evaluate(&self, script: &str, args: &Value) -> Result<Value> {
        self.wire.post(&self.path("/execute/sync"), &json!({"script": script, "args": args}))
    }

    fn find(&self, want: &str, name: &str) -> Result<Option<String>> {
        let found = self.evaluate(FINDER, &json!([want, name]))?;
        Ok(found[ELEMENT].as_str().map(str::to_owned))
    }

    fn query(&self, css: &str) -> Result<String> {
        let found =
            self.wire.post(&self.path("/element"), &json!({"using": "css selector", "value": css}))?;
        Ok(found[ELEMENT].as_str().context("no element")?.to_owned())
    }

    /// Presses what a person would first bring wholly into view.
    fn press(&self, element: &str) -> Result<()> {
        let it = json!([{ELEMENT: element}]);
        self.evaluate("arguments[0].scrollIntoView({ block: 'nearest' })", &it)?;
        self.wire.post(&self.path(&format!("/element/{element}/click")), &json!({})).map(drop)
    }

    /// Types a text at the caret through the keyboard of the driver.
    fn enter(&self, text: &str) -> Result<()> {
        let mut strokes = Vec::new();
        for character in text.chars() {
            let key = if character == '\n' { key_code("Enter")? } else { character.to_string() };
            strokes.push(json!({"type": "keyDown", "value": key}));
            strokes.push(json!({"type": "keyUp", "value": key}));
        }
        self.strokes(&strokes)
    }

    fn keys(&self, chord: &str) -> Result<()> {
        let keys = chord.split('+').map(key_code).collect::<Result<Vec<_>>>()?;
        let down = keys.iter().map(|key| json!({"type": "keyDown", "value": key}));
        let up = keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key}));
        self.strokes(&down.chain(up).collect::<Vec<_>>())
    }

    fn strokes(&self, strokes: &[Value]) -> Result<()> {
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.wire.post(&self.path("/actions"), &json!({"actions": [keyboard]})).map(drop)
    }

    fn picture(&self, file: &Path) -> Result<()> {
        let text = self.wire.get(&self.path("/screenshot"))?;
        let png = base64::engine::general_purpose::STANDARD.decode(text.as_str().context("no picture")?)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, png)?)
    }

    fn until(&self, what: &str, mut is_true: impl FnMut() -> Result<bool>) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            match is_true() {
                Ok(true) => return Ok(()),
                Err(error) if Instant::now() > end => return Err(error.context(format!("waited for {what}"))),
                Ok(false) if Instant::now() > end => bail!("waited {PATIENCE:?} for {what} in vain"),
                _ => std::thread::sleep(BLINK),
            }
        }
    }

    fn fail(&self, error: &anyhow::Error) -> ! {
        panic!(
            "{error:#}\n--- in the window:\n{}\n",
            self.evaluate("return document.body.innerText", &json!([])).unwrap_or_default()
        )
    }
}

impl Drop for App {
    /// Keeps the evidence of a failed journey.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let folder = harness::programs().unwrap_or_default().with_file_name("screens");
            let name = std::thread::current().name().unwrap_or("journey").replace("::", "-");
            let name = format!("{name}-{}", self.session.chars().take(4).collect::<String>());
            let _ = self.picture(&folder.join(format!("{name}.png")));
            let _ = std::fs::write(folder.join(format!("{name}.log")), self.log());
            eprintln!("kept {}/{name}.png and .log", folder.display());
        } else {
            let _ = self.wire.delete(&self.path(""));
        }
    }
}

/// The code of a key by its name (WebDriver, section 17.4.2); a character is itself.
fn key_code(name: &str) -> Result<String> {
    let code = match name {
        "Control" => '\u{E009}',
        "Shift" => '\u{E008}',
        "Alt" => '\u{E00A}',
        "Enter" => '\u{E007}',
        "Escape" => '\u{E00C}',
        "Tab" => '\u{E004}',
        "Backspace" => '\u{E003}',
        "Delete" => '\u{E017}',
        "Home" => '\u{E011}',
        "End" => '\u{E010}',
        "PageUp" => '\u{E00E}',
        "PageDown" => '\u{E00F}',
        "ArrowLeft" => '\u{E012}',
        "ArrowUp" => '\u{E013}',
        "ArrowRight" => '\u{E014}',
        "ArrowDown" => '\u{E015}',
        "Space" => ' ',
        "Plus" => '+',
        _ => return function_key(name),
    };
    Ok(code.to_string())
}

fn function_key(name: &str) -> Result<String> {
    let number = name
        .strip_prefix('F')
        .and_then(|rest| rest.parse::<u32>().ok())
        .filter(|number| (1..=12).contains(number));
    match number.and_then(|number| char::from_u32(0xE030 + number)) {
        Some(code) => Ok(code.to_string()),
        None if name.chars().count() == 1 => Ok(name.to_owned()),
        None => bail!("no key has the name {name:?}"),
    }
}
