//! The library's key in the centre's keeping, if its owner wants that, and the way back (decision 0024).
//!
//! Only the library's key leaves, sealed to the centre's escrow key. The seed that signs stays here, inside the
//! encrypted library: what the centre keeps opens this laptop's library on this laptop, and signs nothing.

use std::path::Path;

use satchel_failure::Answer;
use satchel_parcel::escrow;
use satchel_store::{Library, LibraryKey};
use satchel_wire::escrow::{EscrowAsk, EscrowOffer, SealedKey};
use satchel_wire::{VerifyingKey, from_base64, key_from_hex, key_to_hex, to_base64};

use super::Secrets;
use crate::DeskError;
use crate::cards::EscrowCard;
use crate::room::Room;

/// The setting with the signing seed, for a library that may be opened by its key alone.
const SEED: &str = "escrow-seed";
/// Largest recovery file.
const MOST: u64 = 65_536;

impl Room {
    /// What the centre offers, and whether it holds this library's key. Asks the pool.
    pub fn escrow(&self) -> Answer<EscrowCard> {
        let (offer, key) = self.escrow_offer()?;
        Ok(EscrowCard {
            fingerprint: key.as_ref().map(fingerprint),
            given: offer.given,
            is_outdated: offer.given.is_some() && offer.given_to != key.as_ref().map(key_to_hex),
        })
    }

    /// Leaves the library's key with the centre.
    pub fn give_escrow(&self, passphrase: Option<&str>) -> Answer<EscrowCard> {
        let secrets = self.own_secrets(passphrase)?;
        let (_, key) = self.escrow_offer()?;
        let key = key.ok_or(DeskError::NoEscrow)?;
        let me = self.identity();
        let about = SealedKey::about(me.profile.newsroom, me.device);
        let library_key = *super::library_key(&secrets)?.bytes();
        let sealed = to_base64(&escrow::seal(&library_key, &key, &about)?);
        self.library.set_setting(SEED, &secrets.device_seed.into())?;
        let ask = EscrowAsk { key: key_to_hex(&key), sealed: Some(sealed) };
        self.ask_pool::<_, serde_json::Value>("/v1/escrow", &ask)?;
        self.note_keys("keys.escrow-given");
        self.escrow()
    }

    /// Takes it back. A copy of the pool that was made before still holds it.
    pub fn take_back_escrow(&self) -> Answer<EscrowCard> {
        let ask = EscrowAsk { key: String::new(), sealed: None };
        self.ask_pool::<_, serde_json::Value>("/v1/escrow", &ask)?;
        self.library.set_setting(SEED, &serde_json::Value::Null)?;
        self.note_keys("keys.escrow-taken-back");
        self.escrow()
    }

    fn escrow_offer(&self) -> Answer<(EscrowOffer, Option<VerifyingKey>)> {
        let offer: EscrowOffer = self.ask_pool_for("/v1/escrow")?;
        let profile = self.identity().profile;
        let key = offer.verified(profile.newsroom, &key_from_hex(&profile.pool_key)?)?;
        Ok((offer, key))
    }
}

/// The secrets of a locked library, from a recovery file and the code that was read out for it.
pub fn recover(dir: &Path, file: &Path, code: &str) -> Answer<Secrets> {
    let bad = |why: String| DeskError::BadRecovery { why };
    let size = std::fs::metadata(file).map_err(|error| bad(error.to_string()))?.len();
    if size > MOST {
        return Err(bad("too large".into()).into());
    }
    let text = std::fs::read(file).map_err(|error| bad(error.to_string()))?;
    let sealed: SealedKey = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    let about = SealedKey::about(sealed.newsroom, sealed.device);
    let bytes = from_base64(&sealed.sealed).map_err(|error| bad(error.to_string()))?;
    let opened = escrow::open(&bytes, &escrow::key_of_code(code), &about);
    let key = opened.map_err(|_| DeskError::WrongRecoveryCode)?;
    let key: [u8; 32] = key.try_into().map_err(|_| bad("no key".into()))?;
    let library = Library::open(dir, &LibraryKey::new(key))?;
    let seed = library.setting(SEED)?.and_then(|seed| seed.as_str().map(str::to_owned));
    let device_seed = seed.ok_or_else(|| bad("the key was taken back".into()))?;
    Ok(Secrets { library_key: hex::encode(key), device_seed })
}

/// A key as people compare it: four groups of four.
fn fingerprint(key: &VerifyingKey) -> String {
    let hex = key_to_hex(key);
    let groups: Vec<&str> = (0..4).map(|at| &hex[at * 4..at * 4 + 4]).collect();
    groups.join(" ")
}
