//! Counting the Chinese way, and how long reading aloud takes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Counts read aloud in a minute. Source: the usual pace of a Chinese newsreader.
pub const READ_ALOUD_PER_MINUTE: u32 = 240;

/// How long a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Counts {
    /// Han characters, full-width marks and runs of Latin letters or digits.
    pub characters: u32,
    /// Lines that are not blank.
    pub paragraphs: u32,
    /// Seconds to read it aloud, rounded up.
    pub read_aloud_s: u32,
}

impl Counts {
    /// Counts a text of one line a paragraph.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let characters = count(text);
        let paragraphs = text.lines().filter(|line| !line.trim().is_empty()).count();
        Self {
            characters,
            paragraphs: u32::try_from(paragraphs).unwrap_or(u32::MAX),
            read_aloud_s: read_aloud_s(characters),
        }
    }
}

/// Counts: every Han character (kana and hangul alike) and every full-width mark one, every run of other letters
/// or digits one; spaces and half-width marks none.
#[must_use]
pub fn count(text: &str) -> u32 {
    let mut total = 0_u32;
    let mut is_in_run = false;
    for letter in text.chars() {
        let counts_alone = is_wide(letter);
        let is_run = !counts_alone && (letter.is_alphanumeric() || (is_in_run && is_combining(letter)));
        if counts_alone || (is_run && !is_in_run) {
            total = total.saturating_add(1);
        }
        is_in_run = is_run;
    }
    total
}

/// Seconds to read `characters` aloud at [`READ_ALOUD_PER_MINUTE`], rounded up.
#[must_use]
pub const fn read_aloud_s(characters: u32) -> u32 {
    characters.div_ceil(READ_ALOUD_PER_MINUTE / 60)
}

/// Whether a character sits on the letter before it.
const fn is_combining(letter: char) -> bool {
    matches!(letter,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Whether a character counts by itself.
const fn is_wide(letter: char) -> bool {
    matches!(letter,
        '\u{2014}' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{2026}' | '\u{00b7}' // — ‘ ’ “ ” … ·
        | '\u{2e80}'..='\u{2fdf}' // radicals
        | '\u{3001}'..='\u{303f}' // 、。〈〉《》 and 〇; not the wide space
        | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' // kana
        | '\u{3100}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' // bopomofo
        | '\u{3200}'..='\u{33ff}' // enclosed and squared
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{ac00}'..='\u{d7af}' // hangul
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' // full-width forms
        | '\u{20000}'..='\u{323af}' // Han, further planes
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_and_wide_marks_count_one_each_and_a_latin_run_counts_one() {
        let cases = [
            ("", 0),
            ("今天，下雨。", 6),
            ("5G 网络", 3),
            ("2026年8月15日", 6),
            ("Hello, world", 2),
            ("“好”", 3),
            ("全角　空格", 4),
            ("𠀀𠀁", 2),
            ("３Ｄ", 2),
            ("——", 2),
            ("café naïve", 2),
            ("cafe\u{301}s", 1),
        ];

        for (text, expected) in cases {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn two_hundred_and_forty_characters_take_a_minute() {
        let counts = Counts::of(&"字".repeat(240));

        assert_eq!(counts, Counts { characters: 240, paragraphs: 1, read_aloud_s: 60 });
        assert_eq!(read_aloud_s(1), 1, "a part of a second is a second");
    }
}
