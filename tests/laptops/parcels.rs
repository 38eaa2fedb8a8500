//! The exchange by stick: a laptop that has no line, a pool, and what is carried between them.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use satchel_testkit::Dice;
use serde_json::Value;

use crate::centre::{Centre, Laptop};
use crate::journey::{file_a_story, text};

/// An empty stick.
pub fn stick(centre: &Centre, name: &str) -> PathBuf {
    let dir = centre.dir.path().join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

fn export(laptop: &Laptop, stick: &Path) -> Value {
    laptop.ok(&["parcel", "export", &stick.display().to_string()])
}

fn import(laptop: &Laptop, stick: &Path) -> Value {
    laptop.ok(&["parcel", "import", &stick.display().to_string()])
}

fn device(laptop: &Laptop) -> String {
    text(&laptop.ok(&["state"])["me"]["device"])
}

fn whereabouts(laptop: &Laptop) -> String {
    text(&laptop.ok(&["stories"])[0]["whereabouts"]["at"])
}

/// Every file of a folder and what is below it.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found.sort();
    found
}

/// Copies a folder with all that is below it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for path in files(from) {
        let place = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(path, place).unwrap();
    }
}

#[test]
fn a_story_goes_to_the_pool_on_a_stick_and_the_receipt_says_so() {
    let mut centre = Centre::found("山县融媒体中心");
    let editor = centre.person("编辑", &["editor"]);
    editor.sync();
    centre.switch_off();
    let reporter = centre.person("乡镇记者", &["reporter"]);
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));
    assert_eq!(whereabouts(&reporter), "waiting");

    let stick = stick(&centre, "stick");
    let made = export(&reporter, &stick);
    assert!(made["records"].as_u64() > Some(3) && made["clips"].as_u64() > Some(3), "{made}");
    assert_eq!(whereabouts(&reporter), "waiting", "a parcel that was made is not yet in the pool");
    let on_stick = files(&stick);
    for path in &on_stick {
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(name.is_ascii() && name.len() <= 255 && name == name.to_lowercase(), "{name}");
        assert!(path.metadata().unwrap().len() <= 1 << 30, "{name}");
        let bytes = std::fs::read(path).unwrap();
        for word in ["快递", "站长", "乡镇记者"] {
            let is_there = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!is_there, "{word} can be read in {name}");
        }
    }
    let waiting = import(&reporter, &stick);
    assert_eq!((&waiting["waiting"], &waiting["receipts"]), (&1.into(), &0.into()), "{waiting}");
    assert_eq!(whereabouts(&reporter), "waiting", "without the receipt nothing is in the pool");

    let dir = stick.display().to_string();
    let taken = centre.pool(&["parcel", "import", &dir]);
    assert_eq!(taken.len(), 1);
    assert_eq!(
        taken[0]["joined"], true,
        "a laptop that never had a line is taken in by its parcel: {}",
        taken[0]
    );
    assert_eq!(taken[0]["rejected"], serde_json::json!([]));
    assert_eq!(taken[0]["blobs"], made["clips"]);

    let report = import(&reporter, &stick);
    assert_eq!(report["joined"], true, "{report}");
    assert_eq!(report["pooledRecords"], made["records"], "{report}");
    assert_eq!(report["pooledClips"], made["clips"], "{report}");
    assert_eq!(whereabouts(&reporter), "pooled", "the pool's signed word says so");
    let state = reporter.ok(&["sync-state"]);
    assert_eq!((&state["recordsWaiting"], &state["itemsWaiting"]), (&0.into(), &0.into()), "{state}");
    let again = import(&reporter, &stick);
    assert_eq!((&again["receipts"], &again["pooledRecords"]), (&1.into(), &0.into()), "{again}");

    let head = |lines: &[Value]| lines[0]["heads"].clone();
    let second = centre.pool(&["parcel", "import", &dir]);
    assert_eq!(head(&second), head(&taken), "the same parcel again changes nothing");
    let empty = export(&reporter, &stick);
    assert_eq!(
        (&empty["records"], &empty["clips"]),
        (&0.into(), &0.into()),
        "nothing is sent twice: {empty}"
    );

    centre.switch_on();
    editor.sync();
    editor.ok(&["claim", &story]);
    let state = text(&editor.ok(&["show", &story])["card"]["state"]);
    assert_eq!(state, "awaiting-first", "the desk reviews what came by stick");
    editor.ok(&["return", &story, "--code", "fact", "--note", "数字请核实"]);
    editor.sync();

    centre.switch_off();
    let made = centre.pool(&["parcel", "export", &dir, "--device", &device(&reporter), "--material", "all"]);
    assert!(made[0]["cursor"]["after"] == 0 && made[0]["cursor"]["next"].as_u64() > Some(5), "{}", made[0]);
    let report = import(&reporter, &stick);
    assert!(report["records"].as_u64() > Some(0), "{report}");
    let card = &reporter.ok(&["stories"])[0];
    assert_eq!(card["state"], "draft");
    assert_eq!(card["returned"]["reasons"][0]["note"], "数字请核实", "the desk's answer came by stick");
    let again = import(&reporter, &stick);
    assert_eq!((&again["records"], &again["clips"]), (&0.into(), &0.into()), "{again}");
    assert_eq!(editor.refused(&["parcel", "import", &dir]), "parcel.nothing-here");
}

/// Kills a program after so many milliseconds; whether it was still at work.
fn kill_after(mut child: Child, wait_ms: u64) -> bool {
    std::thread::sleep(Duration::from_millis(wait_ms));
    let is_at_work = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    is_at_work
}

/// How many kills of each side; `SATCHEL_KILLS` sets another number.
fn kills() -> usize {
    std::env::var("SATCHEL_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

#[test]
fn a_laptop_and_a_pool_killed_at_any_moment_leave_a_parcel_whole_or_none() {
    let seed = 35;
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let mut centre = Centre::found("山县融媒体中心");
    centre.switch_off();
    let reporter = centre.person("乡镇记者", &["reporter"]);
    file_a_story(&reporter, &centre.dir.path().join("card"));
    let card = centre.dir.path().join("long");
    std::fs::create_dir_all(&card).unwrap();
    std::fs::write(card.join("录音.wav"), sound(40_000_000)).unwrap();
    reporter.ok(&["import", &card.display().to_string()]);

    let mut struck = 0;
    for turn in 0..kills() {
        let stick = stick(&centre, &format!("stick-{turn}"));
        let child = reporter.begin(&["parcel", "export", &stick.display().to_string()]);
        struck += usize::from(kill_after(child, dice.between(50, 1_500)));
        let answer = centre.pool_or_code(&["parcel", "import", &stick.display().to_string()]);
        let is_clear = match &answer {
            Ok(lines) => lines.len() == 1 && lines[0]["rejected"] == serde_json::json!([]),
            Err(code) => ["parcel.nothing-here", "parcel.unfinished"].contains(&code.as_str()),
        };
        assert!(is_clear, "{answer:?}");
    }
    println!("{struck} of {} exports struck at work", kills());
    assert!(struck > 0);

    let last = stick(&centre, "stick-last");
    let made = export(&reporter, &last);
    let dir = last.display().to_string();
    let mut struck = 0;
    for _ in 0..kills() {
        let child = centre.begin(&["parcel", "import", &dir]);
        struck += usize::from(kill_after(child, dice.between(5, 400)));
        for folder in std::fs::read_dir(&last).unwrap().flatten() {
            let receipt = folder.path().join("receipt.signed");
            let is_whole = !receipt.exists() || std::fs::read(&receipt).unwrap().ends_with(b"\n");
            assert!(is_whole, "a receipt is whole or not there");
        }
    }
    println!("{struck} of {} imports struck at work", kills());
    let taken = centre.pool(&["parcel", "import", &dir]);
    assert_eq!((&taken[0]["rejected"], &taken[0]["blobs"]), (&serde_json::json!([]), &made["clips"]));
    let report = import(&reporter, &last);
    assert_eq!(report["pooledClips"], made["clips"], "{report}");
    assert_eq!(whereabouts(&reporter), "pooled");
}

/// A sound file of noise, so many bytes long.
fn sound(bytes: u32) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    for number in [1_u16, 1] {
        file.extend(number.to_le_bytes());
    }
    file.extend(48_000_u32.to_le_bytes());
    file.extend(96_000_u32.to_le_bytes());
    for number in [2_u16, 16] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    let mut noise = vec![0; bytes as usize];
    Dice::new(1).fill(&mut noise);
    file.extend(noise);
    file
}

#[test]
fn a_receipt_from_before_the_pool_was_restored_no_longer_counts() {
    let mut centre = Centre::found("山县融媒体中心");
    centre.switch_off();
    let reporter = centre.person("乡镇记者", &["reporter"]);
    file_a_story(&reporter, &centre.dir.path().join("card"));
    let stick = stick(&centre, "stick");
    let dir = stick.display().to_string();
    export(&reporter, &stick);
    let data = centre.dir.path().join("pool");
    let copy_of = centre.dir.path().join("pool-copy");
    copy(&data, &copy_of);
    centre.pool(&["parcel", "import", &dir]);
    let receipts = centre.dir.path().join("receipts");
    copy(&stick, &receipts);
    import(&reporter, &stick);
    assert_eq!(whereabouts(&reporter), "pooled");

    std::fs::remove_dir_all(&data).unwrap();
    copy(&copy_of, &data);
    assert_eq!(
        centre.pool_or_code(&["parcel", "export", &dir, "--device", &device(&reporter)]),
        Err("pool.unknown-device".into())
    );
    centre.new_epoch();
    let code = centre.pool_or_code(&["parcel", "import", &dir]);
    assert!(code.is_ok(), "the restored pool takes the same parcel in once more: {code:?}");
    let report = import(&reporter, &stick);
    assert_eq!(report["receipts"], 1, "{report}");
    assert_eq!(whereabouts(&reporter), "pooled", "the restored pool's own word");
    let code = reporter.refused(&["parcel", "import", &receipts.display().to_string()]);
    assert_eq!(code, "parcel.older-epoch");
}
