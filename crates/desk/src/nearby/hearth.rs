//! What the exchange nearby asks of this laptop, answered by the room.

use std::sync::{Arc, Weak};

use satchel_lan::{Household, LanError, Outcome, Peer, Took, Want, Word};
use satchel_store::{ClipFilter, Direction, TransferFilter, TransferRow, TransferState};
use satchel_sync::SyncError;
use satchel_terms::{ClipId, Hash};

use crate::cards::{Happened, NearbyPeer};
use crate::room::{Room, locked, now};

/// Originals of pictures and sound up to this size come by themselves, in bytes; larger ones and films when a person
/// fetches them.
const BY_ITSELF: u64 = 64 << 20;

/// The room, while it is open.
pub struct Hearth(Weak<Room>);

impl Hearth {
    /// Of this room.
    pub fn of(room: &Arc<Room>) -> Self {
        Self(Arc::downgrade(room))
    }

    fn room(&self) -> Outcome<Arc<Room>> {
        self.0.upgrade().ok_or(LanError::Stopped)
    }
}

impl Household for Hearth {
    fn take(&self, records: &[u8]) -> Outcome<Took> {
        let room = self.room()?;
        let me = room.identity();
        let identity =
            satchel_sync::Identity { device: me.device, key: me.key, newsroom: me.profile.newsroom };
        let loose = satchel_sync::take_loose(&room.library, &identity, records).map_err(told)?;
        for (record, reason) in &loose.refused {
            tracing::warn!(%record, reason, "a record from nearby was not taken");
        }
        Ok(Took { fresh: loose.fresh as u64, refused: loose.refused.len() as u64 })
    }

    fn wants(&self) -> Outcome<Vec<Want>> {
        self.room()?.wants_nearby()
    }

    fn arrived(&self, root: Hash, bytes: u64) {
        if let Ok(room) = self.room()
            && let Err(error) = room.arrived_nearby(root, bytes)
        {
            tracing::warn!(%error, "a file from nearby could not be noted");
        }
    }

    fn heard(&self, word: Word) {
        if let Ok(room) = self.room() {
            room.heard_nearby(word);
        }
    }
}

fn told(error: SyncError) -> LanError {
    match error {
        SyncError::Store(error) => error.into(),
        SyncError::Wire(error) => error.into(),
        other => LanError::Garbled { why: other.to_string() },
    }
}

impl Room {
    /// What is wanted and not here: all that was wished from the pool, and what belongs to the newest stories, those
    /// that came a moment ago included.
    fn wants_nearby(self: &Arc<Self>) -> Outcome<Vec<Want>> {
        if let Err(failure) = self.apply_intake() {
            tracing::warn!(code = %failure.code, "what came from nearby could not be applied");
        }
        let filter = TransferFilter { direction: Some(Direction::Down), ..TransferFilter::default() };
        let rows = self.library.transfers(&filter)?;
        let mut wants: Vec<Want> = rows
            .into_iter()
            .filter(|row| row.state != TransferState::Pooled)
            .map(|row| Want { root: row.root, bytes: row.total })
            .collect();
        let newest = satchel_store::StoryFilter { limit: 50, ..satchel_store::StoryFilter::default() };
        for story in self.library.stories(&newest)? {
            let of = ClipFilter { story: Some(story.story), limit: 500, ..ClipFilter::default() };
            let small =
                self.library.clips(&of)?.into_iter().filter(|clip| {
                    clip.bytes <= BY_ITSELF && matches!(clip.kind.as_str(), "picture" | "audio")
                });
            wants.extend(small.map(|clip| Want { root: clip.blob, bytes: clip.bytes }));
        }
        wants.retain(|want| !self.library.blobs().has(&want.root));
        wants.sort_by_key(|want| (want.bytes, want.root));
        wants.dedup();
        Ok(wants)
    }

    /// A blob from nearby needs no way down any more; others nearby may have it from here.
    fn arrived_nearby(&self, root: Hash, bytes: u64) -> Outcome<()> {
        let filter = TransferFilter { direction: Some(Direction::Down), ..TransferFilter::default() };
        let known = self.library.transfers(&filter)?.into_iter().find(|row| row.root == root);
        let row = match known {
            Some(row) => row,
            None => {
                let clip = self.library.clips_by_blob(root)?.into_iter().next();
                let subject = clip.map_or([0; 16], |row| row.clip.bytes());
                TransferRow::waiting(root, Direction::Down, 2, bytes, subject)
            }
        };
        let (state, done_bytes) = (TransferState::Pooled, row.total);
        let subject = ClipId(row.subject);
        self.library.transfer_set(&TransferRow { state, done_bytes, next_try: now(), tries: 0, ..row })?;
        self.library.blobs().forget_manifest(&root);
        self.tell(Happened::ClipsChanged { clip: Some(subject) });
        Ok(())
    }

    fn heard_nearby(self: &Arc<Self>, word: Word) {
        match word {
            Word::Met(peer) => {
                *locked(&self.nearby.trouble) = None;
                if self.note_peer(&peer, |_| {}) {
                    self.log_nearby("info", "nearby.met", &[("name", peer.name)]);
                }
            }
            Word::Brought { peer, records, refused } => {
                self.note_peer(&peer, |card| card.records += u32::try_from(records).unwrap_or(0));
                if records > 0 {
                    let params = [("name", peer.name.clone()), ("records", records.to_string())];
                    self.log_nearby("merge", "nearby.took", &params);
                    self.work_off();
                    // What an own decision builds on has to be offered to the pool before it.
                    self.drive_anew();
                }
                if self.note_refused(&peer, refused) {
                    let params = [("name", peer.name), ("records", refused.to_string())];
                    self.log_nearby("warn", "nearby.refused", &params);
                }
            }
            Word::Blob { peer, bytes } => {
                self.note_peer(&peer, |card| {
                    card.clips += 1;
                    card.bytes += bytes;
                });
                let params = [("name", peer.name), ("bytes", bytes.to_string())];
                self.log_nearby("merge", "nearby.clip", &params);
            }
        }
        self.tell(Happened::SyncMoved);
    }

    /// Whether a laptop brought more than before that was not believed: what it brings again is not told again.
    fn note_refused(&self, peer: &Peer, refused: u64) -> bool {
        let mut known = locked(&self.nearby.refused);
        let before = known.insert(peer.device, refused).unwrap_or(0);
        refused > before
    }

    /// Notes something of a laptop that proved who it is; whether it is the first time.
    pub(super) fn note_peer(&self, peer: &Peer, change: impl FnOnce(&mut NearbyPeer)) -> bool {
        let mut peers = locked(&self.nearby.peers);
        let is_first = !peers.contains_key(&peer.device);
        let card = peers.entry(peer.device).or_insert_with(|| NearbyPeer {
            device: peer.device,
            name: peer.name.clone(),
            last: 0,
            records: 0,
            clips: 0,
            bytes: 0,
            gave_records: 0,
            gave_clips: 0,
        });
        card.last = now();
        change(card);
        is_first
    }
}
