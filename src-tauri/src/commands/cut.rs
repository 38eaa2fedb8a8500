//! Cuts.

use satchel_desk::cards::{CutCard, CutStep};
use satchel_failure::Answer;
use satchel_terms::{CutId, JobId, StoryId};
use tauri::State;

use crate::entrance::Entrance;

/// Lists the cuts of a story.
#[tauri::command]
pub async fn cuts(entrance: State<'_, Entrance>, story: StoryId) -> Answer<Vec<CutCard>> {
    entrance.desk().await?.cuts(story).await
}

/// Begins a cut.
#[tauri::command]
pub async fn create_cut(entrance: State<'_, Entrance>, story: StoryId, name: String) -> Answer<CutCard> {
    entrance.desk().await?.create_cut(story, name).await
}

/// Carries out one step on a cut.
#[tauri::command]
pub async fn change_cut(entrance: State<'_, Entrance>, cut: CutId, step: CutStep) -> Answer<CutCard> {
    entrance.desk().await?.change_cut(cut, step).await
}

/// Renders a cut into a clip.
#[tauri::command]
pub async fn render_cut(entrance: State<'_, Entrance>, cut: CutId) -> Answer<JobId> {
    entrance.desk().await?.render_cut(cut).await
}
