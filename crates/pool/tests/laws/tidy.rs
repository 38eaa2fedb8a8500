//! What the pool lets go: by the centre's rules, when a person says so, and never anything that is needed.

use satchel_pool::chance::now;
use satchel_pool::retention::Why;
use satchel_pool::{Retention, days_ms};
use satchel_story::{Decision, Level};
use satchel_terms::{ClipId, ClipKind, Hash, StoryId};
use satchel_wire::body::{AssetDerive, ClipFacts, DeriveRole};
use satchel_wire::protocol::{HaveAnswer, HaveAsk};
use satchel_wire::{Codec, Kind};

use crate::laptop::{Laptop, read};
use crate::shop::{Desk, STORY, Shop, submit, text, with_figure};

fn facts(blob: Hash, story: Option<StoryId>) -> ClipFacts {
    ClipFacts {
        name: "level.jpg".into(),
        blob,
        bytes: 2_000,
        kind: ClipKind::Picture,
        mime: "image/jpeg".into(),
        width: None,
        height: None,
        duration_ms: None,
        captured_at: None,
        story,
        caption: String::new(),
        credit: String::new(),
    }
}

async fn has(laptop: &Laptop, root: Hash) -> bool {
    let answer = laptop.post("/v1/blobs/have", &HaveAsk { roots: vec![root] }).await;
    read::<HaveAnswer>(answer).await.unwrap().have.contains(&root)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_record_names_goes_after_its_time_and_only_when_a_person_says_so() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[satchel_terms::Role::Reporter]).await;
    let (named, unnamed) = (laptop.upload(&[7; 300_000]).await, laptop.upload(&[8; 2_000]).await);
    let added = laptop.say(Kind::ASSET_ADD, ClipId([3; 16]).0, &facts(named, None));
    laptop.push(&[added]).await;
    let pool = &shop.server().pool;
    assert_eq!(pool.tidy(now() + days_ms(29), true).await.unwrap(), [], "its time has not come");
    let later = now() + days_ms(31);

    let listed = pool.tidy(later, false).await.unwrap();
    assert_eq!((listed.len(), listed[0].root, listed[0].why), (1, unnamed, Why::Unnamed));
    assert!(!listed[0].is_gone && has(&laptop, unnamed).await, "nothing goes by being looked at");

    assert!(pool.tidy(later, true).await.unwrap()[0].is_gone);
    assert!(!has(&laptop, unnamed).await && has(&laptop, named).await);
    assert_eq!(laptop.upload(&[8; 2_000]).await, unnamed, "it may be brought again");
    assert!(has(&laptop, unnamed).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn originals_of_a_rejected_story_go_after_its_time_unless_another_story_shows_them() {
    let mut shop = Shop::open().await;
    shop.server.take().unwrap().stop().await;
    shop.retention = Retention { archived_days: 180, ..Retention::default() };
    shop.start().await;
    let mut desk = Desk::hire(&shop).await;
    let clip = |number: u8| ClipId([number; 16]);
    let mut document = desk.reporter.write(STORY, text("没有采用的稿")).await;
    let (own, shown) = (desk.reporter.upload(&[1; 2_000]).await, desk.reporter.upload(&[2; 2_000]).await);
    let small = desk.reporter.upload(&[3; 200]).await;
    let update = with_figure(&document, clip(1), own);
    document.apply(&update).unwrap();
    let derived = AssetDerive {
        of: own,
        role: DeriveRole::Thumb,
        blob: small,
        bytes: 200,
        mime: "image/jpeg".into(),
        recipe: None,
    };
    let records = [
        desk.reporter.say(Kind::ASSET_ADD, clip(1).0, &facts(own, Some(STORY))),
        desk.reporter.say(Kind::ASSET_ADD, clip(2).0, &facts(shown, Some(STORY))),
        desk.reporter.say(Kind::ASSET_DERIVE, clip(1).0, &derived),
        desk.reporter.seal(Kind::DOC_UPDATE, STORY.0, Codec::Raw, update),
    ];
    desk.reporter.push(&records).await;
    let other = desk.editor.write(StoryId([0x52; 16]), text("用了同一张图的稿")).await;
    let update = with_figure(&other, clip(2), shown);
    let edited = desk.editor.seal(Kind::DOC_UPDATE, [0x52; 16], Codec::Raw, update);
    desk.editor.push(&[edited]).await;
    let later = now() + days_ms(181);
    assert_eq!(shop.server().pool.tidy(later, true).await.unwrap(), [], "somebody still works on it");

    let rev = document.revision().hash;
    assert!(desk.reporter.decide(STORY, &submit(rev)).await.accepted);
    let no = Decision::Reject { level: Level::First, reason: "重复".into() };
    assert!(desk.editor.decide(STORY, &no).await.accepted);

    let pool = &shop.server().pool;
    assert_eq!(pool.tidy(now() + days_ms(179), true).await.unwrap(), [], "its time has not come");
    let gone = pool.tidy(later, true).await.unwrap();
    assert_eq!((gone.len(), gone[0].root, gone[0].why), (1, own, Why::Archived));
    assert!(!has(&desk.reporter, own).await);
    assert!(has(&desk.reporter, shown).await, "another story shows it");
    assert!(has(&desk.reporter, small).await, "small versions stay");
}
