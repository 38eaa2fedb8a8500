//! A window that is walked through, with its words and the album of the walk.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::album::Album;
use crate::axe;
use crate::driver::App;
use crate::setup::unlock;
use crate::words::Words;

/// A window, its words, and the album of its walk. A journey adds the steps that are its own.
pub struct Walk<'a> {
    pub app: App,
    pub words: &'a Words,
    pub album: &'a Album,
    /// The room that the walk is about.
    room: &'static str,
}

impl<'a> Walk<'a> {
    /// Opens a library that the command line founded.
    pub fn open(library: &Path, words: &'a Words, album: &'a Album, room: &'static str) -> Self {
        Self { app: unlock(library, words), words, album, room }
    }

    /// A word of the room that the walk is about.
    pub fn word(&self, key: &str) -> String {
        self.words.of(self.room, key)
    }

    /// Into a room.
    pub fn go(&self, room: &str) {
        self.app.click_css(&format!("[data-test=room-{room}]"));
    }

    /// As the free function.
    pub fn look(&self, name: &str) {
        look(&self.app, self.album, name);
    }

    /// The answer to a command without arguments.
    pub fn ask(&self, command: &str) -> Value {
        self.ask_with(command, &json!({}))
    }

    /// The answer to a command.
    pub fn ask_with(&self, command: &str, args: &Value) -> Value {
        self.app.call(command, args).unwrap()
    }

    /// Waits longer than a person would before the same screen.
    pub fn within(&self, seconds: u64, what: &str, mut is_true: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while !is_true() {
            assert!(Instant::now() < end, "waited for {what} in vain; on the screen:\n{}", self.app.text());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Keeps a picture and lets axe look for what somebody could not see or reach.
pub fn look(app: &App, album: &Album, name: &str) {
    album.shot(app, name);
    let found = axe::findings(app, name);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
