//! Laptops nearby: off until a person switches it on, never longer than this run, and never a word that anything is safe.

mod hearth;
mod round;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use satchel_failure::Answer;
use satchel_lan::{Badge, Discovery, Home, Place, Server};
use satchel_store::SyncLine;
use satchel_terms::DeviceId;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::cards::{Happened, NearbyCard, NearbyPeer};
use crate::room::{Room, locked, now};
use hearth::Hearth;

/// How the exchange with laptops nearby stands.
#[derive(Default)]
pub struct Nearby {
    on: Mutex<Option<On>>,
    /// Who was met since it was switched on.
    peers: Mutex<BTreeMap<DeviceId, NearbyPeer>>,
    /// Addresses that were typed since it was switched on, and where somebody answered.
    typed: Mutex<Vec<Place>>,
    /// How many records of each were not believed at its last meeting.
    refused: Mutex<BTreeMap<DeviceId, u64>>,
    /// Why the last laptop that was seen could not be met; none after one was.
    trouble: Mutex<Option<String>>,
    /// One meeting at a time.
    meeting: tokio::sync::Mutex<()>,
    hurry: Arc<Notify>,
}

/// While it is switched on. Dropped, nothing listens, announces or looks any more.
struct On {
    home: Home,
    server: Server,
    announces: bool,
    rounds: JoinHandle<()>,
}

impl Drop for On {
    fn drop(&mut self) {
        self.rounds.abort();
    }
}

impl Nearby {
    /// There is something new to give.
    pub fn nudge(&self) {
        self.hurry.notify_one();
    }

    /// Switches it off.
    pub fn stop(&self) {
        drop(locked(&self.on).take());
    }

    fn home(&self) -> Option<Home> {
        locked(&self.on).as_ref().map(|on| on.home.clone())
    }
}

impl Room {
    /// Switches the exchange with laptops nearby on or off. Switched on, this laptop listens: at `listen`, else on every
    /// network that it is in.
    pub fn set_nearby(self: &Arc<Self>, is_on: bool, listen: Option<&str>) -> Answer<NearbyCard> {
        if !is_on {
            self.nearby.stop();
        } else if self.nearby.home().is_none() {
            let listen = listen.map(|text| Place::parse(text).map(|place| place.address)).transpose()?;
            self.listen_nearby(listen)?;
        }
        self.tell(Happened::SyncMoved);
        self.nearby_state()
    }

    fn listen_nearby(self: &Arc<Self>, listen: Option<SocketAddr>) -> Answer<()> {
        let home = self.nearby_home()?;
        let server = Handle::current().block_on(Server::start(home.clone(), listen))?;
        // Who listens at one named address only is not announced to all.
        let discovery = match listen {
            Some(_) => None,
            None => Discovery::start(server.address().port())
                .map_err(|error| tracing::warn!(%error, "laptops nearby cannot be looked for"))
                .ok(),
        };
        let announces = discovery.is_some();
        locked(&self.nearby.peers).clear();
        locked(&self.nearby.typed).clear();
        *locked(&self.nearby.trouble) = None;
        let rounds = tokio::spawn(round::keep_meeting(Arc::downgrade(self), home.clone(), discovery));
        *locked(&self.nearby.on) = Some(On { home, server, announces, rounds });
        Ok(())
    }

    fn nearby_home(self: &Arc<Self>) -> Answer<Home> {
        let me = self.identity();
        let badge = Badge::new(&me.key, me.profile.newsroom)?;
        Ok(Home::new(Arc::clone(&self.library), badge, Arc::new(Hearth::of(self)))?)
    }

    /// Meets the laptop at a typed address now, and again while it is switched on.
    pub fn meet_nearby(self: &Arc<Self>, place: &str) -> Answer<NearbyCard> {
        let place = Place::parse(place)?;
        self.seal_all()?;
        let home = match self.nearby.home() {
            Some(home) => home,
            None => self.nearby_home()?,
        };
        Handle::current().block_on(self.meet(&home, &place))?;
        let mut typed = locked(&self.nearby.typed);
        if !typed.contains(&place) {
            typed.push(place);
        }
        drop(typed);
        self.apply_intake()?;
        self.refresh_travellers()?;
        self.nearby_state()
    }

    /// How it stands, for the screen.
    pub fn nearby_state(&self) -> Answer<NearbyCard> {
        let me = self.identity();
        let pool = satchel_wire::key_from_hex(&me.profile.pool_key)?;
        let carried = self.library.carried(me.device, satchel_wire::device_id(&pool))?;
        let on = locked(&self.nearby.on);
        let place = on.as_ref().map(|on| {
            let address = on.server.address();
            let seen = if address.ip().is_unspecified() { own_address() } else { Some(address.ip()) };
            let address = SocketAddr::new(seen.unwrap_or(address.ip()), address.port());
            Place::of(address, me.device).to_string()
        });
        Ok(NearbyCard {
            is_on: on.is_some(),
            place,
            announces: on.as_ref().is_some_and(|on| on.announces),
            carried: u32::try_from(carried).unwrap_or(u32::MAX),
            peers: locked(&self.nearby.peers).values().cloned().collect(),
            trouble: locked(&self.nearby.trouble).clone(),
        })
    }

    /// Writes a line of the exchange's log; a log that cannot be written stops nothing.
    fn log_nearby(&self, level: &str, code: &str, params: &[(&str, String)]) {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let line = SyncLine { at: now(), level: level.into(), code: code.into(), params, subject: None };
        if let Err(error) = self.library.log(&line) {
            tracing::warn!(%error, "the exchange log cannot be written");
        }
    }
}

/// This laptop's address on the network that others nearby are in: the one that multicast would leave by. Nothing is
/// sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    let ways = ["224.0.0.251:5353", "192.0.2.1:9"];
    let address = ways.iter().find_map(|way| {
        socket.connect(way).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    });
    address.filter(|address| !address.is_unspecified())
}
