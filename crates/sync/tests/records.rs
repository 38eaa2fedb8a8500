//! Records between laptops through a real pool.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::Arc;

use common::{Cable, KEY, Laptop, STORY, join, pool, quick, sealed, start};
use satchel_failure::Explain as _;
use satchel_pool::{Pool, Server, Settings};
use satchel_store::{Library, PoolLine};
use satchel_sync::{Control, Habits, run_once};
use satchel_terms::NewsroomId;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_laptop_writes_the_other_reads_in_the_pools_order() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    anna.write("a1");
    anna.write("a2");
    bo.write("b1");

    let first = anna.round().await;
    let second = bo.round().await;
    let third = anna.round().await;

    assert_eq!((first.pushed, second.pushed, third.pushed), (2, 1, 0));
    assert!(second.took >= 2 && second.stories.contains(&STORY) && second.quarantined == 0);
    assert!(third.took >= 1);
    bo.round().await;
    assert_eq!(anna.texts(), ["a1", "a2", "b1"]);
    assert_eq!(bo.texts(), anna.texts());
    assert_eq!(anna.library.unpushed(anna.identity.device).unwrap(), 0);

    let idle = anna.round().await;
    assert_eq!((idle.took, idle.pushed, idle.quarantined), (0, 0, 0), "a second round moves nothing");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_records_travel_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    for number in 0..700 {
        anna.write(&format!("{number} {}", "字".repeat(1000)));
    }

    assert_eq!(anna.round().await.pushed, 700);
    let line = bo.library.pool().unwrap().unwrap();
    let small_pages = Habits { page_bytes: 100_000, ..quick() };
    run_once(&bo.library, &bo.identity, &line, &small_pages, &Control::default()).await.unwrap();

    assert_eq!(bo.texts().len(), 700);
    assert!(bo.texts().iter().enumerate().all(|(place, text)| text.starts_with(&format!("{place} "))));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_push_never_holds_up_the_pull() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    anna.write("a1");
    anna.round().await;
    let strange = sealed(&bo.library, &bo.identity, NewsroomId([0xee; 16]), "of another centre");
    bo.library.append_own(&strange, &[]).unwrap();
    bo.write("after it");

    let report = bo.round().await;

    assert_eq!(report.push_error.unwrap().code(), "sync.push-stuck");
    assert_eq!(report.rejected[0], (strange.id(), "pool.other-newsroom".to_owned()));
    assert!(report.pull_error.is_none());
    assert!(bo.texts().contains(&"a1".to_owned()));
    server.stop().await;
}

/// A copy of a laptop's disk from when it had written one record, which then wrote another second one.
fn clone_that_wrote_otherwise(laptop: &Laptop, dir: &std::path::Path) -> Arc<Library> {
    let clone = Arc::new(Library::create(dir, &KEY).unwrap());
    clone.set_pool(&PoolLine { cursor: 0, ..laptop.library.pool().unwrap().unwrap() }).unwrap();
    let one = laptop.library.records_of(STORY.0, &[]).unwrap().remove(0).record;
    clone.append_own(&one, &[]).unwrap();
    clone.append_own(&sealed(&clone, &laptop.identity, laptop.identity.newsroom, "otherwise"), &[]).unwrap();
    clone
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloned_laptop_is_told_of_the_fork_and_still_reads() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    anna.write("a1");
    anna.round().await;
    let clone_dir = tempfile::tempdir().unwrap();
    let clone = clone_that_wrote_otherwise(&anna, clone_dir.path());
    anna.write("a2");
    anna.round().await;
    bo.write("b1");
    bo.round().await;

    let line = clone.pool().unwrap().unwrap();
    let report = run_once(&clone, &anna.identity, &line, &quick(), &Control::default()).await.unwrap();

    assert_eq!(report.push_error.unwrap().code(), "sync.fork");
    assert!(report.pull_error.is_none() && report.took >= 1, "reading goes on");
    assert_eq!(report.quarantined, 1, "the other chain is kept apart");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_that_wrote_less_than_the_pool_holds_is_told_too_and_believes_nothing_pushed() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    anna.write("a1");
    anna.round().await;
    let clone_dir = tempfile::tempdir().unwrap();
    let clone = clone_that_wrote_otherwise(&anna, clone_dir.path());
    for words in ["a2", "a3", "a4"] {
        anna.write(words);
    }
    anna.round().await;

    let line = clone.pool().unwrap().unwrap();
    let report = run_once(&clone, &anna.identity, &line, &quick(), &Control::default()).await.unwrap();

    assert_eq!(report.push_error.unwrap().code(), "sync.fork");
    assert_eq!(report.quarantined, 3, "the other chain is kept apart, all of it");
    let waiting = clone.unpushed(anna.identity.device).unwrap();
    assert_eq!(
        waiting, 1,
        "what both had is in the pool's order; of the other chain nothing counts as acknowledged"
    );
    let again = run_once(&clone, &anna.identity, &line, &quick(), &Control::default()).await.unwrap();
    assert_eq!(again.push_error.unwrap().code(), "sync.fork", "also when the feed is read");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restored_pool_lost_comes_back_from_those_who_read_it() {
    let Restored { server, bo, _dir, .. } = Restored::with_one_record_lost().await;
    bo.reroute(server.url());

    bo.round().await; // the laptop of the author never comes back
    let cleo = join(&server, "韩梅").await;
    cleo.round().await;

    assert_eq!(cleo.texts(), ["a1", "a2"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_that_lost_its_library_gets_its_own_records_back_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let mut anna = join(&server, "王敏").await;
    anna.write("a1");
    anna.write("a2");
    anna.round().await;
    let new_dir = tempfile::tempdir().unwrap();
    let empty = Arc::new(Library::create(new_dir.path(), &KEY).unwrap());
    empty.set_pool(&PoolLine { cursor: 0, ..anna.library.pool().unwrap().unwrap() }).unwrap();
    anna.library = empty;

    anna.round().await;
    anna.write("a3");
    let report = anna.round().await;

    assert_eq!(anna.texts(), ["a1", "a2", "a3"]);
    assert!(report.push_error.is_none() && report.pushed == 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_restored_from_a_backup_gets_everything_back() {
    let Restored { server, anna, bo, _dir } = Restored::with_one_record_lost().await;
    anna.reroute(server.url());
    bo.reroute(server.url());

    let report = anna.round().await;

    assert!(report.is_new_epoch && report.pushed == 1, "{report:?}");
    bo.round().await;
    assert_eq!(bo.texts(), ["a1", "a2"]);
    let heads = bo.library.records_of(STORY.0, &[]).unwrap();
    assert!(heads.iter().all(|stored| stored.pool_seq.is_some()), "the new order is known");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_pool_at_the_same_address_changes_nothing() {
    let (dir, other_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (server, other) = (pool(dir.path()).await, pool(other_dir.path()).await);
    let anna = join(&server, "王敏").await;
    anna.write("a1");
    anna.round().await;
    let before = anna.library.pool().unwrap().unwrap();

    anna.reroute(other.url());
    let code = anna.try_round().await.unwrap_err().code();

    assert_eq!(code, "sync.not-our-pool");
    anna.reroute(server.url());
    assert_eq!(anna.library.pool().unwrap().unwrap(), before);
    assert_eq!(anna.texts(), ["a1"]);
    server.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_wrong_by_ten_years_exchange_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    for years in [-10_i64, 10] {
        anna.write("words");
        let line = anna.library.pool().unwrap().unwrap();
        let clock = Habits::default().clock;
        let habits = Habits { clock: Arc::new(move || clock() + years * 31_536_000_000), ..quick() };

        let report =
            run_once(&anna.library, &anna.identity, &line, &habits, &Control::default()).await.unwrap();

        assert_eq!(report.pushed, 1);
        assert!((report.offset_ms + years * 31_536_000_000).abs() < 60_000);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_cut_in_the_middle_of_a_push_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    let cable = Cable::to(&server).await;
    anna.reroute(cable.url.clone());
    for (number, part) in common::noise(60 * 4000).chunks(4000).enumerate() {
        anna.write(&format!("{number} {}", String::from_utf8_lossy(part)));
    }

    let mut rounds = 0;
    while anna.library.unpushed(anna.identity.device).unwrap() > 0 {
        cable.cut_in(40_000 * (rounds + 1));
        let _ = anna.try_round().await;
        rounds += 1;
        assert!(rounds < 60, "it gets there");
    }

    bo.round().await;
    assert!(rounds > 1, "the cable was cut");
    assert_eq!(bo.texts().len(), 60);
    server.stop().await;
}

/// A copy of a running pool as it is now.
/// A pool that was put back to the day before Anna's second record, which both laptops still have.
struct Restored {
    server: Server,
    anna: Laptop,
    bo: Laptop,
    _dir: tempfile::TempDir,
}

impl Restored {
    async fn with_one_record_lost() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = pool(dir.path()).await;
        let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
        anna.write("a1");
        anna.round().await;
        let copy = backup(dir.path());
        anna.write("a2");
        anna.round().await;
        bo.round().await;
        server.stop().await;
        let settings = Settings { data: copy.path().to_owned(), ..Settings::default() };
        Pool::new_epoch(&settings).await.unwrap();
        let server = start(copy.path(), "127.0.0.1:0").await;
        Self { server, anna, bo, _dir: copy }
    }
}

fn backup(pool: &std::path::Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(pool.join("pool.db")).unwrap();
    db.execute("VACUUM INTO ?1", [copy.path().join("pool.db").to_str().unwrap()]).unwrap();
    for entry in std::fs::read_dir(pool).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() && !name.starts_with("pool.db") && !name.ends_with(".lock") {
            std::fs::copy(&path, copy.path().join(name)).unwrap();
        }
    }
    copy
}
