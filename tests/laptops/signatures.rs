//! Whose signature counts: what laptop and pool refuse, each by name, and what stays true of the past.

use crate::centre::{Centre, Laptop};
use crate::journey::{file_a_story, text};

/// A centre with a story that was filed, and everyone who signs.
struct Newsroom {
    centre: Centre,
    reporter: Laptop,
    editor: Laptop,
    head: Laptop,
    chief: Laptop,
    story: String,
}

impl Newsroom {
    fn with_a_filed_story() -> Self {
        let centre = Centre::found("山县融媒体中心");
        let reporter = centre.person("记者", &["reporter", "editor"]);
        let editor = centre.person("编辑", &["editor", "head", "operator"]);
        let head = centre.person("主任", &["head"]);
        let chief = centre.person("总编", &["chief"]);
        let site = centre.dir.path().join("site").display().to_string();
        editor.ok(&["channel", "网站", "--kind", "folder", "--url", &site]);
        editor.sync();
        reporter.sync();
        let story = file_a_story(&reporter, &centre.dir.path().join("card"));
        let room = Self { centre, reporter, editor, head, chief, story };
        room.all_sync();
        room
    }

    fn all_sync(&self) {
        for laptop in [&self.reporter, &self.editor, &self.head, &self.chief] {
            laptop.sync();
        }
    }

    /// Claims and passes, and tells the pool.
    fn passes(&self, laptop: &Laptop) {
        laptop.sync();
        laptop.ok(&["claim", &self.story]);
        laptop.ok(&["pass", &self.story]);
        laptop.sync();
    }

    /// Who signed, as the reporter sees it.
    fn signatures(&self) -> Vec<String> {
        let review = self.reporter.ok(&["review", &self.story]);
        review["signatures"].as_array().unwrap().iter().map(|one| text(&one["byName"])).collect()
    }

    fn state(&self, laptop: &Laptop) -> String {
        text(&laptop.ok(&["show", &self.story])["card"]["state"])
    }

    fn refused(&self, laptop: &Laptop, words: &[&str]) -> String {
        let words = [&words[..1], &[self.story.as_str()], &words[1..]].concat();
        match laptop.run(&words) {
            Ok(answer) => panic!("{} was allowed to {words:?}: {answer}", laptop.name),
            Err(failure) => {
                println!("{} {}: {} {}", laptop.name, words[0], text(&failure["code"]), failure["message"]);
                text(&failure["code"])
            }
        }
    }
}

#[test]
fn every_wrong_signature_is_refused_by_name_before_it_leaves_the_laptop() {
    let room = Newsroom::with_a_filed_story();
    let other_text = "00".repeat(32);

    assert_eq!(room.refused(&room.reporter, &["pass"]), "review.is-author");
    assert_eq!(room.refused(&room.chief, &["pass"]), "review.not-your-role");
    room.editor.ok(&["claim", &room.story]);
    assert_eq!(room.refused(&room.editor, &["pass", "--rev", &other_text]), "desk.texts-differ");
    room.passes(&room.editor);
    assert_eq!(room.refused(&room.editor, &["pass"]), "review.already-signed");

    room.centre.revoke(&room.head);
    room.head.ok(&["sync", "--within", "5"]);
    assert_eq!(room.refused(&room.head, &["claim"]), "review.revoked-device");
    assert_eq!(room.state(&room.editor), "awaiting-second");
}

#[test]
fn what_a_lost_laptop_signed_before_stays_signed_and_what_it_signs_after_counts_nowhere() {
    let room = Newsroom::with_a_filed_story();
    room.passes(&room.editor);
    room.passes(&room.head);
    room.chief.sync();
    room.centre.revoke(&room.head);
    room.centre.revoke(&room.chief);

    // The laptop has not heard of it: it signs, and the pool sets the signature apart.
    room.chief.ok(&["claim", &room.story]);
    room.chief.ok(&["pass", &room.story]);
    let state = room.chief.ok(&["sync", "--within", "5"]);
    assert_eq!(state["trouble"], "sync.device-revoked", "{state}");

    let deputy = room.centre.person("副总编", &["chief"]);
    deputy.sync();
    room.reporter.sync();
    for laptop in [&room.reporter, &deputy] {
        assert_eq!(room.state(laptop), "awaiting-final", "at {}", laptop.name);
    }
    room.passes(&deputy);
    room.reporter.sync();
    assert_eq!(room.state(&room.reporter), "signed");
    assert_eq!(room.signatures(), ["编辑", "主任", "副总编"]);
}
