//! The pool's receipt: its signed word on what of a parcel it holds durably.

use std::path::Path;

use ed25519_dalek::{SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, Hash, NewsroomId, Stamp};
use satchel_wire::protocol::{Enrolled, Rejected, StreamHead};
use serde::{Deserialize, Serialize};

use crate::failure::{Outcome, ParcelError};
use crate::index::ParcelId;
use crate::unpacking::read_page;
use crate::{VERSION, disk, signed};

/// The receipt in a parcel's folder.
pub const RECEIPT: &str = "receipt.signed";
/// What the signature of a receipt is for.
const DOMAIN: &[u8] = b"satchel.receipt.v1";

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Version of the parcel.
    pub v: u32,
    /// For which parcel.
    pub parcel: ParcelId,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// For whom.
    pub device: DeviceId,
    /// The pool's epoch: after another the word no longer holds.
    pub epoch: u64,
    /// When, by the pool's clock.
    pub at: Stamp,
    /// What the pool holds durably of the device's streams.
    pub heads: Vec<StreamHead>,
    /// Which blobs of the parcel it holds, whole and durable.
    pub have: Vec<Hash>,
    /// Which records it did not take, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejected>,
    /// Its record where the device's chain departs from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<StreamHead>,
    /// How it took the device in, when the parcel asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolled: Option<Enrolled>,
}

impl Receipt {
    /// Signs the receipt and writes it into a parcel's folder, as a whole or not at all.
    ///
    /// # Errors
    /// What the stick says.
    pub fn write(&self, folder: &Path, key: &SigningKey) -> Outcome<()> {
        let text = serde_json::to_vec(self).map_err(|_| ParcelError::damaged(RECEIPT))?;
        disk::write_whole(folder, RECEIPT, &signed::sign(DOMAIN, &text, key))
    }

    /// Reads the receipt of a parcel's folder; none when there is none yet.
    ///
    /// # Errors
    /// [`ParcelError::Damaged`], [`ParcelError::OtherVersion`], [`ParcelError::NotOurPool`] when it was not signed by
    /// the pinned key.
    pub fn read(folder: &Path, pinned: &VerifyingKey) -> Outcome<Option<Self>> {
        let Some(page) = read_page(folder, RECEIPT)? else { return Ok(None) };
        let text = signed::text(&page).ok_or_else(|| ParcelError::damaged(RECEIPT))?;
        if !signed::is_signed(DOMAIN, &page, pinned) {
            let is_read = serde_json::from_slice::<Self>(text).is_ok();
            return Err(if is_read { ParcelError::NotOurPool } else { ParcelError::damaged(RECEIPT) });
        }
        let receipt: Self = serde_json::from_slice(text).map_err(|_| ParcelError::damaged(RECEIPT))?;
        if receipt.v == VERSION {
            Ok(Some(receipt))
        } else {
            Err(ParcelError::OtherVersion { version: receipt.v })
        }
    }
}
