//! The person's choices for the way up, and what is told of arrivals, by the command line.

use std::process::Command;

use serde_json::Value;

use crate::centre::Centre;
use crate::journey::{file_a_story, text};

/// The hour in two hours, as the clock of the centre shows it.
fn in_two_hours() -> String {
    let told = Command::new("date").args(["-d", "+2 hours", "+%H:%M"]).env("TZ", "UTC-8").output().unwrap();
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

#[test]
fn arrivals_are_told_and_what_is_sent_now_goes_over_a_metered_line() {
    let centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let chosen = reporter.ok(&["uplink", "--kbit", "64", "--metered", "true", "--night", "22:00-06:00"]);
    assert_eq!(
        (&chosen["uplinkKbit"], &chosen["nightFrom"], &chosen["nightTo"]),
        (&64.into(), &1320.into(), &360.into())
    );
    reporter.ok(&["uplink", "--night", "always", "--bulletin", &in_two_hours()]);
    assert_eq!(reporter.refused(&["uplink", "--night", "25:00-06:00"]), "desk.bad-input");
    assert_eq!(reporter.refused(&["uplink", "--bulletin", "noon"]), "desk.bad-input");

    file_a_story(&reporter, &centre.dir.path().join("card"));
    reporter.ok(&["sync", "--within", "15"]);
    let told = reporter.ok(&["arrivals"]);
    println!("{told}");
    let rate = told["rate"].as_u64().expect("the small files were measured on their way");
    assert!((1..=8_000).contains(&rate), "no faster than the limit: {told}");
    let items = told["items"].as_array().unwrap();
    let originals: Vec<&Value> = items.iter().filter(|item| item["what"] == "original").collect();
    assert!(originals.len() >= 3, "photo, film and cut wait: {told}");
    assert_eq!((&told["late"], &told["all"]), (&originals.len().into(), &Value::Null), "{told}");
    for item in &originals {
        assert_eq!(item["arrives"], Value::Null, "a metered line promises nothing: {told}");
        let first = &item["proposals"][0];
        assert_eq!(first["kind"], "send-now", "{told}");
        assert!(first["arrives"].as_i64() <= told["bulletin"].as_i64(), "{told}");
    }

    reporter.ok(&["uplink", "--kbit", "0"]);
    let clip = text(&originals[0]["clip"]);
    reporter.ok(&["send-now", &clip]);
    reporter.ok(&["sync", "--within", "10"]);
    let told = reporter.ok(&["arrivals"]);
    let left: Vec<String> =
        told["items"].as_array().unwrap().iter().map(|item| text(&item["clip"])).collect();
    assert!(!left.contains(&clip), "it went: {told}");
    assert_eq!(left.len(), originals.len() - 1, "and no other: {told}");
    assert_eq!(reporter.refused(&["send-now", &clip]), "desk.unknown");
}
