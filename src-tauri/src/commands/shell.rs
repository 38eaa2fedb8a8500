//! What only the window can do: the system's dialogs and its browser.

use satchel_failure::Answer;
use tauri::WebviewWindow;

use crate::picker::{self, PickKind};

/// Lets the person choose a folder; none when they changed their mind.
#[tauri::command]
pub async fn pick_folder(window: WebviewWindow) -> Answer<Option<String>> {
    picker::folder(&window).await
}

/// Lets the person choose a file; none when they changed their mind.
#[tauri::command]
pub async fn pick_file(window: WebviewWindow, kind: PickKind) -> Answer<Option<String>> {
    picker::file(&window, kind).await
}

/// Opens an address of the web in the system's browser.
#[tauri::command]
pub async fn open_link(url: String) -> Answer<()> {
    Ok(crate::link::open(&url)?)
}
