//! The connections of material: next to nothing of it lies in the system's buffers, so that text overtakes it.
//!
//! What a program has handed to its system leaves before everything that comes later, on any connection. A segment
//! would lie there whole, for seconds on a slow line. So the system is asked to take only what it can send at once, and
//! to send by what the line carries instead of by what it loses, where it can (Linux with BBR).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use reqwest::{Body, Request, Response};
use rustls::crypto::aws_lc_rs;
use satchel_wire::Address;
use socket2::SockRef;
use tower_service::Service;

use super::felt::{Asked, Felt};
use super::pin;
use crate::{Habits, SyncError};

/// Bytes that a connection may hold unsent in the system, and as much again in the program.
const UNSENT: u32 = 8 << 10;
/// Where unsent bytes cannot be told apart, this is what the system may hold at all: 16 streams of it fill
/// 40 Mbit/s at 200 ms.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const HELD: usize = 64 << 10;

type Refused = Box<dyn std::error::Error + Send + Sync>;

/// Connections for material to one pool.
pub(super) struct Roads {
    client: Client<HttpsConnector<Slim>, Body>,
    felt: Arc<Felt>,
}

impl Roads {
    /// Connections to this address; none where the person's system wants everything to go through a proxy, which has
    /// buffers of its own.
    pub(super) fn to(address: &Address, habits: &Habits) -> Result<Option<Self>, SyncError> {
        let unusable = |why: String| SyncError::Unreachable { why };
        let place: http::Uri =
            address.url.parse().map_err(|error: http::uri::InvalidUri| unusable(error.to_string()))?;
        let is_here = matches!(place.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if !is_here && Matcher::from_system().intercept(&place).is_some() {
            return Ok(None);
        }
        let builder = HttpsConnectorBuilder::new();
        let builder = match &address.pin {
            Some(key) => {
                let mut config = pin::only(key).map_err(|error| unusable(error.to_string()))?;
                config.alpn_protocols.clear(); // the connector names its own
                builder.with_tls_config(config)
            }
            None => builder
                .with_provider_and_platform_verifier(aws_lc_rs::default_provider())
                .map_err(|error| unusable(error.to_string()))?,
        };
        let builder = if address.pin.is_some() { builder.https_only() } else { builder.https_or_http() };
        let slim = Slim::new(habits);
        let felt = Arc::clone(&slim.felt);
        let connector = builder.enable_http1().wrap_connector(slim);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(50))
            .http1_max_buf_size(UNSENT as usize)
            .build(connector);
        Ok(Some(Self { client, felt }))
    }

    /// What is felt of the line on them.
    pub(super) const fn felt(&self) -> &Arc<Felt> {
        &self.felt
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(&self, request: Request) -> Result<Response, Refused> {
        let request = http::Request::<Body>::try_from(request)?;
        let (head, body) = self.client.request(request).await?.into_parts();
        Ok(http::Response::from_parts(head, Body::wrap(body)).into())
    }
}

/// Opens connections that hold little.
#[derive(Clone)]
struct Slim {
    inner: HttpConnector,
    congestion: &'static str,
    felt: Arc<Felt>,
}

impl Slim {
    fn new(habits: &Habits) -> Self {
        let mut inner = HttpConnector::new();
        inner.enforce_http(false);
        inner.set_nodelay(true);
        inner.set_keepalive(Some(Duration::from_secs(20)));
        inner.set_connect_timeout(Some(habits.connect));
        Self { inner, congestion: habits.congestion, felt: Arc::default() }
    }
}

impl Service<http::Uri> for Slim {
    type Response = Asked;
    type Error = Refused;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Refused>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: http::Uri) -> Self::Future {
        let (opening, congestion, felt) = (self.inner.call(to), self.congestion, Arc::clone(&self.felt));
        Box::pin(async move {
            let stream = opening.await?;
            slim(&SockRef::from(stream.inner()), congestion);
            Ok(Asked::new(stream, felt))
        })
    }
}

/// Whether the system sends by what the line carries when it is asked for this rule.
pub(crate) fn is_paced(congestion: &str) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let is_taken = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)
        .and_then(|socket| socket.set_tcp_congestion(congestion.as_bytes()))
        .is_ok();
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let is_taken = false;
    congestion == "bbr" && is_taken
}

/// Asks the system to hold little, and to send by this rule. A system that cannot sends as it always does.
fn slim(socket: &SockRef<'_>, congestion: &'static str) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let asked =
        socket.set_tcp_notsent_lowat(UNSENT).and_then(|()| socket.set_tcp_congestion(congestion.as_bytes()));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let asked = socket.set_send_buffer_size(HELD);
    if let Err(error) = asked {
        tracing::debug!(%error, congestion, "the system sends as it always does");
    }
}
