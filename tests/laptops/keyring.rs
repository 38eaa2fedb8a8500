//! A library whose keys lie in the system's keyring: a real one, in a session of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::centre::program;

/// A desktop session with a keyring that its password opens.
struct Session {
    home: TempDir,
    library: PathBuf,
}

impl Session {
    fn new(library: &Path) -> Self {
        Self { home: tempfile::tempdir().unwrap(), library: library.to_owned() }
    }

    /// Runs a verb in the session; no passphrase anywhere.
    fn run(&self, words: &[&str]) -> Result<Value, Value> {
        let script =
            "printf login | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$@\"";
        let done = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", script, "sh"])
            .arg(program("satchelctl"))
            .arg("--library")
            .arg(&self.library)
            .arg("--json")
            .args(words)
            .env("HOME", self.home.path())
            .env("XDG_DATA_HOME", self.home.path().join("data"))
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env_remove("SATCHEL_NO_KEYRING")
            .env_remove("SATCHEL_PASSPHRASE")
            .output()
            .expect("dbus-run-session");
        let parse = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let json = text.lines().rev().find_map(|line| serde_json::from_str(line).ok());
            json.unwrap_or(Value::String(text))
        };
        if done.status.success() { Ok(parse(&done.stdout)) } else { Err(parse(&done.stderr)) }
    }
}

#[test]
fn a_library_opens_with_the_keyring_it_was_made_with_and_with_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mine = Session::new(&dir.path().join("library"));
    assert_eq!(mine.run(&["state"]).unwrap()["keyStore"], "works");
    mine.run(&["start-centre", "--centre", "山县融媒体中心", "--name", "李雪梅"]).unwrap();
    mine.run(&["new", "最后三公里"]).unwrap();
    assert!(!mine.library.join("vault.json").exists(), "no passphrase was asked for");

    let stolen = Session::new(&mine.library);
    let refusal = stolen.run(&["stories"]).unwrap_err();
    assert_eq!((&refusal["code"], &refusal["remedy"]), (&"desk.key-store".into(), &"unlock".into()));

    let stories = mine.run(&["stories"]).unwrap();
    assert_eq!(stories[0]["headline"], "最后三公里", "{stories}");
}
