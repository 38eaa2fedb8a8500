//! The first minute: the window opens, and speaks the person's language.

use serde_json::json;

use crate::driver::App;
use crate::setup::{PASSPHRASE, found_a_centre};

#[test]
fn the_window_opens_on_the_first_run_in_chinese() {
    let folder = tempfile::tempdir().unwrap();

    let app = App::open(&folder.path().join("library"), "zh-CN");

    app.must("the page to be in Chinese", || Ok(app.js("return document.documentElement.lang") == "zh-CN"));
    assert_eq!(app.call("app_state", &json!({})).unwrap()["phase"], "first-run");
    app.quit();
}

#[test]
fn the_language_can_be_switched_before_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(&folder.path().join("library"), "zh-CN");

    app.click("English");

    app.must("the page to be in English", || Ok(app.js("return document.documentElement.lang") == "en"));
    assert_eq!(app.call("app_state", &json!({})).unwrap()["language"], "en");
    app.quit();
}

#[test]
#[ignore = "asked for by `cargo xtask run` on a machine without a screen"]
fn a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::env::var_os("SATCHEL_SHOT").expect("SATCHEL_SHOT names the picture");
    let app = App::open(&folder.path().join("library"), "zh-CN");

    app.shot(std::path::Path::new(&file));

    app.quit();
}

#[test]
fn a_second_window_on_the_same_library_says_why_it_stays_outside() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    let first = found_a_centre(&library, "zh-CN");

    let second = App::open_beside(&first, "zh-CN");

    let passphrase = json!({"passphrase": PASSPHRASE});
    let refusal = second.call("unlock", &passphrase).unwrap_err();
    assert_eq!(refusal["code"], "store.open-elsewhere");
    first.quit();
    let state = second.call("unlock", &passphrase).unwrap();
    assert_eq!(state["phase"], "ready", "the way is free once the first one has left");
    second.quit();
}

#[test]
fn a_centre_founded_in_the_window_is_there_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    found_a_centre(&library, "zh-CN").quit();

    let app = App::open(&library, "zh-CN");
    assert_eq!(app.call("app_state", &json!({})).unwrap()["phase"], "locked");
    let state = app.call("unlock", &json!({"passphrase": PASSPHRASE})).unwrap();

    assert_eq!(state["phase"], "ready");
    assert_eq!(state["me"]["name"], "林晓");
    assert_eq!(state["uncleanExit"], false, "it was closed in good order");
    app.quit();
}
