//! Bytes for the window's player and pictures: a file handle, never a path.

use std::fs::File;

use satchel_failure::Answer;
use satchel_terms::{ClipId, Hash};

use crate::DeskError;
use crate::room::Room;

/// What of a clip is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// The small picture of the grid.
    Thumb,
    /// The poster of a video, the large picture of a still.
    Poster,
    /// What plays: the proxy, else the original.
    Play,
    /// The picture as the page shows it.
    Picture,
}

/// An open file with what a web server needs to know of it.
#[derive(Debug)]
pub struct MediaFile {
    /// The bytes.
    pub file: File,
    /// How many.
    pub len: u64,
    /// Media type.
    pub mime: String,
}

impl Room {
    /// Opens what of a clip is asked for, if it is here.
    pub fn media(&self, kind: MediaKind, clip: ClipId) -> Answer<MediaFile> {
        let row = self.clip_row(clip)?;
        let derived = self.library.derived(clip)?;
        let roles: &[&str] = match kind {
            MediaKind::Thumb => &["thumb", "poster"],
            MediaKind::Poster | MediaKind::Picture => &["poster", "thumb"],
            MediaKind::Play => &["proxy"],
        };
        for role in roles {
            let found = derived.iter().find(|one| one.role == *role && self.library.blobs().has(&one.blob));
            if let Some(one) = found {
                return self.open_blob(one.blob, &one.mime);
            }
        }
        if self.library.blobs().has(&row.blob) {
            return self.open_blob(row.blob, &row.mime);
        }
        Err(DeskError::Unknown { what: "clip" }.into())
    }

    fn open_blob(&self, blob: Hash, mime: &str) -> Answer<MediaFile> {
        let file = self.library.blobs().open_file(&blob)?;
        Ok(MediaFile { file, len: self.library.blobs().len(&blob)?, mime: mime.to_owned() })
    }
}
