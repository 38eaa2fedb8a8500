//! A parcel for a laptop that has no line: the pool's order since the place it has read, and material with it.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use satchel_parcel::{Address, Cursor, Made, Packing, Parcel, Way, find};
use satchel_terms::{DeviceId, Hash};
use satchel_wire::body::{AssetDerive, ClipFacts};
use satchel_wire::{Kind, Record, device_id, key_from_hex};
use tokio::runtime::Handle;

use crate::failure::{Outcome, PoolError};
use crate::keep::{Keep, Page};
use crate::{Pool, chance};

/// Bytes of a page of the pool's order.
const PAGE: usize = 1_048_576;

/// Which material goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Material {
    /// None.
    None,
    /// Thumbnails, posters and proxies.
    Small,
    /// Originals too.
    All,
}

/// What a parcel for a laptop shall hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export {
    /// For which laptop.
    pub device: DeviceId,
    /// The place it has read; taken from its own parcels on the stick when absent, else from the beginning.
    pub after: Option<u64>,
    /// Which material goes along.
    pub material: Material,
}

impl Pool {
    /// Makes a parcel for a laptop in a folder of its own under `dir`.
    ///
    /// # Errors
    /// [`PoolError::UnknownDevice`], [`PoolError::DeviceRevoked`]; what stick and store say.
    pub async fn export_parcel(&self, dir: &Path, export: Export) -> Outcome<Made> {
        let row = self.keep().device(export.device).await?.ok_or(PoolError::UnknownDevice)?;
        if row.revoked.is_some() {
            return Err(PoolError::DeviceRevoked);
        }
        let after = export.after.unwrap_or_else(|| self.read_by(dir, export.device));
        let pages = self.pages(after).await?;
        let (epoch, head) = (self.facts().epoch, pages.last().map_or(after, |(_, page)| page.head));
        let address = Address {
            newsroom: self.facts().newsroom,
            way: Way::Down,
            key: self.key().clone(),
            to: key_from_hex(&row.public_key)?,
            made: chance::now(),
            program: concat!("satchel-pool/", env!("CARGO_PKG_VERSION")).to_owned(),
            cursor: Some(Cursor { epoch, after, next: after, head }),
        };
        let (dir, keep, handle) = (dir.to_owned(), Arc::clone(&self.keep), Handle::current());
        let packed = tokio::task::spawn_blocking(move || {
            pack(&dir, address, &pages, export.material, &Shelf { keep, handle })
        });
        let made = packed.await.map_err(|error| PoolError::Broken(error.to_string()))??;
        tracing::info!(device = %export.device, after, bytes = made.index.bytes(), "parcel made");
        Ok(made)
    }

    /// How far a laptop has read, by the newest of its own parcels on the stick.
    fn read_by(&self, dir: &Path, device: DeviceId) -> u64 {
        let parcels = find(dir).map(|found| found.parcels).unwrap_or_default();
        let read = parcels.iter().filter_map(|folder| Parcel::open(folder).ok());
        let own = read.filter(|parcel| {
            let us = device_id(&self.key().verifying_key());
            parcel.must_be(Way::Up, self.facts().newsroom, us).is_ok() && parcel.index().from == device
        });
        let cursors = own.filter_map(|parcel| parcel.index().cursor);
        cursors
            .filter(|cursor| cursor.epoch == self.facts().epoch)
            .map(|cursor| cursor.next)
            .max()
            .unwrap_or(0)
    }

    async fn pages(&self, mut after: u64) -> Outcome<Vec<(u64, Page)>> {
        let mut pages = Vec::new();
        loop {
            let page = self.keep().feed(after, PAGE).await?;
            if page.next <= after {
                return Ok(pages);
            }
            let begin = std::mem::replace(&mut after, page.next);
            pages.push((begin, page));
        }
    }
}

/// The store, for a thread that may wait.
struct Shelf {
    keep: Arc<dyn Keep>,
    handle: Handle,
}

fn pack(
    dir: &Path,
    address: Address,
    pages: &[(u64, Page)],
    material: Material,
    shelf: &Shelf,
) -> Outcome<Made> {
    let mut packing = Packing::begin(dir, address)?;
    for (after, page) in pages {
        packing.feed(*after, page.next, &page.bytes)?;
    }
    for root in roots(pages, material) {
        let state = shelf.handle.block_on(shelf.keep.blob(root))?;
        if let Some(blob) = state.filter(|blob| blob.is_whole) {
            packing.blob(&blob.manifest, Blob { shelf, root, at: 0 }, &|_| true)?;
        }
    }
    Ok(packing.finish()?)
}

/// The blobs that records of these pages name.
fn roots(pages: &[(u64, Page)], material: Material) -> BTreeSet<Hash> {
    let frames = pages.iter().flat_map(|(_, page)| Record::frames(&page.bytes).unwrap_or_default());
    let records = frames.filter_map(|frame| Record::parse(frame.to_vec()).ok());
    let named = records.filter_map(|record| match record.header().kind {
        Kind::ASSET_DERIVE if material != Material::None => {
            record.json::<AssetDerive>().ok().map(|made| made.blob)
        }
        Kind::ASSET_ADD if material == Material::All => {
            record.json::<ClipFacts>().ok().map(|facts| facts.blob)
        }
        _ => None,
    });
    named.collect()
}

/// A blob of the store as a file.
struct Blob<'a> {
    shelf: &'a Shelf,
    root: Hash,
    at: u64,
}

impl Read for Blob<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Shelf { keep, handle } = self.shelf;
        let read = handle.block_on(keep.read_blob(self.root, self.at, buffer.len()));
        let bytes = read.map_err(std::io::Error::other)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}
