//! Sticks through real windows: a parcel and its receipt; a review parcel to a colleague who has no line, the review in
//! the colleague's window, the slip back, and the pool's judgement.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::album::Album;
use crate::centre::{Centre, Laptop};
use crate::walk::Walk;
use crate::words::Words;

const HEADLINE: &str = "最后三公里，背着快递上山";
const EDITOR: &str = "王编辑";
const REPORTER: &str = "林记者";

impl Walk<'_> {
    /// Takes in what lies on a stick, and waits until the window has told it.
    fn take(&self, stick: &Path) {
        self.go("pool");
        self.app.type_into(&self.word("parcel.folder"), &stick.display().to_string());
        self.app.click_css("[data-test=parcel-take]");
        self.app.wait_css("[data-test=parcel-report]");
    }

    fn story(&self) -> Value {
        self.app.call("stories", &json!({})).unwrap()[0].clone()
    }

    fn verdict(&self) -> String {
        let card = self.app.call("review", &json!({"story": self.story()["story"]})).unwrap();
        card["signatures"][0]["verdict"].as_str().unwrap_or_default().to_owned()
    }
}

/// A filed story with a real photo where there are samples, and a made-up one elsewhere.
fn file(laptop: &Laptop, dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    let photo = dir.join("山路.jpg");
    match satchel_testkit::samples() {
        Some(samples) => {
            std::fs::copy(samples.join("photos/tanners_ridge.jpg"), &photo).unwrap();
        }
        None => crate::setup::make_clip("testsrc2=size=1600x1200:rate=1", &["-frames:v", "1"], &photo),
    }
    let story = laptop.ok(&["new", HEADLINE])["story"].as_str().unwrap().to_owned();
    laptop.ok(&["import", &dir.display().to_string(), "--story", &story]);
    let clip = laptop.ok(&["clips", "--story", &story])[0]["clip"].as_str().unwrap().to_owned();
    for words in [
        "凌晨五点，雾还没散，快递站的灯已经亮了。三百一十二件包裹要赶在中午前送到山上的九个村民组。",
        "“路通了，老人也坐得住了。”站长一边分拣一边说。今年以来，全县新建村级快递服务点一百零六个。",
    ] {
        laptop.ok(&["write", &story, "--paragraph", words]);
    }
    laptop.ok(&["write", &story, "--deck", "山路不通车，快递员一天三趟背上山。"]);
    laptop.ok(&["figure", &story, &clip, "--caption", "快递员把包裹背上山。", "--credit", "本报记者"]);
    laptop.ok(&["file", &story]);
}

fn folder(centre: &Centre, name: &str) -> PathBuf {
    let dir = centre.dir.path().join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

fn parcel_and_receipt(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("parcels-{language}"));
    let mut centre = Centre::found("山县融媒体中心");
    centre.switch_off();
    let laptop = centre.person(REPORTER, &["reporter"]);
    file(&laptop, &centre.dir.path().join("card"));
    let stick = folder(&centre, "stick");
    let walk = Walk::open(&laptop.library, &words, &album, "pool");

    walk.go("pool");
    walk.app.type_into(&walk.word("parcel.folder"), &stick.display().to_string());
    walk.app.click_css("[data-test=parcel-make]");
    walk.app.wait_css("[data-test=parcel-report]");
    walk.app.wait_text(&walk.word("parcel.made.next"));
    assert_eq!(walk.story()["whereabouts"]["at"], "waiting", "a parcel that was made is not yet in the pool");
    walk.look("parcel-made");

    let torn = folder(&centre, "stick/satchel-0123456789abcdef");
    std::fs::write(torn.join("index.signed"), b"half").unwrap();
    let lines = centre.pool_or_code(&["parcel", "import", &stick.display().to_string()]);
    assert_eq!(lines.err().as_deref(), Some("parcel.damaged"), "the bad one is named, the good one taken in");

    walk.app.click_css("[data-test=parcel-take]");
    walk.app.wait_text(&walk.word("parcel.joined"));
    walk.app.wait_text(&walk.word("parcel.pooled"));
    walk.app.wait_css("[data-test=parcel-trouble]");
    walk.app.must("the story in the pool", || Ok(walk.story()["whereabouts"]["at"] == "pooled"));
    walk.app.wait_css("[data-test=group-done] [data-at=pooled]");
    walk.look("receipt-and-a-bad-parcel");
    walk.app.quit();
}

/// The reporter packs the story for the editor, with a sheet for a signer without Satchel.
fn send_out(walk: &Walk<'_>, stick: &Path) {
    let Walk { app, words, .. } = walk;
    let word = |key: &str| words.of("review", key);
    walk.go("review");
    app.click_css("[data-test=review-out]");
    app.wait_css("[data-test=out-form]");
    app.click(&format!("{EDITOR} · {}", words.of("kit", "role.editor")));
    app.click(&word("out.paper"));
    app.wait_text(&word("out.paper.careful"));
    app.type_into(&word("out.folder"), &stick.display().to_string());
    walk.look("review-parcel");
    app.click_css("[data-test=out-make]");
    app.wait_css("[data-test=parcel-report]");
    app.wait_text(&walk.word("parcel.review.next"));
    walk.look("review-parcel-made");
    app.click(&words.of("kit", "close"));
}

/// The editor, whose laptop has no line, takes the parcel in, reads, passes and writes a slip.
fn review(walk: &Walk<'_>, stick: &Path) {
    let Walk { app, .. } = walk;
    walk.take(stick);
    app.wait_text(&walk.word("parcel.came"));
    walk.look("review-parcel-taken");
    walk.go("review");
    app.wait_text(HEADLINE);
    app.click_css("[data-test=claim]");
    app.wait_css("[data-test=pass]");
    app.must("the picture", || {
        Ok(app.js("return [...document.images].some((one) => one.naturalWidth > 100)") == true)
    });
    walk.look("reviewed-without-a-line");
    app.click_css("[data-test=pass]");
    app.must("the pass", || Ok(walk.story()["state"] == "awaiting-second"));
    walk.go("pool");
    app.type_into(&walk.word("parcel.folder"), &stick.display().to_string());
    app.click_css("[data-test=slip-write]");
    app.wait_css("[data-test=slip-made]");
    walk.look("slip-written");
}

fn review_and_slip(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("review-parcels-{language}"));
    let mut centre = Centre::found("山县融媒体中心");
    let reporter = centre.person(REPORTER, &["reporter"]);
    let editor = centre.person(EDITOR, &["editor"]);
    for laptop in [&reporter, &editor, &reporter] {
        laptop.sync();
    }
    centre.switch_off();
    file(&reporter, &centre.dir.path().join("card"));
    let stick = folder(&centre, "stick");
    let first = Walk::open(&reporter.library, &words, &album, "pool");
    let second = Walk::open(&editor.library, &words, &album, "pool");

    send_out(&first, &stick);
    review(&second, &stick);
    first.take(&stick);
    first.app.wait_text(&first.word("parcel.judged.proposed"));
    assert_eq!(first.verdict(), "proposed", "the pool has yet to judge");
    first.look("slip-taken");
    first.go("review");
    first.app.wait_text(&words.of("review", "verdict.proposed"));
    first.look("proposed");

    first.go("pool");
    first.app.type_into(&first.word("parcel.folder"), &stick.display().to_string());
    first.app.click_css("[data-test=parcel-make]");
    first.app.wait_text(&first.word("parcel.made.next"));
    let lines = centre.pool(&["parcel", "import", &stick.display().to_string()]);
    let slip = lines.iter().find(|line| line["slip"].is_string()).unwrap();
    let verdicts = slip["verdicts"].as_array().unwrap();
    assert!(!verdicts.is_empty() && verdicts.iter().all(|one| one["accepted"] == true), "{slip}");
    centre.switch_on();
    for walk in [&first, &second] {
        walk.app.must("the pool's judgement", || {
            walk.app.call("sync_now", &json!({})).unwrap();
            Ok(walk.verdict() == "accepted")
        });
    }
    first.go("review");
    first.app.wait_text(EDITOR);
    first.app.wait_no_text(&words.of("review", "verdict.proposed"));
    first.look("judged");
    first.app.quit();
    second.app.quit();
}

#[test]
fn a_parcel_goes_to_the_pool_and_its_receipt_says_so_in_the_window_in_chinese() {
    parcel_and_receipt("zh-CN");
}

#[test]
fn a_parcel_goes_to_the_pool_and_its_receipt_says_so_in_the_window_in_english() {
    parcel_and_receipt("en");
}

#[test]
fn a_story_is_reviewed_in_a_window_without_a_line_and_the_slip_comes_back_in_chinese() {
    review_and_slip("zh-CN");
}

#[test]
fn a_story_is_reviewed_in_a_window_without_a_line_and_the_slip_comes_back_in_english() {
    review_and_slip("en");
}
