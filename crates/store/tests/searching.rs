//! The search finds what is there and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeSet;

use common::{Dice, fresh, index, story};
use satchel_store::{ClipRow, HitKind, StoryFilter};
use satchel_terms::{ClipId, Hash};
use serde_json::Value;

const LETTERS: &str =
    "云南省元谋县苹果合作社番茄春天农民增收水库道路记者昨日获悉的是了在和𠮷㐀0123456789。，、！";

fn found(library: &satchel_store::Library, typed: &str) -> BTreeSet<[u8; 16]> {
    library.search(typed, 10_000).unwrap().into_iter().map(|hit| hit.id).collect()
}

#[test]
fn search_equals_a_plain_scan_for_one_to_five_characters() {
    let mut dice = Dice::announced();
    let letters: Vec<char> = LETTERS.chars().collect();
    let (_dir, library) = fresh();
    let texts: Vec<String> = (0..400)
        .map(|_| (0..20 + dice.below(200)).map(|_| letters[dice.below(letters.len())]).collect())
        .collect();
    let rows = (0_u32..).zip(&texts).map(|(number, text)| index(number, "题", text)).collect();
    library.index_many(rows, Vec::new()).unwrap();

    for round in 0..500 {
        let length = 1 + round % 5;
        let source: Vec<char> = texts[dice.below(texts.len())].chars().collect();
        let start = dice.below(source.len() - length);
        let typed: String = source[start..start + length].iter().collect();
        if typed.chars().all(|letter| "。，、！".contains(letter)) {
            continue;
        }

        let truth: BTreeSet<[u8; 16]> = (0_u32..)
            .zip(&texts)
            .filter(|(_, text)| text.contains(&typed))
            .map(|(number, _)| story(number).0)
            .collect();

        assert_eq!(found(&library, &typed), truth, "{typed}");
        assert_eq!(library.search_count(&typed).unwrap(), truth.len() as u64, "{typed}");
    }
}

#[test]
fn one_han_character_is_found_and_shown_in_its_sentence() {
    let (_dir, library) = fresh();
    library.index_story(&index(1, "番茄熟了", "元谋县的番茄\n今年早熟。")).unwrap();
    library.index_story(&index(2, "GDP 增长", "全县 GDP增长5.2%，Village life.")).unwrap();

    let hits = library.search("县", 10).unwrap();

    assert_eq!(hits.len(), 2);
    let first = hits.iter().find(|hit| hit.id == story(1).0).unwrap();
    assert_eq!((first.kind, first.title.as_str()), (HitKind::Story, "番茄熟了"));
    assert_eq!(
        (first.snippet.as_str(), first.marks.as_slice()),
        ("元谋县的番茄 今年早熟。", [(2, 3)].as_slice())
    );
    for typed in ["gdp增长", "ＧＤＰ", "vill", "5.2%", "增长 县", "Village LIFE", "全县GDP"] {
        assert_eq!(found(&library, typed), [story(2).0].into(), "{typed}");
    }
    for typed in ["番茄今年", "县番茄", "illage", "\" OR *", "NEAR(", "headline:"] {
        assert!(found(&library, typed).is_empty(), "{typed}");
    }
    assert!(library.search("  \"*\" ", 10).unwrap().is_empty());
}

#[test]
fn a_changed_story_is_found_by_its_new_words_only() {
    let (_dir, library) = fresh();
    library.index_story(&index(1, "旧题", "旧文")).unwrap();
    library.index_story(&index(1, "新题", "新文")).unwrap();

    assert!(found(&library, "旧").is_empty());
    assert_eq!(found(&library, "新").len(), 1);
    assert_eq!(library.stories(&StoryFilter::default()).unwrap().len(), 1);
}

#[test]
fn clips_are_found_by_name_caption_and_credit() {
    let (_dir, library) = fresh();
    let clip = ClipRow {
        clip: ClipId([5; 16]),
        name: "DSC_0042.JPG".to_owned(),
        blob: Hash([1; 32]),
        bytes: 10,
        kind: "picture".to_owned(),
        mime: "image/jpeg".to_owned(),
        width: Some(6000),
        height: Some(4000),
        duration_ms: None,
        captured_at: Some(1),
        added_at: 2,
        story: Some(story(1)),
        caption: "采摘现场".to_owned(),
        credit: "李雷 摄".to_owned(),
        state: String::new(),
        card: Value::Null,
    };
    library.index_clip(&clip).unwrap();

    for typed in ["0042", "dsc", "采摘", "李雷"] {
        assert_eq!(library.search(typed, 5).unwrap()[0].kind, HitKind::Clip, "{typed}");
    }
    assert_eq!(library.clip(clip.clip).unwrap().unwrap(), clip);
    assert_eq!(library.clips_by_blob(clip.blob).unwrap(), std::slice::from_ref(&clip));
    let of_story = satchel_store::ClipFilter { story: Some(story(1)), ..Default::default() };
    assert_eq!(library.clips(&of_story).unwrap(), [clip]);
}

#[test]
fn the_list_is_filtered_and_newest_first() {
    let (_dir, library) = fresh();
    for number in 0..5 {
        let mut row = index(number, "题", "文");
        row.binned = number == 4;
        row.state = if number % 2 == 0 { "draft" } else { "filed" }.to_owned();
        library.index_story(&row).unwrap();
    }
    let numbers = |filter: StoryFilter| {
        library.stories(&filter).unwrap().iter().map(|row| row.updated).collect::<Vec<_>>()
    };

    assert_eq!(numbers(StoryFilter::default()), [3, 2, 1, 0]);
    assert_eq!(numbers(StoryFilter { state: Some("filed".into()), ..Default::default() }), [3, 1]);
    assert_eq!(numbers(StoryFilter { author: Some("nobody".into()), ..Default::default() }), [0; 0]);
    assert_eq!(numbers(StoryFilter { binned: true, ..Default::default() }), [4]);
    assert_eq!(numbers(StoryFilter { limit: 2, offset: 1, ..Default::default() }), [2, 1]);
}
