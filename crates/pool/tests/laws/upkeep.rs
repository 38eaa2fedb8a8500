//! Numbers, limits, the storage report, the doctor.

use std::collections::BTreeSet;
use std::path::Path;

use satchel_pool::{Limits, Pool, Server, Settings, days_ms};
use satchel_terms::{ClipId, ClipKind, Role};
use satchel_testkit::Dice;
use satchel_wire::body::ClipFacts;
use satchel_wire::protocol::{HaveAnswer, HaveAsk, InviteAsk};
use satchel_wire::{Codec, Kind, Manifest};
use serde_json::Value;

use crate::laptop::{Laptop, id, read};
use crate::process::{init, run, serve};
use crate::shop::Shop;
use crate::store;

/// A pool with these settings and one reporter.
async fn small(data: &Path, change: impl FnOnce(&mut Settings)) -> (Server, Laptop) {
    Pool::found(data, "县融媒体中心").unwrap();
    let mut settings =
        Settings { data: data.to_owned(), listen: "127.0.0.1:0".into(), ..Settings::default() };
    change(&mut settings);
    let server = Server::start(settings).await.unwrap();
    let ask = InviteAsk {
        name: "张三".into(),
        roles: vec![Role::Reporter],
        person: None,
        valid_minutes: None,
        url: Some(server.url()),
    };
    let invitation = server.pool.invite(&ask, 60_000).await.unwrap();
    let laptop = Laptop::join(1, &invitation).await;
    (server, laptop)
}

#[tokio::test]
async fn the_numbers_tell_what_was_asked_and_what_is_held() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let note = laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1]);
    let stranger = laptop.seal(Kind::LEASE, id(5), Codec::Raw, vec![1]);
    laptop.push(&[note]).await;
    laptop.push_bytes([stranger.bytes(), b""].concat()[..].to_vec()).await.unwrap();
    laptop.upload(&[7; 300_000]).await;
    let waits = laptop.http.get(format!("{}/v1/wait?after=99", laptop.url)).bearer_auth(&laptop.token).send();
    let waits = tokio::spawn(waits);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;

    let page = reqwest::get(format!("{}/metrics", laptop.url)).await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    waits.abort();

    for line in [
        "satchel_pool_requests_total{door=\"/v1/records\",method=\"POST\",status=\"200\"} 2",
        "satchel_pool_request_seconds_count{door=\"/v1/records\"} 2",
        "satchel_pool_records_accepted_total 2",
        "satchel_pool_long_polls_waiting 1",
        "satchel_pool_feed_head 4",
        "satchel_pool_blob_bytes 300000",
        "satchel_pool_uploads_unfinished 0",
        "satchel_pool_disk_free_bytes ",
        "# EOF",
    ] {
        assert!(page.lines().any(|found| found.starts_with(line)), "{line} is not in\n{page}");
    }
}

#[tokio::test]
async fn the_numbers_are_for_this_machine_or_for_those_who_know_the_token() {
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    std::fs::write(&token, "let me in\n").unwrap();
    let (server, laptop) = small(&dir.path().join("pool"), |settings| {
        settings.url = "https://pool.example.org".into();
        settings.metrics.token_file = Some(token);
    })
    .await;
    let ask =
        |token: &'static str| laptop.http.get(format!("{}/metrics", server.url())).bearer_auth(token).send();

    assert_eq!(
        ask("guess").await.unwrap().status(),
        403,
        "behind a proxy everybody seems to be of this machine"
    );
    assert_eq!(ask("").await.unwrap().status(), 403);
    assert_eq!(ask("let me in").await.unwrap().status(), 200);
    server.stop().await;

    let (server, laptop) = small(&dir.path().join("other"), |_| ()).await;
    let handed_on = laptop.http.get(format!("{}/metrics", server.url())).header("x-forwarded-for", "1.2.3.4");
    assert_eq!(handed_on.send().await.unwrap().status(), 403);
    server.stop().await;
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let (server, laptop) = small(dir.path(), |settings| {
        settings.limits = Limits { requests_per_second: 1, requests_at_once: 5, ..Limits::default() };
    })
    .await;

    let mut answers = Vec::new();
    for _ in 0..7 {
        answers.push(laptop.get("/v1/feed").await);
    }

    let refused = answers.pop().unwrap();
    assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 5);
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    let problem = read::<Value>(refused).await.unwrap_err();
    assert_eq!((problem.code.as_str(), problem.retry_after), ("pool.too-many", Some(1)));
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(laptop.get("/v1/feed").await.status(), 200);
    server.stop().await;
}

async fn begin(laptop: &Laptop, seed: u8) -> reqwest::Response {
    let file = vec![seed; 600_000];
    let manifest = Manifest::of(file.as_slice()).unwrap();
    let path = format!("/v1/blobs/{}/manifest?len={}", manifest.root, file.len());
    laptop.put(&path, manifest.to_bytes()).await
}

#[tokio::test]
async fn a_device_begins_only_so_many_uploads_and_goes_on_when_one_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let (server, laptop) = small(dir.path(), |settings| settings.limits.unfinished_uploads = 2).await;
    for seed in [1, 2] {
        assert_eq!(begin(&laptop, seed).await.status(), 200);
    }

    let refused = begin(&laptop, 3).await;
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(read::<HaveAnswer>(refused).await.unwrap_err().code, "pool.too-many-uploads");
    assert_eq!(begin(&laptop, 2).await.status(), 200, "what is begun may go on");
    laptop.upload(&vec![1; 600_000]).await;

    assert_eq!(begin(&laptop, 3).await.status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn an_upload_that_does_not_move_for_long_is_forgotten_and_can_begin_anew() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let whole = laptop.upload(&[9; 1_000]).await;
    begin(&laptop, 1).await;
    let root = Manifest::of(vec![1; 600_000].as_slice()).unwrap().root;
    let part = shop.data().join("parts").join(root.to_string());
    assert_eq!(shop.server().pool.sweep_uploads().await.unwrap(), 0, "it has just begun");
    assert!(part.exists());

    let old = satchel_pool::chance::now() - days_ms(31);
    crate::store::sql(&shop.data(), &format!("UPDATE blob SET touched_at = {old}"));

    assert_eq!(shop.server().pool.sweep_uploads().await.unwrap(), 1);
    assert!(!part.exists());
    let ask = HaveAsk { roots: vec![root, whole] };
    let have: HaveAnswer = read(laptop.post("/v1/blobs/have", &ask).await).await.unwrap();
    assert_eq!((have.have, have.partial.len()), (vec![whole], 0), "what is whole is never forgotten");
    assert_eq!(laptop.upload(&vec![1; 600_000]).await, root);
}

#[tokio::test]
async fn the_storage_report_names_what_is_held_and_what_nobody_names() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    let (server, mut laptop) = small(&data, |_| ()).await;
    let original = laptop.upload(&[7; 300_000]).await;
    laptop.upload(&[8; 2_000]).await;
    begin(&laptop, 1).await;
    let facts = ClipFacts {
        name: "level.jpg".into(),
        blob: original,
        bytes: 300_000,
        kind: ClipKind::Picture,
        mime: "image/jpeg".into(),
        width: None,
        height: None,
        duration_ms: None,
        captured_at: None,
        story: None,
        caption: String::new(),
        credit: String::new(),
    };
    let added = laptop.say(Kind::ASSET_ADD, ClipId([3; 16]).0, &facts);
    laptop.push(&[added]).await;
    std::fs::write(data.join("parts").join("nobody"), [0; 50]).unwrap();

    let told = run(&data, &["storage"]);
    let report: Value = serde_json::from_slice(&told.stdout).unwrap();

    assert_eq!(report["blobs"]["original"]["bytes"], 300_000);
    assert_eq!(report["blobs"]["unnamed"]["bytes"], 2_000);
    assert_eq!(
        (&report["unfinished"]["whole"]["count"], &report["unfinished"]["heldBytes"]),
        (&1.into(), &0.into())
    );
    assert!(report["unfinished"]["oldest"].is_i64());
    assert_eq!((&report["strays"]["files"], &report["strays"]["bytes"]), (&1.into(), &50.into()));
    let kinds: Vec<_> =
        report["records"].as_array().unwrap().iter().map(|line| line["kind"].as_u64()).collect();
    assert_eq!(kinds, [Some(20), Some(50), Some(52)]);
    server.stop().await;
}

/// What the doctor says of a thing, and whether it ended well.
fn doctor(data: &Path, words: &[&str]) -> (String, bool) {
    let told = run(data, &[&["doctor"], words].concat());
    (String::from_utf8(told.stdout).unwrap(), told.status.success())
}

fn line<'a>(told: &'a str, what: &str) -> &'a str {
    told.lines()
        .find(|line| line.split_whitespace().nth(1) == Some(what))
        .unwrap_or_else(|| panic!("{what}: {told}"))
}

#[tokio::test]
async fn the_doctor_finds_a_healthy_pool_healthy_and_says_what_ails_a_sick_one() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    init(&data);
    let running = serve(&data);
    let file = dir.path().join("a.satchel-invite");
    run(&data, &["invite", "--name", "a", "--role", "reporter", "--out", file.to_str().unwrap()]);
    let invitation = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let laptop = Laptop::join(1, &invitation).await;
    let root = laptop.upload(&vec![7; 600_000]).await;

    let (told, is_well) = doctor(&data, &[]);
    assert!(is_well, "{told}");
    assert!(line(&told, "backup").starts_with("warn"), "{told}");
    for what in ["key", "certificate", "store", "clock", "blobs", "cuts", "address"] {
        assert!(line(&told, what).starts_with("ok"), "{told}");
    }
    run(&data, &["backup", "--to", dir.path().join("backups").to_str().unwrap()]);
    assert!(line(&doctor(&data, &[]).0, "backup").starts_with("ok"));

    let name = root.to_string();
    let blob = data.join("blobs").join(&name[..2]).join(&name[2..4]).join(&name);
    std::fs::remove_file(&blob).unwrap();
    std::fs::write(&blob, vec![8; 600_000]).unwrap();
    drop(running);
    let (told, is_well) = doctor(&data, &[]);
    assert!(!is_well);
    assert!(line(&told, "blobs").contains(&name), "{told}");
    assert!(line(&told, "address").starts_with("bad"), "nobody answers: {told}");
    assert!(told.lines().filter(|line| line.starts_with("bad")).all(|line| line.contains(" -> ")), "{told}");

    std::fs::write(data.join("pool.key"), "11".repeat(32)).unwrap();
    assert!(doctor(&data, &[]).0.contains("the pool's records are of another key"));
}

#[tokio::test]
async fn the_doctor_counts_the_records_that_a_disk_has_lost_wherever_they_stood() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let sent: Vec<_> =
        (0..200).map(|place| laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![place; 20])).collect();
    laptop.push(&sent).await;
    assert!(line(&doctor(&shop.data(), &[]).0, "store").starts_with("ok"));
    let mut dice = Dice::new(17);
    let (mut lost, head) = (BTreeSet::new(), shop.server().pool.keep().head().await.unwrap());
    for wanted in [1, 2, 10, 100, 150] {
        while lost.len() < wanted {
            let place = dice.between(2, head); // the newest as well as any other
            if lost.insert(place) {
                store::sql(&shop.data(), &format!("DELETE FROM record WHERE pool_seq = {place}"));
            }
        }

        let (told, is_well) = doctor(&shop.data(), &[]);

        assert!(!is_well);
        let expected = format!("{wanted} records of the log are missing");
        assert!(line(&told, "store").contains(&expected), "{told}");
    }
}
