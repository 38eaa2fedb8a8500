//! A parcel on a real FAT32 file system: an image that `fatfs` formats, fills and reads again. Mounting one needs rights
//! and a kernel that tests cannot count on. exFAT takes longer names and larger files than FAT32 and forbids the same
//! letters, so what fits here fits there; an exFAT image itself is not made.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use fatfs::{FatType, FileSystem, FormatVolumeOptions, FsOptions};
use satchel_parcel::{Address, MOST_FILE_BYTES, Made, Packing, Parcel, Way};
use satchel_terms::{Hash, NewsroomId};
use satchel_testkit::Dice;
use satchel_wire::{Manifest, SigningKey};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A clip of so many bytes that repeat nowhere, without a disk full of them: the same ones in whatever steps it is read.
struct Noise {
    at: u64,
    length: u64,
}

impl Noise {
    const fn new(length: u64) -> Self {
        Self { at: 0, length }
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() && self.at < self.length {
            let word = Dice::new(self.at / 8).bits().to_le_bytes();
            let from = usize::try_from(self.at % 8).unwrap();
            let left = usize::try_from((self.length - self.at).min(8)).unwrap();
            let count = (8 - from).min(buffer.len() - done).min(left);
            buffer[done..done + count].copy_from_slice(&word[from..from + count]);
            done += count;
            self.at += count as u64;
        }
        Ok(done)
    }
}

fn manifest(length: u64) -> Manifest {
    Manifest::of(Noise::new(length)).unwrap()
}

fn pack(dir: &Path, length: u64) -> Made {
    let address = Address {
        newsroom: NewsroomId([5; 16]),
        way: Way::Up,
        key: key(1),
        to: key(2).verifying_key(),
        made: 0,
        program: "test".into(),
        cursor: None,
    };
    let mut packing = Packing::begin(dir, address).unwrap();
    packing.record(b"one").unwrap();
    packing.blob(&manifest(length), Noise::new(length), &|_| true).unwrap();
    packing.finish().unwrap()
}

/// Formats an image as FAT32 and copies a parcel onto it, file by file; each is deleted where it came from.
fn fill(image: &Path, folder: &Path, bytes: u64) {
    let disk = File::options().read(true).write(true).create(true).truncate(true).open(image).unwrap();
    disk.set_len(bytes).unwrap();
    let options = FormatVolumeOptions::new().fat_type(FatType::Fat32).bytes_per_cluster(16_384);
    fatfs::format_volume(&disk, options).unwrap();
    let stick = FileSystem::new(&disk, FsOptions::new()).unwrap();
    assert_eq!(stick.fat_type(), FatType::Fat32);
    let root = stick.root_dir();
    let there = root.create_dir(&folder.file_name().unwrap().to_string_lossy()).unwrap();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let mut file = there.create_file(&entry.file_name().to_string_lossy()).unwrap();
        let (mut source, mut buffer) = (File::open(entry.path()).unwrap(), vec![0; 1 << 20]);
        loop {
            let count = source.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            file.write_all(&buffer[..count]).unwrap();
        }
        file.flush().unwrap();
        std::fs::remove_file(entry.path()).unwrap();
    }
    drop(there);
    drop(root);
    stick.unmount().unwrap();
}

/// Copies everything from the image to where the parcel was made.
fn bring_back(image: &Path, folder: &Path) {
    let disk = File::options().read(true).write(true).open(image).unwrap();
    let stick = FileSystem::new(&disk, FsOptions::new()).unwrap();
    let there = stick.root_dir().open_dir(&folder.file_name().unwrap().to_string_lossy()).unwrap();
    for entry in there.iter().map(Result::unwrap).filter(fatfs::DirEntry::is_file) {
        assert!(entry.len() <= MOST_FILE_BYTES, "{}", entry.file_name());
        let mut out = File::create(folder.join(entry.file_name())).unwrap();
        let (mut source, mut buffer) = (entry.to_file(), vec![0; 1 << 20]);
        loop {
            let count = source.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            out.write_all(&buffer[..count]).unwrap();
        }
    }
}

/// Onto the stick and back, and the clip that comes out is the clip that went in.
fn round_trip(length: u64) {
    let dir = tempfile::tempdir().unwrap();
    let made = pack(dir.path(), length);
    let image = dir.path().join("stick.img");
    fill(&image, &made.folder, made.index.bytes() + (1_200 << 20));
    bring_back(&image, &made.folder);
    std::fs::remove_file(&image).unwrap();

    let parcel = Parcel::open(&made.folder).unwrap();
    assert_eq!(parcel.index(), &made.index);
    parcel.check(&|_| true).unwrap();
    let blob = parcel.index().blobs().remove(0);
    let mut hasher = blake3::Hasher::new();
    for (_, file) in &blob.runs {
        let mut pieces = parcel.open_file(file, &key(2)).unwrap();
        while let Some(piece) = pieces.next().unwrap() {
            hasher.update(&piece);
        }
    }
    let came = Hash(*hasher.finalize().as_bytes());
    assert_eq!((came, blob.length), (blob.root, length));
    assert_eq!(came, manifest(length).root);
    println!("{length} bytes in {} files over FAT32 and back", made.index.files.len());
}

#[test]
fn a_parcel_goes_onto_a_fat32_stick_and_comes_back_equal() {
    round_trip(20_000_001);
}

#[test]
#[ignore = "a clip of 6 GiB: takes minutes and 13 GiB of disk; `cargo test -p satchel-parcel -- --ignored six`"]
fn a_clip_of_six_gibibytes_goes_onto_a_fat32_stick_and_comes_back_equal() {
    round_trip(6 << 30);
}
