//! Who may decide what, by the pool alone.

use satchel_story::{Decision, Edit, Field, Level, Place, Reason};
use satchel_terms::{ClipId, Hash, Role};
use satchel_testkit::Dice;
use satchel_wire::protocol::RevokeAsk;
use satchel_wire::{Codec, Kind};

use crate::shop::{Desk, STORY, Shop, pass, sign, submit, text, with_figure};

fn refused(verdict: &satchel_wire::body::Verdict) -> &str {
    assert!(!verdict.accepted, "{verdict:?}");
    verdict.code.as_deref().unwrap()
}

#[tokio::test]
async fn a_story_goes_through_three_levels_to_the_sign_off() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let rev = desk.reporter.write(STORY, text("县城水位回落")).await.revision().hash;

    desk.sign_off(rev).await;

    let again = desk.chief.decide(STORY, &sign(rev)).await;
    assert_eq!(refused(&again), "review.wrong-stage");
}

#[tokio::test]
async fn the_author_signs_nothing_of_their_own() {
    let shop = Shop::open().await;
    let mut author = shop.hire(1, &[Role::Reporter, Role::Editor, Role::Chief]).await;
    let rev = author.write(STORY, text("自己的稿")).await.revision().hash;
    author.decide(STORY, &submit(rev)).await;

    let verdict = author.decide(STORY, &pass(Level::First, rev)).await;

    assert_eq!(refused(&verdict), "review.is-author");
}

#[tokio::test]
async fn one_person_signs_one_level_even_with_two_laptops() {
    let shop = Shop::open().await;
    let mut reporter = shop.hire(1, &[Role::Reporter]).await;
    let mut editor = shop.hire(2, &[Role::Editor, Role::Head]).await;
    let ask = satchel_wire::protocol::InviteAsk {
        name: "person 2".into(),
        roles: vec![Role::Editor, Role::Head],
        person: Some(editor.person),
        valid_minutes: None,
        url: None,
    };
    let second = shop.server().pool.invite(&ask, 60_000).await.unwrap();
    let mut second = crate::laptop::Laptop::join(3, &second).await;
    let rev = reporter.write(STORY, text("两级一人")).await.revision().hash;
    reporter.decide(STORY, &submit(rev)).await;
    assert!(editor.decide(STORY, &pass(Level::First, rev)).await.accepted);

    let verdict = second.decide(STORY, &pass(Level::Second, rev)).await;

    assert_eq!(refused(&verdict), "review.already-signed");
}

#[tokio::test]
async fn a_decision_counts_for_the_exact_text_at_the_pool_only() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let document = desk.reporter.write(STORY, text("一字之差")).await;
    let rev = document.revision().hash;

    let elsewhere = desk.reporter.decide(STORY, &submit(Hash([7; 32]))).await;
    assert_eq!(refused(&elsewhere), "review.stale-revision", "the pool works the fingerprint out itself");
    assert!(desk.reporter.decide(STORY, &submit(rev)).await.accepted);
    assert!(desk.editor.decide(STORY, &Decision::Claim { level: Level::First }).await.accepted);
    let edit = Edit::SetField { field: Field::Headline, text: "一字之差。".into() };
    let update = document.edit(9, &[edit], &mut Dice::new(90)).unwrap();
    let late = desk.editor.seal(Kind::DOC_UPDATE, STORY.0, Codec::Raw, update);
    desk.editor.push(&[late]).await;

    let verdict = desk.editor.decide(STORY, &pass(Level::First, rev)).await;
    assert_eq!(refused(&verdict), "review.stale-revision");
}

#[tokio::test]
async fn a_role_taken_away_no_longer_signs_and_what_it_signed_stays() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let rev = desk.reporter.write(STORY, text("换岗")).await.revision().hash;
    desk.pass_twice(rev).await;
    for laptop in [&desk.editor, &desk.chief] {
        let person = laptop.person;
        let grant =
            satchel_wire::body::RoleGrant { person, name: "moved".into(), roles: vec![Role::Reporter] };
        let record = desk.operator.say(Kind::ROLE_GRANT, person.0, &grant);
        assert!(desk.operator.ask(record).await.accepted);
    }

    let stopped = desk.chief.decide(STORY, &sign(rev)).await;
    let mut deputy = shop.hire(20, &[Role::Chief]).await;
    let signed = deputy.decide(STORY, &sign(rev)).await;

    assert_eq!(refused(&stopped), "review.not-your-role");
    assert!(signed.accepted, "the editor's pass was given while the role was held: {signed:?}");
}

#[tokio::test]
async fn a_revoked_device_decides_nothing() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let rev = desk.reporter.write(STORY, text("丢失的电脑")).await.revision().hash;
    desk.pass_twice(rev).await;
    let boss = &desk.operator;
    boss.post("/v1/revoke", &RevokeAsk { device: desk.chief.device, reason: "lost".into() }).await;

    let record = desk.chief.say(Kind::DECISION, STORY.0, &sign(rev));
    let answer = desk.chief.push(&[record]).await;

    assert_eq!(answer.rejected[0].code, "pool.device-revoked");
    let verdicts =
        desk.reporter.feed(0).await.into_iter().filter(|record| record.header().kind == Kind::POOL_VERDICT);
    assert_eq!(verdicts.count(), 3, "no verdict was given on it");
}

#[tokio::test]
async fn nothing_is_signed_before_its_material_is_here() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let picture = b"not really a picture, but bytes".to_vec();
    let blob = Hash(*blake3::hash(&picture).as_bytes());
    let document = desk.reporter.write(STORY, text("有图")).await;
    let update = with_figure(&document, ClipId([3; 16]), blob);
    let mut document = document;
    document.apply(&update).unwrap();
    let record = desk.reporter.seal(Kind::DOC_UPDATE, STORY.0, Codec::Raw, update);
    desk.reporter.push(&[record]).await;
    let rev = document.revision().hash;
    desk.pass_twice(rev).await;

    let early = desk.chief.decide(STORY, &sign(rev)).await;
    assert_eq!(desk.reporter.upload(&picture).await, blob);
    let signed = desk.chief.decide(STORY, &sign(rev)).await;

    assert_eq!(refused(&early), "review.media-missing");
    assert!(signed.accepted, "{signed:?}");
}

#[tokio::test]
async fn a_returned_story_is_filed_again_and_starts_at_the_first_level() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let rev = desk.reporter.write(STORY, text("退改")).await.revision().hash;
    desk.reporter.decide(STORY, &submit(rev)).await;
    let reasons = vec![Reason { code: "fact".into(), place: Place::Whole, note: "核实数字".into() }];

    let returned = desk.editor.decide(STORY, &Decision::Return { level: Level::First, rev, reasons }).await;
    assert_eq!(returned.state.as_deref(), Some("draft"));
    let filed = desk.reporter.decide(STORY, &submit(rev)).await;
    assert_eq!(filed.state.as_deref(), Some("awaiting-first"));
}

#[tokio::test]
async fn a_decision_on_an_unknown_story_or_in_no_language_is_answered() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Editor]).await;

    let lost = laptop.decide(STORY, &submit(Hash([1; 32]))).await;
    let record = laptop.say(Kind::DECISION, STORY.0, &serde_json::json!({"act": "dance"}));
    let strange = laptop.ask(record).await;

    assert_eq!(refused(&lost), "review.no-story");
    assert_eq!(refused(&strange), "wire.bad-body");
}
