//! Meeting whoever is nearby, again and again while it is switched on.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Weak;
use std::time::{Duration, Instant};

use satchel_failure::Explain as _;
use satchel_lan::{Discovery, Found, Home, LanError, Met, Place};

use crate::cards::Happened;
use crate::room::{Room, locked};

/// How long until a laptop is met again, when nothing is new.
const AGAIN: Duration = Duration::from_secs(20);
/// The one of two that waits for the other's call waits so long.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long after something new a laptop is called: what is written one after the other goes together.
const SOON: Duration = Duration::from_millis(700);

/// Laptops that announce themselves or whose address was typed, and when they shall be called.
struct Around {
    own: String,
    due: HashMap<String, (Place, Instant)>,
}

impl Around {
    /// Of two, the one with the smaller name calls first; the other only if no call came.
    fn note(&mut self, found: Found) {
        match found {
            Found::Here { name, address } => {
                let wait = if self.own < name { Duration::ZERO } else { PATIENCE };
                let place = Place { address, code: None };
                let entry = self.due.entry(name).or_insert((place.clone(), Instant::now() + wait));
                entry.0 = place;
            }
            Found::Gone { name } => drop(self.due.remove(&name)),
        }
    }

    /// A typed address was called already; it is called again like the others.
    fn note_typed(&mut self, places: &[Place]) {
        for place in places {
            let due = Instant::now() + AGAIN;
            self.due.entry(place.to_string()).or_insert_with(|| (place.clone(), due));
        }
    }

    fn hurry(&mut self) {
        let soon = Instant::now() + SOON;
        self.due.values_mut().for_each(|(_, due)| *due = (*due).min(soon));
    }

    fn next(&self) -> Option<(String, Place, Instant)> {
        let (name, (place, due)) = self.due.iter().min_by_key(|(_, (_, due))| *due)?;
        Some((name.clone(), place.clone(), *due))
    }

    fn again(&mut self, name: &str) {
        if let Some((_, due)) = self.due.get_mut(name) {
            *due = Instant::now() + AGAIN;
        }
    }
}

/// Runs until it is aborted.
pub async fn keep_meeting(room: Weak<Room>, home: Home, discovery: Option<Discovery>) {
    let Some(hurry) = room.upgrade().map(|room| Arc::clone(&room.nearby.hurry)) else { return };
    let own = discovery.as_ref().map_or_else(String::new, |discovery| discovery.name().to_owned());
    let mut around = Around { own, due: HashMap::new() };
    loop {
        let Some(here) = room.upgrade() else { return };
        around.note_typed(&locked(&here.nearby.typed));
        drop(here);
        let next = around.next();
        let wait = next.as_ref().map_or(AGAIN, |(_, _, due)| due.saturating_duration_since(Instant::now()));
        tokio::select! {
            found = seen(discovery.as_ref()) => around.note(found),
            () = hurry.notified() => around.hurry(),
            () = tokio::time::sleep(wait) => if let Some((name, place, _)) = next {
                let Some(room) = room.upgrade() else { return };
                room.try_meeting(&home, &place).await;
                around.again(&name);
            },
        }
    }
}

/// The next laptop that is seen; never, where nobody can be looked for.
async fn seen(discovery: Option<&Discovery>) -> Found {
    match discovery {
        Some(discovery) => match discovery.next().await {
            Some(found) => found,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

impl Room {
    /// Meets a laptop that was seen, or typed before. What does not work is tried again, and shown for one that was
    /// seen: who typed an address knows whether the other has left.
    async fn try_meeting(self: &Arc<Self>, home: &Home, place: &Place) {
        let outcome = self.meet(home, place).await;
        if place.code.is_some() {
            return;
        }
        let trouble = outcome.err().map(|error| error.code().to_owned());
        let before = std::mem::replace(&mut *locked(&self.nearby.trouble), trouble.clone());
        if before != trouble {
            self.tell(Happened::SyncMoved);
        }
    }

    /// One meeting.
    pub(super) async fn meet(self: &Arc<Self>, home: &Home, place: &Place) -> Result<Met, LanError> {
        let _turn = self.nearby.meeting.lock().await;
        let met = satchel_lan::meet(home, place).await?;
        self.note_peer(&met.peer, |card| {
            card.gave_records += u32::try_from(met.gave).unwrap_or(0);
            card.gave_clips += u32::try_from(met.blobs_gave).unwrap_or(0);
        });
        if met.gave + met.blobs_gave > 0 {
            let params = [
                ("name", met.peer.name.clone()),
                ("records", met.gave.to_string()),
                ("clips", met.blobs_gave.to_string()),
            ];
            self.log_nearby("info", "nearby.gave", &params);
        }
        tracing::info!(
            took = met.took,
            gave = met.gave,
            blobs_took = met.blobs_took,
            blobs_gave = met.blobs_gave,
            size_bytes = met.bytes,
            "a laptop nearby was met"
        );
        self.tell(Happened::SyncMoved);
        Ok(met)
    }
}
