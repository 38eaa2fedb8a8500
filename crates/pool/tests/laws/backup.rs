//! Backup beside a running server, and the way back.

use std::path::{Path, PathBuf};

use satchel_failure::Explain;
use satchel_pool::Settings;
use satchel_pool::backup::{Done, Restored, backup, restore};
use satchel_terms::{PushId, Role};
use satchel_wire::body::{Certificate, PublishIntent, Receipt};
use satchel_wire::protocol::{HaveAnswer, HaveAsk, PersonLine, RevokeAsk};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, Stream};

use crate::laptop::{Laptop, id, read};
use crate::process::run;
use crate::release::{await_record, wish};
use crate::shop::{CHANNEL, Desk, STORY, Shop, text};

fn settings(data: &Path) -> Settings {
    Settings { data: data.to_owned(), ..Settings::default() }
}

fn back_up(shop: &Shop, with_keys: bool) -> (PathBuf, Done) {
    let to = shop.dir.path().join("backups");
    let done = backup(&settings(&shop.data()), &to, with_keys, 0).unwrap();
    (to, done)
}

/// Stops the pool, loses its folder and puts a backup in its place.
async fn put_back(shop: &mut Shop, from: &Path, laptops: &mut [&mut Laptop]) -> Restored {
    shop.server.take().unwrap().stop().await;
    std::fs::remove_dir_all(shop.data()).unwrap();
    let restored = restore(&settings(&shop.data()), from, None).unwrap();
    shop.start().await;
    for laptop in laptops {
        laptop.url = shop.server().url();
        laptop.sign_in().await.unwrap();
    }
    restored
}

fn code(data: &Path, from: &Path, key: Option<&Path>) -> &'static str {
    restore(&settings(data), from, key).unwrap_err().code()
}

#[tokio::test]
async fn a_backup_beside_a_running_server_takes_what_is_new_and_says_up_to_where() {
    let shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    laptop.upload(&[7; 300_000]).await;
    assert_eq!(laptop.hello().await.backup_mark, None);

    let (_, first) = back_up(&shop, false);
    assert_eq!((first.blobs, first.new_blobs, first.new_bytes), (1, 1, 300_000));
    assert_eq!(laptop.hello().await.backup_mark, Some(first.head));
    let note = laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1]);
    laptop.push(&[note]).await;
    laptop.upload(&[8; 1_000]).await;
    let (_, second) = back_up(&shop, false);

    assert_eq!((second.blobs, second.new_blobs, second.new_bytes), (2, 1, 1_000));
    assert_eq!(second.head, first.head + 1);
    let hello = laptop.hello().await;
    assert_eq!(hello.backup_mark, Some(second.head));
    let key = satchel_wire::key_from_hex(&hello.pool_key).unwrap();
    assert_eq!(hello.proven_backup_mark("cafe", &key), Some(second.head), "the pool signs it");
    assert!(!second.folder.join("keys").exists(), "keys go along only when asked for");
}

#[tokio::test]
async fn a_pool_put_back_to_an_older_day_gets_everything_again() {
    let mut shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let early = laptop.upload(&[7; 600_000]).await;
    let mut notes: Vec<Record> = Vec::new();
    for byte in 0..3 {
        notes.push(laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![byte]));
    }
    laptop.push(&notes[..1]).await;
    let (to, _) = back_up(&shop, true);
    laptop.push(&notes).await;
    let late = laptop.upload(&[9; 5_000]).await;

    let restored = put_back(&mut shop, &to, &mut [&mut laptop]).await;

    assert_eq!((restored.epoch, restored.blobs, restored.damaged), (2, 1, vec![]));
    let hello = laptop.hello().await;
    assert_eq!((hello.epoch, hello.mine[0].seq), (2, 1));
    let have: HaveAnswer =
        read(laptop.post("/v1/blobs/have", &HaveAsk { roots: vec![early, late] }).await).await.unwrap();
    assert_eq!(have.have, [early]);
    assert_eq!(laptop.get(&format!("/v1/blobs/{early}")).await.bytes().await.unwrap(), [7_u8; 600_000][..]);
    assert_eq!(laptop.push(&notes).await.heads[0].seq, 3);
    assert_eq!(laptop.upload(&[9; 5_000]).await, late);
}

#[tokio::test]
async fn a_release_from_before_is_asked_for_at_the_channel_and_not_made_twice() {
    let mut shop = Shop::open().await;
    let mut desk = Desk::hire(&shop).await;
    desk.set_channel(&shop).await;
    let rev = desk.reporter.write(STORY, text("县城水位回落")).await.revision().hash;
    desk.sign_off(rev).await;
    let (to, _) = back_up(&shop, true);
    let intent = PublishIntent {
        job: PushId([2; 16]),
        channel: CHANNEL,
        account: "web".into(),
        rev,
        marker: "flood-2026-02".into(),
    };
    let before = (desk.operator.seq, desk.operator.prev);
    let asked = timely(&desk.operator, &intent);
    (desk.operator.seq, desk.operator.prev) = (asked.header().seq, asked.id());
    assert_eq!(desk.operator.ask(asked.clone()).await.state.as_deref(), Some("waiting"));
    await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await;
    assert_eq!(before.0 + 1, desk.operator.seq);

    put_back(&mut shop, &to, &mut [&mut desk.operator]).await;
    let verdict = desk.operator.ask(asked).await;
    let receipt: Receipt = await_record(&desk.operator, Kind::PUBLISH_RECEIPT).await.json().unwrap();

    assert_eq!(verdict.state.as_deref(), Some("sending"), "nobody here knows whether it is out");
    assert_eq!(receipt.job, intent.job);
    let feed = desk.operator.feed(0).await;
    assert!(feed.iter().all(|record| record.header().kind != Kind::PUBLISH_DISPATCHED), "it went out once");
    let again = wish(&mut desk.operator, &PublishIntent { job: PushId([3; 16]), ..intent }).await;
    assert!(!again.accepted);
}

#[tokio::test]
async fn a_laptop_enrolled_after_the_backup_is_taken_back_by_the_certificate_that_the_pool_signed() {
    let mut shop = Shop::open().await;
    let boss = shop.hire(1, &[Role::Administrator]).await;
    let mut early = shop.hire(2, &[Role::Reporter]).await;
    let (to, _) = back_up(&shop, true);
    let mut late = shop.hire(3, &[Role::Editor, Role::Reporter]).await;
    let lost = shop.hire(4, &[Role::Chief]).await;
    let [for_late, for_lost] = [late.certificate().await, lost.certificate().await];
    let note = late.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1]);
    late.push(std::slice::from_ref(&note)).await;

    put_back(&mut shop, &to, &mut [&mut early]).await;
    let mut boss = Laptop { url: shop.server().url(), ..boss };
    boss.sign_in().await.unwrap();
    late.url.clone_from(&boss.url);
    let lost = Laptop { url: boss.url.clone(), ..lost };
    let ask = RevokeAsk { device: lost.device, reason: "lost since".into() };
    assert_eq!(boss.post("/v1/revoke", &ask).await.status(), 204, "also a device that is not known any more");
    let late_code = late.sign_in().await.unwrap_err().code;
    assert_eq!(late_code, "pool.unknown-device", "without its certificate nobody knows it");

    late.token = late.sign_in_showing(&for_late).await.unwrap().token;
    assert_eq!(late.push(&[note]).await.heads[0].seq, 1, "what it wrote is back");
    assert_eq!(lost.sign_in_showing(&for_lost).await.unwrap_err().code, "pool.device-revoked");
    let feed = late.feed(0).await;
    let is_its = |record: &&Record| record.header().subject == late.device.0;
    assert_eq!(feed.iter().filter(is_its).count(), 1, "everybody learns of it by a new certificate, once");
    let people: Vec<PersonLine> = read(boss.get("/v1/people").await).await.unwrap();
    let line = people.iter().find(|line| line.person == late.person).unwrap();
    assert_eq!((line.roles.as_slice(), line.devices.len()), ([Role::Editor, Role::Reporter].as_slice(), 1));
    late.sign_in().await.unwrap();
}

#[tokio::test]
async fn the_words_of_a_laptop_that_never_comes_again_come_back_with_the_certificate_that_others_read() {
    let mut shop = Shop::open().await;
    let mut early = shop.hire(2, &[Role::Reporter]).await;
    let (to, _) = back_up(&shop, true);
    let mut gone = shop.hire(3, &[Role::Reporter]).await;
    let lost = shop.hire(4, &[Role::Chief]).await;
    let note = gone.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1]);
    gone.push(std::slice::from_ref(&note)).await;
    let ask = RevokeAsk { device: lost.device, reason: "stolen".into() };
    shop.server().pool.revoke(&ask).await.unwrap();
    let read_before = early.feed(0).await;
    let words_on = |device: satchel_terms::DeviceId| {
        let is_its = move |record: &&Record| record.header().subject == device.0;
        read_before.iter().filter(is_its).cloned().collect::<Vec<_>>()
    };
    let elsewhere = Shop::open().await;
    let foreign = elsewhere.hire(3, &[Role::Chief]).await.certificate().await;
    put_back(&mut shop, &to, &mut [&mut early]).await;

    let alone = early.push(std::slice::from_ref(&note)).await;
    let forged = early.push(&[Record::parse(foreign).unwrap()]).await;
    let brought = [words_on(gone.device), words_on(lost.device), vec![note.clone()]].concat();
    let answer = early.push(&brought).await;

    assert_eq!(alone.rejected[0].code, "pool.unknown-device", "nobody vouches for it");
    assert_eq!(forged.rejected.len(), 1);
    assert_eq!(answer.rejected, vec![], "{brought:?}");
    let feed = early.feed(0).await;
    assert!(feed.contains(&note), "what it wrote is back");
    let mut lost = Laptop { url: shop.server().url(), ..lost };
    lost.sign_in().await.unwrap();
    let shut = read::<HaveAnswer>(lost.post("/v1/blobs/have", &HaveAsk { roots: vec![] }).await).await;
    let code = shut.unwrap_err().code;
    assert_eq!(code, "pool.device-revoked", "and who was revoked after the backup stays revoked");
    assert_eq!(early.push(&brought).await.rejected, vec![], "twice is once");
    assert_eq!(early.feed(0).await, feed);
}

#[tokio::test]
async fn a_certificate_of_another_pool_of_another_laptop_or_bent_takes_nobody_back() {
    let mut shop = Shop::open().await;
    let (to, _) = back_up(&shop, true);
    let (anna, bo) = (shop.hire(3, &[Role::Editor]).await, shop.hire(4, &[Role::Chief]).await);
    let (for_anna, for_bo) = (anna.certificate().await, bo.certificate().await);
    let elsewhere = Shop::open().await;
    let foreign = elsewhere.hire(3, &[Role::Chief]).await.certificate().await;
    put_back(&mut shop, &to, &mut []).await;
    let mut anna = Laptop { url: shop.server().url(), ..anna };
    let own: Certificate = Record::parse(for_anna.clone()).unwrap().json().unwrap();
    let forged = anna.say(Kind::DEVICE_CERT, anna.device.0, &own).bytes().to_vec();
    let mut bent = for_anna.clone();
    *bent.last_mut().unwrap() ^= 1;

    for (what, shown) in [("another's", for_bo), ("foreign", foreign), ("own word", forged), ("bent", bent)] {
        let code = anna.sign_in_showing(&shown).await.unwrap_err().code;
        assert_eq!(code, "pool.unknown-device", "{what}");
    }
    let thief = Laptop { key: satchel_wire::SigningKey::from_bytes(&[9; 32]), ..anna };
    assert_eq!(thief.sign_in_showing(&for_anna).await.unwrap_err().code, "pool.not-proven");
    assert_eq!(shop.server().pool.keep().people().await.unwrap().len(), 0);
}

/// The wish as a laptop whose clock is right seals it.
fn timely(laptop: &Laptop, intent: &PublishIntent) -> Record {
    let now = u64::try_from(satchel_pool::chance::now()).unwrap();
    let draft = Draft {
        kind: Kind::PUBLISH_INTENT,
        newsroom: laptop.newsroom,
        device: laptop.device,
        stream: Stream::Editorial,
        seq: laptop.seq + 1,
        prev: laptop.prev,
        time: HybridTime::next(now, HybridTime::default()),
        subject: STORY.0,
        codec: Codec::Json,
        body: serde_json::to_vec(intent).unwrap(),
    };
    Record::seal(draft, &laptop.key).unwrap()
}

#[tokio::test]
async fn a_backup_that_was_changed_or_lacks_its_key_is_refused() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let root = laptop.upload(&[7; 5_000]).await;
    let (to, done) = back_up(&shop, false);
    let new = shop.dir.path().join("new");
    let key = shop.data().join("pool.key");

    assert_eq!(code(&new, &shop.dir.path().join("nowhere"), None), "pool.bad-backup");
    assert_eq!(code(&shop.data(), &to, None), "pool.already-a-pool");
    assert_eq!(code(&new, &to, None), "pool.backup-needs-key");
    let other = shop.dir.path().join("other.key");
    std::fs::write(&other, "11".repeat(32)).unwrap();
    assert_eq!(code(&new, &to, Some(&other)), "pool.backup-needs-key");
    for file in ["listing.json", "pool.db", "blobs.txt"] {
        let path = done.folder.join(file);
        let honest = std::fs::read(&path).unwrap();
        let mut forged = honest.clone();
        let middle = forged.len() / 2;
        forged[middle] ^= 1;
        std::fs::write(&path, &forged).unwrap();
        assert_eq!(code(&new, &to, Some(&key)), "pool.bad-backup", "{file}");
        std::fs::write(&path, &honest).unwrap();
    }
    let name = root.to_string();
    let blob = to.join("blobs").join(&name[..2]).join(&name[2..4]).join(&name);
    std::fs::remove_file(&blob).unwrap();

    let restored = restore(&settings(&new), &to, Some(&key)).unwrap();

    assert_eq!(restored.damaged, [root], "what is lost is named, the rest is back");
}

#[tokio::test]
async fn only_so_many_backups_stay_and_the_command_line_makes_them() {
    let shop = Shop::open().await;
    let to = shop.dir.path().join("backups");
    std::fs::create_dir_all(to.join(".unfinished-2020")).unwrap();
    for _ in 0..3 {
        let made = run(&shop.data(), &["backup", "--to", to.to_str().unwrap(), "--keep", "2", "--with-keys"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    let mut left: Vec<_> = std::fs::read_dir(&to)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.retain(|name| name.starts_with('2') || name.starts_with('.'));
    assert_eq!(left.len(), 2, "{left:?}");
    let back = shop.dir.path().join("back");
    let restored = run(&back, &["restore", "--from", to.to_str().unwrap()]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert!(run(&back, &["people"]).status.success());
}
