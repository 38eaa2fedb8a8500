//! The one way to a connection: the key is the first statement on every one of them.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use crate::shadow::shadow;
use crate::{LibraryKey, StoreError};

/// The migrations in order; the schema version of a library is how many of them it has seen.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_library.sql"),
    include_str!("../migrations/0002_search.sql"),
    include_str!("../migrations/0003_pairs.sql"),
    include_str!("../migrations/0004_urgent.sql"),
    include_str!("../migrations/0005_making.sql"),
];

/// How long a connection waits for another one's lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the file may be created, written or only read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Write,
    Read,
}

/// Opens a keyed connection with the library's settings.
pub(crate) fn connect(path: &Path, key: &LibraryKey, purpose: Purpose) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if purpose == Purpose::Create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = keyed(path, key, flags)?;
    conn.execute_batch("PRAGMA cipher_log_level = NONE;")?; // refusals are reported by value, not on stderr
    conn.busy_timeout(PATIENCE)?;
    conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    let _mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8192;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    if purpose == Purpose::Read {
        conn.execute_batch("PRAGMA query_only = ON;")?;
    }
    conn.set_prepared_statement_cache_capacity(96);
    Ok(conn)
}

/// Opens a connection and gives it the key, one at a time: the cipher's first use in a process sets up state that
/// all connections share, and a second thread that keys meanwhile can be refused.
fn keyed(path: &Path, key: &LibraryKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let conn = Connection::open_with_flags(path, flags)?;
    conn.execute_batch(&key.pragma())?; // must stay the first statement
    Ok(conn)
}

/// Brings the schema up to the newest of `migrations`, each step in its own transaction.
///
/// `before` is called once with the old version if an existing library is about to change.
pub(crate) fn migrate(
    conn: &mut Connection,
    migrations: &[&str],
    before: impl FnOnce(i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(StoreError::NewerVersion { found, known });
    }
    if found > 0 && found < known {
        before(found)?;
    }
    teach(conn)?;
    for (done, sql) in migrations.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let step = conn.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", i64::try_from(done + 1).unwrap_or(i64::MAX))?;
        step.commit()?;
    }
    Ok(())
}

/// Gives the migrations the words that SQL does not have: `shadow(text)`.
fn teach(conn: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    Ok(conn.create_scalar_function("shadow", 1, flags, |given| Ok(shadow(given.get_raw(0).as_str()?)))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_older_library_is_copied_before_it_changes() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, &["CREATE TABLE a (x)"], |_| Ok(())).unwrap();

        let mut seen = None;
        migrate(&mut conn, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"], |from| {
            seen = Some(from);
            Ok(())
        })
        .unwrap();

        assert_eq!(seen, Some(1), "the copy is asked for before the step");
        conn.execute("INSERT INTO b VALUES (1)", []).unwrap();
    }

    #[test]
    fn what_an_older_library_holds_is_found_after_its_index_was_made_anew() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, &MIGRATIONS[..2], |_| Ok(())).unwrap();
        let old = "INSERT INTO search_doc (kind, id, title, body) VALUES ('story', x'01', '番茄熟了', '元谋县的番茄')";
        conn.execute(old, []).unwrap();

        migrate(&mut conn, MIGRATIONS, |_| Ok(())).unwrap();

        let found = |index: &str, typed: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {index} WHERE {index} MATCH ?1");
            conn.query_row(&sql, [crate::shadow::query(typed).unwrap().tokens], |row| row.get(0)).unwrap()
        };
        assert_eq!([found("search", "县"), found("search", "元谋县"), found("search", "县元")], [1, 1, 0]);
        assert_eq!([found("search_title", "番茄"), found("search_title", "元谋")], [1, 0]);
    }

    #[test]
    fn a_failed_migration_leaves_the_old_version() {
        let mut conn = Connection::open_in_memory().unwrap();
        let broken = ["CREATE TABLE a (x)", "CREATE TABLE b (x); nonsense"];

        assert!(migrate(&mut conn, &broken, |_| Ok(())).is_err());

        let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, 1);
        assert!(conn.execute("INSERT INTO b VALUES (1)", []).is_err(), "the half step is rolled back");
    }
}
