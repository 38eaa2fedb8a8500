//! The system's own dialogs for files and folders.

use satchel_failure::Answer;
use serde::Deserialize;
use tauri::{Runtime, WebviewWindow};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;
use ts_rs::TS;

use crate::ShellError;

/// What kind of file is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum PickKind {
    /// An invitation of a centre: its file, or a picture of its squares.
    Invitation,
    /// A recovery file of a centre.
    Recovery,
    /// A picture, video or sound.
    Media,
}

impl PickKind {
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Invitation => {
                &["satchel-invite", "json", "jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"]
            }
            Self::Recovery => &["satchel-recovery", "json"],
            Self::Media => &[
                "jpg", "jpeg", "png", "webp", "tif", "tiff", "gif", "bmp", "heic", "heif", "avif", "dng",
                "cr2", "cr3", "nef", "arw", "raf", "mp4", "mov", "m4v", "mkv", "avi", "mts", "m2ts", "mxf",
                "webm", "3gp", "wav", "mp3", "m4a", "aac", "flac", "ogg", "opus", "amr",
            ],
        }
    }
}

/// Lets the person choose a folder; none when they changed their mind.
pub async fn folder<R: Runtime>(window: &WebviewWindow<R>) -> Answer<Option<String>> {
    let (tell, told) = oneshot::channel();
    dialog(window).pick_folder(move |chosen| drop(tell.send(chosen)));
    answer(told).await
}

/// Lets the person choose a file; none when they changed their mind.
pub async fn file<R: Runtime>(window: &WebviewWindow<R>, kind: PickKind) -> Answer<Option<String>> {
    let (tell, told) = oneshot::channel();
    let upper: Vec<String> = kind.endings().iter().map(|ending| ending.to_uppercase()).collect();
    let endings: Vec<&str> = kind.endings().iter().copied().chain(upper.iter().map(String::as_str)).collect();
    dialog(window)
        .add_filter("Satchel", &endings)
        .add_filter("*", &["*"])
        .pick_file(move |chosen| drop(tell.send(chosen)));
    answer(told).await
}

fn dialog<R: Runtime>(window: &WebviewWindow<R>) -> FileDialogBuilder<R> {
    window.dialog().file().set_parent(window)
}

async fn answer(told: oneshot::Receiver<Option<FilePath>>) -> Answer<Option<String>> {
    let chosen = told.await.map_err(|_| ShellError::DialogLost)?;
    let path = chosen.map(FilePath::into_path).transpose().map_err(|_| ShellError::NoPath)?;
    Ok(path.map(|path| path.display().to_string()))
}
