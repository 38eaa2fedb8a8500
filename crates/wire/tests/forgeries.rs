//! Whatever is bent, borrowed, cut off or signed by another hand is not believed (sync.md 7.1, invariants 21 and 34).
//!
//! `FORGERIES=1000000` is the long run, `SEED` repeats one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use satchel_terms::{Hash, NewsroomId};
use satchel_testkit::Dice;
use satchel_wire::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A record of the victim; `number` makes each another one.
fn honest(number: u64, newsroom: u8, body: Vec<u8>) -> Record {
    let draft = Draft {
        kind: Kind::DECISION,
        newsroom: NewsroomId([newsroom; 16]),
        device: device_id(&key(7).verifying_key()),
        stream: Stream::Editorial,
        seq: number + 2,
        prev: Hash([9; 32]),
        time: HybridTime::next(1_795_000_000_000, HybridTime::default()),
        subject: [5; 16],
        codec: Codec::Raw,
        body,
    };
    Record::seal(draft, &key(7)).unwrap()
}

fn is_believed(bytes: Vec<u8>) -> bool {
    Record::parse(bytes).is_ok_and(|record| record.verify(&key(7).verifying_key()).is_ok())
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn body(dice: &mut Dice) -> Vec<u8> {
    let mut body = vec![0; usize::try_from(dice.between(1, 200)).unwrap()];
    dice.fill(&mut body);
    body
}

#[test]
fn no_forgery_is_ever_believed() {
    let (count, seed) = (number("FORGERIES", 5_000), number("SEED", 20_261_123));
    let mut dice = Dice::new(seed);
    let mut tried = [0_u64; 6];
    let mut template = honest(0, 3, body(&mut dice));
    for one in 0..count {
        if one % 16 == 0 {
            template = honest(one, 3, body(&mut dice));
        }
        let mut bytes = template.bytes().to_vec();
        let way = dice.below(6);
        match way {
            // One bit.
            0 => {
                let bit = dice.below(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            // Cut off, or with something behind it.
            1 if dice.below(2) == 0 => bytes.truncate(dice.below(bytes.len())),
            1 => bytes.push(0),
            // Any other sixty-four bytes for a signature.
            2 => dice.fill(&mut bytes[HEADER - 64..HEADER]),
            // The signature of another record of the same device.
            3 => {
                let other = honest(one + 1_000_000_000, 3, body(&mut dice));
                bytes[HEADER - 64..HEADER].copy_from_slice(&other.bytes()[HEADER - 64..HEADER]);
            }
            // Written for another centre: its bytes with the name of this one.
            4 => {
                let other = honest(one, 4, template.body().unwrap());
                let (mine, theirs) = (template.bytes(), other.bytes());
                let differs = (0..HEADER - 64).filter(|at| mine[*at] != theirs[*at]);
                let at: Vec<usize> = differs.collect();
                bytes = theirs.to_vec();
                for place in at {
                    bytes[place] = mine[place];
                }
                bytes[HEADER - 64..HEADER].copy_from_slice(&theirs[HEADER - 64..HEADER]);
                if bytes == mine {
                    bytes[0] ^= 1;
                }
            }
            // Another body under the same head.
            _ => {
                let at = HEADER + dice.below(bytes.len() - HEADER);
                bytes[at] ^= u8::try_from(dice.between(1, 255)).unwrap();
            }
        }
        tried[way] += 1;
        assert!(!is_believed(bytes), "forgery {one} of way {way}, seed {seed}");
    }
    println!("{count} forgeries {tried:?}, 0 believed, seed {seed}");
    assert!(is_believed(honest(1, 3, vec![1]).bytes().to_vec()), "and an honest one is");
}
