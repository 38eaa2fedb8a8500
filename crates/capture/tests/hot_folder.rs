//! Laws of the hot folder: a file comes in when it is whole, not before, and once.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use satchel_capture::{HotFolder, MediaKind, ReadyFile, ReadyRule, Tail, tail_of};

fn quick() -> ReadyRule {
    ReadyRule { look: Duration::from_millis(60), looks: 3, still: Duration::from_millis(300) }
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture =
        image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8 * 3, y as u8 * 3, (x * y) as u8]));
    picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
    bytes
}

fn mp4(moov: bool) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
    if moov {
        bytes.extend_from_slice(b"\0\0\0\x0cmoov\0\0\0\0");
    }
    bytes.extend_from_slice(b"\0\0\0\x10mdat12345678");
    bytes
}

fn next(ready: &Receiver<ReadyFile>) -> ReadyFile {
    ready.recv_timeout(Duration::from_secs(10)).expect("a ready file within ten seconds")
}

fn nothing(ready: &Receiver<ReadyFile>, for_ms: u64) {
    assert_eq!(ready.recv_timeout(Duration::from_millis(for_ms)).ok(), None);
}

#[test]
fn a_file_comes_in_once_when_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("早先.jpg"), jpeg()).unwrap();
    let (_folder, ready) = HotFolder::watch(dir.path(), quick()).unwrap();

    assert_eq!(next(&ready).path.file_name().unwrap(), "早先.jpg", "what was there before comes too");
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    std::fs::write(dir.path().join("sub/new.mp4"), mp4(true)).unwrap();
    let file = next(&ready);

    assert_eq!((file.kind, file.len), (MediaKind::Video, 44));
    nothing(&ready, 800);
}

#[test]
fn a_file_still_being_written_waits_until_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (_folder, ready) = HotFolder::watch(dir.path(), quick()).unwrap();
    let bytes = jpeg();
    let path = dir.path().join("slow.jpg");

    // Half a picture, then silence that is longer than the rule, then the rest.
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    nothing(&ready, 1_200);
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(&bytes[bytes.len() / 2..])
        .unwrap();

    assert_eq!(next(&ready).len, bytes.len() as u64);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_somebody_has_open_for_writing_waits() {
    let dir = tempfile::tempdir().unwrap();
    let (_folder, ready) = HotFolder::watch(dir.path(), quick()).unwrap();
    let mut file = std::fs::File::create(dir.path().join("sound.mp3")).unwrap();
    file.write_all(b"ID3 some sound without a rule for its end").unwrap();

    nothing(&ready, 1_200);
    drop(file);

    assert_eq!(next(&ready).kind, MediaKind::Audio);
}

#[test]
fn growing_names_and_hidden_files_wait_until_they_are_renamed() {
    let dir = tempfile::tempdir().unwrap();
    let (_folder, ready) = HotFolder::watch(dir.path(), quick()).unwrap();
    for name in ["a.jpg.part", "b.jpg.tmp", "c.jpg.crdownload", "d.jpg~", ".e.jpg"] {
        std::fs::write(dir.path().join(name), jpeg()).unwrap();
    }

    nothing(&ready, 900);
    std::fs::rename(dir.path().join("a.jpg.part"), dir.path().join("a.jpg")).unwrap();

    assert_eq!(next(&ready).path.file_name().unwrap(), "a.jpg");
    nothing(&ready, 600);
}

#[test]
fn a_ready_file_that_changes_later_is_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let (_folder, ready) = HotFolder::watch(dir.path(), quick()).unwrap();
    let path = dir.path().join("a.png");
    std::fs::write(&path, b"\x89PNG\r\n\x1a\n one IEND\xaeB`\x82").unwrap();
    let first = next(&ready);

    std::fs::write(&path, b"\x89PNG\r\n\x1a\n another IEND\xaeB`\x82").unwrap();

    assert_ne!(next(&ready).len, first.len);
}

#[test]
fn the_watch_ends_when_it_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, ready) = HotFolder::watch(dir.path(), ReadyRule::default()).unwrap();
    let clock = Instant::now();

    drop(folder);

    assert!(ready.recv().is_err());
    assert!(clock.elapsed() < Duration::from_secs(2));
    assert!(HotFolder::watch(&dir.path().join("none"), ReadyRule::default()).is_err());
}

fn tail(dir: &Path, bytes: &[u8]) -> Tail {
    let path = dir.join("x");
    std::fs::write(&path, bytes).unwrap();
    tail_of(&path).unwrap()
}

#[test]
fn no_beginning_of_a_file_counts_as_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut riff = b"RIFF\x14\0\0\0WAVEfmt \x08\0\0\0abcdefgh".to_vec();
    riff.truncate(28);
    for whole in [jpeg(), mp4(true), riff] {
        assert_eq!(tail(dir.path(), &whole), Tail::Whole);
        for len in [0, 12, 13, whole.len() / 2, whole.len() - 2] {
            let start = &whole[..len];
            assert_eq!(tail(dir.path(), start), Tail::Unfinished, "{len} of {}", whole.len());
        }
        let mut zeros = whole[..whole.len() / 2].to_vec();
        zeros.resize(whole.len(), 0);
        if whole.starts_with(b"\xff\xd8") {
            assert_eq!(tail(dir.path(), &zeros), Tail::Unfinished, "full size set aside, filled with zeros");
        }
    }
    assert_eq!(tail(dir.path(), &mp4(false)), Tail::Unfinished, "pictures without their index");
    let mut motion = jpeg();
    motion.extend_from_slice(&mp4(true));
    assert_eq!(tail(dir.path(), &motion), Tail::Whole, "a motion part behind the picture");
}

#[test]
fn whole_camera_files_are_whole() {
    let place = std::env::var_os("SATCHEL_SAMPLES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples"),
        std::path::PathBuf::from,
    );
    if !place.is_dir() {
        println!("left out: no samples of real cameras here");
        return;
    }
    for folder in ["photos", "heic", "captions"] {
        for entry in std::fs::read_dir(place.join(folder)).unwrap().flatten() {
            assert_ne!(tail_of(&entry.path()).unwrap(), Tail::Unfinished, "{:?}", entry.path());
        }
    }
}
