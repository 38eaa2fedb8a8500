//! What comes on a stick is judged as what comes by the line, and believed to its last byte or not at all.

use std::path::{Path, PathBuf};

use satchel_failure::Explain;
use satchel_parcel::{Address, Cursor, Holds, Packing, Parcel, ParcelError, Receipt, Way};
use satchel_pool::{Export, Material, PoolError};
use satchel_terms::{Hash, NewsroomId, Role};
use satchel_testkit::Dice;
use satchel_wire::protocol::{RevokeAsk, StreamHead};
use satchel_wire::{Codec, Kind, Manifest, Record, Stream, VerifyingKey, key_from_hex};
use tempfile::TempDir;

use crate::laptop::{Laptop, id};
use crate::shop::Shop;

/// A shop, a laptop, and a stick.
struct Counter {
    shop: Shop,
    laptop: Laptop,
    pool_key: VerifyingKey,
    stick: TempDir,
}

impl Counter {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let laptop = shop.hire(1, &[Role::Reporter]).await;
        let pool_key = key_from_hex(&laptop.hello().await.pool_key).unwrap();
        Self { shop, laptop, pool_key, stick: tempfile::tempdir().unwrap() }
    }

    fn address(&self) -> Address {
        Address {
            newsroom: self.laptop.newsroom,
            way: Way::Up,
            key: self.laptop.key.clone(),
            to: self.pool_key,
            made: 0,
            program: "test".into(),
            cursor: None,
        }
    }

    fn pack(&self, address: Address, records: &[Record], blobs: &[&[u8]]) -> PathBuf {
        let mut packing = Packing::begin(self.stick.path(), address).unwrap();
        for record in records {
            packing.record(record.bytes()).unwrap();
        }
        for bytes in blobs {
            packing.blob(&Manifest::of(*bytes).unwrap(), *bytes, &|_| true).unwrap();
        }
        packing.finish().unwrap().folder
    }

    async fn import(&self, folder: &Path) -> Result<Receipt, PoolError> {
        self.shop.server().pool.import_parcel(folder).await
    }

    async fn refused(&self, folder: &Path) -> &'static str {
        self.import(folder).await.expect_err("it must be refused").code()
    }

    /// The newest place of the feed, and how many blobs there are.
    async fn held(&self) -> (u64, u64) {
        let keep = self.shop.server().pool.keep();
        (keep.head().await.unwrap(), keep.totals().await.unwrap().blobs)
    }
}

fn notes(laptop: &mut Laptop, count: usize) -> Vec<Record> {
    (0..count).map(|place| laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![1; 20 + place])).collect()
}

fn root(bytes: &[u8]) -> Hash {
    Hash(*blake3::hash(bytes).as_bytes())
}

#[tokio::test]
async fn a_parcel_brings_what_the_line_would_and_the_same_again_changes_nothing() {
    let mut counter = Counter::open().await;
    let records = notes(&mut counter.laptop, 30);
    let (small, large) = (vec![3; 5_000], vec![4; 2_500_000]);
    let folder = counter.pack(counter.address(), &records, &[&small, &large, &[]]);
    let before = counter.held().await;

    let receipt = counter.import(&folder).await.unwrap();
    let after = counter.held().await;
    let again = counter.import(&folder).await.unwrap();

    assert_eq!(after.0, before.0 + 30);
    assert_eq!(counter.held().await, after);
    assert_eq!(counter.laptop.feed(before.0).await, records);
    let head = StreamHead { stream: Stream::Editorial, seq: 30, id: records[29].id() };
    assert_eq!((&receipt.heads, &again.heads), (&vec![head], &vec![head]));
    for bytes in [small, large, vec![]] {
        assert!(receipt.have.contains(&root(&bytes)) && again.have.contains(&root(&bytes)));
        let keep = counter.shop.server().pool.keep();
        let mut read = Vec::new();
        while read.len() < bytes.len() {
            read.extend(keep.read_blob(root(&bytes), read.len() as u64, 1 << 20).await.unwrap());
        }
        assert!(read == bytes);
    }
    assert_eq!(Receipt::read(&folder, &counter.pool_key).unwrap(), Some(again));
    let stranger = counter.laptop.key.verifying_key();
    assert!(matches!(Receipt::read(&folder, &stranger), Err(ParcelError::NotOurPool)));
}

#[tokio::test]
async fn a_parcel_is_judged_like_a_push() {
    let mut counter = Counter::open().await;
    let mut records = notes(&mut counter.laptop, 2);
    records.push(counter.laptop.say(Kind::DECISION, id(5), &serde_json::json!({"act": "withdraw"})));
    let gap = notes(&mut counter.laptop, 2).pop().unwrap();
    let folder = counter.pack(counter.address(), &[records, vec![gap.clone()]].concat(), &[]);

    let receipt = counter.import(&folder).await.unwrap();

    assert_eq!(receipt.heads[0].seq, 3);
    assert_eq!(receipt.rejected.len(), 1, "a record behind a gap is not taken: {:?}", receipt.rejected);
    assert_eq!((receipt.rejected[0].id, receipt.rejected[0].code.as_str()), (gap.id(), "wire.chain-broken"));
    let verdicts = counter.laptop.feed(0).await;
    assert!(verdicts.iter().any(|record| record.header().kind == Kind::POOL_VERDICT), "decisions are judged");
}

#[tokio::test]
async fn a_parcel_cut_off_at_any_byte_is_refused_and_nothing_of_it_is_taken_in() {
    let mut counter = Counter::open().await;
    let records = notes(&mut counter.laptop, 3);
    let folder = counter.pack(counter.address(), &records, &[&[7; 100]]);
    let before = counter.held().await;
    let mut cuts = 0;

    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let whole = std::fs::read(entry.path()).unwrap();
        for length in 0..whole.len() {
            std::fs::write(entry.path(), &whole[..length]).unwrap();
            let code = counter.refused(&folder).await;
            assert_eq!(code, "parcel.damaged", "{:?} cut to {length}", entry.file_name());
            cuts += 1;
        }
        std::fs::remove_file(entry.path()).unwrap();
        let code = counter.refused(&folder).await;
        assert!(["parcel.missing", "parcel.unfinished"].contains(&code), "{code}");
        std::fs::write(entry.path(), &whole).unwrap();
    }

    assert!(cuts > 1_000, "{cuts}");
    assert_eq!(counter.held().await, before);
    assert!(!folder.join(satchel_parcel::RECEIPT).exists());
    counter.import(&folder).await.unwrap();
    println!("{cuts} cuts, every one refused");
}

#[tokio::test]
async fn a_flipped_bit_anywhere_is_refused_and_nothing_of_the_parcel_is_taken_in() {
    let mut counter = Counter::open().await;
    let records = notes(&mut counter.laptop, 3);
    let folder = counter.pack(counter.address(), &records, &[&[7; 100]]);
    let before = counter.held().await;
    let seed = 20_261_123;
    println!("seed {seed}");
    let (mut dice, mut flips) = (Dice::new(seed), 0);

    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let whole = std::fs::read(entry.path()).unwrap();
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 1 << dice.below(8);
            std::fs::write(entry.path(), &bent).unwrap();
            let code = counter.refused(&folder).await;
            let is_told = ["parcel.damaged", "parcel.other-version"].contains(&code);
            assert!(is_told, "{:?} at {at}: {code}", entry.file_name());
            flips += 1;
        }
        std::fs::write(entry.path(), &whole).unwrap();
    }

    assert_eq!(counter.held().await, before);
    counter.import(&folder).await.unwrap();
    println!("{flips} flips, every one refused");
}

#[tokio::test]
async fn a_parcel_of_another_centre_for_another_pool_or_from_a_stranger_is_refused() {
    let mut counter = Counter::open().await;
    let records = notes(&mut counter.laptop, 3);
    let before = counter.held().await;
    let foreign = Address { newsroom: NewsroomId([9; 16]), ..counter.address() };
    let astray = Address { to: counter.laptop.key.verifying_key(), ..counter.address() };
    let unknown = Address { key: satchel_wire::SigningKey::from_bytes(&[77; 32]), ..counter.address() };

    for (address, code) in
        [(foreign, "parcel.other-centre"), (astray, "parcel.not-for-us"), (unknown, "pool.unknown-device")]
    {
        let folder = counter.pack(address, &records, &[&[1; 100]]);
        assert_eq!(counter.refused(&folder).await, code);
    }

    assert_eq!(counter.held().await, before);
}

#[tokio::test]
async fn a_file_of_another_parcel_and_a_link_in_its_place_are_refused() {
    let mut counter = Counter::open().await;
    let records = notes(&mut counter.laptop, 3);
    let one = counter.pack(counter.address(), &records[..2], &[]);
    let two = counter.pack(counter.address(), &records, &[]);
    let before = counter.held().await;
    let name = Parcel::open(&two).unwrap().index().files[0].name.clone();
    let own = std::fs::read(two.join(&name)).unwrap();

    std::fs::copy(one.join(&name), two.join(&name)).unwrap();
    assert_eq!(counter.refused(&two).await, "parcel.damaged");
    #[cfg(unix)]
    {
        std::fs::remove_file(two.join(&name)).unwrap();
        std::fs::write(two.join("aside"), &own).unwrap();
        std::os::unix::fs::symlink(two.join("aside"), two.join(&name)).unwrap();
        assert_eq!(counter.refused(&two).await, "parcel.missing");
        std::fs::remove_file(two.join(&name)).unwrap();
    }
    std::fs::write(two.join(&name), &own).unwrap();

    assert_eq!(counter.held().await, before);
    counter.import(&two).await.unwrap();
}

#[tokio::test]
async fn what_a_revoked_laptop_sends_by_stick_stands_apart() {
    let mut counter = Counter::open().await;
    let records = notes(&mut counter.laptop, 3);
    let folder = counter.pack(counter.address(), &records, &[&[1; 100]]);
    let ask = RevokeAsk { device: counter.laptop.device, reason: "lost".into() };
    counter.shop.server().pool.revoke(&ask).await.unwrap();
    let before = counter.held().await;

    let receipt = counter.import(&folder).await.unwrap();

    assert_eq!(counter.held().await, before);
    assert_eq!((receipt.heads.len(), receipt.have.len()), (0, 0));
    assert!(receipt.rejected.iter().all(|one| one.code == "pool.device-revoked"));
    assert_eq!(receipt.rejected.len(), 3);
    let export = Export { device: counter.laptop.device, after: None, material: Material::None };
    let refused = counter.shop.server().pool.export_parcel(counter.stick.path(), export).await;
    assert!(matches!(refused, Err(PoolError::DeviceRevoked)));
}

#[tokio::test]
async fn a_parcel_for_a_laptop_goes_on_where_its_own_parcel_says_and_opens_for_it_alone() {
    let mut counter = Counter::open().await;
    let records = notes(&mut counter.laptop, 5);
    counter.laptop.push(&records).await;
    let head = counter.held().await.0;
    let epoch = counter.shop.server().pool.facts().epoch;
    let read = Cursor { epoch, after: head - 2, next: head - 2, head: head - 2 };
    counter.pack(Address { cursor: Some(read), ..counter.address() }, &[], &[]);
    let other = Cursor { epoch: epoch + 1, after: head, next: head, head };
    counter.pack(Address { cursor: Some(other), ..counter.address() }, &[], &[]);

    let export = Export { device: counter.laptop.device, after: None, material: Material::All };
    let made = counter.shop.server().pool.export_parcel(counter.stick.path(), export).await.unwrap();

    assert_eq!(made.index.cursor, Some(Cursor { epoch, after: head - 2, next: head, head }));
    let parcel = Parcel::open(&made.folder).unwrap();
    parcel.check(&|_| true).unwrap();
    parcel.must_be(Way::Down, counter.laptop.newsroom, counter.laptop.device).unwrap();
    assert_eq!(parcel.index().maker().unwrap(), counter.pool_key);
    let file = &parcel.index().files[0];
    assert_eq!(file.holds, Holds::Feed { after: head - 2, next: head });
    let frames = parcel.read_file(file, &counter.laptop.key).unwrap();
    assert_eq!(Record::parse_many(&frames).unwrap(), records[3..]);
    let stranger = satchel_wire::SigningKey::from_bytes(&[77; 32]);
    assert!(matches!(parcel.read_file(file, &stranger), Err(ParcelError::CannotOpen { .. })));
}
