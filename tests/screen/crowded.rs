//! A reporter comes back from a whole day of pictures: more than five hundred pieces wait in the sync centre, and go.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use std::path::Path;
use std::time::{Duration, Instant};

use satchel_testkit::{Link, LinkPlan};
use serde_json::json;

use crate::album::Album;
use crate::centre::{Centre, Laptop};
use crate::driver::App;
use crate::setup::make_clip;
use crate::walk::Walk;
use crate::words::Words;

/// Pictures; each travels with two small versions.
const PICTURES: usize = 170;
const WAITING: &str = "[data-test=group-waiting]";

/// A day of pictures in a filed story.
fn prepare(laptop: &Laptop, card: &Path) {
    let story = laptop.ok(&["new", "赶秋：从清晨到夜里"])["story"].as_str().unwrap().to_owned();
    let pictures = format!("testsrc2=size=400x300:rate={PICTURES}:duration=1");
    make_clip(&pictures, &["-frames:v", &PICTURES.to_string(), "-q:v", "5"], &card.join("DSC_%04d.jpg"));
    laptop.ok(&["import", &card.display().to_string(), "--story", &story]);
    let words = "立秋这天，九个寨子的人都到山顶的坪场来赶秋。秋千从早晨荡到夜里，唢呐一直没有停过。";
    laptop.ok(&["write", &story, "--deck", "九个寨子一起赶秋。", "--paragraph", words]);
    laptop.ok(&["file", &story]);
}

/// How many rows a list says that it has, and how many are drawn.
fn rows(app: &App) -> (usize, usize) {
    let script = format!(
        "const rows = document.querySelectorAll('{WAITING} li');\
         return [Number(rows[0]?.getAttribute('aria-setsize') ?? 0), rows.length]"
    );
    let told = app.js(&script);
    let number = |at: usize| usize::try_from(told[at].as_u64().unwrap()).unwrap();
    (number(0), number(1))
}

/// The list from its first to its last row: each can be reached, few are drawn at once.
fn look_through(walk: &Walk<'_>) {
    let Walk { app, album, .. } = walk;
    let (all, drawn) = rows(app);
    assert!(all >= 500, "{all} wait");
    assert!(drawn <= 60, "{drawn} of {all} rows are drawn");
    walk.look("top");
    app.must("the last row after scrolling", || {
        let script = format!(
            "const list = document.querySelector('{WAITING} ul');\
             list.lastElementChild?.scrollIntoView({{block: 'end'}});\
             return [...list.children].some((row) => row.getAttribute('aria-posinset') === '{all}')"
        );
        Ok(app.js(&script) == true)
    });
    album.shot(app, "end");
    assert!(rows(app).1 <= 60);
    app.js("document.querySelector('[data-test=exchange]').scrollIntoView()");
}

/// When all will be in the pool, in seconds from now, once that can be told.
fn told(walk: &Walk<'_>) -> Option<f64> {
    let now = walk.app.js("return Date.now()").as_f64().unwrap();
    walk.ask("arrivals")["all"].as_f64().map(|all| (all - now) / 1_000.0)
}

fn walk(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("crowded-{language}"));
    let mut centre = Centre::found("山县融媒体中心");
    let upstream = centre.url.trim_start_matches("http://").parse().unwrap();
    let link = Link::lay(upstream, LinkPlan::village(7)).unwrap();
    link.set_away(true);
    centre.url = link.url();
    let laptop = centre.person("林记者", &["reporter"]);
    prepare(&laptop, &centre.dir.path().join("card"));

    let walk = Walk::open(&laptop.library, &words, &album, "pool");
    let app = &walk.app;
    walk.go("pool");
    app.must("what waits", || Ok(rows(app).0 >= 500));
    look_through(&walk);

    link.set_away(false);
    app.click(&walk.word("now"));
    let begun = Instant::now();
    let mut promise = None;
    while walk.ask("sync_state")["itemsWaiting"] != 0 {
        assert!(begun.elapsed() < Duration::from_secs(400), "on the screen:\n{}", app.text());
        if promise.is_none()
            && begun.elapsed() > Duration::from_secs(15)
            && let Some(seconds) = told(&walk)
        {
            promise = Some((Instant::now(), seconds));
            album.shot(app, "going");
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    if let Some((since, seconds)) = promise {
        let took = since.elapsed().as_secs_f64();
        println!("all that waited was told to arrive in {seconds:.0} s and arrived in {took:.0} s");
    }
    app.must("nothing to wait on the screen", || Ok(rows(app).0 == 0));
    app.wait_css("[data-test=group-done] [data-at=pooled]");
    album.shot(app, "all-in");
    let clips = walk.ask("sync_state");
    assert_eq!((&clips["recordsWaiting"], &clips["bytesWaiting"]), (&json!(0), &json!(0)), "{clips}");
    walk.app.quit();
}

#[test]
fn five_hundred_pieces_are_listed_and_go_in_chinese() {
    walk("zh-CN");
}

#[test]
fn five_hundred_pieces_are_listed_and_go_in_english() {
    walk("en");
}
