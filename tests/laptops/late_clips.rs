//! A clip that comes to a story after it was filed, and the hour at which the pool had it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::centre::{Centre, Laptop};
use crate::journey::{file_a_story, text};

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn clips(laptop: &Laptop) -> Vec<Value> {
    laptop.ok(&["clips"]).as_array().unwrap().clone()
}

#[test]
fn a_clip_that_comes_to_a_filed_story_goes_to_the_pool_and_is_in_it_no_earlier_than_true() {
    let centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));
    reporter.sync();
    let known = clips(&reporter).len();
    let late = centre.dir.path().join("late");
    std::fs::create_dir_all(&late).unwrap();
    let made = std::process::Command::new("ffmpeg")
        .args(["-hide_banner", "-v", "error", "-f", "lavfi", "-i", "color=teal:size=800x600:rate=1"])
        .args(["-frames:v", "1"])
        .arg(late.join("late.jpg"))
        .status();
    assert!(made.unwrap().success());

    reporter.ok(&["import", &late.display().to_string(), "--story", &story]);
    let waiting = reporter.ok(&["sync-state"])["itemsWaiting"].as_u64().unwrap();
    let before = now();
    reporter.sync();

    assert!(waiting >= 2, "the small picture and the original wait: {waiting}");
    let all = clips(&reporter);
    assert_eq!(all.len(), known + 1);
    let came = all.iter().find(|clip| clip["name"] == "late.jpg").unwrap();
    assert_eq!(came["whereabouts"]["at"], "pooled", "{came}");
    assert!(came["whereabouts"]["since"].as_i64().unwrap() >= before, "{came}");
    let card = &reporter.ok(&["stories"])[0];
    assert_eq!(text(&card["whereabouts"]["at"]), "pooled", "{card}");
    let since = card["whereabouts"]["since"].as_i64().unwrap();
    assert!(since >= before, "{card}");
    assert_eq!(reporter.ok(&["stories"])[0]["whereabouts"]["since"], since, "and it stays");
}
