//! The server's life: bind, say where, work until told to stop, end what is in hand.

mod gate;

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use gate::Peer;
use gate::TlsGate;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::{Outcome, PoolError};
use crate::settings::{Kind, Settings};
use crate::tls::Shown;
use crate::{Pool, doors, recipe, release};

/// How long requests in hand may take once the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// How often the feed is looked at for records written by a command beside the server.
const LOOK: Duration = Duration::from_secs(1);
/// How often a process looks after what dead ones left.
const UPKEEP: Duration = Duration::from_secs(20);
/// How often old uploads are looked for.
const SWEEP: Duration = Duration::from_secs(3_600);

/// A line on which nothing moves is asked after so long whether it still stands. Laptops ask five times as often, for
/// they want to know; each question costs their line a packet each way.
const QUIET: Duration = Duration::from_secs(300);
/// Asked again after so long.
const PROBE: Duration = Duration::from_secs(30);

/// A running pool.
pub struct Server {
    /// The pool behind it.
    pub pool: Arc<Pool>,
    /// Where it listens.
    pub address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
    _lock: Option<File>,
}

impl Server {
    /// Starts a pool: one process a data folder, or any number on a store that is shared.
    ///
    /// # Errors
    /// [`PoolError::ServedElsewhere`] when another process serves the folder; [`PoolError::NoPool`]; what store and
    /// network say.
    pub async fn start(mut settings: Settings) -> Outcome<Self> {
        let is_alone = settings.storage.kind == Kind::Embedded;
        let lock = if is_alone { Some(lock(&settings)?) } else { None };
        recipe::sweep(&settings, is_alone);
        let shown = settings.tls_files().map(Shown::new).transpose()?;
        let listener = TcpListener::bind(&settings.listen).await?;
        send_by_what_the_line_carries(&listener);
        forget_who_went_away(&listener);
        let address = listener.local_addr()?;
        settings.listen = address.to_string();
        let pool = Arc::new(Pool::open(settings).await?);
        if is_alone {
            std::fs::write(pool.settings().data.join("address"), pool.settings().public_url())?;
        }
        let mut tasks = vec![
            tokio::spawn(look(Arc::clone(&pool))),
            tokio::spawn(look_after(Arc::clone(&pool), shown.clone())),
            tokio::spawn(release::work(Arc::clone(&pool))),
        ];
        tasks.push(match shown {
            Some(shown) => {
                let gate = TlsGate::new(listener, shown.config()?)?;
                tokio::spawn(answer_tls(gate, Arc::clone(&pool)))
            }
            None => tokio::spawn(answer(listener, Arc::clone(&pool))),
        });
        let store = pool.keep().kind().word();
        tracing::info!(%address, newsroom = %pool.facts().newsroom, store, "pool started");
        Ok(Self { pool, address, tasks, _lock: lock })
    }

    /// Where it listens, as an address for a browser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.pool.settings().scheme(), self.address)
    }

    /// Stops: no new requests, those in hand get ten seconds.
    pub async fn stop(self) {
        self.pool.stop();
        for task in self.tasks {
            let handle = task.abort_handle();
            if tokio::time::timeout(GRACE, task).await.is_err() {
                handle.abort();
            }
        }
        tracing::info!("pool stopped");
    }
}

/// One server a data folder: two would release twice.
pub(crate) fn lock(settings: &Settings) -> Outcome<File> {
    if !settings.data.join("pool.db").exists() {
        return Err(PoolError::NoPool { dir: settings.data.display().to_string() });
    }
    let file = File::options().create(true).append(true).open(settings.data.join("serve.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PoolError::ServedElsewhere),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Laptops sit on lines that lose packets without being full. Connections inherit this from their listener; a system
/// without BBR sends as it always does.
fn send_by_what_the_line_carries(listener: &TcpListener) {
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(listener).set_tcp_congestion(b"bbr") {
        tracing::info!(%error, "no BBR here: downloads take loss for congestion");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = listener;
}

/// A laptop whose lid was closed says no farewell, and its wait for news lies here for half an hour: the system asks
/// after it. Connections inherit this from their listener.
fn forget_who_went_away(listener: &TcpListener) {
    let probes = socket2::TcpKeepalive::new().with_time(QUIET).with_interval(PROBE);
    if let Err(error) = socket2::SockRef::from(listener).set_tcp_keepalive(&probes) {
        tracing::info!(%error, "who went away without a farewell keeps a place until the wait is over");
    }
}

async fn answer(listener: TcpListener, pool: Arc<Pool>) {
    let stopped = stopped(pool.watch_stop());
    let doors = doors::router(pool).into_make_service_with_connect_info::<Peer>();
    told(axum::serve(listener, doors).with_graceful_shutdown(stopped).await);
}

async fn answer_tls(gate: TlsGate, pool: Arc<Pool>) {
    let stopped = stopped(pool.watch_stop());
    let doors = doors::router(pool).into_make_service_with_connect_info::<Peer>();
    told(axum::serve(gate, doors).with_graceful_shutdown(stopped).await);
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|is_stopping| *is_stopping).await;
}

fn told(served: std::io::Result<()>) {
    if let Err(error) = served {
        tracing::error!(%error, "the server ended");
    }
}

/// Sees what other processes wrote: commands beside the server, other servers on the same store.
async fn look(pool: Arc<Pool>) {
    let mut stop = pool.watch_stop();
    while !*stop.borrow() {
        match pool.keep().head().await {
            Ok(head) => pool.tell_head(head),
            Err(error) => tracing::error!(%error, "the feed cannot be read"),
        }
        tokio::select! {
            () = pool.keep().news() => {}
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Looks after store and certificate now and then.
async fn look_after(pool: Arc<Pool>, shown: Option<Arc<Shown>>) {
    let (mut stop, mut swept) = (pool.watch_stop(), None::<Instant>);
    while !*stop.borrow() {
        if let Err(error) = pool.keep().upkeep().await {
            tracing::warn!(%error, "the store is looked after later");
        }
        if let Some(shown) = &shown {
            shown.refresh();
        }
        if swept.is_none_or(|at| at.elapsed() > SWEEP) {
            swept = Some(Instant::now());
            if let Err(error) = pool.sweep_uploads().await {
                tracing::warn!(%error, "old uploads are looked at later");
            }
        }
        let _ = tokio::time::timeout(UPKEEP, stop.changed()).await;
    }
}

/// Serves until a signal, or until standard input closes where that is asked for. Says `listening URL` first.
///
/// # Errors
/// As [`Server::start`].
pub async fn serve(settings: Settings, stops_with_stdin: bool) -> Outcome<()> {
    let server = Server::start(settings).await?;
    say(&format!("listening {}", server.url()))?;
    tokio::select! {
        () = asked_to_stop() => {}
        () = stdin_closed(), if stops_with_stdin => {}
    }
    server.stop().await;
    Ok(())
}

/// A line that a program reads: written and flushed.
fn say(line: &str) -> Outcome<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() {
    drop(tokio::signal::ctrl_c().await);
}

/// Ends when standard input does: the program that started us is gone.
async fn stdin_closed() {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = tell.send(());
    });
    let _ = told.await;
}
