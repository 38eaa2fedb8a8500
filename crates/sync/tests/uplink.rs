//! The way up over a bad line: text first, the person's limit, originals that wait, sources that change.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{join, noise, pool, quick};
use satchel_store::{Direction, TransferFilter, TransferState};
use satchel_sync::{Client, Happened, Rules, want_upload};
use satchel_terms::ClipId;
use satchel_testkit::{Dice, Link, LinkPlan};

const CLIP: ClipId = ClipId([8; 16]);

fn is_pooled(news: &Happened) -> bool {
    matches!(news, Happened::BlobPooled { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_never_delayed_behind_originals() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let plan = LinkPlan { delay: Duration::from_millis(30), ..LinkPlan::village(21) };
    let link = Link::lay(server.address, plan.at_rate(2_000_000)).unwrap();
    anna.reroute(link.url());
    let original = noise(6 << 20); // half a minute of this line
    let root = anna.library.blobs().put_bytes(&original).unwrap();
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    let driver = anna.drive();
    anna.hears(
        "the original on its way",
        |news| matches!(news, Happened::BlobMoved { done, .. } if *done > 0),
    )
    .await;
    assert!(link.taken() >= 5, "streams of its own, and a line for text: {}", link.taken());

    for words in ["one", "two", "three"] {
        anna.forget_news();
        let before = link.went_up();
        anna.write(words);
        driver.now();
        anna.hears("the text", |news| matches!(news, Happened::Pushed { records: 1 })).await;
        let between = link.went_up() - before;
        println!("{words}: {between} bytes went up before the pool held the text");
        assert!(between < 2 << 20, "not behind the original: {between}");
        assert!(!anna.news.lock().unwrap().iter().any(is_pooled), "the original is still under way");
    }
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_kept_by_material_and_not_by_text() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let root = anna.library.blobs().put_bytes(&noise(1 << 20)).unwrap();
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    let started = Instant::now();
    let driver = anna.drive();
    driver.set_limit(Some(256 << 10));
    anna.write("a word");
    driver.now();
    anna.hears("the text", |news| matches!(news, Happened::Pushed { .. })).await;
    assert!(!anna.news.lock().unwrap().iter().any(is_pooled), "text does not wait for the limit");

    anna.hears("the original", is_pooled).await;

    // four seconds at this limit, less the half second that may gather and the portions that go first
    assert!(started.elapsed() >= Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(driver.goodput().is_some_and(|rate| rate < 400 << 10), "{:?}", driver.goodput());
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metered_line_carries_originals_only_when_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let (large, small) = (noise(300_000), noise(1_000));
    let [large, small] = [large, small].map(|bytes| anna.library.blobs().put_bytes(&bytes).unwrap());
    let driver = anna.drive();
    driver.set_rules(Rules { is_metered: true, ..Rules::default() });
    want_upload(&anna.library, &large, false, CLIP).unwrap();
    want_upload(&anna.library, &small, true, CLIP).unwrap();
    driver.now();
    anna.hears("the small one", is_pooled).await;
    let waiting = TransferFilter { state: Some(TransferState::Waiting), ..TransferFilter::default() };
    assert_eq!(anna.library.transfers(&waiting).unwrap()[0].root, large);

    assert!(anna.library.transfer_hurry(large, Direction::Up, true).unwrap());
    driver.now();

    anna.hears("the original", |news| matches!(news, Happened::BlobPooled { root, .. } if *root == large))
        .await;
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_goes_on_where_it_was() {
    // sync.md 7.1, invariant 23, the part of the line: what is sent again is bounded by the streams
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let plan = LinkPlan { delay: Duration::from_millis(5), ..LinkPlan::village(23) };
    let link = Link::lay(server.address, plan.at_rate(40_000_000)).unwrap();
    anna.reroute(link.url());
    let bytes = noise(16 << 20);
    let root = anna.library.blobs().put_bytes(&bytes).unwrap();
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    let driver = anna.drive();
    anna.hears("the pool", |news| matches!(news, Happened::PoolReached { .. })).await;
    let mut cuts = 0_u64;
    while !anna.news.lock().unwrap().iter().any(is_pooled) {
        if cuts < 4 && link.went_up() > (cuts + 1) * (3 << 20) {
            link.cut();
            cuts += 1;
        }
        driver.now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(link.went_up() < 64 << 20, "it gets there");
    }

    let again = link.went_up() - bytes.len() as u64;
    println!("{cuts} cuts, {again} bytes more than the blob");
    assert!(again <= cuts * 16 * (256 << 10) + (1 << 20), "{again} bytes again after {cuts} cuts");
    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_while_it_goes_up_is_never_attached_under_its_old_name() {
    // sync.md 7.1, invariant 27: 200 trials; `SOURCES` asks for more of them, `SEED` repeats a run
    let number = |name: &str, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let (seed, trials) = (number("SEED", now as u64), number("SOURCES", 200));
    println!("SEED={seed} SOURCES={trials}");
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let line = anna.library.pool().unwrap().unwrap();
    let client = Arc::new(Client::new(&line, &anna.identity, &quick()).unwrap());
    let driver = anna.drive();
    let (mut whole, mut flagged) = ([0_u64; 4], [0_u64; 4]);
    for trial in 0..trials {
        let length = dice.between(1, 900_000);
        let mut bytes = vec![0; usize::try_from(length).unwrap()];
        dice.fill(&mut bytes);
        bytes.extend(trial.to_le_bytes());
        let root = anna.library.blobs().put_bytes(&bytes).unwrap();
        let path = anna.library.blobs().path(&root);
        want_upload(&anna.library, &root, false, CLIP).unwrap();
        driver.now();
        tokio::time::sleep(Duration::from_micros(dice.mostly_small(0, 90_000) as u64)).await;
        let kind = change(&path, length, &mut dice);
        let state = loop {
            let rows = anna.library.transfers(&TransferFilter::default()).unwrap();
            let row = rows.into_iter().find(|row| row.root == root).unwrap();
            if matches!(row.state, TransferState::Pooled | TransferState::Failed) {
                break row.state;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        let is_at_pool = client.have(&[root]).await.unwrap().have.contains(&root);
        assert_eq!(is_at_pool, state == TransferState::Pooled, "trial {trial}");
        if is_at_pool {
            let there = client.range(&root, 0, bytes.len() as u64).await.unwrap();
            assert!(there == bytes, "trial {trial}: the pool holds what the name says");
            whole[kind] += 1;
        } else {
            flagged[kind] += 1;
        }
    }
    println!(
        "cut off, overwritten, grown, replaced: {whole:?} were whole before that, {flagged:?} were flagged"
    );
    assert!(flagged.iter().sum::<u64>() > 0 && whole.iter().chain(&flagged).sum::<u64>() == trials);
    driver.stop().await;
    server.stop().await;
}

/// Changes a file of the shelf in one of four ways: cut off, overwritten, grown, replaced.
fn change(path: &Path, length: u64, dice: &mut Dice) -> usize {
    let kind = dice.below(4);
    let write = || OpenOptions::new().write(true).open(path).unwrap();
    match kind {
        0 => write().set_len(dice.between(0, length)).unwrap(),
        1 => {
            let mut file = write();
            file.seek(SeekFrom::Start(dice.between(0, length - 1))).unwrap();
            file.write_all(b"another picture").unwrap();
        }
        2 => {
            let mut more = vec![0; dice.mostly_small(1, 600_000)];
            dice.fill(&mut more);
            OpenOptions::new().append(true).open(path).unwrap().write_all(&more).unwrap();
        }
        _ => {
            let mut other = vec![0; usize::try_from(length).unwrap() + 4]; // of the same length
            dice.fill(&mut other);
            let beside = path.with_extension("beside");
            std::fs::write(&beside, other).unwrap();
            std::fs::rename(&beside, path).unwrap();
        }
    }
    kind
}
