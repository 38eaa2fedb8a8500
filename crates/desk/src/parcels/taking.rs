//! What a stick brings back: the pool's receipts, and its order for a laptop that has no line.

use std::path::Path;
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use satchel_failure::Answer;
use satchel_jobs::Gauge;
use satchel_parcel::{BlobFiles, FileLine, Holds, Parcel, ParcelError, Receipt, Way, find};
use satchel_store::{Direction, TransferFilter, TransferRow, TransferState};
use satchel_sync::FeedPage;
use satchel_terms::ClipId;
use satchel_wire::protocol::StreamHead;
use satchel_wire::{Manifest, SEGMENT};

use super::count;
use crate::cards::{Happened, ParcelReport};
use crate::room::{Room, now};
use crate::rotation::Why;

/// What a folder of the stick turned out to be.
enum Looked {
    /// An own parcel, or somebody else's: nothing further to do.
    Ours,
    /// The pool's parcel for this laptop.
    Brought(Parcel),
    /// A colleague's review parcel.
    Review(Parcel),
}

impl Room {
    /// Takes in all that is for this laptop: receipts, the pool's parcels, review parcels, slips. What cannot be
    /// believed keeps nothing else back: it is named in the report, and is the failure when nothing else was there.
    pub(super) fn unpack_parcels(self: &Arc<Self>, dir: &Path, gauge: &Gauge) -> Answer<ParcelReport> {
        let found = find(dir)?;
        let name = self.identity().device;
        let mut report = ParcelReport::new("taken");
        let (mut brought, mut asked, mut is_others) = (Vec::new(), Vec::new(), false);
        for folder in &found.parcels {
            match self.take_receipt(folder, &mut report) {
                Ok(Looked::Ours) => {}
                Ok(Looked::Brought(parcel)) => brought.push(parcel),
                Ok(Looked::Review(parcel)) => asked.push(parcel),
                Err(failure) => report.trouble(folder, failure),
            }
        }
        brought.sort_by_key(|parcel| parcel.index().cursor.map(|cursor| (cursor.epoch, cursor.after)));
        gauge.set_total(2 * brought.iter().chain(&asked).map(|parcel| parcel.index().bytes()).sum::<u64>());
        gauge.enter("unpacking");
        let mut count = report.receipts + report.waiting;
        for parcel in &brought {
            match self.take_brought(parcel, gauge, &mut report) {
                Ok(()) => count += 1,
                Err(failure) => report.trouble(parcel.folder(), failure),
            }
        }
        for parcel in &asked {
            match self.take_review(parcel, gauge, &mut report) {
                Ok(()) => count += 1,
                Err(failure) if failure.code == "parcel.not-for-us" => is_others = true,
                Err(failure) => report.trouble(parcel.folder(), failure),
            }
        }
        for slip in &found.slips {
            match self.take_slip(slip, &mut report) {
                Ok(()) => count += 1,
                Err(failure) if failure.code == "parcel.not-for-us" => is_others = true,
                Err(failure) => report.trouble(slip, failure),
            }
        }
        self.show_what_came()?;
        if self.identity().device != name {
            self.talk_anew();
        }
        if count > 0 {
            return Ok(report);
        }
        match (report.troubles.into_iter().next(), found.unfinished.first()) {
            (Some(trouble), _) => Err(trouble.failure),
            (None, Some(folder)) => {
                let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Err(ParcelError::Unfinished { folder }.into())
            }
            (None, None) if is_others => Err(ParcelError::NotForUs.into()),
            (None, None) => Err(ParcelError::NothingHere.into()),
        }
    }

    /// Looks at one folder of the stick: the receipt of an own parcel counts at once; a parcel for this laptop is
    /// answered, to be taken in later; all else is somebody else's.
    fn take_receipt(&self, folder: &Path, report: &mut ParcelReport) -> Answer<Looked> {
        let me = self.identity();
        let parcel = Parcel::open(folder)?;
        let index = parcel.index();
        if parcel.must_be(Way::Down, me.profile.newsroom, me.device).is_ok() {
            return Ok(Looked::Brought(parcel));
        }
        if index.way == Way::Review && index.from != me.device {
            return Ok(Looked::Review(parcel));
        }
        if (index.from, index.newsroom, index.way) != (me.device, me.profile.newsroom, Way::Up) {
            return Ok(Looked::Ours);
        }
        let Some(receipt) = Receipt::read(folder, &self.pool_key()?)? else {
            report.waiting += 1;
            return Ok(Looked::Ours);
        };
        if (receipt.parcel, receipt.device) != (index.parcel, me.device) {
            return Err(ParcelError::NotForUs.into());
        }
        self.believe_receipt(&receipt, report)?;
        Ok(Looked::Ours)
    }

    /// Moves what the pool says it holds to "in the pool". The word counts only for records that this laptop wrote.
    fn believe_receipt(&self, receipt: &Receipt, report: &mut ParcelReport) -> Answer<()> {
        let me = self.identity();
        if receipt.newsroom != me.profile.newsroom {
            return Err(ParcelError::OtherCentre.into());
        }
        if let (None, Some(answer)) = (self.library.pool()?, &receipt.enrolled) {
            let invitation = me.profile.invitation.clone().ok_or(ParcelError::NotJoined)?;
            self.joined(satchel_sync::believe(&invitation, &me.key, answer)?)?;
            report.joined = true;
        }
        if let (Some(_), Some(line), Some(answer)) =
            (self.known_signer()?, self.library.pool()?, &receipt.enrolled)
        {
            self.vouched(&satchel_sync::believe_successor(&line, &me.key, answer)?)?;
        }
        self.at_epoch(receipt.epoch)?;
        let is_other = |head: &StreamHead| -> Answer<bool> {
            Ok(self.library.id_at(me.device, head.stream, head.seq)?.is_some_and(|id| id != head.id))
        };
        let mut is_forked = receipt.fork.is_some();
        for head in &receipt.heads {
            is_forked |= is_other(head)?;
        }
        if is_forked {
            report.receipts += 1;
            return self.renew(Why::Fork);
        }
        for head in &receipt.heads {
            if self.library.id_at(me.device, head.stream, head.seq)? != Some(head.id) {
                return Err(ParcelError::OtherChain { seq: head.seq }.into());
            }
        }
        let mut records = 0;
        for head in &receipt.heads {
            let known = self.library.pushed(me.device, head.stream)?;
            if head.seq > known {
                self.library.mark_pushed(me.device, head.stream, head.seq)?;
                records += head.seq - known;
            }
        }
        let clips = self.note_pooled(receipt)?;
        report.receipts += 1;
        report.pooled_records += count(records);
        report.pooled_clips += clips;
        report.rejected += count(receipt.rejected.len() as u64);
        let params = [("records", records.to_string()), ("clips", clips.to_string())];
        self.log_parcel("merge", "parcel.receipt", &params);
        for refused in &receipt.rejected {
            self.log_parcel("error", "sync.rejected", &[("code", refused.code.clone())]);
        }
        self.send_soon();
        Ok(())
    }

    /// Notes the blobs that the pool holds whole.
    fn note_pooled(&self, receipt: &Receipt) -> Answer<u32> {
        let filter = TransferFilter { direction: Some(Direction::Up), ..TransferFilter::default() };
        let mut clips = 0;
        for row in self.library.transfers(&filter)? {
            if row.state != TransferState::Pooled && receipt.have.contains(&row.root) {
                self.arrived(row)?;
                clips += 1;
            }
        }
        Ok(clips)
    }

    fn arrived(&self, row: TransferRow) -> Answer<()> {
        let subject = ClipId(row.subject);
        let (done_bytes, state) = (row.total, TransferState::Pooled);
        self.library.transfer_set(&TransferRow { done_bytes, state, next_try: now(), tries: 0, ..row })?;
        self.library.blobs().forget_manifest(&row.root);
        self.tell(Happened::ClipsChanged { clip: Some(subject) });
        Ok(())
    }

    /// Takes a parcel of the pool in: checked to its last byte, then its order, then its material.
    fn take_brought(&self, parcel: &Parcel, gauge: &Gauge, report: &mut ParcelReport) -> Answer<()> {
        let me = self.identity();
        let index = parcel.index();
        if index.maker()? != self.pool_key()? {
            return Err(ParcelError::NotOurPool.into());
        }
        let damaged = || ParcelError::Damaged { name: parcel.name() };
        let cursor = index.cursor.ok_or_else(damaged)?;
        self.library.pool()?.ok_or(ParcelError::NotJoined)?;
        parcel.check(&|bytes| gauge.advance(bytes).is_ok())?;
        let mut pages = Vec::new();
        for file in &index.files {
            if let Holds::Feed { after, next } = file.holds {
                let bytes = parcel.read_file(file, &me.key)?;
                let page = FeedPage { bytes, next, head: cursor.head, epoch: cursor.epoch };
                pages.push((after, page));
            }
        }
        let line = self.at_epoch(cursor.epoch)?;
        if cursor.after > line.cursor {
            return Err(ParcelError::Gap { after: cursor.after, cursor: line.cursor }.into());
        }
        for (after, page) in pages.into_iter().filter(|(_, page)| page.next > line.cursor) {
            report.records += self.take_page(after, page)?;
        }
        for blob in index.blobs() {
            report.clips += u32::from(self.take_blob(parcel, &blob, &me.key, gauge)?);
        }
        report.bytes += index.bytes();
        report.folder = parcel.name();
        let params = [("records", report.records.to_string()), ("clips", report.clips.to_string())];
        self.log_parcel("merge", "parcel.taken", &params);
        Ok(())
    }

    fn take_page(&self, after: u64, page: FeedPage) -> Answer<u32> {
        let me = self.identity();
        let identity =
            satchel_sync::Identity { device: me.device, key: me.key, newsroom: me.profile.newsroom };
        let taking = satchel_sync::take_page(&self.library, &identity, after, page);
        let took = tokio::runtime::Handle::current().block_on(taking)?;
        Ok(count(took.took as u64))
    }

    /// Puts a blob of a parcel on the shelf, segment by segment; answers whether it was missing.
    pub(super) fn take_blob(
        &self,
        parcel: &Parcel,
        blob: &BlobFiles<'_>,
        key: &SigningKey,
        gauge: &Gauge,
    ) -> Answer<bool> {
        if self.library.blobs().has(&blob.root) {
            return Ok(false);
        }
        let manifest = parcel.manifest(blob, key)?;
        let mut partial = self.library.blobs().partial(&blob.root, blob.length)?;
        for (first, file) in &blob.runs {
            let mut pieces = parcel.open_file(file, key)?;
            let mut at = *first;
            while let Some(piece) = pieces.next()? {
                for segment in piece.chunks(usize::try_from(SEGMENT).unwrap_or(usize::MAX)) {
                    must_be_segment(&manifest, at, segment, file)?;
                    partial.write_segment(at, segment)?;
                    at += 1;
                }
                if gauge.advance(piece.len() as u64).is_err() {
                    return Err(ParcelError::Stopped.into());
                }
            }
        }
        partial.finish()?;
        let filter = TransferFilter { direction: Some(Direction::Down), ..TransferFilter::default() };
        for row in self.library.transfers(&filter)?.into_iter().filter(|row| row.root == blob.root) {
            self.arrived(row)?;
        }
        self.tell(Happened::ClipsChanged { clip: None });
        Ok(true)
    }

    /// Brings lists and cards up to date with what came.
    fn show_what_came(self: &Arc<Self>) -> Answer<()> {
        self.apply_intake()?;
        self.say_again()?;
        self.apply_intake()?;
        self.refresh_travellers()?;
        self.tell(Happened::SyncMoved);
        Ok(())
    }
}

fn must_be_segment(manifest: &Manifest, at: u64, segment: &[u8], file: &FileLine) -> Answer<()> {
    let is_one = manifest.verify_segment(at, segment);
    if is_one { Ok(()) } else { Err(ParcelError::Damaged { name: file.name.clone() }.into()) }
}
