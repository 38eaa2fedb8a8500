//! The files of a pack, the same bytes every time.

use std::collections::HashMap;
use std::io::{Cursor, Read, SeekFrom};

use satchel_checks::Package;
use satchel_terms::Hash;
use serde_json::{Value, json};

use crate::adapter::{MediaSource, ReadSeek, ending};
use crate::failure::PushError;

/// One file of a pack.
pub(super) struct PackFile {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// BLAKE3 in hex.
    pub(super) hash: String,
    content: Content,
}

enum Content {
    Here(Vec<u8>),
    Blob(Hash),
}

/// A story as files; the manifest is the last.
pub(super) struct Pack {
    pub(super) marker: String,
    pub(super) files: Vec<PackFile>,
    story: Value,
}

impl Pack {
    /// Names the files and writes the page. Sizes come with [`Self::measured`].
    pub(super) fn of(package: &Package) -> Result<Self, PushError> {
        let mut names = HashMap::new();
        let mut files = Vec::new();
        for (index, item) in package.media().iter().enumerate() {
            let name = format!("{:02}.{}", index + 1, ending(&item.file_name));
            names.insert(item.blob, name.clone());
            files.push(PackFile {
                name,
                bytes: 0,
                hash: item.blob.to_string(),
                content: Content::Blob(item.blob),
            });
        }
        files.insert(0, PackFile::here("story.html", page(package, &names).into_bytes()));
        let unwritable = |error: serde_json::Error| PushError::NotDispatched { why: error.to_string() };
        let story = json!({ "package": serde_json::to_value(package).map_err(unwritable)? });
        Ok(Self { marker: package.marker().to_owned(), files, story })
    }

    /// Asks for the size of every piece of material and adds the manifest.
    pub(super) fn measured(mut self, media: &dyn MediaSource) -> Result<Self, PushError> {
        for file in &mut self.files {
            if let Content::Blob(blob) = file.content {
                file.bytes = media.open(&blob).map_err(|error| missing(&blob, &error))?.bytes;
            }
        }
        let list: Vec<Value> = self
            .files
            .iter()
            .map(|file| json!({ "name": file.name, "bytes": file.bytes, "blake3": file.hash }))
            .collect();
        self.story["files"] = list.into();
        let mut manifest = format!("{:#}", self.story).into_bytes();
        manifest.push(b'\n');
        self.files.push(PackFile::here("manifest.json", manifest));
        Ok(self)
    }

    /// What the `.ok` holds: the BLAKE3 of the manifest, and a newline.
    pub(super) fn ok_line(&self) -> String {
        self.files.last().map(|manifest| format!("{}\n", manifest.hash)).unwrap_or_default()
    }
}

impl PackFile {
    fn here(name: &str, bytes: Vec<u8>) -> Self {
        let (name, length) = (name.to_owned(), bytes.len() as u64);
        Self { name, bytes: length, hash: super::hash(&bytes), content: Content::Here(bytes) }
    }

    /// Opens the file at its start.
    pub(super) fn open(&self, media: &dyn MediaSource) -> Result<Box<dyn ReadSeek + Send>, PushError> {
        match &self.content {
            Content::Here(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Content::Blob(blob) => Ok(media.open(blob).map_err(|error| missing(blob, &error))?.reader),
        }
    }

    /// Reads a piece of the file.
    pub(super) fn slice(&self, media: &dyn MediaSource, from: u64, most: u64) -> Result<Vec<u8>, PushError> {
        let mut reader = self.open(media)?;
        skip(&mut *reader, from, self)?;
        let mut bytes = Vec::new();
        reader.take(most).read_to_end(&mut bytes).map_err(|error| self.unreadable(&error))?;
        Ok(bytes)
    }

    fn unreadable(&self, error: &std::io::Error) -> PushError {
        PushError::MaterialMissing { blob: self.hash.clone(), why: error.to_string() }
    }
}

/// Goes to an offset.
pub(super) fn skip(reader: &mut dyn ReadSeek, from: u64, file: &PackFile) -> Result<(), PushError> {
    reader.seek(SeekFrom::Start(from)).map(drop).map_err(|error| file.unreadable(&error))
}

fn missing(blob: &Hash, error: &std::io::Error) -> PushError {
    PushError::MaterialMissing { blob: blob.to_string(), why: error.to_string() }
}

/// The story as a page that opens in any browser.
fn page(package: &Package, names: &HashMap<Hash, String>) -> String {
    let title = escaped(package.title());
    let body = package.html_with(|item| names.get(&item.blob).cloned().unwrap_or_default());
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n<body>\n\
         <h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
