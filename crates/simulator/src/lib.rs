//! A world in a seed: the real planner of the exchange, model libraries and pools, and everything that may go wrong.
//!
//! Nothing here touches disk, network or clock, and there is one thread: the same seed gives the same trace. Records
//! are real, signed and verified. What is modelled is durability: every question to a library or a pool is one
//! transaction, and the power may go out before or after each.
//!
//! `STEPS=1000000 SEED=1 cargo test -p satchel-simulator --test millions -- --nocapture` plays worlds until so many steps are done;
//! `SATCHEL_TRACE=1` prints every line.

mod centre;
mod laptop;
mod play;
mod shelf;
mod trace;
mod verdict;
mod weather;
mod world;

pub use centre::{Broken, Centre};
pub use laptop::{Disk, Laptop};
pub use play::{Failure, Summary, play, play_any};
pub use shelf::Shelf;
pub use trace::Trace;
pub use verdict::Discord;
pub use weather::{Blow, Weather};
pub use world::World;
