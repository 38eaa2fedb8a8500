//! A world from its seed to its end.

use std::fmt;

use crate::world::HOME;
use satchel_testkit::Dice;

use crate::{Weather, World};

/// What a world came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Steps.
    pub steps: u64,
    /// Records at the pool.
    pub records: u64,
    /// Records that laptops wrote.
    pub written: u64,
    /// Forks told.
    pub forks: u64,
    /// Bodies said again under a new name.
    pub said_again: u64,
    /// Virtual milliseconds from the calm to agreement.
    pub settled_in: u64,
    /// Most hellos of one laptop in that time.
    pub rounds: u64,
    /// The trace, as a number.
    pub hash: u64,
}

/// Why a world is wrong.
pub struct Failure {
    /// The seed that leads there.
    pub seed: u64,
    /// What is wrong.
    pub why: String,
    /// The end of the trace.
    pub tail: String,
}

impl fmt::Debug for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "seed {}: {}\n{}", self.seed, self.why, self.tail)
    }
}

/// Plays a world to its end and looks whether nothing is missing and nothing too much.
///
/// # Errors
/// [`Failure`] with the seed and the end of the trace.
pub fn play(seed: u64, weather: Weather) -> Result<Summary, Failure> {
    let mut world = World::new(seed, weather);
    world.rage();
    world.settle().map_err(|why| Failure { seed, why: why.0, tail: world.trace.to_string() })
}

/// Plays the world of a seed, weather and all.
///
/// # Errors
/// [`Failure`] with the seed and the end of the trace.
pub fn play_any(seed: u64) -> Result<Summary, Failure> {
    play(seed, Weather::any(&mut Dice::new(seed ^ 0x5eed)))
}

impl World {
    pub(crate) fn summary(&self, calm_since: u64) -> Summary {
        Summary {
            steps: self.steps,
            records: self.centres[HOME].head(),
            written: self.ledger.written,
            forks: self.laptops.iter().map(|one| one.forks_told).sum(),
            said_again: self.ledger.said_again.len() as u64,
            settled_in: self.now - calm_since,
            rounds: self.laptops.iter().map(|one| one.rounds).max().unwrap_or(0),
            hash: self.trace.hash(),
        }
    }
}
