//! The product on the line: a laptop's library with its exchange.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use satchel_store::{Direction, Library, LibraryKey, PoolLine, TransferFilter};
use satchel_sync::{Driver, Habits, Happened, Identity, enrol, read_invitation, want_upload};
use satchel_terms::{ClipId, Hash, Stamp, StoryId};
use satchel_testkit::Link;
use satchel_wire::protocol::{Token, TokenAsk, TokenChallenge, TokenProve};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream};
use tokio::runtime::Runtime;

use super::{Brought, until};
use crate::pool::PoolProgram;

/// Everything made up belongs to one story and one clip.
const STORY: StoryId = StoryId([6; 16]);
const CLIP: ClipId = ClipId([8; 16]);
/// How long the first word of the pool may take.
const REACH: Duration = Duration::from_secs(60);
/// A pause between texts: the line fills again.
const PAUSE: Duration = Duration::from_secs(2);

/// A laptop that has joined the pool.
pub struct Sender {
    runtime: Runtime,
    folder: PathBuf,
    library: Arc<Library>,
    identity: Identity,
    habits: Habits,
}

/// An exchange that runs, and what it tells.
struct Running {
    driver: Driver,
    news: Receiver<Happened>,
}

impl Sender {
    /// Joins with the pool's first invitation, not over the bad line.
    ///
    /// # Errors
    /// What the library or the pool says.
    pub fn join(pool: &PoolProgram, folder: &Path) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let folder = folder.join("laptop");
        let library = Arc::new(Library::create(&folder, &LibraryKey::new([2; 32]))?);
        let invitation = read_invitation(pool.invitation())?;
        let key = SigningKey::from_bytes(&[5; 32]);
        let taken = runtime.block_on(enrol(&invitation, &key, "bench", &Habits::default()))?;
        library.set_pool(&taken.line)?;
        Ok(Self { runtime, folder, library, identity: taken.identity, habits: Habits::default() })
    }

    /// By which rule the system is asked to send from now on.
    pub(super) fn sends_by(&mut self, congestion: &'static str) {
        self.habits.congestion = congestion;
    }

    /// A token for the side door of the pool at `url`.
    pub(super) fn token(&self, url: &str) -> anyhow::Result<String> {
        let (device, http, place) = (self.identity.device, reqwest::Client::new(), format!("{url}/v1/token"));
        self.runtime.block_on(async {
            let asked = http.post(&place).json(&TokenAsk { device }).send().await?;
            let challenge: TokenChallenge = asked.json().await?;
            let proof = TokenProve::sign(device, &challenge.challenge, &self.identity.key);
            let token: Token = http.post(&place).json(&proof).send().await?.json().await?;
            Ok(token.token)
        })
    }

    /// Sends a film over the line at `url`, for as long as there is patience. What counts is what the pool says that it
    /// holds, from the first word to the last.
    pub(super) fn send(&mut self, url: &str, film: &Path, patience: Duration) -> anyhow::Result<Brought> {
        let root = self.wish(film)?;
        let started = Instant::now();
        let running = self.run(url)?;
        let is_whole = running.hears(patience, |news| is_pooled(news, root));
        let took = started.elapsed();
        let whole = std::fs::metadata(film)?.len();
        self.end(running, root)?;
        let bytes = if is_whole { whole } else { self.arrived(root)? };
        Ok(Brought { bytes, took })
    }

    /// Writes texts one after another, beside a film or alone, and tells how long each took to be acknowledged.
    pub(super) fn texts(
        &mut self,
        url: &str,
        film: Option<&Path>,
        count: usize,
        patience: Duration,
    ) -> anyhow::Result<Vec<Duration>> {
        let root = film.map(|film| self.wish(film)).transpose()?;
        let running = self.run(url)?;
        ensure!(running.hears(REACH, |news| matches!(news, Happened::PoolReached { .. })), "no pool");
        if let Some(root) = root {
            let moves = |news: &Happened| matches!(news, Happened::BlobMoved { done, root: it, .. } if *done > 0 && *it == root);
            ensure!(running.hears(patience, moves), "the film does not move");
        }
        let mut took = Vec::new();
        for number in 0..count {
            std::thread::sleep(PAUSE);
            while running.news.try_recv().is_ok() {}
            let started = Instant::now();
            self.write(number)?;
            running.driver.now();
            let is_there = running.hears(patience, |news| matches!(news, Happened::Pushed { .. }));
            took.push(if is_there { started.elapsed() } else { patience });
        }
        self.end(running, root.unwrap_or(Hash::ZERO))?;
        Ok(took)
    }

    /// Sends a film; after every `step` bytes the exchange is ended at once, the line cut, and a new one begun. Answers
    /// how often.
    pub(super) fn send_with_cuts(
        &mut self,
        link: &Link,
        film: &Path,
        step: u64,
        most: u64,
    ) -> anyhow::Result<u64> {
        let root = self.wish(film)?;
        let mut kills = 0;
        loop {
            let running = self.run(&link.url())?;
            let mark = (kills + 1) * step;
            let mut is_whole = false;
            until(Duration::from_secs(300), || {
                is_whole |= running.news.try_iter().any(|news| is_pooled(&news, root));
                is_whole || kills < most && link.went_up() >= mark
            });
            if is_whole {
                self.runtime.block_on(running.driver.stop());
                return Ok(kills);
            }
            ensure!(kills < most, "the film does not get there");
            link.cut();
            self.runtime.block_on(running.driver.stop());
            kills += 1;
        }
    }

    fn wish(&self, film: &Path) -> anyhow::Result<Hash> {
        let root = self.library.blobs().put_bytes(&std::fs::read(film)?)?;
        want_upload(&self.library, &root, false, CLIP)?;
        Ok(root)
    }

    fn run(&self, url: &str) -> anyhow::Result<Running> {
        let line = self.library.pool()?.context("no pool is pinned")?;
        self.library.set_pool(&PoolLine { url: url.to_owned(), ..line })?;
        let (put, news) = channel();
        let told = move |one| drop(put.send(one));
        let (library, identity) = (Arc::clone(&self.library), self.identity.clone());
        let driver = Driver::spawn(self.runtime.handle(), library, identity, self.habits.clone(), told);
        Ok(Running { driver, news })
    }

    /// Ends an exchange, and takes an unfinished film off the list so that the next measure has the line alone.
    fn end(&self, running: Running, root: Hash) -> anyhow::Result<()> {
        self.runtime.block_on(running.driver.stop());
        let filter = TransferFilter { direction: Some(Direction::Up), ..TransferFilter::default() };
        for mut row in self.library.transfers(&filter)? {
            if row.root == root {
                row.state = satchel_store::TransferState::Pooled;
                self.library.transfer_set(&row)?;
            }
        }
        Ok(())
    }

    fn arrived(&self, root: Hash) -> anyhow::Result<u64> {
        let rows = self.library.transfers(&TransferFilter::default())?;
        let row = rows.into_iter().find(|row| row.root == root);
        row.map(|row| row.done_bytes)
            .ok_or_else(|| anyhow!("the film is gone from {}", self.folder.display()))
    }

    fn write(&self, number: usize) -> anyhow::Result<()> {
        let head = self.library.my_head(self.identity.device, Stream::Editorial)?;
        let (seq, prev) = head.unwrap_or((0, Hash::ZERO));
        let draft = Draft {
            kind: Kind::DOC_UPDATE,
            newsroom: self.identity.newsroom,
            device: self.identity.device,
            stream: Stream::Editorial,
            seq: seq + 1,
            prev,
            time: HybridTime(u64::try_from(Stamp::MAX >> 24)? + number as u64),
            subject: STORY.0,
            codec: Codec::Raw,
            body: vec![b'x'; 1_200],
        };
        self.library.append_own(&Record::seal(draft, &self.identity.key)?, &[])?;
        Ok(())
    }
}

impl Running {
    /// Waits for news.
    fn hears(&self, patience: Duration, is_it: impl Fn(&Happened) -> bool) -> bool {
        until(patience, || self.news.try_iter().any(|news| is_it(&news)))
    }
}

fn is_pooled(news: &Happened, root: Hash) -> bool {
    matches!(news, Happened::BlobPooled { root: it, .. } if *it == root)
}
