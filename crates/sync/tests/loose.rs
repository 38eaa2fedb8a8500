//! Laws of records that a neighbour brings: believed for signature and chain alone, and nothing else is kept.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{STORY, join, pool, sealed};
use satchel_sync::{Loose, take_loose};
use satchel_terms::{DeviceId, Hash, NewsroomId};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream, device_id};

fn bytes(records: &[Record]) -> Vec<u8> {
    records.iter().flat_map(Record::bytes).copied().collect()
}

fn reasons(told: &Loose) -> Vec<&str> {
    told.refused.iter().map(|(_, reason)| reason.as_str()).collect()
}

/// A reporter and an editor who know each other, and five records that only the reporter has.
async fn two() -> (satchel_pool::Server, common::Laptop, common::Laptop, Vec<Record>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (reporter, editor) = (join(&server, "记者").await, join(&server, "编辑").await);
    reporter.round().await;
    editor.round().await;
    let records = (0..5).map(|number| reporter.write(&format!("句{number}"))).collect();
    (server, reporter, editor, records, dir)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbours_records_come_in_order_once_and_without_a_place_in_the_pools_order() {
    let (_server, _reporter, editor, records, _dir) = two().await;
    let before = editor.library.pool().unwrap().unwrap();

    let told = take_loose(&editor.library, &editor.identity, &bytes(&records)).unwrap();
    assert_eq!((told.fresh, told.refused.len()), (5, 0));
    assert_eq!(editor.texts().len(), 5);
    for record in &records {
        assert_eq!(editor.library.record(record.id()).unwrap().unwrap().pool_seq, None);
    }
    assert_eq!(editor.library.pool().unwrap().unwrap(), before, "no cursor moves on a neighbour's word");
    assert_eq!(
        editor.library.unpushed(editor.identity.device).unwrap(),
        0,
        "and nothing new waits of one's own"
    );

    let again = take_loose(&editor.library, &editor.identity, &bytes(&records)).unwrap();
    assert_eq!(again, Loose::default(), "sent again they change nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_believed_is_not_kept_at_all() {
    let (_server, reporter, editor, records, _dir) = two().await;
    let take = |records: &[Record]| take_loose(&editor.library, &editor.identity, &bytes(records)).unwrap();

    let gap = take(&records[1..]);
    assert_eq!((gap.fresh, reasons(&gap)), (0, vec!["chain-broken"; 4]));

    let stranger = SigningKey::from_bytes(&[9; 32]);
    let of = |device: DeviceId, key: &SigningKey, newsroom: NewsroomId| {
        let draft = Draft {
            kind: Kind::DOC_UPDATE,
            newsroom,
            device,
            stream: Stream::Editorial,
            seq: 1,
            prev: Hash::ZERO,
            time: HybridTime(1 << 40),
            subject: STORY.0,
            codec: Codec::Raw,
            body: b"x".to_vec(),
        };
        Record::seal(draft, key).unwrap()
    };
    let unknown = of(device_id(&stranger.verifying_key()), &stranger, editor.identity.newsroom);
    assert_eq!(reasons(&take(&[unknown])), ["unknown-signer"]);
    let foreign = of(reporter.identity.device, &reporter.identity.key, NewsroomId([7; 16]));
    assert_eq!(reasons(&take(&[foreign])), ["other-newsroom"]);
    let mut forged = records[0].bytes().to_vec();
    forged[150] ^= 1; // one bit of the signature
    assert_eq!(reasons(&take(&[Record::parse(forged).unwrap()])), ["bad-signature"]);

    take(&records);
    let fork = of(reporter.identity.device, &reporter.identity.key, editor.identity.newsroom);
    assert_eq!(reasons(&take(&[fork])), ["fork"], "the first of a place stays");
    let own = sealed(&editor.library, &editor.identity, editor.identity.newsroom, "自己的话");
    assert_eq!(reasons(&take(&[own])), ["own"], "nobody brings one's own words but oneself");
    assert!(editor.library.quarantine(10).unwrap().is_empty(), "nothing is kept, not even apart");
    assert_eq!(editor.texts().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_flipped_bit_leaves_the_chain_where_it_was() {
    let (_server, _reporter, editor, records, _dir) = two().await;
    let whole = bytes(&records);
    let mut taken = 0;
    for at in (0..whole.len()).step_by(7) {
        let mut bent = whole.clone();
        bent[at] ^= 1 << (at % 8);
        if let Ok(told) = take_loose(&editor.library, &editor.identity, &bent) {
            taken += told.fresh;
        }
        for record in editor.library.records_of(STORY.0, &[]).unwrap() {
            assert!(records.contains(&record.record), "bit {at} made something that nobody wrote");
        }
    }
    println!("{taken} whole records came out of {} bent pages", whole.len() / 7);
    take_loose(&editor.library, &editor.identity, &whole).unwrap();
    assert_eq!(editor.texts().len(), 5, "the true ones fit afterwards");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_takes_anothers_records_from_whoever_brings_them_before_ones_own() {
    let (server, reporter, editor, records, _dir) = two().await;
    take_loose(&editor.library, &editor.identity, &bytes(&records)).unwrap();
    let answer = editor.write("在此之上");
    let driver = editor.drive();
    for _ in 0..200 {
        let is_there = editor.library.record(answer.id()).unwrap().unwrap().pool_seq.is_some();
        if is_there && editor.library.record(records[4].id()).unwrap().unwrap().pool_seq.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    driver.stop().await;
    let place = |id: Hash| editor.library.record(id).unwrap().unwrap().pool_seq;
    let places: Vec<_> = records.iter().chain([&answer]).map(|record| place(record.id())).collect();
    println!("{places:?}");
    assert!(places.iter().all(Option::is_some), "{places:?}");
    assert!(places.is_sorted(), "what was built on comes first: {places:?}");

    let report = reporter.round().await;
    assert_eq!((report.pushed, report.rejected.len()), (0, 0), "the reporter need not send them again");
    assert_eq!(reporter.library.unpushed(reporter.identity.device).unwrap(), 0);
    server.stop().await;
}
