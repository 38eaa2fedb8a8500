//! `satchelctl keys`: under which passphrase the library lies, or in which keyring; the centre's escrow.
//!
//! The old passphrase is read from `SATCHEL_PASSPHRASE`, the new one from `SATCHEL_NEW_PASSPHRASE`, the code of a recovery
//! file from `SATCHEL_RECOVERY_CODE`: what stands on a command line can be read by every program of the machine.

use std::path::PathBuf;

use clap::Subcommand;
use satchel_desk::{Answer, Desk, DeskError};
use serde_json::Value;

use crate::verbs::{json, shown};

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysVerb {
    /// Says where they lie.
    Show,
    /// Puts them under the new passphrase.
    Passphrase,
    /// Puts them into the system's keyring.
    Keyring,
    /// Says what the centre's escrow offers and whether it holds this library's key.
    Escrow,
    /// Leaves the library's key with the centre, sealed to its escrow key.
    Give,
    /// Takes it back.
    TakeBack,
    /// Opens a library whose passphrase was forgotten, and puts it under the new passphrase.
    Recover {
        /// The centre's recovery file.
        file: PathBuf,
    },
}

impl KeysVerb {
    /// Does it.
    pub async fn act(self, desk: &Desk) -> Answer<Value> {
        let said = |name: &str| std::env::var(name).ok();
        let new = || said("SATCHEL_NEW_PASSPHRASE").ok_or(DeskError::NeedsPassphrase);
        let old = said("SATCHEL_PASSPHRASE");
        match self {
            Self::Show => json(desk.keys().await?),
            Self::Passphrase => json(desk.change_keys(old, Some(new()?)).await?),
            Self::Keyring => json(desk.change_keys(old, None).await?),
            Self::Escrow => json(desk.escrow().await?),
            Self::Give => json(desk.give_escrow(old).await?),
            Self::TakeBack => json(desk.take_back_escrow().await?),
            Self::Recover { file } => {
                let code = said("SATCHEL_RECOVERY_CODE").ok_or(DeskError::WrongRecoveryCode)?;
                json(desk.recover(shown(&file), code, new()?).await?)
            }
        }
    }
}
