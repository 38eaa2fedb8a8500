//! When originals may travel: what the person chose, decided from the moment alone.

use satchel_terms::Stamp;

use crate::blobs::{ORIGINALS, SMALL};

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;
/// Minutes of a day.
const DAY: i64 = 1_440;

/// A window of the day, in minutes after midnight; one that ends before it begins goes over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// Its first minute.
    pub from: u16,
    /// The minute after its last.
    pub to: u16,
}

/// What the person chose for originals. One that was asked for at once goes in spite of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// The line is paid for by the byte: originals stay here.
    pub is_metered: bool,
    /// Originals travel only in this window.
    pub night: Option<Night>,
    /// Minutes by which the laptop's local time is ahead of UTC.
    pub utc_offset: i32,
}

impl Rules {
    /// The highest lane that may travel at this moment.
    #[must_use]
    pub fn highest(&self, wall: Stamp) -> u8 {
        let is_night = self.night.is_none_or(|night| night.holds(self.minute(wall)));
        if self.is_metered || !is_night { SMALL } else { ORIGINALS }
    }

    /// When originals may travel again, from this moment on; none if they wait for a person.
    #[must_use]
    pub fn opens_at(&self, wall: Stamp) -> Option<Stamp> {
        match self.night {
            _ if self.is_metered => None,
            Some(night) if !night.holds(self.minute(wall)) => {
                let left = (i64::from(night.from) - self.minute(wall)).rem_euclid(DAY);
                Some((wall.div_euclid(MINUTE_MS) + left) * MINUTE_MS)
            }
            _ => Some(wall),
        }
    }

    /// For how many more milliseconds originals may travel from this moment on; none if nothing ends it.
    #[must_use]
    pub fn open_for(&self, wall: Stamp) -> Option<i64> {
        let night = self.night?;
        let left = (i64::from(night.to) - self.minute(wall)).rem_euclid(DAY);
        let left = if night.from == night.to { return None } else { left };
        Some(left * MINUTE_MS - wall.rem_euclid(MINUTE_MS))
    }

    /// The local minute of the day.
    fn minute(&self, wall: Stamp) -> i64 {
        (wall.div_euclid(MINUTE_MS) + i64::from(self.utc_offset)).rem_euclid(DAY)
    }
}

impl Night {
    fn holds(self, minute: i64) -> bool {
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment of a day in Beijing.
    fn at(hour: i64, minute: i64) -> Stamp {
        (20_000 * DAY + hour * 60 + minute - 480) * MINUTE_MS
    }

    const NIGHT: Rules =
        Rules { is_metered: false, night: Some(Night { from: 22 * 60, to: 6 * 60 }), utc_offset: 480 };

    #[test]
    fn originals_travel_in_their_window_and_small_files_always() {
        for (hour, minute, lane) in [(21, 59, 1), (22, 0, 2), (23, 59, 2), (0, 0, 2), (5, 59, 2), (6, 0, 1)] {
            assert_eq!(NIGHT.highest(at(hour, minute)), lane, "{hour}:{minute}");
        }
        assert_eq!(Rules::default().highest(at(12, 0)), 2);
    }

    #[test]
    fn the_next_opening_is_told_to_the_minute() {
        assert_eq!(NIGHT.opens_at(at(18, 30) + 20_000), Some(at(22, 0)));
        assert_eq!(NIGHT.opens_at(at(23, 30)), Some(at(23, 30)));
        assert_eq!(Rules { is_metered: true, ..NIGHT }.opens_at(at(23, 30)), None);
    }

    #[test]
    fn a_metered_line_keeps_originals_here_at_any_hour() {
        assert_eq!(Rules { is_metered: true, ..Rules::default() }.highest(at(3, 0)), 1);
    }
}
