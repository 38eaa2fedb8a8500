//! The first minute: the window opens, and speaks the person's language.

use crate::driver::App;

#[test]
fn the_window_opens_on_the_first_run_in_chinese() {
    let folder = tempfile::tempdir().unwrap();

    let app = App::open(&folder.path().join("library"), "zh-CN");

    app.must("the page to be in Chinese", || Ok(app.js("return document.documentElement.lang") == "zh-CN"));
    assert_eq!(app.call("app_state", &serde_json::json!({})).unwrap()["phase"], "first-run");
    app.quit();
}

#[test]
fn the_language_can_be_switched_before_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(&folder.path().join("library"), "zh-CN");

    app.click("English");

    app.must("the page to be in English", || Ok(app.js("return document.documentElement.lang") == "en"));
    assert_eq!(app.call("app_state", &serde_json::json!({})).unwrap()["language"], "en");
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
