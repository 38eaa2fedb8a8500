//! What the checks find, and what a package is.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use proptest::prelude::*;
use satchel_checks::{
    ChannelRules, Finding, Library, MediaFacts, Order, Package, Severity, preflight, rehearse,
};
use satchel_story::{
    Block, Case, Decision, Field, Fields, Level, Place, Policy, RevisionView, Run, SignOff, Signer,
};
use satchel_terms::{ChannelId, DeviceId, Hash, PersonId, Role};
use serde_json::{Map, Value, json};

const CHANNEL: ChannelId = ChannelId([1; 16]);
const PICTURE: Hash = Hash([7; 32]);

fn props(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn text(kind: Value, text: &str, marks: Value) -> Block {
    let run = Run::Text { text: text.to_owned(), marks: props(marks) };
    Block::new(false, props(kind), if text.is_empty() { vec![] } else { vec![run] })
}

fn figure() -> Block {
    let blob = PICTURE.to_string();
    Block::new(
        true,
        props(
            json!({"t": "fig", "blob": blob, "kind": "picture", "caption": "水退之后", "credit": "李四 摄", "w": 1920, "h": 1080}),
        ),
        vec![],
    )
}

fn story() -> RevisionView {
    let body = "雨停了，道路恢复通行，居民陆续回到家中，商铺重新开门营业。".repeat(3);
    RevisionView {
        schema: 1,
        fields: Fields {
            headline: "暴雨过后".into(),
            deck: "道路恢复通行。".into(),
            dateline: "本报北京8月15日电".into(),
            byline: "记者 王五".into(),
            kicker: String::new(),
        },
        blocks: vec![text(json!({"t": "p"}), &body, json!({})), figure()],
    }
}

fn library() -> Library {
    Library::from([(PICTURE, MediaFacts { mime: "image/jpeg".into(), bytes: 2_000_000, broken: false })])
}

fn signed(view: &RevisionView) -> SignOff {
    let rev = view.seal().hash;
    let mut case = Case::new(PersonId([1; 16]), Policy::default());
    let steps = [
        (1, Role::Reporter, Decision::Submit { rev, summary: String::new() }),
        (2, Role::Editor, Decision::Pass { level: Level::First, rev, policy: 1 }),
        (3, Role::Head, Decision::Pass { level: Level::Second, rev, policy: 1 }),
        (4, Role::Chief, Decision::Sign { rev, channels: vec![CHANNEL], policy: 1 }),
    ];
    for (person, role, decision) in steps {
        let by = Signer {
            person: PersonId([person; 16]),
            device: DeviceId([person; 16]),
            roles: &[role],
            revoked: false,
        };
        case.accept(&by, &decision, 1).unwrap();
    }
    case.sign_off().unwrap()
}

fn seal(view: &RevisionView) -> Result<Package, Vec<Finding>> {
    let rules = ChannelRules::website();
    let order = Order { channel: CHANNEL, rules: &rules, slug: "after-the-rain", marker: "m-1" };
    Package::seal(view, &signed(view), &order, &library())
}

fn codes(findings: &[Finding]) -> Vec<(&str, Place)> {
    findings.iter().map(|finding| (finding.code.as_str(), finding.place)).collect()
}

#[test]
fn a_clean_story_has_no_findings() {
    assert_eq!(preflight(&story(), &library()), vec![]);
    assert_eq!(rehearse(&story(), &ChannelRules::wordpress(), &library()), vec![]);
}

#[test]
fn an_empty_story_lacks_everything() {
    let view = RevisionView { schema: 1, fields: Fields::default(), blocks: vec![] };

    let found = preflight(&view, &library());

    let expected = [
        ("check.headline-missing", Place::Field(Field::Headline)),
        ("check.dateline-missing", Place::Field(Field::Dateline)),
        ("check.byline-missing", Place::Field(Field::Byline)),
        ("check.body-empty", Place::Whole),
    ];
    assert_eq!(codes(&found), expected);
    assert_eq!(found[1].severity, Severity::Should);
}

#[test]
fn a_long_headline_and_a_short_body_are_remarked() {
    let mut view = story();
    view.fields.headline = "字".repeat(31);
    view.blocks = vec![text(json!({"t": "p"}), "太短。", json!({}))];

    let found = preflight(&view, &library());

    assert_eq!(
        codes(&found),
        [("check.headline-long", Place::Field(Field::Headline)), ("check.body-short", Place::Whole)]
    );
    assert_eq!(found[0].params["count"], "31");
    assert!(!satchel_checks::blocks(&found));
}

#[test]
fn a_figure_needs_caption_credit_and_a_sound_medium() {
    let mut view = story();
    view.blocks[1] = Block::new(true, props(json!({"t": "fig", "blob": "no such"})), vec![]);
    let broken = Library::from([(PICTURE, MediaFacts { mime: "image/jpeg".into(), bytes: 1, broken: true })]);

    let place = Place::Block(1);
    let expected =
        [("check.caption-missing", place), ("check.credit-missing", place), ("check.media-missing", place)];
    assert_eq!(codes(&preflight(&view, &library())), expected);
    assert_eq!(codes(&preflight(&story(), &broken)), [("check.media-broken", place)]);
}

#[test]
fn links_and_broken_letters_are_found() {
    let mut view = story();
    for href in ["javascript:alert(1)", "https://", "ftp://a", "http:// a", ""] {
        view.blocks[0] = text(json!({"t": "p"}), &"字".repeat(60), json!({"link": {"href": href}}));
        assert_eq!(codes(&preflight(&view, &library())), [("check.link-bad", Place::Block(0))], "{href}");
    }
    view.blocks[0] = text(
        json!({"t": "p"}),
        &format!("{}\u{fffd}待补", "字".repeat(60)),
        json!({"link": {"href": "https://例.cn/?a=1"}}),
    );
    assert_eq!(
        codes(&preflight(&view, &library())),
        [("check.text-broken", Place::Block(0)), ("check.leftover", Place::Block(0))]
    );
}

#[test]
fn a_channel_says_what_it_does_not_take() {
    let mut view = story();
    view.fields.headline = "字".repeat(61);
    view.fields.deck.clear();
    let rules = ChannelRules {
        max_pictures: 0,
        max_picture_bytes: 1,
        allowed_mimes: vec![],
        allowed_kinds: vec![],
        ..ChannelRules::wordpress()
    };

    let found = rehearse(&view, &rules, &library());

    let found: Vec<_> = found.iter().map(|finding| finding.code.as_str()).collect();
    let expected = [
        "channel.headline-long",
        "channel.summary-missing",
        "channel.kind-not-taken",
        "channel.type-not-taken",
        "channel.media-too-big",
        "channel.too-many-pictures",
    ];
    assert_eq!(found, expected);
}

#[test]
fn only_the_signed_revision_is_packed_and_only_for_a_named_channel() {
    let proof = signed(&story());
    let rules = ChannelRules::website();
    let order = Order { channel: CHANNEL, rules: &rules, slug: "rain", marker: "m" };
    let mut changed = story();
    changed.fields.headline.push('。');

    let stale = Package::seal(&changed, &proof, &order, &library()).unwrap_err();
    assert_eq!(codes(&stale), [("package.not-signed", Place::Whole)]);
    let elsewhere = Order { channel: ChannelId([2; 16]), slug: "Bad Slug", ..order };
    let refused = Package::seal(&story(), &proof, &elsewhere, &library()).unwrap_err();
    assert_eq!(
        codes(&refused),
        [("package.channel-not-named", Place::Whole), ("package.slug-bad", Place::Whole)]
    );
}

#[test]
fn a_story_that_must_be_put_right_is_not_packed() {
    let mut view = story();
    view.fields.byline.clear();

    assert_eq!(codes(&seal(&view).unwrap_err()), [("check.byline-missing", Place::Field(Field::Byline))]);
}

#[test]
fn a_package_holds_the_story_and_its_media_once() {
    let mut view = story();
    view.blocks.push(figure());

    let package = seal(&view).unwrap();

    assert_eq!(
        (package.title(), package.summary(), package.slug(), package.marker()),
        ("暴雨过后", "道路恢复通行。", "after-the-rain", "m-1")
    );
    assert_eq!(package.rev(), view.seal().hash);
    let media: Vec<_> =
        package.media().iter().map(|media| (media.file_name.as_str(), media.credit.as_str())).collect();
    assert_eq!(media, [("07070707070707070707.jpg", "李四 摄")]);
}

#[test]
fn the_page_is_escaped_and_well_nested() {
    let mut view = story();
    let item = |list: &str, depth: i64, words: &str| {
        text(json!({"t": "li", "list": list, "depth": depth}), words, json!({}))
    };
    view.blocks = vec![
        text(json!({"t": "h", "level": 1}), "小标题", json!({})),
        text(
            json!({"t": "p"}),
            "<script>&\"'\n行",
            json!({"bold": true, "link": {"href": "https://a.cn/?x=1&y=2"}}),
        ),
        item("ul", 0, "一"),
        item("ul", 1, "二"),
        item("ol", 0, "三"),
        text(json!({"t": "q"}), &"引".repeat(60), json!({"italic": true})),
        figure(),
        Block::new(true, props(json!({"t": "table", "caption": "表", "rows": [["甲", "<b>"]]})), vec![]),
    ];

    let page = seal(&view).unwrap().html_with(|media| format!("https://cdn.example/{}", media.file_name));

    let quote = "引".repeat(60);
    let expected = format!(
        "<p class=\"byline\">本报北京8月15日电\u{3000}记者 王五</p>\n<h2>小标题</h2>\n\
        <p><a href=\"https://a.cn/?x=1&amp;y=2\"><strong>&lt;script&gt;&amp;&quot;&#39;<br>行</strong></a></p>\n\
        <ul>\n<li>一<ul>\n<li>二</li>\n</ul>\n</li>\n</ul>\n<ol>\n<li>三</li>\n</ol>\n\
        <blockquote><p><em>{quote}</em></p></blockquote>\n\
        <figure><img src=\"https://cdn.example/07070707070707070707.jpg\" alt=\"水退之后\" width=\"1920\" height=\"1080\">\
        <figcaption>水退之后 <small>李四 摄</small></figcaption></figure>\n\
        <table><caption>表</caption><tbody>\n<tr><td>甲</td><td>&lt;b&gt;</td></tr>\n</tbody></table>\n"
    );
    assert_eq!(page, expected);
}

proptest! {
    #[test]
    fn whatever_was_typed_the_page_has_no_foreign_tag_and_stays_the_same(
        words in prop::collection::vec(("[<>&\"'a字 ]{0,12}", 0_u8..6, 0_i64..5), 0..12),
    ) {
        let mut view = story();
        for (words, kind, depth) in &words {
            let kind = match kind {
                0 => json!({"t": "h", "level": depth}),
                1 => json!({"t": "q"}),
                2 => json!({"t": "li", "list": "ol", "depth": depth}),
                3 => json!({"t": "li", "list": "ul", "depth": depth}),
                _ => json!({"t": "p"}),
            };
            view.blocks.push(text(kind, words, json!({})));
        }

        let package = seal(&view).unwrap();
        let page = package.html();

        prop_assert_eq!(&page, &seal(&view).unwrap().html());
        let tags: Vec<&str> = page.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()).collect();
        let known = ["p", "h2", "h3", "h4", "blockquote", "ul", "ol", "li", "figure", "img", "figcaption", "small"];
        prop_assert!(tags.iter().all(|tag| known.contains(&tag.trim_start_matches('/'))), "{:?}", tags);
        for name in ["ul", "ol", "li", "p"] {
            let opened = tags.iter().filter(|tag| **tag == name).count();
            let closed = tags.iter().filter(|tag| tag.strip_prefix('/') == Some(name)).count();
            prop_assert_eq!(opened, closed, "{}", name);
        }
    }
}
