//! Packs into folders and over SFTP: whole or not there, whatever breaks in between.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/receiver.rs"]
mod receiver;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use desk::{Diary, Shelf, package};
use receiver::{names, received, sftp};
use satchel_channels::{
    Adapter, Class, Lookup, Packs, PushError, Secret, SftpAccount, SignIn, Target, host_key, open,
};
use satchel_checks::Package;
use satchel_testkit::{Fault, Proxy, Sshd};
use serde_json::json;

fn folder(path: &Path) -> Packs {
    satchel_channels::folder(path.to_owned(), false).unwrap()
}

fn packed(marker: &str, endings: &[&str]) -> (Package, Arc<Shelf>) {
    let shelf = Shelf::with(endings);
    (package(marker, "给电视台的一包", &shelf), shelf)
}

#[tokio::test]
async fn a_pack_is_whole_and_opens_in_a_browser() {
    let there = tempfile::tempdir().unwrap();
    let (package, shelf) = packed("whole-pack", &["jpg", "mp4"]);
    let diary = Diary::default();

    let receipt = folder(there.path()).release(&package, shelf, &diary).await.unwrap();

    assert!(received(there.path(), "whole-pack"));
    assert_eq!(names(there.path()), ["01.jpg", "02.mp4", "manifest.json", "story.html", "whole-pack.ok"]);
    assert_eq!(diary.dispatched(), ["ok"]);
    assert!(receipt.url.starts_with("file:///"));
    let page = fs::read_to_string(there.path().join("whole-pack/story.html")).unwrap();
    assert!(page.contains("<h1>给电视台的一包</h1>") && page.contains("\"01.jpg\""), "{page}");
    let found = folder(there.path()).lookup("whole-pack").await.unwrap();
    assert_eq!(found, Lookup::Found { id: receipt.remote_id, url: receipt.url });
}

#[tokio::test]
async fn without_its_ok_a_pack_is_not_found_and_goes_on_where_it_stopped() {
    let there = tempfile::tempdir().unwrap();
    let (package, shelf) = packed("stopped-pack", &["mp4"]);
    let stopped = folder(there.path()).release(&package, shelf.clone(), &Diary::refusing()).await;
    assert!(matches!(stopped, Err(PushError::NotDispatched { .. })));
    assert!(!received(there.path(), "stopped-pack"));
    assert_eq!(folder(there.path()).lookup("stopped-pack").await.unwrap(), Lookup::NotFound);
    let video = there.path().join("stopped-pack/01.mp4");
    let whole = fs::read(&video).unwrap();
    // As if the machine had stopped halfway through the video.
    fs::remove_file(&video).unwrap();
    fs::write(there.path().join("stopped-pack/.01.mp4.stopped-pack.part"), &whole[..whole.len() / 2])
        .unwrap();

    folder(there.path()).release(&package, shelf, &Diary::default()).await.unwrap();

    assert!(received(there.path(), "stopped-pack"));
    assert_eq!(fs::read(video).unwrap(), whole);
}

#[tokio::test]
async fn a_part_of_something_else_is_not_continued() {
    let there = tempfile::tempdir().unwrap();
    let (package, shelf) = packed("strange-part", &["mp4"]);
    fs::create_dir(there.path().join("strange-part")).unwrap();
    fs::write(there.path().join("strange-part/.01.mp4.strange-part.part"), vec![1; 1000]).unwrap();

    folder(there.path()).release(&package, shelf, &Diary::default()).await.unwrap();

    assert!(received(there.path(), "strange-part"));
}

#[tokio::test]
async fn a_pack_that_is_out_is_not_written_again() {
    let there = tempfile::tempdir().unwrap();
    let (package, shelf) = packed("twice-pack", &["jpg"]);
    let first = folder(there.path()).release(&package, shelf.clone(), &Diary::default()).await.unwrap();
    let diary = Diary::default();

    let second = folder(there.path()).release(&package, shelf.clone(), &diary).await.unwrap();

    assert_eq!(first, second);
    assert!(diary.dispatched().is_empty(), "nothing left this machine");
    let other = package_named("twice-pack", &shelf);
    let taken = folder(there.path()).release(&other, shelf, &Diary::default()).await.unwrap_err();
    assert!(matches!(taken, PushError::NameTaken { .. }), "{taken:?}");
}

fn package_named(marker: &str, shelf: &Shelf) -> Package {
    package(marker, "另一个标题", shelf)
}

#[tokio::test]
async fn a_damaged_or_fetched_pack_is_a_question_for_a_person() {
    let there = tempfile::tempdir().unwrap();
    let (package, shelf) = packed("fetched-pack", &["jpg"]);
    let taking = satchel_channels::folder(there.path().to_owned(), true).unwrap();
    taking.release(&package, shelf, &Diary::default()).await.unwrap();
    let picture = there.path().join("fetched-pack/01.jpg");
    let mut bytes = fs::read(&picture).unwrap();
    bytes[100] ^= 1;
    fs::write(&picture, bytes).unwrap();
    assert_eq!(taking.lookup("fetched-pack").await.unwrap(), Lookup::CannotTell);

    taking.withdraw("fetched-pack", "fetched-pack").await.unwrap();

    assert!(names(there.path()).is_empty());
    assert_eq!(taking.lookup("fetched-pack").await.unwrap(), Lookup::CannotTell);
    assert_eq!(folder(there.path()).lookup("fetched-pack").await.unwrap(), Lookup::NotFound);
}

#[tokio::test]
async fn a_share_that_is_not_mounted_is_not_papered_over() {
    let there = tempfile::tempdir().unwrap();
    let (package, shelf) = packed("no-share", &[]);
    let gone = there.path().join("share");

    let outcome = folder(&gone).release(&package, shelf, &Diary::default()).await;

    assert_eq!(outcome.unwrap_err().class(), Class::Fix);
    assert!(!gone.exists());
    assert!(satchel_channels::folder("relative/path".into(), false).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_goes_over_sftp_and_is_found_and_taken_back() {
    let sshd = Sshd::start().unwrap();
    let (package, shelf) = packed("sftp-pack", &["jpg", "mp4"]);
    let settings = json!({ "fingerprint": sshd.fingerprint, "signIn": "key" });
    let target = Target {
        kind: "sftp",
        url: &format!("sftp://127.0.0.1:{}{}", sshd.port, sshd.drop_folder.display()),
        account: &sshd.user,
        settings: settings.as_object().unwrap(),
        secret: Some(Secret::new(&sshd.private_key)),
    };
    let channel = open(target).unwrap();

    channel.check_account().await.unwrap();
    let receipt = channel.release(&package, shelf, &Diary::default()).await.unwrap();

    assert!(received(&sshd.drop_folder, "sftp-pack"));
    let found = channel.lookup("sftp-pack").await.unwrap();
    assert_eq!(found, Lookup::Found { id: receipt.remote_id.clone(), url: receipt.url });
    channel.withdraw(&receipt.remote_id, "sftp-pack").await.unwrap();
    channel.withdraw(&receipt.remote_id, "sftp-pack").await.unwrap();
    assert!(names(&sshd.drop_folder).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_cut_at_any_byte_never_leaves_a_pack_that_is_wrong() {
    let sshd = Sshd::start().unwrap();
    let proxy = Proxy::start(([127, 0, 0, 1], sshd.port).into()).unwrap();
    let channel = sftp(&sshd, proxy.address().port());
    let (package, shelf) = packed("cut-line", &["mp4"]);
    let mut cuts = 0;
    for bytes in (2_000..).step_by(6_000) {
        proxy.only_at(1, Fault::CutRequestAfter(bytes));

        let outcome = channel.release(&package, shelf.clone(), &Diary::default()).await;

        if let Err(error) = outcome {
            cuts += 1;
            assert!(matches!(error.class(), Class::Retry | Class::Lookup), "{error:?}");
            received(&sshd.drop_folder, "cut-line");
            assert!(channel.lookup("cut-line").await.is_ok());
        } else {
            break;
        }
    }
    println!("{cuts} cuts until the pack was through");
    assert!(cuts > 2);
    assert!(received(&sshd.drop_folder, "cut-line"));
    let expected = ["01.mp4", "cut-line.ok", "manifest.json", "story.html"];
    assert_eq!(names(&sshd.drop_folder), expected, "no part is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_key_stops_everything_before_a_secret_leaves() {
    let sshd = Sshd::start().unwrap();
    let other = Sshd::start().unwrap();
    let shown = host_key("127.0.0.1", sshd.port).await.unwrap();

    let outcome = sftp(&sshd, other.port).check_account().await.unwrap_err();

    assert_eq!(shown, sshd.fingerprint);
    let expected = PushError::HostKeyChanged { pinned: sshd.fingerprint, shown: other.fingerprint.clone() };
    assert_eq!(outcome, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strange_key_and_a_wrong_password_are_refused_as_such() {
    let sshd = Sshd::start().unwrap();
    let account = |sign_in| SftpAccount {
        host: "127.0.0.1".to_owned(),
        port: sshd.port,
        user: sshd.user.clone(),
        sign_in,
        fingerprint: sshd.fingerprint.clone(),
        folder: "/".to_owned(),
        is_taken_away: false,
    };

    let key = satchel_channels::sftp(account(SignIn::Key(Secret::new(&sshd.stranger_key))))
        .check_account()
        .await
        .unwrap_err();
    let password = satchel_channels::sftp(account(SignIn::Password(Secret::new("nonsense"))))
        .check_account()
        .await
        .unwrap_err();

    assert!(matches!(key, PushError::SignInRefused { .. }), "{key:?}");
    assert!(matches!(password, PushError::SignInRefused { .. }), "{password:?}");
    let dead = satchel_testkit::proxy::refused_address().unwrap();
    let gone = host_key("127.0.0.1", dead.port()).await.unwrap_err();
    assert!(matches!(gone, PushError::Unreachable { .. }));
}
