//! Blobs: whole or not there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::Read as _;

use common::fresh;
use satchel_failure::Explain as _;
use satchel_terms::Hash;
use satchel_wire::{Manifest, SEGMENT};

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|number| (number as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
}

#[test]
fn a_blob_is_kept_under_its_fingerprint_once() {
    let (_dir, library) = fresh();
    let blobs = library.blobs();

    let root = blobs.put_bytes(b"picture").unwrap();
    assert_eq!(blobs.put_bytes(b"picture").unwrap(), root);

    let mut bytes = Vec::new();
    blobs.open_file(&root).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!((bytes.as_slice(), blobs.len(&root).unwrap()), (b"picture".as_slice(), 7));
    assert_eq!(blobs.open_file(&Hash::ZERO).unwrap_err().code(), "store.no-blob");
}

#[test]
fn a_file_from_the_workbench_is_moved_into_place() {
    let (_dir, library) = fresh();
    let part = library.blobs().new_part();
    std::fs::write(&part, b"rushes").unwrap();
    let root = Hash(*blake3::hash(b"rushes").as_bytes());

    library.blobs().shelve(&part, &root).unwrap();

    assert!(library.blobs().has(&root) && !part.exists());
}

#[test]
fn segments_arrive_in_any_order_over_several_runs() {
    let (_dir, library) = fresh();
    let bytes = noise(5 * SEGMENT as usize + 77);
    let manifest = Manifest::of(bytes.as_slice()).unwrap();
    let piece = |index: u64| {
        let start = (index * SEGMENT) as usize;
        &bytes[start..bytes.len().min(start + SEGMENT as usize)]
    };

    let mut partial = library.blobs().partial(&manifest.root, manifest.length).unwrap();
    for index in [5, 0, 3] {
        assert!(manifest.verify_segment(index, piece(index)));
        partial.write_segment(index, piece(index)).unwrap();
    }
    assert_eq!(partial.write_segment(1, b"short").unwrap_err().code(), "store.bad-segment");
    assert_eq!(partial.finish().unwrap_err().code(), "store.bad-segment", "it is not whole");

    let mut partial = library.blobs().partial(&manifest.root, manifest.length).unwrap();
    assert_eq!(partial.bitmap().missing_runs(9), [1..3, 4..5]);
    for index in [1, 2, 4] {
        partial.write_segment(index, piece(index)).unwrap();
    }
    partial.finish().unwrap();

    assert_eq!(std::fs::read(library.blobs().path(&manifest.root)).unwrap(), bytes);
    assert_eq!(library.blobs().manifest(&manifest.root).unwrap(), manifest);
}

#[test]
fn all_who_fill_one_blob_at_the_same_time_share_its_map() {
    let (_dir, library) = fresh();
    let bytes = noise(64 * SEGMENT as usize + 5);
    let manifest = Manifest::of(bytes.as_slice()).unwrap();
    let piece = |index: u64| {
        let start = (index * SEGMENT) as usize;
        &bytes[start..bytes.len().min(start + SEGMENT as usize)]
    };
    let open = || library.blobs().partial(&manifest.root, manifest.length).unwrap();
    let (mut line, mut nearby) = (open(), open());

    line.write_segment(0, piece(0)).unwrap();
    nearby.write_segment(64, piece(64)).unwrap();
    assert!(line.bitmap().has(64) && nearby.bitmap().has(0));
    assert_eq!(library.blobs().still_missing(&manifest.root, &(0..3)), vec![1..3; 1]);
    drop(line);
    let (library, manifest, piece) = (&library, &manifest, &piece);
    let written = std::thread::scope(|scope| {
        let ways = [false, true].map(|is_backwards| {
            let mut way = open();
            scope.spawn(move || {
                let mut written = 0;
                for step in 0..65 {
                    let index = if is_backwards { 64 - step } else { step };
                    if !library.blobs().still_missing(&manifest.root, &(index..index + 1)).is_empty() {
                        way.write_segment(index, piece(index)).unwrap();
                        written += 1;
                    }
                }
                if way.bitmap().is_complete() {
                    way.finish().unwrap();
                }
                written
            })
        });
        ways.map(|way| way.join().unwrap()).iter().sum::<u64>()
    });
    println!("{written} writes for 63 segments that were missing");
    assert!(written <= 65, "one or two may meet in the middle: {written}");
    assert_eq!(std::fs::read(library.blobs().path(&manifest.root)).unwrap(), bytes);
    nearby.finish().unwrap();
    assert!(library.blobs().still_missing(&manifest.root, &(0..3)).len() <= 1);
}

#[test]
fn a_wrong_whole_is_never_shelved() {
    let (_dir, library) = fresh();
    let root = Hash(*blake3::hash(b"right").as_bytes());
    let mut partial = library.blobs().partial(&root, 5).unwrap();
    partial.write_segment(0, b"wrong").unwrap();

    assert_eq!(partial.finish().unwrap_err().code(), "store.blob-mismatch");

    assert!(!library.blobs().has(&root));
    assert_eq!(library.blobs().partial(&root, 5).unwrap().bitmap().held(), 0, "it begins anew");
}

#[test]
fn a_file_that_changed_on_the_shelf_is_noticed() {
    let (_dir, library) = fresh();
    let root = library.blobs().put_bytes(b"original").unwrap();
    std::fs::write(library.blobs().path(&root), b"0riginal").unwrap();

    assert_eq!(library.blobs().manifest(&root).unwrap_err().code(), "store.blob-mismatch");
}
