//! Time and dice: the two things the pool takes from outside.

use std::time::{SystemTime, UNIX_EPOCH};

use satchel_terms::{Mint, Stamp};

use crate::failure::{Outcome, PoolError};

/// The pool's clock, Unix milliseconds.
#[must_use]
pub fn now() -> Stamp {
    now_beyond().0
}

/// As [`now`], and the nanoseconds beyond that millisecond.
pub(crate) fn now_beyond() -> (Stamp, u32) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (Stamp::try_from(since.as_millis()).unwrap_or(Stamp::MAX), since.subsec_nanos() % 1_000_000)
}

/// Random bytes of the system.
///
/// # Errors
/// [`PoolError::Broken`] when the system has none.
pub fn random<const N: usize>() -> Outcome<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| PoolError::Broken(error.to_string()))?;
    Ok(bytes)
}

/// Mints ids from the system's clock and dice that were thrown before.
pub struct Dice([u8; 10]);

impl Dice {
    /// Throws the dice for one id.
    ///
    /// # Errors
    /// [`PoolError::Broken`] when the system has no random bytes.
    pub fn throw() -> Outcome<Self> {
        Ok(Self(random()?))
    }
}

impl Mint for Dice {
    fn now_ms(&mut self) -> u64 {
        u64::try_from(now()).unwrap_or(0)
    }
    fn dice(&mut self) -> [u8; 10] {
        self.0
    }
}

/// The letters of a code: no I, L, O, U, so that it can be read out.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A one-time code: 100 random bits as four groups of five letters.
///
/// # Errors
/// [`PoolError::Broken`] when the system has no random bytes.
pub fn code() -> Outcome<String> {
    let letters = random::<20>()?.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

/// A code as typed, brought to its letters alone.
#[must_use]
pub fn tidy_code(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    let read = letters.map(|letter| match letter {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    read.collect()
}
