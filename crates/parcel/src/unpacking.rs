//! A parcel that came: found, believed, checked to the last byte, and only then opened.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use satchel_terms::{DeviceId, NewsroomId};
use satchel_wire::Manifest;

use crate::failure::{Outcome, ParcelError};
use crate::index::{BlobFiles, FOLDER, FileLine, INDEX, Index, MOST_PAGE_BYTES, Way};
use crate::packing::info;
use crate::seal::Unsealer;
use crate::slip::ENDING;
use crate::{Going, disk};

/// What lies in a folder.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Found {
    /// Folders of finished parcels, in order of their names.
    pub parcels: Vec<PathBuf>,
    /// Folders that look like parcels and have no index.
    pub unfinished: Vec<PathBuf>,
    /// Verdict slips, in order of their names.
    pub slips: Vec<PathBuf>,
}

/// Looks for parcels and slips in a folder, or takes the folder itself when it is one.
///
/// # Errors
/// [`ParcelError::Stick`] when the folder cannot be read.
pub fn find(dir: &Path) -> Outcome<Found> {
    let failed = |error: std::io::Error| ParcelError::stick(&disk::name_of(dir), &error);
    let mut found = Found::default();
    if dir.join(INDEX).is_file() {
        found.parcels.push(dir.to_owned());
        return Ok(found);
    }
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_ours = disk::name_of(&path).starts_with(FOLDER);
        let Some(kind) = path.symlink_metadata().ok().filter(|_| is_ours) else { continue };
        if kind.is_file() && path.extension().is_some_and(|ending| ending == ENDING) {
            found.slips.push(path);
        } else if kind.is_dir() {
            let is_finished = path.join(INDEX).is_file();
            let place = if is_finished { &mut found.parcels } else { &mut found.unfinished };
            place.push(path);
        }
    }
    found.parcels.sort();
    found.unfinished.sort();
    found.slips.sort();
    Ok(found)
}

/// A parcel whose index was signed by its maker.
#[derive(Debug, Clone)]
pub struct Parcel {
    folder: PathBuf,
    index: Index,
}

impl Parcel {
    /// Reads the index of a parcel.
    ///
    /// # Errors
    /// [`ParcelError::Unfinished`] without one; [`ParcelError::Damaged`] when it is not as it was signed;
    /// [`ParcelError::OtherVersion`].
    pub fn open(folder: &Path) -> Outcome<Self> {
        let Some(page) = read_page(folder, INDEX)? else {
            return Err(ParcelError::Unfinished { folder: disk::name_of(folder) });
        };
        Ok(Self { folder: folder.to_owned(), index: Index::read(&page)? })
    }

    /// Its index.
    #[must_use]
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of its folder.
    #[must_use]
    pub fn name(&self) -> String {
        disk::name_of(&self.folder)
    }

    /// Insists that it goes this way, in this centre, to this machine.
    ///
    /// # Errors
    /// [`ParcelError::OtherCentre`], [`ParcelError::NotForUs`].
    pub fn must_be(&self, way: Way, newsroom: NewsroomId, to: DeviceId) -> Outcome<()> {
        if self.index.newsroom != newsroom {
            return Err(ParcelError::OtherCentre);
        }
        if self.index.way != way || self.index.to != to { Err(ParcelError::NotForUs) } else { Ok(()) }
    }

    /// Reads every file to its end and compares it with the index.
    ///
    /// # Errors
    /// [`ParcelError::Missing`], [`ParcelError::Damaged`], [`ParcelError::Stopped`], and what the stick says.
    pub fn check(&self, going: Going<'_>) -> Outcome<()> {
        self.index
            .files
            .iter()
            .try_for_each(|file| disk::verify(&self.folder.join(&file.name), file.bytes, &file.blake3, going))
    }

    /// Opens a file of the parcel.
    ///
    /// # Errors
    /// [`ParcelError::CannotOpen`] when it is sealed to another key, and what the stick says.
    pub fn open_file(&self, file: &FileLine, key: &SigningKey) -> Outcome<Pieces> {
        let input = BufReader::with_capacity(1 << 16, disk::open(&self.folder.join(&file.name))?);
        let unsealer = Unsealer::new(input, file.bytes, &file.name, key, &info(&self.index, &file.name))?;
        Ok(Pieces(unsealer))
    }

    /// All of a small file.
    ///
    /// # Errors
    /// As [`Parcel::open_file`].
    pub fn read_file(&self, file: &FileLine, key: &SigningKey) -> Outcome<Vec<u8>> {
        let mut pieces = self.open_file(file, key)?;
        let mut whole = Vec::new();
        while let Some(piece) = pieces.next()? {
            whole.extend(piece);
        }
        Ok(whole)
    }

    /// The list of a blob's segments, which folds into its name.
    ///
    /// # Errors
    /// [`ParcelError::Wire`] when it does not; as [`Parcel::open_file`].
    pub fn manifest(&self, blob: &BlobFiles<'_>, key: &SigningKey) -> Outcome<Manifest> {
        let bytes = blob.manifest.map(|file| self.read_file(file, key)).transpose()?.unwrap_or_default();
        Ok(Manifest::parse(blob.root, blob.length, &bytes)?)
    }
}

/// An opened file, piece by piece; a piece of a blob is at most four whole segments.
pub struct Pieces(Unsealer<BufReader<File>>);

impl Pieces {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// [`ParcelError::CannotOpen`], and what the stick says.
    pub fn next(&mut self) -> Outcome<Option<Vec<u8>>> {
        self.0.piece()
    }
}

/// Reads a signed page of a parcel's folder; none when it is not there.
pub fn read_page(folder: &Path, name: &str) -> Outcome<Option<Vec<u8>>> {
    let file = match disk::open(&folder.join(name)) {
        Ok(file) => file,
        Err(ParcelError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut page = Vec::new();
    let read = file.take(MOST_PAGE_BYTES + 1).read_to_end(&mut page);
    read.map_err(|error| ParcelError::stick(name, &error))?;
    if page.len() as u64 > MOST_PAGE_BYTES { Err(ParcelError::damaged(name)) } else { Ok(Some(page)) }
}
