//! The exchange by itself: news, silence, return, blobs over a bad cable.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Cable, KEY, STORY, join, noise, pool, start};
use satchel_store::{Direction, Library, TransferFilter, TransferRow, TransferState};
use satchel_sync::{Happened, want_upload};
use satchel_terms::ClipId;

const CLIP: ClipId = ClipId([8; 16]);

fn up(laptop: &common::Laptop) -> TransferRow {
    let filter = TransferFilter { direction: Some(Direction::Up), ..TransferFilter::default() };
    laptop.library.transfers(&filter).unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_one_laptop_reaches_the_other_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    let (driver, other) = (anna.drive(), bo.drive());
    anna.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;
    bo.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;

    anna.write("a1");
    driver.now();

    anna.hears("the push", |news| *news == Happened::Pushed { records: 1 }).await;
    bo.hears("the text", |news| matches!(news, Happened::Took { stories, .. } if stories.contains(&STORY)))
        .await;
    assert_eq!(bo.texts(), ["a1"]);
    driver.stop().await;
    other.stop().await;
    server.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_line_on_which_a_laptop_waits_is_probed_by_the_system() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let driver = anna.drive();
    anna.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;
    let far = format!(":{:04X}", server.address.port());

    // As the system lists it: whose far end, and behind 02 when the next probe is due, in hundredths of a second.
    let due = || {
        let listed = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut lines =
            listed.lines().map(words).filter(|line| line.get(2).is_some_and(|end| end.ends_with(&far)));
        lines.find_map(|line| u64::from_str_radix(line[5].strip_prefix("02:")?, 16).ok())
    };
    let mut found = None;
    for _ in 0..100 {
        found = found.or_else(due);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    assert!((1..=6_000).contains(&found.unwrap()), "{found:?} hundredths of a second");
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_goes_and_comes_back_is_told_once_each() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let address = server.address.to_string();
    let driver = anna.drive();
    anna.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;

    server.stop().await;
    driver.now();
    anna.hears("the silence", |news| matches!(news, Happened::PoolLost { code: "sync.unreachable" })).await;
    assert!(!driver.contact().is_online);
    anna.write("written alone");
    anna.forget_news();
    let server = start(dir.path(), &address).await;

    anna.hears("the return", |news| matches!(news, Happened::PoolReached { .. })).await;
    anna.hears("the push", |news| matches!(news, Happened::Pushed { records: 1 })).await;
    let returns = |news: &&Happened| matches!(news, Happened::PoolReached { .. });
    assert_eq!(anna.news.lock().unwrap().iter().filter(returns).count(), 1);
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_exchange_sends_nothing_and_goes_on_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let driver = anna.drive();
    anna.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;
    driver.pause();
    tokio::time::sleep(Duration::from_millis(100)).await;

    anna.write("later");
    driver.now();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(anna.library.unpushed(anna.identity.device).unwrap(), 1);

    driver.resume();
    anna.hears("the push", |news| matches!(news, Happened::Pushed { records: 1 })).await;
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_arrives_over_a_cable_that_is_cut_again_and_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let cable = Cable::to(&server).await;
    anna.reroute(cable.url.clone());
    let bytes = noise(12 << 20);
    let root = anna.library.blobs().put_bytes(&bytes).unwrap();
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    let driver = anna.drive();
    anna.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;

    let mut cuts = 0;
    while up(&anna).state != TransferState::Pooled {
        assert!(cuts < 200, "it gets there: {:?}", up(&anna));
        if cuts < 5 {
            cable.cut_in(2 << 20);
        }
        cuts += 1;
        driver.now();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }

    anna.hears(
        "the pool's word",
        |news| matches!(news, Happened::BlobPooled { root: it, .. } if *it == root),
    )
    .await;
    let excess = cable.up() - bytes.len() as u64;
    println!("{cuts} looks, {excess} bytes more than the blob");
    assert!(excess < 8 << 20, "only what a cut destroyed is sent again: {excess}");
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_the_program_was_gone() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let mut anna = join(&server, "王敏").await;
    let cable = Cable::to(&server).await;
    anna.reroute(cable.url.clone());
    let root = anna.library.blobs().put_bytes(&noise(6 << 20)).unwrap();
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    let driver = anna.drive();
    anna.hears("some progress", |news| matches!(news, Happened::BlobMoved { done, .. } if *done > 0)).await;
    driver.stop().await;
    let sent = cable.up();
    anna.library = Arc::new(Library::create(tempfile::tempdir().unwrap().path(), &KEY).unwrap()); // lets go of the old one
    anna.library = Arc::new(Library::open(anna.dir.path(), &KEY).unwrap());
    assert_ne!(up(&anna).state, TransferState::Failed);

    let driver = anna.drive();
    anna.hears("the pool's word", |news| matches!(news, Happened::BlobPooled { .. })).await;

    println!("{sent} bytes before, {} after", cable.up() - sent);
    assert_eq!(up(&anna).state, TransferState::Pooled);
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_files_and_originals_come_down_verified() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    let (thumb, original) = (noise(30_000), noise(3_000_001));
    let (driver, other) = (anna.drive(), bo.drive());
    for (bytes, is_derived) in [(&thumb, true), (&original, false)] {
        let root = anna.library.blobs().put_bytes(bytes).unwrap();
        want_upload(&anna.library, &root, is_derived, CLIP).unwrap();
        driver.now();
        anna.hears(
            "the pool's word",
            |news| matches!(news, Happened::BlobPooled { root: it, .. } if *it == root),
        )
        .await;
        let row = TransferRow::waiting(root, Direction::Down, 2, bytes.len() as u64, CLIP.0);
        bo.library.transfer_want(&row).unwrap();
        other.now();
        bo.hears("its arrival", |news| matches!(news, Happened::BlobHere { root: it, .. } if *it == root))
            .await;
        assert_eq!(std::fs::read(bo.library.blobs().path(&root)).unwrap(), *bytes);
    }
    driver.stop().await;
    other.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_lane_keeps_originals_at_home() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let (small, large) = (noise(1000), noise(2000));
    let driver = anna.drive();
    driver.set_lanes(1);
    for (bytes, is_derived) in [(&large, false), (&small, true)] {
        let root = anna.library.blobs().put_bytes(bytes).unwrap();
        want_upload(&anna.library, &root, is_derived, CLIP).unwrap();
    }
    driver.now();
    anna.hears("the small one", |news| matches!(news, Happened::BlobPooled { .. })).await;
    tokio::time::sleep(Duration::from_millis(200)).await;

    let waiting = TransferFilter { state: Some(TransferState::Waiting), ..TransferFilter::default() };
    assert_eq!(anna.library.transfers(&waiting).unwrap().len(), 1);

    driver.set_lanes(2);
    anna.hears("the original", |news| {
        matches!(news, Happened::BlobPooled { root, .. } if anna.library.blobs().len(root).unwrap() == 2000)
    })
    .await;
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_on_the_shelf_is_never_sent_under_its_old_name() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let root = anna.library.blobs().put_bytes(&noise(400_000)).unwrap();
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    std::fs::write(anna.library.blobs().path(&root), noise(400_001)).unwrap();

    let driver = anna.drive();

    anna.hears("the change", |news| matches!(news, Happened::NeedsYou { code: "sync.source-changed", .. }))
        .await;
    assert_eq!(up(&anna).state, TransferState::Failed);
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_line_is_noticed_and_taken_up_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let cable = Cable::to(&server).await;
    anna.reroute(cable.url.clone());
    let driver = anna.drive();
    anna.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;
    cable.freeze(true);

    anna.write("a1");
    driver.now();
    anna.hears("the silence", |news| matches!(news, Happened::PoolLost { code: "sync.silent" })).await;
    cable.freeze(false);
    driver.now();

    anna.hears("the push", |news| matches!(news, Happened::Pushed { records: 1 })).await;
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_rotted_at_the_pool_never_reaches_the_shelf() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    let bytes = noise(1_000_000);
    let root = anna.library.blobs().put_bytes(&bytes).unwrap();
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    let driver = anna.drive();
    anna.hears("the pool's word", |news| matches!(news, Happened::BlobPooled { .. })).await;
    let at_pool = find(dir.path(), &root.to_string()).unwrap();
    let mut rotten = bytes.clone();
    rotten[700_000] ^= 1;
    std::fs::write(&at_pool, &rotten).unwrap();

    bo.library.transfer_want(&TransferRow::waiting(root, Direction::Down, 2, 1_000_000, CLIP.0)).unwrap();
    let other = bo.drive();
    let failed = || bo.library.sync_log("sync.bad-segment", 1).unwrap().len() == 1;
    for _ in 0..200 {
        if failed() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(failed(), "the rotten segment is named in the log");
    assert!(!bo.library.blobs().has(&root));

    std::fs::write(&at_pool, &bytes).unwrap();
    other.now();
    bo.hears("its arrival", |news| matches!(news, Happened::BlobHere { .. })).await;
    driver.stop().await;
    other.stop().await;
    server.stop().await;
}

/// The file of a blob somewhere under the pool's folder.
fn find(folder: &std::path::Path, name: &str) -> Option<std::path::PathBuf> {
    std::fs::read_dir(folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { find(&path, name) } else { (path.file_name().unwrap() == name).then_some(path) }
    })
}
