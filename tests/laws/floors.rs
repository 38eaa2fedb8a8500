//! Who may use whom.

use std::collections::BTreeMap;

use satchel_tests::{files, root, text};
use toml::Value;

/// One package of the house.
struct Room {
    name: String,
    floor: i64,
    uses: Vec<String>,
    manifest: Value,
}

fn rooms() -> Vec<Room> {
    let mut manifests = vec!["Cargo.toml".to_owned()];
    manifests.extend(files("crates", &["Cargo.toml"]));
    manifests.iter().map(|path| room(path)).collect()
}

fn room(path: &str) -> Room {
    let manifest: Value = toml::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let floor = manifest
        .get("package")
        .and_then(|package| package.get("metadata")?.get("house")?.get("floor")?.as_integer());
    Room {
        name: manifest["package"]["name"].as_str().unwrap().to_owned(),
        floor: floor.unwrap_or_else(|| panic!("{path} names no floor under [package.metadata.house]")),
        uses: uses(&manifest),
        manifest,
    }
}

/// The names of everything that a package needs to run, on any system.
fn uses(manifest: &Value) -> Vec<String> {
    let names = |table: Option<&Value>| -> Vec<String> {
        table.and_then(Value::as_table).map(|table| table.keys().cloned().collect()).unwrap_or_default()
    };
    let mut all = names(manifest.get("dependencies"));
    all.extend(names(manifest.get("build-dependencies")));
    for system in manifest.get("target").and_then(Value::as_table).into_iter().flatten() {
        all.extend(names(system.1.get("dependencies")));
    }
    all
}

#[test]
fn a_room_uses_only_rooms_on_lower_floors() {
    let rooms = rooms();
    let floors: BTreeMap<&str, i64> = rooms.iter().map(|room| (room.name.as_str(), room.floor)).collect();

    for room in &rooms {
        for used in &room.uses {
            if let Some(floor) = floors.get(used.as_str()) {
                assert!(
                    *floor < room.floor,
                    "{} (floor {}) must not use {used} (floor {floor})",
                    room.name,
                    room.floor
                );
            }
        }
    }
}

#[test]
fn some_rooms_stay_apart_though_the_floors_would_let_them() {
    let forbidden = [
        ("satchel-pool", &["satchel-store", "satchel-desk", "satchel-sync", "satchel-capture"][..]),
        ("satchel-channels", &["satchel-store", "satchel-media", "satchel-capture"]),
        ("satchel", &["satchel-store", "satchel-media", "satchel-sync", "satchel-channels", "satchel-pool"]),
    ];

    for room in rooms() {
        for (name, others) in forbidden {
            let seen: Vec<_> = room.uses.iter().filter(|used| others.contains(&used.as_str())).collect();
            assert!(room.name != name || seen.is_empty(), "{name} must not use {seen:?}");
        }
    }
}

#[test]
fn the_two_lowest_floors_do_not_touch_the_world() {
    let world = [
        "tokio",
        "reqwest",
        "rusqlite",
        "axum",
        "sysinfo",
        "notify",
        "tempfile",
        "getrandom",
        "keyring",
        "ssh2",
    ];

    for room in rooms().iter().filter(|room| room.floor <= 1) {
        let seen: Vec<_> = room.uses.iter().filter(|used| world.contains(&used.as_str())).collect();
        assert!(seen.is_empty(), "{} is on floor {} and must not use {seen:?}", room.name, room.floor);
    }
}

#[test]
fn only_the_window_knows_tauri() {
    let engine = |used: &&String| {
        used.starts_with("tauri") || ["wry", "tao", "webkit2gtk", "gtk"].contains(&used.as_str())
    };

    for room in rooms().iter().filter(|room| room.name != "satchel") {
        let seen: Vec<_> = room.uses.iter().filter(engine).collect();
        assert!(seen.is_empty(), "{} must not know {seen:?}: only the root package may", room.name);
    }
}

#[test]
fn everything_public_is_documented() {
    let house: Value = toml::from_str(&text("Cargo.toml")).unwrap();
    assert!(house["workspace"]["lints"]["rust"].get("missing_docs").is_some(), "missing_docs is off");

    for room in rooms() {
        let inherits =
            room.manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
        assert_eq!(inherits, Some(true), "{} does not take the lints of the house", room.name);
    }
}

#[test]
fn the_engine_is_a_stable_release() {
    let lock: Value = toml::from_str(&text("Cargo.lock")).unwrap();

    for package in lock["package"].as_array().unwrap() {
        let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let is_engine = name.starts_with("tauri") || ["wry", "tao"].contains(&name);
        assert!(!is_engine || !version.contains('-'), "{name} {version} is a preview");
    }
}

#[test]
fn the_root_folder_stays_small() {
    let ours = std::fs::read_dir(root()).unwrap().flatten();
    let built = ["target", "gen", "permissions", "tour", "dist", "node_modules"];
    let count = ours.filter(|entry| !built.contains(&entry.file_name().to_string_lossy().as_ref())).count();

    assert!(count <= 25, "{count} entries in the root folder; at most 25");
}
