//! Verified segments of a blob (`docs/FORMATS.md` section 4): the chaining values of its 256 KiB subtrees fold into BLAKE3 of the file.

use std::io::Read;

use blake3::Hasher;
use blake3::hazmat::{HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use satchel_terms::Hash;

use crate::WireError;

/// Bytes of a segment; only the last of a file is shorter.
pub const SEGMENT: u64 = 262_144;

/// How many segments a file of this length has; an empty file has none.
#[must_use]
pub const fn segments_of(length: u64) -> u64 {
    length.div_ceil(SEGMENT)
}

/// The list that proves each segment alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// BLAKE3 of the whole file: its name.
    pub root: Hash,
    /// Bytes of the file.
    pub length: u64,
    /// Chaining values in order; empty when the file has at most one segment.
    pub values: Vec<[u8; 32]>,
}

impl Manifest {
    /// Computes the manifest of everything the reader gives.
    ///
    /// # Errors
    /// [`WireError::Unreadable`] when reading fails.
    pub fn of(mut reader: impl Read) -> Result<Self, WireError> {
        let mut maker = ManifestMaker::default();
        let mut buffer = vec![0; 65_536];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(maker.finish()),
                Ok(count) => maker.update(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(WireError::Unreadable { why: error.to_string() }),
            }
        }
    }

    /// Reads a manifest as [`Manifest::to_bytes`] writes it, and checks that it folds into `root`.
    ///
    /// # Errors
    /// [`WireError::BadManifest`] when count or fold do not fit.
    pub fn parse(root: Hash, length: u64, bytes: &[u8]) -> Result<Self, WireError> {
        let (values, rest) = bytes.as_chunks::<32>();
        let expected = if segments_of(length) <= 1 { 0 } else { segments_of(length) };
        let empty_is_wrong = length == 0 && root.0 != *blake3::hash(&[]).as_bytes();
        if !rest.is_empty() || values.len() as u64 != expected || empty_is_wrong {
            return Err(WireError::BadManifest);
        }
        if !values.is_empty() && fold(values) != root.0 {
            return Err(WireError::BadManifest);
        }
        Ok(Self { root, length, values: values.to_vec() })
    }

    /// The chaining values one after another.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.values.concat()
    }

    /// How many segments the file has.
    #[must_use]
    pub const fn segments(&self) -> u64 {
        segments_of(self.length)
    }

    /// Bytes of one segment; 0 past the end.
    #[must_use]
    pub const fn segment_len(&self, index: u64) -> u64 {
        let left = self.length.saturating_sub(index.saturating_mul(SEGMENT));
        if left < SEGMENT { left } else { SEGMENT }
    }

    /// Whether these bytes are the segment at `index`.
    #[must_use]
    pub fn verify_segment(&self, index: u64, bytes: &[u8]) -> bool {
        if bytes.is_empty() || bytes.len() as u64 != self.segment_len(index) {
            return false;
        }
        if self.values.is_empty() {
            return blake3::hash(bytes).as_bytes() == &self.root.0;
        }
        let Some(value) = usize::try_from(index).ok().and_then(|index| self.values.get(index)) else {
            return false;
        };
        let mut hasher = Hasher::new();
        hasher.set_input_offset(index * SEGMENT);
        hasher.update(bytes);
        hasher.finalize_non_root() == *value
    }
}

/// Computes a manifest from bytes as they pass by, in pieces of any size.
#[derive(Debug, Default)]
pub struct ManifestMaker {
    hasher: Hasher,
    in_segment: u64,
    length: u64,
    values: Vec<[u8; 32]>,
}

impl ManifestMaker {
    /// Takes the next bytes of the file.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.in_segment == SEGMENT {
                self.close_segment();
            }
            let room = usize::try_from(SEGMENT - self.in_segment).unwrap_or(usize::MAX).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.hasher.update(now);
            self.in_segment += room as u64;
            self.length += room as u64;
            bytes = later;
        }
    }

    /// Bytes taken so far.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Ends the file.
    #[must_use]
    pub fn finish(mut self) -> Manifest {
        if self.values.is_empty() {
            let root = Hash(*self.hasher.finalize().as_bytes());
            return Manifest { root, length: self.length, values: Vec::new() };
        }
        self.close_segment();
        Manifest { root: Hash(fold(&self.values)), length: self.length, values: self.values }
    }

    fn close_segment(&mut self) {
        self.values.push(self.hasher.finalize_non_root());
        self.hasher = Hasher::new();
        self.hasher.set_input_offset(self.values.len() as u64 * SEGMENT);
        self.in_segment = 0;
    }
}

/// Folds two or more chaining values into the root.
fn fold(values: &[[u8; 32]]) -> [u8; 32] {
    match values {
        [] => *blake3::hash(&[]).as_bytes(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(left_count(more.len()));
            *merge_subtrees_root(&fold_inner(left), &fold_inner(right), Mode::Hash).as_bytes()
        }
    }
}

fn fold_inner(values: &[[u8; 32]]) -> [u8; 32] {
    match values {
        [] => [0; 32],
        [one] => *one,
        more => {
            let (left, right) = more.split_at(left_count(more.len()));
            merge_subtrees_non_root(&fold_inner(left), &fold_inner(right), Mode::Hash)
        }
    }
}

/// The largest power of two smaller than `count`: BLAKE3's left subtree is always full.
const fn left_count(count: usize) -> usize {
    count.next_power_of_two() / 2
}

/// Which segments are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    count: u64,
    bits: Vec<u8>,
}

impl Bitmap {
    /// A map of `count` segments, none held.
    #[must_use]
    pub fn new(count: u64) -> Self {
        Self { count, bits: vec![0; usize::try_from(count.div_ceil(8)).unwrap_or(0)] }
    }

    /// Reads a map of `count` segments; missing or surplus bytes and bits count as not held.
    #[must_use]
    pub fn from_bytes(count: u64, bytes: &[u8]) -> Self {
        let mut map = Self::new(count);
        for index in 0..count.min(bytes.len() as u64 * 8) {
            if bytes[usize::try_from(index / 8).unwrap_or(0)] & bit(index) != 0 {
                map.set(index);
            }
        }
        map
    }

    /// The bytes, segment 0 in the lowest bit of the first.
    #[must_use]
    pub fn to_bytes(&self) -> &[u8] {
        &self.bits
    }

    /// How many segments there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Marks a segment as held; an index past the end is ignored.
    pub fn set(&mut self, index: u64) {
        if index < self.count
            && let Some(byte) = usize::try_from(index / 8).ok().and_then(|at| self.bits.get_mut(at))
        {
            *byte |= bit(index);
        }
    }

    /// Whether a segment is held.
    #[must_use]
    pub fn has(&self, index: u64) -> bool {
        index < self.count
            && usize::try_from(index / 8)
                .ok()
                .and_then(|at| self.bits.get(at))
                .is_some_and(|byte| byte & bit(index) != 0)
    }

    /// How many segments are held.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.bits.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    /// Whether all are held.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.held() == self.count
    }

    /// The runs of segments that are not held, as half-open ranges of at most `longest`.
    #[must_use]
    pub fn missing_runs(&self, longest: u64) -> Vec<std::ops::Range<u64>> {
        let longest = longest.max(1);
        let mut runs: Vec<std::ops::Range<u64>> = Vec::new();
        for index in (0..self.count).filter(|index| !self.has(*index)) {
            match runs.last_mut() {
                Some(run) if run.end == index && run.end - run.start < longest => run.end += 1,
                _ => runs.push(index..index + 1),
            }
        }
        runs
    }
}

const fn bit(index: u64) -> u8 {
    1 << (index % 8)
}
