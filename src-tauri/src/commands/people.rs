//! The library's keys, laptops, what stands apart, and who is writing.

use satchel_desk::cards::{ApartCard, DeviceFacts, EscrowCard, KeysCard, WritingCard};
use satchel_failure::Answer;
use satchel_terms::{Hash, StoryId};
use tauri::State;

use crate::entrance::Entrance;

/// Says where the library's keys lie.
#[tauri::command]
pub async fn keys(entrance: State<'_, Entrance>) -> Answer<KeysCard> {
    entrance.desk().await?.keys().await
}

/// Puts the keys under another passphrase, or into the keyring.
#[tauri::command]
pub async fn change_keys(
    entrance: State<'_, Entrance>,
    old: Option<String>,
    next: Option<String>,
) -> Answer<KeysCard> {
    entrance.desk().await?.change_keys(old, next).await
}

/// Says what the centre's escrow offers and holds.
#[tauri::command]
pub async fn escrow(entrance: State<'_, Entrance>) -> Answer<EscrowCard> {
    entrance.desk().await?.escrow().await
}

/// Leaves the library's key with the centre.
#[tauri::command]
pub async fn give_escrow(entrance: State<'_, Entrance>, passphrase: Option<String>) -> Answer<EscrowCard> {
    entrance.desk().await?.give_escrow(passphrase).await
}

/// Takes it back.
#[tauri::command]
pub async fn take_back_escrow(entrance: State<'_, Entrance>) -> Answer<EscrowCard> {
    entrance.desk().await?.take_back_escrow().await
}

/// Gives the laptops as the pool knows them.
#[tauri::command]
pub async fn device_facts(entrance: State<'_, Entrance>) -> Answer<Vec<DeviceFacts>> {
    entrance.desk().await?.device_facts().await
}

/// Lists what stands apart at the pool.
#[tauri::command]
pub async fn quarantine(entrance: State<'_, Entrance>) -> Answer<Vec<ApartCard>> {
    entrance.desk().await?.quarantine().await
}

/// Copies a record that stands apart into a folder.
#[tauri::command]
pub async fn export_apart(entrance: State<'_, Entrance>, id: Hash, folder: String) -> Answer<String> {
    entrance.desk().await?.export_apart(id, folder).await
}

/// Says who is writing a story, or asks for the edit baton.
#[tauri::command]
pub async fn writing(
    entrance: State<'_, Entrance>,
    story: StoryId,
    wish: String,
) -> Answer<Option<WritingCard>> {
    entrance.desk().await?.writing(story, wish).await
}

/// Gives the address of the pool's page for administrators, with a way in that works once.
#[tauri::command]
pub async fn pool_page(entrance: State<'_, Entrance>) -> Answer<String> {
    entrance.desk().await?.pool_page().await
}
