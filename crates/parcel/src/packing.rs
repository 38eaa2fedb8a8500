//! A parcel being made. Until its index stands there is no parcel; packing that is given up leaves nothing behind.

use std::io::Read;
use std::path::{Path, PathBuf};

use ed25519_dalek::{SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, NewsroomId, Stamp};
use satchel_wire::protocol::JoinAsk;
use satchel_wire::{Manifest, SEGMENT, device_id, key_to_hex};

use crate::disk::{self, Counted};
use crate::failure::{Outcome, ParcelError};
use crate::index::{Cursor, DOMAIN, FOLDER, FileLine, Holds, INDEX, Index, ParcelId, Way};
use crate::seal::Sealer;
use crate::{Going, signed};

/// Bytes of records after which a new file begins.
const RECORDS_BYTES: usize = 16 << 20;
/// Segments of one file: with what sealing adds it stays under 1 GiB.
pub const RUN: u64 = 4_000;

/// From whom, for whom.
#[derive(Clone)]
pub struct Address {
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// Which way.
    pub way: Way,
    /// The maker's key.
    pub key: SigningKey,
    /// The key of who opens it.
    pub to: VerifyingKey,
    /// The maker's clock.
    pub made: Stamp,
    /// The maker's program and version.
    pub program: String,
    /// Where it stands in the pool's order.
    pub cursor: Option<Cursor>,
}

/// A finished parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its folder on the stick.
    pub folder: PathBuf,
    /// Its index.
    pub index: Index,
}

/// A parcel being made.
pub struct Packing {
    folder: PathBuf,
    index: Index,
    key: SigningKey,
    to: VerifyingKey,
    records: Vec<u8>,
    count: u64,
    is_done: bool,
}

impl Packing {
    /// Begins a parcel in a folder of its own under `dir`.
    ///
    /// # Errors
    /// [`ParcelError::Stick`] and [`ParcelError::NoRoom`].
    pub fn begin(dir: &Path, address: Address) -> Outcome<Self> {
        let mut parcel = [0; 16];
        let name = || disk::name_of(dir);
        getrandom::fill(&mut parcel)
            .map_err(|error| ParcelError::Stick { name: name(), why: error.to_string() })?;
        let parcel: ParcelId = DeviceId(parcel);
        let folder = dir.join(format!("{FOLDER}{}", &parcel.to_string()[..16]));
        std::fs::create_dir(&folder).map_err(|error| ParcelError::stick(&name(), &error))?;
        let own = address.key.verifying_key();
        let index = Index {
            v: address.way.version(),
            parcel,
            newsroom: address.newsroom,
            way: address.way,
            from: device_id(&own),
            key: key_to_hex(&own),
            to: device_id(&address.to),
            made: address.made,
            program: address.program,
            cursor: address.cursor,
            files: Vec::new(),
        };
        let (key, to) = (address.key, address.to);
        Ok(Self { folder, index, key, to, records: Vec::new(), count: 0, is_done: false })
    }

    /// Asks the pool to take this laptop in: with an invitation's code, or as the successor of one that it knows.
    ///
    /// # Errors
    /// What the stick says.
    pub fn enrolment(&mut self, ask: &JoinAsk) -> Outcome<()> {
        let text = serde_json::to_vec(ask).map_err(|_| ParcelError::damaged("enrolment"))?;
        self.add("enrolment", Holds::Enrolment, |sealer| sealer.write(&text))
    }

    /// Adds one record of this laptop's own, as its frame.
    ///
    /// # Errors
    /// What the stick says.
    pub fn record(&mut self, frame: &[u8]) -> Outcome<()> {
        if self.records.len() + frame.len() > RECORDS_BYTES {
            self.close_records()?;
        }
        self.records.extend_from_slice(frame);
        self.count += 1;
        Ok(())
    }

    /// Adds a page of the pool's order, and says that the parcel goes this far.
    ///
    /// # Errors
    /// What the stick says.
    pub fn feed(&mut self, after: u64, next: u64, frames: &[u8]) -> Outcome<()> {
        let name = format!("feed-{after:012}");
        self.add(&name, Holds::Feed { after, next }, |sealer| sealer.write(frames))?;
        if let Some(cursor) = &mut self.index.cursor {
            cursor.next = next;
        }
        Ok(())
    }

    /// Adds a blob: the list of its segments, then the segments, each checked before it is sealed.
    ///
    /// # Errors
    /// [`ParcelError::SourceChanged`] when the bytes are not those of the manifest, [`ParcelError::Stopped`], and what
    /// the stick says.
    pub fn blob(&mut self, manifest: &Manifest, mut source: impl Read, going: Going<'_>) -> Outcome<()> {
        let (root, length) = (manifest.root, manifest.length);
        if !manifest.values.is_empty() || manifest.segments() == 0 {
            let name = format!("{root}-manifest");
            self.add(&name, Holds::Manifest { root, length }, |sealer| sealer.write(&manifest.to_bytes()))?;
        }
        let mut from = 0;
        while from < manifest.segments() {
            let to = (from + RUN).min(manifest.segments());
            let name = format!("{root}-{from:08}-{to:08}");
            self.add(&name, Holds::Segments { root, length, from, to }, |sealer| {
                let mut segment = Vec::new();
                for index in from..to {
                    read_segment(manifest, index, &mut source, &mut segment)?;
                    sealer.write(&segment)?;
                    if !going(segment.len() as u64) {
                        return Err(ParcelError::Stopped);
                    }
                }
                Ok(())
            })?;
            from = to;
        }
        Ok(())
    }

    /// Where it is being written.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Closes the parcel: the index is signed, settled, read again and named, last of all.
    ///
    /// # Errors
    /// What the stick says.
    pub fn finish(mut self) -> Outcome<Made> {
        self.close_records()?;
        let text = serde_json::to_vec(&self.index).map_err(|_| ParcelError::damaged(INDEX))?;
        disk::write_whole(&self.folder, INDEX, &signed::sign(DOMAIN, &text, &self.key))?;
        if let Some(dir) = self.folder.parent() {
            disk::settle_folder(dir);
        }
        self.is_done = true;
        Ok(Made { folder: self.folder.clone(), index: self.index.clone() })
    }

    fn close_records(&mut self) -> Outcome<()> {
        if self.count == 0 {
            return Ok(());
        }
        let (frames, count) = (std::mem::take(&mut self.records), std::mem::take(&mut self.count));
        let name = format!("records-{:04}", self.index.files.len());
        self.add(&name, Holds::Records { count }, |sealer| sealer.write(&frames))
    }

    pub(crate) fn add(
        &mut self,
        name: &str,
        holds: Holds,
        fill: impl FnOnce(&mut Sealer<Counted>) -> Outcome<()>,
    ) -> Outcome<()> {
        let to = self.to;
        self.add_for(&to, name, holds, fill)
    }

    pub(crate) fn add_for(
        &mut self,
        to: &VerifyingKey,
        name: &str,
        holds: Holds,
        fill: impl FnOnce(&mut Sealer<Counted>) -> Outcome<()>,
    ) -> Outcome<()> {
        let part = self.folder.join(format!("{name}.part"));
        let mut sealer = Sealer::new(Counted::create(&part)?, name, to, &info(&self.index, name))?;
        fill(&mut sealer)?;
        let (bytes, blake3) = sealer.finish()?.settle(&part)?;
        disk::verify(&part, bytes, &blake3, &|_| true)?;
        disk::rename(&self.folder, &part, name)?;
        self.index.files.push(FileLine { name: name.to_owned(), bytes, blake3, holds });
        Ok(())
    }
}

impl Drop for Packing {
    fn drop(&mut self) {
        if !self.is_done {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// What a sealed file is bound to: its parcel, whose maker signs the index, and its name in it.
pub fn info(index: &Index, name: &str) -> Vec<u8> {
    [b"satchel.parcel.v1".as_slice(), &index.parcel.0, &index.from.0, name.as_bytes()].concat()
}

fn read_segment(
    manifest: &Manifest,
    index: u64,
    source: &mut impl Read,
    segment: &mut Vec<u8>,
) -> Outcome<()> {
    let changed = || ParcelError::SourceChanged { root: manifest.root.to_string() };
    let length = manifest.segment_len(index).min(SEGMENT);
    segment.clear();
    source.take(length).read_to_end(segment).map_err(|_| changed())?;
    if manifest.verify_segment(index, segment) { Ok(()) } else { Err(changed()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MOST_FILE_BYTES;
    use crate::seal::PIECE;

    #[test]
    fn the_longest_run_of_segments_stays_under_a_gibibyte_once_it_is_sealed() {
        let open = RUN * SEGMENT;
        let sealed = 32 + open + 16 * open.div_ceil(PIECE as u64);

        assert!(sealed < MOST_FILE_BYTES, "{sealed}");
        assert_eq!(PIECE as u64 % SEGMENT, 0, "a piece holds whole segments");
    }
}
