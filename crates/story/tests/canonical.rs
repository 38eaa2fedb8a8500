//! The canonical form, letter by letter, as `docs/FORMATS.md` section 2 says.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "common/desk.rs"]
mod desk;

use desk::{Peer, any_map, figure};
use satchel_story::{
    BlockKind, ChangeKind, Document, Edit, Field, Fields, Op, Place, Revision, Seed, Side, StoryError,
    TextKind, diff, missing_after,
};
use satchel_terms::Hash;
use satchel_testkit::Dice;
use yrs::types::Attrs;
use yrs::{Any, Array, ArrayPrelim, Map, MapPrelim, Text, TextPrelim, WriteTxn};

fn canonical(peer: &Peer) -> String {
    String::from_utf8(peer.document.revision().canonical).unwrap()
}

fn blocks(peer: &Peer) -> String {
    let text = canonical(peer);
    let end = text.rfind("],\"byline\"").unwrap();
    text["{\"blocks\":[".len()..end].to_owned()
}

#[test]
fn an_empty_manuscript_has_no_block_and_a_known_fingerprint() {
    let revision = Document::new().revision();

    let expected =
        r#"{"blocks":[],"byline":"","dateline":"","deck":"","headline":"","kicker":"","schema":1}"#;
    assert_eq!(String::from_utf8(revision.canonical).unwrap(), expected);
    assert_eq!(revision.hash, Hash(*blake3::hash(expected.as_bytes()).as_bytes()));
}

#[test]
fn a_seeded_manuscript_reads_as_it_was_written() {
    let mut peer = Peer::new(1);
    peer.seed(&mut Dice::new(1));

    assert_eq!(peer.document.text(Field::Headline), "暴雨过后");
    assert_eq!(peer.document.plain_body(), "今天下午雨停了。\n道路已经恢复通行。\n居民回到家中。");
    assert!(
        canonical(&peer).starts_with(r#"{"blocks":[{"props":{"t":"p"},"runs":[["今天下午雨停了。",{}]]},"#)
    );
}

#[test]
fn marks_are_kept_joined_and_sorted() {
    let mut peer = Peer::new(1);
    peer.raw(|txn, body, _| {
        body.insert(txn, 0, "甲乙丙丁");
        let link = any_map("href", "https://example.org");
        body.format(txn, 0, 2, Attrs::from([("link".into(), link), ("bold".into(), true.into())]));
        body.format(txn, 2, 1, Attrs::from([("newer".into(), 3.into())]));
        body.format(txn, 2, 1, Attrs::from([("newer".into(), Any::Null)]));
        body.insert_embed(txn, 4, any_map("b", "0000000000000001"));
    });

    let expected = r#"{"props":{"t":"p"},"runs":[["甲乙",{"bold":true,"link":{"href":"https://example.org"}}],["丙丁",{}]]}"#;
    assert_eq!(blocks(&peer), expected);
}

#[test]
fn text_that_no_embed_ends_is_a_block_of_its_own() {
    let mut peer = Peer::new(1);
    peer.raw(|txn, body, blocks| {
        body.insert(txn, 0, "前");
        body.insert_embed(txn, 1, any_map("a", "f"));
        body.insert(txn, 2, "后");
        let props = blocks.insert(txn, "f", MapPrelim::default());
        props.insert(txn, "t", "mystery");
        props.insert(txn, "deep", MapPrelim::from([("x", 1)]));
    });

    let expected = r#"{"props":{"t":"p"},"runs":[["前",{}]]},{"atom":true,"props":{"deep":{"x":1},"t":"mystery"}},{"props":{"t":"p"},"runs":[["后",{}]]}"#;
    assert_eq!(blocks(&peer), expected);
    assert_eq!(peer.document.view().blocks[1].kind, BlockKind::Unknown);
}

#[test]
fn unknown_embeds_numbers_and_controls_have_one_spelling() {
    let mut peer = Peer::new(1);
    peer.raw(|txn, body, _| {
        body.insert(txn, 0, "\"\\\u{8}\u{c}\n\r\t\u{1}\u{7f}/");
        let numbers: Vec<Any> = vec![
            1.5.into(),
            2.0.into(),
            (-0.0).into(),
            Any::from(9_007_199_254_740_991_i64),
            1e300.into(),
            Any::Undefined,
        ];
        body.insert_embed(txn, 10, any_map("n", Any::from(numbers)));
        body.insert_embed(txn, 11, any_map("b", "x"));
    });

    let expected = "{\"props\":{\"t\":\"p\"},\"runs\":[[\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u{7f}/\",{}],\
        [{\"n\":[\"f64:3ff8000000000000\",2,0,9007199254740991,\"f64:7e37e43c8800759c\",null]},{}]]}";
    assert_eq!(blocks(&peer), expected);
}

#[test]
fn nested_shared_types_read_as_plain_values() {
    let mut peer = Peer::new(1);
    let mut dice = Dice::new(2);
    peer.edit(
        Edit::AppendTable {
            rows: vec![vec!["甲".into()], vec!["乙".into(), "丙".into()]],
            caption: "表".into(),
        },
        &mut dice,
    );
    peer.edit(Edit::InsertFigure { after: None, figure: figure("图".into(), &mut dice) }, &mut dice);
    let view = peer.document.view();

    assert_eq!(view.blocks[0].rows(), [["甲", ""], ["乙", "丙"]]);
    assert_eq!(view.blocks[0].prop("caption"), "表");
    let figures = peer.document.figures();
    assert_eq!(
        (figures[0].block, figures[0].blob, figures[0].credit.as_str()),
        (1, Some(Hash([7; 32])), "李四 摄")
    );
    assert_eq!(view.blocks[1].prop_number("w"), Some(1920));
}

#[test]
fn a_revision_is_taken_only_in_its_canonical_spelling() {
    let mut peer = Peer::new(1);
    peer.seed(&mut Dice::new(1));
    let revision = peer.document.revision();
    let spaced = [revision.canonical.as_slice(), b" "].concat();

    assert_eq!(Revision::from_canonical(&revision.canonical).unwrap(), revision);
    assert_eq!(Revision::from_canonical(&spaced), Err(StoryError::NotCanonical));
    assert_eq!(Revision::from_canonical(b"{}"), Err(StoryError::NotCanonical));
}

#[test]
fn a_newer_program_s_story_is_read_but_not_written() {
    let mut peer = Peer::new(1);
    peer.raw(|txn, _, _| {
        let meta = txn.get_or_insert_map("meta");
        meta.insert(txn, "min_writer", 2);
        meta.insert(txn, "schema", 3);
    });

    let gate = peer.document.gate();
    assert!(gate.may_read() && !gate.may_write());
    assert!(canonical(&peer).ends_with("\"schema\":3}"));
    let refused = peer.document.edit(77, &[], &mut Dice::new(1));
    assert_eq!(refused, Err(StoryError::NewerProgram { need: 2, have: 1 }));
}

#[test]
fn a_session_id_that_is_taken_or_too_long_is_refused() {
    let mut peer = Peer::new(1);
    peer.seed(&mut Dice::new(1));
    let taken = *peer.document.client_ids().first().unwrap();

    for client in [taken, 1 << 53] {
        let refused = peer.document.edit(client, &[], &mut Dice::new(1));
        assert_eq!(refused, Err(StoryError::ClientTaken { client }));
    }
    assert!(!peer.document.client_ids().contains(&peer.document.fresh_client(&mut Dice::new(4))));
}

#[test]
fn replacing_text_touches_only_what_differs() {
    let mut peer = Peer::new(1);
    let mut dice = Dice::new(1);
    peer.seed(&mut dice);
    peer.raw(|txn, body, _| body.format(txn, 0, 1, Attrs::from([("bold".into(), true.into())])));

    peer.edit(Edit::ReplaceText { block: 0, text: "今天晚上𠮷雨停了。".into() }, &mut dice);

    assert!(
        blocks(&peer)
            .starts_with(r#"{"props":{"t":"p"},"runs":[["今",{"bold":true}],["天晚上𠮷雨停了。",{}]]}"#)
    );
    let missing = peer.document.edit(9, &[Edit::ReplaceText { block: 9, text: String::new() }], &mut dice);
    assert_eq!(missing, Err(StoryError::NoSuchBlock { block: 9 }));
}

#[test]
fn new_blocks_have_their_kinds_and_the_outline_lists_headings() {
    let mut peer = Peer::new(1);
    let mut dice = Dice::new(1);
    for kind in [TextKind::Heading(2), TextKind::Bullet(1), TextKind::Numbered(9), TextKind::Quote] {
        peer.edit(Edit::Append { kind, text: "字".into() }, &mut dice);
    }

    let kinds: Vec<BlockKind> = peer.document.view().blocks.iter().map(|block| block.kind).collect();
    assert_eq!(kinds, [BlockKind::Heading, BlockKind::ListItem, BlockKind::ListItem, BlockKind::Quote]);
    assert_eq!((peer.document.outline()[0].level, peer.document.outline()[0].text.as_str()), (2, "字"));
    assert!(blocks(&peer).contains(r#"{"depth":5,"list":"ol","t":"li"}"#));
}

#[test]
fn a_field_holds_one_line() {
    let seed = Seed { fields: Fields { deck: "一\n二".into(), ..Fields::default() }, paragraphs: vec![] };
    let mut document = Document::new();
    document.apply(&Document::seed(3, &seed, &mut Dice::new(1)).unwrap()).unwrap();

    assert_eq!(document.text(Field::Deck), "一 二");
}

#[test]
fn what_another_laptop_lacks_is_sent_and_no_more() {
    let mut peer = Peer::new(1);
    let mut dice = Dice::new(1);
    peer.seed(&mut dice);
    let mut other = Document::new();
    other.apply(&peer.document.state()).unwrap();
    let known = other.state_vector();
    peer.edit(Edit::Append { kind: TextKind::Paragraph, text: "又起风了。".into() }, &mut dice);

    let update = peer.document.encode_diff(&known).unwrap();

    assert!(update.len() < peer.document.state().len() / 2);
    other.apply(&update).unwrap();
    assert_eq!(other.revision(), peer.document.revision());
}

#[test]
fn an_update_without_its_predecessor_waits() {
    let mut peer = Peer::new(1);
    let mut dice = Dice::new(1);
    peer.seed(&mut dice);
    let first = peer.document.state();
    let second = peer.edit(Edit::ReplaceText { block: 0, text: "雨还在下。".into() }, &mut dice);
    let mut other = Document::new();

    other.apply(&second).unwrap();
    assert!(other.is_waiting());
    other.apply(&first).unwrap();
    assert!(!other.is_waiting());
    assert_eq!(other.revision(), peer.document.revision());
}

#[test]
fn deeply_nested_types_do_not_end_the_program() {
    let mut peer = Peer::new(1);
    peer.raw(|txn, body, blocks| {
        body.insert_embed(txn, 0, any_map("a", "f"));
        let mut inner =
            blocks.insert(txn, "f", MapPrelim::default()).insert(txn, "x", ArrayPrelim::default());
        for _ in 0..5_000 {
            inner = inner.push_back(txn, ArrayPrelim::default());
        }
        inner.push_back(txn, TextPrelim::new("最深处"));
    });

    assert!(!canonical(&peer).contains("最深处"));
}

#[test]
fn a_comparison_shows_words_and_blocks() {
    let mut peer = Peer::new(1);
    let mut dice = Dice::new(1);
    peer.seed(&mut dice);
    let before = peer.document.view();
    peer.edit(Edit::ReplaceText { block: 0, text: "今天傍晚雨停了。".into() }, &mut dice);
    peer.edit(Edit::Append { kind: TextKind::Paragraph, text: "完全不同的一段。".into() }, &mut dice);
    peer.edit(Edit::SetField { field: Field::Kicker, text: "本报讯".into() }, &mut dice);

    let changes = diff(&before, &peer.document.view());

    let kinds: Vec<_> = changes.iter().map(|change| (change.place, change.kind)).collect();
    let expected = [
        (Place::Field(Field::Kicker), ChangeKind::Added),
        (Place::Block(0), ChangeKind::Changed),
        (Place::Block(1), ChangeKind::Same),
        (Place::Block(2), ChangeKind::Same),
        (Place::Block(3), ChangeKind::Added),
    ];
    assert_eq!(kinds, expected);
    let words: Vec<_> = changes[1].runs.iter().map(|piece| (piece.op, piece.text.as_str())).collect();
    let expected = [(Op::Same, "今天"), (Op::Removed, "下午"), (Op::Added, "傍晚"), (Op::Same, "雨停了。")];
    assert_eq!(words, expected);
}

#[test]
fn a_planted_loss_is_reported() {
    let mut peer = Peer::new(1);
    let mut dice = Dice::new(1);
    peer.seed(&mut dice);
    let base = peer.document.view();
    peer.edit(Edit::ReplaceText { block: 1, text: "道路已经全部恢复通行。".into() }, &mut dice);
    let ours = peer.document.view();

    let missing = missing_after(&base, &ours, &base, &base);

    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].side, missing[0].text.as_str()), (Side::Ours, "全部"));
}
