//! A parcel for the pool: own records above its word, and the material it does not hold.

use std::path::Path;

use satchel_failure::Answer;
use satchel_jobs::Gauge;
use satchel_parcel::{Address, Cursor, Made, Packing, ParcelError, Way};
use satchel_store::{Direction, TransferFilter, TransferRow, TransferState};
use satchel_wire::protocol::{EnrolAsk, JoinAsk};
use satchel_wire::{RotateAsk, Stream, key_to_hex};

use super::count;
use crate::cards::ParcelReport;
use crate::exchange::machine_name;
use crate::home::free_bytes;
use crate::room::{Room, now};

/// Bytes of records read at once.
const PAGE: usize = 1 << 20;
/// The lane of originals.
const ORIGINALS: u8 = 2;
/// What a parcel needs besides its material: records, index, blocks of the file system.
const SPARE_BYTES: u64 = 8 << 20;

impl Room {
    /// Packs a parcel. Nothing is taken for sent: only the receipt says that.
    pub(super) fn pack_parcel(
        &self,
        dir: &Path,
        with_originals: bool,
        gauge: &Gauge,
    ) -> Answer<ParcelReport> {
        self.tidy_stick(dir);
        let blobs = self.material_to_pack(with_originals)?;
        let bytes = blobs.iter().map(|row| row.total).sum();
        gauge.set_total(bytes);
        gauge.enter("packing");
        if free_bytes(dir) < bytes + bytes / 1_000 + SPARE_BYTES {
            return Err(ParcelError::NoRoom.into());
        }
        let mut packing = Packing::begin(dir, self.parcel_address()?)?;
        self.note_begun(packing.folder());
        self.pack_enrolment(&mut packing)?;
        for stream in [Stream::Editorial, Stream::Telemetry] {
            self.pack_records(&mut packing, stream)?;
        }
        for row in &blobs {
            let manifest = self.library.blobs().manifest(&row.root)?;
            let file = self.library.blobs().open_file(&row.root)?;
            packing.blob(&manifest, file, &|bytes| gauge.advance(bytes).is_ok())?;
        }
        if gauge.is_stopping() {
            return Err(ParcelError::Stopped.into());
        }
        let made = packing.finish()?;
        self.note_ended(&made.folder);
        self.lay_slips(dir)?;
        Ok(self.packed(&made))
    }

    fn parcel_address(&self) -> Answer<Address> {
        let me = self.identity();
        let read = self.library.pool()?.map(|line| Cursor {
            epoch: line.epoch,
            after: line.cursor,
            next: line.cursor,
            head: line.cursor,
        });
        Ok(Address {
            newsroom: me.profile.newsroom,
            way: Way::Up,
            key: me.key,
            to: self.pool_key()?,
            made: now(),
            program: concat!("satchel/", env!("CARGO_PKG_VERSION")).to_owned(),
            cursor: read,
        })
    }

    /// A laptop that never had a line asks by its parcel to be taken in; one with a new name, that the pool vouches for it.
    fn pack_enrolment(&self, packing: &mut Packing) -> Answer<()> {
        let me = self.identity();
        if let (None, Some(invitation)) = (self.library.pool()?, &me.profile.invitation) {
            packing.enrolment(&JoinAsk::Enrol(EnrolAsk {
                code: invitation.code.clone(),
                public_key: key_to_hex(&me.key.verifying_key()),
                machine: machine_name(),
            }))?;
        } else if let Some(old) = self.known_signer()? {
            let (newsroom, machine) = (me.profile.newsroom, machine_name());
            let ask = RotateAsk::sign(newsroom, &old.key, &me.key, &machine, "restored");
            packing.enrolment(&JoinAsk::Rotate(ask))?;
        }
        Ok(())
    }

    fn pack_records(&self, packing: &mut Packing, stream: Stream) -> Answer<()> {
        let device = self.identity().device;
        let mut after = self.library.pushed(device, stream)?;
        loop {
            let records = self.library.records_after(device, stream, after, PAGE)?;
            let Some(last) = records.last() else { return Ok(()) };
            after = last.header().seq;
            for record in &records {
                packing.record(record.bytes())?;
            }
        }
    }

    /// What shall go to the pool and lies here, small files first.
    fn material_to_pack(&self, with_originals: bool) -> Answer<Vec<TransferRow>> {
        let filter = TransferFilter { direction: Some(Direction::Up), ..TransferFilter::default() };
        let mut rows = self.library.transfers(&filter)?;
        rows.retain(|row| {
            row.state != TransferState::Pooled
                && (with_originals || row.lane < ORIGINALS)
                && self.library.blobs().has(&row.root)
        });
        Ok(rows)
    }

    fn packed(&self, made: &Made) -> ParcelReport {
        let folder = made.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (records, clips) = (made.index.records(), made.index.blobs().len() as u64);
        let params = [
            ("folder", folder.clone()),
            ("records", records.to_string()),
            ("clips", clips.to_string()),
            ("bytes", made.index.bytes().to_string()),
        ];
        self.log_parcel("info", "parcel.made", &params);
        ParcelReport {
            folder,
            records: count(records),
            clips: count(clips),
            bytes: made.index.bytes(),
            ..ParcelReport::new("made")
        }
    }
}
