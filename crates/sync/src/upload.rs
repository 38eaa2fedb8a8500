//! A blob on its way up: only what the pool's bitmap lacks, several segments at once, done when the pool says so.

use std::collections::VecDeque;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use satchel_store::{Library, StoreError};
use satchel_terms::Hash;
use satchel_wire::{Manifest, SEGMENT};
use tokio::task::JoinSet;

use crate::client::bitmap;
use crate::hands::ask;
use crate::planner::Width;
use crate::{Client, Control, SyncError};

/// Most segments of one request, on a quick line. A slow line sends them one by one, so that a break costs little.
const LONGEST_RUN: u64 = 4;
/// A request that took less than this may be longer the next time.
const QUICK: Duration = Duration::from_secs(2);
/// One that took more is too long for the line.
const SLOW: Duration = Duration::from_secs(10);

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
    most_streams: u32,
    control: &Control,
    progress: Progress<'_>,
) -> Result<(), SyncError> {
    let answer = control.unless_stopped(client.have(&[root])).await?;
    if answer.have.contains(&root) {
        return Ok(());
    }
    let manifest = ask(library, move |library| library.blobs().manifest(&root)).await.map_err(changed)?;
    let held = bitmap(answer.partial.get(&root), manifest.length);
    if !answer.partial.contains_key(&root) {
        control.unless_stopped(client.put_manifest(&manifest)).await?;
    }
    let runs: VecDeque<Range<u64>> = held.missing_runs(u64::MAX).into();
    let done = (held.held() * SEGMENT).min(manifest.length);
    progress(done, manifest.length);
    send_runs(library, client, Arc::new(manifest), runs, done, most_streams, control, progress).await?;
    let answer = control.unless_stopped(client.have(&[root])).await?;
    if !answer.have.contains(&root) {
        return Err(SyncError::NotConfirmed { root: root.to_string() });
    }
    ask(library, move |library| {
        library.blobs().forget_manifest(&root);
        Ok(())
    })
    .await
}

#[expect(clippy::too_many_arguments, reason = "one loop, all of its parts")]
async fn send_runs(
    library: &Arc<Library>,
    client: &Arc<Client>,
    manifest: Arc<Manifest>,
    mut runs: VecDeque<Range<u64>>,
    mut done: u64,
    most_streams: u32,
    control: &Control,
    progress: Progress<'_>,
) -> Result<(), SyncError> {
    let (mut width, mut reach) = (Width::new(most_streams), 1);
    let mut streams = JoinSet::new();
    let (mut window_bytes, mut window_start) = (0, Instant::now());
    loop {
        control.check()?; // streams that are under way are dropped with the set; the pool keeps whole segments
        while streams.len() < width.streams() as usize
            && let Some(run) = next_run(&mut runs, reach)
        {
            streams.spawn(send_run(Arc::clone(library), Arc::clone(client), Arc::clone(&manifest), run));
        }
        let Some(sent) = control.unless_stopped(async { Ok(streams.join_next().await) }).await? else {
            return Ok(());
        };
        let (bytes, took) = sent.map_err(|_| SyncError::Stopped)??;
        reach = match took {
            took if took < QUICK => (reach * 2).min(LONGEST_RUN),
            took if took > SLOW => 1,
            _ => reach,
        };
        done += bytes;
        window_bytes += bytes;
        progress(done, manifest.length);
        let enough = window_bytes >= u64::from(width.streams()) * LONGEST_RUN * SEGMENT;
        if enough {
            width.learn(window_bytes, window_start.elapsed());
            (window_bytes, window_start) = (0, Instant::now());
        }
    }
}

/// Takes at most `reach` segments off the front of what is missing.
fn next_run(runs: &mut VecDeque<Range<u64>>, reach: u64) -> Option<Range<u64>> {
    let front = runs.front_mut()?;
    let run = front.start..front.end.min(front.start + reach);
    front.start = run.end;
    if front.is_empty() {
        runs.pop_front();
    }
    Some(run)
}

/// Sends one run of segments, each checked against the manifest before it leaves. Returns its bytes and how long the
/// line took.
async fn send_run(
    library: Arc<Library>,
    client: Arc<Client>,
    manifest: Arc<Manifest>,
    run: Range<u64>,
) -> Result<(u64, Duration), SyncError> {
    let (root, Range { start, end }) = (manifest.root, run);
    let bytes = ask(&library, move |library| {
        let mut file = library.blobs().open_file(&manifest.root)?;
        file.seek(SeekFrom::Start(start * SEGMENT))?;
        let mut bytes = Vec::new();
        for index in start..end {
            let from = bytes.len();
            (&mut file).take(manifest.segment_len(index)).read_to_end(&mut bytes)?;
            if !manifest.verify_segment(index, &bytes[from..]) {
                return Err(StoreError::BlobMismatch { root: manifest.root.to_string() });
            }
        }
        Ok(bytes)
    })
    .await
    .map_err(changed)?;
    let length = bytes.len() as u64;
    let started = Instant::now();
    client.put_segments(&root, start, end, bytes).await?;
    Ok((length, started.elapsed()))
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
