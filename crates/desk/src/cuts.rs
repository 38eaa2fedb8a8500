//! Cutting: a cut is kept with its story, changed step by step, and rendered into one MP4 that becomes a clip.

use std::sync::Arc;

use satchel_cut::{Cut, Operation, Rate, RenderPiece, Segment, Target, Ticks};
use satchel_failure::Answer;
use satchel_jobs::{Gauge, JobKind};
use satchel_media::{RenderJob, Tools};
use satchel_store::{ClipRow, CutRow};
use satchel_terms::{ClipId, CutId, JobId, StoryId};
use satchel_wire::body::{AssetDerive, DeriveRole};
use satchel_wire::{Kind, Recipe, RecipeLook, RecipePiece};
use serde::{Deserialize, Serialize};

use crate::DeskError;
use crate::cards::{CutCard, CutStep, Happened, SegmentCard};
use crate::clips::{hash_file, new_row};
use crate::room::{Dice, Room, locked, now};

/// Most segments of one cut: as many as one render takes.
const MOST: usize = 200;
/// Steps that can be taken back.
const REMEMBERED: usize = 200;
/// How long a still can be shown, in milliseconds.
const STILL_MS: i64 = 3_600_000;

/// A cut as the library keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    name: String,
    cut: Cut,
    /// What takes the last steps back, newest last.
    undo: Vec<Operation>,
    /// What carries out again what was taken back, newest last.
    redo: Vec<Operation>,
    rendered: Option<ClipId>,
    rendered_from: Vec<Segment>,
}

impl Kept {
    /// Carries a step out; afterwards it can be taken back.
    fn change(&mut self, operation: Operation) -> Answer<()> {
        let back = self.cut.apply(operation)?;
        if self.cut.segments.len() > MOST {
            self.cut.apply(back)?;
            return Err(DeskError::BadInput { field: "segments" }.into());
        }
        self.undo.push(back);
        let surplus = self.undo.len().saturating_sub(REMEMBERED);
        self.undo.drain(..surplus);
        self.redo.clear();
        Ok(())
    }

    fn take_back(&mut self) -> Answer<()> {
        if let Some(operation) = self.undo.pop() {
            self.redo.push(self.cut.apply(operation)?);
        }
        Ok(())
    }

    fn do_again(&mut self) -> Answer<()> {
        if let Some(operation) = self.redo.pop() {
            self.undo.push(self.cut.apply(operation)?);
        }
        Ok(())
    }
}

impl Room {
    /// The cuts of a story.
    pub fn cuts(&self, story: StoryId) -> Answer<Vec<CutCard>> {
        self.library.cuts(Some(story))?.into_iter().map(|row| card(&row)).collect()
    }

    /// Begins a cut of a story.
    pub fn create_cut(&self, story: StoryId, name: &str) -> Answer<CutCard> {
        if name.trim().is_empty() || name.chars().count() > 60 {
            return Err(DeskError::BadName { field: "name", limit: 60 }.into());
        }
        self.card(story)?;
        let kept = Kept {
            name: name.trim().to_owned(),
            cut: Cut::default(),
            undo: Vec::new(),
            redo: Vec::new(),
            rendered: None,
            rendered_from: Vec::new(),
        };
        self.put_cut(CutId::mint(&mut Dice), story, &kept)
    }

    /// Carries out one step on a cut. A step that cannot be leaves the cut as it was.
    pub fn change_cut(&self, cut: CutId, step: CutStep) -> Answer<CutCard> {
        self.with_cut(cut, |kept| match step {
            CutStep::Undo => kept.take_back(),
            CutStep::Redo => kept.do_again(),
            CutStep::Add { at, segment } => {
                let segment = self.segment(&segment)?;
                kept.change(Operation::Add { at, segment })
            }
            CutStep::TrimIn { at, ms } => {
                let to = self.moment(&kept.cut, at, ms)?;
                kept.change(Operation::TrimIn { at, to })
            }
            CutStep::TrimOut { at, ms } => {
                let to = self.moment(&kept.cut, at, ms)?;
                kept.change(Operation::TrimOut { at, to })
            }
            CutStep::Split { at, ms } => {
                let point = self.moment(&kept.cut, at, ms)?;
                kept.change(Operation::Split { at, point })
            }
            CutStep::Move { from, to } => kept.change(Operation::Move { from, to }),
            CutStep::Remove { at } => kept.change(Operation::Remove { at }),
        })
    }

    /// Changes what is kept of a cut, one change at a time.
    fn with_cut(&self, cut: CutId, change: impl FnOnce(&mut Kept) -> Answer<()>) -> Answer<CutCard> {
        let _one_at_a_time = locked(&self.cutting);
        let row = self.cut_row(cut)?;
        let mut kept = kept(&row)?;
        change(&mut kept)?;
        self.put_cut(cut, story_of(&row)?, &kept)
    }

    /// A segment whose ends lie on frames of its clip.
    fn segment(&self, wanted: &SegmentCard) -> Answer<Segment> {
        let row = self.clip_row(wanted.clip)?;
        let length = length(&row);
        Ok(Segment {
            clip: row.clip,
            blob: row.blob,
            length,
            from: on_frame(&row, length, wanted.from_ms),
            to: on_frame(&row, length, wanted.to_ms),
        })
    }

    /// A moment of a segment's clip, on a frame.
    fn moment(&self, cut: &Cut, at: usize, ms: u64) -> Answer<Ticks> {
        let segment = cut.segments.get(at).ok_or(satchel_cut::CutError::NoSuchSegment { at })?;
        Ok(on_frame(&self.clip_row(segment.clip)?, segment.length, ms))
    }

    fn put_cut(&self, cut: CutId, story: StoryId, kept: &Kept) -> Answer<CutCard> {
        let json = serde_json::to_string(kept).map_err(|error| DeskError::Broken(error.to_string()))?;
        let row = CutRow { cut, story: Some(story), json, updated: now() };
        self.library.cut_put(&row)?;
        self.tell(Happened::CutChanged { cut });
        card(&row)
    }

    fn cut_row(&self, cut: CutId) -> Answer<CutRow> {
        Ok(self.library.cut(cut)?.ok_or(DeskError::Unknown { what: "cut" })?)
    }

    /// The cut as an edit decision list, which editing suites read (CMX 3600).
    pub fn cut_list(&self, cut: CutId) -> Answer<String> {
        let kept = kept(&self.cut_row(cut)?)?;
        let name =
            |segment: &Segment| self.clip_row(segment.clip).map_or_else(|_| String::new(), |row| row.name);
        Ok(satchel_cut::edl(&kept.cut, &kept.name, name))
    }

    /// Renders a cut into one MP4 for the web, as a job.
    pub fn render_cut(self: &Arc<Self>, cut: CutId) -> Answer<JobId> {
        let row = self.cut_row(cut)?;
        let (story, plan) = (story_of(&row)?, kept(&row)?);
        plan.cut.plan(Target::WEB)?;
        let room = Arc::clone(self);
        self.jobs
            .start(JobKind::Render, cut.to_string(), move |_, gauge| room.render(cut, story, &plan, gauge))
    }

    fn render(self: &Arc<Self>, cut: CutId, story: StoryId, kept: &Kept, gauge: &Gauge) -> Answer<()> {
        let handle = tokio::runtime::Handle::current();
        let tools = handle.block_on(Tools::find(None))?;
        let plan = kept.cut.plan(Target::WEB)?;
        let rows: Answer<Vec<ClipRow>> = plan.inputs.iter().map(|input| self.clip_row(input.clip)).collect();
        let rows = rows?;
        let made_with = satchel_media::made_with(&tools);
        let recipe = Recipe {
            made_with: made_with.clone().unwrap_or_default(),
            size: (plan.target.width, plan.target.height),
            rate: (plan.target.rate.frames(), plan.target.rate.per()),
            pieces: plan.pieces.iter().map(|piece| recipe_piece(piece, &rows[piece.input])).collect(),
        };
        let part = self.library.blobs().new_part();
        let job = RenderJob::of(&recipe, |source| self.library.blobs().path(source), part.clone());
        handle.block_on(satchel_media::render(&tools, &job, gauge))?;
        let (blob, bytes) = hash_file(&part)?;
        self.library.blobs().shelve(&part, &blob)?;
        let clip = ClipId::mint(&mut Dice);
        let mut row = new_row(clip, format!("{}.mp4", safe_name(&kept.name)), blob, bytes, Some(story));
        row.card["cut"] = cut.to_string().into();
        if made_with.is_some() {
            self.tell_recipe(&mut row, &recipe)?;
        }
        self.library.index_clip(&row)?;
        self.look_at_clip(&tools, clip)?;
        // The cut may have been changed meanwhile: only what was rendered is noted.
        self.with_cut(cut, |now| {
            now.rendered = Some(clip);
            now.rendered_from.clone_from(&kept.cut.segments);
            Ok(())
        })?;
        self.start_proxy(clip)
    }

    /// Tells what a cut was made from: a pool that holds that makes the same file itself.
    fn tell_recipe(&self, row: &mut ClipRow, recipe: &Recipe) -> Answer<()> {
        let broken = |error: serde_json::Error| DeskError::Broken(error.to_string());
        row.card["recipe"] = serde_json::to_value(recipe).map_err(broken)?;
        let body = AssetDerive {
            of: recipe.pieces.first().map_or(row.blob, |piece| piece.source),
            role: DeriveRole::Cut,
            blob: row.blob,
            bytes: row.bytes,
            mime: "video/mp4".into(),
            recipe: Some(row.card["recipe"].clone()),
        };
        self.write_json(Kind::ASSET_DERIVE, row.clip.bytes(), &body)?;
        Ok(())
    }
}

/// A piece as it is told and rendered.
fn recipe_piece(piece: &RenderPiece, row: &ClipRow) -> RecipePiece {
    RecipePiece {
        source: row.blob,
        start_us: micros(piece.start),
        length_us: micros(piece.start.plus(piece.duration)) - micros(piece.start),
        has_audio: row.card.get("hasAudio").is_none_or(|has| has.as_bool() == Some(true)),
        look: match row.kind.as_str() {
            "picture" => RecipeLook::Still,
            _ if row.card.get("hdr").and_then(serde_json::Value::as_bool) == Some(true) => RecipeLook::Hdr,
            _ => RecipeLook::Plain,
        },
    }
}

fn story_of(row: &CutRow) -> Result<StoryId, DeskError> {
    row.story.ok_or(DeskError::Unknown { what: "story" })
}

fn kept(row: &CutRow) -> Answer<Kept> {
    Ok(serde_json::from_str(&row.json).map_err(|error| DeskError::Broken(error.to_string()))?)
}

fn card(row: &CutRow) -> Answer<CutCard> {
    let kept = kept(row)?;
    let segments = kept.cut.segments.iter().map(|segment| SegmentCard {
        clip: segment.clip,
        from_ms: millis(segment.from),
        to_ms: millis(segment.to),
    });
    Ok(CutCard {
        cut: row.cut,
        story: story_of(row)?,
        duration_ms: millis(kept.cut.running_time()),
        stale: kept.rendered.is_some() && kept.rendered_from != kept.cut.segments,
        name: kept.name,
        segments: segments.collect(),
        can_undo: !kept.undo.is_empty(),
        can_redo: !kept.redo.is_empty(),
        rendered: kept.rendered,
    })
}

/// How much of a clip can be used.
fn length(row: &ClipRow) -> Ticks {
    let still = (row.kind == "picture").then_some(STILL_MS);
    let known = row.duration_ms.and_then(|ms| i64::try_from(ms).ok());
    Ticks::from_millis(still.or(known).unwrap_or_default())
}

/// The frame of the clip that is nearest to a moment, but for the very end, which need not be a frame.
fn on_frame(row: &ClipRow, length: Ticks, ms: u64) -> Ticks {
    let told = row.card.get("rate").and_then(|rate| serde_json::from_value::<(u32, u32)>(rate.clone()).ok());
    let rate = told.and_then(|(frames, per)| Rate::new(frames, per).ok()).unwrap_or(Rate::PAL);
    let time = Ticks::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    // Whole milliseconds name the end a little too early, a player's last frame a little too late.
    let is_the_end = time.plus(Ticks::from_millis(1)) >= length && time <= length.plus(rate.frame());
    if is_the_end { length } else { rate.snap(time).min(length.max(time)) }
}

fn millis(time: Ticks) -> u64 {
    u64::try_from(time.millis()).unwrap_or_default()
}

fn micros(time: Ticks) -> u64 {
    u64::try_from(time.micros()).unwrap_or_default()
}

/// A name without what file systems refuse.
fn safe_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|one| if one.is_control() || "/\\:*?\"<>|".contains(one) { '_' } else { one })
        .collect();
    if clean.trim().is_empty() { "cut".into() } else { clean.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use satchel_terms::Hash;

    use super::*;

    fn clip(rate: (u32, u32), duration_ms: u64) -> ClipRow {
        let mut row = new_row(ClipId::mint(&mut Dice), "一.mp4".into(), Hash::ZERO, 1, None);
        row.kind = "video".into();
        row.duration_ms = Some(duration_ms);
        row.card["rate"] = serde_json::json!([rate.0, rate.1]);
        row
    }

    fn table(row: &ClipRow, ends: &[(u64, u64)]) -> Kept {
        let mut kept = Kept {
            name: "一".into(),
            cut: Cut::default(),
            undo: Vec::new(),
            redo: Vec::new(),
            rendered: None,
            rendered_from: Vec::new(),
        };
        for (at, &(from, to)) in ends.iter().enumerate() {
            let length = length(row);
            let (from, to) = (on_frame(row, length, from), on_frame(row, length, to));
            let segment = Segment { clip: row.clip, blob: row.blob, length, from, to };
            kept.change(Operation::Add { at, segment }).unwrap();
        }
        kept
    }

    #[test]
    fn marks_fall_on_frames_of_the_clip_and_the_last_one_on_its_end() {
        let film = clip((30_000, 1001), 10_003);
        let frame = Rate::new(30_000, 1001).unwrap().frame();

        let kept = table(&film, &[(40, 10_002)]);

        let segment = &kept.cut.segments[0];
        assert_eq!(segment.from, frame);
        assert_eq!(segment.to, length(&film));
    }

    #[test]
    fn a_mark_far_behind_the_end_is_refused_and_the_cut_stays() {
        let film = clip((25, 1), 10_000);
        let mut kept = table(&film, &[(0, 4_000)]);
        let to = on_frame(&film, length(&film), 12_000);

        let refusal = kept.change(Operation::TrimOut { at: 0, to }).unwrap_err();

        assert_eq!(refusal.code, "cut.past-end");
        assert_eq!(millis(kept.cut.segments[0].to), 4_000);
        assert_eq!(kept.undo.len(), 1);
    }

    #[test]
    fn every_step_can_be_taken_back_and_done_again() {
        let film = clip((25, 1), 10_000);
        let mut kept = table(&film, &[(0, 2_000), (3_000, 5_000)]);
        let begun = kept.cut.clone();
        kept.change(Operation::Split { at: 0, point: Ticks::from_millis(1_000) }).unwrap();
        kept.change(Operation::Move { from: 2, to: 0 }).unwrap();
        kept.change(Operation::Remove { at: 1 }).unwrap();
        kept.change(Operation::TrimIn { at: 0, to: Ticks::from_millis(3_400) }).unwrap();
        let done = kept.cut.clone();

        for _ in 0..4 {
            kept.take_back().unwrap();
        }
        assert_eq!(kept.cut, begun);
        for _ in 0..4 {
            kept.do_again().unwrap();
        }
        assert_eq!(kept.cut, done);
    }

    #[test]
    fn a_cut_takes_no_more_segments_than_one_render_can() {
        let film = clip((25, 1), 600_000);
        let ends: Vec<(u64, u64)> = (0..200).map(|at| (at * 1_000, at * 1_000 + 500)).collect();
        let mut kept = table(&film, &ends);
        let before = kept.cut.clone();

        assert!(kept.change(Operation::Split { at: 0, point: Ticks::from_millis(240) }).is_err());

        assert_eq!(kept.cut, before);
    }
}
