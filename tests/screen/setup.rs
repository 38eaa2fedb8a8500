//! What several journeys begin with: a centre of one's own, material made on the spot, the page read anew.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::driver::App;
use crate::words::Words;

/// The passphrase of every library that a journey founds.
pub const PASSPHRASE: &str = "a long enough passphrase";
/// The passphrase of a library that the command line founded.
pub const FOUNDED: &str = "correct horse battery";

/// Opens a window on a new library and founds a centre in it; the page does not know of it yet.
pub fn found_a_centre(library: &Path, language: &str) -> App {
    let app = App::open(library, language);
    let names = json!({"centre": "青山县融媒体中心", "name": "林晓", "passphrase": PASSPHRASE});
    let state = app.call("start_centre", &names).unwrap();
    assert_eq!(state["phase"], "ready");
    app
}

/// Unlocks a library that the command line founded, in the language of the journey.
pub fn unlock(library: &Path, words: &Words) -> App {
    let app = App::open(library, &words.language);
    app.type_into(&words.of("app", "unlock.passphrase"), FOUNDED);
    app.click(&words.of("app", "unlock.go"));
    app.wait_css("[data-test=room-today]");
    // The command line asks nobody for a language.
    let mut settings = app.call("settings", &json!({})).unwrap();
    settings["language"] = json!(words.language);
    app.call("save_settings", &json!({"settings": settings})).unwrap();
    reload(&app);
    app.wait_css("[data-test=room-today]");
    app
}

/// Reads the page anew, as after a start.
pub fn reload(app: &App) {
    app.js("window.isOldPage = true; location.reload()");
    app.must("the new page", || {
        Ok(app.js("return !window.isOldPage && document.readyState === 'complete'") == true)
    });
}

/// Makes a file from one of ffmpeg's own pictures or films.
pub fn make_clip(source: &str, more: &[&str], file: &Path) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let made = Command::new("ffmpeg")
        .args(["-hide_banner", "-v", "error", "-f", "lavfi", "-i", source])
        .args(more)
        .arg(file)
        .status()
        .unwrap();
    assert!(made.success(), "{}", file.display());
}
