//! Stories: their texts, versions, remarks and search.

use satchel_desk::cards::{
    BesideCard, CommentCard, DiffBlock, FindingCard, HitCard, OpenStory, RevisionCard, Saved, StoryCard,
};
use satchel_failure::Answer;
use satchel_terms::{CommentId, Hash, StoryId};
use tauri::State;

use crate::entrance::Entrance;

/// Lists the stories.
#[tauri::command]
pub async fn stories(entrance: State<'_, Entrance>) -> Answer<Vec<StoryCard>> {
    entrance.desk().await?.stories().await
}

/// Gives one story's card.
#[tauri::command]
pub async fn story(entrance: State<'_, Entrance>, story: StoryId) -> Answer<StoryCard> {
    entrance.desk().await?.story(story).await
}

/// Begins a story.
#[tauri::command]
pub async fn create_story(
    entrance: State<'_, Entrance>,
    headline: String,
    genre: String,
) -> Answer<StoryCard> {
    entrance.desk().await?.create_story(headline, genre).await
}

/// Opens a story for writing or reading.
#[tauri::command]
pub async fn open_story(entrance: State<'_, Entrance>, story: StoryId) -> Answer<OpenStory> {
    entrance.desk().await?.open_story(story).await
}

/// Keeps words just typed; they are on the disk when it answers.
#[tauri::command]
pub async fn keep_update(
    entrance: State<'_, Entrance>,
    story: StoryId,
    session: u64,
    update: String,
) -> Answer<Saved> {
    entrance.desk().await?.keep_update(story, session.to_string(), update).await
}

/// Seals the words typed so far for the way to the pool.
#[tauri::command]
pub async fn seal_story(entrance: State<'_, Entrance>, story: StoryId) -> Answer<StoryCard> {
    entrance.desk().await?.seal_story(story).await
}

/// Compares the window's text with the core's by fingerprint.
#[tauri::command]
pub async fn check_rev(entrance: State<'_, Entrance>, story: StoryId, rev: Hash) -> Answer<bool> {
    entrance.desk().await?.check_rev(story, rev).await
}

/// Keeps the version as it stands.
#[tauri::command]
pub async fn checkpoint(entrance: State<'_, Entrance>, story: StoryId) -> Answer<RevisionCard> {
    entrance.desk().await?.checkpoint(story).await
}

/// Lists the kept versions.
#[tauri::command]
pub async fn revisions(entrance: State<'_, Entrance>, story: StoryId) -> Answer<Vec<RevisionCard>> {
    entrance.desk().await?.revisions(story).await
}

/// Shows what changed between two versions.
#[tauri::command]
pub async fn compare(entrance: State<'_, Entrance>, older: Hash, newer: Hash) -> Answer<Vec<DiffBlock>> {
    entrance.desk().await?.compare(older, newer).await
}

/// Shows what stands beside the text of a story under review.
#[tauri::command]
pub async fn beside(entrance: State<'_, Entrance>, story: StoryId) -> Answer<BesideCard> {
    entrance.desk().await?.beside(story).await
}

/// Takes one change that stands beside the text into it.
#[tauri::command]
pub async fn take_branch(entrance: State<'_, Entrance>, story: StoryId, record: Hash) -> Answer<StoryCard> {
    entrance.desk().await?.take_branch(story, record).await
}

/// Sets the genre.
#[tauri::command]
pub async fn set_genre(entrance: State<'_, Entrance>, story: StoryId, genre: String) -> Answer<StoryCard> {
    entrance.desk().await?.set_genre(story, genre).await
}

/// Checks a story before it is filed.
#[tauri::command]
pub async fn preflight(entrance: State<'_, Entrance>, story: StoryId) -> Answer<Vec<FindingCard>> {
    entrance.desk().await?.preflight(story).await
}

/// Files a story to the desk: freezes this version and queues it for the pool.
#[tauri::command]
pub async fn file_story(entrance: State<'_, Entrance>, story: StoryId, rev: Hash) -> Answer<StoryCard> {
    entrance.desk().await?.file_story(story, rev).await
}

/// Lists the remarks on a story.
#[tauri::command]
pub async fn comments(entrance: State<'_, Entrance>, story: StoryId) -> Answer<Vec<CommentCard>> {
    entrance.desk().await?.comments(story).await
}

/// Adds a remark.
#[tauri::command]
pub async fn add_comment(
    entrance: State<'_, Entrance>,
    story: StoryId,
    kind: String,
    quote: String,
    text: String,
    answers: Option<CommentId>,
) -> Answer<CommentCard> {
    entrance.desk().await?.add_comment(story, kind, quote, text, answers).await
}

/// Searches stories and material.
#[tauri::command]
pub async fn search(entrance: State<'_, Entrance>, query: String) -> Answer<Vec<HitCard>> {
    entrance.desk().await?.search(query).await
}
