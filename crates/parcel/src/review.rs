//! Review parcels: a story under review for colleagues who have no line.
//!
//! Everything in it is sealed to a key that is made for this parcel only; that key is sealed to each reader's own, so
//! the pictures lie on the stick once, however many laptops may open them.

use ed25519_dalek::{SigningKey, VerifyingKey};
use satchel_terms::{Hash, StoryId};
use satchel_wire::device_id;
use serde::{Deserialize, Serialize};

use crate::failure::{Outcome, ParcelError};
use crate::index::{Holds, Way};
use crate::{Packing, Parcel};

/// The file with the facts of the case.
const CASE: &str = "case";

/// Which story, and which version of it, is to be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseFacts {
    /// The story.
    pub story: StoryId,
    /// The revision under review.
    pub rev: Hash,
    /// The level that it waits for: `first`, `second` or `final`.
    pub level: String,
}

/// A key for one parcel.
///
/// # Errors
/// [`ParcelError::Stick`] when the machine has no random bytes.
pub fn one_time_key() -> Outcome<SigningKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| ParcelError::Stick { name: "random".into(), why: error.to_string() })?;
    Ok(SigningKey::from_bytes(&seed))
}

impl Packing {
    /// Lets the holder of a key open the parcel, which is sealed to `one_time`.
    ///
    /// # Errors
    /// What the stick says.
    pub fn reader(&mut self, reader: &VerifyingKey, one_time: &SigningKey) -> Outcome<()> {
        let to = device_id(reader);
        let name = format!("key-{to}");
        self.add_for(reader, &name, Holds::Key { to }, |sealer| sealer.write(one_time.as_bytes()))
    }

    /// Says which story the parcel is about.
    ///
    /// # Errors
    /// What the stick says.
    pub fn case(&mut self, facts: &CaseFacts) -> Outcome<()> {
        let text = serde_json::to_vec(facts).map_err(|_| ParcelError::damaged(CASE))?;
        self.add(CASE, Holds::Case, |sealer| sealer.write(&text))
    }
}

impl Parcel {
    /// The key that opens a review parcel, for one of its readers.
    ///
    /// # Errors
    /// [`ParcelError::NotForUs`] when it is for others; [`ParcelError::CannotOpen`]; [`ParcelError::Damaged`].
    pub fn key_for(&self, own: &SigningKey) -> Outcome<SigningKey> {
        let us = device_id(&own.verifying_key());
        let index = self.index();
        let mine = index.files.iter().find(|file| file.holds == Holds::Key { to: us });
        let file = mine.filter(|_| index.way == Way::Review).ok_or(ParcelError::NotForUs)?;
        let damaged = || ParcelError::damaged(&file.name);
        let seed: [u8; 32] = self.read_file(file, own)?.try_into().map_err(|_| damaged())?;
        let key = SigningKey::from_bytes(&seed);
        if device_id(&key.verifying_key()) == index.to { Ok(key) } else { Err(damaged()) }
    }

    /// Which story a review parcel is about.
    ///
    /// # Errors
    /// [`ParcelError::Damaged`] when it does not say; as [`Parcel::open_file`].
    pub fn case(&self, key: &SigningKey) -> Outcome<CaseFacts> {
        let damaged = || ParcelError::damaged(CASE);
        let file = self.index().files.iter().find(|file| file.holds == Holds::Case).ok_or_else(damaged)?;
        serde_json::from_slice(&self.read_file(file, key)?).map_err(|_| damaged())
    }
}
