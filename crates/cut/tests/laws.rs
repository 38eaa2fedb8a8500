//! What always holds for a cut.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use proptest::prelude::*;
use satchel_cut::{Cut, CutError, Operation, Rate, Segment, Target, Ticks, edl};
use satchel_terms::{ClipId, Hash};

const SECOND: i64 = satchel_cut::TICKS_PER_SECOND;

fn segment(clip: u8, from: i64, to: i64) -> Segment {
    Segment {
        clip: ClipId([clip; 16]),
        blob: Hash([clip; 32]),
        length: Ticks(10 * SECOND),
        from: Ticks(from * SECOND),
        to: Ticks(to * SECOND),
    }
}

fn cut(segments: Vec<Segment>) -> Cut {
    Cut { rate: Rate::PAL, segments }
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let at = 0_usize..6;
    let time = -1_i64..12;
    (0_u8..8, at.clone(), at, time.clone(), time).prop_map(|(act, at, to, from, time)| match act {
        0 | 7 => Operation::Add { at, segment: segment((to % 3) as u8, from, time) },
        1 => Operation::TrimIn { at, to: Ticks(time * SECOND) },
        2 => Operation::TrimOut { at, to: Ticks(time * SECOND) },
        3 => Operation::Split { at, point: Ticks(time * SECOND) },
        4 => Operation::Join { at },
        5 => Operation::Move { from: at, to },
        _ => Operation::Remove { at },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn taking_every_operation_back_restores_the_cut(operations in prop::collection::vec(any_operation(), 0..40)) {
        let start = cut(vec![segment(1, 0, 4), segment(1, 4, 8), segment(2, 1, 9)]);
        let mut edited = start.clone();
        let mut inverses = Vec::new();
        for operation in operations {
            let before = edited.clone();
            match edited.apply(operation) {
                Ok(inverse) => {
                    let mut undone = edited.clone();
                    undone.apply(inverse.clone()).unwrap();
                    prop_assert_eq!(undone, before, "one step back");
                    inverses.push(inverse);
                }
                Err(_) => prop_assert_eq!(&edited, &before, "a refused operation changes nothing"),
            }
            prop_assert_eq!(edited.check(), Ok(()), "a cut is always sound");
        }
        for inverse in inverses.into_iter().rev() {
            edited.apply(inverse).unwrap();
        }
        prop_assert_eq!(edited, start);
    }

    #[test]
    fn a_plan_runs_as_long_as_its_cut(lengths in prop::collection::vec((0_i64..5, 1_i64..5), 1..12)) {
        let cut = cut(lengths.iter().map(|&(from, length)| segment(from as u8, from, from + length)).collect());

        let plan = cut.plan(Target::WEB).unwrap();

        prop_assert_eq!(plan.running_time(), cut.running_time());
        prop_assert!(plan.inputs.len() <= 5, "each clip is read once");
        prop_assert!(plan.pieces.iter().all(|piece| piece.input < plan.inputs.len()));
    }
}

#[test]
fn a_segment_stays_inside_its_clip() {
    let mut cut = cut(vec![segment(1, 2, 6)]);
    let trim_in = |to| Operation::TrimIn { at: 0, to: Ticks(to) };
    let trim_out = |to| Operation::TrimOut { at: 0, to: Ticks(to) };

    assert_eq!(cut.apply(trim_in(7 * SECOND)), Err(CutError::OutBeforeIn));
    assert_eq!(cut.apply(trim_in(6 * SECOND)), Err(CutError::ZeroLength));
    assert_eq!(cut.apply(trim_in(-1)), Err(CutError::PastEnd));
    assert_eq!(cut.apply(trim_out(10 * SECOND + 1)), Err(CutError::PastEnd));
    assert_eq!(cut.apply(Operation::Split { at: 0, point: Ticks(2 * SECOND) }), Err(CutError::SplitOutside));
    assert_eq!(cut.apply(Operation::Remove { at: 1 }), Err(CutError::NoSuchSegment { at: 1 }));
    assert_eq!(cut.apply(trim_out(10 * SECOND)).map(|_| ()), Ok(()));
}

#[test]
fn pieces_of_two_clips_are_not_joined() {
    let mut cut = cut(vec![segment(1, 0, 2), segment(2, 2, 4)]);

    assert_eq!(cut.apply(Operation::Join { at: 0 }), Err(CutError::NotOnePiece));
}

#[test]
fn an_empty_cut_is_not_rendered() {
    assert_eq!(cut(vec![]).plan(Target::WEB), Err(CutError::Empty));
}

#[test]
fn an_edit_decision_list_counts_on_without_gaps() {
    let text = edl(&cut(vec![segment(1, 2, 4), segment(2, 0, 1)]), "暴雨\n现场", |segment| {
        format!("{}.mov", segment.clip.0[0])
    });

    let expected = "TITLE: 暴雨 现场\r\nFCM: NON-DROP FRAME\r\n\
        \r\n001  10101010 B     C        00:00:02:00 00:00:04:00 01:00:00:00 01:00:02:00\r\n* FROM CLIP NAME: 1.mov\r\n\
        \r\n002  20202020 B     C        00:00:00:00 00:00:01:00 01:00:02:00 01:00:03:00\r\n* FROM CLIP NAME: 2.mov\r\n";
    assert_eq!(text, expected);
}

#[test]
fn a_cut_survives_the_way_to_the_screen_and_back() {
    let cut = cut(vec![segment(1, 2, 4)]);

    let text = serde_json::to_string(&cut).unwrap();

    assert!(text.starts_with(r#"{"rate":{"frames":25,"per":1},"segments":[{"clip":"#), "{text}");
    assert_eq!(serde_json::from_str::<Cut>(&text).unwrap(), cut);
    assert!(serde_json::from_str::<Rate>(r#"{"frames":0,"per":1}"#).is_err());
}
