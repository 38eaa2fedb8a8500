//! What the rules refuse on the laptop.

use crate::centre::Centre;
use crate::journey::{file_a_story, text};

#[test]
fn the_author_and_a_second_signature_by_one_person_are_refused() {
    let centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter", "editor"]);
    let editor = centre.person("编辑", &["editor", "head"]);
    reporter.sync();
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));

    assert_eq!(reporter.refused(&["claim", &story]), "review.is-author");
    assert_eq!(reporter.refused(&["pass", &story]), "review.is-author");

    reporter.sync();
    editor.sync();
    let other = "00".repeat(32);
    editor.ok(&["claim", &story]);
    assert_eq!(editor.refused(&["pass", &story, "--rev", &other]), "desk.texts-differ");
    editor.ok(&["pass", &story]);
    assert_eq!(editor.refused(&["pass", &story]), "review.already-signed");
}

#[test]
fn a_library_is_opened_by_one_program_at_a_time() {
    let mut centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let story = text(&reporter.ok(&["new", "标题"])["story"]);
    // Without a pool to talk to, the first program waits with the library open.
    centre.switch_off();
    let occupy = || {
        std::process::Command::new(crate::centre::program("satchelctl"))
            .arg("--library")
            .arg(&reporter.library)
            .args(["sync", "--within", "60"])
            .env("SATCHEL_NO_KEYRING", "1")
            .env("SATCHEL_PASSPHRASE", "correct horse battery")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };

    let mut busy = occupy();
    let mut refused = None;
    for _ in 0..30 {
        std::thread::sleep(std::time::Duration::from_secs(1));
        if busy.try_wait().unwrap().is_some() {
            // Our own look came first and turned it away.
            busy = occupy();
            continue;
        }
        if let Err(failure) = reporter.run(&["show", &story]) {
            refused = failure["code"].as_str().map(str::to_owned);
            break;
        }
    }
    busy.kill().unwrap();
    busy.wait().unwrap();

    assert_eq!(refused.as_deref(), Some("store.open-elsewhere"));
}

#[test]
fn a_wrong_passphrase_and_a_changed_invitation_are_refused() {
    let centre = Centre::found("山县融媒体中心");
    let invitation = centre.invite("记者", &["reporter"]);
    let text = std::fs::read_to_string(&invitation).unwrap();
    let forged = centre.dir.path().join("forged.satchel-invite");
    std::fs::write(&forged, text.replace("reporter", "chief")).unwrap();
    let laptop = crate::centre::Laptop { library: centre.dir.path().join("library"), name: "记者".into() };

    assert_eq!(laptop.refused(&["join", &forged.display().to_string()]), "desk.bad-invitation");

    laptop.ok(&["join", &invitation.display().to_string()]);
    let wrong = std::process::Command::new(crate::centre::program("satchelctl"))
        .arg("--library")
        .arg(&laptop.library)
        .args(["--json", "stories"])
        .env("SATCHEL_NO_KEYRING", "1")
        .env("SATCHEL_PASSPHRASE", "wrong horse battery")
        .output()
        .unwrap();
    let failure = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(failure.contains("store.wrong-passphrase"), "{failure}");
}
