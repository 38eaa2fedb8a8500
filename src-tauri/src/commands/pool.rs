//! The exchange with the pool; people and devices.

use satchel_desk::cards::{
    ArrivalsCard, InvitationMade, NearbyCard, ParcelReport, PersonCard, SyncCard, SyncLogLine,
};
use satchel_failure::Answer;
use satchel_terms::{ClipId, DeviceId, JobId, PersonId, Role};
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

/// Says how fast the line is and when what waits will be in the pool.
#[tauri::command]
pub async fn arrivals(entrance: State<'_, Entrance>) -> Answer<ArrivalsCard> {
    entrance.desk().await?.arrivals().await
}

/// Sends what waits of a clip at once, or no longer.
#[tauri::command]
pub async fn send_now(entrance: State<'_, Entrance>, clip: ClipId, is_urgent: bool) -> Answer<()> {
    entrance.desk().await?.send_now(clip, is_urgent).await
}

/// Makes a parcel for the pool in a folder.
#[tauri::command]
pub async fn make_parcel(entrance: State<'_, Entrance>, folder: String, originals: bool) -> Answer<JobId> {
    entrance.desk().await?.make_parcel(folder, originals).await
}

/// Takes in receipts and parcels for this laptop from a folder.
#[tauri::command]
pub async fn take_parcel(entrance: State<'_, Entrance>, folder: String) -> Answer<JobId> {
    entrance.desk().await?.take_parcel(folder).await
}

/// Says what became of a parcel.
#[tauri::command]
pub async fn parcel_report(entrance: State<'_, Entrance>, job: JobId) -> Answer<ParcelReport> {
    entrance.desk().await?.parcel_report(job).await
}

/// Says how the exchange with laptops nearby stands.
#[tauri::command]
pub async fn nearby_state(entrance: State<'_, Entrance>) -> Answer<NearbyCard> {
    entrance.desk().await?.nearby_state().await
}

/// Switches the exchange with laptops nearby on or off.
#[tauri::command]
pub async fn set_nearby(entrance: State<'_, Entrance>, is_on: bool) -> Answer<NearbyCard> {
    entrance.desk().await?.set_nearby(is_on, None).await
}

/// Meets the laptop at a typed address.
#[tauri::command]
pub async fn meet_nearby(entrance: State<'_, Entrance>, place: String) -> Answer<NearbyCard> {
    entrance.desk().await?.meet_nearby(place).await
}

/// Lists the people of the centre.
#[tauri::command]
pub async fn people(entrance: State<'_, Entrance>) -> Answer<Vec<PersonCard>> {
    entrance.desk().await?.people().await
}

/// Invites a person, or one more laptop of a person who is here.
#[tauri::command]
pub async fn invite(
    entrance: State<'_, Entrance>,
    name: String,
    roles: Vec<Role>,
    folder: String,
    person: Option<PersonId>,
) -> Answer<InvitationMade> {
    entrance.desk().await?.invite(name, roles, folder, person).await
}

/// Revokes a laptop.
#[tauri::command]
pub async fn revoke_device(entrance: State<'_, Entrance>, device: DeviceId, reason: String) -> Answer<()> {
    entrance.desk().await?.revoke_device(device, reason).await
}
