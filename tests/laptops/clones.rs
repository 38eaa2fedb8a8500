//! A library that was copied to a second laptop, or put back to an older copy: nobody signs twice at one place, and no
//! word is lost.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::centre::{Centre, Laptop};
use crate::journey::text;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn device(laptop: &Laptop) -> String {
    text(&laptop.ok(&["state"])["me"]["device"])
}

fn write(laptop: &Laptop, story: &str, words: &str) {
    laptop.ok(&["write", story, "--paragraph", words]);
}

fn reads(laptop: &Laptop, story: &str, words: &str) -> bool {
    let found = laptop.ok(&["search", words]);
    found.as_array().unwrap().iter().any(|hit| hit["story"] == story)
}

fn rev(laptop: &Laptop, story: &str) -> String {
    text(&laptop.ok(&["show", story])["rev"])
}

fn codes(laptop: &Laptop) -> Vec<String> {
    let log = laptop.ok(&["sync-log"]);
    log.as_array().unwrap().iter().map(|line| text(&line["code"])).collect()
}

struct Newsroom {
    centre: Centre,
    first: Laptop,
    editor: Laptop,
    story: String,
}

fn newsroom() -> Newsroom {
    let centre = Centre::found("山县融媒体中心");
    let first = centre.person("记者", &["reporter"]);
    let editor = centre.person("编辑", &["editor"]);
    let story = text(&first.ok(&["new", "最后三公里"])["story"]);
    write(&first, &story, "都在的第一段。");
    first.sync();
    editor.sync();
    Newsroom { centre, first, editor, story }
}

#[test]
fn a_library_copied_to_a_second_laptop_loses_nothing_of_either_and_one_takes_a_new_name() {
    let Newsroom { mut centre, first, editor, story } = newsroom();
    let second = Laptop { library: centre.dir.path().join("library-copy"), name: "副本".into() };
    copy(&first.library, &second.library);
    assert_eq!(device(&first), device(&second), "both write under one name");
    centre.switch_off();
    write(&first, &story, "第一台离线写的。");
    write(&second, &story, "副本离线写的。");
    let own = text(&second.ok(&["new", "副本自己的稿子"])["story"]);
    write(&second, &own, "副本自己的第一段。");
    centre.switch_on();

    first.sync();
    let settled = second.sync();
    first.sync();
    editor.sync();
    second.sync();

    assert_ne!(device(&first), device(&second));
    for laptop in [&first, &second, &editor] {
        for words in ["都在的第一段。", "第一台离线写的。", "副本离线写的。"] {
            assert!(reads(laptop, &story, words), "{} lacks {words}", laptop.name);
        }
        assert!(reads(laptop, &own, "副本自己的第一段。"), "{}", laptop.name);
    }
    let renewal = &settled["renewal"];
    assert_eq!((&renewal["why"], &renewal["isOpen"]), (&"fork".into(), &false.into()), "{settled}");
    assert!(renewal["records"].as_u64() >= Some(3), "{settled}");
    let told: BTreeSet<_> = codes(&second).into_iter().collect();
    for code in ["sync.fork", "sync.renewed-fork", "sync.vouched", "sync.said-again"] {
        assert!(told.contains(code), "{code} is not in {told:?}");
    }
    assert_eq!((rev(&first, &story), rev(&second, &story)), (rev(&editor, &story), rev(&editor, &story)));
    assert_eq!(first.ok(&["sync-state"])["renewal"], Value::Null, "the first one keeps its name");
    for laptop in [&first, &second] {
        write(laptop, &story, &format!("{}接着写。", laptop.name));
        laptop.sync();
    }
    editor.sync();
    for name in ["记者", "副本"] {
        assert!(reads(&editor, &story, &format!("{name}接着写。")), "{name}");
    }
}

#[test]
fn a_library_put_back_to_an_older_copy_and_edited_offline_loses_nothing() {
    let Newsroom { mut centre, first, editor, story } = newsroom();
    let aside = centre.dir.path().join("backup");
    copy(&first.library, &aside);
    write(&first, &story, "备份以后写的。");
    let later = text(&first.ok(&["new", "备份以后的稿子"])["story"]);
    write(&first, &later, "备份以后的第一段。");
    first.sync();
    let before = device(&first);
    std::fs::remove_dir_all(&first.library).unwrap();
    copy(&aside, &first.library);
    centre.switch_off();
    write(&first, &story, "恢复以后离线写的。");
    centre.switch_on();

    first.sync();
    first.sync();
    editor.sync();

    assert_ne!(device(&first), before);
    for laptop in [&first, &editor] {
        for words in ["都在的第一段。", "备份以后写的。", "恢复以后离线写的。"] {
            assert!(reads(laptop, &story, words), "{} lacks {words}", laptop.name);
        }
        assert!(reads(laptop, &later, "备份以后的第一段。"), "{}", laptop.name);
    }
    assert_eq!(first.ok(&["sync-state"])["recordsWaiting"], 0);
}

#[test]
fn a_database_that_stands_behind_its_mark_takes_a_new_name_before_the_first_word_also_without_a_line() {
    let Newsroom { mut centre, first, editor, story } = newsroom();
    let aside = centre.dir.path().join("backup");
    copy(&first.library, &aside);
    write(&first, &story, "备份以后写的，没有送出。");
    let before = device(&first);
    centre.switch_off();
    for end in ["", "-wal", "-shm"] {
        let name = format!("library.db{end}");
        let _ = std::fs::remove_file(first.library.join(&name));
        let _ = std::fs::copy(aside.join(&name), first.library.join(&name));
    }

    let after = device(&first);
    assert_ne!(after, before, "the mark beside the database tells");
    write(&first, &story, "恢复以后离线写的。");
    assert_eq!(device(&first), after, "once is enough");
    let state = first.ok(&["sync-state"])["renewal"].clone();
    assert_eq!((&state["why"], &state["isOpen"]), (&"restored".into(), &true.into()));
    centre.switch_on();
    first.sync();
    first.sync();
    editor.sync();

    assert!(reads(&editor, &story, "恢复以后离线写的。"));
    assert_eq!(first.ok(&["sync-state"])["renewal"]["isOpen"], false);
    assert!(!codes(&first).contains(&"sync.fork".to_owned()), "no place was ever used twice");
}

#[test]
fn a_laptop_without_a_line_is_vouched_for_by_a_parcel_and_says_again_what_the_pool_lacked() {
    let Newsroom { mut centre, first, editor, story } = newsroom();
    let second = Laptop { library: centre.dir.path().join("library-copy"), name: "副本".into() };
    copy(&first.library, &second.library);
    write(&first, &story, "第一台写的。");
    first.sync();
    centre.switch_off();
    write(&second, &story, "副本离线写的。");
    let stick = centre.dir.path().join("stick").display().to_string();
    std::fs::create_dir_all(&stick).unwrap();
    let carry = |out: bool| {
        second.ok(&["parcel", "export", &stick]);
        centre.pool(&["parcel", "import", &stick]);
        if out {
            let device = device(&second);
            centre.pool(&["parcel", "export", &stick, "--device", &device]);
        }
        second.ok(&["parcel", "import", &stick])
    };

    carry(false); // the receipt tells of the fork
    carry(true); // the pool vouches, and its order comes back
    carry(false); // what it lacked goes up

    assert_ne!(device(&first), device(&second));
    assert!(reads(&second, &story, "第一台写的。") && reads(&second, &story, "副本离线写的。"));
    centre.switch_on();
    for laptop in [&first, &editor] {
        laptop.sync();
        assert!(
            reads(laptop, &story, "第一台写的。") && reads(laptop, &story, "副本离线写的。"),
            "{}",
            laptop.name
        );
    }
}
