//! A pool that speaks TLS with a certificate of its own, and laptops that believe its key and no other.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;

use common::{Laptop, join, pool, start};
use satchel_failure::Explain;
use satchel_pool::{Server, tls};
use satchel_sync::{Happened, want_upload};
use satchel_terms::ClipId;
use satchel_wire::Address;

/// A pool with a certificate that it made itself.
async fn pool_with_certificate(dir: &Path) -> Server {
    pool(dir).await.stop().await;
    certify(dir);
    start(dir, "127.0.0.1:0").await
}

fn certify(dir: &Path) {
    tls::make_own(dir, "元谋县融媒体中心", &["pool.lan".to_owned(), "127.0.0.1".to_owned()]).unwrap();
}

/// Points a laptop at another address, with the pin it knows.
fn move_to(laptop: &Laptop, url: &str) {
    let known = Address::parse(&laptop.library.pool().unwrap().unwrap().url);
    laptop.reroute(Address::new(url, known.pin.as_deref()).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_believes_the_key_that_its_invitation_names() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool_with_certificate(dir.path()).await;
    assert!(server.url().starts_with("https://"));
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    assert!(anna.library.pool().unwrap().unwrap().url.contains("#pin="));

    anna.write("a1");
    anna.round().await;
    bo.round().await;

    assert_eq!(bo.texts(), ["a1"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn material_goes_by_tls_too_and_believes_the_same_key() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool_with_certificate(dir.path()).await;
    let anna = join(&server, "王敏").await;
    let root = anna.library.blobs().put_bytes(&[7; 900_000]).unwrap();
    want_upload(&anna.library, &root, false, ClipId([8; 16])).unwrap();

    let driver = anna.drive();
    anna.hears("the film in the pool", |news| matches!(news, Happened::BlobPooled { .. })).await;

    driver.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_with_the_same_key_is_the_same_pool() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool_with_certificate(dir.path()).await;
    let anna = join(&server, "王敏").await;
    server.stop().await;
    let before = std::fs::read(dir.path().join("tls.crt")).unwrap();
    certify(dir.path());
    assert_ne!(std::fs::read(dir.path().join("tls.crt")).unwrap(), before);
    let server = start(dir.path(), "127.0.0.1:0").await;

    move_to(&anna, &server.url());
    anna.write("a1");

    assert_eq!(anna.round().await.pushed, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_is_refused_with_a_code_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool_with_certificate(dir.path()).await;
    let anna = join(&server, "王敏").await;
    anna.write("a1");
    server.stop().await;
    std::fs::remove_file(dir.path().join("tls.key")).unwrap();
    certify(dir.path());
    let server = start(dir.path(), "127.0.0.1:0").await;

    move_to(&anna, &server.url());
    assert_eq!(anna.try_round().await.unwrap_err().code(), "sync.other-certificate");
    anna.reroute(server.url());
    assert_eq!(anna.try_round().await.unwrap_err().code(), "sync.bad-certificate");

    assert_eq!(anna.library.unpushed(anna.identity.device).unwrap(), 1, "nothing left the laptop");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_pool_is_never_asked_without_tls() {
    let (dir, plain_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (server, plain) = (pool_with_certificate(dir.path()).await, pool(plain_dir.path()).await);
    let anna = join(&server, "王敏").await;

    move_to(&anna, &plain.url());

    assert_eq!(anna.try_round().await.unwrap_err().code(), "sync.unreachable");
    server.stop().await;
    plain.stop().await;
}
