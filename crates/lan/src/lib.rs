//! Laptops nearby: two laptops of one centre on a hotspot exchange the same records and blobs as with the pool.
//!
//! Nothing listens unless a person switches it on. Both sides speak TLS 1.3 with their device's own key and prove by
//! the pool's signature that they belong to the same centre and are not known to be revoked; nobody else learns more
//! than a port and a key. What comes is believed for its signatures and chains ([`Household::take`]). A neighbour never
//! says that anything is safe: only the pool does (`docs/decisions/0026-laptops-nearby.md`).

mod badge;
mod discovery;
mod doors;
mod exchange;
mod failure;
mod gate;
mod line;
mod place;
mod server;
mod talk;
mod vouch;

pub use badge::Badge;
pub use discovery::{Discovery, Found};
pub use exchange::{Met, meet};
pub use failure::{LanError, Outcome};
pub use place::Place;
pub use server::Server;
pub use talk::{Want, Word};
pub use vouch::{Peer, Vouch};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use satchel_store::Library;
use satchel_terms::Hash;
use satchel_wire::Manifest;

/// What a household made of records from nearby.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Took {
    /// How many were new.
    pub fresh: u64,
    /// How many were not believed, or did not fit.
    pub refused: u64,
}

/// What the exchange asks of the laptop it works for. Each may wait for the disk.
pub trait Household: Send + Sync + 'static {
    /// Takes in records written one after another, each believed for its signature and chain alone.
    ///
    /// # Errors
    /// [`LanError`] if nothing could be read or written.
    fn take(&self, records: &[u8]) -> Outcome<Took>;

    /// Which blobs are wanted here and not whole yet.
    ///
    /// # Errors
    /// [`LanError`] if the library cannot be read.
    fn wants(&self) -> Outcome<Vec<Want>>;

    /// A blob stands on the shelf now.
    fn arrived(&self, root: Hash, bytes: u64);

    /// Something happened with a neighbour who proved to be one.
    fn heard(&self, word: Word);
}

/// One laptop in the exchange: its library, its key, what it believes, and whom it works for.
#[derive(Clone)]
pub struct Home {
    pub(crate) library: Arc<Library>,
    pub(crate) badge: Arc<Badge>,
    pub(crate) vouch: Arc<Mutex<Vouch>>,
    pub(crate) household: Arc<dyn Household>,
    /// Blobs that neighbours offered and that are on their way here.
    pub(crate) offered: Arc<Mutex<HashMap<Hash, Manifest>>>,
}

impl std::fmt::Debug for Home {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Home({})", self.badge.device())
    }
}

impl Home {
    /// Sets up the exchange of a laptop that the pool has taken in.
    ///
    /// # Errors
    /// [`LanError::NotJoined`] if it has not; what the library says.
    pub fn new(library: Arc<Library>, badge: Badge, household: Arc<dyn Household>) -> Outcome<Self> {
        let line = library.pool()?.ok_or(LanError::NotJoined)?;
        let vouch = Vouch::new(&library, &line)?;
        Ok(Self {
            library,
            badge: Arc::new(badge),
            vouch: Arc::new(Mutex::new(vouch)),
            household,
            offered: Arc::default(),
        })
    }

    /// What is believed now, the newest certificates and revocations of the library included.
    pub(crate) fn vouching<T>(&self, ask: impl FnOnce(&mut Vouch) -> T) -> Outcome<T> {
        let mut vouch = self.vouch.lock().unwrap_or_else(PoisonError::into_inner);
        vouch.refresh(&self.library)?;
        Ok(ask(&mut vouch))
    }

    /// The manifests of blobs on their way here.
    pub(crate) fn offers(&self) -> MutexGuard<'_, HashMap<Hash, Manifest>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something that may wait for the disk.
    pub(crate) async fn at_home<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Self) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let home = self.clone();
        tokio::task::spawn_blocking(move || act(&home)).await.map_err(|_| LanError::Stopped)?
    }
}
