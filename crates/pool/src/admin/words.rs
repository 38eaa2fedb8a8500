//! The words of the administrators' page, from one file a language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

type Table = BTreeMap<String, String>;

static CHINESE: LazyLock<Table> = LazyLock::new(|| read(include_str!("words/zh-CN.json")));
static ENGLISH: LazyLock<Table> = LazyLock::new(|| read(include_str!("words/en.json")));

fn read(text: &str) -> Table {
    serde_json::from_str(text).unwrap_or_default()
}

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese, the language of the house.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The one that a page was asked for in; else the one that the browser prefers.
    pub fn of(asked: Option<&str>, accepted: Option<&str>) -> Self {
        let word = asked.or(accepted).unwrap_or_default();
        if word.starts_with("en") { Self::English } else { Self::Chinese }
    }

    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }

    fn table(self) -> &'static Table {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }

    /// A word; its key where there is none.
    pub fn say(self, key: &str) -> String {
        self.table().get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// A word for a code, or the code itself where nobody has put it into words.
    pub fn say_code(self, room: &str, code: &str) -> String {
        self.table().get(&format!("{room}.{code}")).cloned().unwrap_or_else(|| code.to_owned())
    }

    /// A sentence with its places filled.
    pub fn fill(self, key: &str, places: &[(&str, &str)]) -> String {
        places
            .iter()
            .fold(self.say(key), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn places(sentence: &str) -> Vec<&str> {
        let mut found: Vec<_> =
            sentence.split("{{").skip(1).filter_map(|piece| piece.split("}}").next()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn both_languages_have_the_same_words_with_the_same_places() {
        assert!(CHINESE.len() > 40);
        assert_eq!(CHINESE.keys().collect::<Vec<_>>(), ENGLISH.keys().collect::<Vec<_>>());
        for (key, sentence) in CHINESE.iter() {
            assert!(!sentence.is_empty() && !ENGLISH[key].is_empty(), "{key}");
            assert_eq!(places(sentence), places(&ENGLISH[key]), "{key}");
        }
    }

    #[test]
    fn a_browser_that_says_nothing_gets_chinese() {
        assert_eq!(Language::of(None, None), Language::Chinese);
        assert_eq!(Language::of(None, Some("en-GB,en;q=0.9")), Language::English);
        assert_eq!(Language::of(Some("zh-CN"), Some("en")), Language::Chinese);
    }
}
