//! The desk of one laptop in this process, as a door holds it: its own centre, pool and library.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use satchel_desk::cards::Happened;
use satchel_desk::{Answer, Desk, Place};
use satchel_store::{Library, LibraryKey, Vault};
use satchel_terms::StoryId;
use satchel_wire::{from_base64, to_base64};
use tokio::runtime::Runtime;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

/// The passphrase of made-up libraries: no keyring is asked.
pub const PASSPHRASE: &str = "correct horse battery";

/// A desk with an open library.
pub struct Laptop {
    runtime: Runtime,
    desk: Desk,
    news: Receiver<Happened>,
    folder: PathBuf,
}

impl Laptop {
    /// Founds a centre in a folder; the pool program must lie beside this one.
    ///
    /// # Errors
    /// What the desk says.
    pub fn found(folder: &Path) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let place = Place { library: Some(folder.to_owned()), ..Place::default() };
        let desk = runtime.block_on(Desk::open(place)).map_err(said)?;
        let start = desk.start_centre("Bench".into(), "李雪梅".into(), Some(PASSPHRASE.into()));
        runtime.block_on(start).map_err(said)?;
        let news = desk.news();
        Ok(Self { runtime, desk, news, folder: folder.to_owned() })
    }

    /// Makes a story and gives its id and the state in which an editor opens it.
    ///
    /// # Errors
    /// What the desk says.
    pub fn new_story(&self, headline: &str) -> anyhow::Result<(StoryId, Vec<u8>)> {
        let story = self.ask(self.desk.create_story(headline.into(), "brief".into()))?.story;
        let open = self.ask(self.desk.open_story(story))?;
        let state = open.updates.first().context("a story opens without its text")?;
        Ok((story, from_base64(state)?))
    }

    /// Keeps one update, as the window does; when it returns the words are on the disk.
    ///
    /// # Errors
    /// What the desk says.
    pub fn keep(&self, story: StoryId, update: &[u8]) -> anyhow::Result<()> {
        self.ask(self.desk.keep_update(story, "bench".into(), to_base64(update))).map(drop)
    }

    /// Keeps updates one after the other.
    ///
    /// # Errors
    /// What the desk says.
    pub fn keep_all(&self, story: StoryId, updates: &[Vec<u8>]) -> anyhow::Result<()> {
        updates.iter().try_for_each(|update| self.keep(story, update))
    }

    /// Waits until the desk has sealed a story by itself. False when it did not within the time.
    pub fn is_sealed_within(&mut self, story: StoryId, patience: Duration) -> bool {
        while self.news.try_recv().is_ok() {}
        let news = &mut self.news;
        let sealed = async move {
            loop {
                match news.recv().await {
                    Ok(Happened::StoryChanged { story: changed }) if changed == story => return true,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return false,
                }
            }
        };
        self.runtime.block_on(async { timeout(patience, sealed).await.unwrap_or(false) })
    }

    /// Closes the desk, which seals the rest, and opens its library alone.
    ///
    /// # Errors
    /// When the library does not open.
    pub fn into_library(self) -> anyhow::Result<Library> {
        self.runtime.block_on(self.desk.close());
        drop(self.desk);
        drop(self.runtime);
        let secrets = Vault::open(&self.folder.join("vault.json"), PASSPHRASE)?;
        let secrets: serde_json::Value = serde_json::from_slice(&secrets)?;
        let mut key = [0; 32];
        hex::decode_to_slice(secrets["library_key"].as_str().context("a vault without a key")?, &mut key)?;
        Ok(Library::open(&self.folder, &LibraryKey::new(key))?)
    }

    fn ask<T>(&self, question: impl Future<Output = Answer<T>>) -> anyhow::Result<T> {
        self.runtime.block_on(question).map_err(said)
    }
}

fn said(failure: satchel_desk::Failure) -> anyhow::Error {
    anyhow!("{failure}")
}
