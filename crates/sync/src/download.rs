//! A blob on its way down: the manifest first, then the ranges that are missing, each segment checked before it counts.

use std::ops::Range;
use std::sync::Arc;

use satchel_store::Library;
use satchel_terms::Hash;
use satchel_wire::SEGMENT;
use tokio::sync::{mpsc, oneshot};

use crate::hands::ask;
use crate::upload::Progress;
use crate::{Client, Control, SyncError};

/// Segments of one request.
const RUN: u64 = 8;

/// Fetches a blob until it stands on the shelf.
///
/// # Errors
/// [`SyncError::BadSegment`] if the pool sends something else; any other [`SyncError`]. Segments that arrived stay
/// on the workbench and are not fetched again.
pub(crate) async fn download(
    library: &Arc<Library>,
    client: &Client,
    root: Hash,
    length: u64,
    control: &Control,
    progress: Progress<'_>,
) -> Result<(), SyncError> {
    let is_here = ask(library, move |library| Ok(library.blobs().has(&root))).await?;
    if is_here {
        return Ok(());
    }
    let manifest = control.unless_stopped(client.manifest(&root, length)).await?;
    let (missing_tell, missing_ask) = oneshot::channel();
    let (segments, arriving) = mpsc::channel(RUN as usize);
    let bench = Arc::clone(library);
    let keeper = tokio::task::spawn_blocking(move || keep(&bench, root, length, missing_tell, arriving));
    let fetched = async {
        let Ok((runs, mut done)) = missing_ask.await else { return Ok(()) };
        progress(done, length);
        for run in runs {
            control.check()?;
            let wanted = run.clone();
            let missing =
                ask(library, move |library| Ok(library.blobs().still_missing(&root, &wanted))).await?;
            for run in missing {
                let (from, to) = (run.start * SEGMENT, (run.end * SEGMENT).min(length));
                let bytes = control.unless_stopped(client.range(&root, from, to)).await?;
                for (index, segment) in run.zip(bytes.chunks(SEGMENT as usize)) {
                    if !manifest.verify_segment(index, segment) {
                        return Err(SyncError::BadSegment { index });
                    }
                    done += segment.len() as u64;
                    if segments.send((index, segment.to_vec())).await.is_err() {
                        return Ok(()); // the keeper has given up and says why
                    }
                }
            }
            progress(done, length);
        }
        Ok(())
    }
    .await;
    drop(segments);
    let kept = keeper.await.map_err(|_| SyncError::Stopped)?;
    fetched.and(kept)
}

type Missing = (Vec<Range<u64>>, u64);

/// Writes what arrives; runs on a thread that may wait for the disk.
fn keep(
    library: &Library,
    root: Hash,
    length: u64,
    missing: oneshot::Sender<Missing>,
    mut arriving: mpsc::Receiver<(u64, Vec<u8>)>,
) -> Result<(), SyncError> {
    let mut partial = library.blobs().partial(&root, length)?;
    let _ = missing.send((partial.bitmap().missing_runs(RUN), partial.done_bytes()));
    while let Some((index, bytes)) = arriving.blocking_recv() {
        partial.write_segment(index, &bytes)?;
    }
    if partial.bitmap().is_complete() { Ok(partial.finish()?) } else { Ok(partial.save()?) }
}
