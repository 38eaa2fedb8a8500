//! Exact time: whole ticks that hold a frame of every common rate and a sample of every common sound.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CutError;

/// Ticks in a second. Divisible by 24, 25, 30, 50, 60, 44 100, 48 000 and by the NTSC rates.
pub const TICKS_PER_SECOND: i64 = 705_600_000;

/// A time or a length: 1/705 600 000 of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(export_to = "generated.ts", type = "number")]
pub struct Ticks(pub i64);

impl Ticks {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many whole milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(TICKS_PER_SECOND / 1_000))
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND / 1_000)
    }

    /// Whole microseconds, rounded down: what FFmpeg takes.
    #[must_use]
    pub const fn micros(self) -> i64 {
        let (seconds, rest) = (self.0.div_euclid(TICKS_PER_SECOND), self.0.rem_euclid(TICKS_PER_SECOND));
        seconds * 1_000_000 + rest * 1_000_000 / TICKS_PER_SECOND
    }

    /// The sum; never overflows.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference; never overflows.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Frames a second, as a fraction: `frames` in `per` seconds. NTSC runs 30 000 frames in 1 001 s (SMPTE ST 12-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(try_from = "Spoken")]
#[ts(export_to = "generated.ts")]
pub struct Rate {
    frames: u32,
    per: u32,
}

/// A rate as it was written down.
#[derive(Deserialize)]
struct Spoken {
    frames: u32,
    per: u32,
}

impl TryFrom<Spoken> for Rate {
    type Error = CutError;
    fn try_from(spoken: Spoken) -> Result<Self, CutError> {
        Self::new(spoken.frames, spoken.per)
    }
}

impl Rate {
    /// 25 frames a second, the rate of Chinese television.
    pub const PAL: Self = Self { frames: 25, per: 1 };

    /// A rate of `frames` in `per` seconds.
    ///
    /// # Errors
    /// [`CutError::BadRate`] when a frame is no whole number of ticks, or when there are none or over 1 000 a second.
    pub const fn new(frames: u32, per: u32) -> Result<Self, CutError> {
        let bad = CutError::BadRate { frames, per };
        if frames == 0 || per == 0 || frames as u64 > per as u64 * 1_000 {
            return Err(bad);
        }
        if (TICKS_PER_SECOND * per as i64) % frames as i64 == 0 { Ok(Self { frames, per }) } else { Err(bad) }
    }

    /// The frames of the fraction.
    #[must_use]
    pub const fn frames(self) -> u32 {
        self.frames
    }

    /// The seconds of the fraction.
    #[must_use]
    pub const fn per(self) -> u32 {
        self.per
    }

    /// The length of one frame, exact.
    #[must_use]
    pub const fn frame(self) -> Ticks {
        Ticks(TICKS_PER_SECOND * self.per as i64 / self.frames as i64)
    }

    /// The number of the frame nearest to a time.
    #[must_use]
    pub const fn nearest(self, time: Ticks) -> i64 {
        let frame = self.frame().0;
        (time.0.saturating_add(frame / 2)).div_euclid(frame)
    }

    /// The time of the frame nearest to a time.
    #[must_use]
    pub const fn snap(self, time: Ticks) -> Ticks {
        Ticks(self.nearest(time).saturating_mul(self.frame().0))
    }

    /// `hh:mm:ss:ff` of a frame number, without drop frames.
    #[must_use]
    pub fn timecode(self, frame: i64) -> String {
        let base = i64::from(self.frames.div_ceil(self.per));
        let (seconds, rest) = (frame.div_euclid(base), frame.rem_euclid(base));
        format!("{:02}:{:02}:{:02}:{rest:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_common_rate_is_exact() {
        for (frames, per) in
            [(24_000, 1001), (24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60_000, 1001), (120, 1)]
        {
            let rate = Rate::new(frames, per).unwrap();

            assert_eq!(rate.frame().0 * i64::from(frames), TICKS_PER_SECOND * i64::from(per));
        }
        assert!(Rate::new(0, 1).is_err() && Rate::new(25, 0).is_err() && Rate::new(11, 1).is_err());
    }

    #[test]
    fn a_timecode_counts_frames() {
        assert_eq!(Rate::PAL.timecode(25 * 3_661 + 7), "01:01:01:07");
        assert_eq!(Rate::new(30_000, 1001).unwrap().timecode(61), "00:00:02:01");
    }
}
