//! Laws of the contract of long work.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use proptest::prelude::*;
use satchel_jobs::{Gauge, JobCard, JobKind, JobState, Leaves, Resume, Stopped};
use satchel_terms::JobId;

fn offload(blocks: &[usize], gauge: &Gauge) -> Result<u64, Stopped> {
    let mut bytes = 0;
    for block in blocks {
        bytes += *block as u64;
        gauge.advance(*block as u64)?;
    }
    Ok(bytes)
}

#[test]
fn stopped_work_keeps_count_of_the_block_in_hand() {
    let gauge = Gauge::default();
    gauge.ask_to_stop();

    let outcome = offload(&[8, 8], &gauge);

    assert_eq!(outcome, Err(Stopped));
    assert_eq!(gauge.done(), 8, "the block in hand is finished before stopping");
}

#[test]
fn a_stop_asked_for_on_one_clone_reaches_the_worker_on_another_thread() {
    let gauge = Gauge::new(0);
    let worker = gauge.clone();
    let work = std::thread::spawn(move || {
        while worker.advance(1).is_ok() {
            std::thread::yield_now();
        }
        worker.done()
    });

    gauge.ask_to_stop();

    assert_eq!(work.join().unwrap(), gauge.done());
}

#[test]
fn work_that_leaves_nothing_never_claims_to_go_on_in_the_middle() {
    for kind in JobKind::ALL {
        let contract = kind.contract();
        if contract.leaves == Leaves::Nothing {
            assert!(matches!(contract.resume, Resume::FromStart | Resume::NotByItself), "{kind:?}");
        }
    }
}

#[test]
fn a_push_is_never_started_again_by_itself() {
    let card = JobCard { state: JobState::Running, ..JobCard::queued(JobId([1; 16]), JobKind::Push, "", 0) };

    assert_eq!(card.after_a_crash().state, JobState::Stopped);
}

#[test]
fn an_import_that_a_crash_cut_short_queues_again() {
    let card =
        JobCard { state: JobState::Running, ..JobCard::queued(JobId([1; 16]), JobKind::Import, "", 0) };

    assert_eq!(card.after_a_crash().state, JobState::Queued);
}

#[test]
fn a_card_crosses_to_the_screen_in_camel_case() {
    let card = JobCard::queued(JobId([1; 16]), JobKind::Render, "s", 5);

    let json = serde_json::to_value(&card).unwrap();

    assert_eq!(json["kind"], "render");
    assert_eq!(json["state"], "queued");
    assert_eq!(json["resumable"], true);
    assert_eq!(serde_json::from_value::<JobCard>(json).unwrap(), card);
}

proptest! {
    #[test]
    fn the_needle_never_goes_back(reached in proptest::collection::vec(0_u64..1_000_000, 1..50)) {
        let gauge = Gauge::new(1_000_000);
        let mut before = 0;
        for done in reached {
            gauge.reach(done).unwrap();
            prop_assert!(gauge.done() >= before);
            before = gauge.done();
        }
    }

    #[test]
    fn finished_work_stays_finished(path in proptest::collection::vec(0_usize..7, 1..30)) {
        let mut state = JobState::Queued;
        for step in path {
            let next = JobState::ALL[step];
            if state.may_become(next) {
                prop_assert!(state != JobState::Done);
                prop_assert!(state != next);
                state = next;
            }
        }
        prop_assert!(state.is_over() || JobState::ALL.iter().any(|next| state.may_become(*next) && next.is_over()),
            "from every open state there is a way to an end");
    }
}
