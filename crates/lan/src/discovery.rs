//! Finding each other by mDNS. What is announced is a random name and a port: neither person, device nor centre.

use std::net::{IpAddr, SocketAddr};

use mdns_sd::{ServiceDaemon, ServiceEvent, ServiceInfo};

use crate::{LanError, Outcome};

/// The name of the service (RFC 6763).
const SERVICE: &str = "_satchel._tcp.local.";

/// What was seen of other laptops. It proves nothing: whoever answers has to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A laptop announces itself.
    Here {
        /// Its random name.
        name: String,
        /// Where it answers.
        address: SocketAddr,
    },
    /// It no longer does.
    Gone {
        /// Its random name.
        name: String,
    },
}

/// Announcing and looking, until dropped.
pub struct Discovery {
    daemon: ServiceDaemon,
    name: String,
    events: mdns_sd::Receiver<ServiceEvent>,
}

impl std::fmt::Debug for Discovery {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Discovery({})", self.name)
    }
}

impl Discovery {
    /// Announces this port and looks for others.
    ///
    /// # Errors
    /// [`LanError::CannotListen`] where the network does not allow it; typed addresses work still.
    pub fn start(port: u16) -> Outcome<Self> {
        let refused = |error: mdns_sd::Error| LanError::CannotListen { why: error.to_string() };
        let mut dice = [0; 8];
        getrandom::fill(&mut dice).map_err(|error| LanError::CannotListen { why: error.to_string() })?;
        let name = hex::encode(dice);
        let host = format!("satchel-{name}.local.");
        let daemon = ServiceDaemon::new().map_err(refused)?;
        let service = ServiceInfo::new(SERVICE, &name, &host, "", port, &[("v", "1")][..]);
        daemon.register(service.map_err(refused)?.enable_addr_auto()).map_err(refused)?;
        let events = daemon.browse(SERVICE).map_err(refused)?;
        Ok(Self { daemon, name, events })
    }

    /// The random name that this laptop announces.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next that is seen of others; none when the search has ended.
    pub async fn next(&self) -> Option<Found> {
        loop {
            match self.events.recv_async().await.ok()? {
                ServiceEvent::ServiceResolved(service) => {
                    let name = bare(service.get_fullname());
                    let address = service.get_addresses_v4().into_iter().next();
                    if let Some(address) = address.filter(|_| name != self.name) {
                        let address = SocketAddr::new(IpAddr::V4(address), service.get_port());
                        return Some(Found::Here { name, address });
                    }
                }
                ServiceEvent::ServiceRemoved(_, full) => return Some(Found::Gone { name: bare(&full) }),
                _ => {}
            }
        }
    }
}

impl Drop for Discovery {
    fn drop(&mut self) {
        let _ = self.daemon.unregister(&format!("{}.{SERVICE}", self.name));
        let _ = self.daemon.shutdown();
    }
}

fn bare(full: &str) -> String {
    full.split('.').next().unwrap_or_default().to_owned()
}
