//! Who may come in: invitations, enrolment, tokens, revocation.

mod returning;
mod rotating;

use satchel_terms::{DeviceId, Hash, PersonId, Role, Stamp};
use satchel_wire::body::{Certificate, Revoke, RoleGrant};
use satchel_wire::protocol::{
    EnrolAsk, Enrolled, Invitation, InviteAsk, RevokeAsk, Token, TokenAsk, TokenChallenge, TokenProve,
};
use satchel_wire::{Kind, VerifyingKey, device_id, key_from_hex, key_to_hex, to_base64};

use crate::chance::{self, Dice};
use crate::failure::{Outcome, PoolError};
use crate::keep::{Batch, DeviceRow, InvitationRow, OwnDraft, PersonRow};
use crate::settings::{days_ms, minutes_ms};
use crate::{Pool, own_json};

/// How long a challenge may be answered, in milliseconds.
const CHALLENGE_MS: i64 = 120_000;
/// A certificate with less than this left is renewed when its device signs in, in days.
const RENEW_DAYS: u32 = 60;

/// Who asks, as the pool knows them at this moment.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The device.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// Parts held now.
    pub roles: Vec<Role>,
    /// Whether the device was revoked.
    pub is_revoked: bool,
}

impl Caller {
    /// Insists on a role.
    ///
    /// # Errors
    /// [`PoolError::NotAllowed`] without it.
    pub fn needs(&self, role: Role, word: &'static str) -> Outcome<()> {
        if self.roles.contains(&role) { Ok(()) } else { Err(PoolError::NotAllowed { role: word }) }
    }
}

impl Pool {
    /// Makes and keeps an invitation for a person, valid for so many milliseconds.
    ///
    /// # Errors
    /// What the store says.
    pub async fn invite(&self, ask: &InviteAsk, valid_ms: i64) -> Outcome<Invitation> {
        let name = ask.name.trim().to_owned();
        if name.is_empty() || ask.roles.is_empty() {
            return Err(PoolError::BadRequest { why: "a name and at least one role are needed".to_owned() });
        }
        let person = match ask.person {
            Some(person) => person,
            None => PersonId::mint(&mut Dice::throw()?),
        };
        let (code, expires) = (chance::code()?, chance::now() + valid_ms);
        let invited = PersonRow { person, name, roles: ask.roles.clone() };
        let row = InvitationRow { code: code_hash(&code), person: invited.clone(), expires, used_by: None };
        self.keep().invite(row).await?;
        let url = ask.url.clone().filter(|url| !url.is_empty());
        let invitation = Invitation {
            v: 1,
            newsroom: self.facts().newsroom,
            centre: self.facts().centre.clone(),
            pool: url.unwrap_or_else(|| self.settings().public_url()),
            pool_key: key_to_hex(&self.key().verifying_key()),
            pool_pin: self.pin().map(str::to_owned),
            person,
            name: invited.name,
            roles: invited.roles,
            code,
            expires,
            signature: String::new(),
            more: [].into(),
        };
        Ok(invitation.sign(self.key())?)
    }

    /// Enrols a device by a one-time code. Asked again by the same device, it answers the same.
    ///
    /// # Errors
    /// [`PoolError::CodeUnknown`], [`PoolError::CodeUsed`], [`PoolError::CodeExpired`], [`PoolError::DeviceRevoked`],
    /// [`PoolError::DeviceTaken`].
    pub async fn enrol(&self, ask: &EnrolAsk) -> Outcome<Enrolled> {
        let key = key_from_hex(&ask.public_key)?;
        if key.is_weak() {
            return Err(satchel_wire::WireError::BadKey.into());
        }
        let certificate = crate::again_when_moved(|| self.try_enrol(ask, &key)).await?;
        Ok(Enrolled {
            certificate: to_base64(certificate.bytes()),
            pool_key: key_to_hex(&self.key().verifying_key()),
            newsroom: self.facts().newsroom,
        })
    }

    async fn try_enrol(&self, ask: &EnrolAsk, key: &VerifyingKey) -> Outcome<satchel_wire::Record> {
        let (device, now) = (device_id(key), chance::now());
        let head = self.keep().head().await?;
        let invitation = self.keep().invitation(code_hash(&ask.code)).await?.ok_or(PoolError::CodeUnknown)?;
        let known = self.keep().device(device).await?;
        if known.as_ref().is_some_and(|row| row.revoked.is_some()) || self.is_revoked(device).await? {
            return Err(PoolError::DeviceRevoked);
        }
        match (invitation.used_by, &known) {
            (Some(user), Some(row)) if user == device => return self.certificate_of(row).await,
            (Some(_), _) => return Err(PoolError::CodeUsed),
            (None, Some(row)) if row.person != invitation.person.person => {
                return Err(PoolError::DeviceTaken);
            }
            _ if invitation.expires < now => return Err(PoolError::CodeExpired),
            _ => {}
        }
        let mut batch = Batch { now, expect_head: Some(head), ..Batch::default() };
        batch.invitation = Some((invitation.code, device));
        if self.keep().person(invitation.person.person).await?.as_ref() != Some(&invitation.person) {
            batch.own.push(own_grant(&invitation.person)?);
            batch.people.push(invitation.person.clone());
        }
        let machine: String = ask.machine.chars().take(120).collect();
        self.certify(&mut batch, key, &invitation.person, machine)?;
        let mut done = self.commit(batch).await?;
        tracing::info!(%device, person = %invitation.person.person, "device enrolled");
        done.own.pop().ok_or_else(|| PoolError::Broken("no certificate was written".to_owned()))
    }

    /// Adds a certificate for a device to the batch, as its last own record.
    fn certify(
        &self,
        batch: &mut Batch,
        key: &VerifyingKey,
        person: &PersonRow,
        machine: String,
    ) -> Outcome<()> {
        let (device, public_key) = (device_id(key), key_to_hex(key));
        let certificate = Certificate {
            device,
            public_key: public_key.clone(),
            person: person.person,
            name: person.name.clone(),
            roles: person.roles.clone(),
            newsroom: self.facts().newsroom,
            not_after: batch.now + days_ms(self.settings().certificate_days),
            epoch: self.facts().epoch,
        };
        batch.own.push(own_json(Kind::DEVICE_CERT, device.0, &certificate)?);
        batch.devices.push(DeviceRow {
            device,
            public_key,
            person: person.person,
            machine,
            not_after: certificate.not_after,
            certificate: Hash::ZERO,
            revoked: None,
        });
        Ok(())
    }

    async fn certificate_of(&self, row: &DeviceRow) -> Outcome<satchel_wire::Record> {
        let found = self.keep().record(row.certificate).await?;
        found
            .map(|stored| stored.record)
            .ok_or_else(|| PoolError::Broken("a certificate is missing".to_owned()))
    }

    /// The first step to a token. It tells nothing about the device.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn challenge(&self, ask: &TokenAsk) -> Outcome<TokenChallenge> {
        let mut payload = ask.device.0.to_vec();
        payload.extend_from_slice(&(chance::now() + CHALLENGE_MS).to_be_bytes());
        payload.extend_from_slice(&chance::random::<16>()?);
        Ok(TokenChallenge { challenge: self.stamped(b"challenge", &payload) })
    }

    /// The second step: a token for the device that proved its key. A revoked device gets one too; it opens only quarantine.
    ///
    /// # Errors
    /// [`PoolError::NotProven`], [`PoolError::UnknownDevice`], [`PoolError::CertificateExpired`]; for a device that is
    /// taken back also [`PoolError::DeviceRevoked`].
    pub async fn token(&self, proof: &TokenProve) -> Outcome<Token> {
        let now = chance::now();
        let payload = self.unstamped(b"challenge", &proof.challenge).ok_or(PoolError::NotProven)?;
        if device_and_time(&payload).is_none_or(|(device, until)| device != proof.device || until < now) {
            return Err(PoolError::NotProven);
        }
        let row = match self.keep().device(proof.device).await? {
            Some(row) if proof.is_signed_by(&key_from_hex(&row.public_key)?) => row,
            Some(_) => return Err(PoolError::NotProven),
            None => self.take_back(proof).await?,
        };
        self.greet(&row, now).await?;
        self.keep().seen(row.device, now).await?;
        let expires_at = now + minutes_ms(self.settings().token_minutes);
        let mut payload = row.device.0.to_vec();
        payload.extend_from_slice(&expires_at.to_be_bytes());
        Ok(Token { token: self.stamped(b"token", &payload), expires_at })
    }

    /// Lets a device in that proved its key, by the line or by a parcel: a certificate that runs out soon is renewed.
    ///
    /// # Errors
    /// [`PoolError::CertificateExpired`].
    pub(crate) async fn greet(&self, row: &DeviceRow, now: Stamp) -> Outcome<()> {
        if row.not_after < now {
            return Err(PoolError::CertificateExpired);
        }
        if row.revoked.is_none() && row.not_after < now + days_ms(RENEW_DAYS) {
            crate::again_when_moved(|| self.renew(row)).await?;
        }
        Ok(())
    }

    async fn renew(&self, row: &DeviceRow) -> Outcome<()> {
        let head = self.keep().head().await?;
        let person = self.keep().person(row.person).await?.ok_or(PoolError::UnknownDevice)?;
        let mut batch = Batch { now: chance::now(), expect_head: Some(head), ..Batch::default() };
        self.certify(&mut batch, &key_from_hex(&row.public_key)?, &person, row.machine.clone())?;
        self.commit(batch).await.map(drop)
    }

    /// Who holds this token.
    ///
    /// # Errors
    /// [`PoolError::NeedsToken`] when it is false or past its time.
    pub async fn caller(&self, token: &str) -> Outcome<Caller> {
        let payload = self.unstamped(b"token", token).ok_or(PoolError::NeedsToken)?;
        let (device, _) = device_and_time(&payload)
            .filter(|(_, until)| *until >= chance::now())
            .ok_or(PoolError::NeedsToken)?;
        self.count_device(device)?;
        let row = self.keep().device(device).await?.ok_or(PoolError::UnknownDevice)?;
        let roles = self.keep().person(row.person).await?.map(|person| person.roles).unwrap_or_default();
        Ok(Caller { device, person: row.person, roles, is_revoked: row.revoked.is_some() })
    }

    /// Revokes a device. Revoked again, nothing changes. A pool that was restored also revokes devices that it does not
    /// know: they may have been enrolled after the backup, and shall not come back.
    ///
    /// # Errors
    /// [`PoolError::NotFound`] when no such device is enrolled.
    pub async fn revoke(&self, ask: &RevokeAsk) -> Outcome<()> {
        crate::again_when_moved(|| self.try_revoke(ask)).await
    }

    pub(crate) async fn try_revoke(&self, ask: &RevokeAsk) -> Outcome<()> {
        let head = self.keep().head().await?;
        match self.keep().device(ask.device).await? {
            Some(row) if row.revoked.is_some() => return Ok(()),
            None if self.is_revoked(ask.device).await? => return Ok(()),
            None if !self.is_restored() => return Err(PoolError::NotFound { what: "device" }),
            _ => {}
        }
        let body = Revoke { device: ask.device, reason: ask.reason.clone() };
        let batch = Batch {
            now: chance::now(),
            expect_head: Some(head),
            own: vec![own_json(Kind::DEVICE_REVOKE, ask.device.0, &body)?],
            revoked: vec![(ask.device, ask.reason.clone())],
            ..Batch::default()
        };
        self.commit(batch).await?;
        tracing::info!(device = %ask.device, "device revoked");
        Ok(())
    }

    /// Hex of a payload and the pool's keyed hash over it.
    pub(crate) fn stamped(&self, purpose: &[u8], payload: &[u8]) -> String {
        format!("{}{}", hex::encode(payload), self.keyed_hash(purpose, payload).to_hex())
    }

    /// The payload, when the pool's own hash stands behind it.
    pub(crate) fn unstamped(&self, purpose: &[u8], text: &str) -> Option<Vec<u8>> {
        let mut bytes = hex::decode(text).ok()?;
        let claimed: [u8; 32] = bytes.split_off(bytes.len().checked_sub(32)?).try_into().ok()?;
        (self.keyed_hash(purpose, &bytes) == claimed).then_some(bytes)
    }

    fn keyed_hash(&self, purpose: &[u8], payload: &[u8]) -> blake3::Hash {
        let key = blake3::derive_key("satchel pool 2026 tokens", self.key().as_bytes());
        blake3::keyed_hash(&key, &[purpose, b":", payload].concat())
    }
}

/// The grant of a person's parts, as the pool says it.
fn own_grant(person: &PersonRow) -> Outcome<OwnDraft> {
    let body = RoleGrant { person: person.person, name: person.name.clone(), roles: person.roles.clone() };
    own_json(Kind::ROLE_GRANT, person.person.0, &body)
}

fn device_and_time(payload: &[u8]) -> Option<(DeviceId, Stamp)> {
    let (device, rest) = payload.split_first_chunk::<16>()?;
    let (until, _) = rest.split_first_chunk::<8>()?;
    Some((DeviceId(*device), Stamp::from_be_bytes(*until)))
}

fn code_hash(code: &str) -> Hash {
    Hash(*blake3::hash(chance::tidy_code(code).as_bytes()).as_bytes())
}
