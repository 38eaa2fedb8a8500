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
        self.run_saying(words, &[])
    }

    /// The same, with these variables.
    fn run_saying(&self, words: &[&str], said: &[(&str, &str)]) -> Result<Value, Value> {
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
            .envs(said.iter().copied())
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

#[test]
fn a_library_moves_from_the_keyring_under_a_passphrase_and_back_and_never_opens_by_both() {
    let dir = tempfile::tempdir().unwrap();
    let mine = Session::new(&dir.path().join("library"));
    mine.run(&["start-centre", "--centre", "山县融媒体中心", "--name", "李雪梅"]).unwrap();
    mine.run(&["new", "最后三公里"]).unwrap();
    let (vault, note) = (mine.library.join("vault.json"), mine.library.join("keyring.moving"));
    let first = [("SATCHEL_NEW_PASSPHRASE", "correct horse battery")];

    mine.run_saying(&["keys", "passphrase"], &first).unwrap();
    assert!(vault.exists() && !note.exists());
    assert_eq!(mine.run(&["stories"]).unwrap_err()["code"], "desk.locked", "the keyring no longer opens it");
    std::fs::rename(&vault, dir.path().join("aside")).unwrap();
    assert_eq!(mine.run(&["stories"]).unwrap_err()["code"], "desk.key-store", "and holds nothing any more");
    std::fs::rename(dir.path().join("aside"), &vault).unwrap();

    let said = [("SATCHEL_PASSPHRASE", "correct horse battery")];
    let card = mine.run_saying(&["keys", "keyring"], &said).unwrap();
    assert_eq!(card["inKeyring"], true);
    assert!(!vault.exists() && !note.exists());
    assert_eq!(mine.run(&["stories"]).unwrap()[0]["headline"], "最后三公里");
}

#[test]
fn a_move_that_was_cut_off_after_the_vault_was_written_ends_at_the_next_opening() {
    let dir = tempfile::tempdir().unwrap();
    let mine = Session::new(&dir.path().join("library"));
    mine.run(&["start-centre", "--centre", "山县融媒体中心", "--name", "李雪梅"]).unwrap();
    let first = [("SATCHEL_NEW_PASSPHRASE", "correct horse battery")];
    mine.run_saying(&["keys", "passphrase"], &first).unwrap();
    let (vault, note) = (mine.library.join("vault.json"), mine.library.join("keyring.moving"));
    let sealed = std::fs::read(&vault).unwrap();
    let said = [("SATCHEL_PASSPHRASE", "correct horse battery")];
    mine.run_saying(&["keys", "keyring"], &said).unwrap();

    // As it stands between two writes: the keyring holds the keys, the vault too, and the note says so.
    std::fs::write(&vault, sealed).unwrap();
    std::fs::write(&note, []).unwrap();
    mine.run_saying(&["stories"], &said).unwrap();

    assert!(!note.exists());
    std::fs::remove_file(&vault).unwrap();
    assert_eq!(mine.run(&["stories"]).unwrap_err()["code"], "desk.key-store", "the keyring was emptied");
}
