//! The border between window and core: one list, kept on both sides.

use std::collections::{BTreeMap, BTreeSet};

use satchel_tests::{files, text};

type Signatures = BTreeMap<String, BTreeSet<String>>;

/// The commands of `border/list.rs`, with their rooms.
fn listed() -> BTreeMap<String, String> {
    let list = text("src-tauri/src/border/list.rs");
    let body = list.split_once("border! {").expect("no list").1;
    let mut found = BTreeMap::new();
    for line in body.split(';') {
        let Some((room, names)) = line.split_once(':') else { continue };
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            found.insert(name.to_owned(), room.trim().to_owned());
        }
    }
    assert!(found.len() > 50, "the list was not understood");
    found
}

/// One command as it is written in Rust.
struct Door {
    name: String,
    room: String,
    params: BTreeSet<String>,
    body: String,
}

/// Reads the commands of `src-tauri/src/commands/`.
fn doors() -> Vec<Door> {
    let mut doors = Vec::new();
    for file in files("src-tauri/src/commands", &[".rs"]) {
        let room = file.rsplit('/').next().unwrap().trim_end_matches(".rs").to_owned();
        for piece in text(&file).split("#[tauri::command").skip(1) {
            let after = piece.split_once("fn ").unwrap().1;
            let (name, rest) = after.split_once('(').unwrap();
            let (params, rest) = rest.split_once(") ->").unwrap();
            let body = rest.split_once(" {\n").unwrap().1.split_once("\n}").unwrap().0.trim().to_owned();
            doors.push(Door { name: name.to_owned(), room: room.clone(), params: own_params(params), body });
        }
    }
    doors
}

/// The parameters that come from the page, as the page writes them.
fn own_params(params: &str) -> BTreeSet<String> {
    let flat = params.replace("State<'_, ", "State<");
    flat.split(',')
        .filter_map(|param| param.split_once(':'))
        .filter(|(_, kind)| {
            !["State<", "WebviewWindow", "AppHandle"].iter().any(|given| kind.trim().starts_with(given))
        })
        .map(|(name, _)| camel(name.trim()))
        .collect()
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

/// The calls of `ui/src/border/commands.ts`: name and arguments. A call that spreads a value names only `...`.
fn called() -> Signatures {
    let source = text("ui/src/border/commands.ts");
    let mut found = Signatures::new();
    for piece in source.split("call<").skip(1) {
        let Some(start) = piece.find("(\"") else { continue };
        let (name, rest) = piece[start + 2..].split_once('"').unwrap();
        let args =
            rest.trim_start().strip_prefix(',').map(str::trim_start).and_then(|rest| rest.strip_prefix('{'));
        let args = args.and_then(|args| args.split_once('}')).map_or("", |(args, _)| args);
        let names = args.split(',').map(|arg| arg.split(':').next().unwrap_or_default().trim());
        found.insert(name.to_owned(), names.filter(|name| !name.is_empty()).map(str::to_owned).collect());
    }
    found
}

#[test]
fn window_and_core_have_the_same_commands() {
    let (rust, page) = (listed(), called());

    let unknown: Vec<_> = page.keys().filter(|name| !rust.contains_key(*name)).collect();
    let unused: Vec<_> = rust.keys().filter(|name| !page.contains_key(*name)).collect();

    assert!(unknown.is_empty(), "the window calls what the core does not have: {unknown:?}");
    assert!(unused.is_empty(), "the core offers what the window does not name: {unused:?}");
}

#[test]
fn the_window_gives_every_argument_that_a_command_wants() {
    let page = called();

    for door in doors() {
        let Some(given) = page.get(&door.name) else { continue };
        if !given.iter().any(|name| name.starts_with("...")) {
            assert!(
                given.is_superset(&door.params),
                "{} wants {:?} and gets {given:?}",
                door.name,
                door.params
            );
        }
    }
}

#[test]
fn every_command_is_in_the_list_and_in_its_room() {
    let list = listed();

    let written: BTreeMap<String, String> = doors().into_iter().map(|door| (door.name, door.room)).collect();

    assert_eq!(written, list);
}

#[test]
fn a_command_is_a_door_of_one_expression() {
    for door in doors() {
        let is_one = !door.body.contains(';') && !door.body.contains('\n');
        let branches = ["if ", "match ", "let ", "loop ", "for "].iter().any(|word| door.body.contains(word));
        assert!(is_one && !branches, "{} decides something: that belongs to the desk", door.name);
    }
}

#[test]
fn no_room_answers_an_error_as_a_sentence() {
    for file in files("src-tauri/src", &[".rs"]).into_iter().chain(files("crates", &[".rs"])) {
        let source = text(&file);
        let public = source.lines().filter(|line| line.contains("pub fn ") || line.contains("pub async fn "));
        let bad = public.filter(|line| line.contains("Result<") && line.contains(", String>")).count();
        assert_eq!(bad, 0, "{file}: an error needs a code and a way out, not a String");
    }
}

#[test]
fn the_window_may_ask_for_the_commands_of_the_list_and_nothing_else() {
    let file: serde_json::Value = serde_json::from_str(&text("src-tauri/capabilities/main.json")).unwrap();
    let granted: BTreeSet<String> =
        file["permissions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();

    let mut wanted: BTreeSet<String> =
        listed().keys().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    wanted.extend(["core:event:allow-listen".to_owned(), "core:event:allow-unlisten".to_owned()]);

    assert_eq!(granted, wanted);
}

#[test]
fn the_page_has_no_way_out() {
    let file: serde_json::Value = serde_json::from_str(&text("tauri.conf.json")).unwrap();
    let csp = file["app"]["security"]["csp"].as_str().expect("no content security policy");

    assert!(csp.starts_with("default-src 'self'"));
    for word in csp.split([' ', ';']).filter(|word| word.contains("://")) {
        assert!(
            ["http://ipc.localhost", "http://127.0.0.1:*"].contains(&word),
            "{word} is not on this machine"
        );
    }
    assert!(!csp.contains("unsafe-eval"));
    assert_eq!(file["app"]["security"]["freezePrototype"], true);
}
