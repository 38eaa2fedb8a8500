//! Records that a colleague brought by hand: believed by their own signatures, without a place in the pool's order.

use satchel_store::{Library, TakenIn, Took};
use satchel_wire::{Kind, Record};

use crate::trust::Trust;
use crate::{Identity, SyncError};

/// Takes in records that did not come from the pool, all or none. Certificates among them count when the pool signed
/// them; the cursor does not move, and what the pool says later of the same records stands over this.
///
/// # Errors
/// [`SyncError::NotOurPool`] before the pool has taken this laptop in, and when a record was signed by nobody whom the
/// pool vouches for; any [`SyncError`] of the library.
pub fn take_brought(library: &Library, identity: &Identity, records: Vec<Record>) -> Result<Took, SyncError> {
    let line = library.pool()?.ok_or(SyncError::NotOurPool)?;
    let mut known: Vec<Record> =
        library.records_by_kind(Kind::DEVICE_CERT, 0)?.into_iter().map(|stored| stored.record).collect();
    known.extend(line.certificate.and_then(|bytes| Record::parse(bytes).ok()));
    known.extend(records.iter().filter(|record| record.header().kind == Kind::DEVICE_CERT).cloned());
    let trust = Trust::new(identity, line.key, &known)?;
    // What this laptop wrote itself it has, or has lost for good reasons: nobody else continues its chain.
    let others = records.into_iter().filter(|record| record.header().device != identity.device);
    let unjudged = others.map(|record| TakenIn { record, pool_seq: None, doubt: None });
    let judged: Vec<TakenIn> = unjudged.map(|one| trust.judge(one)).collect();
    if judged.iter().any(|one| one.doubt.is_some()) {
        return Err(SyncError::NotOurPool);
    }
    Ok(library.take_in(&judged, None)?)
}
