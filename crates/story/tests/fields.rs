//! Laws of fields that several people set.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use satchel_story::{Setting, standing};
use satchel_terms::{DeviceId, Hash};

fn set(
    id: u8,
    device: u8,
    seq: u64,
    time: u64,
    over: Option<&[u8]>,
    value: &'static str,
) -> Setting<&'static str> {
    let over = over.map(|ids| ids.iter().map(|id| Hash([*id; 32])).collect());
    Setting { id: Hash([id; 32]), device: DeviceId([device; 16]), seq, time, over, value }
}

fn shown<'a>(settings: &'a [Setting<&'static str>]) -> (&'a str, Vec<&'a str>) {
    let standing = standing(settings).unwrap();
    (standing.value.value, standing.others.iter().map(|one| one.value).collect())
}

#[test]
fn who_saw_a_value_and_sets_another_replaces_it_whatever_the_clocks_say() {
    let settings = [set(1, 1, 1, 900, Some(&[]), "brief"), set(2, 2, 1, 100, Some(&[1]), "feature")];

    assert_eq!(shown(&settings), ("feature", vec![]));
}

#[test]
fn two_who_did_not_know_of_each_other_are_both_shown() {
    let base = set(1, 1, 1, 100, Some(&[]), "brief");
    let settings =
        [base, set(2, 1, 2, 200, Some(&[1]), "feature"), set(3, 2, 1, 300, Some(&[1]), "interview")];

    assert_eq!(shown(&settings), ("interview", vec!["feature"]));
}

#[test]
fn two_who_chose_the_same_are_no_conflict() {
    let settings = [set(2, 1, 2, 200, Some(&[]), "feature"), set(3, 2, 1, 300, Some(&[]), "feature")];

    assert_eq!(shown(&settings), ("feature", vec![]));
    assert_eq!(standing(&settings).unwrap().heads.len(), 2);
}

#[test]
fn a_person_settles_it_by_a_setting_that_has_seen_both() {
    let mut settings =
        vec![set(2, 1, 2, 200, Some(&[]), "feature"), set(3, 2, 1, 300, Some(&[]), "interview")];
    let over = standing(&settings).unwrap().heads;
    settings.push(Setting { over: Some(over), ..set(4, 1, 3, 50, None, "feature") });

    assert_eq!(shown(&settings), ("feature", vec![]), "also with a clock that is slow");
}

#[test]
fn a_device_knows_its_own_words_also_when_it_says_them_again_under_a_new_name() {
    let settings = [set(2, 7, 4, 200, Some(&[]), "feature"), set(3, 7, 9, 100, Some(&[88]), "interview")];

    assert_eq!(shown(&settings), ("interview", vec![]));
}

#[test]
fn a_program_that_does_not_say_what_it_saw_replaces_all_before_it() {
    let settings = [set(1, 1, 1, 900, Some(&[]), "brief"), set(2, 2, 1, 100, None, "feature")];

    assert_eq!(shown(&settings), ("feature", vec![]));
}

proptest! {
    #[test]
    fn laptops_that_hold_the_same_settings_show_the_same_in_any_order(
        told in proptest::collection::vec((0u8..4, 0u64..5, 0u8..3, proptest::collection::vec(0usize..12, 0..4)), 1..12),
        seed in any::<u64>(),
    ) {
        let mut seqs = [0u64; 4];
        let mut settings: Vec<Setting<u8>> = Vec::new();
        for (place, (device, time, value, over)) in told.into_iter().enumerate() {
            seqs[usize::from(device)] += 1;
            let known = over.into_iter().filter(|at| *at < place).map(|at| settings[at].id).collect();
            settings.push(Setting {
                id: Hash([u8::try_from(place).unwrap() + 1; 32]),
                device: DeviceId([device; 16]),
                seq: seqs[usize::from(device)],
                time,
                over: Some(known),
                value,
            });
        }
        let mut mixed = settings.clone();
        mixed.sort_by_key(|one| blake3::hash(&[&seed.to_be_bytes()[..], &one.id.0].concat()).as_bytes()[0]);

        let (one, other) = (standing(&settings).unwrap(), standing(&mixed).unwrap());

        prop_assert_eq!(&one, &other);
        // A setting that saw all that stands ends every conflict.
        let last = Setting { id: Hash([200; 32]), device: DeviceId([9; 16]), seq: 1, time: 0, over: Some(one.heads.clone()), value: 9 };
        let settled = [settings.as_slice(), &[last]].concat();
        let settled = standing(&settled).unwrap();
        prop_assert_eq!((settled.value.value, settled.others.len()), (9, 0));
    }
}
