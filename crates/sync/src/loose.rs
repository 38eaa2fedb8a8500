//! Records that a laptop nearby brings: believed for their signatures and chains alone, and without a place in the pool's
//! order. Nothing that cannot be believed is kept, not even apart: a neighbour must not fill this laptop's disk.

use std::collections::{BTreeSet, HashMap};

use satchel_store::{Library, TakenIn};
use satchel_terms::{DeviceId, Hash};
use satchel_wire::{Kind, Record, RecordId, Stream};

use crate::trust::Trust;
use crate::{Identity, SyncError};

/// What became of records from nearby.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loose {
    /// How many were new.
    pub fresh: usize,
    /// Those that were not taken, with the reason: `own`, `revoked-signer`, `chain-broken`, `fork`, or what the
    /// signature says.
    pub refused: Vec<(Hash, String)>,
}

/// Takes in records written one after another. Each must follow what is here of its chain; one that does not, and all
/// of its chain after it, is left to the neighbour. The pull cursor does not move.
///
/// # Errors
/// [`SyncError::NotOurPool`] if this laptop has joined none; [`SyncError::Garbled`] if the frames cannot be told apart;
/// any [`SyncError`] of the library.
pub fn take_loose(library: &Library, identity: &Identity, bytes: &[u8]) -> Result<Loose, SyncError> {
    let line = library.pool()?.ok_or(SyncError::NotOurPool)?;
    let frames = Record::frames(bytes).map_err(|error| SyncError::Garbled { why: error.to_string() })?;
    let kept = |kind| library.records_by_kind(kind, 0);
    let certificates: Vec<Record> = kept(Kind::DEVICE_CERT)?.into_iter().map(|one| one.record).collect();
    let mut trust = Trust::new(identity, line.key, &certificates)?;
    let pool = trust.pool_device();
    let revocations = kept(Kind::DEVICE_REVOKE)?.into_iter().map(|one| one.record);
    let mut judging = Judging {
        library,
        own: identity.device,
        revoked: revocations.filter_map(|record| revoked(&record, pool)).collect(),
        ends: HashMap::new(),
        good: Vec::new(),
        told: Loose::default(),
    };
    for frame in frames {
        let record = Record::parse(frame.to_vec())?;
        trust.learn(&record);
        let judged = trust.judge(TakenIn { record, pool_seq: None, doubt: None });
        if judged.doubt.is_none()
            && let Some(device) = revoked(&judged.record, pool)
        {
            judging.revoked.insert(device);
        }
        judging.judge(judged)?;
    }
    let Judging { good, mut told, .. } = judging;
    told.fresh = library.take_in(&good, None)?.fresh;
    Ok(told)
}

/// Whom this record takes out, if the pool says so.
fn revoked(record: &Record, pool: DeviceId) -> Option<DeviceId> {
    let header = record.header();
    (header.kind == Kind::DEVICE_REVOKE && header.device == pool).then_some(DeviceId(header.subject))
}

struct Judging<'a> {
    library: &'a Library,
    own: DeviceId,
    revoked: BTreeSet<DeviceId>,
    ends: HashMap<(DeviceId, Stream), Option<(u64, RecordId)>>,
    good: Vec<TakenIn>,
    told: Loose,
}

impl Judging<'_> {
    fn judge(&mut self, one: TakenIn) -> Result<(), SyncError> {
        let header = one.record.header();
        let (place, seq, id) = ((header.device, header.stream), header.seq, one.record.id());
        let end = self.end_of(place)?;
        let is_past = end.is_some_and(|(last, _)| seq <= last);
        let here = if is_past { self.library.id_at(place.0, place.1, seq)? } else { None };
        if one.doubt.is_none() && here == Some(id) {
            return Ok(());
        }
        let reason = match one.doubt.clone() {
            Some(doubt) => Some(doubt),
            None if place.0 == self.own => Some("own".to_owned()),
            None if self.revoked.contains(&place.0) => Some("revoked-signer".to_owned()),
            None if here.is_some() => Some("fork".to_owned()),
            None if is_past => None, // it fills a gap; the library compares it with its neighbours
            None => one.record.follows(end).is_err().then(|| "chain-broken".to_owned()),
        };
        match reason {
            Some(reason) => self.told.refused.push((id, reason)),
            None => {
                if !is_past {
                    self.ends.insert(place, Some((seq, id)));
                }
                self.good.push(one);
            }
        }
        Ok(())
    }

    fn end_of(&mut self, place: (DeviceId, Stream)) -> Result<Option<(u64, RecordId)>, SyncError> {
        if let Some(end) = self.ends.get(&place) {
            return Ok(*end);
        }
        let end = self.library.my_head(place.0, place.1)?;
        self.ends.insert(place, end);
        Ok(end)
    }
}
