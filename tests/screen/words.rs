//! The words on the screen, read from where the window reads them, so that journeys follow every wording.

use std::path::Path;

use serde_json::Value;

/// The words of one language.
pub struct Words {
    /// Its code.
    pub language: String,
}

impl Words {
    /// Those of a language.
    pub fn load(language: &str) -> Self {
        Self { language: language.to_owned() }
    }

    /// The word of a room by its key, without the places that are filled in.
    pub fn of(&self, room: &str, key: &str) -> String {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/words").join(&self.language);
        let text = std::fs::read_to_string(dir.join(format!("{room}.json"))).expect("the words of the room");
        let words: Value = serde_json::from_str(&text).expect("words");
        let word = words[key].as_str().unwrap_or_else(|| panic!("no word {room}:{key}"));
        word.split("{{").next().unwrap_or_default().trim().to_owned()
    }
}
