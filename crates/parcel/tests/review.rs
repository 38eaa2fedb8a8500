//! Laws of review parcels and verdict slips.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::{Path, PathBuf};

use satchel_parcel::{
    Address, CaseFacts, Holds, Packing, Parcel, ParcelError, Slip, SlipAddress, Way, Word, find, one_time_key,
};
use satchel_terms::{Hash, NewsroomId, StoryId};
use satchel_testkit::Dice;
use satchel_wire::{Manifest, SigningKey, VerifyingKey, device_id};

const NEWSROOM: NewsroomId = NewsroomId([5; 16]);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn case() -> CaseFacts {
    CaseFacts { story: StoryId([7; 16]), rev: Hash([8; 32]), level: "second".into() }
}

fn material() -> Vec<u8> {
    (0..300_000_usize).map(|at| (at * at % 251) as u8).collect()
}

/// A review parcel by 1 for 2 and 3.
fn pack(dir: &Path, one_time: &SigningKey) -> PathBuf {
    let address = Address {
        newsroom: NEWSROOM,
        way: Way::Review,
        key: key(1),
        to: one_time.verifying_key(),
        made: 1_795_000_000_000,
        program: "satchel/0.1.0".into(),
        cursor: None,
    };
    let mut packing = Packing::begin(dir, address).unwrap();
    for reader in [2, 3] {
        packing.reader(&key(reader).verifying_key(), one_time).unwrap();
    }
    packing.case(&case()).unwrap();
    packing.record(b"one").unwrap();
    packing.record(b"two").unwrap();
    let bytes = material();
    packing.blob(&Manifest::of(bytes.as_slice()).unwrap(), bytes.as_slice(), &|_| true).unwrap();
    packing.finish().unwrap().folder
}

/// Everything in a review parcel, as one of its readers finds it.
fn unpack(folder: &Path, own: &SigningKey) -> Result<(CaseFacts, Vec<u8>, Vec<u8>), ParcelError> {
    let parcel = Parcel::open(folder)?;
    let key = parcel.key_for(own)?;
    parcel.check(&|_| true)?;
    let case = parcel.case(&key)?;
    let mut records = Vec::new();
    for file in &parcel.index().files {
        if matches!(file.holds, Holds::Records { .. }) {
            records.extend(parcel.read_file(file, &key)?);
        }
    }
    let mut blob = Vec::new();
    for one in parcel.index().blobs() {
        for (_, file) in &one.runs {
            blob.extend(parcel.read_file(file, &key)?);
        }
    }
    Ok((case, records, blob))
}

fn word(text: &[u8]) -> Word {
    Word { story: StoryId([7; 16]), base: Hash([8; 32]), frames: text.to_vec() }
}

/// A slip by 2 for 1 and for 9, the pool.
fn write_slip(dir: &Path) -> PathBuf {
    let address = SlipAddress {
        newsroom: NEWSROOM,
        key: key(2),
        made: 1_795_000_000_000,
        program: "satchel/0.1.0".into(),
    };
    let parts: [(VerifyingKey, Word); 2] =
        [(key(1).verifying_key(), word(b"mine\nand more")), (key(9).verifying_key(), word(b"all of it"))];
    Slip::write(dir, &address, &parts).unwrap().path
}

#[test]
fn a_review_parcel_opens_for_each_of_its_readers_and_for_nobody_else() {
    let stick = tempfile::tempdir().unwrap();
    let one_time = one_time_key().unwrap();
    let folder = pack(stick.path(), &one_time);

    for reader in [2, 3] {
        let (facts, records, blob) = unpack(&folder, &key(reader)).unwrap();
        assert_eq!((facts, records.as_slice()), (case(), b"onetwo".as_slice()));
        assert!(blob == material());
    }
    assert!(matches!(unpack(&folder, &key(4)), Err(ParcelError::NotForUs)));
    assert!(matches!(unpack(&folder, &key(1)), Err(ParcelError::NotForUs)), "not even its maker");
    let parcel = Parcel::open(&folder).unwrap();
    for way in [Way::Up, Way::Down] {
        let other = parcel.must_be(way, NEWSROOM, parcel.index().to);
        assert!(matches!(other, Err(ParcelError::NotForUs)), "no pool takes it for one of its own");
    }
}

#[test]
fn nothing_of_a_review_parcel_can_be_read_or_guessed_from_its_index() {
    let stick = tempfile::tempdir().unwrap();
    let folder = pack(stick.path(), &one_time_key().unwrap());
    let page = std::fs::read_to_string(folder.join("index.signed")).unwrap();

    assert!(!page.contains(&case().story.to_string()) && !page.contains(&case().rev.to_string()));
    assert!(!page.contains("second"));
}

#[test]
fn a_review_parcel_cut_or_bent_anywhere_opens_for_nobody() {
    let stick = tempfile::tempdir().unwrap();
    let folder = pack(stick.path(), &one_time_key().unwrap());
    let seed = 35;
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let mut bad = 0;
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let whole = std::fs::read(entry.path()).unwrap();
        // Small files at every byte, large ones at drawn places.
        let every = whole.len() < 3_000;
        let places: Vec<usize> = if every {
            (0..whole.len()).collect()
        } else {
            (0..300).map(|_| dice.below(whole.len())).collect()
        };
        for at in places {
            std::fs::write(entry.path(), &whole[..at]).unwrap();
            assert!(unpack(&folder, &key(2)).is_err(), "{} cut to {at}", entry.path().display());
            let mut bent = whole.clone();
            bent[at] ^= 1 << dice.below(8);
            std::fs::write(entry.path(), bent).unwrap();
            assert!(unpack(&folder, &key(2)).is_err(), "{} bent at {at}", entry.path().display());
            bad += 2;
        }
        std::fs::write(entry.path(), &whole).unwrap();
    }
    assert!(unpack(&folder, &key(2)).is_ok());
    println!("{bad} bad parcels, none opened");
}

#[test]
fn a_review_parcel_that_calls_itself_an_older_version_is_damaged() {
    let stick = tempfile::tempdir().unwrap();
    let folder = pack(stick.path(), &one_time_key().unwrap());
    assert_eq!(Parcel::open(&folder).unwrap().index().v, 2, "an older program says that it is too old");
}

#[test]
fn a_slip_says_to_each_reader_what_is_theirs_and_to_nobody_else_anything() {
    let stick = tempfile::tempdir().unwrap();
    let path = write_slip(stick.path());
    let slip = Slip::open(&path).unwrap();

    assert_eq!(slip.from, device_id(&key(2).verifying_key()));
    assert_eq!(slip.word_for(&key(1)).unwrap(), word(b"mine\nand more"));
    assert_eq!(slip.word_for(&key(9)).unwrap(), word(b"all of it"));
    assert!(matches!(slip.word_for(&key(3)), Err(ParcelError::NotForUs)));
    assert!(std::fs::metadata(&path).unwrap().len() < 4_096);
    assert_eq!(find(stick.path()).unwrap().slips, [path]);
}

#[test]
fn a_slip_cut_or_bent_at_any_byte_is_no_slip() {
    let stick = tempfile::tempdir().unwrap();
    let path = write_slip(stick.path());
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(Slip::open(&path).is_err(), "cut to {at}");
        for bit in 0..8 {
            let mut bent = whole.clone();
            bent[at] ^= 1 << bit;
            std::fs::write(&path, bent).unwrap();
            assert!(Slip::open(&path).is_err(), "bit {bit} of {at}");
        }
    }
    println!("{} bad slips, none read", whole.len() * 9);
}

#[test]
fn a_part_of_one_slip_does_not_open_in_another() {
    let stick = tempfile::tempdir().unwrap();
    let (one, other) = (write_slip(stick.path()), write_slip(stick.path()));
    let part = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let parts = text.split_once("\"parts\":").unwrap().1.split_once("]}").unwrap().0.to_owned();
        (text, parts)
    };
    let ((text, mine), (_, theirs)) = (part(&one), part(&other));
    std::fs::write(&one, text.replace(&mine, &theirs)).unwrap();

    assert!(matches!(Slip::open(&one), Err(ParcelError::Damaged { .. })), "the signature covers the parts");
}

/// Made once and kept; `BLESS_PARCEL=1` makes them where there are none.
#[test]
fn the_golden_review_parcel_and_slip_read_for_ever() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v2");
    if std::env::var_os("BLESS_PARCEL").is_some() && !golden.exists() {
        std::fs::create_dir_all(&golden).unwrap();
        pack(&golden, &key(6));
        write_slip(&golden);
    }
    let found = find(&golden).unwrap();

    let (facts, records, blob) = unpack(&found.parcels[0], &key(2)).unwrap();
    assert_eq!((facts, records.as_slice()), (case(), b"onetwo".as_slice()));
    assert!(blob == material());
    let index = Parcel::open(&found.parcels[0]).unwrap().index().clone();
    assert_eq!((index.v, index.way, index.newsroom), (2, Way::Review, NEWSROOM));
    let slip = Slip::open(&found.slips[0]).unwrap();
    assert_eq!((slip.v, slip.newsroom), (1, NEWSROOM));
    assert_eq!(slip.word_for(&key(1)).unwrap(), word(b"mine\nand more"));
}
