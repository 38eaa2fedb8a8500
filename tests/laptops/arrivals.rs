//! The person's choices for the way up, and what is told of arrivals, by the command line.

use std::process::Command;

use serde_json::Value;

use crate::centre::Centre;
use crate::journey::text;

/// The local hour in two hours, as the clock shows it.
fn in_two_hours() -> String {
    let told = Command::new("date").args(["-d", "+2 hours", "+%H:%M"]).output().unwrap();
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

/// A picture of noise, so that it is large enough to be measured.
fn photo(path: &std::path::Path, seed: u32) {
    let source = format!("color=gray:size=1200x900:rate=1,noise=alls=60:all_seed={seed}");
    let done = Command::new("ffmpeg")
        .args(["-hide_banner", "-v", "error", "-f", "lavfi", "-i", &source, "-frames:v", "1", "-q:v", "2"])
        .arg(path)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn arrivals_are_told_and_what_is_sent_now_goes_over_a_metered_line() {
    let centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let story = text(&reporter.ok(&["new", "赶新闻"])["story"]);
    let (first, second) = (centre.dir.path().join("一.jpg"), centre.dir.path().join("二.jpg"));
    photo(&first, 1);
    photo(&second, 2);

    let chosen =
        reporter.ok(&["uplink", "--kbit", "1600", "--night", "22:00-06:00", "--bulletin", &in_two_hours()]);
    assert_eq!(
        (&chosen["uplinkKbit"], &chosen["nightFrom"], &chosen["nightTo"]),
        (&1600.into(), &1320.into(), &360.into())
    );
    assert_eq!(reporter.refused(&["uplink", "--night", "25:00-06:00"]), "desk.bad-input");
    reporter.ok(&["uplink", "--night", "always"]);
    reporter.ok(&["import", &first.display().to_string(), "--story", &story]);
    reporter.ok(&["sync", "--within", "60"]);
    let told = reporter.ok(&["arrivals"]);
    println!("{told}");
    assert_eq!(told["items"].as_array().unwrap().len(), 0, "all is there: {told}");
    let rate = told["rate"].as_u64().expect("the line was measured");
    assert!(rate <= 200_000, "no faster than the limit: {told}");

    reporter.ok(&["uplink", "--metered", "true"]);
    reporter.ok(&["import", &second.display().to_string(), "--story", &story]);
    reporter.ok(&["sync", "--within", "5"]);
    let told = reporter.ok(&["arrivals"]);
    println!("{told}");
    let item = original(&told);
    assert_eq!(item["arrives"], Value::Null, "a metered line promises nothing: {told}");
    assert_eq!(item["proposals"][0]["kind"], "send-now", "{told}");
    assert!(item["proposals"][0]["arrives"].as_i64() < told["bulletin"].as_i64(), "{told}");

    reporter.ok(&["send-now", &text(&item["clip"])]);
    reporter.ok(&["sync", "--within", "60"]);
    let told = reporter.ok(&["arrivals"]);
    assert_eq!(told["items"].as_array().unwrap().len(), 0, "{told}");
    assert_eq!(reporter.refused(&["send-now", &text(&item["clip"])]), "desk.unknown");
}

fn original(told: &Value) -> Value {
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "only the original waits: {told}");
    assert_eq!(items[0]["what"], "original");
    items[0].clone()
}
