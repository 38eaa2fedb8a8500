//! The feed: one order for all readers, however many write at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use satchel_pool::keep::Batch;
use satchel_pool::{Pool, PoolError, Settings};
use satchel_terms::Role;
use satchel_wire::protocol::WaitAnswer;
use satchel_wire::{Codec, Kind, Record};

use crate::laptop::{Laptop, id, read};
use crate::shop::Shop;
use crate::store;

/// The next record of a laptop, two hundred bytes long.
fn next(laptop: &mut Laptop) -> Record {
    laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![7; 200])
}

/// Processes over one store, as far as the store can tell.
async fn pools(shop: &Shop, count: usize) -> Vec<Arc<Pool>> {
    let mut pools = Vec::new();
    for _ in 0..count {
        let settings =
            Settings { data: shop.data(), storage: store::storage(&shop.data()), ..Settings::default() };
        pools.push(Arc::new(Pool::open(settings).await.unwrap()));
    }
    pools
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_make_one_order_without_a_gap_and_nobody_sees_a_place_too_early() {
    const WRITERS: u8 = 8;
    const COMMITS: usize = 60;
    let shop = Shop::open().await;
    let invitation = shop.invite("李雪梅", &[Role::Reporter]).await;
    let pools = pools(&shop, 4).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let started = Instant::now();

    let mut readers = Vec::new();
    for pool in &pools[..3] {
        let (pool, is_over) = (Arc::clone(pool), Arc::clone(&is_over));
        readers.push(tokio::spawn(async move {
            let (mut after, mut seen, mut pages) = (0, Vec::new(), 0);
            loop {
                let last_look = is_over.load(Ordering::SeqCst);
                let page = pool.keep().feed(after, 20_000).await.unwrap();
                let records = Record::parse_many(&page.bytes).unwrap();
                assert_eq!(records.len() as u64, page.next - after, "a page has no gap");
                assert!(page.head >= page.next);
                seen.extend(records.iter().map(Record::id));
                after = page.next;
                pages += 1;
                if last_look && records.is_empty() {
                    return (seen, pages);
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        }));
    }
    let mut writers = Vec::new();
    for seed in 0..WRITERS {
        let pool = Arc::clone(&pools[usize::from(seed) % pools.len()]);
        let mut laptop = Laptop::new(100 + seed, &invitation);
        writers.push(tokio::spawn(async move {
            for turn in 0..COMMITS {
                let records = (0..=turn % 4).map(|_| next(&mut laptop)).collect();
                pool.keep().commit(Batch { records, ..Batch::default() }).await.unwrap();
            }
            laptop.seq
        }));
    }
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    is_over.store(true, Ordering::SeqCst);
    let mut orders = Vec::new();
    for reader in readers {
        orders.push(reader.await.unwrap());
    }

    let took = started.elapsed();
    println!(
        "{written} records in {} commits by {WRITERS} writers over 4 processes' connections in {:.2} s; pages read: {:?}",
        usize::from(WRITERS) * COMMITS,
        took.as_secs_f32(),
        orders.iter().map(|(_, pages)| *pages).collect::<Vec<_>>()
    );
    assert_eq!(orders[0].0.len() as u64, written);
    assert!(orders.iter().all(|(order, _)| *order == orders[0].0), "all readers saw the same order");
    let head = pools[3].keep().head().await.unwrap();
    assert_eq!(head, written);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_judgements_on_the_same_head_one_counts() {
    let shop = Shop::open().await;
    let invitation = shop.invite("李雪梅", &[Role::Reporter]).await;
    let pools = pools(&shop, 2).await;

    for turn in 0..20_u8 {
        let head = pools[0].keep().head().await.unwrap();
        let batch = |seed: u8| Batch {
            expect_head: Some(head),
            records: vec![next(&mut Laptop::new(seed, &invitation))],
            ..Batch::default()
        };
        let (one, two) = tokio::join!(
            pools[0].keep().commit(batch(2 * turn + 1)),
            pools[1].keep().commit(batch(2 * turn + 2))
        );

        let refused = if one.is_ok() { two } else { one };
        assert!(matches!(refused, Err(PoolError::Moved)), "{refused:?}");
        assert_eq!(pools[1].keep().head().await.unwrap(), head + 1);
    }
}

#[tokio::test]
async fn who_waits_at_one_process_learns_at_once_what_another_took_in() {
    let shop = Shop::open().await;
    let other = shop.another().await;
    let (mut writer, mut reader) =
        (shop.hire(1, &[Role::Reporter]).await, shop.hire(2, &[Role::Editor]).await);
    reader.url = other.url();
    let mut waits_ms = Vec::new();

    for _ in 0..10 {
        let head = writer.hello().await.head;
        let asked = reader.http.get(format!("{}/v1/wait?after={head}", reader.url));
        let waiting = tokio::spawn(asked.bearer_auth(&reader.token).send());
        tokio::time::sleep(Duration::from_millis(150)).await;
        let record = writer.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1]);
        let sent = Instant::now();
        writer.push(&[record]).await;
        let answer: WaitAnswer = read(waiting.await.unwrap().unwrap()).await.unwrap();
        waits_ms.push(sent.elapsed().as_millis());
        assert_eq!(answer.head, head + 1);
    }

    waits_ms.sort_unstable();
    println!("news from another process after {waits_ms:?} ms");
    assert!(waits_ms[5] < 500, "the database tells, nobody waits for the next look: {waits_ms:?}");
    other.stop().await;
}

#[tokio::test]
async fn every_process_says_on_what_it_stands_and_none_alone_begins_an_epoch() {
    let mut shop = Shop::open().await;
    let other = shop.another().await;
    let settings =
        Settings { data: shop.data(), storage: store::storage(&shop.data()), ..Settings::default() };
    let page: serde_json::Value =
        reqwest::get(format!("{}/health", other.url())).await.unwrap().json().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;

    let early = Pool::new_epoch(&settings).await;
    other.stop().await;
    shop.server.take().unwrap().stop().await;
    let mut late = Pool::new_epoch(&settings).await;
    for _ in 0..50 {
        if late.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        late = Pool::new_epoch(&settings).await;
    }

    assert_eq!((page["storage"].as_str(), page["epoch"].as_u64()), (Some("postgres"), Some(1)));
    assert!(matches!(early, Err(PoolError::ServedElsewhere)), "{early:?}");
    assert_eq!(late.unwrap(), 2);
}

#[tokio::test]
async fn a_key_of_another_pool_opens_nothing_and_no_secret_is_shown() {
    let shop = Shop::open().await;
    let storage = store::storage(&shop.data());
    let mut settings = Settings { data: shop.data(), storage: storage.clone(), ..Settings::default() };
    let other = shop.dir.path().join("other.key");
    std::fs::write(&other, hex_of([9; 32])).unwrap();
    settings.storage.key_file = Some(other);

    let refused = Pool::open(settings).await.err();

    assert!(matches!(refused, Some(PoolError::BadConfig { .. })), "{refused:?}");
    assert!(!format!("{storage:?}").contains("satchel@"), "an address may hold a password: {storage:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_reached_by_tls_and_scram_under_its_own_authority_and_no_other() {
    let shop = Shop::open().await;
    let mut settings =
        Settings { data: shop.data(), storage: store::storage(&shop.data()), ..Settings::default() };
    let made = format!("CREATE ROLE sealed SUPERUSER LOGIN PASSWORD '{}'", store::postgres().password);
    let scram = "SET password_encryption = 'scram-sha-256'";
    store::postgres().query("postgres", &format!("{scram}; {made}")).unwrap();
    let address = &mut settings.storage.postgres.0;
    *address = address.replace("sslmode=disable", "sslmode=require").replace("satchel@", "sealed@");

    let stranger = Pool::open(settings.clone()).await.err();
    settings.storage.postgres_ca_file = Some(store::postgres().authority());
    let opened = Pool::open(settings).await.unwrap();

    assert!(matches!(stranger, Some(PoolError::Away { .. })), "{stranger:?}");
    let database = store::database(&shop.data());
    let sql = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND datname = ";
    let lines = store::postgres().query("postgres", &format!("{sql}'{database}'")).unwrap();
    assert_ne!(lines, ["0"], "the line is sealed");
    assert_eq!(opened.facts(), shop.server().pool.facts());
}

#[test]
fn a_process_that_keeps_no_files_takes_its_key_and_passwords_from_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    crate::process::init(&data);
    let key = std::fs::read_to_string(data.join("pool.key")).unwrap();
    let text = std::fs::read_to_string(store::file(&data)).unwrap();
    let bare: Vec<&str> =
        text.lines().filter(|line| !line.contains("-file") && !line.starts_with("data")).collect();
    let settings = dir.path().join("bare.toml");
    std::fs::write(&settings, bare.join("\n")).unwrap();
    let people = |key: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_satchel-pool"))
            .args(["people", "--data", "nowhere", "--config"])
            .arg(&settings)
            .env("SATCHEL_POOL_KEY", key)
            .env("PGPASSWORD", &store::postgres().password)
            .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
            .current_dir(dir.path())
            .output()
            .unwrap()
    };

    let (done, refused) = (people(&key), people(&hex_of([9; 32])));

    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!dir.path().join("nowhere").exists(), "nothing is kept");
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("pool.bad-config"));
}

fn hex_of(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
