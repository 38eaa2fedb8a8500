//! Laws of records, segments and messages. Random tests print their seed when they fail.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use satchel_terms::{Hash, NewsroomId, PersonId, Role};
use satchel_wire::protocol::{Hello, Invitation, TokenProve};
use satchel_wire::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn draft(kind: u16, seq: u64, codec: Codec, body: Vec<u8>) -> Draft {
    Draft {
        kind: Kind(kind),
        newsroom: NewsroomId([3; 16]),
        device: device_id(&key(7).verifying_key()),
        stream: Stream::Editorial,
        seq,
        prev: if seq == 1 { Hash::ZERO } else { Hash([9; 32]) },
        time: HybridTime::next(1_795_000_000_000, HybridTime::default()),
        subject: [5; 16],
        codec,
        body,
    }
}

fn codec() -> impl Strategy<Value = Codec> {
    prop_oneof![Just(Codec::Raw), Just(Codec::Json), Just(Codec::ZstdRaw), Just(Codec::ZstdJson)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_record_survives_the_way_through_bytes(kind: u16, seq in 1u64..1 << 40, codec in codec(),
                                               body in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let record = Record::seal(draft(kind, seq, codec, body.clone()), &key(7)).unwrap();

        let back = Record::parse(record.bytes().to_vec()).unwrap();

        prop_assert_eq!(&back, &record);
        prop_assert_eq!(back.body().unwrap(), body);
        prop_assert_eq!(back.header().kind, Kind(kind));
        prop_assert!(back.verify(&key(7).verifying_key()).is_ok());
    }

    #[test]
    fn one_flipped_bit_is_always_detected(body in proptest::collection::vec(any::<u8>(), 0..300), codec in codec(), place: prop::sample::Index) {
        let record = Record::seal(draft(1, 1, codec, body), &key(7)).unwrap();
        let mut bytes = record.bytes().to_vec();
        let bit = place.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);

        let believed = Record::parse(bytes).and_then(|record| record.verify(&key(7).verifying_key()));

        prop_assert!(believed.is_err(), "bit {bit} was flipped and nobody noticed");
    }

    #[test]
    fn garbage_is_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..1024)) {
        prop_assert!(Record::parse(bytes.clone()).is_err());
        let _ = Record::parse_many(&[b"SR".as_slice(), &bytes].concat());
    }

    #[test]
    fn a_page_reads_as_the_records_it_was_made_of(bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..12)) {
        let mut records = Vec::new();
        for (place, body) in bodies.into_iter().enumerate() {
            let mut draft = draft(1, place as u64 + 1, Codec::Raw, body);
            draft.prev = records.last().map_or(Hash::ZERO, Record::id);
            records.push(Record::seal(draft, &key(7)).unwrap());
        }
        let page: Vec<u8> = records.iter().flat_map(|record| record.bytes().to_vec()).collect();

        let read = Record::parse_many(&page).unwrap();

        prop_assert_eq!(&read, &records);
        let mut last = None;
        for record in read {
            prop_assert!(record.follows(last).is_ok());
            last = Some((record.header().seq, record.id()));
        }
        if !page.is_empty() {
            prop_assert!(Record::parse_many(&page[..page.len() - 1]).is_err(), "a page cut short is not half a page");
        }
    }

    #[test]
    fn a_bitmap_says_exactly_what_is_missing(count in 0u64..200, held in proptest::collection::vec(0u64..220, 0..100), longest in 1u64..20) {
        let mut map = Bitmap::new(count);
        held.iter().for_each(|index| map.set(*index));

        let back = Bitmap::from_bytes(count, map.to_bytes());
        let missing: Vec<u64> = back.missing_runs(longest).into_iter().flatten().collect();

        prop_assert_eq!(&back, &map);
        prop_assert_eq!(missing, (0..count).filter(|index| !held.contains(index)).collect::<Vec<_>>());
        prop_assert_eq!(map.is_complete(), (0..count).all(|index| held.contains(&index)));
    }
}

/// Bytes that differ everywhere, so that swapped segments are seen.
fn material(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&length.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

#[test]
fn a_manifest_folds_into_blake3_of_the_file() {
    let segment = usize::try_from(SEGMENT).unwrap();
    for length in [
        0,
        1,
        1023,
        1024,
        1025,
        segment - 1,
        segment,
        segment + 1,
        2 * segment,
        2 * segment + 1,
        3 * segment,
        3 * segment + 7,
        4 * segment,
        5 * segment - 1,
        7 * segment + 3,
        8 * segment,
        9 * segment + 1025,
        17 * segment,
    ] {
        let file = material(length);

        let manifest = Manifest::of(file.as_slice()).unwrap();

        assert_eq!(manifest.root.0, *blake3::hash(&file).as_bytes(), "length {length}");
        assert_eq!(manifest.length, length as u64);
        assert_eq!(Manifest::parse(manifest.root, length as u64, &manifest.to_bytes()).unwrap(), manifest);
        assert_eq!(manifest.segments(), file.chunks(segment).count() as u64);
        for (index, bytes) in file.chunks(segment).enumerate() {
            assert!(manifest.verify_segment(index as u64, bytes), "segment {index} of {length}");
            let mut wrong = bytes.to_vec();
            wrong[0] ^= 1;
            assert!(!manifest.verify_segment(index as u64, &wrong));
            assert!(!manifest.verify_segment(index as u64 + 1, bytes));
        }
    }
}

#[test]
fn a_manifest_of_another_file_is_refused() {
    let manifest = Manifest::of(material(1_000_000).as_slice()).unwrap();
    let mut bytes = manifest.to_bytes();
    bytes[40] ^= 1;

    assert_eq!(Manifest::parse(manifest.root, 1_000_000, &bytes), Err(WireError::BadManifest));
    assert_eq!(Manifest::parse(manifest.root, 5_000_000, &manifest.to_bytes()), Err(WireError::BadManifest));
    assert_eq!(
        Manifest::parse(Hash([1; 32]), 0, &[]),
        Err(WireError::BadManifest),
        "an empty file has one name only"
    );
}

#[test]
fn another_key_cannot_sign_for_a_device() {
    assert_eq!(Record::seal(draft(1, 1, Codec::Raw, vec![1]), &key(8)), Err(WireError::WrongDevice));

    let record = Record::seal(draft(1, 1, Codec::Raw, vec![1]), &key(7)).unwrap();

    assert_eq!(record.verify(&key(8).verifying_key()), Err(WireError::WrongDevice));
}

#[test]
fn a_body_over_the_limit_is_refused_unless_it_compresses() {
    let noise = material(BODY_LIMIT + 1);
    let silence = vec![0; BODY_LIMIT + 1];

    assert!(matches!(
        Record::seal(draft(1, 1, Codec::ZstdRaw, noise), &key(7)),
        Err(WireError::TooLarge { .. })
    ));
    assert_eq!(
        Record::seal(draft(1, 1, Codec::ZstdRaw, silence.clone()), &key(7)).unwrap().body().unwrap(),
        silence
    );
}

#[test]
fn the_first_record_of_a_chain_has_nothing_before_it() {
    let mut odd = draft(1, 1, Codec::Raw, vec![]);
    odd.prev = Hash([1; 32]);

    assert_eq!(Record::seal(odd, &key(7)), Err(WireError::ChainBroken { seq: 1 }));
    assert_eq!(
        Record::seal(draft(1, 0, Codec::Raw, vec![]), &key(7)),
        Err(WireError::ChainBroken { seq: 0 })
    );
}

#[test]
fn the_golden_record_reads_for_ever() {
    let record = Record::seal(
        draft(11, 1, Codec::Json, br#"{"slug":"flood","authorName":"Zhang San"}"#.to_vec()),
        &key(7),
    )
    .unwrap();

    assert_eq!(
        record.id().to_string(),
        include_str!("golden/story-create.id").trim(),
        "the format of a record changed"
    );
    assert_eq!(hex::encode(record.bytes()), include_str!("golden/story-create.hex").trim());
}

#[test]
fn time_goes_on_though_the_clock_goes_back() {
    let first = HybridTime::next(1_000, HybridTime::default());
    let second = HybridTime::next(900, first);

    assert!(second > first);
    assert_eq!((second.millis(), second.counter()), (1_000, 1));
    assert_eq!(
        first.heard(HybridTime::next(10_000_000, first), 1_000),
        first,
        "a clock far ahead pulls nobody"
    );
}

#[test]
fn an_invitation_with_one_changed_word_is_refused() {
    let invitation = Invitation {
        v: 1,
        newsroom: NewsroomId([3; 16]),
        centre: "Centre".into(),
        pool: "http://127.0.0.1:1".into(),
        pool_key: key_to_hex(&key(7).verifying_key()),
        pool_pin: None,
        person: PersonId([4; 16]),
        name: "Zhang San".into(),
        roles: vec![Role::Reporter],
        code: "ABC".into(),
        expires: 1,
        signature: String::new(),
        more: [("laterField".to_owned(), "of a newer pool".into())].into(),
    };
    let signed = invitation.sign(&key(7)).unwrap();
    let text = serde_json::to_string(&signed).unwrap();

    assert!(serde_json::from_str::<Invitation>(&text).unwrap().verify().is_ok());
    let other = text.replace("of a newer pool", "of a forger");
    assert_eq!(serde_json::from_str::<Invitation>(&other).unwrap().verify(), Err(WireError::BadInvitation));
    let forged = text.replace("reporter", "chief");
    assert_eq!(serde_json::from_str::<Invitation>(&forged).unwrap().verify(), Err(WireError::BadInvitation));
}

/// What the pool of key 7 says of itself, not yet proven.
fn hello() -> Hello {
    Hello {
        protocol_min: 1,
        protocol_max: 1,
        pool: NewsroomId([3; 16]),
        epoch: 1,
        now: 0,
        head: 5,
        mine: vec![],
        pool_key: key_to_hex(&key(7).verifying_key()),
        backup_mark: None,
        backup_proof: None,
        proof: None,
    }
}

#[test]
fn only_the_pinned_pool_can_answer_hello() {
    let mut hello = hello();
    hello.prove("abc", &key(7));

    assert!(hello.is_proven("abc", &key(7).verifying_key()));
    assert!(!hello.is_proven("abd", &key(7).verifying_key()), "an old answer does not serve twice");
    assert!(!hello.is_proven("abc", &key(8).verifying_key()));
}

#[test]
fn a_backup_mark_counts_only_as_the_pinned_pool_signed_it_and_older_programs_do_not_mind() {
    let mut hello = Hello { backup_mark: Some(4), ..hello() };
    hello.prove("abc", &key(7));
    let pinned = key(7).verifying_key();
    assert_eq!(hello.proven_backup_mark("abc", &pinned), Some(4));
    assert_eq!(hello.proven_backup_mark("abd", &pinned), None);
    assert_eq!(hello.proven_backup_mark("abc", &key(8).verifying_key()), None);
    assert_eq!(Hello { backup_mark: Some(5), ..hello.clone() }.proven_backup_mark("abc", &pinned), None);
    assert_eq!(Hello { epoch: 2, ..hello.clone() }.proven_backup_mark("abc", &pinned), None);

    let older = Hello { backup_proof: None, ..hello.clone() };
    assert!(older.is_proven("abc", &pinned), "the hello itself is signed as it always was");
    assert_eq!(older.proven_backup_mark("abc", &pinned), None, "an older pool's mark is a hint");
}

#[test]
fn a_token_is_given_to_the_holder_of_the_key_only() {
    let device = device_id(&key(7).verifying_key());

    assert!(TokenProve::sign(device, "x", &key(7)).is_signed_by(&key(7).verifying_key()));
    assert!(!TokenProve::sign(device, "x", &key(8)).is_signed_by(&key(7).verifying_key()));
}
