//! Cuts that the pool makes itself: a laptop sends what a cut was made from instead of its bytes (decision 0027).
//!
//! What comes out counts only if it has the name that the laptop gave it, its BLAKE3; else the laptop sends the bytes.
//! So nothing that is made here is ever believed, and nothing has to be remembered over a restart.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use satchel_jobs::Gauge;
use satchel_media::{MediaError, RenderJob, Tools, made_with, render};
use satchel_terms::{DeviceId, Hash};
use satchel_wire::{MakeAnswer, MakeAsk, Manifest, Recipe, SEGMENT};
use tokio::io::AsyncReadExt;
use tokio::sync::{OnceCell, Semaphore};

use crate::chance;
use crate::failure::{Outcome, PoolError};
use crate::{Pool, Settings};

/// Most cuts that wait for their turn; one is made at a time.
const WAITING: usize = 8;
/// How long it is remembered that a cut could not be made.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// Most of those that are remembered.
const MOST: usize = 1_000;
/// How long a render may take, and for each second of the cut.
const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_A_SECOND: u32 = 10;
/// How long a laptop is kept waiting at most, and for each second of the cut: about what its bytes take on a line of
/// 4 Mbit/s. Then it sends them, and whichever is there first counts.
const WAIT: Duration = Duration::from_secs(60);
const WAIT_A_SECOND: u32 = 2;
/// Segments that are read and kept at once.
const PORTION: u64 = 16;
/// How often a growing cut is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// By so many bytes it may be longer than the laptop's while it grows.
const SLACK: u64 = 1 << 20;
/// What it is called on its bench; until it is whole, more follows the name.
const CUT: &str = "cut.mp4";
/// Bytes of a GiB.
const GIB: u64 = 1 << 30;

/// What becomes of a cut.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It waits or is made; whoever asks asks again after so many seconds, and waits no longer than until then.
    Making { seconds: u32, until: Instant },
    /// It is not made, since then, and why.
    Not { why: &'static str, since: Instant },
}

/// The cuts in hand, and the tools they are made with.
#[derive(Debug)]
pub struct Renders {
    known: Mutex<BTreeMap<Hash, Fate>>,
    turn: Semaphore,
    tools: OnceCell<Option<Tools>>,
}

impl Default for Renders {
    fn default() -> Self {
        Self { known: Mutex::default(), turn: Semaphore::new(1), tools: OnceCell::new() }
    }
}

impl Renders {
    /// FFmpeg of this machine, where there is one. It is looked for once.
    pub(crate) async fn tools(&self) -> Option<&Tools> {
        let look = async || match Tools::find(None).await {
            Ok(tools) => Some(tools),
            Err(error) => {
                tracing::info!(%error, "cuts are not made here");
                None
            }
        };
        self.tools.get_or_init(look).await.as_ref()
    }

    fn fate(&self, root: Hash) -> Option<Fate> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, fate| !matches!(fate, Fate::Not { since, .. } if since.elapsed() > REMEMBERED));
        known.get(&root).copied()
    }

    /// What is said of a cut that is in hand or could not be made; none for one that nobody asked for.
    fn answer(&self, root: Hash, now: Instant) -> Option<MakeAnswer> {
        Some(match self.fate(root)? {
            Fate::Making { until, .. } if now >= until => send("slow"),
            Fate::Making { seconds, .. } => MakeAnswer::Making { seconds },
            Fate::Not { why, .. } => send(why),
        })
    }

    /// Takes a cut of this length in hand, and tells after how many seconds to ask again; none when there is no room.
    fn begin(&self, root: Hash, length: Duration) -> Option<u32> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let making = known.values().filter(|fate| matches!(fate, Fate::Making { .. })).count();
        if making >= WAITING || known.contains_key(&root) {
            return None;
        }
        if known.len() >= MOST {
            let since = |fate: &Fate| match fate {
                Fate::Making { .. } => None,
                Fate::Not { since, .. } => Some(*since),
            };
            let oldest =
                known.iter().filter_map(|(root, fate)| since(fate).map(|since| (since, *root))).min();
            if let Some((_, root)) = oldest {
                known.remove(&root);
            }
        }
        let seconds = u32::try_from(length.as_secs() / 2).unwrap_or(u32::MAX).clamp(2, 60);
        let until = Instant::now() + WAIT + length.saturating_mul(WAIT_A_SECOND);
        known.insert(root, Fate::Making { seconds, until });
        Some(seconds)
    }

    fn end(&self, root: Hash, made: Result<(), &'static str>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match made {
            Ok(()) => drop(known.remove(&root)),
            Err(why) => drop(known.insert(root, Fate::Not { why, since: Instant::now() })),
        }
    }
}

fn send(why: &str) -> MakeAnswer {
    MakeAnswer::Send { why: why.to_owned() }
}

impl Pool {
    /// Makes a cut, tells how far it is, or why its bytes are to be sent.
    ///
    /// # Errors
    /// [`PoolError::Wire`] for a recipe that nobody may take in hand, [`PoolError::TooManyUploads`], and what the store
    /// says.
    pub(crate) async fn make(
        self: &Arc<Self>,
        device: DeviceId,
        root: Hash,
        ask: MakeAsk,
    ) -> Outcome<MakeAnswer> {
        ask.recipe.check()?;
        // Before the store is asked: there a cut that is in hand stands as begun while the pool itself puts it away.
        let answer = self.renders().answer(root, Instant::now());
        if let Some(answer @ MakeAnswer::Making { .. }) = answer {
            return Ok(answer);
        }
        match (self.keep().blob(root).await?, answer) {
            (Some(blob), _) if blob.is_whole => return Ok(MakeAnswer::Here),
            (_, Some(answer)) => return Ok(answer),
            (Some(_), None) => return Ok(send("begun")),
            (None, None) => {}
        }
        if let Some(why) = self.objection_to(&ask).await? {
            return Ok(send(why));
        }
        self.may_begin(device, 0, ask.bytes).await?;
        let length = Duration::from_micros(ask.recipe.length_us());
        let Some(seconds) = self.renders().begin(root, length) else { return Ok(send("busy")) };
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            let mut stop = pool.watch_stop();
            let made = tokio::select! {
                made = pool.made(device, root, &ask) => made,
                _ = stop.wait_for(|is_stopping| *is_stopping) => Err("stopped"),
            };
            tracing::info!(%root, bytes = ask.bytes, outcome = made.err().unwrap_or("made"), "a cut by its recipe");
            pool.metrics().cut(made.err().unwrap_or("made"));
            pool.renders().end(root, made);
        });
        Ok(MakeAnswer::Making { seconds })
    }

    /// Why a cut is not made here, as a word.
    async fn objection_to(&self, ask: &MakeAsk) -> Outcome<Option<&'static str>> {
        let rules = self.settings().recipes;
        if rules.longest_seconds == 0 {
            return Ok(Some("off"));
        }
        if ask.recipe.length_us() > u64::from(rules.longest_seconds) * 1_000_000 {
            return Ok(Some("too-long"));
        }
        let mut bytes = 0;
        for source in ask.recipe.sources() {
            match self.keep().blob(source).await?.filter(|blob| blob.is_whole) {
                Some(blob) => bytes += blob.manifest.length,
                None => return Ok(Some("sources")),
            }
        }
        if bytes > u64::from(rules.sources_gib) * GIB {
            return Ok(Some("too-long"));
        }
        let own = self.renders().tools().await.and_then(made_with);
        Ok((own.as_ref() != Some(&ask.recipe.made_with)).then_some("tools"))
    }

    /// Makes a cut and keeps it, or says why not, as a word.
    async fn made(&self, device: DeviceId, root: Hash, ask: &MakeAsk) -> Result<(), &'static str> {
        let _turn = self.renders().turn.acquire().await.map_err(|_| "stopped")?;
        let limit =
            PATIENCE + Duration::from_micros(ask.recipe.length_us()).saturating_mul(PATIENCE_A_SECOND);
        let failed = |why: &dyn std::fmt::Display| {
            tracing::warn!(%root, %why, "a cut could not be made");
            "failed"
        };
        let bench = Bench::clear(self.settings()).map_err(|error| failed(&error))?;
        let out = bench.0.join(CUT);
        let rendered = tokio::select! {
            rendered = tokio::time::timeout(limit, self.rendered(&ask.recipe, &bench.0, out.clone())) => rendered,
            () = bench.outgrown(ask.bytes) => return Err("different"),
        };
        rendered.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        let manifest = tokio::task::spawn_blocking({
            let out = out.clone();
            move || Manifest::of(std::fs::File::open(out)?).map_err(io::Error::other)
        });
        let manifest = manifest.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        if manifest.root != root || manifest.length != ask.bytes {
            return Err("different");
        }
        self.shelve(device, manifest, &out).await.map_err(|error| failed(&error))
    }

    async fn rendered(&self, recipe: &Recipe, bench: &Path, out: PathBuf) -> Result<(), MediaError> {
        let tools = self.renders().tools().await;
        let tools = tools.ok_or_else(|| MediaError::ToolMissing { tool: "ffmpeg".to_owned() })?;
        let mut files = BTreeMap::new();
        for source in recipe.sources() {
            let lent = self
                .lent(source, bench)
                .await
                .map_err(|error| MediaError::Disk { what: "a source".to_owned(), why: error.to_string() })?;
            files.insert(source, lent);
        }
        let path = |source: &Hash| files.get(source).cloned().unwrap_or_default();
        render(tools, &RenderJob::of(recipe, path, out), &Gauge::default()).await.map(drop)
    }

    /// A source as a file: where the store keeps it, or fetched onto the bench.
    async fn lent(&self, source: Hash, bench: &Path) -> io::Result<PathBuf> {
        if let Some(file) = self.keep().file(source) {
            return Ok(file);
        }
        let (media, path) = (self.keep().media(), bench.join(source.to_string()));
        let copied = tokio::task::spawn_blocking({
            let path = path.clone();
            move || io::copy(&mut media.open(&source)?.reader, &mut std::fs::File::create(path)?)
        });
        copied.await.map_err(io::Error::other)??;
        Ok(path)
    }

    /// Puts a file that has the right name into the store, as if its segments had come by the line.
    async fn shelve(&self, device: DeviceId, manifest: Manifest, file: &Path) -> Outcome<()> {
        let (root, length) = (manifest.root, manifest.length);
        self.keep().put_manifest(manifest, device).await?;
        let mut file = tokio::fs::File::open(file).await?;
        for first in (0..length.div_ceil(SEGMENT)).step_by(usize::try_from(PORTION).unwrap_or(1)) {
            let mut bytes = Vec::new();
            (&mut file).take(PORTION * SEGMENT).read_to_end(&mut bytes).await?;
            self.keep().put_segments(root, first, bytes).await?;
        }
        let is_whole = self.keep().blob(root).await?.is_some_and(|blob| blob.is_whole);
        if is_whole { Ok(()) } else { Err(PoolError::Broken("a cut did not become whole".to_owned())) }
    }
}

/// A folder for one cut, gone with it.
struct Bench(PathBuf);

impl Bench {
    fn clear(settings: &Settings) -> Outcome<Self> {
        let path = benches(settings).join(hex::encode(chance::random::<8>()?));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Returns when the cut has become longer than it may: no disk is filled by a recipe of something else.
    async fn outgrown(&self, bytes: u64) {
        while self.length() <= bytes.saturating_add(SLACK) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How much of the cut there is. Stills that are made ready for it lie beside it.
    fn length(&self) -> u64 {
        let is_cut = |name: &str| name.starts_with(CUT) && !name.contains(".still");
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let cuts = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_cut));
        cuts.filter_map(|entry| entry.metadata().ok()).map(|facts| facts.len()).sum()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "what a cut left behind is removed at the next start");
        }
    }
}

fn benches(settings: &Settings) -> PathBuf {
    settings.data.join("making")
}

/// Removes what processes that were killed left behind. Where others may be at work on the same folder, only what is
/// older than any cut in hand.
pub(crate) fn sweep(settings: &Settings, is_alone: bool) {
    let Ok(entries) = std::fs::read_dir(benches(settings)) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|facts| facts.modified()).ok().and_then(|at| at.elapsed().ok());
        if is_alone || age.is_some_and(|age| age > Duration::from_hours(24)) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(of: usize) -> Hash {
        Hash(*blake3::hash(&of.to_be_bytes()).as_bytes())
    }

    #[test]
    fn cuts_that_could_not_be_made_keep_no_other_from_being_made() {
        let (renders, length) = (Renders::default(), Duration::from_secs(4));
        for at in 0..MOST {
            assert_eq!(renders.begin(name(at), length), Some(2));
            renders.end(name(at), Err("different"));
        }

        assert!(renders.begin(name(MOST), length).is_some(), "the oldest of them is forgotten");

        assert!(renders.fate(name(0)).is_none());
        assert!(matches!(renders.fate(name(1)), Some(Fate::Not { .. })));
        assert!(matches!(renders.fate(name(MOST)), Some(Fate::Making { .. })));
        let more =
            (MOST + 1..MOST + WAITING + 1).filter(|at| renders.begin(name(*at), length).is_some()).count();
        assert_eq!(more, WAITING - 1, "and no more wait than before");
    }

    #[test]
    fn a_laptop_waits_for_a_cut_no_longer_than_its_bytes_would_take() {
        let (renders, length) = (Renders::default(), Duration::from_mins(2));
        renders.begin(name(1), length);

        let asked_after = |seconds| renders.answer(name(1), Instant::now() + Duration::from_secs(seconds));

        assert_eq!(asked_after(0), Some(MakeAnswer::Making { seconds: 60 }));
        assert_eq!(asked_after(295), Some(MakeAnswer::Making { seconds: 60 }));
        assert_eq!(asked_after(301), Some(send("slow")));
    }
}
