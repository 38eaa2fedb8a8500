//! The pool reads a story as a laptop does: what stands beside the text, what opens the signatures again.

use satchel_story::{
    Decision, Document, Edit, Level, Place, Policy, PolicyLevel, Reading, Reason, State, TextKind,
};
use satchel_terms::{DeviceId, Hash, PersonId, Role};
use satchel_testkit::Dice;
use satchel_wire::body::{RoleGrant, Verdict};
use satchel_wire::protocol::RevokeAsk;
use satchel_wire::{Codec, Kind, Record};

use crate::laptop::Laptop;
use crate::shop::{Desk, STORY, Shop, pass, sign, submit, text};

/// A paragraph that an editing session adds at the end.
fn more(document: &Document, client: u64, words: &str) -> Vec<u8> {
    let edit = Edit::Append { kind: TextKind::Paragraph, text: words.into() };
    document.edit(client, &[edit], &mut Dice::new(client)).unwrap()
}

async fn send(laptop: &mut Laptop, update: &[u8]) {
    let record = laptop.seal(Kind::DOC_UPDATE, STORY.0, Codec::Raw, update.to_vec());
    assert_eq!(laptop.push(&[record]).await.rejected, vec![]);
}

fn claim(level: Level) -> Decision {
    Decision::Claim { level }
}

fn send_back(level: Level, rev: Hash) -> Decision {
    let reasons = vec![Reason { code: "fact".into(), place: Place::Whole, note: "核实".into() }];
    Decision::Return { level, rev, reasons }
}

fn people(desk: &Desk) -> Vec<(DeviceId, PersonId)> {
    [&desk.reporter, &desk.editor, &desk.head, &desk.chief].map(|one| (one.device, one.person)).to_vec()
}

/// The story as a laptop reads it from the feed.
fn read(feed: &[Record], people: &[(DeviceId, PersonId)]) -> Reading {
    let person = |device| people.iter().find(|(known, _)| *known == device).unwrap().1;
    let verdicts: Vec<Verdict> = feed
        .iter()
        .filter(|record| record.header().kind == Kind::POOL_VERDICT)
        .map(|record| record.json().unwrap())
        .collect();
    let about: Vec<_> = feed.iter().filter(|record| record.header().subject == STORY.0).collect();
    let mut reading = Reading::new(person(about[0].header().device), Policy::default());
    for record in about {
        let device = record.header().device;
        match record.header().kind {
            Kind::DOC_UPDATE => drop(reading.update(person(device), &record.body().unwrap())),
            Kind::DECISION => {
                let verdict = verdicts.iter().find(|verdict| verdict.record == record.id()).unwrap();
                if verdict.accepted {
                    let state = verdict.state.clone().unwrap();
                    let by = (person(device), device);
                    reading.counted(by, &record.json().unwrap(), &state, 1).expect("what counted folds");
                }
            }
            _ => {}
        }
    }
    reading
}

#[tokio::test]
async fn an_edit_by_another_hand_after_filing_changes_neither_the_fingerprint_nor_the_signatures() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let document = desk.reporter.write(STORY, text("别人的改动")).await;
    let rev = document.revision().hash;
    assert!(desk.reporter.decide(STORY, &submit(rev)).await.accepted);
    send(&mut desk.reporter, &more(&document, 50, "作者另一台电脑上写的。")).await;
    assert!(desk.editor.decide(STORY, &pass(Level::First, rev)).await.accepted);
    send(&mut desk.editor, &more(&document, 51, "初审放手之后写的。")).await;

    assert!(desk.head.decide(STORY, &pass(Level::Second, rev)).await.accepted);
    let signed = desk.chief.decide(STORY, &sign(rev)).await;
    send(&mut desk.chief, &more(&document, 52, "签发之后写的。")).await;

    assert_eq!(signed.state.as_deref(), Some("signed"), "{signed:?}");
    let reading = read(&desk.operator.feed(0).await, &people(&desk));
    assert_eq!((reading.rev(), reading.case.state(), reading.branches), (rev, State::Signed, 3));
}

#[tokio::test]
async fn an_edit_by_the_holder_opens_the_signatures_again() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let mut document = desk.reporter.write(STORY, text("主任的改动")).await;
    let old = document.revision().hash;
    desk.pass_twice(old).await;
    assert!(desk.chief.decide(STORY, &claim(Level::Final)).await.accepted);
    let update = more(&document, 50, "总编加的一段。");
    send(&mut desk.chief, &update).await;
    document.apply(&update).unwrap();
    let new = document.revision().hash;

    let at_once = desk.chief.decide(STORY, &sign(new)).await;
    let stale = desk.editor.decide(STORY, &pass(Level::First, old)).await;
    let again = desk.editor.decide(STORY, &pass(Level::First, new)).await;

    assert_eq!(at_once.code.as_deref(), Some("review.wrong-stage"), "all three sign the new text");
    assert_eq!(stale.code.as_deref(), Some("review.stale-revision"));
    assert_eq!(again.state.as_deref(), Some("awaiting-second"), "{again:?}");
}

#[tokio::test]
async fn a_returned_story_takes_in_what_stood_beside_it() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let mut document = desk.reporter.write(STORY, text("退改合流")).await;
    let rev = document.revision().hash;
    assert!(desk.reporter.decide(STORY, &submit(rev)).await.accepted);
    let late = more(&document, 50, "送审之后才到的一段。");
    send(&mut desk.reporter, &late).await;
    assert!(desk.editor.decide(STORY, &send_back(Level::First, rev)).await.accepted);
    document.apply(&late).unwrap();
    // The same editing session writes on, over its own words.
    let on = more(&document, 51, "接着写的一段。");
    send(&mut desk.reporter, &on).await;
    document.apply(&on).unwrap();

    let without = desk.reporter.decide(STORY, &submit(rev)).await;
    let with = desk.reporter.decide(STORY, &submit(document.revision().hash)).await;

    assert_eq!(without.code.as_deref(), Some("review.stale-revision"));
    assert!(with.accepted, "{with:?}");
    let reading = read(&desk.operator.feed(0).await, &people(&desk));
    assert_eq!((reading.rev(), reading.branches), (document.revision().hash, 0));
}

#[tokio::test]
async fn a_text_that_waits_for_words_is_not_filed_and_says_so() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let mut document = desk.reporter.write(STORY, text("缺了一段")).await;
    let lost = more(&document, 50, "没有到的一段。");
    let mut seen = Document::new();
    seen.apply(&document.state()).unwrap();
    seen.apply(&lost).unwrap();
    let after = more(&seen, 51, "接着写的一段。");
    send(&mut desk.reporter, &after).await;

    let early = desk.reporter.decide(STORY, &submit(document.revision().hash)).await;
    send(&mut desk.reporter, &lost).await;
    for update in [&lost, &after] {
        document.apply(update).unwrap();
    }
    let whole = desk.reporter.decide(STORY, &submit(document.revision().hash)).await;

    assert_eq!(early.code.as_deref(), Some("review.text-incomplete"));
    assert!(whole.accepted, "{whole:?}");
}

#[tokio::test]
async fn what_counted_still_counts_when_roles_levels_and_keys_have_changed() {
    let mut shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let document = desk.reporter.write(STORY, text("此后都变了")).await;
    let rev = document.revision().hash;
    desk.pass_twice(rev).await;
    let grant = |person| RoleGrant { person, name: "moved".into(), roles: vec![Role::Reporter] };
    let moved = desk.operator.say(Kind::ROLE_GRANT, desk.editor.person.0, &grant(desk.editor.person));
    assert!(desk.operator.ask(moved).await.accepted);
    let revoke = RevokeAsk { device: desk.head.device, reason: "lost".into() };
    assert!(desk.operator.post("/v1/revoke", &revoke).await.status().is_success());
    let level = |level, role| PolicyLevel { level, name: String::new(), roles: vec![role] };
    let levels = vec![level(Level::First, Role::Head), level(Level::Final, Role::Chief)];
    shop.policy = Policy::new(2, levels);
    let Desk { reporter, editor, head, chief, operator } = &mut desk;
    shop.restart(&mut [reporter, editor, head, chief, operator]).await;
    send(&mut desk.reporter, &more(&document, 50, "规则变后写的。")).await;
    desk.chief.sign_in().await.unwrap();

    let sign = Decision::Sign { rev, channels: vec![crate::shop::CHANNEL], policy: 2 };
    let signed = desk.chief.decide(STORY, &sign).await;

    assert_eq!(signed.state.as_deref(), Some("signed"), "{signed:?}");
    let reading = read(&desk.chief.feed(0).await, &people(&desk));
    assert_eq!((reading.rev(), reading.case.sign_off().unwrap().signatures().len()), (rev, 3));
}
