//! What the pool keeps beside the log: the edit baton, keys it cannot open, records that stand apart.

use std::time::Duration;

use satchel_parcel::escrow;
use satchel_terms::{DeviceId, Role};
use satchel_wire::apart::{ApartLine, ApartRecord};
use satchel_wire::escrow::{EscrowAsk, EscrowOffer, SealedKey};
use satchel_wire::lease::{LEASE_MS, LeaseAnswer, LeaseAsk, LeaseWish};
use satchel_wire::protocol::{InviteAsk, Problem, RevokeAsk};
use satchel_wire::{Kind, Record, SigningKey, from_base64, key_from_hex, key_to_hex, to_base64};
use serde_json::Value;

use crate::laptop::{Laptop, id, join, read};
use crate::shop::{STORY, Shop};

async fn lease(laptop: &Laptop, wish: LeaseWish) -> Result<LeaseAnswer, Problem> {
    read(laptop.post("/v1/lease", &LeaseAsk { story: STORY, wish }).await).await
}

fn holder(answer: &LeaseAnswer) -> Option<DeviceId> {
    answer.holder.as_ref().map(|line| line.device)
}

#[tokio::test]
async fn who_writes_first_has_the_baton_and_the_others_are_told_who() {
    let shop = Shop::open().await;
    let (first, second) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Editor]).await);

    let taken = lease(&first, LeaseWish::Take).await.unwrap();
    let other = lease(&second, LeaseWish::Take).await.unwrap();

    let line = taken.holder.clone().unwrap();
    assert_eq!((line.device, line.name.as_str()), (first.device, "person 1"));
    assert_eq!(line.until - taken.now, LEASE_MS);
    assert_eq!(holder(&other), Some(first.device), "that is an answer, no refusal");
    let again = lease(&first, LeaseWish::Take).await.unwrap().holder.unwrap();
    assert_eq!(again.since, line.since, "renewed, not begun anew");
    assert!(again.until >= line.until);

    assert_eq!(holder(&lease(&second, LeaseWish::GiveBack).await.unwrap()), Some(first.device));
    assert_eq!(holder(&lease(&first, LeaseWish::GiveBack).await.unwrap()), None);
    assert_eq!(holder(&lease(&second, LeaseWish::Take).await.unwrap()), Some(second.device));
}

#[tokio::test]
async fn a_baton_is_broken_by_those_who_lead_and_by_its_holders_other_laptop_and_that_is_logged() {
    let shop = Shop::open().await;
    let (writer, colleague) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Editor]).await);
    let head = shop.hire(3, &[Role::Head]).await;
    lease(&writer, LeaseWish::Take).await.unwrap();

    assert_eq!(lease(&colleague, LeaseWish::Break).await.unwrap_err().code, "pool.not-allowed");
    assert_eq!(holder(&lease(&head, LeaseWish::Break).await.unwrap()), Some(head.device));
    let told = shop.server().pool.logbook(10).await.unwrap();
    assert_eq!((told[0].what.as_str(), told[0].who.as_str()), ("lease-broken", "person 3"));

    let ask = InviteAsk {
        name: "person 3".into(),
        roles: vec![Role::Reporter],
        person: Some(head.person),
        valid_minutes: None,
        url: None,
    };
    let invitation = shop.server().pool.invite(&ask, 60_000).await.unwrap();
    let at_home = Laptop::join(4, &invitation).await;
    assert_eq!(holder(&lease(&at_home, LeaseWish::Break).await.unwrap()), Some(at_home.device));
}

#[tokio::test]
async fn of_many_who_take_a_baton_at_once_one_has_it() {
    let shop = Shop::open().await;
    let mut hands = Vec::new();
    for seed in 1..=6 {
        let laptop = shop.hire(seed, &[Role::Reporter]).await;
        hands.push(tokio::spawn(async move { lease(&laptop, LeaseWish::Take).await.unwrap() }));
    }
    let mut holders = Vec::new();
    for hand in hands {
        holders.push(holder(&hand.await.unwrap()).unwrap());
    }
    holders.dedup();
    assert_eq!(holders.len(), 1, "all were told the same one");
}

#[tokio::test]
async fn lines_of_one_moment_stand_in_the_logbook_in_the_order_in_which_they_were_written() {
    let shop = Shop::open().await;
    let pool = &shop.server().pool;
    let written: Vec<String> = (0..200).map(|number| format!("line-{number}")).collect();
    for what in &written {
        pool.log(what, "the program", "").await.unwrap();
    }

    let mut told: Vec<String> = pool.logbook(200).await.unwrap().into_iter().map(|line| line.what).collect();
    told.reverse();

    assert_eq!(told, written);
}

#[tokio::test]
async fn a_key_is_left_only_under_the_escrow_key_and_the_pool_signs_which_that_is() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let pool = &shop.server().pool;
    let pinned = key_from_hex(&shop.invite("x", &[Role::Reporter]).await.pool_key).unwrap();
    let offer: EscrowOffer = read(laptop.get("/v1/escrow").await).await.unwrap();
    assert_eq!(
        offer.verified(laptop.newsroom, &pinned).unwrap(),
        None,
        "there is no escrow yet, by its own word"
    );

    let keeper = SigningKey::from_bytes(&[8; 32]);
    pool.set_escrow_key(&keeper.verifying_key()).await.unwrap();
    let mut offer: EscrowOffer = read(laptop.get("/v1/escrow").await).await.unwrap();
    let key = offer.verified(laptop.newsroom, &pinned).unwrap().unwrap();
    assert_eq!(key, keeper.verifying_key());

    let about = SealedKey::about(laptop.newsroom, laptop.device);
    let sealed = escrow::seal(&[7; 32], &key, &about).unwrap();
    let ask = |key: &str| EscrowAsk { key: key.to_owned(), sealed: Some(to_base64(&sealed)) };
    let other = key_to_hex(&SigningKey::from_bytes(&[9; 32]).verifying_key());
    assert_eq!(laptop.post("/v1/escrow", &ask(&other)).await.status(), 400);
    assert_eq!(laptop.post("/v1/escrow", &ask(&key_to_hex(&key))).await.status(), 204);

    let file = pool.hand_out_sealed(laptop.device).await.unwrap();
    let bytes = from_base64(&file.sealed).unwrap();
    assert_eq!(escrow::open(&bytes, &keeper, &about).unwrap(), [7; 32]);
    let told: Vec<String> = pool.logbook(9).await.unwrap().into_iter().map(|line| line.what).collect();
    assert_eq!(told, ["escrow-handed-out", "escrow-given", "escrow-set-up"]);

    offer.key = Some(other);
    assert!(offer.verified(laptop.newsroom, &pinned).is_err(), "another key is not the pool's word");
    let back = EscrowAsk { key: String::new(), sealed: None };
    assert_eq!(laptop.post("/v1/escrow", &back).await.status(), 204);
    assert!(pool.hand_out_sealed(laptop.device).await.is_err());
}

#[tokio::test]
async fn what_stands_apart_is_for_administrators_to_see_and_says_whether_the_device_wrote_it() {
    let shop = Shop::open().await;
    let boss = shop.hire(1, &[Role::Administrator]).await;
    let mut lost = shop.hire(2, &[Role::Reporter]).await;
    let revoke = RevokeAsk { device: lost.device, reason: "lost".into() };
    assert_eq!(boss.post("/v1/revoke", &revoke).await.status(), 204);
    let written = lost.say(Kind::COMMENT, id(3), &"after it was lost");
    let mut bent = written.bytes().to_vec();
    *bent.last_mut().unwrap() ^= 1;
    lost.push_bytes(join(std::slice::from_ref(&written))).await.unwrap();
    lost.push_bytes(bent).await.unwrap();

    let lines: Vec<ApartLine> = read(boss.get("/v1/quarantine").await).await.unwrap();

    let mine = lines.iter().find(|line| line.id == written.id()).unwrap();
    assert_eq!((mine.code.as_str(), mine.device), ("pool.device-revoked", Some(lost.device)));
    assert_eq!((mine.name.as_deref(), mine.is_signed), (Some("person 2"), true));
    assert!(lines.iter().filter(|line| line.id != written.id()).all(|line| !line.is_signed));
    let whole: ApartRecord = read(boss.get(&format!("/v1/quarantine/{}", written.id())).await).await.unwrap();
    assert_eq!(from_base64(&whole.record).unwrap(), written.bytes());
    let editor = shop.hire(3, &[Role::Editor]).await;
    let refused = read::<Value>(editor.get("/v1/quarantine").await).await.unwrap_err();
    assert_eq!(refused.code, "pool.not-allowed");
}

#[tokio::test]
async fn what_stands_apart_is_listed_within_bounds_and_what_is_older_is_found_by_its_name() {
    let shop = Shop::open().await;
    let boss = shop.hire(1, &[Role::Administrator]).await;
    let mut lost = shop.hire(2, &[Role::Reporter]).await;
    let revoke = RevokeAsk { device: lost.device, reason: "lost".into() };
    assert_eq!(boss.post("/v1/revoke", &revoke).await.status(), 204);
    let oldest = lost.say(Kind::COMMENT, id(3), &"the first of them");
    lost.push_bytes(join(std::slice::from_ref(&oldest))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await; // the list is by the time
    let small: Vec<Record> = (0..510).map(|at| lost.say(Kind::COMMENT, id(3), &at)).collect();
    lost.push_bytes(join(&small)).await.unwrap();
    let listed = async || read::<Vec<ApartLine>>(boss.get("/v1/quarantine").await).await.unwrap();

    let lines = listed().await;
    assert_eq!(lines.len(), 500);
    assert!(lines.iter().all(|line| line.id != oldest.id()));
    let whole = boss.get(&format!("/v1/quarantine/{}", oldest.id())).await;
    let whole: ApartRecord = read(whole).await.unwrap();
    assert_eq!(from_base64(&whole.record).unwrap(), oldest.bytes(), "it is found all the same");

    tokio::time::sleep(Duration::from_millis(5)).await;
    for _ in 0..20 {
        let large: Vec<Record> =
            (0..4).map(|_| lost.say(Kind::COMMENT, id(3), &"x".repeat(200_000))).collect();
        lost.push_bytes(join(&large)).await.unwrap();
    }

    let lines = listed().await;
    let (read, only_named): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.device.is_some());
    let bytes: u64 = read.iter().map(|line| line.bytes).sum();
    assert!(bytes <= 8 << 20, "{bytes} bytes were read for {} lines", read.len());
    assert!(read.len() > 30 && read.iter().all(|line| line.is_signed));
    assert_eq!(lines.len(), 500, "the others are listed all the same");
    assert!(only_named.iter().all(|line| !line.code.is_empty() && line.bytes > 0));
}
