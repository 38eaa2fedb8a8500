//! Uploads of the side door in `tus/` of the data folder, two files each: what is known of it, and its bytes. The offset
//! is the length of the file.

use std::fs::Metadata;
use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use satchel_terms::Stamp;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::failure::{Outcome, PoolError};
use crate::folders::make_folder;
use crate::secrets;
use crate::tus::{Lying, Tray, Upload, refused};

/// Bytes written at once, and read at once.
const PIECE: usize = 256 << 10;
const AT_HAND: u64 = 4 << 20;

/// The folder.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
}

impl Folder {
    /// The uploads below a data folder.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Self { dir: data.join("tus") }
    }

    fn bytes(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}.bytes"))
    }

    fn facts(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}.json"))
    }

    fn look(&self, id: &str) -> Option<Lying> {
        let facts = self.facts(id);
        let upload: Upload = serde_json::from_slice(&std::fs::read(&facts).ok()?).ok()?;
        let bytes = std::fs::metadata(self.bytes(id)).ok();
        let moved_at = moved(bytes.as_ref().unwrap_or(&facts.metadata().ok()?))?;
        let held = bytes.map_or_else(|| upload.length.unwrap_or(0), |bytes| bytes.len());
        Some(Lying { id: id.to_owned(), upload, held, moved_at })
    }
}

fn moved(file: &Metadata) -> Option<Stamp> {
    let since = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Stamp::try_from(since.as_millis()).ok()
}

fn remove(path: &Path) -> Outcome<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[async_trait]
impl Tray for Folder {
    fn piece(&self) -> usize {
        PIECE
    }

    async fn begin(&self, id: &str, upload: &Upload) -> Outcome<()> {
        make_folder(&self.dir)?;
        std::fs::File::create(self.bytes(id))?.sync_all()?;
        self.note(id, upload).await
    }

    async fn note(&self, id: &str, upload: &Upload) -> Outcome<()> {
        let text = serde_json::to_vec(upload).map_err(|error| PoolError::Broken(error.to_string()))?;
        secrets::write_private(&self.facts(id), &text)
    }

    async fn find(&self, id: &str) -> Outcome<Option<Lying>> {
        Ok(self.look(id))
    }

    async fn all(&self) -> Outcome<Vec<Lying>> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let facts = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
        Ok(facts.filter_map(|path| self.look(path.file_stem()?.to_str()?)).collect())
    }

    async fn append(&self, id: &str, at: u64, bytes: Vec<u8>) -> Outcome<()> {
        let mut file = File::options().append(true).open(self.bytes(id)).await?;
        if file.metadata().await?.len() != at {
            return Err(refused(409, "the offset is another one"));
        }
        file.write_all(&bytes).await?;
        Ok(file.flush().await?)
    }

    async fn cut(&self, id: &str, to: u64) -> Outcome<()> {
        Ok(File::options().write(true).open(self.bytes(id)).await?.set_len(to).await?)
    }

    async fn settle(&self, id: &str) -> Outcome<()> {
        Ok(File::options().append(true).open(self.bytes(id)).await?.sync_data().await?)
    }

    async fn read(&self, id: &str, from: u64) -> Outcome<Vec<u8>> {
        let mut file = File::open(self.bytes(id)).await?;
        file.seek(SeekFrom::Start(from)).await?;
        let mut bytes = Vec::new();
        file.take(AT_HAND).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn join(&self, id: &str, parts: &[String], length: u64) -> Outcome<()> {
        let mut whole = File::create(self.bytes(id)).await?;
        let mut joined = 0;
        for part in parts {
            let mut bytes = File::open(self.bytes(part)).await?;
            joined += tokio::io::copy(&mut bytes, &mut whole).await?;
        }
        if joined != length {
            return Err(refused(409, "a part is not complete"));
        }
        whole.sync_all().await?;
        for part in parts {
            self.forget(part).await?;
        }
        Ok(())
    }

    async fn clear(&self, id: &str) -> Outcome<()> {
        remove(&self.bytes(id))
    }

    async fn forget(&self, id: &str) -> Outcome<()> {
        remove(&self.facts(id))?;
        remove(&self.bytes(id))
    }
}
