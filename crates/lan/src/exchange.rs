//! One meeting of two laptops: who is who, records both ways, then blobs both ways. The caller does all of it on the line
//! that it opened, so that it is enough if one of the two can be reached.

use std::collections::HashMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use satchel_store::{Library, StoreError, StreamEnd};
use satchel_terms::{DeviceId, Hash};
use satchel_wire::{Bitmap, Manifest, SEGMENT, Stream, to_base64};

use crate::doors::may_show;
use crate::line::Line;
use crate::talk::{Beyond, End, Greeting, MOST_ROOTS, PAGE, PROTOCOL, RUN};
use crate::{Home, LanError, Outcome, Peer, Place, Want, Word};

/// After so many records that cannot be believed no more are heard.
const MOST_REFUSED: u64 = 1_000;

/// What a meeting did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// With whom.
    pub peer: Peer,
    /// Records that came and were new.
    pub took: u64,
    /// Records that came and were not believed, or did not fit.
    pub refused: u64,
    /// Records that the other did not have.
    pub gave: u64,
    /// Blobs that came whole.
    pub blobs_took: u64,
    /// Blobs that the other has whole now.
    pub blobs_gave: u64,
    /// Bytes of segments that crossed, both ways.
    pub bytes: u64,
}

/// Calls a laptop and exchanges everything. What crossed before an error is kept on both sides.
///
/// # Errors
/// [`LanError::Stranger`] if whoever answers is neither known here nor the laptop that the place names: nothing was shown
/// or sent then. Any other [`LanError`].
pub async fn meet(home: &Home, place: &Place) -> Outcome<Met> {
    let line = Line::new(home, place)?;
    let own = home.at_home(greeting).await?;
    let theirs = line.hello(&own).await?;
    let key = line.key()?;
    let (said, mine) = (theirs.clone(), home.badge.device());
    let peer = home
        .at_home(move |home| {
            must_fit(home, &said)?;
            home.vouching(|vouch| vouch.shown(&key, &said.certificate))?
        })
        .await?;
    if peer.device == mine {
        return Err(LanError::Itself);
    }
    home.household.heard(Word::Met(peer.clone()));
    let met = Met { peer, took: 0, refused: 0, gave: 0, blobs_took: 0, blobs_gave: 0, bytes: 0 };
    let mut meeting = Meeting { home, line: &line, met };
    meeting.pull(&theirs).await?;
    meeting.push(&theirs).await?;
    meeting.fetch().await?;
    meeting.give().await?;
    Ok(meeting.met)
}

/// What this laptop says of itself.
pub(crate) fn greeting(home: &Home) -> Outcome<Greeting> {
    let certificate = home.vouching(|vouch| to_base64(vouch.own()))?;
    let ends = home.library.stream_ends()?.into_iter().map(End::from).collect();
    let refuses = home.vouching(|vouch| vouch.revoked())?;
    Ok(Greeting { protocol: PROTOCOL, newsroom: home.badge.newsroom(), certificate, ends, refuses })
}

/// Refuses who speaks otherwise or belongs elsewhere.
pub(crate) fn must_fit(home: &Home, said: &Greeting) -> Outcome<()> {
    if said.protocol != PROTOCOL {
        return Err(LanError::OtherProtocol { version: said.protocol });
    }
    if said.newsroom == home.badge.newsroom() { Ok(()) } else { Err(LanError::OtherCentre) }
}

/// Reads a piece of a blob; less at its end.
pub(crate) fn read(library: &Library, root: &Hash, range: Range<u64>) -> Outcome<Vec<u8>> {
    let file = library.blobs().open_file(root)?;
    let mut file = std::io::BufReader::new(file);
    file.seek(SeekFrom::Start(range.start)).map_err(StoreError::from)?;
    let mut bytes = Vec::new();
    file.take(range.end - range.start).read_to_end(&mut bytes).map_err(StoreError::from)?;
    Ok(bytes)
}

/// Writes segments from `first` on, each checked; whether the blob is whole now.
pub(crate) fn put(library: &Library, manifest: &Manifest, first: u64, bytes: &[u8]) -> Outcome<bool> {
    if library.blobs().has(&manifest.root) {
        return Ok(true);
    }
    let mut partial = library.blobs().partial(&manifest.root, manifest.length)?;
    for (index, segment) in (first..).zip(bytes.chunks(usize::try_from(SEGMENT).unwrap_or(usize::MAX))) {
        if !manifest.verify_segment(index, segment) {
            return Err(LanError::BadSegment { index });
        }
        partial.write_segment(index, segment)?;
    }
    let is_whole = partial.bitmap().is_complete();
    if is_whole {
        partial.finish()?;
    }
    Ok(is_whole)
}

struct Meeting<'a> {
    home: &'a Home,
    line: &'a Line,
    met: Met,
}

impl Meeting<'_> {
    /// What they have beyond this laptop, in their order. This laptop's own chain is written here and nowhere else.
    async fn pull(&mut self, theirs: &Greeting) -> Outcome<()> {
        let own = self.home.badge.device();
        let here = self.home.at_home(greeting).await?;
        let ends = lagging(&theirs.ends, &here, own);
        let mut after = 0;
        while !ends.is_empty() && self.met.refused < MOST_REFUSED {
            let (page, next) = self.line.beyond(&Beyond { ends: ends.clone(), after }).await?;
            if page.is_empty() || next <= after {
                break;
            }
            after = next;
            let took = self.home.at_home(move |home| home.household.take(&page)).await?;
            self.met.took += took.fresh;
            self.met.refused += took.refused;
        }
        if self.met.took + self.met.refused > 0 {
            let (peer, records, refused) = (self.met.peer.clone(), self.met.took, self.met.refused);
            self.home.household.heard(Word::Brought { peer, records, refused });
        }
        // What came may have told that the other was revoked: nothing is given to it then.
        let key = self.line.key()?;
        self.home.at_home(move |home| home.vouching(|vouch| vouch.peer(&key).map(drop))?).await
    }

    /// What this laptop has beyond them, untouched and in its own order. Their own chain is theirs.
    async fn push(&mut self, theirs: &Greeting) -> Outcome<()> {
        let here = self.home.at_home(greeting).await?;
        let ends: Vec<StreamEnd> =
            lagging(&here.ends, theirs, self.met.peer.device).into_iter().map(StreamEnd::from).collect();
        let (mut after, mut refused) = (0, 0);
        while refused < MOST_REFUSED {
            let asked = ends.clone();
            let page =
                self.home.at_home(move |home| Ok(home.library.records_beyond(&asked, after, PAGE)?)).await?;
            let Some(last) = page.last() else { break };
            after = last.row;
            let bytes = page.iter().flat_map(|one| one.record.bytes()).copied().collect();
            let taken = self.line.take(bytes).await?;
            self.met.gave += taken.fresh;
            refused += taken.refused;
        }
        Ok(())
    }

    /// Blobs that are wanted here and lie there. From the back, while the pool's line fills them from the front.
    async fn fetch(&mut self) -> Outcome<()> {
        let wants = self.home.at_home(|home| home.household.wants()).await?;
        for some in wants.chunks(MOST_ROOTS) {
            let there = self.line.have(some.iter().map(|want| want.root).collect()).await?;
            for want in some.iter().filter(|want| there.contains(&want.root)) {
                self.fetch_one(*want).await?;
            }
        }
        Ok(())
    }

    async fn fetch_one(&mut self, want: Want) -> Outcome<()> {
        let Want { root, bytes: length } = want;
        let manifest = self.line.manifest(&root, length).await?;
        let mut runs = self
            .home
            .at_home(move |home| Ok(home.library.blobs().partial(&root, length)?.bitmap().missing_runs(RUN)))
            .await?;
        while let Some(run) = runs.pop() {
            for run in self.home.library.blobs().still_missing(&root, &run) {
                let (from, to) = (run.start * SEGMENT, (run.end * SEGMENT).min(length));
                let bytes = self.line.range(&root, from, to).await?;
                self.met.bytes += bytes.len() as u64;
                let manifest = manifest.clone();
                self.home.at_home(move |home| put(&home.library, &manifest, run.start, &bytes)).await?;
            }
        }
        self.arrived(manifest).await
    }

    /// An empty file has no segment that could finish it.
    async fn arrived(&mut self, manifest: Manifest) -> Outcome<()> {
        let (root, bytes) = (manifest.root, manifest.length);
        let is_whole = self.home.at_home(move |home| put(&home.library, &manifest, 0, &[])).await?;
        if is_whole {
            self.met.blobs_took += 1;
            self.home.household.arrived(root, bytes);
            self.home.household.heard(Word::Blob { peer: self.met.peer.clone(), bytes });
        }
        Ok(())
    }

    /// Blobs that they want and that may be given.
    async fn give(&mut self) -> Outcome<()> {
        for want in self.line.wants().await?.wants {
            let manifest = self
                .home
                .at_home(move |home| match may_show(home, &want.root)? {
                    true => Ok(Some(home.library.blobs().manifest(&want.root)?)),
                    false => Ok(None),
                })
                .await?;
            if let Some(manifest) = manifest {
                self.give_one(&manifest).await?;
            }
        }
        Ok(())
    }

    async fn give_one(&mut self, manifest: &Manifest) -> Outcome<()> {
        let root = manifest.root;
        let answer = self.line.offer(manifest).await?;
        if answer.have.contains(&root) {
            return Ok(());
        }
        let bits = answer.partial.get(&root).and_then(|text| hex::decode(text).ok()).unwrap_or_default();
        let held = Bitmap::from_bytes(manifest.segments(), &bits);
        let mut is_whole = false;
        for run in held.missing_runs(RUN) {
            let range = run.start * SEGMENT..(run.end * SEGMENT).min(manifest.length);
            let bytes = self.home.at_home(move |home| read(&home.library, &root, range)).await?;
            self.met.bytes += bytes.len() as u64;
            is_whole = self.line.put(&root, run.start, bytes).await?;
        }
        self.met.blobs_gave += u64::from(is_whole);
        Ok(())
    }
}

/// Where `behind` is not as far as these ends: its own ends of those chains. Chains of `own`, and of devices that it
/// refuses, are left out.
fn lagging(ends: &[End], behind: &Greeting, own: DeviceId) -> Vec<End> {
    let there: HashMap<(DeviceId, Stream), u64> =
        behind.ends.iter().map(|end| ((end.device, end.stream), end.seq)).collect();
    let wanted = ends.iter().filter(|end| end.device != own && !behind.refuses.contains(&end.device));
    let both = wanted.map(|end| (end, there.get(&(end.device, end.stream)).copied().unwrap_or(0)));
    both.filter(|(end, seq)| end.seq > *seq).map(|(end, seq)| End { seq, ..*end }).collect()
}
