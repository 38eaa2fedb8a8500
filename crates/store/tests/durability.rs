//! What was acknowledged stays, whatever happens to the program or the disk.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use common::{Dice, KEY, Pen, fresh, reopen, story};
use satchel_failure::Explain as _;
use satchel_store::Direction;
use satchel_store::{Library, TransferRow};
use satchel_terms::Hash;

/// Not a law by itself: the program that is killed. It writes and prints what was acknowledged.
#[test]
fn the_typing_child() {
    let Ok(folder) = std::env::var("SATCHEL_TYPING_CHILD") else { return };
    let library = Library::open(folder.as_ref(), &KEY).unwrap();
    let start = library.pending_updates(story(1)).unwrap().len() as u64;
    let out = std::io::stdout();
    for number in start.. {
        library.keep_update(story(1), "child", &number.to_be_bytes()).unwrap();
        let mut out = out.lock();
        writeln!(out, "ack {number}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn every_acknowledged_update_survives_a_kill() {
    let (dir, library) = fresh();
    drop(library);
    let mut dice = Dice::announced();
    let mut acknowledged = 0;

    for _ in 0..4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["the_typing_child", "--exact", "--nocapture", "--test-threads=1"])
            .env("SATCHEL_TYPING_CHILD", dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let stop_after = 5 + dice.below(60);
        let mut seen = 0;
        for line in lines.by_ref() {
            if let Some(number) = line.unwrap().split("ack ").nth(1) {
                acknowledged = number.trim().parse::<u64>().unwrap();
                seen += 1;
                if seen == stop_after {
                    break;
                }
            }
        }
        child.kill().unwrap();
        for line in lines {
            if let Some(number) = line.unwrap_or_default().split("ack ").nth(1) {
                acknowledged = number.trim().parse::<u64>().unwrap_or(acknowledged);
            }
        }
        child.wait().unwrap();

        let library = reopen(dir.path());
        library.check().unwrap();
        let kept: Vec<u64> = library
            .pending_updates(story(1))
            .unwrap()
            .iter()
            .map(|update| u64::from_be_bytes(update.bytes.as_slice().try_into().unwrap()))
            .collect();
        assert!(kept.len() as u64 > acknowledged, "acknowledged {acknowledged}, kept {}", kept.len());
        assert!(kept.iter().enumerate().all(|(place, number)| place as u64 == *number), "no gap, no double");
    }
}

#[test]
fn what_was_written_is_there_without_a_goodbye() {
    let (dir, library) = fresh();
    library.keep_update(story(1), "s", b"one").unwrap();
    library.transfer_want(&TransferRow::waiting(Hash([1; 32]), Direction::Up, 2, 10, [0; 16])).unwrap();
    drop(library);

    let library = reopen(dir.path());
    assert_eq!(library.pending_updates(story(1)).unwrap()[0].bytes, b"one");
    assert_eq!(library.transfers(&Default::default()).unwrap().len(), 1);
}

#[test]
fn sealing_moves_updates_into_the_record_without_losing_one() {
    let (_dir, library) = fresh();
    let mut pen = Pen::new(1);
    for word in [b"a", b"b", b"c"] {
        library.keep_update(story(1), "s", word).unwrap();
    }
    let pending = library.pending_updates(story(1)).unwrap();
    let record = pen.write(story(1), b"ab");

    library.append_own(&record, &[pending[0].row, pending[1].row]).unwrap();

    assert_eq!(library.doc_updates(story(1)).unwrap(), [b"ab".to_vec(), b"c".to_vec()]);
    assert_eq!(
        library.my_head(pen.device(), satchel_wire::Stream::Editorial).unwrap(),
        Some((1, record.id()))
    );
    assert_eq!(library.append_own(&record, &[]).unwrap_err().code(), "store.not-next");
    assert_eq!(library.unpushed(pen.device()).unwrap(), 1);
}

#[test]
fn a_restored_copy_stands_behind_the_mark() {
    let (dir, library) = fresh();
    let mut pen = Pen::new(1);
    library.append_own(&pen.write(story(1), b"a"), &[]).unwrap();
    drop(library);
    let copy = std::fs::read(dir.path().join("library.db")).unwrap();
    let library = reopen(dir.path());
    library.append_own(&pen.write(story(1), b"b"), &[]).unwrap();
    assert!(!library.is_behind_mark(pen.device()).unwrap());
    drop(library);

    std::fs::write(dir.path().join("library.db"), copy).unwrap();

    assert!(reopen(dir.path()).is_behind_mark(pen.device()).unwrap());
}

#[test]
fn a_full_disk_is_said_and_nothing_half_is_kept() {
    let (dir, library) = fresh();
    library.keep_update(story(1), "s", b"before").unwrap();
    library.pretend_full(true).unwrap();

    let refusal = library.keep_update(story(1), "s", &vec![1; 1 << 20]).unwrap_err();

    assert_eq!(refusal.code(), "store.disk-full");
    assert!(library.has_lost_reserve(), "the reserve was given up for the text first");
    assert_eq!(library.blobs().put_bytes(b"new").unwrap_err().code(), "store.disk-full");
    library.pretend_full(false).unwrap();
    library.keep_update(story(1), "s", b"after").unwrap();
    library.restore_reserve();
    assert!(!library.has_lost_reserve());
    drop(library);
    let kept: Vec<_> = reopen(dir.path()).pending_updates(story(1)).unwrap();
    assert_eq!(
        kept.iter().map(|one| one.bytes.clone()).collect::<Vec<_>>(),
        [b"before".to_vec(), b"after".to_vec()]
    );
}

#[test]
fn one_refused_write_does_not_spoil_those_that_wait_with_it() {
    let (_dir, library) = fresh();
    let pen = Pen::new(1);
    let wrong = {
        let mut other = Pen::new(1);
        other.write(story(1), b"skipped");
        other.draft(story(1), b"second")
    };
    assert_eq!(wrong.header().device, pen.device());

    std::thread::scope(|scope| {
        for worker in 0..6_u32 {
            let (library, wrong) = (&library, &wrong);
            scope.spawn(move || {
                for _ in 0..30 {
                    if worker == 0 {
                        assert_eq!(library.append_own(wrong, &[]).unwrap_err().code(), "store.not-next");
                    } else {
                        library.keep_update(story(worker), "s", b"x").unwrap();
                    }
                }
            });
        }
    });

    let kept: usize = (1..6).map(|worker| library.pending_updates(story(worker)).unwrap().len()).sum();
    assert_eq!(kept, 150);
}
