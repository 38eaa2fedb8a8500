//! A new name for this laptop, when its library was put back to an older copy or works on another laptop too.
//!
//! The new key is drawn at once, so that nothing is ever signed twice at one place; the pool vouches for it as soon as
//! it is reached. Then, with the pool's order read up to there, what it does not hold of the former names is said again.
//! No step needs a person, none is silent, and each may be cut off by the power going out.

use std::collections::BTreeSet;
use std::sync::Arc;

use satchel_failure::Answer;
use satchel_store::{Library, Owed, SyncLine};
use satchel_sync::{Habits, Identity as Signer};
use satchel_terms::{ClipId, DeviceId, Stamp, StoryId};
use satchel_wire::{Draft, Kind, Record, SigningKey, Stream, device_id};
use serde::{Deserialize, Serialize};

use crate::DeskError;
use crate::cards::{Happened, RenewalCard};
use crate::exchange::machine_name;
use crate::keys::random;
use crate::room::{Room, now};

/// The setting that keeps it, in the encrypted library.
const RENEWAL: &str = "renewal";
/// How long the sync centre tells of a new name that is settled, in milliseconds.
const TOLD_MS: Stamp = 7 * 24 * 3_600_000;

/// Why a laptop needs a new name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The library stands behind what this laptop has signed.
    Restored,
    /// The pool holds something else at a place where this laptop signed.
    Fork,
}

impl Why {
    /// The word on the wire and the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Fork => "fork",
        }
    }
}

/// The name that this laptop took, and how far the pool follows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewal {
    /// Seed of the key it signs with, in hex.
    pub seed: String,
    /// Seed of the key that the pool knows, in hex, while it has not vouched for the new one.
    pub known: Option<String>,
    /// The names it had, oldest first.
    former: Vec<DeviceId>,
    why: Why,
    at: Stamp,
    /// Whether what the pool lacks of the former names still has to be said again.
    owes: bool,
    /// How many records were said again.
    said: u64,
}

impl Renewal {
    /// What the library keeps of it; none when this laptop has its first name.
    pub fn of(library: &Library) -> Answer<Option<Self>> {
        Ok(library.setting(RENEWAL)?.and_then(|value| serde_json::from_value(value).ok()))
    }

    fn keep(&self, library: &Library) -> Answer<()> {
        let value = serde_json::to_value(self).map_err(|error| DeskError::Broken(error.to_string()))?;
        Ok(library.set_setting(RENEWAL, &value)?)
    }

    const fn owed(&self) -> Owed {
        if self.owes { Owed::Unplaced } else { Owed::Displaced }
    }
}

/// The key of a seed in hex.
pub fn key_of(seed: &str) -> Result<SigningKey, DeskError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(seed, &mut bytes).map_err(|error| DeskError::Broken(error.to_string()))?;
    Ok(SigningKey::from_bytes(&bytes))
}

impl Room {
    /// Takes a new name before the first word is written, if the library was put back to an older copy.
    pub fn renew_if_older(&self) -> Answer<()> {
        let (me, kept) = (self.identity().device, Renewal::of(&self.library)?);
        let mark = self.library.device_mark();
        // The power went out between the new name and its mark.
        let is_half_done = kept.is_some_and(|renewal| {
            mark.as_ref().is_some_and(|mark| renewal.former.last() == Some(&mark.device))
        });
        if is_half_done {
            return Ok(self.library.mark_device(me)?);
        }
        if self.library.is_older_copy(me)? { self.renew(Why::Restored) } else { Ok(()) }
    }

    /// Takes a new name at once.
    pub fn renew(&self, why: Why) -> Answer<()> {
        let seed = random::<32>()?;
        let _pen = self.hold_pen();
        let me = self.identity();
        let before = Renewal::of(&self.library)?;
        let own = || Some(hex::encode(me.key.to_bytes()));
        let known = before.as_ref().and_then(|before| before.known.clone()).or_else(own);
        let mut former = before.map(|before| before.former).unwrap_or_default();
        former.push(me.device);
        let key = SigningKey::from_bytes(&seed);
        let device = device_id(&key.verifying_key());
        let renewal = Renewal { seed: hex::encode(seed), known, former, why, at: now(), owes: true, said: 0 };
        renewal.keep(&self.library)?;
        self.library.mark_device(device)?;
        self.set_key(key);
        tracing::warn!(from = %me.device, to = %device, why = why.word(), "this laptop goes on under a new name");
        self.log_renewal(if why == Why::Fork { "sync.renewed-fork" } else { "sync.renewed-restored" }, &[]);
        self.tell(Happened::PhaseChanged);
        self.tell(Happened::SyncMoved);
        Ok(())
    }

    /// The talk goes on under the present name.
    pub fn talk_anew(self: &Arc<Self>) {
        let room = Arc::clone(self);
        tokio::spawn(async move {
            if room.exchange.rest().await {
                room.start_exchange();
            }
        });
    }

    /// The pool found that another laptop writes under this name: the talk goes on under a new one.
    pub fn renew_soon(self: &Arc<Self>) {
        let room = Arc::clone(self);
        tokio::spawn(async move {
            if !room.exchange.rest().await {
                return;
            }
            let here = Arc::clone(&room);
            let renewed = crate::home::blocking(move || here.renew(Why::Fork)).await;
            if let Err(failure) = renewed {
                tracing::error!(code = %failure.code, "this laptop could not take a new name");
                room.note_trouble(&failure.code);
            }
            room.start_exchange();
        });
    }

    /// The name that the pool knows, while it has not vouched for the new one.
    pub fn known_signer(&self) -> Answer<Option<Signer>> {
        let Some(known) = Renewal::of(&self.library)?.and_then(|renewal| renewal.known) else {
            return Ok(None);
        };
        let key = key_of(&known)?;
        let newsroom = self.identity().profile.newsroom;
        Ok(Some(Signer { device: device_id(&key.verifying_key()), key, newsroom }))
    }

    /// Asks the pool to vouch for the new name, where that is still open.
    pub async fn be_vouched_for(&self) -> Answer<()> {
        let (Some(old), Some(line)) = (self.known_signer()?, self.library.pool()?) else { return Ok(()) };
        let why = Renewal::of(&self.library)?.map_or(Why::Fork, |renewal| renewal.why);
        let about = (machine_name(), why.word());
        let about = (about.0.as_str(), about.1);
        let line = satchel_sync::rotate(&line, &old, &self.identity().key, about, &Habits::default()).await?;
        self.vouched(&line)
    }

    /// The pool has vouched for the new name: by the line, or by a receipt.
    pub fn vouched(&self, line: &satchel_store::PoolLine) -> Answer<()> {
        self.library.set_pool(line)?;
        if let Some(renewal) = Renewal::of(&self.library)? {
            Renewal { known: None, ..renewal }.keep(&self.library)?;
        }
        self.log_renewal("sync.vouched", &[]);
        self.tell(Happened::PeopleChanged);
        Ok(())
    }

    /// Says again what the pool lacks of the former names, once its order was read up to the new certificate.
    pub fn say_again(&self) -> Answer<()> {
        let pen = self.hold_pen();
        let Some(renewal) = Renewal::of(&self.library)?.filter(|renewal| renewal.known.is_none()) else {
            return Ok(());
        };
        let me = self.identity();
        let is_read = !self.library.records_of(me.device.bytes(), &[Kind::DEVICE_CERT])?.is_empty();
        let owed = self.library.owed(&renewal.former, renewal.owed())?;
        if !is_read || (owed == 0 && !renewal.owes) {
            return Ok(());
        }
        let (key, device) = (me.key, me.device);
        let seal = move |old: &Record, seq, prev| {
            let header = old.header();
            let draft = Draft {
                kind: header.kind,
                newsroom: header.newsroom,
                device,
                stream: header.stream,
                seq,
                prev,
                time: header.time,
                subject: header.subject,
                codec: header.codec,
                body: old.body()?,
            };
            Record::seal(draft, &key)
        };
        let before = self.library.my_head(device, Stream::Editorial)?.map_or(0, |(seq, _)| seq);
        let said = self.library.say_again(&renewal.former, device, renewal.owed(), seal)?;
        let renewal = Renewal { owes: false, said: renewal.said + said, ..renewal };
        renewal.keep(&self.library)?;
        drop(pen);
        self.log_renewal("sync.said-again", &[("records", said.to_string())]);
        self.show_again(device, before)?;
        self.send_soon();
        Ok(())
    }

    /// Brings the lists up to date for what was said again: meanwhile it stood apart.
    fn show_again(&self, device: DeviceId, after: u64) -> Answer<()> {
        let records = self.library.records_after(device, Stream::Editorial, after, usize::MAX)?;
        let subjects: BTreeSet<[u8; 16]> = records.iter().map(|record| record.header().subject).collect();
        for subject in subjects {
            let story = StoryId(subject);
            self.forget_editable(story);
            if let Some(row) = self.library.clip(ClipId(subject))? {
                self.index_clip_fields(row)?;
            } else if self.index(story).is_ok() {
                self.tell(Happened::StoryReceived { story });
            }
        }
        Ok(())
    }

    /// The new name, for the sync centre: while it is not settled, and some days longer.
    pub fn renewal_card(&self) -> Answer<Option<RenewalCard>> {
        let Some(renewal) = Renewal::of(&self.library)? else { return Ok(None) };
        let is_open = renewal.known.is_some() || renewal.owes;
        let card = RenewalCard {
            why: renewal.why.word().into(),
            at: renewal.at,
            is_open,
            records: u32::try_from(renewal.said).unwrap_or(u32::MAX),
        };
        Ok((is_open || renewal.at + TOLD_MS > now()).then_some(card))
    }

    /// Records of former names that still have to be said again.
    pub fn records_owed(&self) -> Answer<u64> {
        match Renewal::of(&self.library)? {
            Some(renewal) => Ok(self.library.owed(&renewal.former, renewal.owed())?),
            None => Ok(0),
        }
    }

    fn log_renewal(&self, code: &str, params: &[(&str, String)]) {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let level = if code.starts_with("sync.renewed") { "warn" } else { "merge" };
        let line = SyncLine { at: now(), level: level.into(), code: code.into(), params, subject: None };
        if let Err(error) = self.library.log(&line) {
            tracing::warn!(%error, "the exchange log cannot be written");
        }
    }
}
