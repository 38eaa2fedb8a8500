//! Power cuts: what the laptop has acknowledged is there after every one of them, and no map claims more.
//!
//! A child works on a library while all it writes is recorded; then the current goes away at random moments of what
//! was recorded (`satchel_testkit::cuts::cut_often`).
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::{KEY, Pen, reopen, story, taken};
use satchel_store::{Library, TakenIn};
use satchel_terms::Hash;
use satchel_testkit::Dice;
use satchel_testkit::cuts::{Diary, as_child, cut_often, films};
use satchel_wire::{Manifest, Record, SEGMENT, Stream};

/// What the child does before it ends.
const STEPS: usize = 60;
const FILMS: usize = 4;
/// The one whose bytes never have the fingerprint that they came under.
const BAD_FILM: usize = 0;

/// The material and the records of one seed: known to the child and to the judge.
struct Plan {
    films: Vec<Vec<u8>>,
    manifests: Vec<Manifest>,
    own: Vec<Record>,
    others: Vec<TakenIn>,
}

impl Plan {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let films = films(&mut dice, FILMS, 5 * SEGMENT as usize);
        let mut manifests: Vec<_> = films.iter().map(|film| Manifest::of(film.as_slice()).unwrap()).collect();
        manifests[BAD_FILM].root = Hash(dice.key());
        let mut words = |pen: &mut Pen| -> Vec<Record> {
            let bodies = (0..STEPS).map(|_| {
                let mut body = vec![0; dice.mostly_small(1, 20_000)];
                dice.fill(&mut body);
                body
            });
            bodies.map(|body| pen.write(story(1), &body)).collect()
        };
        let own = words(&mut Pen::new(1));
        let others = (1..).zip(words(&mut Pen::new(2)));
        let others = others.map(|(place, record)| taken(&record, place)).collect();
        Self { films, manifests, own, others }
    }

    fn segment(&self, film: usize, index: u64) -> &[u8] {
        let (from, end) = ((index * SEGMENT) as usize, ((index + 1) * SEGMENT) as usize);
        &self.films[film][from..end.min(self.films[film].len())]
    }
}

/// Not a law by itself: the program whose writes are recorded. It says every answer of the library.
#[test]
fn the_recorded_child() {
    let Some((folder, seed, mut diary)) = as_child().unwrap() else { return };
    let (plan, mut dice) = (Plan::new(seed), Dice::new(!seed));
    let mut library = reopen(&folder);
    let (mut own, mut others, mut typed) = (0, 0, 0_u64);
    for _ in 0..STEPS {
        match dice.below(10) {
            0 => {
                library.append_own(&plan.own[own], &[]).unwrap();
                own += 1;
                diary.say(&format!("own {own}"));
            }
            1 => {
                library.take_in(&plan.others[others..=others], Some(others as u64 + 1)).unwrap();
                others += 1;
                diary.say(&format!("others {others}"));
            }
            2 => {
                library.keep_update(story(1), "child", &typed.to_be_bytes()).unwrap();
                typed += 1;
                diary.say(&format!("typed {typed}"));
            }
            3 if dice.one_in(3) => {
                drop(library);
                library = reopen(&folder);
            }
            _ => fill(&library, &plan, &mut dice, &mut diary),
        }
    }
}

/// Brings some segments of a film, and the film onto the shelf when that makes it whole. A film on the shelf goes.
fn fill(library: &Library, plan: &Plan, dice: &mut Dice, diary: &mut Diary) {
    let film = dice.below(FILMS);
    let manifest = &plan.manifests[film];
    if library.blobs().has(&manifest.root) {
        diary.say(&format!("gone {film}"));
        return std::fs::remove_file(library.blobs().path(&manifest.root)).unwrap();
    }
    if dice.one_in(4) && film != BAD_FILM {
        library.blobs().put_bytes(&plan.films[film]).unwrap();
        return diary.say(&format!("whole {film}"));
    }
    let mut partial = library.blobs().partial(&manifest.root, manifest.length).unwrap();
    let mut missing: Vec<_> = partial.bitmap().missing_runs(1).into_iter().map(|run| run.start).collect();
    dice.shuffle(&mut missing);
    missing.truncate(1 + dice.below(4));
    for index in &missing {
        partial.write_segment(*index, plan.segment(film, *index)).unwrap();
    }
    if dice.one_in(2) {
        partial.save().unwrap();
        missing.iter().for_each(|index| diary.say(&format!("segment {film} {index}")));
    }
    if partial.bitmap().is_complete() {
        if film == BAD_FILM {
            diary.say(&format!("gone {film}"));
        }
        if partial.finish().is_ok() {
            diary.say(&format!("whole {film}"));
        }
    }
}

/// What was acknowledged before the cut.
#[derive(Debug, Default)]
struct Promise {
    own: usize,
    others: usize,
    typed: usize,
    segments: BTreeMap<usize, BTreeSet<u64>>,
    whole: BTreeSet<usize>,
}

impl Promise {
    fn read(said: &str) -> Self {
        let mut promise = Self::default();
        for line in said.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let number: usize = words[1].parse().unwrap();
            match words[0] {
                "own" => promise.own = number,
                "others" => promise.others = number,
                "typed" => promise.typed = number,
                "segment" => {
                    promise.segments.entry(number).or_default().insert(words[2].parse().unwrap());
                }
                "whole" => drop(promise.whole.insert(number)),
                _ => {
                    promise.segments.remove(&number);
                    promise.whole.remove(&number);
                }
            }
        }
        promise
    }
}

/// Opens the library after a cut and holds it against what it had promised, and against itself.
fn judge(folder: &Path, plan: &Plan, promise: &Promise, dice: &mut Dice) {
    let library = Library::open(folder, &KEY).unwrap();
    library.check().unwrap();
    let (me, other) = (Pen::new(1).device(), Pen::new(2).device());
    let held = |device| library.records_after(device, Stream::Editorial, 0, usize::MAX).unwrap();
    let (own, others) = (held(me), held(other));
    assert!(own.len() >= promise.own && others.len() >= promise.others, "{promise:?}");
    assert!(own.iter().zip(&plan.own).all(|(held, sent)| held.id() == sent.id()));
    assert!(others.iter().zip(&plan.others).all(|(held, sent)| held.id() == sent.record.id()));
    assert!(library.pending_updates(story(1)).unwrap().len() >= promise.typed);
    assert!(!library.is_behind_mark(me).unwrap(), "a power cut is no older copy");
    for (film, manifest) in plan.manifests.iter().enumerate() {
        let path = library.blobs().path(&manifest.root);
        if library.blobs().has(&manifest.root) {
            assert!(
                std::fs::read(&path).unwrap() == plan.films[film],
                "film {film} is on the shelf and equal"
            );
            continue;
        }
        assert!(!promise.whole.contains(&film), "film {film} was on the shelf");
        let due = promise.segments.get(&film).cloned().unwrap_or_default();
        let map = library.blobs().partial(&manifest.root, manifest.length).unwrap().bitmap();
        // Dropped and opened again: what a first look may have changed.
        let again = library.blobs().partial(&manifest.root, manifest.length).unwrap().bitmap();
        assert_eq!(map, again);
        let bytes = std::fs::read(folder.join(format!("parts/{}.part", manifest.root))).unwrap();
        for index in (0..manifest.segments()).filter(|index| map.has(*index)) {
            let end = bytes.len().min(((index + 1) * SEGMENT) as usize);
            let segment = bytes.get((index * SEGMENT) as usize..end).unwrap_or_default();
            assert!(segment == plan.segment(film, index), "film {film} claims segment {index}");
        }
        assert!(due.iter().all(|index| map.has(*index)), "film {film}: {due:?} {map:?}");
    }
    go_on(&library, plan, 1 + dice.below(FILMS - 1));
}

/// After a cut a film goes on to its end.
fn go_on(library: &Library, plan: &Plan, film: usize) {
    let manifest = &plan.manifests[film];
    if !library.blobs().has(&manifest.root) {
        let mut partial = library.blobs().partial(&manifest.root, manifest.length).unwrap();
        for run in partial.bitmap().missing_runs(1) {
            partial.write_segment(run.start, plan.segment(film, run.start)).unwrap();
        }
        partial.finish().unwrap();
    }
    assert!(std::fs::read(library.blobs().path(&manifest.root)).unwrap() == plan.films[film]);
}

#[test]
fn after_a_power_cut_nothing_is_claimed_that_is_not_there() {
    let found = |folder: &Path| {
        std::fs::write(folder.join("reserve"), b"").unwrap(); // 64 MiB that would be laid by at every opening
        Library::create(folder, &KEY).map(drop).unwrap();
    };
    cut_often("the_recorded_child", Plan::new, found, |folder, plan, said, dice| {
        judge(folder, plan, &Promise::read(said), dice);
    })
    .unwrap();
}
