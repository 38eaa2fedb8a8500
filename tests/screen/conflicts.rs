//! Two people worked at the same time, through the real window: a fact with two values, and words that came after
//! filing. Neither is silent, neither is a box in the way, and a person decides.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use serde_json::{Value, json};

use crate::album::Album;
use crate::centre::{Centre, Laptop};
use crate::walk::Walk;
use crate::words::Words;

const HEADLINE: &str = "最后三公里，背着快递上山";
const LEAD: &str =
    "凌晨五点，雾还没散，快递站的灯已经亮了。三百一十二件包裹要赶在中午前送到山上的九个村民组。";
const WANTED: &str = "站长补充：今天实际送出三百零九件，三件因地址不详退回。";
const OTHER: &str = "另据了解，进村公路预计下月底通车。";

impl Walk<'_> {
    fn card(&self, story: &str) -> Value {
        self.app.call("open_story", &json!({"story": story})).unwrap()["card"].clone()
    }

    fn says(&self, css: &str) -> String {
        let told = self.app.js_with("return document.querySelector(arguments[0]).innerText", &json!([css]));
        told.as_str().unwrap_or_default().to_owned()
    }
}

/// Both laptops of one person chose another genre without a line: both see both, and one choice settles it for both.
fn two_values(walk: &Walk<'_>, centre: &mut Centre, other: &Laptop, story: &str) {
    let Walk { app, words, .. } = walk;
    centre.switch_off();
    other.ok(&["genre", story, "voice"]);
    walk.go("write");
    app.click(HEADLINE);
    app.choose(&words.of("write", "genre"), &words.of("kit", "genre.interview"));
    walk.within(10, "the choice to be kept", || walk.card(story)["genre"] == "interview");
    centre.switch_on();
    other.sync();
    app.call("sync_now", &json!({})).unwrap();
    walk.within(60, "the other value", || {
        walk.card(story)["others"].as_array().is_some_and(|all| all.len() == 1)
    });
    app.wait_css("[data-test=others]");
    let told = walk.says("[data-test=others]");
    println!("{told}");
    assert!(told.contains("王五"), "who set it: {told}");
    walk.look("two-values-in-write");

    walk.go("pool");
    app.wait_css("[data-test=group-needs] [data-what=field]");
    walk.look("two-values-in-the-sync-centre");
    app.click_css("[data-test=go-choose]");
    app.click_css("[data-test=take-other]");
    walk.within(20, "it to be settled", || walk.card(story)["others"] == json!([]));
    app.must("nothing beside the genre", || Ok(app.count("[data-test=others]") == 0));
    let chosen = walk.card(story)["genre"].clone();
    walk.within(60, "the choice in the pool", || {
        app.call("sync_state", &json!({})).unwrap()["recordsWaiting"] == 0
    });
    other.sync();
    let card = other.ok(&["show", story])["card"].clone();
    assert_eq!((&card["genre"], &card["others"]), (&chosen, &json!([])), "{card}");
}

/// The author files; two other laptops wrote on without a line. What they wrote stands beside the text.
fn after_filing(walk: &Walk<'_>, centre: &mut Centre, others: [&Laptop; 2], story: &str) {
    let Walk { app, .. } = walk;
    centre.switch_off();
    for (laptop, words) in others.iter().zip([WANTED, OTHER]) {
        laptop.ok(&["write", story, "--paragraph", words]);
    }
    centre.switch_on();
    let kept = app.call("checkpoint", &json!({"story": story})).unwrap();
    app.call("file_story", &json!({"story": story, "rev": kept["rev"]})).unwrap();
    app.call("sync_now", &json!({})).unwrap();
    walk.within(60, "the filing in the pool", || {
        app.call("sync_state", &json!({})).unwrap()["recordsWaiting"] == 0
    });
    for laptop in others {
        laptop.sync();
    }
    app.call("sync_now", &json!({})).unwrap();
    walk.within(60, "both branches", || walk.card(story)["branches"] == 2);
    walk.go("write");
    app.wait_css("[data-test=branches]");
    app.must("no box in the way", || Ok(app.count("[role=dialog]") == 0));
    app.click_css("[data-test=beside]");
    app.must("both, one by one", || Ok(app.count("[data-test=branch]") == 2));
    assert_eq!(app.count("[data-test=take-branch]"), 0, "the author does not hold it now");
    walk.look("beside-for-the-author");
}

/// The editor who holds the story takes one of the two, and leaves the other.
fn taken_and_left(walk: &Walk<'_>, story: &str) {
    let Walk { app, words, .. } = walk;
    walk.within(60, "the story with its branches", || {
        app.call("stories", &json!({}))
            .unwrap()
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["story"] == story && one["branches"] == 2))
    });
    walk.go("review");
    app.click_css("[data-test=claim]");
    app.wait_css("[data-test=pass]");
    app.wait_css("[data-test=branches]");
    let before = app.call("open_story", &json!({"story": story})).unwrap()["rev"].clone();
    app.click_css("[data-test=beside]");
    app.must("both, one by one", || Ok(app.count("[data-test=take-branch]") == 2));
    walk.look("beside-for-the-editor");
    let wanted = app.js_with(
        "const all = [...document.querySelectorAll('[data-test=branch]')];
         return all.findIndex((one) => one.innerText.includes(arguments[0]));",
        &json!([WANTED]),
    );
    let nth = wanted.as_u64().unwrap() + 1;
    app.click_css(&format!("[data-test=branch]:nth-of-type({nth}) [data-test=take-branch]"));
    app.must("one left", || Ok(app.count("[data-test=branch]") == 1));
    app.click_css("[data-test=leave-branches]");
    app.must("the box to be gone", || Ok(app.count("[role=dialog]") == 0));
    let open = app.call("open_story", &json!({"story": story})).unwrap();
    assert_eq!(open["card"]["branches"], 1);
    assert_ne!(open["rev"], before, "the text under review is another one now");
    app.wait_text(WANTED);
    assert!(!app.has_text(OTHER), "what was left is no part of the text");
    app.wait_text(&words.of("write", "branches_one").replace("{{count}}", "1"));
    walk.look("one-taken-one-left");
}

fn walk(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("conflicts-{language}"));
    let mut centre = Centre::found("山县融媒体中心");
    let author = centre.person("张三", &["reporter"]);
    author.sync();
    let second = centre.second_laptop(&author, "王五", &["reporter"]);
    let third = centre.second_laptop(&author, "赵六", &["reporter"]);
    let editor = centre.person("李编辑", &["editor"]);
    let story = author.ok(&["new", HEADLINE])["story"].as_str().unwrap().to_owned();
    author.ok(&["write", &story, "--deck", "山路不通车。", "--dateline", "本报讯", "--paragraph", LEAD]);
    for laptop in [&author, &second, &third, &editor] {
        laptop.sync();
    }

    let walk = Walk::open(&author.library, &words, &album, "write");
    two_values(&walk, &mut centre, &second, &story);
    third.sync();
    after_filing(&walk, &mut centre, [&second, &third], &story);
    walk.app.quit();

    let walk = Walk::open(&editor.library, &words, &album, "write");
    taken_and_left(&walk, &story);
    walk.app.quit();
}

#[test]
fn two_people_at_once_lose_nothing_and_a_person_decides_in_chinese() {
    walk("zh-CN");
}

#[test]
fn two_people_at_once_lose_nothing_and_a_person_decides_in_english() {
    walk("en");
}
