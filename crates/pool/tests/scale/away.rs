//! A database that goes away, at the worst moment and again and again.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use satchel_story::Decision;
use satchel_terms::Role;
use satchel_testkit::Postgres;
use satchel_wire::protocol::RecordsAnswer;
use satchel_wire::{Codec, Kind, Record};

use crate::laptop::{Laptop, id, join, read};
use crate::shop::{STORY, Shop, submit, text};
use crate::store;

/// A centre on a database server of its own.
async fn alone() -> (Shop, Postgres) {
    let (dir, server) = (tempfile::tempdir().unwrap(), Postgres::start().unwrap());
    store::set_up(&dir.path().join("pool"), &server, &store::s3().url);
    (Shop::open_in(dir).await, server)
}

async fn try_push(laptop: &Laptop, records: &[Record]) -> Result<RecordsAnswer, (u16, String)> {
    let sent = laptop.http.post(format!("{}/v1/records", laptop.url)).bearer_auth(&laptop.token);
    let answer = sent.body(join(records)).send().await.unwrap();
    let status = answer.status().as_u16();
    assert_eq!(status == 503, answer.headers().contains_key("retry-after"), "a pause is proposed");
    read::<RecordsAnswer>(answer).await.map_err(|problem| (status, problem.code))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_cut_in_mid_commit_leaves_all_or_nothing_and_says_so() {
    let (shop, mut server) = alone().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let rev = laptop.write(STORY, text("提交到一半")).await.revision().hash;
    let before = laptop.feed(0).await;
    let decision = laptop.say(Kind::DECISION, STORY.0, &submit(rev));
    // Somebody else holds the feed, so the commit is under way and waits when the cut comes.
    let mut holder = Command::new("psql")
        .args(["-X", "-h", "127.0.0.1", "-U", "satchel", "-p", &server.port.to_string(), "-d"])
        .arg(store::database(&shop.data()))
        .args(["-c", "BEGIN; SELECT head FROM feed FOR UPDATE; SELECT pg_sleep(60)"])
        .env("PGPASSWORD", &server.password)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let pushing = {
        let (url, token, body) = (laptop.url.clone(), laptop.token.clone(), decision.bytes().to_vec());
        let ask = laptop.http.post(format!("{url}/v1/records")).bearer_auth(token).body(body);
        tokio::spawn(async move { ask.send().await.unwrap() })
    };
    tokio::time::sleep(Duration::from_millis(600)).await;
    let cut = Instant::now();
    server.cut().unwrap();

    let answer = pushing.await.unwrap();
    println!("the answer came {} ms after the cut: {}", cut.elapsed().as_millis(), answer.status());
    assert_eq!(answer.status(), 503);
    let problem = read::<RecordsAnswer>(answer).await.unwrap_err();
    assert_eq!((problem.code.as_str(), problem.retry_after), ("pool.store-away", Some(1)));
    assert!(!problem.message.contains("127.0.0.1"), "{}", problem.message);
    assert_eq!(
        try_push(&laptop, std::slice::from_ref(&decision)).await.unwrap_err(),
        (503, "pool.store-away".to_owned())
    );
    holder.wait().unwrap();
    server.run().unwrap();
    let back = Instant::now();
    while try_push(&laptop, &before[2..3]).await.is_err() {
        assert!(back.elapsed() < Duration::from_secs(20), "the pool finds its database again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("the pool serves again {} ms after its database", back.elapsed().as_millis());

    assert_eq!(laptop.feed(0).await, before, "nothing half");
    let verdict = laptop.ask(decision).await;
    assert_eq!(verdict.state.as_deref(), Some("awaiting-first"));
    assert_eq!(laptop.feed(0).await.len(), before.len() + 2, "the decision and its verdict, once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_comes_and_goes_keeps_what_was_acknowledged() {
    let (shop, mut server) = alone().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    laptop.write(STORY, text("断断续续")).await;
    let start = laptop.feed(0).await.len();
    let (mut sent, mut refused) = (Vec::new(), 0);
    let cutter = std::thread::spawn(move || {
        for pause_ms in [700, 300, 900, 500, 1_100, 400] {
            std::thread::sleep(Duration::from_millis(pause_ms));
            server.cut().unwrap();
            std::thread::sleep(Duration::from_millis(pause_ms / 3));
            server.run().unwrap();
        }
        server
    });

    while !cutter.is_finished() || sent.len() < 20 {
        // A word that is judged now and then, so that record and verdict have to come together.
        let record = if sent.len() % 5 == 4 {
            laptop.say(Kind::DECISION, STORY.0, &Decision::Withdraw)
        } else {
            laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1; 100])
        };
        loop {
            match try_push(&laptop, std::slice::from_ref(&record)).await {
                Ok(answer) => {
                    assert_eq!((answer.rejected.len(), answer.heads[0].seq), (0, laptop.seq));
                    break;
                }
                Err((status, code)) => {
                    assert!(status == 503, "{status} {code}");
                    refused += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        sent.push(record);
    }
    let server = cutter.join().unwrap();

    let feed = laptop.feed(0).await.split_off(start);
    let mine: Vec<Record> =
        feed.iter().filter(|record| record.header().device == laptop.device).cloned().collect();
    let verdicts = feed.len() - mine.len();
    let judged = sent.iter().filter(|record| record.header().kind == Kind::DECISION).count();
    println!("6 cuts: {} records kept, {judged} verdicts, {refused} refusals with 503", sent.len());
    assert_eq!(mine, sent, "each once, in order");
    assert_eq!(verdicts, judged, "no decision without its verdict and no verdict twice");
    drop(server);
}

#[tokio::test]
async fn a_pool_without_its_database_says_which_part_is_missing() {
    let (mut shop, server) = alone().await;
    server.cut().unwrap();
    let health = shop.server().url() + "/health";

    let page = reqwest::get(health).await.unwrap();
    assert_eq!(page.status(), 503);
    shop.server.take().unwrap().stop().await;
    let words = crate::process::run(&shop.data(), &["people"]);

    let said = String::from_utf8_lossy(&words.stderr).into_owned();
    assert!(said.starts_with("pool.store-away: The pool's database cannot be reached"), "{said}");
    assert!(!said.contains(&server.password), "{said}");
}
