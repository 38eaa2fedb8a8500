//! Cuts.

use satchel_desk::cards::{CutCard, SegmentCard};
use satchel_failure::Answer;
use satchel_terms::{CutId, JobId, StoryId};
use tauri::State;

use crate::entrance::Entrance;

/// Lists the cuts of a story.
#[tauri::command]
pub async fn cuts(entrance: State<'_, Entrance>, story: StoryId) -> Answer<Vec<CutCard>> {
    entrance.desk().await?.cuts(story).await
}

/// Keeps a cut.
#[tauri::command]
pub async fn save_cut(
    entrance: State<'_, Entrance>,
    story: StoryId,
    cut: Option<CutId>,
    name: String,
    segments: Vec<SegmentCard>,
) -> Answer<CutCard> {
    entrance.desk().await?.save_cut(story, cut, name, segments).await
}

/// Renders a cut into a clip.
#[tauri::command]
pub async fn render_cut(entrance: State<'_, Entrance>, cut: CutId) -> Answer<JobId> {
    entrance.desk().await?.render_cut(cut).await
}
