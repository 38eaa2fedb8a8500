//! Letting go of what nobody needs: `satchel-pool tidy`. Sync never decides what is removed; this does, by the centre's
//! rules, and only when a person says so.

mod rules;

use std::collections::BTreeSet;

use satchel_story::State;
use satchel_terms::{Hash, Stamp, StoryId};
use satchel_wire::body::{AssetDerive, ClipFacts};
use satchel_wire::{Kind, Record};
use serde::Serialize;

pub use rules::{Fate, File, Known, Name, Why};

use crate::Pool;
use crate::failure::Outcome;

/// Bytes of a feed page while the records are read.
const PAGE: usize = 4 << 20;

/// A file that may go, or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// Which one.
    pub root: Hash,
    /// Its bytes.
    pub bytes: u64,
    /// Why.
    pub why: Why,
    /// Whether it is gone. What was named or brought again meanwhile stays.
    pub is_gone: bool,
}

impl Pool {
    /// Finds what the rules of the settings let go at a moment; with `apply` it is removed.
    ///
    /// # Errors
    /// What the store says.
    pub async fn tidy(&self, now: Stamp, apply: bool) -> Outcome<Vec<Removal>> {
        let (known, read_to) = self.everything_named().await?;
        let rules = self.settings().retention;
        let mut removals = Vec::new();
        for (file, why) in known.removable(rules, now) {
            // A record that came while the others were read may name it.
            let is_still = self.keep().head().await? == read_to;
            let is_gone = apply && is_still && self.keep().forget_whole(file.root, file.whole_at).await?;
            if is_gone {
                tracing::info!(root = %file.root, bytes = file.bytes, ?why, "a file was let go");
            }
            removals.push(Removal { root: file.root, bytes: file.bytes, why, is_gone });
        }
        Ok(removals)
    }

    /// What names each file, what became of each story, and up to where the records were read.
    async fn everything_named(&self) -> Outcome<(Known, u64)> {
        let mut known = Known { files: self.keep().whole_files().await?, ..Known::default() };
        let (mut stories, mut released) = (BTreeSet::new(), BTreeSet::new());
        let mut after = 0;
        loop {
            let page = self.keep().feed(after, PAGE).await?;
            if page.next == after {
                break;
            }
            after = page.next;
            for record in Record::parse_many(&page.bytes)? {
                note(&record, &mut known, &mut stories, &mut released);
            }
        }
        for story in stories {
            self.look_at(story, released.contains(&story), &mut known).await?;
        }
        Ok((known, after))
    }

    async fn look_at(&self, story: StoryId, was_released: bool, known: &mut Known) -> Outcome<()> {
        let Some(reading) = self.reading(story).await? else { return Ok(()) };
        for root in reading.document.view().figures().into_iter().filter_map(|figure| figure.blob) {
            known.names.entry(root).or_default().push(Name::Shown(story));
        }
        let is_closed = matches!(reading.case.state(), State::Archived | State::Rejected);
        let closed_at = if is_closed { self.last_word(story).await? } else { None };
        known.fates.insert(story, Fate { closed_at, was_released });
        Ok(())
    }

    /// When the pool last judged a decision on a story, by its own clock: those of laptops may be years off.
    async fn last_word(&self, story: StoryId) -> Outcome<Option<Stamp>> {
        let verdicts = self.keep().records_about(story.0, &[Kind::POOL_VERDICT]).await?;
        let times = verdicts.iter().map(|stored| stored.record.header().time.millis());
        Ok(times.max().and_then(|time| Stamp::try_from(time).ok()))
    }
}

fn note(
    record: &Record,
    known: &mut Known,
    stories: &mut BTreeSet<StoryId>,
    released: &mut BTreeSet<StoryId>,
) {
    let subject = StoryId(record.header().subject);
    let mut name = |root: Hash, name: Name| known.names.entry(root).or_default().push(name);
    match record.header().kind {
        Kind::ASSET_ADD => {
            if let Ok(clip) = record.json::<ClipFacts>() {
                name(clip.blob, Name::Original(clip.story));
            }
        }
        Kind::ASSET_DERIVE => {
            if let Ok(derived) = record.json::<AssetDerive>() {
                name(derived.blob, Name::Derived);
            }
        }
        Kind::STORY_CREATE => drop(stories.insert(subject)),
        Kind::PUBLISH_INTENT | Kind::PUBLISH_DISPATCHED | Kind::PUBLISH_RECEIPT | Kind::PUBLISH_UNKNOWN => {
            released.insert(subject);
        }
        _ => {}
    }
}
