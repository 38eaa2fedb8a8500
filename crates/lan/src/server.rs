//! The listening side: open while a person has it switched on.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::gate::{Caller, Gate, answering};
use crate::place::PORT;
use crate::{Home, LanError, Outcome, doors};

/// A laptop that listens. Dropped, it stops at once: lines that are open break.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens at this address; without one on every network of this laptop, at the usual port where it is free.
    ///
    /// # Errors
    /// [`LanError::CannotListen`].
    pub async fn start(home: Home, listen: Option<SocketAddr>) -> Outcome<Self> {
        let refused = |error: std::io::Error| LanError::CannotListen { why: error.to_string() };
        let listener = match listen {
            Some(address) => TcpListener::bind(address).await,
            None => match TcpListener::bind(("0.0.0.0", PORT)).await {
                Ok(listener) => Ok(listener),
                Err(_) => TcpListener::bind(("0.0.0.0", 0)).await,
            },
        };
        let gate = Gate::new(listener.map_err(refused)?, answering(&home.badge)?).map_err(refused)?;
        let address = axum::serve::Listener::local_addr(&gate).map_err(refused)?;
        let (stop, stopped) = watch::channel(false);
        let doors = doors::router(Arc::new(home), stopped).into_make_service_with_connect_info::<Caller>();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(gate, doors).await {
                tracing::error!(%error, "the door for laptops nearby closed");
            }
        });
        tracing::info!(port = address.port(), "listening for laptops nearby");
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.task.abort();
        tracing::info!("no longer listening for laptops nearby");
    }
}
