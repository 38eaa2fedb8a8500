//! One laptop of the county: a library of its own, and a bare door to the pool for what is counted by hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use satchel_store::{Library, LibraryKey, PoolLine};
use satchel_sync::{Driver, Habits, Identity, enrol, read_invitation};
use satchel_terms::{Hash, Stamp, StoryId};
use satchel_wire::protocol::{RecordsAnswer, Token, TokenAsk, TokenChallenge, TokenProve};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream};
use tokio::runtime::Runtime;

use crate::pool::PoolProgram;

/// A laptop that has joined.
pub struct Seat {
    library: Arc<Library>,
    identity: Identity,
    url: String,
    token: String,
    http: reqwest::Client,
}

/// What is needed to push by hand.
#[derive(Clone)]
pub struct Door {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Seat {
    /// Joins the pool with an invitation of its own.
    ///
    /// # Errors
    /// What the library or the pool says.
    pub fn join(runtime: &Runtime, pool: &PoolProgram, folder: &Path, number: usize) -> anyhow::Result<Self> {
        let folder = folder.join(format!("laptop-{number}"));
        let library = Arc::new(Library::create(&folder, &LibraryKey::new([2; 32]))?);
        let invitation = read_invitation(&pool.invite(&format!("记者{number}"))?)?;
        let key = SigningKey::from_bytes(blake3::hash(&number.to_be_bytes()).as_bytes());
        let taken = runtime.block_on(enrol(&invitation, &key, "bench", &Habits::default()))?;
        library.set_pool(&taken.line)?;
        let (identity, url, http) = (taken.identity, pool.url().to_owned(), reqwest::Client::new());
        let token = runtime.block_on(token(&http, &url, &identity))?;
        Ok(Self { library, identity, url, token, http })
    }

    /// Seals so many records without keeping them: they are pushed by hand.
    ///
    /// # Errors
    /// When a record cannot be sealed.
    pub fn seal(&self, count: usize, body: usize) -> anyhow::Result<Vec<Record>> {
        let head = self.library.my_head(self.identity.device, Stream::Editorial)?;
        let made: Vec<Record> = chain(&self.identity, head.unwrap_or((0, Hash::ZERO)), count, body)?;
        // The library must know them too: its next record comes after them.
        for record in &made {
            self.library.append_own(record, &[])?;
        }
        Ok(made)
    }

    /// Writes so many records into the library, to be sent by its exchange.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn write(&self, count: usize, body: usize) -> anyhow::Result<()> {
        let head = self.library.my_head(self.identity.device, Stream::Editorial)?;
        for record in chain(&self.identity, head.unwrap_or((0, Hash::ZERO)), count, body)? {
            self.library.append_own(&record, &[])?;
        }
        Ok(())
    }

    /// Records that the pool has not acknowledged; all, when the library does not say.
    #[must_use]
    pub fn waits(&self) -> u64 {
        self.library.unpushed(self.identity.device).unwrap_or(u64::MAX)
    }

    /// The exchange as the product runs it.
    pub fn drive(&self, runtime: &Runtime) -> Driver {
        self.drive_with(runtime, Habits::default())
    }

    /// The same over another way to the same pool, with habits of its own.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn drive_over(&self, runtime: &Runtime, url: &str, habits: Habits) -> anyhow::Result<Driver> {
        let line = self.library.pool()?.context("no pool is pinned")?;
        self.library.set_pool(&PoolLine { url: url.to_owned(), ..line })?;
        Ok(self.drive_with(runtime, habits))
    }

    fn drive_with(&self, runtime: &Runtime, habits: Habits) -> Driver {
        let (library, identity) = (Arc::clone(&self.library), self.identity.clone());
        Driver::spawn(runtime.handle(), library, identity, habits, drop)
    }

    /// A door for pushing by hand.
    #[must_use]
    pub fn door(&self) -> Door {
        Door { url: self.url.clone(), token: self.token.clone(), http: self.http.clone() }
    }

    /// Its token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Door {
    /// Pushes records; answers how many the pool refused. One that is asked to wait waits.
    ///
    /// # Errors
    /// What the line or the pool says.
    pub async fn push(&self, records: &[Record]) -> anyhow::Result<usize> {
        let body: Vec<u8> = records.iter().flat_map(Record::bytes).copied().collect();
        loop {
            let asked = self.http.post(format!("{}/v1/records", self.url)).bearer_auth(&self.token);
            let asked = asked.header("content-type", "application/octet-stream").body(body.clone());
            let answer = asked.send().await?;
            if answer.status().as_u16() == 429 {
                tokio::time::sleep(Duration::from_millis(500)).await;
                continue;
            }
            ensure!(answer.status().is_success(), "{}", answer.text().await?);
            let answer: RecordsAnswer = answer.json().await?;
            return Ok(answer.rejected.len());
        }
    }

    /// The newest place of the pool's order.
    ///
    /// # Errors
    /// What the line or the pool says.
    pub async fn head(&self) -> anyhow::Result<u64> {
        let asked = self.http.get(format!("{}/v1/feed?after=0&limit=1", self.url)).bearer_auth(&self.token);
        let answer = asked.send().await?;
        let head = answer.headers().get(satchel_wire::protocol::HEAD).context("no head")?;
        Ok(head.to_str()?.parse()?)
    }
}

fn chain(
    identity: &Identity,
    (mut seq, mut prev): (u64, Hash),
    count: usize,
    body: usize,
) -> anyhow::Result<Vec<Record>> {
    let mut made = Vec::with_capacity(count);
    let now = u64::try_from(Stamp::MAX >> 24)?;
    for _ in 0..count {
        seq += 1;
        let draft = Draft {
            kind: Kind::DOC_UPDATE,
            newsroom: identity.newsroom,
            device: identity.device,
            stream: Stream::Editorial,
            seq,
            prev,
            time: HybridTime(now + seq),
            subject: story(identity).0,
            codec: Codec::Raw,
            body: vec![b'x'; body],
        };
        let record = Record::seal(draft, &identity.key)?;
        prev = record.id();
        made.push(record);
    }
    Ok(made)
}

/// Each laptop has a story of its own.
fn story(identity: &Identity) -> StoryId {
    StoryId(identity.device.0)
}

async fn token(http: &reqwest::Client, url: &str, identity: &Identity) -> anyhow::Result<String> {
    let (device, place) = (identity.device, format!("{url}/v1/token"));
    let challenge: TokenChallenge = http.post(&place).json(&TokenAsk { device }).send().await?.json().await?;
    let proof = TokenProve::sign(device, &challenge.challenge, &identity.key);
    let token: Token = http.post(&place).json(&proof).send().await?.json().await?;
    Ok(token.token)
}
