//! A cut of a film that the pool holds already: the window says that the pool makes it, and nothing of it travels.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use crate::album::Album;
use crate::centre::{Centre, Laptop};
use crate::setup::make_clip;
use crate::walk::Walk;
use crate::words::Words;

/// The one piece that waits.
const PIECE: &str = "[data-test=group-waiting] li";

/// A filed story whose film is in the pool, and a cut of it that was rendered without a line.
fn prepare(centre: &mut Centre, laptop: &Laptop) {
    let story = laptop.ok(&["new", "赶秋：秋千荡到夜里"])["story"].as_str().unwrap().to_owned();
    let card = centre.dir.path().join("card");
    let source = "testsrc2=size=640x360:rate=25:duration=50,noise=alls=8:allf=t";
    let coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p"];
    make_clip(source, &coding, &card.join("赶秋.mp4"));
    laptop.ok(&["import", &card.display().to_string(), "--story", &story]);
    laptop.ok(&["write", &story, "--deck", "九个寨子一起赶秋。", "--paragraph", "秋千从早晨荡到夜里。"]);
    laptop.ok(&["file", &story]);
    laptop.sync();
    centre.switch_off();
    let clips = laptop.ok(&["clips", "--story", &story]);
    assert_eq!(clips[0]["whereabouts"]["at"], "pooled", "{clips}");
    let segment = format!("{}:2000-42000", clips[0]["clip"].as_str().unwrap());
    let cut = laptop.ok(&["cut", &story, "--name", "成片", "--segment", &segment]);
    laptop.ok(&["render", cut["cut"].as_str().unwrap()]);
}

fn walk(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("making-{language}"));
    let mut centre = Centre::found("山县融媒体中心");
    let laptop = centre.person("林记者", &["reporter"]);
    prepare(&mut centre, &laptop);

    let walk = Walk::open(&laptop.library, &words, &album, "pool");
    walk.go("pool");
    walk.app.wait_css(PIECE);
    centre.switch_on();
    walk.app.click(&walk.word("now"));
    let told = walk.word("arrives.making");
    let told: String = told.chars().skip(1).collect(); // its first letter is a capital on the screen
    walk.within(60, "that the pool makes the cut", || walk.app.has_text(&told));
    walk.within(10, "the story to say so too", || {
        let state = walk.ask("sync_state");
        state["items"].as_array().unwrap().iter().all(|item| item["whereabouts"]["at"] != "waiting")
    });
    walk.look("making");

    walk.within(180, "the cut in the pool", || {
        let state = walk.ask("sync_state");
        state["itemsMaking"] == 0 && state["itemsWaiting"] == 0
    });
    walk.app.must("nothing to wait on the screen", || Ok(walk.app.count(PIECE) == 0));
    walk.look("made");
    walk.app.quit();
}

#[test]
fn a_cut_that_the_pool_makes_is_told_in_chinese() {
    walk("zh-CN");
}

#[test]
fn a_cut_that_the_pool_makes_is_told_in_english() {
    walk("en");
}
