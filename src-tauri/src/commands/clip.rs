//! Material: clips, imports, the addresses for showing and playing.

use satchel_desk::cards::{ClipCard, ImportPlan, ImportReport};
use satchel_failure::Answer;
use satchel_terms::{ClipId, JobId, StoryId};
use tauri::State;

use crate::entrance::Entrance;
use crate::media_server::MediaServer;

/// Lists the material of a story, or all of it.
#[tauri::command]
pub async fn clips(entrance: State<'_, Entrance>, story: Option<StoryId>) -> Answer<Vec<ClipCard>> {
    entrance.desk().await?.clips(story).await
}

/// Gives one clip's card.
#[tauri::command]
pub async fn clip(entrance: State<'_, Entrance>, clip: ClipId) -> Answer<ClipCard> {
    entrance.desk().await?.clip(clip).await
}

/// Sets caption and credit.
#[tauri::command]
pub async fn caption_clip(
    entrance: State<'_, Entrance>,
    clip: ClipId,
    caption: String,
    credit: String,
) -> Answer<ClipCard> {
    entrance.desk().await?.caption_clip(clip, caption, credit).await
}

/// Settles a field of which several values stand.
#[tauri::command]
pub async fn settle_clip(
    entrance: State<'_, Entrance>,
    clip: ClipId,
    field: String,
    value: String,
) -> Answer<ClipCard> {
    entrance.desk().await?.settle_clip(clip, field, value).await
}

/// Attaches a clip to a story, or to none.
#[tauri::command]
pub async fn attach_clip(
    entrance: State<'_, Entrance>,
    clip: ClipId,
    story: Option<StoryId>,
) -> Answer<ClipCard> {
    entrance.desk().await?.attach_clip(clip, story).await
}

/// Fetches the original from the pool.
#[tauri::command]
pub async fn fetch_original(entrance: State<'_, Entrance>, clip: ClipId) -> Answer<()> {
    entrance.desk().await?.fetch_original(clip).await
}

/// Says what an import would take in.
#[tauri::command]
pub async fn plan_import(entrance: State<'_, Entrance>, path: String) -> Answer<ImportPlan> {
    entrance.desk().await?.plan_import(path).await
}

/// Starts an import.
#[tauri::command]
pub async fn start_import(
    entrance: State<'_, Entrance>,
    path: String,
    story: Option<StoryId>,
) -> Answer<JobId> {
    entrance.desk().await?.start_import(path, story).await
}

/// Says what became of an import.
#[tauri::command]
pub async fn import_report(entrance: State<'_, Entrance>, job: JobId) -> Answer<ImportReport> {
    entrance.desk().await?.import_report(job).await
}

/// Says what lies ready in the hot folder.
#[tauri::command]
pub async fn hot_offers(entrance: State<'_, Entrance>) -> Answer<Option<ImportPlan>> {
    entrance.desk().await?.hot_offers().await
}

/// Takes in what lies in the hot folder.
#[tauri::command]
pub async fn take_hot(entrance: State<'_, Entrance>, story: Option<StoryId>) -> Answer<JobId> {
    entrance.desk().await?.take_hot(story).await
}

/// Gives the address under which the window shows and plays material; it holds for this run.
#[tauri::command]
pub async fn media_base(server: State<'_, MediaServer>) -> Answer<String> {
    Ok(server.base().to_owned())
}
