//! Laws of parcels.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::Cursor as Bytes;
use std::path::{Path, PathBuf};

use satchel_parcel::{
    Address, Cursor, Holds, MOST_FILE_BYTES, Packing, Parcel, ParcelError, Receipt, Way, find,
};
use satchel_terms::{DeviceId, Hash, NewsroomId};
use satchel_testkit::Dice;
use satchel_wire::protocol::StreamHead;
use satchel_wire::{Manifest, SigningKey, Stream, device_id};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn address() -> Address {
    Address {
        newsroom: NewsroomId([5; 16]),
        way: Way::Up,
        key: key(1),
        to: key(2).verifying_key(),
        made: 1_795_000_000_000,
        program: "satchel/0.1.0".into(),
        cursor: Some(Cursor { epoch: 1, after: 7, next: 7, head: 7 }),
    }
}

fn material(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * at % 251) as u8).collect()
}

fn pack(dir: &Path, records: &[&[u8]], blobs: &[Vec<u8>]) -> Result<PathBuf, ParcelError> {
    let mut packing = Packing::begin(dir, address())?;
    for record in records {
        packing.record(record)?;
    }
    for bytes in blobs {
        packing.blob(&Manifest::of(bytes.as_slice()).unwrap(), bytes.as_slice(), &|_| true)?;
    }
    Ok(packing.finish()?.folder)
}

/// Records and blobs of a parcel, as its addressee reads them.
fn unpack(folder: &Path, key: &SigningKey) -> Result<(Vec<u8>, Vec<Vec<u8>>), ParcelError> {
    let parcel = Parcel::open(folder)?;
    parcel.check(&|_| true)?;
    let (mut records, mut blobs) = (Vec::new(), Vec::new());
    for file in &parcel.index().files {
        if matches!(file.holds, Holds::Records { .. }) {
            records.extend(parcel.read_file(file, key)?);
        }
    }
    for blob in parcel.index().blobs() {
        let manifest = parcel.manifest(&blob, key)?;
        let mut bytes = Vec::new();
        for (_, file) in &blob.runs {
            bytes.extend(parcel.read_file(file, key)?);
        }
        assert_eq!(Manifest::of(bytes.as_slice()).unwrap(), manifest);
        blobs.push(bytes);
    }
    Ok((records, blobs))
}

#[test]
fn what_is_packed_comes_out_for_its_addressee_and_nobody_else() {
    let stick = tempfile::tempdir().unwrap();
    let blobs = [material(1), material(262_144), material(262_145), material(3_000_000)];

    let folder = pack(stick.path(), &[b"one", b"two"], &blobs).unwrap();
    let (records, mut came) = unpack(&folder, &key(2)).unwrap();

    assert_eq!(records, b"onetwo");
    came.sort_by_key(Vec::len);
    assert!(came == blobs);
    assert!(matches!(unpack(&folder, &key(3)), Err(ParcelError::CannotOpen { .. })));
    assert!(matches!(unpack(&folder, &key(1)), Err(ParcelError::CannotOpen { .. })), "not even its maker");
}

#[test]
fn every_name_and_size_is_good_on_fat32() {
    let stick = tempfile::tempdir().unwrap();
    let folder = pack(stick.path(), &[b"one"], &[material(600_000)]).unwrap();

    let index = Parcel::open(&folder).unwrap().index().clone();
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let is_plain = name.bytes().all(|one| matches!(one, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        assert!(is_plain && name.len() <= 120 && !name.ends_with('.'), "{name}");
        assert!(entry.file_type().unwrap().is_file());
    }
    assert!(index.files.iter().all(|file| file.bytes <= MOST_FILE_BYTES));
}

/// A clip of so many zeros, without a disk full of them.
struct Zeros(u64);

impl std::io::Read for Zeros {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
        buffer[..count].fill(0);
        self.0 -= count as u64;
        Ok(count)
    }
}

#[test]
#[ignore = "writes more than a gibibyte and takes minutes unoptimised: `cargo test -p satchel-parcel -- --ignored`"]
fn a_clip_longer_than_a_file_may_be_goes_in_several_and_none_is_over_a_gibibyte() {
    let length = 1_100_000_000;
    let manifest = Manifest::of(Zeros(length)).unwrap();
    let stick = tempfile::tempdir().unwrap();
    let mut packing = Packing::begin(stick.path(), address()).unwrap();

    packing.blob(&manifest, Zeros(length), &|_| true).unwrap();
    let made = packing.finish().unwrap();

    let sizes: Vec<u64> = made.index.files.iter().map(|file| file.bytes).collect();
    println!("{sizes:?}");
    assert_eq!(sizes.len(), 3, "a manifest and two runs");
    assert!(sizes.iter().all(|bytes| *bytes < MOST_FILE_BYTES));
    let blob = &made.index.blobs()[0];
    assert_eq!((blob.length, blob.runs.len(), blob.runs[1].0), (length, 2, 4_000));
}

#[test]
fn packing_that_is_stopped_or_fails_leaves_nothing_behind() {
    let stick = tempfile::tempdir().unwrap();
    let bytes = material(2_000_000);
    let manifest = Manifest::of(bytes.as_slice()).unwrap();

    let mut packing = Packing::begin(stick.path(), address()).unwrap();
    let stopped = packing.blob(&manifest, bytes.as_slice(), &|_| false);
    assert!(matches!(stopped, Err(ParcelError::Stopped)));
    drop(packing);
    let mut packing = Packing::begin(stick.path(), address()).unwrap();
    let changed = packing.blob(&manifest, Bytes::new(material(1_999_999)), &|_| true);
    assert!(matches!(changed, Err(ParcelError::SourceChanged { .. })));
    drop(packing);

    assert_eq!(std::fs::read_dir(stick.path()).unwrap().count(), 0);
}

#[test]
fn a_stick_pulled_while_a_parcel_is_written_holds_no_parcel() {
    let stick = tempfile::tempdir().unwrap();
    let blobs = [material(700_000), material(90)];
    let folder = pack(stick.path(), &[b"one"], &blobs).unwrap();
    let files = Parcel::open(&folder).unwrap().index().files.clone();

    std::fs::rename(folder.join("index.signed"), folder.join("index.signed.part")).unwrap();
    for file in files.iter().rev() {
        let found = find(stick.path()).unwrap();
        assert_eq!((found.parcels.len(), found.unfinished.len()), (0, 1));
        assert!(matches!(Parcel::open(&folder), Err(ParcelError::Unfinished { .. })));
        std::fs::remove_file(folder.join(&file.name)).unwrap();
    }
}

#[test]
fn every_way_to_bend_a_signed_page_is_seen() {
    let stick = tempfile::tempdir().unwrap();
    let folder = pack(stick.path(), &[b"one"], &[]).unwrap();
    let page = std::fs::read(folder.join("index.signed")).unwrap();
    let seed = 7;
    println!("seed {seed}");
    let mut dice = Dice::new(seed);

    for _ in 0..2_000 {
        let mut bent = page.clone();
        let at = dice.below(bent.len());
        match dice.below(4) {
            0 => bent[at] ^= 1 << dice.below(8),
            1 => drop(bent.remove(at)),
            2 => bent.insert(at, b"0a \n{"[dice.below(5)]),
            _ => bent.truncate(at),
        }
        if bent == page {
            continue;
        }
        std::fs::write(folder.join("index.signed"), &bent).unwrap();
        assert!(Parcel::open(&folder).is_err(), "{}", String::from_utf8_lossy(&bent));
    }
}

#[test]
fn a_receipt_is_the_word_of_the_pinned_pool_only() {
    let stick = tempfile::tempdir().unwrap();
    let folder = pack(stick.path(), &[b"one"], &[]).unwrap();
    let receipt = golden_receipt(Parcel::open(&folder).unwrap().index().parcel);
    assert_eq!(Receipt::read(&folder, &key(2).verifying_key()).unwrap(), None);

    receipt.write(&folder, &key(2)).unwrap();
    assert_eq!(Receipt::read(&folder, &key(2).verifying_key()).unwrap(), Some(receipt.clone()));
    let page = std::fs::read(folder.join("receipt.signed")).unwrap();
    for at in 0..page.len() {
        std::fs::write(folder.join("receipt.signed"), &page[..at]).unwrap();
        assert!(Receipt::read(&folder, &key(2).verifying_key()).is_err(), "cut to {at}");
        let mut bent = page.clone();
        bent[at] ^= 1;
        std::fs::write(folder.join("receipt.signed"), bent).unwrap();
        assert!(Receipt::read(&folder, &key(2).verifying_key()).is_err(), "bent at {at}");
    }

    receipt.write(&folder, &key(1)).unwrap();
    assert!(matches!(Receipt::read(&folder, &key(2).verifying_key()), Err(ParcelError::NotOurPool)));
}

fn golden_receipt(parcel: DeviceId) -> Receipt {
    Receipt {
        v: 1,
        parcel,
        newsroom: NewsroomId([5; 16]),
        device: device_id(&key(1).verifying_key()),
        epoch: 1,
        at: 1_795_000_000_000,
        heads: vec![StreamHead { stream: Stream::Editorial, seq: 2, id: Hash([8; 32]) }],
        have: vec![Manifest::of(material(300_000).as_slice()).unwrap().root],
        rejected: Vec::new(),
        fork: None,
        enrolled: None,
    }
}

/// A parcel of the first version, made once and kept; `BLESS_PARCEL=1` makes it where there is none.
#[test]
fn the_golden_parcel_of_version_1_reads_for_ever() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    if std::env::var_os("BLESS_PARCEL").is_some() && !golden.exists() {
        std::fs::create_dir_all(&golden).unwrap();
        let folder = pack(&golden, &[b"one", b"two"], &[material(300_000)]).unwrap();
        let parcel = Parcel::open(&folder).unwrap().index().parcel;
        golden_receipt(parcel).write(&folder, &key(2)).unwrap();
    }
    let found = find(&golden).unwrap();

    let folder = &found.parcels[0];
    let parcel = Parcel::open(folder).unwrap();
    parcel.must_be(Way::Up, NewsroomId([5; 16]), device_id(&key(2).verifying_key())).unwrap();
    assert_eq!(unpack(folder, &key(2)).unwrap(), (b"onetwo".to_vec(), vec![material(300_000)]));
    assert_eq!((parcel.index().v, parcel.index().records()), (1, 2));
    assert_eq!(parcel.index().cursor, address().cursor);
    let receipt = Receipt::read(folder, &key(2).verifying_key()).unwrap();
    assert_eq!(receipt, Some(golden_receipt(parcel.index().parcel)));
}
