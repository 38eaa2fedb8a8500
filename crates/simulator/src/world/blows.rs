//! What strikes, and who loses what by it.

use std::collections::BTreeSet;
use std::rc::Rc;

use satchel_terms::Hash;
use satchel_wire::Record;

use super::road::Request;
use super::{HOME, Happening, World, payload};
use crate::Blow;
use crate::centre::PAGE;
use crate::laptop::{Disk, STREAMS};

const TEN_YEARS: u64 = 315_360_000_000;

impl World {
    /// One blow, as the dice say.
    pub(super) fn blow(&mut self) {
        let count = self.weather.blows.len() as u64;
        if count > 0 {
            let which = usize::try_from(self.dice.between(0, count - 1)).unwrap_or(0);
            let laptop = self.any_laptop();
            self.strike(self.weather.blows[which], laptop);
        }
    }

    fn any_laptop(&mut self) -> usize {
        usize::try_from(self.dice.between(0, self.laptops.len() as u64 - 1)).unwrap_or(0)
    }

    /// Strikes a laptop, or the home pool.
    pub fn strike(&mut self, blow: Blow, laptop: usize) {
        self.note_of(laptop, format!("{blow:?}"));
        match blow {
            Blow::Partition => {
                self.go_away(laptop);
                self.come_back(laptop);
            }
            Blow::WrongPool => {
                self.laptops[laptop].centre = 1;
                self.come_back(laptop);
            }
            Blow::PoolCrash => {
                let commits = u32::try_from(self.dice.between(0, 2)).unwrap_or(0);
                self.centres[HOME].breaks_in = Some(commits);
            }
            Blow::PoolRestore => self.restore_pool(),
            Blow::LaptopRestore => self.restore_laptop(laptop),
            Blow::Clone => {
                let other = self.any_laptop();
                if other != laptop {
                    let disk = self.laptops[laptop].disk.clone();
                    self.replace_disk(other, disk);
                }
            }
            Blow::Clock => {
                let jump = i64::try_from(self.dice.between(0, 2 * TEN_YEARS)).unwrap_or(0);
                self.laptops[laptop].clock = jump - TEN_YEARS.cast_signed();
            }
            Blow::ParcelUp => self.send_parcel(laptop),
            Blow::ParcelDown => {
                let after = self.laptops[laptop].disk.shelf.line.cursor;
                let page = self.centres[HOME].page(after, PAGE * 4);
                let pause = self.dice.between(1000, 1_800_000);
                self.later(pause, Happening::Parcel { laptop, after, page });
            }
            Blow::Upgrade => self.centres[HOME].speaks = (4, 6),
        }
    }

    fn come_back(&mut self, laptop: usize) {
        let pause = self.dice.between(1000, 900_000);
        self.later(pause, Happening::Return(laptop));
    }

    fn restore_pool(&mut self) {
        let which = usize::try_from(self.dice.between(0, 1000)).unwrap_or(0);
        let before = self.known();
        if self.centres[HOME].restore(which) {
            self.break_waits(|at, _| at == HOME);
            self.note("pool", format!("is put back, head {}", self.centres[HOME].head()));
        }
        self.forget(&before);
        let now = self.pool_clock();
        for laptop in 0..self.laptops.len() {
            // Whoever joined after the backup has to join anew: the people of the centre see to that.
            for one in self.laptops[laptop].disk.identities.clone() {
                self.centres[HOME].enrol(&one.key.verifying_key(), now);
            }
        }
    }

    fn restore_laptop(&mut self, laptop: usize) {
        let copies = &self.laptops[laptop].copies;
        if copies.is_empty() {
            return;
        }
        let which = usize::try_from(self.dice.between(0, copies.len() as u64 - 1)).unwrap_or(0);
        let mut disk = self.laptops[laptop].copies[which].clone();
        if self.dice.is_hit(500_000) {
            // Only the library was put back: keyring and mark are of today.
            let today = &self.laptops[laptop].disk;
            disk = Disk { shelf: disk.shelf, ..today.clone() };
        }
        self.replace_disk(laptop, disk);
    }

    /// Another disk in a laptop. What only the old one knew is gone with it.
    pub fn replace_disk(&mut self, laptop: usize, disk: Disk) {
        let before = self.known();
        self.laptops[laptop].disk = disk;
        self.forget(&before);
        self.boot(laptop);
    }

    /// What lies on any disk of the world, the pool's among them: names of records, and what laptops wrote.
    fn known(&self) -> (BTreeSet<Hash>, BTreeSet<u64>) {
        let shelves = self.laptops.iter().flat_map(|one| one.disk.shelf.records.values());
        let all = shelves.map(|held| &held.record).chain(self.centres[HOME].feed());
        let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for record in all {
            if names.insert(record.id()) {
                numbers.extend(payload(record));
            }
        }
        (names, numbers)
    }

    /// Notes what no disk holds any more.
    fn forget(&mut self, before: &(BTreeSet<Hash>, BTreeSet<u64>)) {
        let after = self.known();
        self.ledger.gone.extend(&before.0 - &after.0);
        self.ledger.may_be_lost.extend(&before.1 - &after.1);
    }

    /// A stick with everything the pool is not known to hold, carried to the pool, perhaps twice.
    fn send_parcel(&mut self, laptop: usize) {
        let disk = &self.laptops[laptop].disk;
        let device = disk.me().device;
        let mut bytes = Vec::new();
        for stream in STREAMS {
            let after = disk.shelf.pushed.get(&(device, stream as u8)).copied().unwrap_or(0);
            let records = disk.shelf.records_after(device, stream, after, 100_000);
            bytes.extend(records.iter().flat_map(Record::bytes).copied());
        }
        let request = Request::Push { device, bytes: Rc::new(bytes) };
        for _ in 0..self.dice.between(1, 2) {
            let pause = self.dice.between(60_000, 1_800_000);
            self.later(pause, Happening::Request { centre: HOME, back: None, request: request.clone() });
        }
    }
}
