//! The rules themselves, without a store: which files nobody may still need.
//!
//! A file goes only when everything that names it lets it go. Whoever is in doubt keeps.

use std::collections::{BTreeMap, HashMap};

use satchel_terms::{Hash, Stamp, StoryId};
use serde::Serialize;

use crate::settings::Retention;

const DAY_MS: Stamp = 86_400_000;

/// A whole file of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub root: Hash,
    /// Its bytes.
    pub bytes: u64,
    /// Since when it is whole.
    pub whole_at: Stamp,
}

/// Something that names a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// It is the original of a clip that was gathered for a story, or for none.
    Original(Option<StoryId>),
    /// It was made from another file and stays as long as anything of that clip is of use: it is small.
    Derived,
    /// A story's text shows it.
    Shown(StoryId),
}

/// What became of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// Since when it is archived or rejected; none while somebody may still work on it.
    pub closed_at: Option<Stamp>,
    /// Whether a release of it was ever asked for.
    pub was_released: bool,
}

/// Why a file may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No record names it.
    Unnamed,
    /// Its stories were closed long ago and never released.
    Archived,
}

/// Everything the rules look at.
#[derive(Debug, Default)]
pub struct Known {
    /// Whole files.
    pub files: Vec<File>,
    /// What names each of them.
    pub names: HashMap<Hash, Vec<Name>>,
    /// What became of each story. A story that is missing here is being worked on.
    pub fates: BTreeMap<StoryId, Fate>,
}

impl Known {
    /// The files that may go at this moment.
    #[must_use]
    pub fn removable(&self, rules: Retention, now: Stamp) -> Vec<(File, Why)> {
        let judged = |file: &File| self.judge(file, rules, now).map(|why| (*file, why));
        self.files.iter().filter_map(judged).collect()
    }

    fn judge(&self, file: &File, rules: Retention, now: Stamp) -> Option<Why> {
        let names = self.names.get(&file.root).map_or(&[][..], Vec::as_slice);
        if names.is_empty() {
            return is_over(file.whole_at, rules.unnamed_days, now).then_some(Why::Unnamed);
        }
        let lets_go = |name: &Name| match name {
            Name::Original(Some(story)) | Name::Shown(story) => {
                self.is_closed(*story, rules.archived_days, now)
            }
            Name::Original(None) | Name::Derived => false,
        };
        (is_over(file.whole_at, rules.archived_days, now) && names.iter().all(lets_go))
            .then_some(Why::Archived)
    }

    fn is_closed(&self, story: StoryId, days: u32, now: Stamp) -> bool {
        let fate = self.fates.get(&story);
        fate.is_some_and(|fate| {
            !fate.was_released && fate.closed_at.is_some_and(|closed| is_over(closed, days, now))
        })
    }
}

/// Whether so many days have passed; never, for none.
fn is_over(since: Stamp, days: u32, now: Stamp) -> bool {
    days > 0 && now.saturating_sub(since) > Stamp::from(days) * DAY_MS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use satchel_testkit::Dice;

    use super::*;

    const NOW: Stamp = 1_000 * DAY_MS;

    fn root(number: u64) -> Hash {
        Hash([u8::try_from(number).unwrap(); 32])
    }

    fn story(number: u64) -> StoryId {
        StoryId([u8::try_from(number).unwrap(); 16])
    }

    fn day(dice: &mut Dice) -> Stamp {
        Stamp::try_from(dice.between(0, 1_000)).unwrap() * DAY_MS
    }

    /// Files, stories and names as they fall.
    fn chance(dice: &mut Dice) -> (Known, Retention) {
        let (files, stories) = (dice.between(1, 6), dice.between(0, 4));
        let mut known = Known::default();
        for number in 0..files {
            known.files.push(File { root: root(number), bytes: 1, whole_at: day(dice) });
        }
        for number in 0..stories {
            let closed_at = (dice.below(3) > 0).then(|| day(dice));
            known.fates.insert(story(number), Fate { closed_at, was_released: dice.below(4) == 0 });
        }
        for _ in 0..dice.below(9) {
            let about = story(dice.between(0, 4)); // some of these are unknown
            let name = match dice.below(8) {
                0 => Name::Derived,
                1 => Name::Original(None),
                2..=4 => Name::Shown(about),
                _ => Name::Original(Some(about)),
            };
            known.names.entry(root(dice.between(0, files - 1))).or_default().push(name);
        }
        let days = |dice: &mut Dice| u32::try_from(dice.below(400)).unwrap() * u32::from(dice.below(5) > 0);
        let rules = Retention { unnamed_days: days(dice), archived_days: days(dice) };
        (known, rules)
    }

    /// What anybody may still need, found the other way round: from those who need it.
    fn needed(known: &Known, rules: Retention) -> BTreeSet<Hash> {
        let long_ago = |at: Stamp, days: u32| days > 0 && at < NOW - Stamp::from(days) * DAY_MS;
        let mut gone: Vec<StoryId> = Vec::new();
        for (story, fate) in &known.fates {
            let closed = fate.closed_at.is_some_and(|at| long_ago(at, rules.archived_days));
            if closed && !fate.was_released {
                gone.push(*story);
            }
        }
        let mut needed = BTreeSet::new();
        for (root, names) in &known.names {
            for name in names {
                let by = match name {
                    Name::Original(by) => *by,
                    Name::Shown(by) => Some(*by),
                    Name::Derived => None,
                };
                if by.is_none_or(|by| !gone.contains(&by)) {
                    needed.insert(*root);
                }
            }
        }
        for file in &known.files {
            let days =
                if known.names.contains_key(&file.root) { rules.archived_days } else { rules.unnamed_days };
            if !long_ago(file.whole_at, days) {
                needed.insert(file.root);
            }
        }
        needed
    }

    /// `GRAPHS=1000000` is the long run.
    #[test]
    fn nothing_that_anybody_may_need_is_ever_let_go() {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let (graphs, seed) = (number("GRAPHS").unwrap_or(50_000), number("SEED").unwrap_or(20_261_123));
        let (mut dice, mut gone, mut stayed) = (Dice::new(seed), 0, 0);
        for graph in 0..graphs {
            let (known, rules) = chance(&mut dice);
            let needed = needed(&known, rules);
            let removed = known.removable(rules, NOW);
            for (file, why) in &removed {
                assert!(!needed.contains(&file.root), "graph {graph} of seed {seed}: {why:?} {known:?}");
            }
            gone += removed.len();
            stayed += needed.len();
            assert_eq!(removed.len() + needed.len(), known.files.len(), "graph {graph} of seed {seed}");
        }
        println!("{graphs} graphs, {gone} files let go, {stayed} kept, none that was needed, seed {seed}");
        assert!(gone > 0 && stayed > 0);
    }

    #[test]
    fn a_rule_of_no_days_keeps_for_ever() {
        let file = File { root: root(1), bytes: 1, whole_at: 0 };
        let known = Known { files: vec![file], ..Known::default() };

        assert_eq!(known.removable(Retention { unnamed_days: 0, archived_days: 0 }, NOW), []);
        assert_eq!(known.removable(Retention::default(), NOW), [(file, Why::Unnamed)]);
    }
}
