//! A cut of a film that the pool holds: it makes the cut itself, and the line is free.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::centre::{Centre, Laptop};
use crate::journey::{file_a_story, text};

/// Bytes of a segment.
const SEGMENT: u64 = 262_144;

/// A film so restless that a cut of it is large.
fn film(path: &Path, seconds: u32) {
    let source = format!("testsrc2=size=640x360:rate=25:duration={seconds},noise=alls=12:allf=t");
    let done = Command::new("ffmpeg")
        .args(["-hide_banner", "-v", "error", "-f", "lavfi", "-i", &source])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p"])
        .arg(path)
        .status();
    assert!(done.unwrap().success());
}

/// The sum of the pool's counters whose lines hold these words.
fn counted(centre: &Centre, words: &[&str]) -> u64 {
    let place = centre.url.trim_start_matches("http://");
    let mut line = TcpStream::connect(place).unwrap();
    line.write_all(format!("GET /metrics HTTP/1.0\r\nHost: {place}\r\n\r\n").as_bytes()).unwrap();
    let mut told = String::new();
    line.read_to_string(&mut told).unwrap();
    let lines = told.lines().filter(|line| words.iter().all(|word| line.contains(word)));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// Requests that brought segments.
fn segments(centre: &Centre) -> u64 {
    counted(centre, &["requests_total", "segments", "PUT"])
}

fn codes(laptop: &Laptop) -> Vec<String> {
    let log = laptop.ok(&["sync-log"]);
    log.as_array().unwrap().iter().map(|line| text(&line["code"])).collect()
}

/// A filed story with a film of eight seconds that the pool holds.
fn newsroom() -> (Centre, Laptop, String, String) {
    let centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));
    let card = centre.dir.path().join("second card");
    std::fs::create_dir_all(&card).unwrap();
    film(&card.join("restless.mp4"), 8);
    reporter.ok(&["import", &card.display().to_string(), "--story", &story]);
    reporter.sync();
    let clips = reporter.ok(&["clips", "--story", &story]);
    let film = clips.as_array().unwrap().iter().find(|clip| clip["name"] == "restless.mp4").unwrap();
    assert_eq!(film["whereabouts"]["at"], "pooled");
    let film = text(&film["clip"]);
    (centre, reporter, story, film)
}

/// Cuts five seconds out of the film, renders them and syncs; answers the clip as it is then, and how many segments
/// went up meanwhile, those of the small versions counted.
fn render(centre: &Centre, reporter: &Laptop, (story, film): (&str, &str), from_ms: u32) -> (Value, u64) {
    let before = segments(centre);
    let (name, segment) = (format!("{from_ms}"), format!("{film}:{from_ms}-{}", from_ms + 5_000));
    let cut = reporter.ok(&["cut", story, "--name", &name, "--segment", &segment]);
    reporter.ok(&["render", &text(&cut["cut"])]);
    reporter.sync();
    let clips = reporter.ok(&["clips", "--story", story]);
    let made = clips.as_array().unwrap().iter().find(|clip| clip["name"] == format!("{name}.mp4").as_str());
    let made = made.unwrap_or_else(|| panic!("{clips}")).clone();
    assert_eq!(made["whereabouts"]["at"], "pooled", "{made}");
    (made, segments(centre) - before)
}

#[test]
fn a_cut_of_a_film_that_the_pool_holds_is_made_there_and_travels_only_where_it_is_not() {
    let (mut centre, reporter, story, film) = newsroom();
    let making =
        |reporter: &Laptop| codes(reporter).iter().filter(|code| *code == "sync.blob-making").count();

    let (made, went) = render(&centre, &reporter, (&story, &film), 1_000);

    let segments = made["bytes"].as_u64().unwrap() / SEGMENT;
    assert_eq!((counted(&centre, &["cuts_by_recipe", "\"made\""]), making(&reporter)), (1, 1));
    assert!(segments >= 4, "a cut of {segments} segments");
    println!(
        "a cut of {segments} segments is in the pool; {went} requests brought segments of small versions meanwhile"
    );

    centre.switch_off();
    centre.settings("[recipes]\nlongest-seconds = 0\n");
    centre.switch_on();
    let (sent, went) = render(&centre, &reporter, (&story, &film), 2_000);

    assert!(went >= sent["bytes"].as_u64().unwrap() / SEGMENT, "{went} segments: {sent}");
    assert_eq!(making(&reporter), 1, "not this one");
}
