//! A story is reviewed without a line: a review parcel goes to a colleague, a verdict slip comes back, and the pool
//! judges it when it is reached.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::centre::{Centre, Laptop};
use crate::journey::{file_a_story, text};

/// An empty stick.
fn stick(centre: &Centre, name: &str) -> PathBuf {
    let dir = centre.dir.path().join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

fn parcel(laptop: &Laptop, words: &[&str]) -> Value {
    laptop.ok(&[["parcel"].as_slice(), words].concat())
}

fn import(laptop: &Laptop, stick: &Path) -> Value {
    parcel(laptop, &["import", &stick.display().to_string()])
}

fn person(laptop: &Laptop) -> String {
    text(&laptop.ok(&["state"])["me"]["person"])
}

/// Every file with this ending.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|one| one == ending)).collect()
}

/// A centre in which everybody was at the pool once, and then the line went.
struct Valley {
    centre: Centre,
    reporter: Laptop,
    editor: Laptop,
    head: Laptop,
    story: String,
    stick: PathBuf,
}

impl Valley {
    fn cut_off() -> Self {
        let mut centre = Centre::found("山县融媒体中心");
        let reporter = centre.person("乡镇记者", &["reporter"]);
        let editor = centre.person("责任编辑", &["editor"]);
        let head = centre.person("部门主任", &["head"]);
        for laptop in [&reporter, &editor, &head, &reporter] {
            laptop.sync();
        }
        centre.switch_off();
        let story = file_a_story(&reporter, &centre.dir.path().join("card"));
        let stick = stick(&centre, "stick");
        Self { centre, reporter, editor, head, story, stick }
    }

    fn ask(&self, of: &Laptop, more: &[&str]) -> Value {
        let (dir, to) = (self.stick.display().to_string(), person(of));
        let words: [&str; 5] = ["review", &self.story, &dir, "--to", &to];
        parcel(&self.reporter, &[words.as_slice(), more].concat())
    }

    fn slip(&self, of: &Laptop) -> Value {
        parcel(of, &["slip", &self.story, &self.stick.display().to_string()])
    }

    fn pass(&self, by: &Laptop) {
        by.ok(&["claim", &self.story]);
        by.ok(&["pass", &self.story]);
    }

    fn signatures(&self, of: &Laptop) -> Vec<Value> {
        of.ok(&["review", &self.story])["signatures"].as_array().unwrap().clone()
    }

    fn import_at_pool(&self) -> Result<Vec<Value>, String> {
        self.centre.pool_or_code(&["parcel", "import", &self.stick.display().to_string()])
    }
}

#[test]
fn a_story_is_reviewed_on_a_stick_and_the_pool_judges_the_slip() {
    let mut valley = Valley::cut_off();
    let plan = parcel(&valley.reporter, &["review", &valley.story]);
    assert_eq!(plan["level"], "first");
    assert_eq!(
        (&plan["colleagues"][0]["name"], &plan["colleagues"][0]["forLevel"]),
        (&json!("责任编辑"), &json!(true))
    );
    assert!(plan["smallBytes"].as_u64() > Some(1_000) && plan["textBytes"].as_u64() > Some(500), "{plan}");

    let made = valley.ask(&valley.editor, &[]);
    assert!(made["clips"].as_u64() > Some(1), "{made}");
    for folder in std::fs::read_dir(&valley.stick).unwrap().flatten() {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            for word in ["快递", "站长", "乡镇记者"] {
                let is_there = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                assert!(!is_there, "{word} can be read in {}", file.path().display());
            }
        }
    }
    assert_eq!(
        valley.head.refused(&["parcel", "import", &valley.stick.display().to_string()]),
        "parcel.not-for-us"
    );

    let came = import(&valley.editor, &valley.stick);
    assert_eq!(came["reviews"][0]["level"], "first", "{came}");
    assert!(came["clips"] == made["clips"], "{came}");
    let again = import(&valley.editor, &valley.stick);
    assert_eq!(
        (&again["records"], &again["clips"]),
        (&json!(0), &json!(0)),
        "the same parcel again: {again}"
    );
    let queue = valley.editor.ok(&["queue"]);
    assert_eq!((&queue[0]["story"], &queue[0]["forMe"]), (&json!(valley.story), &json!(true)), "{queue}");
    assert_eq!(
        valley.editor.refused(&["parcel", "slip", &valley.story, &valley.stick.display().to_string()]),
        "parcel.nothing-decided"
    );
    valley.pass(&valley.editor);
    let slip = valley.slip(&valley.editor);
    println!("a slip of {} bytes", slip["bytes"]);
    assert!(slip["bytes"].as_u64() < Some(8_192), "a few KB: {slip}");
    assert_eq!(
        valley.import_at_pool().err().as_deref(),
        Some("parcel.slip-early"),
        "the pool has no story yet"
    );

    let told = import(&valley.reporter, &valley.stick);
    let verdict = &told["verdicts"][0];
    assert_eq!((&verdict["act"], &verdict["byName"]), (&json!("pass"), &json!("责任编辑")), "{told}");
    assert_eq!(verdict["verdict"], "proposed", "the pool has yet to judge");
    let signed = valley.signatures(&valley.reporter);
    assert_eq!((signed.len(), &signed[0]["verdict"]), (1, &json!("proposed")));
    let again = import(&valley.reporter, &valley.stick);
    assert_eq!(again["verdicts"][0]["verdict"], "proposed");
    assert_eq!(valley.signatures(&valley.reporter).len(), 1, "a slip taken in twice counts once");

    let other = stick(&valley.centre, "to-the-pool");
    parcel(&valley.reporter, &["export", &other.display().to_string()]);
    assert_eq!(files(&other, "slip").len(), 1, "the slip goes on with the reporter's parcel");
    let lines = valley.centre.pool(&["parcel", "import", &other.display().to_string()]);
    let judged = lines.iter().find(|line| line["slip"].is_string()).unwrap();
    assert_eq!(judged["rejected"], json!([]), "{judged}");
    let verdicts = judged["verdicts"].as_array().unwrap();
    assert!(verdicts.len() == 2 && verdicts.iter().all(|one| one["accepted"] == true), "{judged}");
    assert_eq!(verdicts[1]["state"], "awaiting-second", "{judged}");
    let twice = valley.centre.pool(&["parcel", "import", &other.display().to_string()]);
    let twice = twice.iter().find(|line| line["slip"].is_string()).unwrap();
    assert_eq!(twice["verdicts"], judged["verdicts"], "the same slip again changes nothing");

    valley.centre.switch_on();
    valley.editor.sync();
    valley.reporter.sync();
    for laptop in [&valley.reporter, &valley.editor] {
        let signed = valley.signatures(laptop);
        assert_eq!((signed.len(), &signed[0]["verdict"]), (1, &json!("accepted")), "{signed:?}");
    }
    parcel(&valley.reporter, &["export", &stick(&valley.centre, "later").display().to_string()]);
    assert!(
        files(&valley.centre.dir.path().join("later"), "slip").is_empty(),
        "a judged slip travels no further"
    );
}

#[test]
fn whoever_has_a_line_first_hands_the_slip_on() {
    let mut valley = Valley::cut_off();
    valley.ask(&valley.editor, &["--pictures", "none"]);
    import(&valley.editor, &valley.stick);
    valley.pass(&valley.editor);
    valley.slip(&valley.editor);
    import(&valley.reporter, &valley.stick);

    valley.centre.switch_on();
    for _ in 0..3 {
        valley.reporter.sync();
    }
    let signed = valley.signatures(&valley.reporter);
    assert_eq!(
        (signed.len(), &signed[0]["verdict"]),
        (1, &json!("accepted")),
        "the editor never had a line: {signed:?}"
    );
    valley.editor.sync();
    let state = valley.editor.ok(&["sync-state"]);
    assert_eq!(state["recordsWaiting"], 0, "and has nothing left to send: {state}");
}

#[test]
fn a_slip_for_another_version_another_person_or_with_a_bent_bit_changes_nothing() {
    let valley = Valley::cut_off();
    valley.ask(&valley.editor, &["--pictures", "none"]);
    import(&valley.editor, &valley.stick);
    valley.pass(&valley.editor);
    valley.slip(&valley.editor);
    let path = files(&valley.stick, "slip").remove(0);
    let whole = std::fs::read(&path).unwrap();
    let dir = valley.stick.display().to_string();
    assert_eq!(valley.head.refused(&["parcel", "import", &dir]), "parcel.not-for-us");

    let only = stick(&valley.centre, "only-the-slip");
    let there = only.join(path.file_name().unwrap());
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&there, &whole[..cut]).unwrap();
        let code = valley.reporter.refused(&["parcel", "import", &only.display().to_string()]);
        assert_eq!(code, "parcel.damaged", "cut to {cut}");
    }
    let mut bent = whole.clone();
    bent[whole.len() / 3] ^= 1;
    std::fs::write(&there, bent).unwrap();
    assert_eq!(valley.reporter.refused(&["parcel", "import", &only.display().to_string()]), "parcel.damaged");
    std::fs::write(&there, &whole).unwrap();

    valley.reporter.ok(&["withdraw", &valley.story]);
    assert_eq!(
        valley.reporter.refused(&["parcel", "import", &only.display().to_string()]),
        "parcel.older-revision"
    );
    assert_eq!(valley.signatures(&valley.reporter).len(), 0);
    let mixed = import_mixed(&valley, &there);
    assert_eq!(mixed["waiting"], 1, "what is good on a stick is taken in: {mixed}");
    assert_eq!(mixed["troubles"][0]["failure"]["code"], "parcel.older-revision", "{mixed}");
}

/// A stick with an own parcel that waits for the pool, and a slip that no longer fits.
fn import_mixed(valley: &Valley, slip: &Path) -> Value {
    let mixed = stick(&valley.centre, "mixed");
    parcel(&valley.reporter, &["export", &mixed.display().to_string()]);
    std::fs::copy(slip, mixed.join(slip.file_name().unwrap())).unwrap();
    import(&valley.reporter, &mixed)
}

#[test]
fn a_signer_without_satchel_gets_a_page_and_a_colleague_enters_the_signature_as_their_own() {
    let mut valley = Valley::cut_off();
    let dir = valley.stick.display().to_string();
    let made = parcel(&valley.reporter, &["review", &valley.story, &dir, "--paper"]);
    let name = text(&made["papers"][0]);
    let page = std::fs::read_to_string(valley.stick.join(&name)).unwrap();
    assert!(page.contains("快递") && page.contains("data:image/jpeg;base64,"), "text and pictures");
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    let rev = text(&valley.reporter.ok(&["review", &valley.story])["submitted"]);
    assert!(
        page.contains(&format!("{} {} {}", &rev[..4], &rev[4..8], &rev[8..12])),
        "the fingerprint in groups"
    );
    assert!(!page.contains(&rev), "not in one piece that nobody can compare");

    valley.centre.switch_on();
    valley.reporter.sync();
    valley.editor.sync();
    valley.editor.ok(&["claim", &valley.story]);
    let entered = valley.editor.ok(&[
        "pass",
        &valley.story,
        "--rev",
        &rev,
        "--paper-by",
        "老校长",
        "--paper-date",
        "11月23日",
        "--paper-remarks",
        "第二段属实。",
    ]);
    assert_eq!(entered["signatures"][0]["byName"], "责任编辑", "who enters it signs");
    let remark = entered["comments"].as_array().unwrap().iter().find(|one| one["kind"] == "paper").unwrap();
    assert_eq!((&remark["quote"], &remark["byName"]), (&json!("老校长 · 11月23日"), &json!("责任编辑")));
    valley.editor.sync();
    assert_eq!(valley.signatures(&valley.editor)[0]["verdict"], "accepted");
    let code =
        valley.reporter.refused(&["pass", &valley.story, "--paper-by", "老校长", "--paper-date", "11月23日"]);
    assert_eq!(code, "review.not-your-role", "an author enters no signature of somebody else");
    let kinds = valley.reporter.ok(&["review", &valley.story])["comments"].clone();
    assert!(kinds.as_array().unwrap().iter().all(|one| one["byName"] != "乡镇记者"), "and no remark either");
}
