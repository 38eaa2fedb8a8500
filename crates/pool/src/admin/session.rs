//! Who is signed in to the administrators' page.

use satchel_terms::{DeviceId, Role, Stamp};
use serde::{Deserialize, Serialize};

use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::keep::{Drawer, NoteChange};
use crate::settings::minutes_ms;
use crate::{Pool, chance};

/// How long a link may wait to be opened, in minutes.
pub const LINK_MINUTES: u32 = 10;
/// How long a session lasts, in minutes.
pub const SESSION_MINUTES: u32 = 60;
/// Bytes before the name in a session: its id, its end, its device.
const FIXED: usize = 16 + 8 + 16;

/// One administrator at the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    id: [u8; 16],
    until: Stamp,
    /// The administrator's laptop that asked for the link; none for a link made on the pool's machine.
    device: Option<DeviceId>,
    /// The name that stands in the log.
    pub who: String,
}

/// A link that was not opened yet.
#[derive(Serialize, Deserialize)]
struct Link {
    until: Stamp,
    who: String,
    device: Option<DeviceId>,
}

impl Pool {
    /// Makes a link that signs in once, as a path of the pool's address.
    ///
    /// # Errors
    /// What the store says.
    pub async fn admin_link(&self, who: &str, device: Option<DeviceId>) -> Outcome<String> {
        let now = chance::now();
        for (name, body) in self.keep().notes(Drawer::Link, 1_000).await? {
            let is_over = serde_json::from_slice::<Link>(&body).is_ok_and(|link| link.until < now);
            if is_over {
                let change = NoteChange { drawer: Drawer::Link, name, before: Some(body), after: None };
                self.keep().change_note(change).await?;
            }
        }
        let secret = hex::encode(chance::random::<32>()?);
        let link = Link { until: now + minutes_ms(LINK_MINUTES), who: who.to_owned(), device };
        let after = Some(serde_json::to_vec(&link).map_err(|error| PoolError::Broken(error.to_string()))?);
        let change = NoteChange { drawer: Drawer::Link, name: name_of(&secret), before: None, after };
        if !self.keep().change_note(change).await? {
            return Err(PoolError::Moved);
        }
        Ok(format!("/admin/enter/{secret}"))
    }

    /// Such a link for the laptop of an administrator.
    ///
    /// # Errors
    /// [`PoolError::NotAllowed`] for anybody else; what the store says.
    pub async fn admin_link_for(&self, caller: &Caller) -> Outcome<String> {
        caller.needs(Role::Administrator, "administrator")?;
        let name = self.keep().person(caller.person).await?.map(|row| row.name).unwrap_or_default();
        self.admin_link(&name, Some(caller.device)).await
    }

    /// Opens a link: the words of a session, or none when it was opened before, is too old, or is none.
    pub(crate) async fn admin_enter(&self, secret: &str) -> Outcome<Option<String>> {
        let name = name_of(secret);
        let Some(body) = self.keep().note(Drawer::Link, &name).await? else { return Ok(None) };
        let link: Link =
            serde_json::from_slice(&body).map_err(|error| PoolError::Broken(error.to_string()))?;
        let change = NoteChange { drawer: Drawer::Link, name, before: Some(body), after: None };
        let now = chance::now();
        if !self.keep().change_note(change).await? || link.until < now {
            return Ok(None);
        }
        self.log("admin-entered", &link.who, "").await?;
        let mut payload = chance::random::<16>()?.to_vec();
        payload.extend_from_slice(&(now + minutes_ms(SESSION_MINUTES)).to_be_bytes());
        payload.extend_from_slice(&link.device.map_or([0; 16], |device| device.0));
        payload.extend_from_slice(link.who.as_bytes());
        Ok(Some(self.stamped(b"admin", &payload)))
    }

    /// The session behind these words, while it lasts: not ended, and its laptop still an administrator's.
    pub(crate) async fn admin_session(&self, words: &str) -> Outcome<Option<Session>> {
        let payload = self.unstamped(b"admin", words);
        let Some(session) = payload.and_then(|payload| Session::read(&payload)) else { return Ok(None) };
        let is_ended = self.keep().note(Drawer::Ended, &hex::encode(session.id)).await?.is_some();
        if is_ended || session.until < chance::now() || !self.still_administers(session.device).await? {
            return Ok(None);
        }
        Ok(Some(session))
    }

    /// The seal of a session's forms: no other page can know it.
    pub(crate) fn admin_seal(&self, session: &Session) -> String {
        self.stamped(b"admin form", &session.id)
    }

    /// Ends a session before its time.
    pub(crate) async fn admin_leave(&self, session: &Session) -> Outcome<()> {
        let change = NoteChange {
            drawer: Drawer::Ended,
            name: hex::encode(session.id),
            before: None,
            after: Some(session.until.to_be_bytes().to_vec()),
        };
        self.keep().change_note(change).await.map(drop)
    }

    async fn still_administers(&self, device: Option<DeviceId>) -> Outcome<bool> {
        let Some(device) = device else { return Ok(true) };
        let Some(row) = self.keep().device(device).await? else { return Ok(false) };
        let person = self.keep().person(row.person).await?;
        let has_part = person.is_some_and(|person| person.roles.contains(&Role::Administrator));
        Ok(has_part && row.revoked.is_none())
    }
}

impl Session {
    fn read(payload: &[u8]) -> Option<Self> {
        let (fixed, name) = payload.split_at_checked(FIXED)?;
        let device = DeviceId(fixed.get(24..40)?.try_into().ok()?);
        Some(Self {
            id: fixed.get(..16)?.try_into().ok()?,
            until: Stamp::from_be_bytes(fixed.get(16..24)?.try_into().ok()?),
            device: (device.0 != [0; 16]).then_some(device),
            who: String::from_utf8(name.to_vec()).ok()?,
        })
    }
}

/// The name under which a link is noted; the secret itself is not kept.
fn name_of(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_string()
}
