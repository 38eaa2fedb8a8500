//! Worlds until so many steps are done: nothing is missing, nothing is too much.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use satchel_simulator::play_any;

/// Steps of one ordinary run of the tests.
const ORDINARY: u64 = 40_000;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// sync.md 7.1, invariants 11 and 13; 1,000,000 steps with `STEPS=1000000`.
#[test]
fn in_any_weather_all_disks_end_alike_and_nothing_is_missing_or_extra() {
    let (wanted, first) = (number("STEPS", ORDINARY), number("SEED", 1));
    let (mut steps, mut worlds, mut records, mut written) = (0, 0, 0, 0);
    let (mut forks, mut again, mut longest, mut rounds) = (0, 0, 0, 0);
    while steps < wanted {
        let seed = first + worlds;
        let one = match play_any(seed) {
            Ok(one) => one,
            Err(failure) if std::env::var_os("SURVEY").is_some() => {
                println!("{} {}", failure.seed, failure.why);
                worlds += 1;
                steps += 1000;
                continue;
            }
            Err(failure) => panic!("{failure:?}"),
        };
        steps += one.steps;
        worlds += 1;
        records += one.records;
        written += one.written;
        forks += one.forks;
        again += one.said_again;
        longest = longest.max(one.settled_in);
        rounds = rounds.max(one.rounds);
    }
    println!(
        "seeds {first}..={}: {steps} steps in {worlds} worlds, {written} records written, {records} at the pools; \
         0 missing, 0 extra; {forks} forks told, {again} records said again under a new name; \
         agreement after at most {} s of calm and {rounds} rounds",
        first + worlds - 1,
        longest / 1000,
    );
}
