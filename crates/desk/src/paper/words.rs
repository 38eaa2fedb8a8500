//! The words of the page: the same books that the window reads.

use std::collections::BTreeMap;

type Book = BTreeMap<String, String>;

/// The words of one language.
pub struct Words {
    /// Code of the language, for the page's own `lang`.
    pub language: &'static str,
    own: Book,
    kit: Book,
}

impl Words {
    /// The books of a language; anything unknown is Chinese.
    pub fn of(language: &str) -> Self {
        let (language, own, kit) = match language {
            "en" => (
                "en",
                include_str!("../../../../ui/src/words/en/paper.json"),
                include_str!("../../../../ui/src/words/en/kit.json"),
            ),
            _ => (
                "zh-CN",
                include_str!("../../../../ui/src/words/zh-CN/paper.json"),
                include_str!("../../../../ui/src/words/zh-CN/kit.json"),
            ),
        };
        let book = |text: &str| serde_json::from_str(text).unwrap_or_default();
        Self { language, own: book(own), kit: book(kit) }
    }

    /// A word of the page.
    pub fn own(&self, key: &str) -> String {
        self.own.get(key).cloned().unwrap_or_default()
    }

    /// A word that all rooms share.
    pub fn kit(&self, key: &str) -> String {
        self.kit.get(key).cloned().unwrap_or_default()
    }

    /// A sentence of the page with its places filled.
    pub fn filled(&self, key: &str, values: &[(&str, String)]) -> String {
        let mut sentence = self.own(key);
        for (name, value) in values {
            sentence = sentence.replace(&format!("{{{{{name}}}}}"), value);
        }
        sentence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_their_books() {
        for language in ["zh-CN", "en"] {
            let words = Words::of(language);
            assert!(!words.own("title").is_empty() && !words.kit("level.first").is_empty(), "{language}");
        }
    }

    #[test]
    fn a_sentence_is_filled_at_its_places() {
        let words = Words::of("en");
        let told = words.filled(
            "counts.value",
            &[("characters", "3".into()), ("seconds", "1".into()), ("figures", "2".into())],
        );
        assert!(told.starts_with("3 characters") && !told.contains("{{"), "{told}");
    }
}
