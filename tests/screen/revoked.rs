//! A lost computer, through two real windows: the administrator is told what will happen and revokes it; the window of
//! the lost one says what happened, what is safe and what next; what it writes then stands apart at the pool, and the
//! administrator sees it. Before that: a colleague invited by squares, a second computer, another passphrase.
//!
//! With `SATCHEL_TOUR` the pictures are kept.

use std::path::Path;

use serde_json::json;

use crate::album::Album;
use crate::centre::Centre;
use crate::driver::App;
use crate::setup::FOUNDED;
use crate::walk::Walk;
use crate::words::Words;

const CHANGED: &str = "staple horse correct";
const AFTER: &str = "捡到电脑的人在上面写的一句话。";

impl Walk<'_> {
    fn show(&self, css: &str) {
        self.app.wait_css(css);
        self.app
            .js_with("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", &json!([css]));
    }
}

/// A colleague is invited: squares on the screen, and a photo of the screen is an invitation.
fn invite(boss: &Walk<'_>, dir: &Path) {
    boss.go("settings");
    boss.app.click_css("[data-test=invite]");
    boss.app.type_into(&boss.word("invite.name"), "新来的记者");
    boss.app.click(&boss.word("invite.make"));
    boss.app.wait_css("[data-test=squares]");
    boss.look("invitation");
    let photo = dir.join("photo.png");
    boss.app.shot(&photo);
    let card = boss.ask_with("read_invitation", &json!({"path": photo.display().to_string()}));
    assert_eq!((&card["name"], &card["centre"]), (&json!("新来的记者"), &json!("山县融媒体中心")));
    boss.app.press_keys("Escape");
    boss.app.must("the dialog to close", || Ok(boss.app.count("[data-test=squares]") == 0));
}

/// Another passphrase, with a wrong one tried first.
fn change_passphrase(lost: &Walk<'_>) {
    lost.go("settings");
    lost.show("[data-test=keys-change]");
    lost.app.click_css("[data-test=keys-change]");
    for (old, told) in [("wrong passphrase", false), (FOUNDED, true)] {
        lost.app.type_into(&lost.word("keys.old"), old);
        lost.app.type_into(&lost.word("keys.new"), CHANGED);
        lost.app.type_into(&lost.word("keys.again"), CHANGED);
        if !told {
            lost.look("passphrase");
        }
        lost.app.click_css("[data-test=keys-go]");
        let words = if told {
            lost.word("keys.changed")
        } else {
            lost.words.of("failures", "store.wrong-passphrase")
        };
        lost.app.wait_text(&words);
    }
}

/// The administrator reads what will happen, and does it.
fn revoke(boss: &Walk<'_>, name: &str, device: &str) {
    boss.go("settings");
    let label = boss.words.of("settings", "revoke.named");
    let named = format!("[aria-label^='{label}'][aria-label*='{}']", &device[..8]);
    let named = if label.is_empty() { format!("[aria-label*='{}']", &device[..8]) } else { named };
    boss.show(&named);
    boss.look("people");
    boss.app.click_css(&named);
    boss.app.wait_css("[data-test=lost-says]");
    boss.app.wait_text(&boss.word("lost.now"));
    boss.app.wait_text(name);
    boss.look("lost");
    boss.app.type_into(&boss.word("revoke.reason"), "在长途车站丢失");
    boss.app.click(&boss.word("revoke.go"));
    boss.app.wait_text(&boss.word("device.revoked"));
}

/// The window of the lost one says it, and goes on keeping what is typed.
fn is_told(lost: &Walk<'_>) {
    lost.app.wait_css("[data-test=revoked]");
    for part in ["revoked.title", "revoked.what", "revoked.safe", "revoked.new"] {
        lost.app.wait_text(&lost.words.of("app", part));
    }
    lost.go("today");
    lost.look("revoked");
    lost.go("write");
    lost.app
        .must("the story or the list", || Ok(lost.app.count(".ProseMirror, .story-cards .row-title") > 0));
    if lost.app.count(".ProseMirror") == 0 {
        lost.app.click_css(".story-cards .row-title");
    }
    lost.app.wait_css(".ProseMirror[contenteditable=true]");
    lost.app.click_css(".ProseMirror p:last-of-type");
    lost.app.press_keys("Control+End");
    lost.app.type_text(AFTER);
    lost.app.wait_text(AFTER);
    lost.look("revoked-writing");
    lost.go("settings");
    lost.ask("sync_now");
}

fn walk(language: &str) {
    let words = Words::load(language);
    let album = Album::if_asked(&format!("revoked-{language}"));
    let centre = Centre::found("山县融媒体中心");
    let (boss, lost) =
        (centre.person("周主任", &["administrator", "head"]), centre.person("林晓", &["reporter"]));
    let story = lost.ok(&["new", "最后三公里，背着快递上山"])["story"].as_str().unwrap().to_owned();
    lost.ok(&["write", &story, "--paragraph", "凌晨五点，雾还没散，快递站的灯已经亮了。"]);
    lost.sync();
    let second = centre.second_laptop(&lost, "林晓-二", &["reporter"]);
    second.sync();
    boss.sync();
    let device = lost.ok(&["state"])["me"]["device"].as_str().unwrap().to_owned();

    let boss = Walk::open(&boss.library, &words, &album, "settings");
    let lost = Walk::open(&lost.library, &words, &album, "settings");
    invite(&boss, centre.dir.path());
    change_passphrase(&lost);
    revoke(&boss, "林晓", &device);
    lost.ask("sync_now");
    is_told(&lost);

    boss.within(60, "what was written to stand apart", || {
        let apart = boss.ask("quarantine");
        apart.as_array().unwrap().iter().any(|line| line["what"] == "text" && line["isSigned"] == true)
    });
    boss.go("today");
    boss.go("settings");
    boss.show("[data-test=apart]");
    boss.app.click(&boss.word("apart.again"));
    boss.app.wait_css("[data-test=apart-line]");
    boss.app.wait_text(&boss.word("apart.what.text"));
    boss.show("[data-test=apart]");
    boss.look("apart");
    let hits = |query: &str| boss.ask_with("search", &json!({ "query": query })).as_array().unwrap().len();
    assert_eq!((hits("快递站"), hits("捡到电脑")), (1, 0), "what was written after the loss is in no story");

    lost.app.quit();
    boss.app.quit();
    let again = App::open(&centre.dir.path().join("library-林晓"), language);
    again.type_into(&words.of("app", "unlock.passphrase"), CHANGED);
    again.click(&words.of("app", "unlock.go"));
    again.wait_css("[data-test=revoked]");
    again.quit();
}

#[test]
fn a_lost_computer_is_revoked_and_everybody_is_told_the_truth_in_chinese() {
    walk("zh-CN");
}

#[test]
fn a_lost_computer_is_revoked_and_everybody_is_told_the_truth_in_english() {
    walk("en");
}
