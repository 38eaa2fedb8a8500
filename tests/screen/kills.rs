//! Killed again and again: what the window called saved is there in the next window.
//!
//! A person types random Chinese in bursts; the window is read after each of them. Whenever it said `saved`, the
//! text that stood beside that word is the acknowledged one. Then the program is killed outright at a random
//! moment, between two bursts or in the middle of one, and the story is read in the next window.
//!
//! A kill ends the program, not the machine: what the system still holds in its memory is not put to the test here.
//!
//! `KILLS` sets the number of kills of the long run, `SEED` repeats a run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use satchel_testkit::Dice;
use serde_json::json;

use crate::driver::{App, PATIENCE};
use crate::setup::PASSPHRASE;
use crate::words::Words;

const LANGUAGE: &str = "zh-CN";
const SAVED: &str = "[data-test=save-fact][data-state=saved]";

/// Notes in the page when keys fall and when the window says `saved`, in milliseconds of its own clock.
const WATCH: &str = "const watch = { keys: 0, first: null, last: null, fromLast: 0, fromFirst: 0, times: 0 }; \
    window.watchOfKeys = watch; \
    document.addEventListener('beforeinput', () => { \
      watch.keys += 1; watch.last = performance.now(); watch.first ??= watch.last; }, true); \
    new MutationObserver(() => { \
      if (watch.last === null || !document.querySelector(arguments[0])) return; \
      const now = performance.now(); \
      watch.fromLast = Math.max(watch.fromLast, now - watch.last); \
      watch.fromFirst = Math.max(watch.fromFirst, now - watch.first); \
      watch.times += 1; watch.first = watch.last = null; \
    }).observe(document.body, \
      { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });";

/// The text, whether the window calls it saved, and the watch, all of one moment.
const LOOK: &str = "const watch = window.watchOfKeys; \
    return { text: document.querySelector('.ProseMirror').innerText, \
      saved: !!document.querySelector(arguments[0]), \
      fromLast: watch.fromLast, fromFirst: watch.fromFirst, keys: watch.keys, times: watch.times };";

/// Han characters, from `from` up to, not including, `to` of them.
fn chinese(dice: &mut Dice, from: u64, to: u64) -> String {
    let count = dice.between(from, to - 1);
    let mut one = || u32::try_from(dice.between(0x4E00, 0x9FA4)).unwrap();
    (0..count).map(|_| char::from_u32(one()).unwrap()).collect()
}

pub(crate) fn pause(dice: &mut Dice, end: u64) -> Duration {
    Duration::from_millis(dice.between(0, end - 1))
}

/// What is known over all rounds.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) kills: u64,
    kills_while_typing: u64,
    /// Starts that told of the unclean end before anything else.
    recoveries: u64,
    pub(crate) acknowledged: usize,
    pub(crate) lost: usize,
    keys: u64,
    from_last: f64,
    from_first: f64,
}

/// One library on its way through the kills.
pub(crate) struct Journey {
    library: PathBuf,
    passphrase: &'static str,
    /// The story to sit down at, where the library has several.
    pub(crate) headline: Option<&'static str>,
    words: Words,
    dice: Dice,
    /// Everything typed so far that was found again.
    pub(crate) found: String,
    /// The longest text that the window called saved.
    pub(crate) acknowledged: String,
    /// Everything that was sent to the keyboard since the last start, after `found`.
    typed: String,
    pub(crate) tally: Tally,
}

/// What the window shows at one moment.
pub(crate) struct Look {
    pub(crate) text: String,
    pub(crate) saved: bool,
    keys: u64,
}

impl Journey {
    pub(crate) fn new(library: &Path, passphrase: &'static str, seed: u64) -> Self {
        Self {
            library: library.to_owned(),
            passphrase,
            headline: None,
            words: Words::load(LANGUAGE),
            dice: Dice::new(seed),
            found: String::new(),
            acknowledged: String::new(),
            typed: String::new(),
            tally: Tally::default(),
        }
    }

    /// The first start: a centre and an empty story.
    fn begin(&self) -> App {
        let app = App::open(&self.library, LANGUAGE);
        let names = json!({"centre": "青山县融媒体中心", "name": "林晓", "passphrase": PASSPHRASE});
        app.call("start_centre", &names).unwrap();
        app.js("window.isOldPage = true; location.reload()");
        app.must("the new page", || Ok(app.js("return !window.isOldPage") == true));
        app.click_css("[data-test=room-write]");
        app.click_css("[data-test=new-story]");
        self.sit_down(&app);
        app
    }

    /// Every later start: passphrase, the page about the unclean end, the story.
    pub(crate) fn come_back(&mut self) -> App {
        let word = |key: &str| self.words.of("app", key);
        let app = App::open(&self.library, LANGUAGE);
        app.type_into(&word("unlock.passphrase"), self.passphrase);
        app.click(&word("unlock.go"));
        app.must("the page about the unclean end, or the rooms", || {
            Ok(app.has_text(&word("recovery.title")) || app.count("[data-test=room-write]") > 0)
        });
        if app.has_text(&word("recovery.title")) {
            self.tally.recoveries += 1;
            // The list of stories may push the button away from under a pointer, so it is pressed until it was.
            let press = "[...document.querySelectorAll('button')].find((one) => one.textContent === arguments[0])?.click()";
            app.must("the rooms after it", || {
                app.js_with(press, &json!([word("recovery.continue")]));
                Ok(app.count("[data-test=room-write]") > 0)
            });
        }
        app.click_css("[data-test=room-write]");
        app.must("the story or the list", || Ok(app.count(".ProseMirror, .story-cards .row-title") > 0));
        match self.headline {
            Some(headline) => find_story(&app, headline),
            None if app.count(".ProseMirror") == 0 => app.click_css(".story-cards .row-title"),
            None => {}
        }
        self.sit_down(&app);
        app
    }

    /// Puts the caret at the end of the text and starts the watch.
    pub(crate) fn sit_down(&self, app: &App) {
        app.wait_css(".ProseMirror[contenteditable=true]");
        app.wait_css(SAVED);
        app.click_css(".ProseMirror");
        app.press_keys("Control+End");
        app.js_with(WATCH, &json!([SAVED]));
    }

    /// Reads the window; what it calls saved is remembered as promised.
    pub(crate) fn look(&mut self, app: &App) -> Look {
        let seen = app.js_with(LOOK, &json!([SAVED]));
        let look = Look {
            text: letters(seen["text"].as_str().unwrap()),
            saved: seen["saved"] == true,
            keys: seen["keys"].as_u64().unwrap(),
        };
        let longest = |before: f64, name: &str| before.max(seen[name].as_f64().unwrap());
        self.tally.from_last = longest(self.tally.from_last, "fromLast");
        self.tally.from_first = longest(self.tally.from_first, "fromFirst");
        if look.saved {
            self.acknowledged.clone_from(&look.text);
        }
        look
    }

    pub(crate) fn wait_saved(&mut self, app: &App) {
        let until = Instant::now() + PATIENCE;
        while !self.look(app).saved {
            assert!(Instant::now() < until, "the window did not say saved within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn burst(&mut self, app: &App) {
        let text = chinese(&mut self.dice, 3, 20);
        app.type_text(&text);
        self.typed.push_str(&text);
    }

    /// Types for a while, then the program is killed.
    fn write_until_killed(&mut self, app: App) {
        self.burst(&app);
        self.wait_saved(&app);
        for _ in 0..self.dice.below(4) {
            self.burst(&app);
            std::thread::sleep(pause(&mut self.dice, 120));
            self.look(&app);
        }
        self.tally.keys += self.look(&app).keys;
        if self.dice.below(2) == 0 {
            self.kill_while_typing(&app);
        } else {
            self.burst(&app);
            self.look(&app);
            std::thread::sleep(pause(&mut self.dice, 300));
            self.look(&app);
        }
        app.kill();
        self.tally.kills += 1;
    }

    fn kill_while_typing(&mut self, app: &App) {
        let text = chinese(&mut self.dice, 120, 160);
        self.typed.push_str(&text);
        let pause = pause(&mut self.dice, 300);
        let pids = app.pids();
        assert!(!pids.is_empty(), "the program runs");
        let whole = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(pause);
                for pid in &pids {
                    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
                }
            });
            app.type_as_long_as_it_lives(&text)
        });
        self.tally.kills_while_typing += u64::from(!whole);
    }

    /// Compares the story in the new window with what was promised, and with what was typed.
    pub(crate) fn compare(&mut self, app: &App) {
        app.must("the text", || {
            let text = app.js("return document.querySelector('.ProseMirror').innerText");
            Ok(!letters(text.as_str().unwrap_or_default()).is_empty())
        });
        let text =
            letters(app.js("return document.querySelector('.ProseMirror').innerText").as_str().unwrap());
        let same =
            self.acknowledged.chars().zip(text.chars()).take_while(|(one, other)| one == other).count();
        let promised = self.acknowledged.chars().count();
        self.tally.acknowledged += promised.saturating_sub(self.found.chars().count());
        self.tally.lost += promised - same;
        assert_eq!(
            same, promised,
            "kill {}: saved was\n{}\nfound is\n{text}",
            self.tally.kills, self.acknowledged
        );
        let typed = format!("{}{}", self.found, self.typed);
        assert!(typed.starts_with(&text), "kill {}: typed\n{typed}\nfound\n{text}", self.tally.kills);
        self.found = text;
        self.typed.clear();
    }
}

/// Goes to the list and opens the story of this name.
fn find_story(app: &App, headline: &str) {
    if app.count(".ProseMirror") > 0 {
        app.click_css("[data-test=all-stories]");
    }
    let press = "const row = [...document.querySelectorAll('.story-cards .row-title')] \
        .find((one) => one.textContent === arguments[0]); row?.click(); return !!row";
    app.must("the story in the list", || Ok(app.js_with(press, &json!([headline])) == true));
}

/// A text without the breaks between its paragraphs.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|one| !one.is_whitespace() && !matches!(one, '\u{FEFF}' | '\u{200B}')).collect()
}

pub(crate) fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}

fn walk(kills: u64) {
    let seed = seed();
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::new(&folder.path().join("library"), PASSPHRASE, seed);
    let mut app = journey.begin();
    for _ in 0..kills {
        journey.write_until_killed(app);
        app = journey.come_back();
        journey.compare(&app);
    }
    app.quit();
    let tally = &journey.tally;
    println!(
        "in the middle of typing: {}, told of at the next start: {}, characters called saved: {}, longest from the first key of a stretch: {:.0} ms",
        tally.kills_while_typing, tally.recoveries, tally.acknowledged, tally.from_first
    );
    println!(
        "kills: {}, lost characters: {}, longest key to disk: {:.0} ms, seed {seed}",
        tally.kills, tally.lost, tally.from_last
    );
    assert_eq!(tally.lost, 0);
    assert_eq!(tally.recoveries, tally.kills, "every unclean end is told of at the next start");
    assert!(tally.keys > 0 && tally.from_last > 0.0, "the watch saw the keys");
}

#[test]
fn three_kills_take_no_word_that_was_called_saved() {
    walk(3);
}

#[test]
#[ignore = "a long run: cargo test --workspace --test screen -- kills --include-ignored"]
fn every_word_that_was_called_saved_survives_a_kill() {
    walk(std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100));
}
