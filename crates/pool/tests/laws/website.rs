//! The pool's lane against a real WordPress, over a bad line and through hard kills: one story is out once.

use std::sync::OnceLock;
use std::time::Duration;

use satchel_terms::{Hash, PushId};
use satchel_testkit::{Fault, Proxy, WordPress};
use satchel_wire::Kind;
use satchel_wire::body::{ChannelKind, PublishIntent, Receipt};
use satchel_wire::protocol::SecretAsk;

use crate::process::serve;
use crate::release::{await_record, wish};
use crate::shop::{CHANNEL, Desk, STORY, Shop, text};

/// One site for all laws that need one; it goes with the process.
pub fn site() -> &'static WordPress {
    static SITE: OnceLock<WordPress> = OnceLock::new();
    SITE.get_or_init(|| WordPress::start().expect("a WordPress is needed for these laws"))
}

/// A centre whose story is signed for the site behind `url`, and the revision.
async fn signed(url: &str) -> (Shop, Desk, Hash) {
    let shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set(ChannelKind::Wordpress, &site().user, url).await;
    let secret = SecretAsk { secret: site().app_password.clone() };
    assert_eq!(desk.operator.post(&format!("/v1/channels/{CHANNEL}/secret"), &secret).await.status(), 204);
    let rev = desk.reporter.write(STORY, text("县城新图书馆开放")).await.revision().hash;
    desk.sign_off(rev).await;
    (shop, desk, rev)
}

fn intent(marker: &str, rev: Hash) -> PublishIntent {
    let account = site().user.clone();
    PublishIntent { job: PushId([1; 16]), channel: CHANNEL, account, rev, marker: marker.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_answer_is_lost_the_story_is_out_once() {
    for (nth, fault) in (1..=7).zip([Fault::DropAnswer, Fault::CutWhileWorking].into_iter().cycle()) {
        let proxy = Proxy::start(([127, 0, 0, 1], site().port).into()).unwrap();
        let (_shop, mut desk, rev) = signed(&proxy.url()).await;
        let marker = format!("pool-line-{nth}");
        proxy.only_at(nth, fault.clone());

        assert!(wish(&mut desk.operator, &intent(&marker, rev)).await.accepted);
        let receipt: Receipt = await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await.json().unwrap();

        assert!(receipt.url.contains(&marker), "{receipt:?}");
        assert_eq!(site().public_posts_with(&marker).unwrap(), 1, "{fault:?} at request {nth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_the_pool_is_killed_the_story_is_out_once() {
    for (round, wait_ms) in [0_u64, 60, 150, 300, 500, 900].into_iter().enumerate() {
        let (mut shop, mut desk, rev) = signed(&site().url).await;
        let marker = format!("pool-kill-{round}");
        shop.server.take().unwrap().stop().await;
        let data = shop.dir.path().join("pool");
        let mut running = serve(&data);
        desk.operator.url = running.url.clone();

        assert!(wish(&mut desk.operator, &intent(&marker, rev)).await.accepted);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        let again = serve(&data);
        desk.operator.url = again.url.clone();

        await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;
        assert_eq!(site().public_posts_with(&marker).unwrap(), 1, "killed after {wait_ms} ms");
        let receipts = desk.operator.feed(0).await;
        assert_eq!(receipts.iter().filter(|record| record.header().kind == Kind::PUBLISH_RECEIPT).count(), 1);
    }
}
