//! Two laptops without a pool, through the real window of one of them: off at first, switched on, a colleague's story with
//! its picture, and words that never say "in the pool" too early.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::album::Album;
use crate::centre::{Centre, Laptop};
use crate::driver::App;
use crate::setup::{make_clip, unlock};
use crate::walk::look;
use crate::words::Words;

const HEADLINE: &str = "雨夜抢通山路";

fn file_a_story(laptop: &Laptop, card: &Path) -> String {
    let story = laptop.ok(&["new", HEADLINE])["story"].as_str().unwrap().to_owned();
    make_clip("testsrc2=size=1600x1200:rate=1", &["-frames:v", "1", "-q:v", "3"], &card.join("山路.jpg"));
    laptop.ok(&["import", &card.display().to_string(), "--story", &story]);
    let words = "昨夜十一点，塌方截断了通往三个村的山路。抢险队连夜清理，凌晨四点恢复单向通行。";
    laptop.ok(&["write", &story, "--deck", "三个村凌晨恢复通行。", "--paragraph", words]);
    laptop.ok(&["file", &story]);
    story
}

fn nearby(app: &App) -> Value {
    app.call("nearby_state", &json!({})).unwrap()
}

fn look_there(app: &App, album: &Album, name: &str) {
    app.js("document.querySelector('[data-test=nearby]')?.scrollIntoView({block: 'start'})");
    look(app, album, name);
}

fn walk(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("nearby-{language}"));
    let mut centre = Centre::found("山县融媒体中心");
    let (editor, reporter) = (centre.person("周编辑", &["editor"]), centre.person("林记者", &["reporter"]));
    for laptop in [&editor, &reporter, &editor] {
        laptop.sync();
    }
    centre.switch_off();
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));

    let app = unlock(&editor.library, &words);
    let word = |key: &str| words.of("pool", key);
    app.click_css("[data-test=room-pool]");
    app.wait_css("[data-test=nearby]");
    app.wait_text(&word("nearby.off"));
    assert_eq!(nearby(&app)["isOn"], false, "it is off until somebody switches it on");
    look_there(&app, &album, "off");

    app.click(&word("nearby.switch"));
    app.wait_css("[data-test=nearby-place]");
    let place = nearby(&app)["place"].as_str().unwrap().to_owned();
    app.wait_text(&place);
    println!("the window shows {place}");
    look_there(&app, &album, "on");

    // The colleague types what the window shows. A test machine may have no other network than its own.
    let (address, code) = place.split_once('/').unwrap();
    let port = address.rsplit_once(':').unwrap().1;
    reporter.ok(&["nearby", "meet", &format!("127.0.0.1:{port}/{code}")]);
    app.wait_css("[data-test=nearby-peer]");
    app.wait_text("林记者");
    app.wait_css("[data-test=nearby-carried]");
    look_there(&app, &album, "met");
    let card = app.call("story", &json!({"story": story})).unwrap();
    assert_eq!((&card["state"], &card["whereabouts"]["at"]), (&"awaiting-first".into(), &"waiting".into()));
    let clips = app.call("clips", &json!({"story": story})).unwrap();
    assert_eq!((&clips[0]["hasThumb"], clips[0]["note"].is_null()), (&true.into(), true), "{clips}");

    // The editor passes it, then calls the reporter by the address that he reads out.
    app.call("decide", &json!({"story": story, "verb": {"act": "claim"}})).unwrap();
    let rev = app.call("review", &json!({"story": story})).unwrap()["submitted"].clone();
    app.call("decide", &json!({"story": story, "verb": {"act": "pass", "rev": rev}})).unwrap();
    let door = reporter.listens();
    app.type_into(&word("nearby.to"), &door.place);
    app.click(&word("nearby.meet"));
    app.must("the pass to be given", || Ok(nearby(&app)["peers"][0]["gaveRecords"].as_u64() >= Some(2)));
    door.close();
    look_there(&app, &album, "passed");
    let state = reporter.ok(&["show", &story])["card"]["state"].clone();
    assert_eq!(state, "awaiting-second", "the reporter sees the pass");

    app.type_into(&word("nearby.to"), "对面的电脑");
    app.click(&word("nearby.meet"));
    app.wait_text(words.of("failures", "lan.bad-place").split("{{").next().unwrap());
    look_there(&app, &album, "wrong-address");

    centre.switch_on();
    app.click(&word("now"));
    let end = Instant::now() + Duration::from_secs(60);
    while nearby(&app)["carried"] != 0 {
        assert!(Instant::now() < end, "the pool was not given what was carried: {}", nearby(&app));
        std::thread::sleep(Duration::from_millis(300));
    }
    app.must("the story in the pool", || {
        let card = app.call("story", &json!({"story": story})).unwrap();
        Ok(card["whereabouts"]["at"] == "pooled")
    });
    app.click(&word("nearby.switch"));
    app.wait_text(&word("nearby.off"));
    assert_eq!(nearby(&app)["place"], Value::Null);
    let refused = reporter.refused(&["nearby", "meet", &format!("127.0.0.1:{port}/{code}")]);
    assert_eq!(refused, "lan.unreachable", "nothing listens any more");
    look_there(&app, &album, "off-again");
    app.quit();
}

#[test]
fn a_story_comes_from_a_laptop_nearby_and_the_window_says_so_in_chinese() {
    walk("zh-CN");
}

#[test]
fn a_story_comes_from_a_laptop_nearby_and_the_window_says_so_in_english() {
    walk("en");
}
