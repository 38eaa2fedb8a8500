//! What a world does to its laptops.

use satchel_testkit::Dice;

/// How rough a world is. Chances are in a million.
#[derive(Debug, Clone)]
pub struct Weather {
    /// How many laptops, two to eight.
    pub laptops: usize,
    /// Virtual milliseconds of bad weather before the world calms down.
    pub lasts: u64,
    /// Mean pause between two things a laptop writes, in virtual milliseconds.
    pub writes_every: u64,
    /// Longest time of one way, in virtual milliseconds.
    pub latency: u64,
    /// A question, or its answer, is lost.
    pub drop: u32,
    /// A question arrives a second time, up to ten minutes later.
    pub duplicate: u32,
    /// The pool would rather make a file itself, and makes nothing of it.
    pub making: u32,
    /// A laptop goes dark at the boundary of an effect.
    pub crash: u32,
    /// A write finds the disk full.
    pub disk_full: u32,
    /// Mean pause between two blows, in virtual milliseconds; 0 for none.
    pub blow_every: u64,
    /// What may strike.
    pub blows: Vec<Blow>,
}

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// A laptop is out of reach for a while.
    Partition,
    /// The pool breaks down, at once or in the middle of a write.
    PoolCrash,
    /// The pool is put back to an older copy, in a new epoch.
    PoolRestore,
    /// A laptop's library, or its whole disk, is put back to an older copy.
    LaptopRestore,
    /// A disk is copied into another laptop.
    Clone,
    /// A laptop's clock jumps by up to ten years.
    Clock,
    /// A batch of records goes to the pool on a stick.
    ParcelUp,
    /// A page of the pool's order goes to a laptop on a stick.
    ParcelDown,
    /// A laptop's address leads to another pool for a while.
    WrongPool,
    /// The pool learns a newer protocol and forgets its oldest.
    Upgrade,
}

impl Weather {
    /// Nothing strikes.
    #[must_use]
    pub const fn calm(laptops: usize) -> Self {
        Self {
            laptops,
            lasts: 600_000,
            writes_every: 20_000,
            latency: 200,
            drop: 0,
            duplicate: 0,
            making: 0,
            crash: 0,
            disk_full: 0,
            blow_every: 0,
            blows: Vec::new(),
        }
    }

    /// Everything may strike, as the dice say. A pool and a laptop are not both put back in one world: what only
    /// these two knew would be gone from every disk.
    #[must_use]
    pub fn any(dice: &mut Dice) -> Self {
        use Blow::{
            Clock, Clone, LaptopRestore, ParcelDown, ParcelUp, Partition, PoolCrash, PoolRestore, Upgrade,
            WrongPool,
        };
        let mut blows = vec![Partition, Partition, Partition, PoolCrash, PoolCrash, Clock];
        blows.extend([ParcelUp, ParcelDown, WrongPool, Upgrade]);
        match dice.between(0, 4) {
            0 => blows.extend([PoolRestore, PoolRestore]),
            1 => blows.extend([LaptopRestore, LaptopRestore]),
            2 => blows.extend([Clone, LaptopRestore]),
            3 => blows.extend([Clone, Clone, PoolRestore]),
            _ => {}
        }
        let chance = |dice: &mut Dice, most: u64| u32::try_from(dice.between(0, most)).unwrap_or(0);
        Self {
            laptops: usize::try_from(dice.between(2, 8)).unwrap_or(2),
            lasts: dice.between(10, 60) * 60_000,
            writes_every: dice.between(5, 60) * 1000,
            latency: dice.between(50, 4000),
            drop: chance(dice, 200_000),
            duplicate: chance(dice, 100_000),
            making: chance(dice, 100_000),
            crash: chance(dice, 4_000),
            disk_full: chance(dice, 2_000),
            blow_every: dice.between(1, 5) * 60_000,
            blows,
        }
    }
}
