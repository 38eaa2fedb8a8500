//! A newsroom at work: a story that was filed, and everyone who signs.

use crate::centre::{Centre, Laptop};
use crate::journey::{file_a_story, text};

/// A centre with a story that was filed, and everyone who signs.
pub struct Newsroom {
    pub centre: Centre,
    pub reporter: Laptop,
    pub editor: Laptop,
    pub head: Laptop,
    pub chief: Laptop,
    pub story: String,
}

impl Newsroom {
    pub fn with_a_filed_story() -> Self {
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

    pub fn all_sync(&self) {
        for laptop in [&self.reporter, &self.editor, &self.head, &self.chief] {
            laptop.sync();
        }
    }

    /// Claims and passes, and tells the pool.
    pub fn passes(&self, laptop: &Laptop) {
        laptop.sync();
        laptop.ok(&["claim", &self.story]);
        laptop.ok(&["pass", &self.story]);
        laptop.sync();
    }

    /// Who signed, as the reporter sees it.
    pub fn signatures(&self) -> Vec<String> {
        let review = self.reporter.ok(&["review", &self.story]);
        review["signatures"].as_array().unwrap().iter().map(|one| text(&one["byName"])).collect()
    }

    pub fn state(&self, laptop: &Laptop) -> String {
        text(&laptop.ok(&["show", &self.story])["card"]["state"])
    }

    pub fn refused(&self, laptop: &Laptop, words: &[&str]) -> String {
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
