//! Releases by several processes: one hand at a time, and a dead hand's work is looked up.

use std::time::{Duration, Instant};

use satchel_pool::keep::{JobState, Worker};
use satchel_terms::{Hash, PushId};
use satchel_testkit::{Fault, Proxy};
use satchel_wire::Kind;
use satchel_wire::body::{ChannelKind, PublishDispatched, PublishIntent};
use satchel_wire::protocol::SecretAsk;

use crate::process::serve;
use crate::release::{await_record, wish};
use crate::shop::{CHANNEL, Desk, STORY, Shop, text};
use crate::store;
use crate::website::site;

fn intent(account: &str, marker: &str, rev: Hash) -> PublishIntent {
    let (account, marker) = (account.to_owned(), marker.to_owned());
    PublishIntent { job: PushId([1; 16]), channel: CHANNEL, account, rev, marker }
}

/// A signed story for the site.
async fn signed() -> (Shop, Desk, Hash) {
    signed_for(&site().url).await
}

/// A signed story for the site behind `url`.
async fn signed_for(url: &str) -> (Shop, Desk, Hash) {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set(ChannelKind::Wordpress, &site().user, url).await;
    let secret = SecretAsk { secret: site().app_password.clone() };
    assert_eq!(desk.operator.post(&format!("/v1/channels/{CHANNEL}/secret"), &secret).await.status(), 204);
    let rev = desk.reporter.write(STORY, text("两个进程，一次发布")).await.revision().hash;
    desk.sign_off(rev).await;
    (shop, desk, rev)
}

async fn count(desk: &Desk, kind: Kind) -> usize {
    desk.operator.feed(0).await.iter().filter(|record| record.header().kind == kind).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_release_a_story_once() {
    let (shop, mut desk, rev) = signed().await;
    let others = [shop.another().await, shop.another().await];

    assert!(wish(&mut desk.operator, &intent(&site().user, "three-hands", rev)).await.accepted);
    await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;
    tokio::time::sleep(Duration::from_secs(3)).await;

    assert_eq!(site().public_posts_with("three-hands").unwrap(), 1);
    let dispatched: Vec<u64> = desk
        .operator
        .feed(0)
        .await
        .iter()
        .filter(|record| record.header().kind == Kind::PUBLISH_DISPATCHED)
        .map(|record| record.json::<PublishDispatched>().unwrap().fence)
        .collect();
    assert!(dispatched.is_sorted() && !dispatched.is_empty(), "{dispatched:?}");
    assert_eq!(count(&desk, Kind::PUBLISH_RECEIPT).await, 1);
    for other in others {
        other.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_process_is_killed_while_it_releases_the_story_is_out_once() {
    for (round, wait_ms) in [0_u64, 80, 160, 300, 500, 900].into_iter().enumerate() {
        let (mut shop, mut desk, rev) = signed().await;
        let marker = format!("hands-kill-{round}");
        shop.server.take().unwrap().stop().await;
        let mut pair = [serve(&shop.data()), serve(&shop.data())];
        desk.operator.url = pair[0].url.clone();

        assert!(wish(&mut desk.operator, &intent(&site().user, &marker, rev)).await.accepted);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        let job = || {
            let sql = "SELECT coalesce(encode(worker, 'hex'), '-'), state FROM publish_job";
            store::postgres().query(&store::database(&shop.data()), sql).unwrap().concat()
        };
        let before = job();
        let victim = round % 2;
        pair[victim].child.kill().unwrap();
        pair[victim].child.wait().unwrap();
        let killed = Instant::now();
        desk.operator.url = pair[1 - victim].url.clone();
        await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;

        println!(
            "process {victim} killed after {wait_ms} ms ({before}): the receipt came {:.1} s later",
            killed.elapsed().as_secs_f32()
        );
        assert_eq!(site().public_posts_with(&marker).unwrap(), 1, "killed after {wait_ms} ms");
        assert_eq!(count(&desk, Kind::PUBLISH_RECEIPT).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_after_it_dispatched_is_looked_up_by_the_other_and_nothing_is_sent_twice() {
    for round in 0..4 {
        // A slow site, so that the kill falls into the call; what is on the way arrives after the kill.
        let proxy = Proxy::start(([127, 0, 0, 1], site().port).into()).unwrap();
        let (mut shop, mut desk, rev) = signed_for(&proxy.url()).await;
        let marker = format!("hands-dispatched-{round}");
        shop.server.take().unwrap().stop().await;
        let mut first = serve(&shop.data());
        desk.operator.url = first.url.clone();
        let ask = |sql: &str| store::postgres().query(&store::database(&shop.data()), sql).unwrap().concat();
        proxy.always(Fault::Delay(Duration::from_millis(400)));
        assert!(wish(&mut desk.operator, &intent(&site().user, &marker, rev)).await.accepted);
        let second = serve(&shop.data());
        for state in std::iter::repeat_with(|| ask("SELECT state FROM publish_job")) {
            assert_ne!(state, "released", "the kill came too late to show anything");
            if state == "sending" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        first.child.kill().unwrap();
        first.child.wait().unwrap();
        let (killed, left) = (Instant::now(), ask("SELECT state || ' fence ' || fence FROM publish_job"));
        proxy.clear();
        desk.operator.url = second.url.clone();
        await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;

        let now = ask("SELECT state || ' fence ' || fence FROM publish_job");
        println!("killed at `{left}`, taken over and `{now}` after {:.1} s", killed.elapsed().as_secs_f32());
        assert_eq!(site().public_posts_with(&marker).unwrap(), 1);
        assert_eq!(site().count_posts(&marker, "draft").unwrap(), 0, "no half copy is left");
        assert_eq!(count(&desk, Kind::PUBLISH_RECEIPT).await, 1);
    }
}

#[tokio::test]
async fn a_hand_that_fell_silent_writes_nothing_more() {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set_channel(&shop).await;
    let rev = desk.reporter.write(STORY, text("谁的手")).await.revision().hash;
    desk.sign_off(rev).await;
    assert!(wish(&mut desk.operator, &intent("web", "silent-hand", rev)).await.accepted);
    await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;
    let mut shop = shop;
    let pool = std::sync::Arc::clone(&shop.server().pool);
    shop.server.take().unwrap().stop().await;
    store::sql(&shop.data(), "UPDATE publish_job SET state = 'waiting'");
    let (job, keep) = (PushId([1; 16]), pool.keep());
    let (one, two) = (Worker([1; 16]), Worker([2; 16]));
    let short = Duration::from_millis(300);

    let first = keep.take(job, one, short).await.unwrap().expect("nobody has it");
    assert!(keep.take(job, two, short).await.unwrap().is_none(), "it is in a hand");
    assert_eq!(keep.take(job, one, short).await.unwrap().unwrap().fence, first.fence, "kept in hand");
    tokio::time::sleep(Duration::from_millis(400)).await;
    let second = keep.take(job, two, short).await.unwrap().expect("the first fell silent");
    assert_eq!(second.fence, first.fence + 1);
    let mut late = first.clone();
    late.state = JobState::Dispatched;
    let batch = |row| satchel_pool::keep::Batch { jobs: vec![row], ..Default::default() };
    let refused = keep.commit(batch(late)).await;
    assert!(matches!(refused, Err(satchel_pool::PoolError::StaleFence)), "{refused:?}");
    keep.put_down(job, one).await.unwrap();
    assert!(keep.take(job, one, short).await.unwrap().is_none(), "nobody puts down what another holds");
    keep.put_down(job, two).await.unwrap();

    assert!(keep.take(job, one, short).await.unwrap().is_some());
}
