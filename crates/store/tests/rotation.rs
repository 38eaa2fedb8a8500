//! What a laptop says again under a new name.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Pen, fresh, reopen, story, taken};
use satchel_store::{Library, Owed, PoolLine};
use satchel_terms::{DeviceId, Hash, NewsroomId};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, WireError};

/// Seals a record anew under another key, as the desk does.
fn anew(key: SigningKey) -> impl Fn(&Record, u64, Hash) -> Result<Record, WireError> + Send + 'static {
    move |old, seq, prev| {
        let header = old.header();
        let draft = Draft {
            kind: header.kind,
            newsroom: header.newsroom,
            device: satchel_wire::device_id(&key.verifying_key()),
            stream: header.stream,
            seq,
            prev,
            time: header.time,
            subject: header.subject,
            codec: Codec::Raw,
            body: old.body()?,
        };
        Record::seal(draft, &key)
    }
}

/// The pool vouches for the device that works here.
fn vouch(library: &Library, device: DeviceId) {
    let pool = SigningKey::from_bytes(&[3; 32]);
    let draft = Draft {
        kind: Kind::DEVICE_CERT,
        newsroom: NewsroomId([1; 16]),
        device: satchel_wire::device_id(&pool.verifying_key()),
        stream: Stream::Editorial,
        seq: 1,
        prev: Hash::ZERO,
        time: HybridTime(1 << 30),
        subject: device.0,
        codec: Codec::Raw,
        body: Vec::new(),
    };
    let certificate = Some(Record::seal(draft, &pool).unwrap().bytes().to_vec());
    let key = pool.verifying_key().to_bytes();
    let (pool_id, url) = ("p".to_owned(), "http://pool".to_owned());
    library.set_pool(&PoolLine { pool_id, epoch: 1, url, key, cursor: 0, certificate }).unwrap();
}

#[test]
fn what_the_pool_lacks_is_said_again_once_in_its_order_and_what_stood_apart_for_it_comes_in() {
    let (_dir, library) = fresh();
    let (mut mine, new) = (Pen::new(1), Pen::new(9));
    vouch(&library, mine.device());
    let first = mine.write(story(1), b"held by the pool");
    library.append_own(&first, &[]).unwrap();
    let mut clone = Pen { key: mine.key.clone(), seq: mine.seq, prev: mine.prev };
    for words in [&b"only here, one"[..], b"only here, two"] {
        library.append_own(&mine.write(story(1), words), &[]).unwrap();
    }
    let others = [clone.write(story(1), b"of the clone, one"), clone.write(story(1), b"of the clone, two")];
    let page = [taken(&first, 1), taken(&others[0], 2), taken(&others[1], 3)];
    assert_eq!(library.take_in(&page, Some(3)).unwrap().quarantined, 2);
    let former = [mine.device()];
    assert_eq!(library.owed(&former, Owed::Unplaced).unwrap(), 2);

    let said = library.say_again(&former, new.device(), Owed::Unplaced, anew(new.key.clone())).unwrap();
    let again = library.say_again(&former, new.device(), Owed::Unplaced, anew(new.key.clone())).unwrap();

    assert_eq!((said, again), (2, 0), "once");
    let texts = library.records_of(story(1).0, &[Kind::DOC_UPDATE]).unwrap();
    let texts: Vec<_> =
        texts.iter().map(|one| String::from_utf8(one.record.body().unwrap()).unwrap()).collect();
    let expected =
        ["held by the pool", "of the clone, one", "of the clone, two", "only here, one", "only here, two"];
    assert_eq!(texts, expected);
    assert_eq!(library.unpushed(new.device()).unwrap(), 2, "they go up under the new name");
    let mut fresh: Vec<_> = library.records_after(new.device(), Stream::Editorial, 0, 1 << 20).unwrap();
    assert_eq!(fresh.iter().map(|record| record.header().seq).collect::<Vec<_>>(), [1, 2]);
    assert!(fresh.remove(1).verify(&new.key.verifying_key()).is_ok());
    assert_eq!(library.quarantine(10).unwrap().iter().filter(|one| one.reason == "said-again").count(), 2);
}

#[test]
fn what_cannot_be_signed_changes_nothing() {
    let (_dir, library) = fresh();
    let (mut mine, new) = (Pen::new(1), Pen::new(9));
    library.append_own(&mine.write(story(1), b"a"), &[]).unwrap();
    library.append_own(&mine.write(story(1), b"b"), &[]).unwrap();
    let seal = anew(new.key.clone());
    let breaks =
        move |old: &Record, seq, prev| if seq == 2 { Err(WireError::BadKey) } else { seal(old, seq, prev) };

    assert!(library.say_again(&[mine.device()], new.device(), Owed::Unplaced, breaks).is_err());

    assert_eq!(library.unpushed(mine.device()).unwrap(), 2);
    assert_eq!(library.my_head(new.device(), Stream::Editorial).unwrap(), None);
    assert!(library.quarantine(10).unwrap().is_empty());
}

#[test]
fn a_copy_from_before_a_new_name_is_known_by_its_mark() {
    let (dir, library) = fresh();
    let (mut mine, new) = (Pen::new(1), Pen::new(9));
    library.append_own(&mine.write(story(1), b"a"), &[]).unwrap();
    assert!(!library.is_older_copy(mine.device()).unwrap());

    library.mark_device(new.device()).unwrap();
    drop(library);
    let library = reopen(dir.path());

    assert!(library.is_older_copy(mine.device()).unwrap(), "its mark is of a later name");
    assert!(!library.is_older_copy(new.device()).unwrap());
}

#[test]
fn what_another_copy_of_this_disk_brought_to_the_pool_does_not_wait_here() {
    let (_dir, library) = fresh();
    let mut mine = Pen::new(1);
    vouch(&library, mine.device());
    let (first, second) = (mine.write(story(1), b"here"), mine.write(story(1), b"on the copy"));
    library.append_own(&first, &[]).unwrap();
    library.mark_pushed(mine.device(), Stream::Editorial, 1).unwrap();

    library.take_in(&[taken(&first, 4), taken(&second, 5)], Some(5)).unwrap();

    assert_eq!(library.unpushed(mine.device()).unwrap(), 0);
}
