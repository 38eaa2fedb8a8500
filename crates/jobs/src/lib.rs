//! The contract of long work: one table, one way to report progress, to stop, to go on and to say
//! what is on disk afterwards. What the work *is* lives elsewhere.
//!
//! A worker takes a [`Gauge`], tells it how far it is and learns in the same breath whether it should
//! stop. Its row ([`JobCard`]) is written to the [`Ledger`] before it starts and closed after its last
//! write. [`JobKind::contract`] says for every kind in which unit it counts, whether it goes on where
//! it stopped, and what a stopped one leaves behind.

mod card;
mod gauge;
mod kind;
mod ledger;

pub use card::{JobCard, JobState};
pub use gauge::{Gauge, Reading, Stopped};
pub use kind::{Contract, JobKind, Leaves, Resume, Unit};
pub use ledger::{JobChange, Ledger, Which};
