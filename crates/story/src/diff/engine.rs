//! The shortest way from one sequence to another (Myers' greedy algorithm).

/// More than so many differences are shown as everything removed and everything added.
const MOST: usize = 1_500;

/// One step on the way, with indexes into the two sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Stays: index in the older one, index in the newer one.
    Keep(usize, usize),
    /// Leaves the older one.
    Remove(usize),
    /// Comes into the newer one.
    Add(usize),
}

/// The steps from `old` to `new`, in order.
///
/// Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
pub fn steps<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle_old, middle_new) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut found: Vec<Step> = (0..head).map(|index| Step::Keep(index, index)).collect();
    found.extend(middle(middle_old, middle_new).into_iter().map(|step| match step {
        Step::Keep(a, b) => Step::Keep(a + head, b + head),
        Step::Remove(a) => Step::Remove(a + head),
        Step::Add(b) => Step::Add(b + head),
    }));
    let (a, b) = (old.len() - tail, new.len() - tail);
    found.extend((0..tail).map(|index| Step::Keep(a + index, b + index)));
    found
}

fn middle<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Step> {
    let coarse = || (0..old.len()).map(Step::Remove).chain((0..new.len()).map(Step::Add)).collect();
    if old.is_empty() || new.is_empty() {
        return coarse();
    }
    match trace(old, new) {
        Some(rows) => walk_back(&rows, old.len(), new.len()),
        None => coarse(),
    }
}

/// The furthest old index on each diagonal after each number of differences; row `d` covers diagonals −d…d.
fn trace<T: PartialEq>(old: &[T], new: &[T]) -> Option<Vec<Vec<usize>>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for differences in 0..=MOST.min(old.len() + new.len()) {
        let mut row = vec![0; 2 * differences + 1];
        for step in (0..=2 * differences).step_by(2) {
            let mut a = start(rows.last(), differences, step);
            while let Some(b) = (a + differences).checked_sub(step)
                && a < old.len()
                && b < new.len()
                && old[a] == new[b]
            {
                a += 1;
            }
            row[step] = a;
            if a == old.len() && a + differences == new.len() + step {
                rows.push(row);
                return Some(rows);
            }
        }
        rows.push(row);
    }
    None
}

/// Where a path of `differences` on diagonal `step − differences` starts, given the row before.
fn start(before: Option<&Vec<usize>>, differences: usize, step: usize) -> usize {
    let Some(before) = before else { return 0 };
    // In the row before, diagonal k stands at index k + differences − 1 = step − 1.
    let down = (step <= 2 * differences - 2).then(|| before[step]);
    let right = (step >= 2).then(|| before[step - 2] + 1);
    down.max(right).unwrap_or_default()
}

fn walk_back(rows: &[Vec<usize>], old: usize, new: usize) -> Vec<Step> {
    let mut found = Vec::with_capacity(old + new);
    let (mut a, mut b) = (old, new);
    for differences in (0..rows.len()).rev() {
        let step = a + differences - b;
        let from = start(differences.checked_sub(1).map(|row| &rows[row]), differences, step);
        while a > from && b > 0 {
            (a, b) = (a - 1, b - 1);
            found.push(Step::Keep(a, b));
        }
        if differences == 0 {
            break;
        }
        let came_down = step <= 2 * differences - 2 && rows[differences - 1][step] == from;
        if came_down {
            b -= 1;
            found.push(Step::Add(b));
        } else {
            a -= 1;
            found.push(Step::Remove(a));
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_steps_lead_from_the_old_to_the_new(
            old in prop::collection::vec(0_u8..4, 0..40),
            new in prop::collection::vec(0_u8..4, 0..40),
        ) {
            let (mut a, mut b) = (0, 0);
            for step in steps(&old, &new) {
                match step {
                    Step::Keep(x, y) => {
                        prop_assert_eq!((x, y), (a, b));
                        prop_assert_eq!(old[x], new[y]);
                        (a, b) = (a + 1, b + 1);
                    }
                    Step::Remove(x) => { prop_assert_eq!(x, a); a += 1; }
                    Step::Add(y) => { prop_assert_eq!(y, b); b += 1; }
                }
            }
            prop_assert_eq!((a, b), (old.len(), new.len()));
        }
    }

    #[test]
    fn the_way_is_the_shortest() {
        let steps = steps(b"abcabba", b"cbabac");

        let changes = steps.iter().filter(|step| !matches!(step, Step::Keep(..))).count();
        assert_eq!(changes, 5, "the example of the paper");
    }
}
