//! A fact that two people set without knowing of each other: one counts, both are shown, a person settles it.

use serde_json::Value;

use crate::centre::{Centre, Laptop};
use crate::journey::text;

fn card(laptop: &Laptop, story: &str) -> Value {
    laptop.ok(&["show", story])["card"].clone()
}

fn open_fields(laptop: &Laptop) -> usize {
    let state = laptop.ok(&["sync-state"]);
    let items = state["items"].as_array().unwrap();
    items.iter().filter(|item| item["what"] == "field" && item["whereabouts"]["at"] == "needs-you").count()
}

#[test]
fn a_genre_set_on_two_laptops_at_once_shows_both_until_somebody_settles_it() {
    let mut centre = Centre::found("山县融媒体中心");
    let first = centre.person("张三", &["reporter"]);
    first.sync();
    let second = centre.second_laptop(&first, "李四", &["reporter"]);
    let story = text(&first.ok(&["new", "最后三公里"])["story"]);
    first.sync();
    second.sync();
    first.ok(&["genre", &story, "feature"]);
    first.sync();
    second.sync();
    assert_eq!(card(&second, &story)["genre"], "feature");
    assert_eq!(card(&second, &story)["others"], serde_json::json!([]), "one after the other is no conflict");
    centre.switch_off();
    first.ok(&["genre", &story, "interview"]);
    second.ok(&["genre", &story, "voice"]);
    centre.switch_on();
    first.sync();
    second.sync();
    first.sync();

    for laptop in [&first, &second] {
        let card = card(laptop, &story);
        assert_eq!(card["genre"], "voice", "the later one counts: {card}");
        let other = &card["others"][0];
        assert_eq!((&other["value"], &other["byName"]), (&"interview".into(), &"张三".into()), "{card}");
        assert_eq!((card["others"].as_array().unwrap().len(), open_fields(laptop)), (1, 1));
    }
    first.ok(&["genre", &story, "interview"]);
    assert_eq!(open_fields(&first), 0);
    first.sync();
    second.sync();

    for laptop in [&first, &second] {
        let card = card(laptop, &story);
        assert_eq!(
            (&card["genre"], &card["others"]),
            (&"interview".into(), &serde_json::json!([])),
            "{card}"
        );
        assert_eq!(open_fields(laptop), 0);
    }
}
