//! Several people write the same story apart from each other; whatever way their changes travel, one story comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "common/desk.rs"]
mod desk;

use desk::{Peer, random_act};
use proptest::prelude::*;
use satchel_story::{Document, Revision, missing_after};
use satchel_testkit::Dice;

/// Three peers write in rounds, some rounds apart, and hand out every update they made.
fn history(acts: &[(u8, u8, u16)]) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(7);
    let mut peers: Vec<Peer> = (0..3).map(|index| Peer::new(1000 + index)).collect();
    let mut log: Vec<Vec<u8>> = Vec::new();
    for &(who, act, value) in acts {
        let who = usize::from(who) % peers.len();
        if act % 11 == 10 {
            for update in &log {
                peers[who].take(update);
            }
            continue;
        }
        let update = random_act(&mut peers[who], act, value, &mut dice);
        log.push(update);
    }
    log
}

fn replay<'a>(updates: impl IntoIterator<Item = &'a Vec<u8>>) -> Document {
    let mut document = Document::new();
    for update in updates {
        document.apply(update).unwrap();
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 420, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_repeats_give_the_same_revision(
        acts in prop::collection::vec((0_u8..3, 0_u8..22, any::<u16>()), 1..28),
        order in any::<u64>(),
    ) {
        let log = history(&acts);
        let expected = replay(&log).revision();
        let mut dice = Dice::new(order);

        for _ in 0..5 {
            let mut shuffled: Vec<&Vec<u8>> = log.iter().chain(log.iter().take(3)).collect();
            dice.shuffle(&mut shuffled);
            let document = replay(shuffled);
            prop_assert!(!document.is_waiting());
            prop_assert_eq!(document.revision().hash, expected.hash);
        }
        prop_assert_eq!(Revision::from_canonical(&expected.canonical).unwrap(), expected);
    }

    #[test]
    fn what_two_people_typed_apart_stands_after_the_merge(
        ours in prop::collection::vec((0_u8..20, any::<u16>()), 1..6),
        theirs in prop::collection::vec((0_u8..20, any::<u16>()), 1..6),
    ) {
        let mut dice = Dice::new(11);
        let mut first = Peer::new(1);
        first.seed(&mut dice);
        let base = first.document.view();
        let mut second = Peer::new(2);
        second.take(&first.document.state());
        for (peer, acts) in [(&mut first, &ours), (&mut second, &theirs)] {
            for &(act, value) in acts {
                random_act(peer, act % 2, value, &mut dice); // typing and new paragraphs
            }
        }
        let mut merged = Document::new();
        merged.apply(&first.document.state()).unwrap();
        merged.apply(&second.document.state()).unwrap();

        let missing = missing_after(&base, &first.document.view(), &second.document.view(), &merged.view());

        prop_assert_eq!(missing, vec![]);
    }

    #[test]
    fn garbage_is_refused_and_changes_nothing(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut peer = Peer::new(5);
        peer.seed(&mut Dice::new(3));
        let before = peer.document.revision();

        let _ = peer.document.apply(&bytes);
        let _ = peer.document.encode_diff(&bytes);

        prop_assert_eq!(peer.document.revision().hash, before.hash);
    }

    #[test]
    fn a_damaged_update_never_ends_the_program(
        places in prop::collection::vec((any::<u16>(), any::<u8>()), 1..6), seed in any::<u64>(),
    ) {
        let mut dice = Dice::new(seed);
        let mut peer = Peer::new(5);
        peer.seed(&mut dice);
        let mut update = peer.document.state();
        for (place, byte) in places {
            let place = usize::from(place) % update.len();
            update[place] ^= byte;
        }
        let mut other = Document::new();

        let _ = other.apply(&update);
        let _ = peer.document.apply(&update);

        prop_assert!(!peer.document.revision().canonical.is_empty());
        prop_assert!(!other.revision().canonical.is_empty());
    }
}
