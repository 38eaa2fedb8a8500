//! Laptop and pool read one story: whatever came in between, they end with the same text, state and fingerprint.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "common/newsroom.rs"]
mod newsroom;

use newsroom::{AUTHOR, CHIEF, EDITOR, HEAD, Newsroom, Tally, by, policy};
use satchel_story::{
    Decision, Document, Edit, Field, Fields, Level, Outcome, Place, Policy, PolicyLevel, Reading, Reason,
    Refusal, Seed, State, TextKind,
};
use satchel_terms::{ChannelId, DeviceId, Hash, PersonId};
use satchel_testkit::Dice;

/// A draft with a headline and a paragraph.
fn draft() -> Reading {
    let fields = Fields { headline: "县城水位回落".into(), ..Fields::default() };
    let seed = Seed { fields, paragraphs: vec!["连日的暴雨停了。".into()] };
    let mut reading = Reading::new(AUTHOR, policy());
    reading.update(AUTHOR, &Document::seed(1, &seed, &mut Dice::new(0)).unwrap()).unwrap();
    reading
}

fn filed() -> Reading {
    let mut reading = draft();
    file(&mut reading);
    reading
}

fn decide(reading: &mut Reading, person: PersonId, decision: Decision) {
    reading.decide(&by(person), &decision, 1).unwrap_or_else(|refusal| panic!("{decision:?}: {refusal}"));
}

fn file(reading: &mut Reading) {
    let rev = reading.rev();
    decide(reading, AUTHOR, Decision::Submit { rev, summary: String::new() });
}

fn claim(reading: &mut Reading, person: PersonId, level: Level) {
    decide(reading, person, Decision::Claim { level });
}

fn pass(reading: &mut Reading, person: PersonId, level: Level) {
    let rev = reading.rev();
    decide(reading, person, Decision::Pass { level, rev, policy: 1 });
}

fn send_back(reading: &mut Reading, person: PersonId, level: Level) {
    let reasons = vec![Reason { code: "fact".into(), place: Place::Whole, note: String::new() }];
    let rev = reading.rev();
    decide(reading, person, Decision::Return { level, rev, reasons });
}

/// A paragraph that an editing session adds at the end of a text.
fn more(document: &Document, client: u64, text: &str) -> Vec<u8> {
    let edit = Edit::Append { kind: TextKind::Paragraph, text: text.into() };
    document.edit(client, &[edit], &mut Dice::new(client)).unwrap()
}

/// The text with an update in it, as its writer sees it.
fn with(document: &Document, update: &[u8]) -> Document {
    let mut seen = Document::new();
    seen.apply(&document.state()).unwrap();
    seen.apply(update).unwrap();
    seen
}

#[test]
fn words_of_another_hand_after_filing_stand_beside_the_text() {
    let mut reading = filed();
    pass(&mut reading, EDITOR, Level::First);
    let (rev, signatures) = (reading.rev(), reading.case.signatures().to_vec());

    let late = more(&reading.document, 50, "迟到的一段。");
    let outcome = reading.update(AUTHOR, &late).unwrap();

    assert_eq!((outcome, reading.branches), (Outcome::Branch, 1));
    assert_eq!(reading.rev(), rev);
    assert_eq!(reading.case.state(), State::AwaitingSecond);
    assert_eq!(reading.case.signatures(), signatures);
}

#[test]
fn a_change_by_the_holder_opens_the_signatures_again() {
    let mut reading = filed();
    pass(&mut reading, EDITOR, Level::First);
    claim(&mut reading, HEAD, Level::Second);

    let change = more(&reading.document, 50, "主任加的一段。");
    let outcome = reading.update(HEAD, &change).unwrap();

    assert_eq!(outcome, Outcome::Merged);
    assert!(reading.document.plain_body().contains("主任加的一段。"));
    assert_eq!(reading.case.state(), State::AwaitingFirst);
    assert_eq!((reading.case.submitted(), reading.case.signatures().len()), (Some(reading.rev()), 0));
}

#[test]
fn a_holder_s_change_that_builds_on_words_beside_the_text_takes_them_in() {
    let mut reading = filed();
    let first = more(&reading.document, 50, "编辑先写的。");
    let seen = with(&reading.document, &first);
    let stranger = more(&reading.document, 51, "与它无关的。");
    let second = more(&seen, 52, "编辑后写的。");
    reading.update(EDITOR, &first).unwrap();
    reading.update(AUTHOR, &stranger).unwrap();
    assert_eq!(reading.branches, 2, "nobody had claimed the story");

    claim(&mut reading, EDITOR, Level::First);
    reading.update(EDITOR, &second).unwrap();

    let body = reading.document.plain_body();
    assert!(body.contains("编辑先写的。") && body.contains("编辑后写的。"), "{body}");
    assert!(!body.contains("与它无关的。"), "{body}");
    assert_eq!((reading.branches, reading.document.is_waiting()), (1, false));
    assert_eq!(reading.case.submitted(), Some(reading.rev()));
}

#[test]
fn a_holder_takes_one_branch_by_saying_it_as_a_change_and_the_other_stays_beside() {
    let mut reading = filed();
    let wanted = more(&reading.document, 50, "要取用的一段。");
    let other = more(&reading.document, 51, "先留着的一段。");
    let deletes = reading.document.edit(
        52,
        &[Edit::SetField { field: Field::Headline, text: String::new() }],
        &mut Dice::new(52),
    );
    reading.update(AUTHOR, &wanted).unwrap();
    reading.update(AUTHOR, &other).unwrap();
    if let Ok(deletes) = &deletes {
        reading.update(AUTHOR, deletes).unwrap();
    }
    let before = reading.branches;
    claim(&mut reading, EDITOR, Level::First);

    reading.update(EDITOR, &wanted).unwrap();

    let body = reading.document.plain_body();
    assert!(body.contains("要取用的一段。") && !body.contains("先留着的一段。"), "{body}");
    assert_eq!(reading.branches, before - 1, "what was taken stands beside the text no longer");
    assert!(reading.document.is_beside(&other) && !reading.document.is_beside(&wanted));
    assert_eq!(reading.case.submitted(), Some(reading.rev()), "the text that is signed is the one with it");
}

#[test]
fn a_change_that_waits_takes_in_its_predecessor_even_when_that_comes_beside() {
    let mut reading = filed();
    let first = more(&reading.document, 50, "先写的。");
    let second = more(&with(&reading.document, &first), 51, "后写的。");
    claim(&mut reading, EDITOR, Level::First);
    reading.update(EDITOR, &second).unwrap();
    assert!(reading.document.is_waiting());

    reading.update(AUTHOR, &first).unwrap();

    assert!(!reading.document.is_waiting());
    assert_eq!((reading.branches, reading.case.submitted()), (0, Some(reading.rev())));
}

#[test]
fn a_story_that_is_a_draft_again_takes_in_what_stood_beside_it() {
    let mut reading = filed();
    let late = more(&reading.document, 50, "迟到的一段。");
    let later = more(&with(&reading.document, &late), 51, "接着迟到的。");
    reading.update(AUTHOR, &late).unwrap();
    reading.update(AUTHOR, &later).unwrap();

    send_back(&mut reading, EDITOR, Level::First);

    assert_eq!((reading.case.state(), reading.branches), (State::Draft, 0));
    let body = reading.document.plain_body();
    assert!(body.contains("迟到的一段。") && body.contains("接着迟到的。"), "{body}");
    file(&mut reading);
}

#[test]
fn a_text_that_waits_for_words_is_neither_filed_nor_passed_but_may_go_back() {
    let lost = more(&draft().document, 50, "从未到达的。");
    let after = more(&with(&draft().document, &lost), 51, "接着它写的。");
    let mut reading = draft();
    reading.update(AUTHOR, &after).unwrap();
    let submit = Decision::Submit { rev: reading.rev(), summary: String::new() };
    assert_eq!(reading.decide(&by(AUTHOR), &submit, 1), Err(Refusal::TextIncomplete));

    let mut reading = filed();
    claim(&mut reading, EDITOR, Level::First);
    reading.update(EDITOR, &after).unwrap();
    let rev = reading.rev();
    let pass = Decision::Pass { level: Level::First, rev, policy: 1 };
    assert_eq!(reading.decide(&by(EDITOR), &pass, 1), Err(Refusal::TextIncomplete));
    send_back(&mut reading, EDITOR, Level::First);

    reading.update(AUTHOR, &lost).unwrap();
    file(&mut reading);
    assert!(reading.document.plain_body().contains("接着它写的。"));
}

#[test]
fn what_is_no_update_is_set_aside_beside_the_text_too() {
    let mut reading = filed();

    assert!(reading.update(AUTHOR, b"no update").is_err());

    assert_eq!(reading.branches, 0);
}

/// A story that was signed under three levels, as the pool told it.
fn history(reading: &Reading) -> Vec<(PersonId, Decision, &'static str)> {
    let rev = reading.rev();
    vec![
        (AUTHOR, Decision::Submit { rev, summary: String::new() }, "awaiting-first"),
        (EDITOR, Decision::Pass { level: Level::First, rev, policy: 1 }, "awaiting-second"),
        (HEAD, Decision::Hold { reason: "等".into(), until: None }, "held"),
        (HEAD, Decision::Unhold, "awaiting-second"),
        (HEAD, Decision::Pass { level: Level::Second, rev, policy: 1 }, "awaiting-final"),
        (CHIEF, Decision::Sign { rev, channels: vec![ChannelId([1; 16])], policy: 1 }, "signed"),
    ]
}

fn device(person: PersonId) -> (PersonId, DeviceId) {
    (person, DeviceId(person.0))
}

#[test]
fn a_decision_that_counted_counts_under_whatever_levels_come_later() {
    let level = |level| PolicyLevel { level, name: String::new(), roles: vec![] };
    for levels in [
        vec![level(Level::First), level(Level::Second), level(Level::Final)],
        vec![level(Level::First), level(Level::Final)],
        vec![level(Level::Final)],
    ] {
        let mut reading = draft();
        reading.case = satchel_story::Case::new(AUTHOR, Policy::new(7, levels));
        for (person, decision, state) in history(&reading) {
            reading.counted(device(person), &decision, state, 1).unwrap();
        }
        let proof = reading.case.sign_off().unwrap();
        assert_eq!((proof.rev(), proof.signatures().len()), (reading.rev(), 3));
    }
}

#[test]
fn what_the_pool_cannot_have_let_count_does_not_count() {
    let mut reading = draft();
    let rev = reading.rev();
    let elsewhere = Decision::Submit { rev: Hash([7; 32]), summary: String::new() };
    assert_eq!(reading.counted(device(AUTHOR), &elsewhere, "awaiting-first", 1), Err(Refusal::StaleRevision));
    for (person, decision, state) in history(&reading).into_iter().take(2) {
        reading.counted(device(person), &decision, state, 1).unwrap();
    }

    let second = Decision::Pass { level: Level::Second, rev, policy: 1 };
    let twice = reading.counted(device(EDITOR), &second, "awaiting-final", 1);
    let own = reading.counted(device(AUTHOR), &second, "awaiting-final", 1);
    let early = Decision::Sign { rev, channels: vec![ChannelId([1; 16])], policy: 1 };
    let early = reading.counted(device(CHIEF), &early, "signed", 1);

    assert_eq!((twice, own), (Err(Refusal::AlreadySigned), Err(Refusal::IsAuthor)));
    assert_eq!(early, Err(Refusal::WrongStage));
    assert_eq!(reading.case.state(), State::AwaitingSecond);
}

#[test]
fn laptops_and_pool_read_the_same_story_after_any_history() {
    let histories: u64 = std::env::var("HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let first: u64 = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut tally = Tally::default();

    for seed in first..first + histories {
        let mut newsroom = Newsroom::open(seed);
        newsroom.live_through(120);
        newsroom.deliver_everything();
        newsroom.compare(&mut tally);
    }

    println!("seeds {first}..{}: {tally:?}", first + histories);
    if histories >= 400 {
        assert!(tally.beside > 100 && tally.refused > 100 && tally.returned > 50, "{tally:?}");
        assert!(tally.reopened > 10 && tally.taken_in > 0 && tally.signed > 0, "{tally:?}");
    }
}

#[test]
fn the_headline_is_part_of_what_stands_beside() {
    let mut reading = filed();
    let edit = Edit::SetField { field: Field::Headline, text: "另一个标题".into() };
    let late = reading.document.edit(50, &[edit], &mut Dice::new(9)).unwrap();

    reading.update(AUTHOR, &late).unwrap();

    assert_eq!(reading.document.text(Field::Headline), "县城水位回落");
}
