//! The peers are real and go away with their values.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::net::TcpStream;
use std::time::Instant;

use satchel_testkit::{Sshd, WordPress, clips};

#[test]
fn a_wordpress_is_up_soon_and_gone_with_its_value() {
    let started = Instant::now();
    let site = WordPress::start().unwrap();
    println!("WordPress was up after {:.1} s", started.elapsed().as_secs_f32());

    let title = site
        .php("wp_insert_post(['post_title' => '一篇', 'post_status' => 'publish']); echo get_bloginfo();");

    assert_eq!(title.unwrap(), "Satchel");
    assert_eq!(site.public_posts_with("一篇").unwrap(), 1);
    assert_eq!(site.public_posts_with("'; DROP TABLE wp_posts; --").unwrap(), 0);
    let port = site.port;
    drop(site);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nothing listens any more");
}

#[test]
fn an_sshd_is_up_and_gone_with_its_value() {
    let sshd = Sshd::start().unwrap();

    assert!(sshd.fingerprint.starts_with("SHA256:"));
    assert!(TcpStream::connect(("127.0.0.1", sshd.port)).is_ok());
    let port = sshd.port;
    drop(sshd);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nothing listens any more");
}

#[test]
fn made_up_material_differs_by_seed() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two, video) =
        (folder.path().join("1.jpg"), folder.path().join("2.jpg"), folder.path().join("v.mp4"));

    clips::picture(&one, 320, 200, 1).unwrap();
    clips::picture(&two, 320, 200, 2).unwrap();
    clips::video(&video, 1).unwrap();

    assert_ne!(std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
    assert!(std::fs::metadata(video).unwrap().len() > 10_000);
}
