//! Material in the object store: what is promised was read back, and wrong bytes are nobody's bytes.

use std::path::Path;
use std::time::{Duration, Instant};

use satchel_pool::{Pool, Server, Settings};
use satchel_terms::{Hash, Role};
use satchel_testkit::{Fault, Proxy};
use satchel_wire::protocol::{HaveAnswer, HaveAsk};
use satchel_wire::{Bitmap, Manifest, SEGMENT};

use crate::laptop::{Laptop, read};
use crate::shop::Shop;
use crate::store;

/// Bytes that differ everywhere.
pub fn material(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// A centre whose object store is reached over a line that can be broken.
async fn over(proxy: &Proxy) -> (Shop, Laptop) {
    let dir = tempfile::tempdir().unwrap();
    store::set_up(&dir.path().join("pool"), store::postgres(), &proxy.url());
    let shop = Shop::open_in(dir).await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    (shop, laptop)
}

fn bucket(data: &Path) -> String {
    store::storage(data).s3.bucket
}

async fn begin(laptop: &Laptop, file: &[u8]) -> Hash {
    let manifest = Manifest::of(file).unwrap();
    let at = format!("/v1/blobs/{}/manifest?len={}", manifest.root, file.len());
    assert!(laptop.put(&at, manifest.to_bytes()).await.status().is_success());
    manifest.root
}

async fn send(laptop: &Laptop, root: Hash, file: &[u8], from: usize, to: usize) -> reqwest::Response {
    let segment = SEGMENT as usize;
    let bytes = file[from * segment..(to * segment).min(file.len())].to_vec();
    laptop.put(&format!("/v1/blobs/{root}/segments/{from}-{to}"), bytes).await
}

async fn have(laptop: &Laptop, root: Hash) -> HaveAnswer {
    read(laptop.post("/v1/blobs/have", &HaveAsk { roots: vec![root] }).await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn material_of_several_slabs_in_small_runs_leaves_nothing_but_the_slabs() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(150 * SEGMENT as usize + 777, 1);
    let root = begin(&laptop, &file).await;
    let started = Instant::now();

    for from in (0..151).step_by(7).collect::<Vec<_>>().into_iter().rev() {
        assert!(send(&laptop, root, &file, from, (from + 7).min(151)).await.status().is_success());
    }

    println!("{} bytes up in runs of seven segments: {:.1} s", file.len(), started.elapsed().as_secs_f32());
    assert_eq!(have(&laptop, root).await.have, [root]);
    let down = laptop.get(&format!("/v1/blobs/{root}")).await;
    assert!(down.bytes().await.unwrap() == file);
    let keys = store::s3().keys(&bucket(&shop.data())).unwrap();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| key.starts_with("county/blobs/") && key.contains(&root.to_string())));
    let loose = store::postgres().query(&store::database(&shop.data()), "SELECT count(*) FROM loose_object");
    assert_eq!(loose.unwrap(), ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_now_and_then_is_asked_again() {
    let proxy = Proxy::start(([127, 0, 0, 1], store::s3().port).into()).unwrap();
    let (_shop, laptop) = over(&proxy).await;
    let file = material(9 * SEGMENT as usize + 5, 2);
    proxy.clear();
    for (nth, fault) in [
        (1, Fault::ServerErrorAfterWork),
        (2, Fault::HangUp),
        (4, Fault::DropAnswer),
        (6, Fault::ServerErrorAfterWork),
        (7, Fault::Busy(1)),
        (9, Fault::CutAnswerAfter(300)),
        (11, Fault::Delay(Duration::from_millis(700))),
    ] {
        proxy.also_at(nth, fault);
    }

    let root = begin(&laptop, &file).await;
    for from in 0..10 {
        let sent = send(&laptop, root, &file, from, from + 1).await;
        assert!(sent.status().is_success(), "segment {from}: {}", sent.text().await.unwrap());
    }

    assert_eq!(have(&laptop, root).await.have, [root]);
    assert!(laptop.get(&format!("/v1/blobs/{root}")).await.bytes().await.unwrap() == file);
    assert_eq!(proxy.fired(), 7, "every fault was met");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_named_and_nothing_is_promised() {
    let proxy = Proxy::start(([127, 0, 0, 1], store::s3().port).into()).unwrap();
    let (_shop, laptop) = over(&proxy).await;
    let file = material(3 * SEGMENT as usize, 3);
    let root = begin(&laptop, &file).await;

    for fault in [Fault::HangUp, Fault::ServerErrorAfterWork, Fault::HtmlPage] {
        proxy.always(fault.clone());
        let refused = send(&laptop, root, &file, 0, 3).await;
        let status = refused.status();
        let problem = read::<HaveAnswer>(refused).await.unwrap_err();
        assert_eq!(
            (status.as_u16(), problem.code.as_str()),
            (503, "pool.store-away"),
            "{fault:?}: {problem:?}"
        );
        assert!(have(&laptop, root).await.have.is_empty(), "{fault:?}");
    }
    proxy.clear();
    let again = send(&laptop, root, &file, 0, 3).await;

    assert!(again.status().is_success() || have(&laptop, root).await.have == [root]);
    assert!(laptop.get(&format!("/v1/blobs/{root}")).await.bytes().await.unwrap() == file);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_lost_before_it_was_promised_is_asked_for_again() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(12 * SEGMENT as usize, 4);
    let root = begin(&laptop, &file).await;
    for from in [0, 4] {
        assert!(send(&laptop, root, &file, from, from + 4).await.status().is_success());
    }
    let bucket = bucket(&shop.data());
    let keys = store::s3().keys(&bucket).unwrap();
    let broken = keys.iter().find(|key| key.contains("/4-8.")).unwrap();
    let mut bytes = store::s3().get(&bucket, broken).unwrap();
    bytes[300_000] ^= 1;
    store::s3().put(&bucket, broken, &bytes).unwrap();

    let refused = send(&laptop, root, &file, 8, 12).await;
    let problem = read::<HaveAnswer>(refused).await.unwrap_err();
    assert_eq!(problem.code, "pool.store-damaged");
    let held = have(&laptop, root).await;
    let bits = Bitmap::from_bytes(12, &hex::decode(&held.partial[&root]).unwrap());
    let missing: Vec<u64> = (0..12).filter(|index| !bits.has(*index)).collect();
    assert_eq!(missing, [4, 5, 6, 7], "only what the broken object had");
    assert!(send(&laptop, root, &file, 4, 8).await.status().is_success());

    assert_eq!(have(&laptop, root).await.have, [root]);
    assert!(laptop.get(&format!("/v1/blobs/{root}")).await.bytes().await.unwrap() == file);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_of_the_store_reach_no_laptop() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(20 * SEGMENT as usize, 5);
    let root = laptop.upload(&file).await;
    let bucket = bucket(&shop.data());
    let key = store::s3().keys(&bucket).unwrap().remove(0);
    let good = store::s3().get(&bucket, &key).unwrap();
    let ask = |range: &'static str| {
        let ask = laptop.http.get(format!("{}/v1/blobs/{root}", laptop.url)).bearer_auth(&laptop.token);
        ask.header("range", range).send()
    };

    let (mut flipped, short) = (good.clone(), good[..good.len() - 70_000].to_vec());
    flipped[5_000_000] ^= 0x10;
    for wrong in [flipped, short, b"<html>another server</html>".to_vec()] {
        store::s3().put(&bucket, &key, &wrong).unwrap();
        let got = match laptop.get(&format!("/v1/blobs/{root}")).await.bytes().await {
            Ok(bytes) => bytes.to_vec(),
            Err(_) => Vec::new(),
        };
        assert!(got.len() < file.len() && file.starts_with(&got), "what arrives is right as far as it goes");
    }
    let (flipped_only, untouched) = ("bytes=4999000-5000999", "bytes=100-199");
    let mut wrong = good.clone();
    wrong[5_000_000] ^= 0x10;
    store::s3().put(&bucket, &key, &wrong).unwrap();
    assert!(ask(flipped_only).await.unwrap().bytes().await.is_err());
    assert_eq!(ask(untouched).await.unwrap().bytes().await.unwrap(), file[100..200]);
    store::s3().put(&bucket, &key, &good).unwrap();

    assert!(laptop.get(&format!("/v1/blobs/{root}")).await.bytes().await.unwrap() == file);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_unsealed_is_sealed_by_the_next() {
    let proxy = Proxy::start(([127, 0, 0, 1], store::s3().port).into()).unwrap();
    let (mut shop, mut laptop) = over(&proxy).await;
    let file = material(8 * SEGMENT as usize, 6);
    let root = begin(&laptop, &file).await;
    for from in [0, 2, 4] {
        assert!(send(&laptop, root, &file, from, from + 2).await.status().is_success());
    }
    // The last run is taken, and reading back fails: as if the process had died before sealing.
    proxy.clear();
    for nth in 2..60 {
        proxy.also_at(nth, Fault::HangUp);
    }
    let refused = send(&laptop, root, &file, 6, 8).await;
    assert_eq!(read::<HaveAnswer>(refused).await.unwrap_err().code, "pool.store-away");
    proxy.clear();
    shop.restart(&mut [&mut laptop]).await;

    for _ in 0..100 {
        let state = shop.server().pool.keep().totals().await.unwrap();
        if state.blobs == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    assert_eq!(shop.server().pool.keep().totals().await.unwrap().blobs, 1, "nobody had to ask");
    assert!(laptop.get(&format!("/v1/blobs/{root}")).await.bytes().await.unwrap() == file);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_told_when_a_pool_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    let mut storage = store::storage(&data);
    storage.s3.bucket = "nobody-made-it".into();
    let settings = Settings { data: data.clone(), storage, ..Settings::default() };

    let refused = Pool::found_on(&settings, "县融媒体中心").await.unwrap_err();
    let unmade = Server::start(settings).await.err().map(|error| error.to_string());

    assert!(refused.to_string().contains("object store"), "{refused}");
    assert!(unmade.unwrap().contains("no pool"), "nothing half was made");
}
