//! Refusals at the door: what happened, what is safe, what to do next, in both languages.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use serde_json::{Value, json};

use crate::album::Album;
use crate::axe;
use crate::driver::App;
use crate::setup::{PASSPHRASE, found_a_centre};
use crate::words::Words;

fn unlock_with(app: &App, words: &Words, passphrase: &str) {
    app.type_into(&words.of("app", "unlock.passphrase"), passphrase);
    app.click(&words.of("app", "unlock.go"));
}

/// The refusal stands beside the field with its three parts, and nothing of a code is seen.
fn is_told(app: &App, words: &Words, code: &str) {
    app.wait_css(&format!("[data-test=trouble][data-code='{code}']"));
    let told = app.js("return document.querySelector('[data-test=trouble]').innerText");
    let told = told.as_str().unwrap();
    let next = format!("trouble.next.{code}");
    for part in [words.of("failures", code), words.of("app", "trouble.safe.any"), words.of("app", &next)] {
        assert!(told.contains(&part), "{part:?} in {told:?}");
    }
    assert!(!told.contains(code), "no code on the screen: {told:?}");
    let found = axe::findings(app, code);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn walk(language: &str) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    let words = Words::load(language);
    let album = Album::if_asked(&format!("troubles-{language}"));
    let first = found_a_centre(&library, language);

    let second = App::open_beside(&first, language);
    unlock_with(&second, &words, PASSPHRASE);
    is_told(&second, &words, "store.open-elsewhere");
    album.shot(&second, "open-elsewhere");
    first.quit();
    second.click(&words.of("app", "unlock.go"));
    second.wait_css("[data-test=room-today]");
    second.quit();

    let app = App::open(&library, language);
    album.shot(&app, "locked");
    unlock_with(&app, &words, "not the passphrase");
    is_told(&app, &words, "store.wrong-passphrase");
    album.shot(&app, "wrong-passphrase");
    unlock_with(&app, &words, PASSPHRASE);
    app.wait_css("[data-test=room-today]");
    app.quit();

    let vault = vault_in(&library);
    let before = std::fs::read_to_string(&vault).unwrap();
    let mut newer: Value = serde_json::from_str(&before).unwrap();
    newer["v"] = json!(99);
    std::fs::write(&vault, newer.to_string()).unwrap();
    let app = App::open(&library, language);
    unlock_with(&app, &words, PASSPHRASE);
    is_told(&app, &words, "store.newer-version");
    album.shot(&app, "newer-version");
    app.quit();
    assert_eq!(
        std::fs::read_to_string(&vault).unwrap(),
        newer.to_string(),
        "the newer library was left alone"
    );
}

/// The file that says how the key of a library is kept.
fn vault_in(library: &std::path::Path) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(library).unwrap().flatten().map(|entry| entry.path());
    files
        .find(|path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            serde_json::from_str::<Value>(&text).is_ok_and(|value| value["v"].is_u64())
        })
        .expect("the vault of the library")
}

#[test]
fn refusals_at_the_door_say_what_is_safe_and_what_to_do_in_chinese() {
    walk("zh-CN");
}

#[test]
fn refusals_at_the_door_say_what_is_safe_and_what_to_do_in_english() {
    walk("en");
}
