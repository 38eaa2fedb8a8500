//! Connections to the database: a few for each process, TLS by rustls, and what a fault of the line means.

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    GenericClient, Manager, ManagerConfig, Object, Pool, PoolError as Crowded, RecyclingMethod, Runtime,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::{Outcome, PoolError};
use crate::settings::{Storage, secret};

/// How long a connection may take to come about, and how long a request waits for a free one.
const CONNECT: Duration = Duration::from_secs(5);
const WAIT: Duration = Duration::from_secs(10);
/// Silence on the line after which it counts as cut.
const SILENCE: Duration = Duration::from_secs(20);
/// What every session is set to: durable commits, and no statement or lock that waits for ever.
const SESSION: &str = "-c synchronous_commit=on -c statement_timeout=60s -c lock_timeout=20s \
                       -c idle_in_transaction_session_timeout=180s -c client_min_messages=warning";

/// The way to the database.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    config: Config,
    tls: MakeRustlsConnect,
}

impl Db {
    /// The way to the database of these settings; nothing is opened yet.
    ///
    /// # Errors
    /// [`PoolError::BadConfig`] when address, password file or authorities cannot be read.
    pub fn new(storage: &Storage, most: u32) -> Outcome<Self> {
        let config = config(storage)?;
        let tls = MakeRustlsConnect::new(tls(storage.postgres_ca_file.as_deref())?);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), tls.clone(), recycling);
        let pool = Pool::builder(manager)
            .max_size(most.max(2) as usize)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(2 * CONNECT))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self { pool, config, tls })
    }

    /// A connection of the few.
    ///
    /// # Errors
    /// [`PoolError::Away`] when the database cannot be reached, [`PoolError::Busy`] when all are in use for long.
    pub async fn get(&self) -> Outcome<Object> {
        self.pool.get().await.map_err(|error| match error {
            Crowded::Backend(error) => error.into(),
            Crowded::Timeout(deadpool_postgres::TimeoutType::Wait) => PoolError::Busy,
            other => PoolError::Away { what: DATABASE, why: other.to_string() },
        })
    }

    /// A connection of its own, for one who listens.
    ///
    /// # Errors
    /// As [`Db::get`].
    pub async fn own(
        &self,
    ) -> Outcome<(
        tokio_postgres::Client,
        tokio_postgres::Connection<
            tokio_postgres::Socket,
            <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket>>::Stream,
        >,
    )> {
        Ok(self.config.connect(self.tls.clone()).await?)
    }
}

/// Asks a question that is asked often: the session keeps it prepared.
pub async fn rows(
    client: &impl GenericClient,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Outcome<Vec<Row>> {
    let query = client.prepare_cached(sql).await?;
    Ok(client.query(&query, values).await?)
}

/// Changes rows by a statement that is used often; answers how many.
pub async fn change(client: &impl GenericClient, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Outcome<u64> {
    let query = client.prepare_cached(sql).await?;
    Ok(client.execute(&query, values).await?)
}

/// The word for the database in [`PoolError::Away`].
pub const DATABASE: &str = "database";

fn bad(why: String) -> PoolError {
    PoolError::BadConfig { why }
}

fn config(storage: &Storage) -> Outcome<Config> {
    if storage.postgres.0.is_empty() {
        return Err(bad("storage.postgres is missing".to_owned()));
    }
    // The parser's own words may repeat the address, and with it a password.
    let mut config: Config =
        storage.postgres.0.parse().map_err(|_| bad("storage.postgres is no address".to_owned()))?;
    if config.get_password().is_none()
        && let Some(password) = secret(storage.postgres_password_file.as_deref(), "PGPASSWORD")?
    {
        config.password(password);
    }
    config.application_name("satchel-pool").connect_timeout(CONNECT).tcp_user_timeout(SILENCE);
    config.keepalives(true).keepalives_idle(SILENCE).keepalives_interval(CONNECT).keepalives_retries(3);
    config.options(SESSION);
    Ok(config)
}

fn tls(authorities: Option<&Path>) -> Outcome<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(path) => {
            let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let read = read.map_err(|error| bad(format!("{}: {error}", path.display())))?;
            for certificate in read {
                roots.add(certificate).map_err(|error| bad(error.to_string()))?;
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| bad(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

impl From<tokio_postgres::Error> for PoolError {
    fn from(error: tokio_postgres::Error) -> Self {
        let why = chain(&error);
        let Some(code) = error.code().map(|code| code.code().to_owned()) else {
            return if is_line(&error) { Self::Away { what: DATABASE, why } } else { Self::Database(why) };
        };
        match code.as_str() {
            "53100" => Self::DiskFull,
            "55P03" | "57014" | "40001" | "40P01" => Self::Busy,
            "53300" | "25006" | "25P03" => Self::Away { what: DATABASE, why },
            code if code.starts_with("08") || code.starts_with("57P") => Self::Away { what: DATABASE, why },
            _ => Self::Database(why),
        }
    }
}

/// Whether the line failed and not the question.
fn is_line(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    error.is_closed()
        || error.source().is_some_and(|source| source.is::<std::io::Error>())
        || ["error connecting", "timeout", "error performing TLS", "error communicating"]
            .iter()
            .any(|start| text.starts_with(start))
}

/// An error with what is behind it; the database's own messages name no values.
fn chain(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => format!("{}: {}", said.code().code(), said.message()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
