//! The pool's own release lane.

use std::time::Duration;

use satchel_pool::keep::JobState;
use satchel_terms::{ClipId, ClipKind, Hash, PushId, Role};
use satchel_wire::body::{
    ClipFacts, Outcome, PublishDispatched, PublishIntent, PublishResolve, PublishRetract, Receipt,
};
use satchel_wire::{Codec, Kind, Record};

use crate::laptop::Laptop;
use crate::shop::{CHANNEL, Desk, STORY, Shop, text, with_figure};
use crate::store;

fn intent(job: u8, rev: Hash) -> PublishIntent {
    PublishIntent {
        job: PushId([job; 16]),
        channel: CHANNEL,
        account: "web".into(),
        rev,
        marker: format!("flood-2026-{job:02}"),
    }
}

/// Waits for a record of a kind about the story.
pub async fn await_record(laptop: &Laptop, kind: Kind) -> Record {
    for _ in 0..800 {
        let found = laptop.feed(0).await.into_iter().find(|record| record.header().kind == kind);
        if let Some(record) = found {
            return record;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no record of kind {} came", kind.0);
}

pub async fn wish(laptop: &mut Laptop, intent: &PublishIntent) -> satchel_wire::body::Verdict {
    let record = laptop.say(Kind::PUBLISH_INTENT, STORY.0, intent);
    laptop.ask(record).await
}

#[tokio::test]
async fn a_signed_story_goes_out_once_and_leaves_a_receipt() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set_channel(&shop).await;
    let rev = desk.reporter.write(STORY, text("县城水位回落")).await.revision().hash;
    let early = wish(&mut desk.operator, &intent(1, rev)).await;
    assert_eq!(early.code.as_deref(), Some("push.not-signed"));
    desk.sign_off(rev).await;

    let verdict = wish(&mut desk.operator, &intent(2, rev)).await;
    assert_eq!(verdict.state.as_deref(), Some("waiting"), "{verdict:?}");
    let receipt: Receipt = await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await.json().unwrap();

    assert_eq!((receipt.job, receipt.rev, receipt.channel), (PushId([2; 16]), rev, CHANNEL));
    let order: Vec<u16> = desk.operator.feed(0).await.iter().map(|record| record.header().kind.0).collect();
    let place = |kind: Kind| order.iter().position(|found| *found == kind.0).unwrap();
    assert!(place(Kind::PUBLISH_DISPATCHED) < place(Kind::PUBLISH_RECEIPT));
    let markers: Vec<_> =
        std::fs::read_dir(&shop.out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(markers.iter().any(|name| name == "flood-2026-02.ok"), "{markers:?}");
    let again = wish(&mut desk.operator, &intent(3, rev)).await;
    assert_eq!(again.code.as_deref(), Some("push.already-out"));
}

#[tokio::test]
async fn a_release_takes_its_pictures_along() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set_channel(&shop).await;
    let picture = std::iter::repeat_n(b"picture".as_slice(), 60_000).flatten().copied().collect::<Vec<u8>>();
    let (clip, blob) = (ClipId([3; 16]), Hash(*blake3::hash(&picture).as_bytes()));
    let facts = ClipFacts {
        name: "level.jpg".into(),
        blob,
        bytes: picture.len() as u64,
        kind: ClipKind::Picture,
        mime: "image/jpeg".into(),
        width: Some(800),
        height: Some(600),
        duration_ms: None,
        captured_at: None,
        story: Some(STORY),
        caption: String::new(),
        credit: String::new(),
    };
    let mut document = desk.reporter.write(STORY, text("有图的稿")).await;
    let update = with_figure(&document, clip, blob);
    document.apply(&update).unwrap();
    let added = desk.reporter.say(Kind::ASSET_ADD, clip.0, &facts);
    let edited = desk.reporter.seal(Kind::DOC_UPDATE, STORY.0, Codec::Raw, update);
    desk.reporter.push(&[added, edited]).await;
    desk.reporter.upload(&picture).await;
    let rev = document.revision().hash;
    desk.sign_off(rev).await;

    assert!(wish(&mut desk.operator, &intent(1, rev)).await.accepted);
    await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;

    let folder = shop.out.join("flood-2026-01");
    let sizes: Vec<u64> =
        walk(&folder).into_iter().map(|path| std::fs::metadata(path).unwrap().len()).collect();
    assert!(sizes.contains(&(picture.len() as u64)), "{sizes:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn only_an_operator_releases_and_only_by_the_lane() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set_channel(&shop).await;
    let rev = desk.reporter.write(STORY, text("谁来推送")).await.revision().hash;
    desk.sign_off(rev).await;

    let by_editor = wish(&mut desk.editor, &intent(1, rev)).await;
    let mut odd = intent(2, rev);
    odd.marker = "Not A Marker".into();
    let odd = wish(&mut desk.operator, &odd).await;
    let mut other = intent(3, Hash([5; 32]));
    other.marker = "other-revision".into();
    let other = wish(&mut desk.operator, &other).await;

    assert_eq!(by_editor.code.as_deref(), Some("push.not-your-role"));
    assert_eq!(odd.code.as_deref(), Some("push.bad-marker"));
    assert_eq!(other.code.as_deref(), Some("push.other-revision"));
}

#[tokio::test]
async fn a_dispatched_release_is_looked_up_after_a_crash_and_never_made_again() {
    let mut shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set_channel(&shop).await;
    let rev = desk.reporter.write(STORY, text("中途断电")).await.revision().hash;
    desk.sign_off(rev).await;
    assert!(wish(&mut desk.operator, &intent(1, rev)).await.accepted);
    await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;
    let ok = shop.out.join("flood-2026-01.ok");
    let written = std::fs::metadata(&ok).unwrap().modified().unwrap();
    // As a crash between the call and its answer leaves it: out there, dispatched here, no receipt.
    shop.server.take().unwrap().stop().await;
    store::sql(&shop.data(), "UPDATE publish_job SET state = 'sending'");
    shop.start().await;

    for _ in 0..200 {
        let job = shop.server().pool.keep().job(PushId([1; 16])).await.unwrap().unwrap();
        if job.state == JobState::Released {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let job = shop.server().pool.keep().job(PushId([1; 16])).await.unwrap().unwrap();
    assert_eq!((job.state, job.fence), (JobState::Released, 1), "no second dispatch");
    assert_eq!(std::fs::metadata(&ok).unwrap().modified().unwrap(), written, "nothing was sent again");
}

#[tokio::test]
async fn a_device_lane_reports_and_a_person_resolves_what_nobody_knows() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    let mut lane = shop.hire(30, &[Role::Operator]).await;
    let channel = satchel_wire::body::Channel {
        id: CHANNEL,
        name: "内网".into(),
        kind: satchel_wire::body::ChannelKind::Folder,
        lane: satchel_wire::body::Lane::Device(lane.device),
        account: "web".into(),
        url: "/srv/inside".into(),
        settings: [].into(),
    };
    let record = desk.operator.say(Kind::CHANNEL_SET, CHANNEL.0, &channel);
    assert!(desk.operator.ask(record).await.accepted);
    let rev = desk.reporter.write(STORY, text("设备通道")).await.revision().hash;
    desk.sign_off(rev).await;
    assert!(wish(&mut desk.operator, &intent(1, rev)).await.accepted);
    let job = PushId([1; 16]);
    let dispatched = PublishDispatched { job, fence: 1, step: "ok".into() };

    let record = desk.operator.say(Kind::PUBLISH_DISPATCHED, STORY.0, &dispatched);
    assert_eq!(desk.operator.ask(record).await.code.as_deref(), Some("push.not-your-lane"));
    let record = lane.say(Kind::PUBLISH_DISPATCHED, STORY.0, &dispatched);
    assert_eq!(lane.ask(record).await.state.as_deref(), Some("sending"));
    let record = lane.say(Kind::PUBLISH_DISPATCHED, STORY.0, &dispatched);
    assert_eq!(lane.ask(record).await.code.as_deref(), Some("push.stale-fence"));
    let record =
        lane.say(Kind::PUBLISH_UNKNOWN, STORY.0, &serde_json::json!({"job": job, "why": "push.unknown"}));
    assert_eq!(lane.ask(record).await.state.as_deref(), Some("unknown"));
    assert_eq!(wish(&mut desk.operator, &intent(2, rev)).await.code.as_deref(), Some("push.unresolved"));
    let resolve =
        PublishResolve { job, outcome: Outcome::NotReleased, url: None, reason: "looked at it".into() };
    let record = desk.editor.say(Kind::PUBLISH_RESOLVE, STORY.0, &resolve);
    assert_eq!(desk.editor.ask(record).await.state.as_deref(), Some("not-released"));

    assert!(wish(&mut desk.operator, &intent(3, rev)).await.accepted, "now it may be tried again");
    let retract = PublishRetract { job: PushId([3; 16]), reason: "later".into() };
    let record = desk.operator.say(Kind::PUBLISH_RETRACT, STORY.0, &retract);
    assert_eq!(desk.operator.ask(record).await.state.as_deref(), Some("not-released"));
}

#[tokio::test]
async fn a_release_that_the_checks_refuse_says_why() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set_channel(&shop).await;
    let rev = desk.reporter.write(STORY, text("")).await.revision().hash;
    desk.sign_off(rev).await;
    assert!(wish(&mut desk.operator, &intent(1, rev)).await.accepted);

    let retract: PublishRetract = await_record(&desk.operator, Kind::PUBLISH_RETRACT).await.json().unwrap();

    assert_eq!(retract.reason, "check.headline-missing");
}
