//! The stick is pulled out: while a parcel is written, and while one is taken in. What then lies on the stick is a
//! parcel or none, and what was taken in is whole.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::Duration;

use satchel_testkit::Dice;
use serde_json::{Value, json};

use crate::centre::Centre;
use crate::journey::file_a_story;
use crate::parcels::{copy, stick};

/// How many pulls of each kind; `SATCHEL_PULLS=200` is the volume of invariant 35.
fn pulls() -> usize {
    std::env::var("SATCHEL_PULLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

/// The stick is gone from where it was, with what was on it; the program is left to find out.
fn pull(stick: &Path, mut child: Child, wait_ms: u64) -> (PathBuf, bool, ExitStatus) {
    std::thread::sleep(Duration::from_millis(wait_ms));
    let is_at_work = child.try_wait().unwrap().is_none();
    let pulled = stick.with_extension("pulled");
    std::fs::rename(stick, &pulled).unwrap();
    (pulled, is_at_work, child.wait().unwrap())
}

fn import(centre: &Centre, stick: &Path) -> Result<Vec<Value>, String> {
    centre.pool_or_code(&["parcel", "import", &stick.display().to_string()])
}

#[test]
fn a_stick_pulled_at_any_point_holds_a_parcel_or_none_and_is_taken_in_whole_or_not_at_all() {
    let seed = 35;
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let mut centre = Centre::found("山县融媒体中心");
    centre.switch_off();
    let reporter = centre.person("乡镇记者", &["reporter"]);
    file_a_story(&reporter, &centre.dir.path().join("card"));
    let empty = centre.dir.path().join("pool-before");
    copy(&centre.dir.path().join("pool"), &empty);

    let (mut struck, mut whole) = (0, 0);
    for turn in 0..pulls() {
        let stick = stick(&centre, &format!("out-{turn}"));
        let child = reporter.begin(&["parcel", "export", &stick.display().to_string()]);
        let (pulled, is_at_work, ended) = pull(&stick, child, dice.between(100, 2_500));
        struck += usize::from(is_at_work);
        let answer = import(&centre, &pulled);
        match &answer {
            Ok(lines) => {
                whole += 1;
                assert_eq!((lines.len(), &lines[0]["rejected"]), (1, &json!([])), "{answer:?}");
            }
            Err(code) => {
                assert!(["parcel.nothing-here", "parcel.unfinished"].contains(&code.as_str()), "{code}");
                assert!(!ended.success(), "the laptop did not call it written");
            }
        }
    }
    println!("{struck} of {} exports struck at work, {whole} left a whole parcel", pulls());

    let made = stick(&centre, "made");
    reporter.ok(&["parcel", "export", &made.display().to_string()]);
    let mut struck = 0;
    let mut heads = Value::Null;
    for turn in 0..pulls() {
        let data = centre.dir.path().join("pool");
        std::fs::remove_dir_all(&data).unwrap();
        copy(&empty, &data);
        let stick = centre.dir.path().join(format!("in-{turn}"));
        copy(&made, &stick);
        let child = centre.begin(&["parcel", "import", &stick.display().to_string()]);
        let (pulled, is_at_work, _) = pull(&stick, child, dice.between(5, 600));
        struck += usize::from(is_at_work);
        for folder in std::fs::read_dir(&pulled).unwrap().flatten() {
            let receipt = folder.path().join("receipt.signed");
            assert!(
                !receipt.exists() || std::fs::read(&receipt).unwrap().ends_with(b"\n"),
                "a receipt is whole"
            );
        }
        let first = import(&centre, &pulled).unwrap();
        let second = import(&centre, &pulled).unwrap();
        assert_eq!(first[0]["rejected"], json!([]), "nothing half taken in stands in the way");
        assert_eq!(first[0]["heads"], second[0]["heads"], "twice is once");
        assert!(heads.is_null() || heads == first[0]["heads"], "the same parcel, the same place");
        heads = first[0]["heads"].clone();
    }
    println!("{struck} of {} imports struck at work", pulls());
    let report =
        reporter.ok(&["parcel", "import", &centre.dir.path().join("in-0.pulled").display().to_string()]);
    assert_eq!(report["receipts"], 1, "{report}");
}
