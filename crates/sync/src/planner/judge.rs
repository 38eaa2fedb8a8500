//! A page of the feed on its way into the library: cut apart, learned from, judged. Pure, but it costs time.

use satchel_store::TakenIn;
use satchel_terms::DeviceId;
use satchel_wire::Record;

use crate::trust::Trust;
use crate::{FeedPage, SyncError};

/// A page and the keys to judge it with.
#[derive(Debug)]
pub struct Unjudged {
    pub(super) trust: Trust,
    pub(super) page: FeedPage,
    pub(super) after: u64,
}

/// A judged page.
#[derive(Debug)]
pub struct Judged {
    pub(super) trust: Trust,
    pub(super) records: Vec<TakenIn>,
    /// Frames that are no records.
    pub(super) odd: Vec<Vec<u8>>,
    /// Devices that the page vouches for.
    pub(super) learned: Vec<DeviceId>,
    pub(super) next: u64,
    pub(super) head: u64,
}

impl Unjudged {
    /// Judges every record. A frame that is no record is set apart as it is and holds up no other.
    ///
    /// # Errors
    /// [`SyncError::Garbled`] if the page cannot be cut apart or does not cover its places; no cursor moves then.
    pub fn judge(self) -> Result<Judged, SyncError> {
        let Self { mut trust, page, after } = self;
        let frames = frames(&page, after)?;
        let (mut records, mut odd) = (Vec::new(), Vec::new());
        for (place, frame) in (after + 1..).zip(frames) {
            match Record::parse(frame.to_vec()) {
                Ok(record) => records.push(TakenIn { record, pool_seq: Some(place), doubt: None }),
                Err(_) => odd.push(frame.to_vec()),
            }
        }
        let learned = records.iter().filter_map(|one| trust.learn(&one.record)).collect();
        let records = records.into_iter().map(|one| trust.judge(one)).collect();
        Ok(Judged { trust, records, odd, learned, next: page.next.max(after), head: page.head })
    }
}

/// A page must be cut into frames and cover at least as many places as it has frames.
fn frames(page: &FeedPage, after: u64) -> Result<Vec<&[u8]>, SyncError> {
    let garbled = |why: String| SyncError::Garbled { why };
    let frames = Record::frames(&page.bytes).map_err(|error| garbled(error.to_string()))?;
    let places = page.next.saturating_sub(after);
    let count = frames.len() as u64;
    if count > places || (count == 0 && places > 0) {
        return Err(garbled(format!("{count} records on {places} places")));
    }
    Ok(frames)
}
