//! One kind of trouble at a time: what the exchange promises, by name (sync.md section 7.1).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use satchel_simulator::{Blow, Failure, Summary, Weather, World, play, play_any};
use satchel_testkit::Dice;

/// Plays so many worlds of one weather.
fn worlds(count: u64, weather: impl Fn(&mut Dice) -> Weather) -> Vec<Summary> {
    let first = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
    println!("SEED={first}");
    let one = |seed| play(seed, weather(&mut Dice::new(seed))).unwrap_or_else(|failure| stop(&failure));
    (first..first + count).map(one).collect()
}

fn stop(failure: &Failure) -> Summary {
    panic!("{failure:?}")
}

fn only(blow: Blow, laptops: usize) -> Weather {
    Weather { blow_every: 90_000, blows: vec![blow], crash: 500, ..Weather::calm(laptops) }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    // invariant 40
    for seed in 1..=3 {
        assert_eq!(play_any(seed).unwrap(), play_any(seed).unwrap(), "seed {seed}");
    }
    assert_ne!(play_any(1).unwrap().hash, play_any(2).unwrap().hash);
}

#[test]
fn a_calm_world_agrees_at_once_and_says_little() {
    let all = worlds(5, |_| Weather::calm(4));

    assert!(all.iter().all(|one| one.settled_in <= 40_000 && one.rounds <= 3), "{all:?}");
    assert!(all.iter().all(|one| one.forks == 0 && one.said_again == 0));
}

#[test]
fn drops_duplicates_and_reorders_leave_equal_sets() {
    // invariants 11 and 18
    let rough =
        |_: &mut Dice| Weather { drop: 300_000, duplicate: 300_000, latency: 8000, ..Weather::calm(4) };
    let all = worlds(3, rough);

    assert!(all.iter().all(|one| one.forks == 0 && one.said_again == 0), "nobody is accused: {all:?}");
}

#[test]
fn a_laptop_that_goes_dark_at_any_effect_misses_nothing_and_doubles_nothing() {
    // invariant 13: exhaustive, every boundary of every effect of a scenario
    let weather = || Weather { lasts: 25_000, writes_every: 6_000, ..Weather::calm(2) };
    let mut world = World::new(7, weather());
    world.rage();
    world.settle().unwrap();
    let boundaries = world.boundaries;
    for boundary in 1..=boundaries {
        let mut world = World::new(7, weather());
        world.dark_at = Some(boundary);
        world.rage();
        world.settle().unwrap_or_else(|why| panic!("dark at {boundary}: {why}\n{}", world.trace));
    }
    println!("{boundaries} boundaries");
}

#[test]
fn a_pool_that_breaks_down_in_any_commit_loses_nothing_it_acknowledged() {
    worlds(3, |_| Weather { drop: 50_000, ..only(Blow::PoolCrash, 3) });
}

#[test]
fn partitions_heal_by_themselves() {
    worlds(3, |dice| only(Blow::Partition, 2 + usize::try_from(dice.between(0, 6)).unwrap()));
}

#[test]
fn a_pool_put_back_to_an_older_copy_gets_everything_back_also_the_words_of_others() {
    // invariant 14
    worlds(5, |_| only(Blow::PoolRestore, 4));
}

#[test]
fn a_laptop_put_back_to_an_older_copy_takes_a_new_name_and_loses_nothing_it_still_has() {
    // invariant 15; what it still has is offered under the old name, for the pool lacks it and its chain goes on
    worlds(5, |_| only(Blow::LaptopRestore, 3));
}

#[test]
fn a_cloned_disk_is_told_as_a_fork_and_the_work_of_both_is_at_the_pool() {
    // invariant 16
    let (mut told, mut said_again) = (0, 0);
    for seed in 1..=6 {
        let mut world = World::new(seed, Weather { lasts: 600_000, ..Weather::calm(3) });
        while world.now < 200_000 && world.advance() {}
        let twin = world.laptops[0].disk.clone();
        world.replace_disk(1, twin);
        world.laptops[1].is_away = true;
        while world.now < 500_000 && world.advance() {}
        world.laptops[1].is_away = false;
        world.rage();
        let summary = world.settle().unwrap_or_else(|why| panic!("seed {seed}: {why}\n{}", world.trace));
        assert!(summary.forks >= 1, "seed {seed}: the fork was told");
        let names = |laptop: usize| world.laptops[laptop].disk.me().device;
        assert_ne!(names(0), names(1), "seed {seed}: one of them has a new name");
        told += summary.forks;
        said_again += summary.said_again;
    }
    println!("{told} forks told in 6 worlds, {said_again} records said again");
    assert!(said_again > 0, "what the pool set apart is said again under the new name");
}

#[test]
fn clocks_ten_years_off_change_nothing_and_stop_no_blob() {
    // invariant 20
    worlds(3, |_| Weather { drop: 100_000, ..only(Blow::Clock, 3) });
}

#[test]
fn parcels_in_both_directions_bring_nothing_twice() {
    // invariant 35, the part of the records
    worlds(3, |_| Weather {
        blows: vec![Blow::ParcelUp, Blow::ParcelDown, Blow::Partition],
        blow_every: 40_000,
        ..only(Blow::Partition, 3)
    });
}

#[test]
fn another_pool_at_the_address_changes_nothing_and_is_told() {
    // invariant 22
    let mut world = World::new(3, Weather::calm(2));
    while world.now < 100_000 && world.advance() {}
    let before = world.laptops[0].disk.shelf.records.len();
    world.strike(Blow::WrongPool, 0);
    let until = world.now + 30_000;
    while world.now < until && world.advance() {}

    assert!(world.laptops[0].disk.shelf.records.len() >= before);
    assert_eq!(world.centres[1].head(), 0, "nothing went to the other pool");
    world.rage();
    world.settle().unwrap();
    worlds(5, |_| only(Blow::WrongPool, 3));
}

#[test]
fn old_and_new_programs_live_together_and_an_outdated_one_is_told() {
    // invariant 37, the part of the records
    let all = worlds(3, |_| only(Blow::Upgrade, 6));

    assert!(!all.is_empty());
    let mut world = World::new(1001, only(Blow::Upgrade, 6));
    world.rage();
    let told = world.laptops.iter().any(|one| one.protocol < 4 && one.told.contains("sync.other-protocol"));
    let has_old = world.laptops.iter().any(|one| one.protocol < 4);
    assert!(told || !has_old, "who speaks too old a protocol is told");
}

#[test]
fn a_full_disk_delays_and_loses_nothing() {
    // invariant 38, the part of the exchange
    worlds(3, |_| Weather { disk_full: 20_000, ..Weather::calm(3) });
}
