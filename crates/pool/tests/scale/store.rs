//! The store under these laws: PostgreSQL and an S3 server, both real, one database and one bucket for each pool.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use satchel_pool::{Pool, Settings, Storage};
use satchel_testkit::{Postgres, S3};

/// One PostgreSQL for all laws; it goes with the process.
pub fn postgres() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(|| Postgres::start().expect("a PostgreSQL is needed for these laws"))
}

/// One S3 server for all laws.
pub fn s3() -> &'static S3 {
    static SERVER: OnceLock<S3> = OnceLock::new();
    SERVER.get_or_init(|| S3::start().expect("an S3 server is needed for these laws"))
}

/// The settings file beside a data folder.
pub fn file(data: &Path) -> PathBuf {
    data.with_extension("toml")
}

/// Writes the settings of a pool over a database and a bucket of its own.
pub fn set_up(data: &Path, server: &Postgres, endpoint: &str) {
    std::fs::create_dir_all(data.parent().unwrap()).unwrap();
    let beside = |name: &str, text: &str| {
        let path = data.with_extension(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (database, bucket) = (server.url(&server.database().unwrap()), s3().bucket().unwrap());
    let password = beside("password", &server.password);
    let (access, secret) = (beside("access", "test\n"), beside("secret", "test test\n"));
    let text = format!(
        "data = {data:?}\n[storage]\nkind = \"postgres\"\npostgres = \"{database}?sslmode=disable\"\n\
         postgres-password-file = {password:?}\nconnections = 8\nrelease-lease-seconds = 2\n[storage.s3]\n\
         endpoint = \"{endpoint}\"\nbucket = \"{bucket}\"\nprefix = \"county\"\naccess-key-file = {access:?}\n\
         secret-key-file = {secret:?}\n"
    );
    std::fs::write(file(data), text).unwrap();
}

/// Whether the pool can tell how much room is left.
pub const HAS_A_DISK: bool = false;

/// Makes a pool.
pub async fn found(data: &Path, centre: &str) {
    let settings = Settings { data: data.to_owned(), storage: storage(data), ..Settings::default() };
    Pool::found_on(&settings, centre).await.unwrap();
}

/// How its store is reached.
pub fn storage(data: &Path) -> Storage {
    if !file(data).exists() {
        set_up(data, postgres(), &s3().url);
    }
    Settings::read(&file(data)).unwrap().storage
}

/// What the program has to be told about it.
pub fn words(data: &Path) -> Vec<OsString> {
    storage(data);
    vec!["--config".into(), file(data).into()]
}

/// The database of a pool.
pub fn database(data: &Path) -> String {
    let address = storage(data).postgres.0;
    address.rsplit(['/', '?']).nth(1).unwrap().to_owned()
}

/// Changes a row behind the pool's back.
pub fn sql(data: &Path, statement: &str) {
    postgres().query(&database(data), statement).unwrap();
}
