//! Ten years of one centre: twenty half-years of the real sizes, as the list and the search know them.

use satchel_store::StoryIndex;
use satchel_terms::StoryId;
use serde_json::json;

use super::prose::Prose;
use satchel_testkit::Dice;

/// Half-years in ten years.
pub const HALF_YEARS: usize = 20;

/// One kind of piece: its name, how many a half-year brings, the shortest and the longest text in characters.
///
/// The counts are those of one real centre's half-year report; the lengths are round guesses by genre.
pub const LOTS: [(&str, usize, (usize, usize)); 11] = [
    ("website", 17_965, (150, 1_000)),
    ("wechat", 1_957, (400, 2_200)),
    ("radio", 1_440, (80, 400)),
    ("tv", 1_053, (120, 700)),
    ("weekly", 1_420, (300, 1_600)),
    ("adopted", 818, (250, 1_200)),
    ("video-account", 29, (40, 200)),
    ("xuexi", 12, (300, 1_500)),
    ("film", 22, (400, 1_500)),
    ("interview", 17, (1_500, 5_000)),
    ("campaign", 19, (200, 800)),
];

/// 2016-01-01, Unix milliseconds, UTC.
const FIRST_DAY: i64 = 1_451_606_400_000;
/// A half-year in milliseconds.
const HALF_YEAR: i64 = 15_778_800_000;

/// How many items twenty half-years hold.
#[must_use]
pub fn full_count() -> usize {
    HALF_YEARS * LOTS.iter().map(|(_, count, _)| count).sum::<usize>()
}

/// The stories of ten years, the oldest first.
#[derive(Debug)]
pub struct HalfYears {
    dice: Dice,
    prose: Prose,
    authors: Vec<String>,
    /// How many items there will be in all.
    total: usize,
    /// Those of the half-year in hand that are still to come, as places in [`LOTS`].
    coming: Vec<usize>,
    half_year: usize,
    of_half_year: usize,
}

impl HalfYears {
    /// About `items` stories in the shares of the real ones, spread over ten years. The same seed gives the same
    /// stories.
    #[must_use]
    pub fn new(seed: u64, items: usize) -> Self {
        let prose = Prose::new(seed);
        let mut dice = Dice::new(seed ^ 0x5A7C);
        let names = prose.words_of(3);
        let authors = (0..40).map(|_| dice.one_of(&names[names.len() / 2..]).to_owned()).collect();
        Self { dice, prose, authors, total: items, coming: Vec::new(), half_year: 0, of_half_year: 0 }
    }

    /// What to search for: words of one, two and three characters, frequent, middling and rare, and such as are made
    /// of frequent characters but stand nowhere.
    #[must_use]
    pub fn queries(&self) -> Vec<(&'static str, String)> {
        let nowhere = ["龘", "量质", "谋元县"];
        let mut queries = Vec::new();
        for (length, nowhere) in (1..=3).zip(nowhere) {
            let words = self.prose.words_of(length);
            let rare =
                if length == 1 { self.prose.rare().to_string() } else { words[words.len() - 1].to_owned() };
            queries.push(("frequent", words[0].to_owned()));
            queries.push(("middling", words[words.len().min(60) / 2].to_owned()));
            queries.push(("rare", rare));
            queries.push(("nowhere", nowhere.to_owned()));
        }
        queries
    }

    /// The lots of the next half-year, in the order in which they will come.
    fn begin(&mut self, half_year: usize) -> Vec<usize> {
        let part = |upto: usize, count: usize| upto * count * self.total / full_count();
        let mut coming: Vec<usize> = LOTS
            .iter()
            .enumerate()
            .flat_map(|(lot, (_, count, _))| {
                let items = part(half_year + 1, *count) - part(half_year, *count);
                std::iter::repeat_n(lot, items)
            })
            .collect();
        self.dice.shuffle(&mut coming);
        coming
    }

    fn story(&mut self, lot: usize) -> StoryIndex {
        let (name, _, (shortest, longest)) = LOTS[lot];
        let left = i64::try_from(self.coming.len()).unwrap_or(0);
        let all = i64::try_from(self.of_half_year.max(1)).unwrap_or(1);
        let updated =
            FIRST_DAY + HALF_YEAR * i64::try_from(self.half_year).unwrap_or(0) - HALF_YEAR * left / all;
        let headline_length = 14 + self.dice.below(16);
        let length = self.dice.mostly_small(shortest, longest);
        let headline = self.prose.headline(&mut self.dice, headline_length);
        let text = self.prose.text(&mut self.dice, length);
        StoryIndex {
            story: StoryId::mint(&mut self.dice),
            headline,
            state: if self.dice.below(50) == 0 { "drafting" } else { "published" }.to_owned(),
            author: self.authors[self.dice.mostly_small(0, self.authors.len() - 1)].clone(),
            updated,
            binned: false,
            counts: json!({ "characters": length }),
            card: json!({ "genre": name }),
            text,
        }
    }
}

impl Iterator for HalfYears {
    type Item = StoryIndex;

    fn next(&mut self) -> Option<StoryIndex> {
        while self.coming.is_empty() {
            if self.half_year == HALF_YEARS {
                return None;
            }
            self.coming = self.begin(self.half_year);
            self.of_half_year = self.coming.len();
            self.half_year += 1;
        }
        let lot = self.coming.pop()?;
        Some(self.story(lot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_are_about_half_a_million_items() {
        assert!((490_000..510_000).contains(&full_count()), "{}", full_count());
    }

    #[test]
    fn a_scaled_library_keeps_the_shares_and_the_ten_years() {
        let stories: Vec<StoryIndex> = HalfYears::new(3, 2_000).collect();

        let share = |genre: &str| stories.iter().filter(|story| story.card["genre"] == genre).count();
        assert!((1_980..=2_000).contains(&stories.len()), "{}", stories.len());
        assert!((1_440..=1_470).contains(&share("website")), "{}", share("website"));
        assert!(stories.is_sorted_by_key(|story| story.updated), "the oldest come first");
        assert_eq!(stories, HalfYears::new(3, 2_000).collect::<Vec<_>>(), "the same seed, the same stories");
    }
}
