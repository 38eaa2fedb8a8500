//! Copies one file while hashing it: reading, hashing and writing overlap.

use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use satchel_jobs::Gauge;
use satchel_terms::Hash;

use crate::disk::{Disk, PartFile};
use crate::error::{CaptureError, is_full, name_of};
use crate::walk::SourceFile;

/// Bytes read at a time; a stop is heard between two of them.
pub(crate) const BLOCK: usize = 4 << 20;
/// Blocks in work at a time.
const BLOCKS: usize = 4;

type Block = (Arc<Vec<u8>>, usize);

/// Copies files one after the other with one set of buffers.
pub(crate) struct Copier<'a> {
    disk: &'a dyn Disk,
    gauge: &'a Gauge,
    give: Sender<Vec<u8>>,
    free: Receiver<Vec<u8>>,
}

impl<'a> Copier<'a> {
    pub(crate) fn new(disk: &'a dyn Disk, gauge: &'a Gauge) -> Self {
        let (give, free) = channel();
        for _ in 0..BLOCKS {
            // The other end is ours: it is there.
            let _ = give.send(vec![0; BLOCK]);
        }
        Self { disk, gauge, give, free }
    }

    /// Copies `source` to `part` and gives the open copy, its fingerprint and its length.
    pub(crate) fn copy(
        &mut self,
        source: &SourceFile,
        part: &Path,
    ) -> Result<(Box<dyn PartFile>, Hash, u64), CaptureError> {
        let name = name_of(&source.path);
        let before = self.disk.look(&source.path).map_err(|error| lost(&name, &error))?;
        if before.len == 0 {
            return Err(CaptureError::Empty { name });
        }
        let mut reader = self.disk.open(&source.path).map_err(|error| lost(&name, &error))?;
        let writer = self.disk.create(part).map_err(|error| not_written(&name, &error))?;
        let (writer, hash, len) = if before.len <= BLOCK as u64 {
            self.in_one(&mut *reader, writer, &name)?
        } else {
            self.overlapped(&mut *reader, writer, &name)?
        };
        let after = self.disk.look(&source.path).map_err(|error| lost(&name, &error))?;
        if after != before || len != before.len {
            return Err(CaptureError::Changed { name });
        }
        Ok((writer, hash, len))
    }

    /// A small file, without threads.
    fn in_one(
        &mut self,
        reader: &mut dyn Read,
        mut writer: Box<dyn PartFile>,
        name: &str,
    ) -> Result<(Box<dyn PartFile>, Hash, u64), CaptureError> {
        let mut buffer = self.buffer();
        let mut hasher = blake3::Hasher::new();
        let mut len = 0;
        let done = loop {
            let count = match fill(reader, &mut buffer) {
                Ok(0) => break Ok(()),
                Ok(count) => count,
                Err(error) => break Err(lost(name, &error)),
            };
            hasher.update(&buffer[..count]);
            len += count as u64;
            if let Err(error) = writer.write_all(&buffer[..count]) {
                break Err(not_written(name, &error));
            }
            if let Err(stopped) = self.gauge.advance(count as u64) {
                break Err(stopped.into());
            }
        };
        let _ = self.give.send(buffer);
        writer.start_settling();
        done.map(|()| (writer, Hash(*hasher.finalize().as_bytes()), len))
    }

    /// A large file: this thread reads, one hashes, one writes.
    fn overlapped(
        &mut self,
        reader: &mut dyn Read,
        mut writer: Box<dyn PartFile>,
        name: &str,
    ) -> Result<(Box<dyn PartFile>, Hash, u64), CaptureError> {
        let (to_hash, hashed) = sync_channel::<Block>(BLOCKS);
        let (to_write, written) = sync_channel::<Block>(BLOCKS);
        let (give_hash, give_write) = (self.give.clone(), self.give.clone());
        let refused = AtomicBool::new(false);
        let refusal = &refused;
        std::thread::scope(|scope| {
            let hashing = scope.spawn(move || {
                let mut hasher = blake3::Hasher::new();
                for (block, count) in hashed {
                    hasher.update(&block[..count]);
                    give_back(&give_hash, block);
                }
                Hash(*hasher.finalize().as_bytes())
            });
            let writing = scope.spawn(move || {
                let mut outcome = Ok(());
                for (block, count) in written {
                    // After a refusal the blocks are only handed back, so that nobody waits for them.
                    if outcome.is_ok() {
                        outcome = writer.write_all(&block[..count]);
                        writer.start_settling();
                    }
                    refusal.fetch_or(outcome.is_err(), Ordering::Relaxed);
                    give_back(&give_write, block);
                }
                outcome.map(|()| writer)
            });
            let read = self.read_all(reader, name, [to_hash, to_write], refusal);
            let hash = hashing.join().map_err(|_| died(name))?;
            let writer =
                writing.join().map_err(|_| died(name))?.map_err(|error| not_written(name, &error))?;
            Ok((writer, hash, read?))
        })
    }

    fn read_all(
        &self,
        reader: &mut dyn Read,
        name: &str,
        takers: [SyncSender<Block>; 2],
        refused: &AtomicBool,
    ) -> Result<u64, CaptureError> {
        let mut len = 0;
        loop {
            if refused.load(Ordering::Relaxed) {
                // The writer's own error says why.
                return Ok(len);
            }
            let mut buffer = self.buffer();
            let read = fill(reader, &mut buffer);
            let count = match read {
                Ok(count @ 1..) => count,
                ended => {
                    let _ = self.give.send(buffer);
                    return ended.map(|_| len).map_err(|error| lost(name, &error));
                }
            };
            len += count as u64;
            let block = Arc::new(buffer);
            for taker in &takers {
                // A taker that died is told when it is joined.
                let _ = taker.send((block.clone(), count));
            }
            give_back(&self.give, block);
            self.gauge.advance(count as u64)?;
        }
    }

    /// A free buffer; blocks that a failed copy dropped are replaced.
    fn buffer(&self) -> Vec<u8> {
        self.free.recv_timeout(std::time::Duration::from_secs(5)).unwrap_or_else(|_| vec![0; BLOCK])
    }
}

/// Hands a buffer back when nobody uses it any more.
fn give_back(give: &Sender<Vec<u8>>, block: Arc<Vec<u8>>) {
    if let Some(buffer) = Arc::into_inner(block) {
        let _ = give.send(buffer);
    }
}

/// Reads until the buffer is full or the file ends.
pub(crate) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Why a source cannot be read.
fn lost(name: &str, error: &io::Error) -> CaptureError {
    let name = name.to_owned();
    match error.kind() {
        ErrorKind::NotFound => CaptureError::Vanished { name },
        _ => CaptureError::Unreadable { name, why: error.to_string() },
    }
}

/// Why a copy cannot be written.
pub(crate) fn not_written(name: &str, error: &io::Error) -> CaptureError {
    if is_full(error) {
        return CaptureError::DiskFull { missing_bytes: 0 };
    }
    CaptureError::NotWritten { name: name.to_owned(), why: error.to_string() }
}

fn died(name: &str) -> CaptureError {
    CaptureError::NotWritten { name: name.to_owned(), why: "a copying thread died".into() }
}
