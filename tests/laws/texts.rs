//! The words of the screen, and the marks that have no place in code.

use std::collections::{BTreeMap, BTreeSet};

use satchel_tests::{files, text};
use serde_json::Value;

const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

/// Every sentence of a language by `file:key`; the endings of i18next's plurals are taken off.
fn words(language: &str) -> BTreeMap<String, String> {
    let folder = format!("ui/src/words/{language}");
    let mut all = BTreeMap::new();
    for file in files(&folder, &[".json"]) {
        let value: Value =
            serde_json::from_str(&text(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        gather(file.strip_prefix(&folder).unwrap(), &value, &mut all);
    }
    all
}

fn gather(key: &str, value: &Value, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| gather(&format!("{key}:{name}"), value, all))
        }
        Value::String(sentence) => drop(all.insert(without_plural(key), sentence.clone())),
        other => panic!("{key}: {other} is no sentence"),
    }
}

fn without_plural(key: &str) -> String {
    let ending =
        ["_zero", "_one", "_two", "_few", "_many", "_other"].iter().find(|ending| key.ends_with(**ending));
    ending.map_or(key, |ending| key.trim_end_matches(ending)).to_owned()
}

/// The names between `{{` and `}}`.
fn places(sentence: &str) -> BTreeSet<String> {
    let pieces = sentence.split("{{").skip(1).filter_map(|piece| piece.split("}}").next());
    pieces
        .map(|piece| piece.split(',').next().unwrap_or_default().trim().to_owned())
        .filter(|name| name != "count")
        .collect()
}

#[test]
fn both_languages_have_the_same_keys() {
    let [chinese, english] = LANGUAGES.map(words);

    let only_chinese: Vec<_> = chinese.keys().filter(|key| !english.contains_key(*key)).collect();
    let only_english: Vec<_> = english.keys().filter(|key| !chinese.contains_key(*key)).collect();

    assert!(!chinese.is_empty(), "no words were found");
    assert!(only_chinese.is_empty(), "missing in English: {only_chinese:#?}");
    assert!(only_english.is_empty(), "missing in Chinese: {only_english:#?}");
}

#[test]
fn both_languages_fill_the_same_places() {
    let [chinese, english] = LANGUAGES.map(words);

    for (key, sentence) in &chinese {
        if let Some(other) = english.get(key) {
            assert_eq!(places(sentence), places(other), "{key}: {sentence:?} and {other:?}");
        }
    }
}

#[test]
fn no_sentence_is_empty() {
    for language in LANGUAGES {
        for (key, sentence) in words(language) {
            assert!(!sentence.trim().is_empty(), "{language}{key} is empty");
        }
    }
}

/// The codes that the rooms' errors can have: the right-hand sides in `fn code`.
fn codes() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in files("crates", &[".rs"]).into_iter().chain(files("src-tauri/src", &[".rs"])) {
        if file.contains("/tests/") || file.starts_with("crates/testkit") {
            continue;
        }
        let source = text(&file);
        for piece in source.split("fn code(&self) -> &'static str {").skip(1) {
            let body = piece.split_once("\n    }").map_or(piece, |(body, _)| body);
            for word in body.split('"').skip(1).step_by(2).filter(|word| is_code(word)) {
                found.insert(word.to_owned(), file.clone());
            }
        }
    }
    found
}

fn is_code(word: &str) -> bool {
    let parts: Vec<_> = word.split('.').collect();
    parts.len() == 2
        && parts.iter().all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
}

/// Whether `failures.json` has a sentence for a code, flat (`"store.locked"`) or nested.
fn has_sentence(failures: &Value, code: &str) -> bool {
    let (room, what) = code.split_once('.').unwrap();
    [failures.get(code), failures.get(room).and_then(|room| room.get(what))].iter().any(Option::is_some)
}

#[test]
fn every_failure_has_a_sentence_in_both_languages() {
    let codes = codes();
    assert!(codes.len() > 10, "the codes were not found");

    for language in LANGUAGES {
        let failures: Value =
            serde_json::from_str(&text(&format!("ui/src/words/{language}/failures.json"))).unwrap();
        let missing: Vec<_> = codes.iter().filter(|(code, _)| !has_sentence(&failures, code)).collect();
        assert!(missing.is_empty(), "no sentence in {language} for {missing:#?}");
    }
}

#[test]
fn no_mark_of_unfinished_work_stands_in_the_code() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
    let folders = ["crates", "src-tauri/src", "ui/src", "tests"];

    for file in folders.iter().flat_map(|folder| files(folder, &[".rs", ".ts", ".tsx", ".css", ".sql"])) {
        let source = text(&file);
        let comments = source.lines().filter_map(|line| line.split_once("//").map(|(_, comment)| comment));
        let mut words = comments.flat_map(|comment| comment.split(|c: char| !c.is_alphanumeric()));
        let seen = words.find(|word| marks.contains(word));
        assert!(seen.is_none(), "{file} has an unfinished place: {}", seen.unwrap_or_default());
    }
}

#[test]
fn every_rust_file_says_what_it_is_about() {
    for file in files("crates", &[".rs"]).into_iter().chain(files("src-tauri/src", &[".rs"])) {
        if file.ends_with("src-tauri/src/border/list.rs") {
            continue;
        }
        assert!(text(&file).trim_start().starts_with("//!"), "{file} has no module doc");
        assert!(
            !file.ends_with("/mod.rs") || file.contains("/tests/"),
            "{file}: a module is `name.rs` beside `name/`"
        );
    }
}
