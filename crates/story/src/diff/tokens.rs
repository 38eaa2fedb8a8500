//! Words for comparing: a run of Latin letters or digits is one, any other character is one.

use super::{Op, Piece, Step, steps};

/// Splits a text into words.
pub fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut last = Class::Alone;
    for (at, letter) in text.char_indices() {
        let class = class(letter);
        if at > start && (class == Class::Alone || class != last) {
            words.extend(text.get(start..at));
            start = at;
        }
        last = class;
    }
    if start < text.len() {
        words.extend(text.get(start..));
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Space,
    Alone,
}

fn class(letter: char) -> Class {
    if letter.is_whitespace() {
        Class::Space
    } else if letter.is_alphanumeric() && u32::from(letter) < 0x2e80 {
        Class::Letter
    } else {
        Class::Alone
    }
}

/// Compares two texts word by word. A single word that stays between two changes is shown as changed too:
/// Chinese with every other character kept is unreadable.
pub fn compare(before: &str, after: &str) -> Vec<Piece> {
    let (old, new) = (split(before), split(after));
    let steps = steps(&old, &new);
    let mut pieces = Pieces::default();
    for (at, step) in steps.iter().enumerate() {
        match *step {
            Step::Keep(index, _) if is_island(&steps, at) => {
                pieces.removed.push_str(old[index]);
                pieces.added.push_str(old[index]);
            }
            Step::Keep(index, _) => pieces.keep(old[index]),
            Step::Remove(index) => pieces.removed.push_str(old[index]),
            Step::Add(index) => pieces.added.push_str(new[index]),
        }
    }
    pieces.finish()
}

/// Whether a kept word stands alone between changes on both sides.
fn is_island(steps: &[Step], at: usize) -> bool {
    let is_change = |step: Option<&Step>| step.is_some_and(|step| !matches!(step, Step::Keep(..)));
    at > 0 && is_change(steps.get(at - 1)) && is_change(steps.get(at + 1))
}

#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    removed: String,
    added: String,
}

impl Pieces {
    fn keep(&mut self, word: &str) {
        self.flush();
        match self.done.last_mut() {
            Some(Piece { op: Op::Same, text }) => text.push_str(word),
            _ => self.done.push(Piece { op: Op::Same, text: word.to_owned() }),
        }
    }

    fn flush(&mut self) {
        for (op, text) in [(Op::Removed, &mut self.removed), (Op::Added, &mut self.added)] {
            if !text.is_empty() {
                self.done.push(Piece { op, text: std::mem::take(text) });
            }
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_pieces_hold_both_texts(before in "[今天下雨 ab1]{0,30}", after in "[今天下雨 ab1]{0,30}") {
            let pieces = compare(&before, &after);

            let side = |not: Op| pieces.iter().filter(|p| p.op != not).map(|p| p.text.as_str()).collect::<String>();
            prop_assert_eq!(side(Op::Added), before);
            prop_assert_eq!(side(Op::Removed), after);
        }
    }

    #[test]
    fn a_latin_word_changes_as_a_whole() {
        let pieces = compare("用 5G 网", "用 6G 网");

        let shown: Vec<_> = pieces.iter().map(|piece| (piece.op, piece.text.as_str())).collect();
        assert_eq!(shown, [(Op::Same, "用 "), (Op::Removed, "5G"), (Op::Added, "6G"), (Op::Same, " 网")]);
    }
}
