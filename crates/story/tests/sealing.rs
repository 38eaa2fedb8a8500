//! What is sealed into a record is short, and says exactly what was typed.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "common/desk.rs"]
mod desk;

use desk::{Peer, random_act};
use proptest::prelude::*;
use satchel_story::{Document, join_updates};
use satchel_testkit::Dice;
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Doc, OffsetKind, Options, Text, Transact, Update};

fn read(records: &[Vec<u8>]) -> Document {
    let mut document = Document::new();
    for record in records {
        document.apply(record).unwrap();
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_sealed_stretch_of_work_gives_the_same_manuscript_as_its_strokes(
        acts in prop::collection::vec((0_u8..2, 0_u8..10, any::<u16>()), 1..60),
        stretch in 1_usize..20,
    ) {
        let mut dice = Dice::new(11);
        let mut peers: Vec<Peer> = (0..2).map(|index| Peer::new(2_000 + index)).collect();
        let mut strokes: Vec<Vec<u8>> = Vec::new();
        for &(who, act, value) in &acts {
            let writer = usize::from(who);
            let stroke = random_act(&mut peers[writer], act, value, &mut dice);
            peers[1 - writer].take(&stroke);
            strokes.push(stroke);
        }

        let mut records: Vec<Vec<u8>> = Vec::new();
        for batch in strokes.chunks(stretch) {
            let record = read(&records).condense(batch).unwrap();
            prop_assert!(record.len() <= join_updates(batch).unwrap().len());
            records.push(record);
        }

        let (sealed, typed) = (read(&records), read(&strokes));
        prop_assert!(!sealed.is_waiting());
        prop_assert_eq!(sealed.revision().hash, typed.revision().hash);
        prop_assert_eq!(sealed.state(), typed.state());
    }
}

#[test]
fn words_typed_one_after_the_other_are_sealed_as_one_run() {
    let mut dice = Dice::new(3);
    let mut peer = Peer::new(77);
    peer.seed(&mut dice);
    let base = read(&[peer.document.state()]);
    let strokes = typed(&base, 60);

    let record = base.condense(&strokes).unwrap();

    let joined = join_updates(&strokes).unwrap();
    assert!(record.len() < 60 * 3 + 40, "{} bytes, joined {}", record.len(), joined.len());
}

/// One session of the window types so many characters at the beginning, one update each.
fn typed(base: &Document, characters: u32) -> Vec<Vec<u8>> {
    let mut options = Options::with_client_id(ClientID::new(5));
    options.offset_kind = OffsetKind::Utf16;
    let doc = Doc::with_options(options);
    let body = doc.get_or_insert_text("body");
    doc.transact_mut().apply_update(Update::decode_v1(&base.state()).unwrap()).unwrap();
    let strokes = (0..characters).map(|at| {
        let mut txn = doc.transact_mut();
        body.insert(&mut txn, at, "丰");
        txn.encode_update_v1()
    });
    strokes.collect()
}
