//! Records that come in, the cursor, quarantine, deliveries, transfers and jobs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Pen, fresh, reopen, story, taken};
use satchel_failure::Explain as _;
use satchel_jobs::{JobCard, JobChange, JobKind, JobState, Ledger as _, Which};
use satchel_store::{
    DeliveryRow, Direction, PoolLine, SyncLine, TakenIn, TransferFilter, TransferRow, TransferState,
};
use satchel_terms::{ChannelId, Hash, JobId, PushId};
use satchel_wire::{Kind, Stream};

fn line(epoch: u64, cursor: u64) -> PoolLine {
    PoolLine {
        pool_id: "p".to_owned(),
        epoch,
        url: "http://pool".to_owned(),
        key: [3; 32],
        cursor,
        certificate: None,
    }
}

#[test]
fn taking_in_twice_is_taking_in_once() {
    let (dir, library) = fresh();
    library.set_pool(&line(1, 0)).unwrap();
    let mut pen = Pen::new(2);
    let page: Vec<TakenIn> = (1..=5).map(|seq| taken(&pen.write(story(1), &[seq]), u64::from(seq))).collect();

    let first = library.take_in(&page, Some(5)).unwrap();
    let second = library.take_in(&page, Some(5)).unwrap();

    assert_eq!((first.fresh, second.fresh), (5, 0));
    assert_eq!(library.records_of(story(1).0, &[Kind::DOC_UPDATE]).unwrap().len(), 5);
    assert_eq!(library.unapplied(10).unwrap().len(), 5);
    drop(library);
    assert_eq!(reopen(dir.path()).pool().unwrap().unwrap().cursor, 5);
}

#[test]
fn rows_and_cursor_move_together_or_not_at_all() {
    let (_dir, library) = fresh();
    library.set_pool(&line(1, 0)).unwrap();
    let mut pen = Pen::new(2);
    let noise: Vec<u8> =
        (0..200_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let page: Vec<TakenIn> = (1..=5).map(|seq| taken(&pen.write(story(1), &noise), seq)).collect();
    library.pretend_full(true).unwrap();

    assert_eq!(library.take_in(&page, Some(5)).unwrap_err().code(), "store.disk-full");

    library.pretend_full(false).unwrap();
    assert_eq!(library.pool().unwrap().unwrap().cursor, 0, "the cursor never leads the rows");
    assert!(library.records_of(story(1).0, &[]).unwrap().is_empty());
    library.take_in(&page, Some(5)).unwrap();
    assert_eq!(library.pool().unwrap().unwrap().cursor, 5);
}

#[test]
fn a_fork_goes_into_quarantine_and_the_rest_goes_on() {
    let (_dir, library) = fresh();
    let mut pen = Pen::new(2);
    let first = pen.write(story(1), b"one");
    let fork = pen.draft(story(1), b"two, otherwise");
    let second = pen.write(story(1), b"two");
    let mut clone = Pen { key: pen.key.clone(), seq: 2, prev: fork.id() };
    let after_fork = clone.write(story(1), b"three, otherwise");

    library.take_in(&[taken(&first, 1), taken(&second, 2)], None).unwrap();
    let took = library.take_in(&[taken(&fork, 3), taken(&after_fork, 4)], None).unwrap();

    assert_eq!((took.fresh, took.quarantined), (0, 2));
    let set_aside = library.quarantine(10).unwrap();
    let reasons: Vec<&str> = set_aside.iter().map(|row| row.reason.as_str()).collect();
    assert_eq!(reasons, ["chain-broken", "fork"]);
    assert_eq!(set_aside[1].bytes, fork.bytes(), "nothing is lost");
    assert_eq!(library.records_of(story(1).0, &[]).unwrap().len(), 2);
}

#[test]
fn a_doubted_record_counts_once_the_doubt_is_gone() {
    let (_dir, library) = fresh();
    let mut pen = Pen::new(2);
    let record = pen.write(story(1), b"one");
    let doubted = TakenIn { doubt: Some("unknown-signer".to_owned()), ..taken(&record, 1) };
    library.take_in(&[doubted], None).unwrap();
    assert!(library.doc_updates(story(1)).unwrap().is_empty());

    let again = library.quarantined_of(pen.device(), "unknown-signer").unwrap();
    library.take_in(&again, None).unwrap();

    assert_eq!(library.doc_updates(story(1)).unwrap(), [b"one".to_vec()]);
    assert!(library.quarantine(10).unwrap().is_empty());
    assert_eq!(library.records_of(story(1).0, &[]).unwrap()[0].pool_seq, Some(1), "its place is kept");
}

#[test]
fn a_rebuilt_pool_is_offered_everything_again_and_nothing_is_forgotten() {
    let (_dir, library) = fresh();
    library.set_pool(&line(1, 0)).unwrap();
    let mut pen = Pen::new(1);
    let record = pen.write(story(1), b"mine");
    library.append_own(&record, &[]).unwrap();
    library.take_in(&[taken(&record, 9)], Some(9)).unwrap();
    library.mark_pushed(pen.device(), Stream::Editorial, 1).unwrap();
    assert_eq!(library.unpushed(pen.device()).unwrap(), 0);

    library.set_pool(&line(2, 0)).unwrap();

    assert_eq!(library.unpushed(pen.device()).unwrap(), 1);
    let kept = library.records_of(story(1).0, &[]).unwrap();
    assert_eq!((kept.len(), kept[0].pool_seq), (1, None));
    assert_eq!(library.pool().unwrap().unwrap().cursor, 0);
}

#[test]
fn the_pools_order_goes_before_the_local_one() {
    let (_dir, library) = fresh();
    let (mut mine, mut theirs) = (Pen::new(1), Pen::new(2));
    let own = mine.write(story(1), b"mine");
    library.append_own(&own, &[]).unwrap();
    library.take_in(&[taken(&theirs.write(story(1), b"theirs"), 4)], None).unwrap();
    assert_eq!(library.doc_updates(story(1)).unwrap(), [b"theirs".to_vec(), b"mine".to_vec()]);

    library.take_in(&[taken(&own, 3)], None).unwrap();

    assert_eq!(library.doc_updates(story(1)).unwrap(), [b"mine".to_vec(), b"theirs".to_vec()]);
}

#[test]
fn a_push_offers_the_records_above_the_head_within_the_limit() {
    let (_dir, library) = fresh();
    let mut pen = Pen::new(1);
    for number in 0..6_u8 {
        library.append_own(&pen.write(story(1), &[number]), &[]).unwrap();
    }

    let offer = |after, limit| {
        let found = library.records_after(pen.device(), Stream::Editorial, after, limit).unwrap();
        found.iter().map(|record| record.header().seq).collect::<Vec<_>>()
    };

    assert_eq!(offer(2, 1 << 20), [3, 4, 5, 6]);
    assert_eq!(offer(2, 1), [3], "at least one, or the push would stand still");
    assert_eq!(offer(2, 209 * 2), [3, 4]);
    assert!(offer(6, 1 << 20).is_empty());
}

#[test]
fn a_second_release_of_the_same_revision_is_refused() {
    let (_dir, library) = fresh();
    let row = |push: u8, rev: u8| DeliveryRow {
        push: PushId([push; 16]),
        story: story(1),
        channel: ChannelId([9; 16]),
        account: "main".to_owned(),
        rev: Hash([rev; 32]),
        state: "queued".to_owned(),
        marker: "m".to_owned(),
        fence: 1,
        url: None,
        remote_id: None,
        error: None,
        at: i64::from(push),
    };
    library.delivery_put(&row(1, 1)).unwrap();

    assert_eq!(library.delivery_put(&row(2, 1)).unwrap_err().code(), "store.delivery-exists");

    library.delivery_put(&DeliveryRow { state: "released".to_owned(), ..row(1, 1) }).unwrap();
    library.delivery_put(&row(3, 2)).unwrap();
    let states: Vec<String> =
        library.deliveries(Some(story(1))).unwrap().into_iter().map(|row| row.state).collect();
    assert_eq!(states, ["queued", "released"]);
    assert_eq!(library.delivery(PushId([1; 16])).unwrap().unwrap().state, "released");
}

#[test]
fn transfers_go_by_lane_and_size_and_wait_for_their_time() {
    let (_dir, library) = fresh();
    let want = |number: u8, lane, total| {
        let row = TransferRow::waiting(Hash([number; 32]), Direction::Up, lane, total, [0; 16]);
        library.transfer_want(&row).unwrap();
        row
    };
    want(1, 2, 500);
    want(2, 1, 900);
    want(3, 1, 100);
    let late = TransferRow { next_try: 1000, ..want(4, 1, 1) };
    library.transfer_set(&late).unwrap();

    let due = |at| {
        let filter = TransferFilter { due_at: Some(at), ..TransferFilter::default() };
        library.transfers(&filter).unwrap().iter().map(|row| row.root.0[0]).collect::<Vec<_>>()
    };

    assert_eq!(due(999), [3, 2, 1]);
    assert_eq!(due(1000), [4, 3, 2, 1]);
    library.transfer_set(&TransferRow { state: TransferState::Pooled, ..late.clone() }).unwrap();
    library.transfer_want(&TransferRow::waiting(late.root, Direction::Up, 1, 1, [0; 16])).unwrap();
    assert_eq!(due(1000), [3, 2, 1], "what is pooled is not sent again");
    library.transfers_reopen().unwrap();
    assert_eq!(due(0), [4, 3, 2, 1], "until the pool was rebuilt");
}

#[test]
fn jobs_settings_and_the_log_are_kept() {
    let (dir, library) = fresh();
    let job = JobId([4; 16]);
    library.put(&JobCard::queued(job, JobKind::Import, "", 5)).unwrap();
    let done = JobChange { state: JobState::Done, done: 3, total: 3, stage: String::new(), failure: None };
    library.update(job, &done).unwrap();
    library.set_setting("ui.theme", &serde_json::json!("dark")).unwrap();
    for number in 0..3 {
        let params = [("n".to_owned(), number.to_string())].into();
        let line =
            SyncLine { at: number, level: "info".into(), code: "sync.took".into(), params, subject: None };
        library.log(&line).unwrap();
    }
    drop(library);

    let library = reopen(dir.path());
    assert_eq!(library.job(job).unwrap().unwrap().done, 3);
    assert!(library.list(Which::Open).unwrap().is_empty());
    assert_eq!(library.list(Which::All).unwrap().len(), 1);
    assert_eq!(library.setting("ui.theme").unwrap(), Some(serde_json::json!("dark")));
    assert_eq!(library.sync_log("took", 2).unwrap().iter().map(|line| line.at).collect::<Vec<_>>(), [2, 1]);
    assert!(library.update(JobId([5; 16]), &done).is_err(), "a row that is not there is said");
}

/// A line to a pool in some epoch that vouches for a pen.
fn vouched(pen: &Pen, epoch: u64) -> PoolLine {
    let mut pool = Pen::new(99);
    let certificate = pool.write(satchel_terms::StoryId(pen.device().0), b"{}");
    PoolLine {
        pool_id: "p".to_owned(),
        epoch,
        url: String::new(),
        key: [1; 32],
        cursor: 0,
        certificate: Some(certificate.bytes().to_vec()),
    }
}

#[test]
fn what_follows_a_record_that_stands_apart_stands_apart_too() {
    let (_dir, library) = fresh();
    let (mut here, mut twin) = (Pen::new(1), Pen::new(1));
    library.set_pool(&vouched(&here, 1)).unwrap();
    let first = here.write(story(1), b"both");
    twin.write(story(1), b"both");
    library.append_own(&first, &[]).unwrap();
    let mine = here.write(story(1), b"mine");
    library.append_own(&mine, &[]).unwrap();
    let theirs: Vec<_> = (2..5).map(|place| taken(&twin.write(story(1), b"of the twin"), place)).collect();

    let took = library.take_in(&theirs, Some(4)).unwrap();

    assert_eq!((took.fresh, took.quarantined), (0, 3));
    assert_eq!(library.my_head(here.device(), Stream::Editorial).unwrap(), Some((2, mine.id())));
}

#[test]
fn where_a_rebuilt_pool_says_something_else_its_order_counts_and_nothing_is_thrown_away() {
    let (_dir, library) = fresh();
    let (own, mut before, mut after) = (Pen::new(1), Pen::new(2), Pen::new(2));
    library.set_pool(&vouched(&own, 1)).unwrap();
    let first = before.write(story(1), b"kept");
    after.write(story(1), b"kept");
    let lost: Vec<_> = (0..2).map(|_| before.write(story(1), b"lost by the pool")).collect();
    let all = [taken(&first, 1), taken(&lost[0], 2), taken(&lost[1], 3)];
    library.take_in(&all, Some(3)).unwrap();
    let anew: Vec<_> = (0..3).map(|_| after.write(story(1), b"said anew")).collect();
    library.set_pool(&vouched(&own, 2)).unwrap();

    let again: Vec<_> = [&first].into_iter().chain(&anew).zip(1..).map(|(one, at)| taken(one, at)).collect();
    let took = library.take_in(&again, Some(4)).unwrap();

    assert_eq!((took.fresh, took.quarantined), (3, 0));
    assert_eq!(library.my_head(after.device(), Stream::Editorial).unwrap(), Some((4, anew[2].id())));
    let apart = library.quarantine(9).unwrap();
    assert_eq!(apart.len(), 2);
    assert!(apart.iter().all(|row| row.reason == "displaced" && lost.iter().any(|one| one.id() == row.id)));
}

#[test]
fn a_pause_written_down_by_a_clock_ten_years_ahead_holds_no_blob_back() {
    let (_dir, library) = fresh();
    let (now, ten_years) = (1_000_000_000_000, 315_360_000_000);
    let waiting = TransferRow::waiting(Hash([1; 32]), Direction::Up, 2, 10, [0; 16]);
    for next_try in [now + ten_years, now + 900_000] {
        library.transfer_set(&TransferRow { next_try, ..waiting.clone() }).unwrap();
        let due = TransferFilter { due_at: Some(now), ..TransferFilter::default() };
        assert_eq!(library.transfers(&due).unwrap().len(), usize::from(next_try > now + 900_000));
    }
}
