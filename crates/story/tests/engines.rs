//! Yjs and the core read the same story: histories written by Yjs 13.6, with the canonical text that Yjs gave.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "common/desk.rs"]
mod desk;

use satchel_story::Document;
use satchel_testkit::Dice;
use serde::Deserialize;

#[derive(Deserialize)]
struct History {
    updates: Vec<String>,
    canonical: String,
    rev: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn the_core_gives_the_revision_that_yjs_gave() {
    let golden =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/yjs.json")).unwrap();
    let histories: Vec<History> = serde_json::from_str(&golden).unwrap();
    let mut dice = Dice::new(42);
    assert!(!histories.is_empty());

    for (number, history) in histories.iter().enumerate() {
        let updates: Vec<Vec<u8>> = history.updates.iter().map(|update| bytes(update)).collect();
        for _ in 0..25 {
            let mut order: Vec<&Vec<u8>> = updates.iter().chain(updates.iter().step_by(3)).collect();
            dice.shuffle(&mut order);
            let mut document = Document::new();
            order.into_iter().for_each(|update| document.apply(update).unwrap());
            let revision = document.revision();

            assert_eq!(String::from_utf8(revision.canonical).unwrap(), history.canonical, "history {number}");
            assert_eq!(revision.hash.to_string(), history.rev, "history {number}");
        }
    }
}
