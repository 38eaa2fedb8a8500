//! The screen: one folder knows Tauri, rooms stay apart.

use satchel_tests::{files, text};

fn sources() -> Vec<(String, String)> {
    let found = files("ui/src", &[".ts", ".tsx"]);
    found.into_iter().map(|file| (file.clone(), text(&file))).collect()
}

/// What a file imports, by the words between the quotes.
fn imports(source: &str) -> Vec<String> {
    let lines =
        source.lines().filter(|line| line.contains("from \"") || line.trim_start().starts_with("import"));
    lines.filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
}

#[test]
fn only_the_border_knows_tauri() {
    for (file, source) in sources() {
        let knows = source.contains("@tauri-apps") || source.contains("__TAURI");
        assert!(!knows || file.starts_with("ui/src/border/"), "{file} must go through ui/src/border");
    }
}

#[test]
fn a_room_does_not_look_into_another() {
    for (file, source) in sources() {
        let Some(room) = file.strip_prefix("ui/src/rooms/").and_then(|rest| rest.split('/').next()) else {
            continue;
        };
        for import in
            imports(&source).iter().filter(|import| import.starts_with('.') || import.contains("rooms/"))
        {
            let other = import.split("rooms/").nth(1).and_then(|rest| rest.split('/').next());
            assert!(other.is_none_or(|other| other == room), "{file} looks into the room {other:?}");
        }
    }
}

#[test]
fn the_editor_knows_no_react() {
    for (file, source) in sources().into_iter().filter(|(file, _)| file.starts_with("ui/src/editor/")) {
        let knows = imports(&source)
            .iter()
            .any(|import| import.starts_with("react") || import.starts_with("@mantine"));
        assert!(!knows, "{file} must stay free of React");
    }
}

#[test]
fn no_sentence_stands_in_the_code_of_the_screen() {
    for (file, source) in sources() {
        if file.starts_with("ui/src/words/") || file.contains(".test.") || file.contains("/test/") {
            continue;
        }
        let han = |character: char| ('\u{4E00}'..='\u{9FFF}').contains(&character);
        let bare = source.lines().filter(|line| !is_comment(line)).find(|line| line.chars().any(han));
        assert!(
            bare.is_none(),
            "{file} has words that belong to ui/src/words: {}",
            bare.unwrap_or_default().trim()
        );
    }
}

fn is_comment(line: &str) -> bool {
    ["//", "/*", "*"].iter().any(|mark| line.trim_start().starts_with(mark))
}
