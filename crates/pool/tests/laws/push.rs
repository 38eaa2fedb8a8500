//! Records in, records out.

use std::time::{Duration, Instant};

use satchel_terms::{Hash, Role};
use satchel_wire::protocol::{RevokeAsk, WaitAnswer};
use satchel_wire::{Codec, Kind, Record};

use crate::laptop::{Laptop, id, join, read};
use crate::shop::Shop;

fn notes(laptop: &mut Laptop, count: usize) -> Vec<Record> {
    (0..count).map(|place| laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1; 100 + place])).collect()
}

#[tokio::test]
async fn what_one_laptop_pushes_another_reads_in_pool_order() {
    let shop = Shop::open().await;
    let (mut writer, reader) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Editor]).await);
    let records = notes(&mut writer, 60);

    let answer = writer.push(&records).await;
    let read = reader.feed(4).await;

    assert_eq!(answer.rejected, vec![]);
    assert_eq!((answer.heads[0].seq, answer.heads[0].id), (60, records[59].id()));
    assert_eq!(read, records);
    assert_eq!(writer.hello().await.mine, answer.heads);
}

#[tokio::test]
async fn a_packed_push_is_the_same_push() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let records = notes(&mut laptop, 20);
    let packed = zstd::encode_all(join(&records).as_slice(), 3).unwrap();

    let sent = laptop.http.post(format!("{}/v1/records", laptop.url)).bearer_auth(&laptop.token);
    let answer: satchel_wire::protocol::RecordsAnswer =
        read(sent.header("content-encoding", "zstd").body(packed).send().await.unwrap()).await.unwrap();

    assert_eq!(answer.heads[0].seq, 20);
}

#[tokio::test]
async fn sending_any_batch_again_changes_nothing() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let mut records = notes(&mut laptop, 12);
    records.push(laptop.say(Kind::DECISION, id(5), &serde_json::json!({"act": "withdraw"})));
    let first = laptop.push(&records).await;
    let before = laptop.feed(0).await;

    for (from, to) in [(0, 13), (0, 1), (3, 9), (12, 13), (0, 13)] {
        let again = laptop.push(&records[from..to]).await;
        assert_eq!(again, first, "records {from} to {to}");
    }

    assert_eq!(laptop.feed(0).await, before);
}

#[tokio::test]
async fn a_gap_is_not_taken_and_the_answer_says_where_to_go_on() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let records = notes(&mut laptop, 5);

    let answer = laptop.push(&[records[0].clone(), records[2].clone(), records[1].clone()]).await;

    assert_eq!(answer.rejected.len(), 1);
    assert_eq!(answer.rejected[0].code, "wire.chain-broken");
    assert_eq!(answer.heads[0].seq, 2);
    assert_eq!(laptop.push(&records).await.heads[0].seq, 5);
}

#[tokio::test]
async fn a_fork_is_set_apart_and_the_first_stays() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let first = notes(&mut laptop, 2);
    laptop.push(&first).await;
    (laptop.seq, laptop.prev) = (1, first[0].id());
    let other = laptop.seal(Kind::FIELD_SET, id(6), Codec::Raw, b"from the clone".to_vec());

    let answer = laptop.push(std::slice::from_ref(&other)).await;

    assert_eq!(answer.rejected[0].code, "pool.fork");
    assert_eq!(answer.fork.map(|fork| (fork.seq, fork.id)), Some((2, first[1].id())));
    assert_eq!(laptop.feed(2).await, first);
    let kept = shop.server().pool.keep().quarantined(other.id()).await.unwrap();
    assert_eq!(kept.as_deref(), Some("pool.fork"), "nothing is lost");
}

#[tokio::test]
async fn a_changed_bit_and_a_forged_key_are_set_apart_and_hold_nobody_up() {
    let shop = Shop::open().await;
    let (mut good, mut bad) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Reporter]).await);
    let honest = notes(&mut good, 1);
    let mut flipped = notes(&mut bad, 1)[0].bytes().to_vec();
    flipped[90] ^= 4;
    let mut torn = honest[0].bytes().to_vec();
    let last = torn.len() - 1;
    torn[last] ^= 1;

    let bytes = [flipped, torn, honest[0].bytes().to_vec()].concat();
    let answer = good.push_bytes(bytes).await.unwrap();

    let codes: Vec<&str> = answer.rejected.iter().map(|rejected| rejected.code.as_str()).collect();
    assert_eq!(codes, ["wire.bad-signature", "wire.body-changed"]);
    assert_eq!(answer.heads[0].seq, 1);
}

#[tokio::test]
async fn a_stranger_and_another_centre_are_told_apart() {
    let shop = Shop::open().await;
    let member = shop.hire(1, &[Role::Reporter]).await;
    let mut stranger = Laptop::new(2, &shop.invite("nobody", &[Role::Reporter]).await);
    let unknown = notes(&mut stranger, 1);
    stranger.newsroom = satchel_terms::NewsroomId(id(9));
    let foreign = notes(&mut stranger, 1);

    let answer = member.push(&[unknown[0].clone(), foreign[0].clone()]).await;

    let codes: Vec<&str> = answer.rejected.iter().map(|rejected| rejected.code.as_str()).collect();
    assert_eq!(codes, ["pool.unknown-device", "pool.other-newsroom"]);
}

#[tokio::test]
async fn records_of_a_revoked_device_go_to_quarantine_with_their_own_code() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter, Role::Chief]).await;
    let before = notes(&mut laptop, 2);
    laptop.push(&before).await;
    let head = laptop.hello().await.head;
    shop.server().pool.revoke(&RevokeAsk { device: laptop.device, reason: "stolen".into() }).await.unwrap();
    let mut late = notes(&mut laptop, 3);
    late.push(laptop.say(Kind::DECISION, id(5), &serde_json::json!({"act": "withdraw"})));

    let answer = laptop.push(&[before.clone(), late.clone()].concat()).await;
    let again = laptop.push(&late).await;

    assert!(answer.rejected.iter().all(|rejected| rejected.code == "pool.device-revoked"));
    assert_eq!(answer.rejected.len(), 4, "all that is new, nothing that was there");
    assert_eq!(again.rejected, answer.rejected);
    assert_eq!(laptop.hello().await.head, head + 1, "only the revocation is new in the feed");
    assert_eq!(shop.server().pool.keep().totals().await.unwrap().quarantined, 4);
}

#[tokio::test]
async fn who_waits_learns_of_news_at_once() {
    let shop = Shop::open().await;
    let (mut writer, reader) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Editor]).await);
    let head = writer.hello().await.head;
    let started = Instant::now();
    let waiting = tokio::spawn(async move {
        read::<WaitAnswer>(reader.get(&format!("/v1/wait?after={head}")).await).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(200)).await;

    let records = notes(&mut writer, 1);
    writer.push(&records).await;

    assert_eq!(waiting.await.unwrap().head, head + 1);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_wait_takes_as_long_as_asked_and_never_outlives_the_pool() {
    let mut shop = Shop::open().await;
    let (short, long) = (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Editor]).await);
    let head = short.hello().await.head;
    let started = Instant::now();
    let asked = read::<WaitAnswer>(short.get(&format!("/v1/wait?after={head}&for=1")).await).await.unwrap();
    assert_eq!(asked.head, head);
    assert!((1..5).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    assert_eq!(short.get(&format!("/v1/wait?after={head}&for=ever")).await.status(), 400);

    let waiting = tokio::spawn(async move {
        read::<WaitAnswer>(long.get(&format!("/v1/wait?after={head}&for=1800")).await).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    let stopping = Instant::now();
    shop.server.take().unwrap().stop().await;

    assert_eq!(waiting.await.unwrap().head, head);
    assert!(stopping.elapsed() < Duration::from_secs(3), "{:?}", stopping.elapsed());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_pool_asks_after_laptops_that_say_nothing_more() {
    let shop = Shop::open().await;
    let url = shop.server().url();
    let line = std::net::TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let port = line.local_addr().unwrap().port();
    tokio::time::sleep(Duration::from_millis(200)).await;

    // The pool's end of the line, as the system lists it: 02 in the eleventh column stands for probes.
    let listed = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ends = format!(":{port:04X}");
    let is_its_end = |line: &&str| line.split_whitespace().nth(2).is_some_and(|far| far.ends_with(&ends));
    let found = listed.lines().find(is_its_end).expect("the pool's end");
    assert!(found.split_whitespace().nth(5).unwrap().starts_with("02:"), "{found}");
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let mut shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let records = notes(&mut laptop, 7);
    laptop.push(&records[..4]).await;
    let before = laptop.feed(0).await;

    shop.restart(&mut [&mut laptop]).await;

    assert_eq!(laptop.feed(0).await, before, "the token still opens the doors, too");
    assert_eq!(laptop.push(&records).await.heads[0].seq, 7);
}

#[tokio::test]
async fn the_pool_is_in_nobody_elses_hand() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let grant =
        satchel_wire::body::RoleGrant { person: laptop.person, name: "x".into(), roles: vec![Role::Chief] };

    let record = laptop.say(Kind::ROLE_GRANT, laptop.person.0, &grant);
    let raised = laptop.ask(record).await;
    let verdict =
        satchel_wire::body::Verdict { record: Hash([1; 32]), accepted: true, code: None, state: None };
    let record = laptop.say(Kind::POOL_VERDICT, id(5), &verdict);
    let forged = laptop.ask(record).await;

    assert_eq!(raised.code.as_deref(), Some("pool.not-allowed"));
    assert_eq!(forged.code.as_deref(), Some("pool.not-yours"));
}
