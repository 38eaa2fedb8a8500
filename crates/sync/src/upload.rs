//! A blob on its way up: only what the pool's bitmap lacks, several segments at once, done when the pool says so.

use std::collections::VecDeque;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use satchel_store::{Library, StoreError};
use satchel_terms::Hash;
use satchel_wire::protocol::HaveAnswer;
use satchel_wire::{MakeAnswer, MakeAsk, Manifest, SEGMENT};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::client::bitmap;
use crate::hands::ask;
use crate::planner::Width;
use crate::uplink::Uplink;
use crate::{Client, Control, SyncError};

/// How long a number of streams is tried before it is judged.
const TRIAL: Duration = Duration::from_secs(3);
/// Pause after a stream broke, before its segments are sent again.
const MEND: Duration = Duration::from_millis(250);

/// How far a blob is.
pub(crate) type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Sends a blob until the pool says that it holds it whole.
///
/// # Errors
/// [`SyncError::SourceChanged`] if the file on the shelf changed; [`SyncError::NotConfirmed`] if the pool does not
/// say so; any other [`SyncError`]. What arrived stays at the pool and is not sent again.
pub(crate) async fn upload(
    library: &Arc<Library>,
    client: &Arc<Client>,
    root: Hash,
    width: Width,
    control: &Control,
    progress: Progress<'_>,
) -> Result<(), SyncError> {
    if ask(library, move |library| library.blobs().len(&root)).await.map_err(changed)? <= SEGMENT {
        return upload_small(library, client, root, control, progress).await;
    }
    let answer = control.unless_stopped(client.have(&[root])).await?;
    if answer.have.contains(&root) {
        return Ok(());
    }
    let manifest = ask(library, move |library| source(library, root)).await.map_err(changed)?;
    let held = bitmap(answer.partial.get(&root), manifest.length);
    if !answer.partial.contains_key(&root) {
        if is_made_there(library, client, &manifest, control).await? {
            return Ok(());
        }
        control.unless_stopped(client.put_manifest(&manifest)).await?;
    }
    let done = (held.held() * SEGMENT).min(manifest.length);
    progress(done, manifest.length);
    let sending = Sending {
        library: Arc::clone(library),
        client: Arc::clone(client),
        uplink: client.uplink().cloned().unwrap_or_default(),
        manifest: Arc::new(manifest),
        runs: held.missing_runs(u64::MAX).into(),
        done,
        broken: 0,
    };
    sending.send(width, control, progress).await?;
    confirmed(library, root, &control.unless_stopped(client.have(&[root])).await?).await
}

/// A blob of one segment: two questions instead of four, for of these there are hundreds, and on a long line the
/// questions take longer than the bytes.
async fn upload_small(
    library: &Arc<Library>,
    client: &Client,
    root: Hash,
    control: &Control,
    progress: Progress<'_>,
) -> Result<(), SyncError> {
    let manifest = ask(library, move |library| source(library, root)).await.map_err(changed)?;
    progress(0, manifest.length);
    let mut answer = control.unless_stopped(client.put_manifest(&manifest)).await?;
    if !answer.have.contains(&root) {
        let read = manifest.clone();
        let bytes = ask(library, move |library| read_segment(library, &read, 0)).await.map_err(changed)?;
        answer = control.unless_stopped(client.put_segments(&root, 0, 1, bytes)).await?;
        progress(manifest.length, manifest.length);
    }
    confirmed(library, root, &answer).await
}

/// Done when the pool says so.
async fn confirmed(library: &Arc<Library>, root: Hash, answer: &HaveAnswer) -> Result<(), SyncError> {
    if !answer.have.contains(&root) {
        return Err(SyncError::NotConfirmed { root: root.to_string() });
    }
    ask(library, move |library| {
        library.blobs().forget_manifest(&root);
        Ok(())
    })
    .await
}

/// Whether the pool holds a blob that it made itself from its recipe. A pool that cannot is sent the bytes.
///
/// # Errors
/// [`SyncError::BeingMade`] while it is at it.
async fn is_made_there(
    library: &Arc<Library>,
    client: &Client,
    manifest: &Manifest,
    control: &Control,
) -> Result<bool, SyncError> {
    let (root, bytes) = (manifest.root, manifest.length);
    if bytes <= SEGMENT {
        return Ok(false); // sent in the time of the question
    }
    let recipe = ask(library, move |library| library.recipe_of(root)).await?;
    let Some(recipe) = recipe.and_then(|json| serde_json::from_value(json).ok()) else { return Ok(false) };
    match control.unless_stopped(client.make(&root, &MakeAsk { bytes, recipe })).await {
        Ok(MakeAnswer::Here) => Ok(true),
        Ok(MakeAnswer::Making { seconds }) => Err(SyncError::BeingMade { seconds: seconds.clamp(1, 600) }),
        Ok(MakeAnswer::Send { why }) => {
            tracing::info!(%root, %why, "the bytes of a cut are sent");
            Ok(false)
        }
        Err(SyncError::Refused { .. } | SyncError::Garbled { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The manifest of the file on the shelf, which has its length, first and last segment still. Everything between is
/// checked before it leaves.
fn source(library: &Library, root: Hash) -> Result<Manifest, StoreError> {
    let manifest = library.blobs().manifest(&root)?;
    if manifest.length > 0 {
        let last = manifest.length.div_ceil(SEGMENT) - 1;
        for segment in [0, last] {
            read_segment(library, &manifest, segment)?;
        }
    }
    Ok(manifest)
}

/// Reads a segment off the shelf and checks it against the manifest.
fn read_segment(library: &Library, manifest: &Manifest, index: u64) -> Result<Vec<u8>, StoreError> {
    let mut file = library.blobs().open_file(&manifest.root)?;
    file.seek(SeekFrom::Start(index * SEGMENT))?;
    let mut bytes = Vec::new();
    file.take(manifest.segment_len(index)).read_to_end(&mut bytes)?;
    if manifest.verify_segment(index, &bytes) {
        Ok(bytes)
    } else {
        Err(StoreError::BlobMismatch { root: manifest.root.to_string() })
    }
}

/// What a stream came back with: its segment, and the bytes that arrived.
type Came = (u64, Result<u64, SyncError>);

/// A blob while it is sent.
struct Sending {
    library: Arc<Library>,
    client: Arc<Client>,
    uplink: Arc<Uplink>,
    manifest: Arc<Manifest>,
    runs: VecDeque<Range<u64>>,
    done: u64,
    /// Streams that broke since the last one that did not.
    broken: u32,
}

impl Sending {
    async fn send(
        mut self,
        mut width: Width,
        control: &Control,
        progress: Progress<'_>,
    ) -> Result<(), SyncError> {
        let mut streams = JoinSet::new();
        let mut trial = Trial::begin(&self.uplink);
        let mut look = tokio::time::interval(TRIAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            control.check()?; // streams that are under way are dropped with the set; the pool keeps whole segments
            while streams.len() < width.streams() as usize
                && let Some(index) = self.next()
            {
                let pause = if self.broken > 0 { MEND } else { Duration::ZERO };
                streams.spawn(self.stream(index, pause));
            }
            let came = tokio::select! {
                came = streams.join_next() => came,
                () = control.left(crate::Mode::Run) => return Err(SyncError::Stopped),
                _ = look.tick() => {
                    trial.judge(&self.uplink, &mut width, streams.len());
                    continue;
                }
            };
            let Some(came) = came else { return Ok(()) };
            let (index, outcome) = came.map_err(|_| SyncError::Stopped)?;
            self.settle(index, outcome, width.streams())?;
            progress(self.done, self.manifest.length);
        }
    }

    /// Takes a segment off the front of what is missing. Each goes in a request of its own, so that a break costs no
    /// stream more than one.
    fn next(&mut self) -> Option<u64> {
        let front = self.runs.front_mut()?;
        let index = front.start;
        front.start += 1;
        if front.is_empty() {
            self.runs.pop_front();
        }
        Some(index)
    }

    /// A stream that broke gives its segment back while others get through; when none does, the line is gone.
    fn settle(&mut self, index: u64, outcome: Result<u64, SyncError>, streams: u32) -> Result<(), SyncError> {
        match outcome {
            Ok(bytes) => {
                self.broken = 0;
                self.done += bytes;
                Ok(())
            }
            Err(SyncError::Unreachable { .. }) if self.broken < streams => {
                self.broken += 1;
                self.runs.push_front(index..index + 1);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Sends one segment, checked against the manifest before it leaves.
    fn stream(&self, index: u64, pause: Duration) -> impl Future<Output = Came> + use<> {
        let (library, client) = (Arc::clone(&self.library), Arc::clone(&self.client));
        let (manifest, root) = (Arc::clone(&self.manifest), self.manifest.root);
        async move {
            let sent = async {
                tokio::time::sleep(pause).await;
                let bytes = ask(&library, move |library| read_segment(library, &manifest, index)).await;
                let bytes = bytes.map_err(changed)?;
                let length = bytes.len() as u64;
                client.put_segments(&root, index, index + 1, bytes).await?;
                Ok(length)
            };
            (index, sent.await)
        }
    }
}

/// What a number of streams brings: bytes that the line took. The pool's word for whole segments would come too seldom.
struct Trial {
    since: Instant,
    moved: u64,
    rounds: u64,
}

impl Trial {
    fn begin(uplink: &Uplink) -> Self {
        Self { since: Instant::now(), moved: uplink.moved(), rounds: uplink.rounds() }
    }

    /// Judges, unless text had the right of way meanwhile or less was under way than was wanted.
    fn judge(&mut self, uplink: &Uplink, width: &mut Width, under_way: usize) {
        let took = self.since.elapsed();
        if took < TRIAL / 2 {
            return;
        }
        let is_full = under_way >= width.streams() as usize;
        if is_full && uplink.rounds() == self.rounds {
            width.learn(uplink.moved() - self.moved, took);
        }
        *self = Self::begin(uplink);
    }
}

/// A shelf that no longer fits its names is the source's fault, not the road's.
fn changed(error: SyncError) -> SyncError {
    match error {
        SyncError::Store(StoreError::BlobMismatch { root } | StoreError::NoBlob { root }) => {
            SyncError::SourceChanged { root }
        }
        other => other,
    }
}
