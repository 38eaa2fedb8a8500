//! Serves material to the window over loopback HTTP, with ranges.
//!
//! Custom schemes cannot play video on WebKitGTK, so the window loads `{base}{kind}/{clip}` from 127.0.0.1. Media
//! requests carry no `Origin`, so nothing in their headers can be trusted: the base holds a secret of 128 random
//! bits that is new in every run, a wrong secret is answered like a wrong address (404), and a request for
//! another host is refused (403). The window never sees a path.

mod range;
mod serve;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use satchel_desk::{MediaFile, MediaKind};
use satchel_failure::Answer;
use satchel_terms::ClipId;

use crate::entrance::Entrance;

/// Where the served bytes come from.
pub trait Shelf: Clone + Send + Sync + 'static {
    /// The open file behind one form of a clip.
    fn media(&self, kind: MediaKind, clip: ClipId) -> impl Future<Output = Answer<MediaFile>> + Send;
}

impl Shelf for Entrance {
    async fn media(&self, kind: MediaKind, clip: ClipId) -> Answer<MediaFile> {
        self.desk().await?.media(kind, clip).await
    }
}

/// The running server.
#[derive(Debug)]
pub struct MediaServer {
    base: String,
}

/// What a request must name to be served.
#[derive(Clone)]
struct Pass {
    host: Arc<str>,
    secret: Arc<str>,
}

impl MediaServer {
    /// Binds a free port of 127.0.0.1 and serves until the program ends.
    ///
    /// # Errors
    /// No port is free, or the system gives no random bytes.
    pub fn start(shelf: impl Shelf) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let host = listener.local_addr()?.to_string();
        let secret = secret()?;
        let base = format!("http://{host}/{secret}/");
        let pass = Pass { host: host.into(), secret: secret.into() };
        tauri::async_runtime::spawn(async move {
            let served = async {
                axum::serve(tokio::net::TcpListener::from_std(listener)?, serve::router(shelf, pass)).await
            };
            if let Err(error) = served.await {
                tracing::error!(%error, "material is no longer served");
            }
        });
        Ok(Self { base })
    }

    /// The address prefix, with a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }
}

/// 128 random bits as 32 hex digits.
fn secret() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
#[path = "media_server/tests.rs"]
mod tests;
