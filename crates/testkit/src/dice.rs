//! Dice that fall the same way for the same seed: for material, worlds and random tests, never for keys of the product.

use satchel_terms::Mint;

/// SplitMix64. Source: Steele, Lea, Flood (OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall by this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let once = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let twice = (once ^ (once >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        twice ^ (twice >> 31)
    }

    /// A number from 0 up to, not including, `end`; 0 when `end` is 0.
    pub const fn below(&mut self, end: usize) -> usize {
        ((self.bits() as u128 * end as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low + 1)
    }

    /// A number from `from` to `to`, both included; small ones come more often.
    pub const fn mostly_small(&mut self, from: usize, to: usize) -> usize {
        let once = self.below(1 << 16);
        from + (((to - from + 1) * once) >> 16) * once / (1 << 16)
    }

    /// True once in so many times.
    pub const fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// True so many times in a million.
    pub const fn is_hit(&mut self, in_a_million: u32) -> bool {
        self.bits() % 1_000_000 < in_a_million as u64
    }

    /// A number from 0 to 1.
    pub fn part(&mut self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    /// Brings these into a random order.
    pub fn shuffle<T>(&mut self, these: &mut [T]) {
        for at in (1..these.len()).rev() {
            these.swap(at, self.below(at + 1));
        }
    }

    /// Fills with random bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let bits = self.bits().to_le_bytes();
            chunk.copy_from_slice(&bits[..chunk.len()]);
        }
    }

    /// A key for somebody made up.
    pub fn key(&mut self) -> [u8; 32] {
        let mut key = [0; 32];
        self.fill(&mut key);
        key
    }
}

/// Mints ids by the dice alone: the time in them stands still.
impl Mint for Dice {
    fn now_ms(&mut self) -> u64 {
        1_767_225_600_000
    }
    fn dice(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_stay_inside_their_bounds() {
        let mut dice = Dice::new(1);

        for _ in 0..10_000 {
            assert!(dice.below(7) < 7);
            assert!((3..=9).contains(&dice.mostly_small(3, 9)));
            assert!((3..=9).contains(&dice.between(3, 9)));
        }
    }
}
