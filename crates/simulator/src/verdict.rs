//! Whether nothing is missing and nothing is too much.

use std::collections::{BTreeMap, BTreeSet};

use satchel_store::TransferState;
use satchel_terms::Hash;

use crate::World;
use crate::laptop::{Laptop, STREAMS};
use crate::world::{HOME, payload};

/// What is missing or too much, for the eyes of whoever reads the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discord(pub String);

impl std::fmt::Display for Discord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl World {
    /// Looks at every disk.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verdict(&self) -> Result<(), Discord> {
        self.pool_is_whole()?;
        for laptop in &self.laptops {
            self.has_what_the_pool_has(laptop).map_err(|why| Discord(format!("{}: {why}", laptop.name)))?;
        }
        Ok(())
    }

    fn pool_is_whole(&self) -> Result<(), Discord> {
        let feed = self.centres[HOME].feed();
        let names: BTreeSet<Hash> = feed.iter().map(|record| record.id()).collect();
        if names.len() != feed.len() {
            return Err(Discord("the pool holds a record twice".to_owned()));
        }
        let mut ends = BTreeMap::new();
        let mut times = BTreeMap::<u64, u32>::new();
        for record in feed {
            let header = record.header();
            let end = ends.insert((header.device, header.stream as u8), (header.seq, record.id()));
            record.follows(end).map_err(|error| Discord(format!("at the pool: {error}")))?;
            if let Some(number) = payload(record) {
                *times.entry(number).or_default() += 1;
            }
        }
        // What was said again under a new name counts as there: below its words are looked for.
        for (id, number) in &self.ledger.acknowledged {
            let is_said_again = number.is_some_and(|number| self.ledger.said_again.contains(&number));
            if !names.contains(id) && !self.ledger.gone.contains(id) && !is_said_again {
                let found = self.whereabouts(*id);
                return Err(Discord(format!("acknowledged record {id} is not at the pool; {found}")));
            }
        }
        for number in 1..=self.ledger.written {
            let count = times.get(&number).copied().unwrap_or(0);
            if count == 0 && !self.ledger.may_be_lost.contains(&number) {
                return Err(Discord(format!("what was written as {number} is not at the pool")));
            }
            if count > 1 && !self.ledger.said_again.contains(&number) {
                return Err(Discord(format!("what was written as {number} is at the pool {count} times")));
            }
        }
        Ok(())
    }

    /// Which laptops hold a record, and why apart if they do.
    fn whereabouts(&self, id: Hash) -> String {
        let of = |laptop: &Laptop| {
            let shelf = &laptop.disk.shelf;
            let held = shelf.records.values().find(|held| held.record.id() == id);
            let apart = shelf.apart().find(|apart| apart.record.id() == id);
            let whole = held.map(|held| format!("at {:?}", held.pool_seq));
            whole
                .or(apart.map(|apart| format!("apart, {}", apart.reason)))
                .map(|place| format!("{}: {place}", laptop.name))
        };
        let found: Vec<String> = self.laptops.iter().filter_map(of).collect();
        if found.is_empty() { "no laptop holds it".to_owned() } else { found.join("; ") }
    }

    fn has_what_the_pool_has(&self, laptop: &Laptop) -> Result<(), Discord> {
        let (shelf, pool) = (&laptop.disk.shelf, &self.centres[HOME]);
        if laptop.planner.is_none() || laptop.disk.is_renewing {
            return Err(Discord("is not ready".to_owned()));
        }
        if (shelf.line.epoch, shelf.line.cursor) != (pool.epoch, pool.head()) {
            return Err(Discord(format!("stands at {:?}, the pool at {}", shelf.line, pool.head())));
        }
        let mut places = BTreeMap::new();
        for held in shelf.records.values() {
            let Some(place) = held.pool_seq else {
                return Err(Discord(format!("{:?} has no place in the pool's order", held.record)));
            };
            places.insert(place, held.record.id());
        }
        let missing =
            pool.feed().iter().zip(1..).find(|(record, place)| places.get(place) != Some(&record.id()));
        if let Some((record, place)) = missing {
            return Err(Discord(format!("lacks {record:?} at place {place}")));
        }
        if places.len() != pool.feed().len() || shelf.records.len() != places.len() {
            return Err(Discord(format!(
                "holds {} records, the pool {}",
                shelf.records.len(),
                pool.feed().len()
            )));
        }
        let device = laptop.disk.me().device;
        for stream in STREAMS {
            let own = shelf.head(device, stream).map_or(0, |(seq, _)| seq);
            let pushed = shelf.pushed.get(&(device, stream as u8)).copied().unwrap_or(0);
            if own != pushed {
                return Err(Discord(format!(
                    "believes that the pool holds {pushed} of its {own} {stream:?}"
                )));
            }
        }
        self.blobs_are_there(laptop)
    }

    fn blobs_are_there(&self, laptop: &Laptop) -> Result<(), Discord> {
        for row in laptop.disk.shelf.transfers.values() {
            let is_whole = self.centres[HOME].segments(row.root) * crate::world::SEGMENT >= row.total;
            if row.state != TransferState::Pooled || !is_whole {
                return Err(Discord(format!(
                    "blob {} is {:?}, whole at the pool: {is_whole}",
                    row.root, row.state
                )));
            }
        }
        Ok(())
    }
}
