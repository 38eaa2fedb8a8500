//! A pool that is put back from its own backup, and laptops that were further.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{join, noise, pool, start};
use satchel_pool::Settings;
use satchel_pool::backup::{backup, restore};

#[tokio::test(flavor = "multi_thread")]
async fn what_came_after_the_backup_comes_again_and_nothing_is_lost() {
    let (dir, to, new) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let settings = |data: &std::path::Path| Settings { data: data.to_owned(), ..Settings::default() };
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    for (number, part) in noise(40_000).chunks(1_000).enumerate() {
        anna.write(&format!("{number} {}", String::from_utf8_lossy(part)));
        if number % 8 == 0 {
            anna.round().await;
        }
        if number == 20 {
            backup(&settings(dir.path()), to.path(), true, 0).unwrap();
        }
    }
    anna.round().await;
    bo.write("b1");
    bo.round().await;
    server.stop().await;
    let before = bo.texts();

    let restored = restore(&settings(new.path()), to.path(), None).unwrap();
    assert_eq!(restored.epoch, 2);
    let server = start(new.path(), "127.0.0.1:0").await;
    for laptop in [&anna, &bo] {
        laptop.reroute(server.url());
        let report = laptop.round().await;
        assert!(
            report.is_new_epoch && report.push_error.is_none() && report.pull_error.is_none(),
            "{report:?}"
        );
    }
    let cleo = join(&server, "韩梅").await;
    anna.round().await;
    cleo.round().await;

    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    assert_eq!(before.len(), 41);
    assert_eq!(
        sorted(cleo.texts()),
        sorted(before),
        "a new laptop reads all of it from the pool that was put back"
    );
    assert_eq!(sorted(anna.texts()), sorted(cleo.texts()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_that_joined_after_the_backup_goes_on_as_if_the_pool_had_always_known_it() {
    let (dir, to, new) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let settings = |data: &std::path::Path| Settings { data: data.to_owned(), ..Settings::default() };
    let server = pool(dir.path()).await;
    let anna = join(&server, "王敏").await;
    anna.round().await;
    backup(&settings(dir.path()), to.path(), true, 0).unwrap();
    let cleo = join(&server, "韩梅").await;
    cleo.write("c1");
    cleo.round().await;
    server.stop().await;
    restore(&settings(new.path()), to.path(), None).unwrap();
    let server = start(new.path(), "127.0.0.1:0").await;
    cleo.reroute(server.url());
    anna.reroute(server.url());
    cleo.write("c2");

    let report = cleo.round().await;
    anna.round().await;

    assert!(report.push_error.is_none() && report.pull_error.is_none(), "{report:?}");
    assert_eq!((report.pushed, anna.texts()), (2, vec!["c1".to_owned(), "c2".to_owned()]));
    server.stop().await;
}
