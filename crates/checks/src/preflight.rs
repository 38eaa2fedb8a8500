//! What an editor would mark before anything goes to the desk.

use satchel_story::{Block, BlockKind, Field, Place, RevisionView, Run, count};

use crate::finding::Finding;
use crate::media::Library;

/// Counts; a longer headline should be shortened.
pub const LONGEST_HEADLINE: u32 = 30;
/// Counts; a shorter body is hardly a story.
pub const SHORTEST_BODY: u32 = 50;

/// Words that stand for something still to be filled in, one a line.
const LEFTOVERS: &str = include_str!("leftovers.txt");

/// Checks a story by itself, whatever channel it goes to. Findings come in reading order.
#[must_use]
pub fn preflight(view: &RevisionView, library: &Library) -> Vec<Finding> {
    let mut findings = fields(view);
    body(view, &mut findings);
    for (index, block) in view.blocks.iter().enumerate() {
        let place = Place::block(index);
        text(&block.text(), place, &mut findings);
        links(block, place, &mut findings);
        match block.kind {
            BlockKind::Figure => figure(block, place, library, &mut findings),
            BlockKind::Table => {
                text(block.prop("caption"), place, &mut findings);
                text(&block.rows().concat().join("\n"), place, &mut findings);
            }
            _ => {}
        }
        let has_unknown = block.runs.iter().any(|run| matches!(run, Run::Embed { .. }));
        if block.kind == BlockKind::Unknown || has_unknown {
            findings.push(Finding::must("check.unknown-content", place));
        }
    }
    findings
}

fn fields(view: &RevisionView) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_blank = |field| view.fields.get(field).trim().is_empty();
    let headline = count(&view.fields.headline);
    if is_blank(Field::Headline) {
        findings.push(Finding::must("check.headline-missing", Place::Field(Field::Headline)));
    } else if headline > LONGEST_HEADLINE {
        let finding = Finding::should("check.headline-long", Place::Field(Field::Headline));
        findings.push(finding.with("count", headline).with("most", LONGEST_HEADLINE));
    }
    if is_blank(Field::Dateline) {
        findings.push(Finding::should("check.dateline-missing", Place::Field(Field::Dateline)));
    }
    if is_blank(Field::Byline) {
        findings.push(Finding::must("check.byline-missing", Place::Field(Field::Byline)));
    }
    for field in Field::ALL {
        text(view.fields.get(field), Place::Field(field), &mut findings);
    }
    findings
}

fn body(view: &RevisionView, findings: &mut Vec<Finding>) {
    let length = count(&view.plain_body());
    let shows_something = view.blocks.iter().any(|block| block.atom);
    if length == 0 && !shows_something {
        findings.push(Finding::must("check.body-empty", Place::Whole));
    } else if length < SHORTEST_BODY {
        let finding = Finding::should("check.body-short", Place::Whole);
        findings.push(finding.with("count", length).with("least", SHORTEST_BODY));
    }
}

fn figure(block: &Block, place: Place, library: &Library, findings: &mut Vec<Finding>) {
    if block.prop("caption").trim().is_empty() {
        findings.push(Finding::must("check.caption-missing", place));
    }
    if block.prop("credit").trim().is_empty() {
        findings.push(Finding::must("check.credit-missing", place));
    }
    let facts = block.prop("blob").parse().ok().and_then(|blob| library.get(&blob));
    match facts {
        None => findings.push(Finding::must("check.media-missing", place)),
        Some(facts) if facts.broken => findings.push(Finding::must("check.media-broken", place)),
        Some(_) => {}
    }
    for name in ["caption", "credit", "alt"] {
        text(block.prop(name), place, findings);
    }
}

fn links(block: &Block, place: Place, findings: &mut Vec<Finding>) {
    for run in &block.runs {
        let (Run::Text { marks, .. } | Run::Embed { marks, .. }) = run;
        let Some(link) = marks.get("link") else { continue };
        let href = link.get("href").and_then(serde_json::Value::as_str).unwrap_or_default();
        if !is_web(href) {
            findings.push(Finding::must("check.link-bad", place).with("href", href));
        }
    }
}

/// Whether an address is of the web: `http` or `https` and a host.
pub(crate) fn is_web(href: &str) -> bool {
    let is_plain = !href.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    let lower = href.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    is_plain && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']))
}

fn text(text: &str, place: Place, findings: &mut Vec<Finding>) {
    if let Some(letter) = text.chars().find(|&letter| is_broken(letter)) {
        let finding = Finding::must("check.text-broken", place);
        findings.push(finding.with("character", format!("U+{:04X}", u32::from(letter))));
    }
    if let Some(word) = LEFTOVERS.lines().find(|word| text.contains(word)) {
        findings.push(Finding::should("check.leftover", place).with("word", word));
    }
}

/// Characters that only a broken conversion leaves behind.
fn is_broken(letter: char) -> bool {
    matches!(letter, '\u{fffd}' | '\u{fffc}' | '\u{fffe}' | '\u{ffff}' | '\u{e000}'..='\u{f8ff}')
        || (letter.is_control() && !matches!(letter, '\n' | '\t'))
}
