//! Review.

use satchel_desk::cards::{
    PaperWord, ParcelReport, QueueCard, ReviewAsk, ReviewCard, ReviewPlan, SlipDue, Verb,
};
use satchel_failure::Answer;
use satchel_terms::{Hash, JobId, StoryId};
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

/// Passes a story oneself after somebody else signed it on paper.
#[tauri::command]
pub async fn pass_on_paper(
    entrance: State<'_, Entrance>,
    story: StoryId,
    rev: Hash,
    paper: PaperWord,
) -> Answer<ReviewCard> {
    entrance.desk().await?.pass_on_paper(story, rev, paper).await
}

/// Says what a review parcel would hold and who could get it.
#[tauri::command]
pub async fn review_plan(entrance: State<'_, Entrance>, story: StoryId) -> Answer<ReviewPlan> {
    entrance.desk().await?.review_plan(story).await
}

/// Makes a review parcel, a plain copy, or both.
#[tauri::command]
pub async fn make_review_parcel(
    entrance: State<'_, Entrance>,
    story: StoryId,
    folder: String,
    ask: ReviewAsk,
) -> Answer<JobId> {
    entrance.desk().await?.make_review_parcel(story, folder, ask).await
}

/// Lists the verdicts that a slip can carry.
#[tauri::command]
pub async fn slips_due(entrance: State<'_, Entrance>) -> Answer<Vec<SlipDue>> {
    entrance.desk().await?.slips_due().await
}

/// Writes a verdict slip.
#[tauri::command]
pub async fn make_slip(
    entrance: State<'_, Entrance>,
    story: StoryId,
    folder: String,
) -> Answer<ParcelReport> {
    entrance.desk().await?.make_slip(story, folder).await
}
