//! What stands in golden records of stories is read in every build: a record that laptops keep is never unreadable.
#![allow(clippy::unwrap_used)]

use satchel_story::{Decision, Document, RevisionView};

/// The body of a golden record of the wire, behind its header of 208 bytes, as it is stored.
fn body(name: &str) -> Vec<u8> {
    let path = format!("{}/../wire/tests/golden/records/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let digits = &text.trim()[2 * 208..];
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_golden_decision_is_the_filing_of_a_story() {
    let decision: Decision = serde_json::from_slice(&body("decision")).unwrap();

    assert!(
        matches!(decision, Decision::Submit { ref summary, .. } if summary == "县城水位回落"),
        "{decision:?}"
    );
}

#[test]
fn the_golden_revision_is_read() {
    let view = RevisionView::parse(&body("doc-rev")).unwrap();

    assert_eq!(view.fields.headline, "县城水位回落");
}

#[test]
fn the_golden_update_is_words_of_a_text() {
    let mut document = Document::new();

    document.apply(&body("doc-update")).unwrap();

    assert_eq!(document.plain_body(), "abc");
}
