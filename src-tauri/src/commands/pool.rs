//! The exchange with the pool; people and devices.

use satchel_desk::cards::{PersonCard, SyncCard, SyncLogLine};
use satchel_failure::Answer;
use satchel_terms::{DeviceId, Role};
use tauri::State;

use crate::entrance::Entrance;

/// Says how the exchange stands.
#[tauri::command]
pub async fn sync_state(entrance: State<'_, Entrance>) -> Answer<SyncCard> {
    entrance.desk().await?.sync_state().await
}

/// Asks for an exchange now.
#[tauri::command]
pub async fn sync_now(entrance: State<'_, Entrance>) -> Answer<()> {
    entrance.desk().await?.sync_now().await
}

/// Reads the permanent log of the exchange.
#[tauri::command]
pub async fn sync_log(entrance: State<'_, Entrance>, query: String) -> Answer<Vec<SyncLogLine>> {
    entrance.desk().await?.sync_log(query).await
}

/// Lists the people of the centre.
#[tauri::command]
pub async fn people(entrance: State<'_, Entrance>) -> Answer<Vec<PersonCard>> {
    entrance.desk().await?.people().await
}

/// Writes an invitation file and says where it is.
#[tauri::command]
pub async fn invite(
    entrance: State<'_, Entrance>,
    name: String,
    roles: Vec<Role>,
    folder: String,
) -> Answer<String> {
    entrance.desk().await?.invite(name, roles, folder).await
}

/// Revokes a laptop.
#[tauri::command]
pub async fn revoke_device(entrance: State<'_, Entrance>, device: DeviceId, reason: String) -> Answer<()> {
    entrance.desk().await?.revoke_device(device, reason).await
}
