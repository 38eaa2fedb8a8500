//! The sync centre through the real window: what waits on a laptop without a line, a parcel and its receipt, and then a
//! bad line: arrivals that are told, a photo that is sent at once, a film that misses the bulletin, a cable that is cut.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use std::path::{Path, PathBuf};
use std::process::Command;

use satchel_testkit::{Link, LinkPlan};
use serde_json::{Value, json};

use crate::album::Album;
use crate::centre::{Centre, Laptop};
use crate::setup::make_clip;
use crate::walk::Walk;
use crate::words::Words;

const HEADLINE: &str = "最后三公里，背着快递上山";
const SECOND: &str = "路灯亮到了村口";
const WAITING: &str = "[data-test=group-waiting] [data-test=piece]";

impl Walk<'_> {
    /// What still waits of a kind, by the core's own word.
    fn waiting(&self, what: &str) -> Vec<Value> {
        let told = self.ask("arrivals");
        told["items"].as_array().unwrap().iter().filter(|one| one["what"] == what).cloned().collect()
    }

    /// How many bytes of its material a story that goes up tells of.
    fn uploaded(&self) -> Option<u64> {
        let stories = self.ask("stories");
        let mut whereabouts = stories.as_array().unwrap().iter().map(|story| &story["whereabouts"]);
        whereabouts.find(|one| one["at"] == "moving").and_then(|one| one["done"].as_u64())
    }

    fn change_settings(&self, part: &Value) {
        let mut settings = self.ask("settings");
        for (name, value) in part.as_object().unwrap() {
            settings[name] = value.clone();
        }
        self.app.call("save_settings", &json!({"settings": settings})).unwrap();
    }
}

/// A photo and a film of a size of one's own.
fn card(dir: &Path, colour: &str) {
    let photo = format!("color={colour}:size=1600x1200:rate=1,noise=alls=60");
    make_clip(&photo, &["-frames:v", "1", "-q:v", "3"], &dir.join(format!("{colour}.jpg")));
    let film = format!("testsrc2=size=640x360:rate=25:duration=10,drawbox=color={colour}:t=8");
    make_clip(&film, &["-c:v", "mjpeg", "-q:v", "1"], &dir.join(format!("{colour}.mov")));
}

/// Takes a card into a story and files it: from then on its material travels.
fn import_and_file(walk: &Walk<'_>, dir: &Path) {
    let stories = walk.ask("stories");
    let story = stories.as_array().unwrap().iter().find(|one| one["headline"] == SECOND).unwrap();
    let ask = json!({"path": dir.display().to_string(), "story": story["story"]});
    walk.app.call("start_import", &ask).unwrap();
    walk.within(120, "the import", || {
        let open = ["queued", "running", "paused", "cancelling"];
        let jobs = walk.ask("jobs");
        jobs.as_array().unwrap().iter().all(|job| !open.contains(&job["state"].as_str().unwrap()))
    });
    let kept = walk.app.call("checkpoint", &json!({"story": story["story"]})).unwrap();
    walk.app.call("file_story", &json!({"story": story["story"], "rev": kept["rev"]})).unwrap();
}

fn write(laptop: &Laptop, story: &str) {
    let words = "凌晨五点，雾还没散，快递站的灯已经亮了。三百一十二件包裹要赶在中午前送到山上的九个村民组。";
    laptop.ok(&["write", story, "--deck", "山路不通车，快递员一天三趟背上山。", "--paragraph", words]);
}

/// A laptop that was prepared without any line: a filed story with a photo and a film, and one still being written.
fn prepare(laptop: &Laptop, dir: &Path) {
    let story = laptop.ok(&["new", HEADLINE])["story"].as_str().unwrap().to_owned();
    card(dir, "teal");
    laptop.ok(&["import", &dir.display().to_string(), "--story", &story]);
    write(laptop, &story);
    laptop.ok(&["file", &story]);
    let second = laptop.ok(&["new", SECOND])["story"].as_str().unwrap().to_owned();
    write(laptop, &second);
}

/// Without a line: everything waits, goes on a stick, and is in the pool only by the pool's receipt.
fn by_stick(walk: &Walk<'_>, centre: &mut Centre, stick: &Path) {
    let Walk { app, .. } = walk;
    walk.go("pool");
    app.wait_css("[data-test=exchange]");
    app.must("the photo, the film and their small versions", || Ok(app.count(WAITING) >= 4));
    app.wait_text(&walk.words.of("app", "status.offline"));
    app.wait_text(HEADLINE);
    app.wait_text(&walk.word("fact.speed.none"));
    walk.look("offline");

    app.type_into(&walk.word("parcel.folder"), &stick.display().to_string());
    app.click_css("[data-test=parcel-make]");
    app.wait_css("[data-test=parcel-report]");
    app.wait_text(&walk.word("parcel.made.next"));
    assert!(app.count(WAITING) >= 4, "a parcel that was made is not yet in the pool");
    walk.look("parcel-made");

    centre.switch_off();
    let taken = centre.pool(&["parcel", "import", &stick.display().to_string()]);
    assert_eq!((&taken[0]["joined"], &taken[0]["rejected"]), (&json!(true), &json!([])), "{}", taken[0]);
    centre.switch_on();

    app.click_css("[data-test=parcel-take]");
    app.must("nothing to wait any more", || Ok(app.count(WAITING) == 0));
    app.wait_text(&walk.word("parcel.joined"));
    app.wait_css("[data-test=group-done] [data-at=pooled]");
    let state = walk.ask("sync_state");
    assert_eq!((&state["recordsWaiting"], &state["itemsWaiting"]), (&json!(0), &json!(0)), "{state}");
    let stories = walk.ask("stories");
    let filed = stories.as_array().unwrap().iter().find(|one| one["headline"] == HEADLINE).unwrap();
    assert_eq!(filed["whereabouts"]["at"], "pooled");
    walk.look("receipt-taken");
}

/// On a slow, metered line: the originals stay, and the photo goes when the person says so.
fn metered(walk: &Walk<'_>, link: &Link, dir: &Path) {
    let Walk { app, words, .. } = walk;
    walk.go("settings");
    app.click(&words.of("settings", "uplink.metered"));
    app.must("the choice to be kept", || Ok(walk.ask("settings")["isMetered"] == true));
    card(dir, "orange");
    import_and_file(walk, dir);
    link.set_away(false);
    walk.go("pool");
    app.click(&walk.word("now"));
    walk.within(90, "the small versions in the pool", || {
        walk.waiting("thumb").is_empty()
            && walk.waiting("proxy").is_empty()
            && walk.ask("arrivals")["rate"].is_u64()
    });
    assert_eq!(walk.waiting("original").len(), 2, "the line is metered");
    app.must("two originals on the screen", || Ok(app.count("[data-test=piece][data-what=original]") == 2));
    app.must("the word that they are held back", || {
        let pieces = app.js("return document.querySelector('main').textContent");
        Ok(pieces.as_str().is_some_and(|text| text.contains(&walk.word("arrives.held"))))
    });
    app.must("the measured speed", || {
        Ok(app
            .js("return document.querySelector('[data-test=speed]').innerText")
            .as_str()
            .unwrap()
            .contains("bit/s"))
    });
    walk.look("metered");

    app.click(&format!("{} orange.jpg", walk.word("send.now.named")));
    walk.within(60, "the photo in the pool", || walk.waiting("original").len() == 1);
    assert_eq!(walk.waiting("original")[0]["title"], "orange.mov", "and nothing else went");
}

/// The film misses the bulletin: that is said beforehand, with the version that would not.
fn bulletin(walk: &Walk<'_>) {
    let Walk { app, words, .. } = walk;
    let told = Command::new("date").args(["-d", "+8 minutes", "+%H:%M"]).env("TZ", "UTC-8").output().unwrap();
    let hour = String::from_utf8(told.stdout).unwrap().trim().to_owned();
    walk.go("settings");
    app.type_into(&words.of("settings", "uplink.bulletin"), &hour);
    app.type_into(&words.of("settings", "uplink.kbit"), "64");
    app.click(&words.of("settings", "uplink.metered"));
    app.must("the choices to be kept", || {
        let now = walk.ask("settings");
        Ok(now["uplinkKbit"] == 64 && now["isMetered"] == false && now["bulletin"].is_u64())
    });
    walk.look("settings");
    walk.go("pool");
    app.wait_css("[data-test=late]");
    app.wait_css("[data-test=proposal]");
    let advice = app.js("return document.querySelector('[data-test=proposal]').innerText");
    let advice = advice.as_str().unwrap();
    println!("{advice}");
    let told = walk.waiting("original")[0].clone();
    assert_eq!(told["proposals"][0]["kind"], "smaller", "{told}");
    for part in [hour.as_str(), "Mbit/s"] {
        assert!(advice.contains(part), "{part} in {advice:?}");
    }
    walk.look("bulletin");
}

/// The cable is cut while the film goes up, and put back: the rest goes, and not all from the beginning.
fn cut(walk: &Walk<'_>, link: &Link) {
    let Walk { app, .. } = walk;
    walk.change_settings(&json!({"uplinkKbit": 0, "bulletin": null}));
    let film = walk.waiting("original")[0].clone();
    let whole = film["left"].as_u64().unwrap();
    let before = link.went_up();
    app.call("sync_now", &json!({})).unwrap();
    walk.within(60, "a part of the film on its way", || link.went_up() > before + whole / 3);
    app.wait_css("[data-test=group-moving] [data-at=moving]");
    walk.look("moving");
    walk.within(30, "the story to tell how much of it is up", || walk.uploaded().is_some());
    let told = walk.uploaded();
    walk.within(60, "the story to tell that more of it is up", || walk.uploaded() > told);
    link.set_away(true);
    walk.within(60, "the window to see that the line is gone", || {
        walk.ask("sync_state")["state"] == "offline"
    });
    app.wait_text(&walk.words.of("app", "status.offline"));
    assert!(!walk.waiting("original").is_empty(), "the film is not in the pool");
    walk.look("cable-cut");
    link.set_away(false);
    app.click(&walk.word("now"));
    walk.within(120, "everything in the pool", || walk.ask("sync_state")["itemsWaiting"] == 0);
    app.must("nothing to wait on the screen", || Ok(app.count(WAITING) == 0));
    app.must("the way up to be in order", || Ok(app.has_text(&walk.word("state.idle"))));
    let sent = link.went_up() - before;
    println!("film of {whole} bytes, {sent} bytes went up over one cut");
    assert!(sent < whole + whole / 2, "{sent} bytes for {whole}");
    walk.look("all-in");
}

fn walk(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("sync-centre-{language}"));
    let mut centre = Centre::found("山县融媒体中心");
    let upstream = centre.url.trim_start_matches("http://").parse().unwrap();
    let link = Link::lay(upstream, LinkPlan::village(7)).unwrap();
    link.set_away(true);
    centre.url = link.url();
    let folder = |name: &str| -> PathBuf { centre.dir.path().join(name) };
    let (stick, first, second) = (folder("stick"), folder("card"), folder("card-2"));
    std::fs::create_dir_all(&stick).unwrap();
    let laptop = centre.person("林记者", &["reporter"]);
    prepare(&laptop, &first);

    let walk = Walk::open(&laptop.library, &words, &album, "pool");
    by_stick(&walk, &mut centre, &stick);
    metered(&walk, &link, &second);
    bulletin(&walk);
    cut(&walk, &link);
    walk.app.quit();
}

#[test]
fn the_sync_centre_tells_the_truth_without_a_line_and_on_a_bad_one_in_chinese() {
    walk("zh-CN");
}

#[test]
fn the_sync_centre_tells_the_truth_without_a_line_and_on_a_bad_one_in_english() {
    walk("en");
}
