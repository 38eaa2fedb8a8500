//! Channels and releases.

use satchel_desk::cards::{ChannelCard, ChannelForm, DeliveryCard, FindingCard, PushCard};
use satchel_failure::Answer;
use satchel_terms::{ChannelId, PushId, StoryId};
use tauri::State;

use crate::entrance::Entrance;

/// Lists the channels.
#[tauri::command]
pub async fn channels(entrance: State<'_, Entrance>) -> Answer<Vec<ChannelCard>> {
    entrance.desk().await?.channels().await
}

/// Keeps a channel.
#[tauri::command]
pub async fn save_channel(entrance: State<'_, Entrance>, form: ChannelForm) -> Answer<ChannelCard> {
    entrance.desk().await?.save_channel(form).await
}

/// Lists the signed stories and their releases.
#[tauri::command]
pub async fn push_list(entrance: State<'_, Entrance>) -> Answer<Vec<PushCard>> {
    entrance.desk().await?.push_list().await
}

/// Checks a story against a channel.
#[tauri::command]
pub async fn rehearse(
    entrance: State<'_, Entrance>,
    story: StoryId,
    channel: ChannelId,
) -> Answer<Vec<FindingCard>> {
    entrance.desk().await?.rehearse(story, channel).await
}

/// Releases a story on a channel.
#[tauri::command]
pub async fn release(
    entrance: State<'_, Entrance>,
    story: StoryId,
    channel: ChannelId,
) -> Answer<DeliveryCard> {
    entrance.desk().await?.release(story, channel).await
}

/// Settles a release whose outcome is unknown.
#[tauri::command]
pub async fn resolve_push(
    entrance: State<'_, Entrance>,
    push: PushId,
    released: bool,
    url: String,
    reason: String,
) -> Answer<DeliveryCard> {
    entrance.desk().await?.resolve_push(push, released, url, reason).await
}
