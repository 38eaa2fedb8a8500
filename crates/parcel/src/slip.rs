//! Verdict slips: what a reviewer without a line decided, in one small file for the stick or any messenger.
//!
//! A signed page with a sealed part for each who may read it: the laptops of who asked, and the pool. The records in it
//! bear the reviewer's own signatures; the slip adds nothing to what they count.

use std::path::{Path, PathBuf};

use ed25519_dalek::{SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, Hash, NewsroomId, Stamp, StoryId};
use satchel_wire::{device_id, from_base64, key_from_hex, key_to_hex, to_base64};
use serde::{Deserialize, Serialize};

use crate::failure::{Outcome, ParcelError};
use crate::index::{FOLDER, ParcelId};
use crate::seal::{Sealer, Unsealer};
use crate::unpacking::read_page;
use crate::{VERSION, disk, signed};

/// What the names of slips end with.
pub const ENDING: &str = "slip";
/// What the signature and the sealing of a slip are for.
const DOMAIN: &[u8] = b"satchel.slip.v1";

/// Who writes a slip.
#[derive(Clone)]
pub struct SlipAddress {
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// The reviewer's key.
    pub key: SigningKey,
    /// The reviewer's clock.
    pub made: Stamp,
    /// The reviewer's program and version.
    pub program: String,
}

/// What one reader of a slip finds in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The story.
    pub story: StoryId,
    /// The revision that was asked about.
    pub base: Hash,
    /// The reviewer's records, frames one after another.
    pub frames: Vec<u8>,
}

/// A slip that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeSlip {
    /// Where it lies.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
}

/// A slip whose signature is the one of the key that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slip {
    /// Version of the slip.
    pub v: u32,
    /// Its name.
    pub slip: ParcelId,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// The reviewer's laptop.
    pub from: DeviceId,
    /// Its key, 64 hex digits.
    pub key: String,
    /// When, by the reviewer's clock.
    pub made: Stamp,
    /// The reviewer's program and version.
    pub program: String,
    /// Its sealed parts.
    parts: Vec<Part>,
}

/// A part for one reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    to: DeviceId,
    sealed: String,
}

/// The head of an opened part; the frames follow behind a line feed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    story: StoryId,
    base: Hash,
}

/// The bytes of a slip, whatever they are.
///
/// # Errors
/// What the stick says.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    let name = disk::name_of(path);
    let page = read_page(path.parent().unwrap_or(Path::new("")), &name)?;
    page.ok_or(ParcelError::Missing { name })
}

/// Copies a slip into a folder, as a whole or not at all.
///
/// # Errors
/// What the stick says.
pub fn lay(path: &Path, dir: &Path) -> Outcome<()> {
    disk::write_whole(dir, &disk::name_of(path), &read(path)?)
}

/// What every version says.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

impl Slip {
    /// Writes a slip into a folder, as a whole or not at all.
    ///
    /// # Errors
    /// What the stick says.
    pub fn write(dir: &Path, address: &SlipAddress, words: &[(VerifyingKey, Word)]) -> Outcome<MadeSlip> {
        let mut slip = [0; 16];
        getrandom::fill(&mut slip)
            .map_err(|error| ParcelError::Stick { name: "random".into(), why: error.to_string() })?;
        let own = address.key.verifying_key();
        let mut page = Self {
            v: VERSION,
            slip: DeviceId(slip),
            newsroom: address.newsroom,
            from: device_id(&own),
            key: key_to_hex(&own),
            made: address.made,
            program: address.program.clone(),
            parts: Vec::new(),
        };
        let name = format!("{FOLDER}{}.{ENDING}", &page.slip.to_string()[..16]);
        for (to, word) in words {
            let part = page.sealed(&name, to, word)?;
            page.parts.push(part);
        }
        let text = serde_json::to_vec(&page).map_err(|_| ParcelError::damaged(&name))?;
        let bytes = signed::sign(DOMAIN, &text, &address.key);
        disk::write_whole(dir, &name, &bytes)?;
        Ok(MadeSlip { path: dir.join(name), bytes: bytes.len() as u64 })
    }

    /// Reads a slip and checks that the key that it names signed it.
    ///
    /// # Errors
    /// [`ParcelError::Damaged`], [`ParcelError::OtherVersion`], [`ParcelError::Missing`], and what the stick says.
    pub fn open(path: &Path) -> Outcome<Self> {
        Self::read(&read(path)?, &disk::name_of(path))
    }

    /// The same of a slip's bytes, which came under a name.
    ///
    /// # Errors
    /// [`ParcelError::Damaged`], [`ParcelError::OtherVersion`].
    pub fn read(page: &[u8], name: &str) -> Outcome<Self> {
        let damaged = || ParcelError::damaged(name);
        let text = signed::text(page).ok_or_else(damaged)?;
        let version: Versioned = serde_json::from_slice(text).map_err(|_| damaged())?;
        if version.v != VERSION {
            return Err(ParcelError::OtherVersion { version: version.v });
        }
        let slip: Self = serde_json::from_slice(text).map_err(|_| damaged())?;
        let key = key_from_hex(&slip.key).map_err(|_| damaged())?;
        if device_id(&key) == slip.from && signed::is_signed(DOMAIN, page, &key) {
            Ok(slip)
        } else {
            Err(damaged())
        }
    }

    /// What it says to the holder of a key.
    ///
    /// # Errors
    /// [`ParcelError::NotForUs`] when there is no part for it; [`ParcelError::CannotOpen`], [`ParcelError::Damaged`].
    pub fn word_for(&self, own: &SigningKey) -> Outcome<Word> {
        let us = device_id(&own.verifying_key());
        let part = self.parts.iter().find(|part| part.to == us).ok_or(ParcelError::NotForUs)?;
        let damaged = || ParcelError::damaged(ENDING);
        let sealed = from_base64(&part.sealed).map_err(|_| damaged())?;
        let info = self.info(us);
        let mut unsealer = Unsealer::new(sealed.as_slice(), sealed.len() as u64, ENDING, own, &info)?;
        let mut open = Vec::new();
        while let Some(piece) = unsealer.piece()? {
            open.extend(piece);
        }
        let end = open.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
        let head: Head = serde_json::from_slice(&open[..end]).map_err(|_| damaged())?;
        Ok(Word { story: head.story, base: head.base, frames: open.split_off(end + 1) })
    }

    fn sealed(&self, name: &str, to: &VerifyingKey, word: &Word) -> Outcome<Part> {
        let device = device_id(to);
        let head = serde_json::to_vec(&Head { story: word.story, base: word.base });
        let mut sealer = Sealer::new(Vec::new(), name, to, &self.info(device))?;
        sealer.write(&head.map_err(|_| ParcelError::damaged(name))?)?;
        sealer.write(b"\n")?;
        sealer.write(&word.frames)?;
        Ok(Part { to: device, sealed: to_base64(&sealer.finish()?) })
    }

    fn info(&self, to: DeviceId) -> Vec<u8> {
        [DOMAIN, &self.slip.0, &self.from.0, &to.0].concat()
    }
}
