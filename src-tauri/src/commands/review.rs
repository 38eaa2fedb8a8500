//! Review.

use satchel_desk::cards::{QueueCard, ReviewCard, Verb};
use satchel_failure::Answer;
use satchel_terms::StoryId;
use tauri::State;

use crate::entrance::Entrance;

/// Lists what waits for review.
#[tauri::command]
pub async fn queue(entrance: State<'_, Entrance>) -> Answer<Vec<QueueCard>> {
    entrance.desk().await?.queue().await
}

/// Opens a story under review.
#[tauri::command]
pub async fn review(entrance: State<'_, Entrance>, story: StoryId) -> Answer<ReviewCard> {
    entrance.desk().await?.review(story).await
}

/// Decides on a story.
#[tauri::command]
pub async fn decide(entrance: State<'_, Entrance>, story: StoryId, verb: Verb) -> Answer<ReviewCard> {
    entrance.desk().await?.decide(story, verb).await
}
