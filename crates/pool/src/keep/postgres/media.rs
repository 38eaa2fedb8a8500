//! Whole blobs for the adapters of channels, which read like from a file and know nothing of tasks: a thread with a
//! runtime and connections of its own fetches for them, so that a reader that waits holds up nobody else.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, mpsc};

use satchel_channels::{MediaFile, MediaSource};
use satchel_terms::Hash;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::blobs::Blobs;
use super::connect::Db;
use super::shelf::Shelf;
use crate::failure::Outcome;
use crate::settings::Storage;

/// Bytes fetched at once.
const PIECE: usize = 4 * 1_048_576;
/// Connections of the thread.
const CONNECTIONS: u32 = 2;

/// What a reader asks for: the length, or bytes from a place.
enum Ask {
    Length(Hash, mpsc::Sender<Outcome<Option<u64>>>),
    Bytes(Hash, u64, mpsc::Sender<Outcome<Vec<u8>>>),
}

/// The way to the fetching thread; it ends with the last of these.
#[derive(Clone)]
pub struct Fetcher {
    asks: UnboundedSender<Ask>,
}

impl Fetcher {
    /// Starts the thread.
    ///
    /// # Errors
    /// What settings and system say.
    pub fn start(storage: &Storage) -> Outcome<Self> {
        let (asks, mut asked) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let storage = storage.clone();
        let shelf = Shelf::new(&storage.s3)?;
        std::thread::Builder::new().name("pool-media".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let db = match Db::new(&storage, CONNECTIONS) {
                    Ok(db) => db,
                    Err(error) => return tracing::error!(%error, "material cannot be read for channels"),
                };
                let blobs = Arc::new(Blobs::new(db, shelf));
                while let Some(ask) = asked.recv().await {
                    tokio::spawn(answer(Arc::clone(&blobs), ask));
                }
            });
        })?;
        Ok(Self { asks })
    }

    fn ask<T>(&self, ask: impl FnOnce(mpsc::Sender<Outcome<T>>) -> Ask) -> io::Result<T> {
        let (tell, told) = mpsc::channel();
        self.asks.send(ask(tell)).map_err(|_| io::Error::other("the fetching thread is gone"))?;
        let answer = told.recv().map_err(|_| io::Error::other("the fetching thread is gone"))?;
        answer.map_err(|error| io::Error::other(error.to_string()))
    }
}

async fn answer(blobs: Arc<Blobs>, ask: Ask) {
    // A reader that went away needs no answer.
    match ask {
        Ask::Length(root, tell) => {
            let whole = blobs.whole(root).await;
            drop(tell.send(whole.map(|whole| whole.map(|whole| whole.manifest.length))));
        }
        Ask::Bytes(root, from, tell) => drop(tell.send(blobs.read(root, from, PIECE).await)),
    }
}

impl MediaSource for Fetcher {
    fn open(&self, blob: &Hash) -> io::Result<MediaFile> {
        let bytes = self.ask(|tell| Ask::Length(*blob, tell))?.ok_or(io::ErrorKind::NotFound)?;
        let reader =
            Reader { fetcher: self.clone(), root: *blob, length: bytes, at: 0, piece: Vec::new(), begins: 0 };
        Ok(MediaFile { reader: Box::new(reader), bytes })
    }
}

/// A blob read from anywhere.
struct Reader {
    fetcher: Fetcher,
    root: Hash,
    length: u64,
    at: u64,
    piece: Vec<u8>,
    begins: u64,
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || into.is_empty() {
            return Ok(0);
        }
        let is_here = self.at >= self.begins && self.at - self.begins < self.piece.len() as u64;
        if !is_here {
            let (root, at) = (self.root, self.at);
            self.piece = self.fetcher.ask(|tell| Ask::Bytes(root, at, tell))?;
            self.begins = at;
        }
        let from = usize::try_from(self.at - self.begins).map_err(io::Error::other)?;
        let here = self.piece.get(from..).unwrap_or_default();
        let count = here.len().min(into.len());
        into[..count].copy_from_slice(&here[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
