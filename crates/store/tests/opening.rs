//! How a library is made, opened, locked and refused.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{KEY, fresh, reopen, story};
use satchel_failure::Explain as _;
use satchel_store::{Library, LibraryKey, StoreError, Vault};

#[test]
fn a_library_is_refused_to_a_second_opener() {
    let (dir, library) = fresh();

    assert_eq!(Library::open(dir.path(), &KEY).unwrap_err().code(), "store.open-elsewhere");

    drop(library);
    reopen(dir.path());
}

#[test]
fn a_wrong_key_is_told_from_a_damaged_file() {
    let (dir, library) = fresh();
    library.keep_update(story(1), "s", b"words").unwrap();
    drop(library);

    let wrong = LibraryKey::new([8; 32]);
    assert_eq!(Library::open(dir.path(), &wrong).unwrap_err().code(), "store.wrong-key");
    std::fs::remove_file(dir.path().join("key.check")).unwrap();
    assert_eq!(
        Library::open(dir.path(), &wrong).unwrap_err().code(),
        "store.wrong-key",
        "also without the check"
    );

    let (dir, library) = fresh();
    drop(library);
    std::fs::write(dir.path().join("library.db"), vec![0; 8192]).unwrap();
    assert_eq!(Library::open(dir.path(), &KEY).unwrap_err().code(), "store.damaged");
}

#[test]
fn nothing_readable_lies_on_the_disk() {
    let (dir, library) = fresh();
    library.keep_update(story(1), "s", "告密者住在元谋县".as_bytes()).unwrap();
    drop(library);

    for name in ["library.db", "library.db-wal"] {
        let bytes = std::fs::read(dir.path().join(name)).unwrap_or_default();
        let needle = "告密者".as_bytes();
        assert!(!bytes.windows(needle.len()).any(|part| part == needle), "{name} is encrypted");
        assert!(!bytes.starts_with(b"SQLite format 3"), "{name} is encrypted from its first byte");
    }
}

#[test]
fn a_library_of_a_newer_program_is_refused_and_left_alone() {
    let (dir, library) = fresh();
    drop(library);
    let path = dir.path().join("library.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch(&format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA user_version = 99",
        hex::encode(KEY.bytes())
    ))
    .unwrap();
    drop(conn);

    let refusal = Library::open(dir.path(), &KEY).unwrap_err();

    assert!(matches!(refusal, StoreError::NewerVersion { found: 99, .. }), "{refusal}");
    assert_eq!(refusal.code(), "store.newer-version");
}

#[test]
fn making_a_library_never_replaces_one() {
    let (dir, library) = fresh();
    drop(library);

    assert_eq!(Library::create(dir.path(), &KEY).unwrap_err().code(), "store.exists");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(Library::open(empty.path(), &KEY).unwrap_err().code(), "store.missing");
}

#[test]
fn an_end_without_goodbye_is_remembered() {
    let (dir, library) = fresh();
    assert!(!library.was_unclean());
    drop(library);

    let library = reopen(dir.path());
    assert!(library.was_unclean());
    library.clean_exit().unwrap();
    drop(library);

    assert!(!reopen(dir.path()).was_unclean());
}

#[test]
fn eight_connections_at_once_read_and_write_an_encrypted_library() {
    let (_dir, library) = fresh();

    std::thread::scope(|scope| {
        for worker in 0..8_u32 {
            let library = &library;
            scope.spawn(move || {
                for number in 0..40_u32 {
                    library.keep_update(story(worker), "s", &number.to_be_bytes()).unwrap();
                    assert_eq!(library.pending_updates(story(worker)).unwrap().len(), number as usize + 1);
                }
            });
        }
    });

    assert_eq!(library.stories_with_pending().unwrap().len(), 8);
}

#[test]
fn a_vault_opens_with_its_passphrase_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vault.json");
    Vault::create(&path, "玉米 三 亩", b"secret").unwrap();

    assert_eq!(Vault::open(&path, "玉米 三 亩").unwrap(), b"secret");
    assert_eq!(Vault::open(&path, "玉米 四 亩").unwrap_err().code(), "store.wrong-passphrase");

    Vault::change_passphrase(&path, "玉米 三 亩", "new").unwrap();
    assert_eq!(Vault::open(&path, "玉米 三 亩").unwrap_err().code(), "store.wrong-passphrase");
    assert_eq!(Vault::open(&path, "new").unwrap(), b"secret");
}
