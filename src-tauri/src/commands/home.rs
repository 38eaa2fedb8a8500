//! First run, lock, the person's choices, the machine.

use satchel_desk::cards::{AppState, InvitationCard, Machine, Place, RecoveredCard, Settings};
use satchel_failure::Answer;
use tauri::State;

use crate::entrance::Entrance;

/// Says where the program stands.
#[tauri::command]
pub async fn app_state(entrance: State<'_, Entrance>) -> Answer<AppState> {
    entrance.desk().await?.app_state().await
}

/// Takes another folder for the library, before there is one.
#[tauri::command]
pub async fn choose_library(entrance: State<'_, Entrance>, dir: String) -> Answer<AppState> {
    entrance.desk().await?.choose_library(dir).await
}

/// Says what a folder could hold.
#[tauri::command]
pub async fn check_place(entrance: State<'_, Entrance>, dir: String) -> Answer<Place> {
    entrance.desk().await?.check_place(dir).await
}

/// Switches the language.
#[tauri::command]
pub async fn set_language(entrance: State<'_, Entrance>, language: String) -> Answer<AppState> {
    entrance.desk().await?.set_language(language).await
}

/// Reads an invitation and checks its signature.
#[tauri::command]
pub async fn read_invitation(entrance: State<'_, Entrance>, path: String) -> Answer<InvitationCard> {
    entrance.desk().await?.read_invitation(path).await
}

/// Founds a centre on this machine.
#[tauri::command]
pub async fn start_centre(
    entrance: State<'_, Entrance>,
    centre: String,
    name: String,
    passphrase: Option<String>,
) -> Answer<AppState> {
    entrance.desk().await?.start_centre(centre, name, passphrase).await
}

/// Joins a centre by its invitation.
#[tauri::command]
pub async fn join_centre(
    entrance: State<'_, Entrance>,
    path: String,
    passphrase: Option<String>,
) -> Answer<AppState> {
    entrance.desk().await?.join_centre(path, passphrase).await
}

/// Opens a locked library.
#[tauri::command]
pub async fn unlock(entrance: State<'_, Entrance>, passphrase: String) -> Answer<AppState> {
    entrance.desk().await?.unlock(passphrase).await
}

/// Gives the person's choices.
#[tauri::command]
pub async fn settings(entrance: State<'_, Entrance>) -> Answer<Settings> {
    entrance.desk().await?.settings().await
}

/// Keeps the person's choices.
#[tauri::command]
pub async fn save_settings(entrance: State<'_, Entrance>, settings: Settings) -> Answer<Settings> {
    entrance.desk().await?.save_settings(settings).await
}

/// Gives the machine's facts for the bottom line.
#[tauri::command]
pub async fn machine(entrance: State<'_, Entrance>) -> Answer<Machine> {
    entrance.desk().await?.machine().await
}

/// Lists what was open when the program went down.
#[tauri::command]
pub async fn recovered(entrance: State<'_, Entrance>) -> Answer<Vec<RecoveredCard>> {
    entrance.desk().await?.recovered().await
}

/// Notes that the person has seen what was recovered.
#[tauri::command]
pub async fn recovery_seen(entrance: State<'_, Entrance>) -> Answer<()> {
    entrance.desk().await?.recovery_seen().await
}

/// Writes the report for support, without contents.
#[tauri::command]
pub async fn diagnostics(entrance: State<'_, Entrance>) -> Answer<String> {
    entrance.desk().await?.diagnostics().await
}

/// Finds the text of an invitation in a pasted picture of its squares (base64).
#[tauri::command]
pub async fn invitation_in_picture(entrance: State<'_, Entrance>, picture: String) -> Answer<String> {
    entrance.desk().await?.invitation_in_picture(picture).await
}

/// Opens a library whose passphrase was forgotten and puts it under a new one.
#[tauri::command]
pub async fn recover(
    entrance: State<'_, Entrance>,
    file: String,
    code: String,
    passphrase: String,
) -> Answer<AppState> {
    entrance.desk().await?.recover(file, code, passphrase).await
}
