//! Words that came while the story was in other hands: laptops and pool read them alike.

use serde_json::Value;

use crate::centre::{Centre, Laptop};
use crate::journey::text;

const LATE: &str = "另一台电脑上写的补充。";
const EDITED: &str = "责任编辑加的一句。";

fn write(laptop: &Laptop, story: &str, paragraph: &str) {
    laptop.ok(&["write", story, "--paragraph", paragraph]);
}

fn rev(laptop: &Laptop, story: &str) -> String {
    text(&laptop.ok(&["show", story])["rev"])
}

fn finds(laptop: &Laptop, words: &str) -> bool {
    !laptop.ok(&["search", words]).as_array().unwrap().is_empty()
}

/// The pool's word on the last decision.
fn last_word(laptop: &Laptop, story: &str) -> Value {
    laptop.ok(&["review", story])["ledger"].as_array().unwrap().last().unwrap()["verdict"].clone()
}

#[test]
fn words_of_the_author_s_other_laptop_stand_beside_a_filed_story_and_flow_in_when_it_comes_back() {
    let mut centre = Centre::found("山县融媒体中心");
    let first = centre.person("记者", &["reporter"]);
    first.sync();
    let second = centre.second_laptop(&first, "记者的另一台", &["reporter"]);
    let editor = centre.person("编辑", &["editor"]);
    let story = text(&first.ok(&["new", "最后三公里，背着快递上山"])["story"]);
    first.ok(&["write", &story, "--deck", "山路不通车。", "--dateline", "本报讯"]);
    write(&first, &story, "凌晨五点，雾还没散，快递站的灯已经亮了。三百一十二件包裹要赶在中午前送到山上。");
    first.sync();
    second.sync();

    first.ok(&["file", &story]);
    first.sync();
    centre.switch_off();
    write(&second, &story, LATE);
    let filed = rev(&first, &story);
    assert_ne!(rev(&second, &story), filed, "the other laptop has not heard of the filing");
    centre.switch_on();
    second.sync();
    editor.sync();

    for laptop in [&first, &second, &editor] {
        laptop.sync();
        let open = laptop.ok(&["show", &story]);
        assert_eq!((&open["rev"], &open["card"]["branches"]), (&filed.clone().into(), &1.into()), "{open}");
        assert!(!finds(laptop, LATE));
        let beside = laptop.ok(&["beside", &story]);
        assert_eq!(beside["byNames"], serde_json::json!(["记者的另一台"]), "{beside}");
        assert!(beside["diff"].to_string().contains(LATE), "{beside}");
    }

    editor.ok(&["claim", &story]);
    write(&editor, &story, EDITED);
    editor.ok(&["return", &story, "--code", "fact", "--note", "数字请核实"]);
    editor.sync();
    assert_eq!(last_word(&editor, &story), "accepted", "the pool read what the editor read");
    first.sync();
    second.sync();
    editor.sync();

    let merged = rev(&first, &story);
    assert_ne!(merged, filed);
    for laptop in [&first, &second, &editor] {
        let open = laptop.ok(&["show", &story]);
        assert_eq!((&open["rev"], &open["card"]["branches"]), (&merged.clone().into(), &0.into()), "{open}");
        assert!(finds(laptop, LATE) && finds(laptop, EDITED));
    }
    second.ok(&["file", &story]);
    second.sync();
    assert_eq!(last_word(&second, &story), "accepted", "the pool works out the same fingerprint");
}
