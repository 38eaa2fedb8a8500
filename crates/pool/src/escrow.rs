//! Keys of libraries in the centre's keeping, for the day a passphrase is forgotten (decision 0024).
//!
//! The pool holds only what it cannot open: the escrow's private key is made by `satchel-pool escrow init`, written to
//! a file outside of the data folder, and kept where no network goes.

pub(crate) mod line;

use satchel_parcel::escrow::MOST;
use satchel_terms::{DeviceId, Stamp};
use satchel_wire::escrow::{EscrowAsk, EscrowOffer, SealedKey};
use satchel_wire::{VerifyingKey, from_base64, key_from_hex, key_to_hex};
use serde::{Deserialize, Serialize};

use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::keep::{Drawer, NoteChange};
use crate::{Pool, chance};

const KEY: &str = "key";

/// A sealed key as it is noted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// When it came.
    pub at: Stamp,
    /// The key to which it is sealed, 64 hex digits.
    pub key: String,
    /// The sealed bytes, base64.
    pub sealed: String,
}

impl Pool {
    /// The centre's escrow key, where it has one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn escrow_key(&self) -> Outcome<Option<VerifyingKey>> {
        let Some(body) = self.keep().note(Drawer::Escrow, KEY).await? else { return Ok(None) };
        let text = String::from_utf8(body).map_err(|error| PoolError::Broken(error.to_string()))?;
        Ok(Some(key_from_hex(&text)?))
    }

    /// Sets the escrow key. Keys that were sealed to an older one still open with that one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn set_escrow_key(&self, key: &VerifyingKey) -> Outcome<()> {
        let after = Some(key_to_hex(key).into_bytes());
        let before = self.keep().note(Drawer::Escrow, KEY).await?;
        self.change(NoteChange { drawer: Drawer::Escrow, name: KEY.to_owned(), before, after }).await?;
        self.log("escrow-set-up", "satchel-pool escrow init", &key_to_hex(key)).await
    }

    /// What the pool says of its escrow to a device.
    ///
    /// # Errors
    /// What the store says.
    pub async fn escrow_offer(&self, device: DeviceId) -> Outcome<EscrowOffer> {
        let key = self.escrow_key().await?;
        let kept = self.kept(device).await?;
        Ok(EscrowOffer {
            given: kept.as_ref().map(|kept| kept.at),
            given_to: kept.map(|kept| kept.key),
            ..EscrowOffer::signed(self.facts().newsroom, key.as_ref(), self.key())
        })
    }

    /// Keeps the sealed key of a device, or forgets it.
    ///
    /// # Errors
    /// [`PoolError::BadRequest`] when it is sealed to another key than the escrow's, or is none.
    pub async fn keep_sealed(&self, caller: &Caller, ask: &EscrowAsk) -> Outcome<()> {
        let name = caller.device.to_string();
        let before = self.keep().note(Drawer::Sealed, &name).await?;
        let bad = |why: &str| PoolError::BadRequest { why: why.to_owned() };
        let after = match &ask.sealed {
            None => None,
            Some(sealed) => {
                if self.escrow_key().await?.map(|key| key_to_hex(&key)).as_deref() != Some(ask.key.as_str()) {
                    return Err(bad("this is not the escrow key of the centre"));
                }
                if sealed.len() > 2 * MOST || from_base64(sealed).is_err() {
                    return Err(bad("no sealed key"));
                }
                let kept = Kept { at: chance::now(), key: ask.key.clone(), sealed: sealed.clone() };
                Some(serde_json::to_vec(&kept).map_err(|error| PoolError::Broken(error.to_string()))?)
            }
        };
        let what = if after.is_some() { "escrow-given" } else { "escrow-taken-back" };
        self.change(NoteChange { drawer: Drawer::Sealed, name, before, after }).await?;
        let person = self.keep().person(caller.person).await?.map(|row| row.name).unwrap_or_default();
        self.log(what, &person, &caller.device.to_string()).await
    }

    /// The sealed key of a device, on its way to where the escrow key is kept.
    ///
    /// # Errors
    /// [`PoolError::NotFound`] when the device left none.
    pub async fn hand_out_sealed(&self, device: DeviceId) -> Outcome<SealedKey> {
        let kept = self.kept(device).await?.ok_or(PoolError::NotFound { what: "sealed key" })?;
        let row = self.keep().device(device).await?.ok_or(PoolError::UnknownDevice)?;
        let name = self.keep().person(row.person).await?.map(|row| row.name).unwrap_or_default();
        self.log("escrow-handed-out", "satchel-pool escrow export", &format!("{device} {name}")).await?;
        let newsroom = self.facts().newsroom;
        Ok(SealedKey { v: 1, newsroom, device, name, key: kept.key, sealed: kept.sealed })
    }

    /// What the pool keeps for a device.
    pub(crate) async fn kept(&self, device: DeviceId) -> Outcome<Option<Kept>> {
        let body = self.keep().note(Drawer::Sealed, &device.to_string()).await?;
        let read = body.map(|body| serde_json::from_slice(&body)).transpose();
        read.map_err(|error| PoolError::Broken(error.to_string()))
    }

    async fn change(&self, change: NoteChange) -> Outcome<()> {
        if self.keep().change_note(change).await? { Ok(()) } else { Err(PoolError::Busy) }
    }
}
