//! Cutting: segments are kept with the story, and rendered into one MP4 that becomes a clip.

use std::sync::Arc;

use satchel_failure::Answer;
use satchel_jobs::{Gauge, JobKind};
use satchel_media::{Look, RenderJob, RenderSegment, Tools};
use satchel_store::CutRow;
use satchel_terms::{ClipId, CutId, JobId, StoryId};
use serde::{Deserialize, Serialize};

use crate::DeskError;
use crate::cards::{CutCard, Happened, SegmentCard};
use crate::clips::{hash_file, new_row};
use crate::room::{Dice, Room, now};

/// Most segments of one cut.
const MOST: usize = 200;

/// A cut as the library keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    name: String,
    segments: Vec<SegmentCard>,
    rendered: Option<ClipId>,
    rendered_from: Vec<SegmentCard>,
}

impl Room {
    /// The cuts of a story.
    pub fn cuts(&self, story: StoryId) -> Answer<Vec<CutCard>> {
        self.library.cuts(Some(story))?.into_iter().map(|row| card(&row)).collect()
    }

    /// Keeps a cut; a new one when no id is given.
    pub fn save_cut(
        &self,
        story: StoryId,
        cut: Option<CutId>,
        name: &str,
        segments: Vec<SegmentCard>,
    ) -> Answer<CutCard> {
        if segments.len() > MOST || name.chars().count() > 60 {
            return Err(DeskError::BadInput { field: "segments" }.into());
        }
        for segment in &segments {
            let row = self.clip_row(segment.clip)?;
            let end = row.duration_ms.unwrap_or(u64::MAX);
            if segment.from_ms >= segment.to_ms || segment.to_ms > end + 40 {
                return Err(DeskError::BadInput { field: "segments" }.into());
            }
        }
        let old = match cut {
            Some(cut) => Some(kept(&self.cut_row(cut)?)?),
            None => None,
        };
        let cut = cut.unwrap_or_else(|| CutId::mint(&mut Dice));
        let (rendered, rendered_from) =
            old.map_or((None, Vec::new()), |old| (old.rendered, old.rendered_from));
        let kept = Kept { name: name.trim().to_owned(), segments, rendered, rendered_from };
        let row = self.put(cut, story, &kept)?;
        self.tell(Happened::CutChanged { cut });
        card(&row)
    }

    fn put(&self, cut: CutId, story: StoryId, kept: &Kept) -> Answer<CutRow> {
        let json = serde_json::to_string(kept).map_err(|error| DeskError::Broken(error.to_string()))?;
        let row = CutRow { cut, story: Some(story), json, updated: now() };
        self.library.cut_put(&row)?;
        Ok(row)
    }

    fn cut_row(&self, cut: CutId) -> Answer<CutRow> {
        Ok(self.library.cut(cut)?.ok_or(DeskError::Unknown { what: "cut" })?)
    }

    /// Renders a cut into one MP4 for the web, as a job.
    pub fn render_cut(self: &Arc<Self>, cut: CutId) -> Answer<JobId> {
        let row = self.cut_row(cut)?;
        let story = row.story.ok_or(DeskError::Unknown { what: "story" })?;
        let plan = kept(&row)?;
        if plan.segments.is_empty() {
            return Err(DeskError::BadInput { field: "segments" }.into());
        }
        let room = Arc::clone(self);
        self.jobs
            .start(JobKind::Render, cut.to_string(), move |_, gauge| room.render(cut, story, plan, gauge))
    }

    fn render(self: &Arc<Self>, cut: CutId, story: StoryId, plan: Kept, gauge: &Gauge) -> Answer<()> {
        let handle = tokio::runtime::Handle::current();
        let tools = handle.block_on(Tools::find(None))?;
        let mut segments = Vec::new();
        for segment in &plan.segments {
            let row = self.clip_row(segment.clip)?;
            segments.push(RenderSegment {
                path: self.library.blobs().path(&row.blob),
                start_us: segment.from_ms * 1_000,
                length_us: (segment.to_ms - segment.from_ms) * 1_000,
                has_audio: row.card.get("hasAudio").is_none_or(|has| has.as_bool() == Some(true)),
                look: match row.kind.as_str() {
                    "picture" => Look::Still,
                    _ if row.card.get("hdr").and_then(serde_json::Value::as_bool) == Some(true) => Look::Hdr,
                    _ => Look::Plain,
                },
            });
        }
        let part = self.library.blobs().new_part();
        handle.block_on(satchel_media::render(&tools, &RenderJob::new(segments, part.clone()), gauge))?;
        let (blob, bytes) = hash_file(&part)?;
        self.library.blobs().shelve(&part, &blob)?;
        let clip = ClipId::mint(&mut Dice);
        let mut row = new_row(clip, format!("{}.mp4", safe_name(&plan.name)), blob, bytes, Some(story));
        row.card["cut"] = cut.to_string().into();
        self.library.index_clip(&row)?;
        self.look_at_clip(&tools, clip)?;
        let done = Kept { rendered: Some(clip), rendered_from: plan.segments.clone(), ..plan };
        self.put(cut, story, &done)?;
        self.tell(Happened::CutChanged { cut });
        self.start_proxy(clip)
    }
}

fn kept(row: &CutRow) -> Answer<Kept> {
    Ok(serde_json::from_str(&row.json).map_err(|error| DeskError::Broken(error.to_string()))?)
}

fn card(row: &CutRow) -> Answer<CutCard> {
    let kept = kept(row)?;
    Ok(CutCard {
        cut: row.cut,
        story: row.story.ok_or(DeskError::Unknown { what: "story" })?,
        duration_ms: kept.segments.iter().map(|one| one.to_ms.saturating_sub(one.from_ms)).sum(),
        stale: kept.rendered.is_some() && kept.rendered_from != kept.segments,
        name: kept.name,
        segments: kept.segments,
        rendered: kept.rendered,
    })
}

/// A name without what file systems refuse.
fn safe_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|one| if one.is_control() || "/\\:*?\"<>|".contains(one) { '_' } else { one })
        .collect();
    if clean.trim().is_empty() { "cut".into() } else { clean.trim().to_owned() }
}
