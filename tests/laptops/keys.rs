//! The library's keys, by the command line: another passphrase in spite of every kill, the centre's escrow from the first
//! word to the opened library, a second laptop, what a lost laptop leaves behind, and who is writing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::centre::{Centre, Laptop, program};
use crate::journey::text;

const OLD: &str = "correct horse battery";
const NEW: &str = "staple correct horse";

/// A verb with these variables set and no others of ours.
fn command(library: &Path, words: &[&str], said: &[(&str, &str)]) -> Command {
    let mut ask = Command::new(program("satchelctl"));
    ask.arg("--library").arg(library).arg("--json").args(words).env("SATCHEL_NO_KEYRING", "1");
    ask.env_remove("SATCHEL_PASSPHRASE").envs(said.iter().copied());
    ask
}

fn say(library: &Path, words: &[&str], said: &[(&str, &str)]) -> Result<Value, Value> {
    let done = command(library, words, said).output().expect("satchelctl");
    let read = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let last = text.lines().last().unwrap_or_default().to_owned();
        serde_json::from_str(&last).unwrap_or(Value::String(text))
    };
    if done.status.success() { Ok(read(&done.stdout)) } else { Err(read(&done.stderr)) }
}

fn opens(laptop: &Laptop, passphrase: &str) -> bool {
    say(&laptop.library, &["stories"], &[("SATCHEL_PASSPHRASE", passphrase)]).is_ok()
}

#[test]
fn a_passphrase_is_changed_and_a_wrong_or_short_one_changes_nothing() {
    let centre = Centre::found("山县融媒体中心");
    let laptop = centre.person("林晓", &["reporter"]);
    laptop.ok(&["new", "最后三公里"]);
    let change = |old: &str, new: &str| {
        let said = [("SATCHEL_PASSPHRASE", old), ("SATCHEL_NEW_PASSPHRASE", new)];
        say(&laptop.library, &["keys", "passphrase"], &said)
    };

    assert_eq!(text(&change("a wrong passphrase", NEW).unwrap_err()["code"]), "store.wrong-passphrase");
    assert_eq!(text(&change(OLD, "short").unwrap_err()["code"]), "desk.weak-passphrase");
    assert!(opens(&laptop, OLD) && !opens(&laptop, NEW));

    change(OLD, NEW).unwrap();
    assert!(opens(&laptop, NEW) && !opens(&laptop, OLD));
    let log = say(&laptop.library, &["sync-log", "keys"], &[("SATCHEL_PASSPHRASE", NEW)]).unwrap();
    assert_eq!(log[0]["code"], "keys.under-passphrase");
}

#[test]
fn whenever_a_change_of_the_passphrase_is_killed_the_old_or_the_new_one_opens_everything() {
    let centre = Centre::found("山县融媒体中心");
    let laptop = centre.person("林晓", &["reporter"]);
    let story = text(&laptop.ok(&["new", "最后三公里"])["story"]);
    let (mut now, mut next, mut changed) = (NEW, OLD, 0);
    let begun = Instant::now();
    let said = [("SATCHEL_PASSPHRASE", OLD), ("SATCHEL_NEW_PASSPHRASE", NEW)];
    say(&laptop.library, &["keys", "passphrase"], &said).unwrap();
    let whole = begun.elapsed();
    for round in 0..24 {
        let said = [("SATCHEL_PASSPHRASE", now), ("SATCHEL_NEW_PASSPHRASE", next)];
        let mut running = command(&laptop.library, &["keys", "passphrase"], &said)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("satchelctl");
        std::thread::sleep(whole * (round + 4) / 24);
        let _ = running.kill();
        running.wait().expect("wait");

        if opens(&laptop, next) {
            assert!(!opens(&laptop, now), "two passphrases open the library in round {round}");
            std::mem::swap(&mut now, &mut next);
            changed += 1;
        }
        let stories = say(&laptop.library, &["stories"], &[("SATCHEL_PASSPHRASE", now)]).unwrap();
        assert_eq!(text(&stories[0]["story"]), story, "round {round}");
    }
    println!("24 changes killed, {changed} of them after the new passphrase was in place");
}

#[test]
fn a_forgotten_passphrase_is_mended_by_the_centres_escrow_with_the_laptop_and_by_nothing_less() {
    let centre = Centre::found("山县融媒体中心");
    let laptop = centre.person("林晓", &["reporter"]);
    laptop.ok(&["new", "最后三公里"]);
    laptop.sync();
    assert_eq!(laptop.refused(&["keys", "give"]), "desk.no-escrow");
    let file = |name: &str| centre.dir.path().join(name).display().to_string();
    let inside = centre.dir.path().join("pool/escrow.key").display().to_string();
    assert_eq!(
        centre.pool_or_code(&["escrow", "init", "--key-file", &inside]).unwrap_err(),
        "pool.bad-request"
    );
    pool(&centre, &["escrow", "init", "--key-file", &file("escrow.key")]).unwrap();

    let given = laptop.ok(&["keys", "give"]);
    assert!(given["given"].is_u64() && given["fingerprint"].is_string(), "{given}");
    let left = pool(&centre, &["escrow", "list"]).unwrap();
    let device = text(&left[0]["device"]);
    assert_eq!(text(&left[0]["name"]), "林晓");
    pool(&centre, &["escrow", "export", "--device", &device, "--out", &file("x.satchel-sealed")]).unwrap();
    let words = ["escrow", "open", "--key-file", &file("escrow.key"), "--sealed", &file("x.satchel-sealed")];
    let opened = free(&[&words[..], &["--out", &file("x.satchel-recovery")]].concat());

    let code = text(&opened["code"]);
    let recovery = file("x.satchel-recovery");
    let recover = |library: &Path, code: &str, new: &str| {
        let said = [("SATCHEL_RECOVERY_CODE", code), ("SATCHEL_NEW_PASSPHRASE", new)];
        say(library, &["keys", "recover", &recovery], &said)
    };
    let wrong = recover(&laptop.library, "00000-00000-00000-00000", NEW).unwrap_err();
    assert_eq!(text(&wrong["code"]), "desk.wrong-recovery-code");
    let other = centre.person("别人", &["reporter"]);
    assert_eq!(text(&recover(&other.library, &code, NEW).unwrap_err()["code"]), "store.wrong-key");
    assert!(opens(&laptop, OLD), "nothing has changed so far");

    let state = recover(&laptop.library, &code.to_lowercase(), NEW).unwrap();
    assert_eq!(text(&state["me"]["name"]), "林晓");
    assert!(opens(&laptop, NEW) && !opens(&laptop, OLD));
    let log = say(&laptop.library, &["sync-log", "keys"], &[("SATCHEL_PASSPHRASE", NEW)]).unwrap();
    let told: Vec<_> = log.as_array().unwrap().iter().map(|line| text(&line["code"])).collect();
    assert!(
        told.contains(&"keys.recovered".into()) && told.contains(&"keys.escrow-given".into()),
        "{told:?}"
    );
}

/// A verb of the pool's program whose answer has several lines.
fn pool(centre: &Centre, words: &[&str]) -> Result<Value, String> {
    let data = centre.dir.path().join("pool").display().to_string();
    run_pool(&[words, &["--data", &data]].concat())
}

/// A verb that needs no pool at all.
fn free(words: &[&str]) -> Value {
    run_pool(words).unwrap()
}

fn run_pool(words: &[&str]) -> Result<Value, String> {
    let done =
        Command::new(program("satchel-pool")).args(words).env("SATCHEL_LOG", "error").output().unwrap();
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&done.stdout).unwrap())
}

#[test]
fn a_second_laptop_is_listed_under_its_person_and_when_the_first_is_lost_it_goes_on_alone() {
    let centre = Centre::found("山县融媒体中心");
    let boss = centre.person("管理", &["administrator"]);
    let first = centre.person("林晓", &["reporter"]);
    first.sync();
    let second = centre.second_laptop(&first, "林晓-二", &["reporter"]);
    let story = text(&second.ok(&["new", "第二台写的"])["story"]);
    second.sync();
    first.sync();
    assert_eq!(first.ok(&["stories"])[0]["headline"], "第二台写的");
    boss.sync();
    let people = boss.ok(&["people"]);
    let person = people.as_array().unwrap().iter().find(|one| one["devices"].as_array().unwrap().len() == 2);
    assert!(person.is_some(), "{people}");

    centre.revoke(&first);
    first.ok(&["write", &story, "--paragraph", "丢了以后在第一台上写的一段话。"]);
    first.ok(&["sync", "--within", "5"]);
    assert_eq!(first.ok(&["state"])["me"]["revoked"], true);
    second.ok(&["write", &story, "--paragraph", "第二台照常写。"]);
    second.sync();
    let apart = boss.ok(&["quarantine"]);
    assert_eq!(apart[0]["code"], "pool.device-revoked", "{apart}");
    assert_eq!((&apart[0]["what"], &apart[0]["isSigned"]), (&"text".into(), &true.into()), "{apart}");
    let out = boss.ok(&["export-apart", apart[0]["id"].as_str().unwrap(), "--folder", &shown(&centre)]);
    let words = std::fs::read_to_string(Path::new(out.as_str().unwrap()).join("words.txt")).unwrap();
    assert!(words.contains("丢了以后在第一台上写的一段话。"), "{words}");
    assert_eq!(second.refused(&["quarantine"]), "desk.not-your-part");
}

fn shown(centre: &Centre) -> String {
    centre.dir.path().display().to_string()
}

#[test]
fn the_other_laptop_is_told_who_writes_and_without_a_line_nobody_is_held_up() {
    let mut centre = Centre::found("山县融媒体中心");
    let (writer, reader) = (centre.person("李四", &["reporter"]), centre.person("王五", &["editor"]));
    let head = centre.person("主任", &["head"]);
    let story = text(&writer.ok(&["new", "谁在写"])["story"]);
    for laptop in [&writer, &reader, &head] {
        laptop.sync();
    }

    assert_eq!(writer.ok(&["writing", &story, "take"])["isHere"], true);
    let seen = reader.ok(&["writing", &story, "take"]);
    assert_eq!(
        (&seen["name"], &seen["isHere"], &seen["mayBreak"]),
        (&"李四".into(), &false.into(), &false.into())
    );
    assert_eq!(reader.refused(&["writing", &story, "break"]), "pool.not-allowed");
    assert_eq!(head.ok(&["writing", &story, "break"])["isHere"], true);

    centre.switch_off();
    assert_eq!(writer.ok(&["writing", &story, "take"]), Value::Null);
    writer.ok(&["write", &story, "--paragraph", "没有网也照样写。"]);
}
