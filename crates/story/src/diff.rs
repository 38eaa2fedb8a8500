//! What differs between two revisions: by block first, then by word.

mod engine;
mod tokens;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::place::{Field, Place};
use crate::revision::{Block, BlockKind, RevisionView, json_text};

pub(crate) use engine::{Step, steps};

/// Whether a piece of text stayed, came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Op {
    /// In both.
    Same,
    /// Only in the newer one.
    Added,
    /// Only in the older one.
    Removed,
}

/// A piece of a changed text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Piece {
    /// What became of it.
    pub op: Op,
    /// Its text.
    pub text: String,
}

/// What became of a field or a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum ChangeKind {
    /// Untouched.
    Same,
    /// Only in the newer revision.
    Added,
    /// Only in the older revision.
    Removed,
    /// In both, with another text or another form.
    Changed,
}

/// One field or block in the comparison of two revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Change {
    /// Where: in the newer revision, or in the older one if it was removed.
    pub place: Place,
    /// What became of it.
    pub kind: ChangeKind,
    /// Whether its marks or properties changed.
    pub form: bool,
    /// Its text, piece by piece.
    pub runs: Vec<Piece>,
}

/// Blocks less alike than this are shown as one removed and one added.
const ALIKE: f64 = 0.35;
/// Larger groups of changed blocks are paired in order of appearance.
const GROUP: usize = 48;

/// Compares two revisions: first the fields that differ, then every block in reading order.
#[must_use]
pub fn diff(before: &RevisionView, after: &RevisionView) -> Vec<Change> {
    let mut changes: Vec<Change> =
        Field::ALL.iter().filter_map(|&field| field_change(field, before, after)).collect();
    let mut names = HashMap::new();
    let mut ids = |blocks: &[Block]| -> Vec<usize> {
        let mut id = |block| {
            let next = names.len();
            *names.entry(signature(block)).or_insert(next)
        };
        blocks.iter().map(&mut id).collect()
    };
    let (old, new) = (ids(&before.blocks), ids(&after.blocks));
    let mut group = Group::default();
    for step in steps(&old, &new) {
        match step {
            Step::Keep(_, index) => {
                group.settle((&before.blocks, &after.blocks), &mut changes);
                changes.push(whole(Place::block(index), ChangeKind::Same, after.blocks.get(index)));
            }
            Step::Remove(index) => group.removed.push(index),
            Step::Add(index) => group.added.push(index),
        }
    }
    group.settle((&before.blocks, &after.blocks), &mut changes);
    changes
}

/// Changed blocks between two untouched ones.
#[derive(Default)]
struct Group {
    removed: Vec<usize>,
    added: Vec<usize>,
}

impl Group {
    fn settle(&mut self, (before, after): (&[Block], &[Block]), changes: &mut Vec<Change>) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        let pairs = pairs(&removed, &added, (before, after));
        let mut left = removed.iter().copied().peekable();
        let mut right = added.iter().copied().peekable();
        let gone = |index: usize| whole(Place::block(index), ChangeKind::Removed, before.get(index));
        let come = |index: usize| whole(Place::block(index), ChangeKind::Added, after.get(index));
        for (old, new) in pairs {
            changes.extend(std::iter::from_fn(|| left.next_if(|&index| index < old)).map(gone));
            changes.extend(std::iter::from_fn(|| right.next_if(|&index| index < new)).map(come));
            left.next();
            right.next();
            if let (Some(old), Some(block)) = (before.get(old), after.get(new)) {
                changes.push(changed(Place::block(new), old, block));
            }
        }
        changes.extend(left.map(gone));
        changes.extend(right.map(come));
    }
}

/// Pairs removed with added blocks so that the pairs keep their order and are alike as much as can be.
fn pairs(removed: &[usize], added: &[usize], (before, after): (&[Block], &[Block])) -> Vec<(usize, usize)> {
    let alike = |old: usize, new: usize| match (before.get(old), after.get(new)) {
        (Some(old), Some(new)) => likeness(old, new),
        _ => 0.0,
    };
    if removed.len() > GROUP || added.len() > GROUP {
        let in_order = removed.iter().copied().zip(added.iter().copied());
        return in_order.filter(|&(old, new)| alike(old, new) >= ALIKE).collect();
    }
    let width = added.len() + 1;
    let mut best = vec![0.0_f64; (removed.len() + 1) * width];
    let mut scores = vec![0.0_f64; best.len()];
    let at = |row: usize, column: usize| row * width + column;
    for row in (0..removed.len()).rev() {
        for column in (0..added.len()).rev() {
            let score = alike(removed[row], added[column]);
            let score = if score >= ALIKE { score } else { 0.0 };
            scores[at(row, column)] = score;
            let skip = best[at(row + 1, column)].max(best[at(row, column + 1)]);
            best[at(row, column)] = skip.max(score + best[at(row + 1, column + 1)]);
        }
    }
    let (mut row, mut column, mut found) = (0, 0, Vec::new());
    while row < removed.len() && column < added.len() {
        let score = scores[at(row, column)];
        let here = best[at(row, column)];
        if score > 0.0 && here <= score + best[at(row + 1, column + 1)] {
            found.push((removed[row], added[column]));
            (row, column) = (row + 1, column + 1);
        } else if here <= best[at(row + 1, column)] {
            row += 1;
        } else {
            column += 1;
        }
    }
    found
}

/// How alike two blocks are, 0 to 1: shared words over all words.
fn likeness(old: &Block, new: &Block) -> f64 {
    if old.atom != new.atom || (old.atom && old.kind != new.kind) {
        return 0.0;
    }
    if old.kind == BlockKind::Figure && old.prop("blob") == new.prop("blob") {
        return 1.0;
    }
    let (old, new) = (text_of(old), text_of(new));
    let (old, new) = (tokens::split(&old), tokens::split(&new));
    if old.is_empty() && new.is_empty() {
        return 1.0;
    }
    let mut stock: HashMap<&str, usize> = HashMap::new();
    for token in &old {
        *stock.entry(token).or_default() += 1;
    }
    let mut shared = 0_u32;
    for token in &new {
        if let Some(left) = stock.get_mut(token).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    let all = u32::try_from(old.len() + new.len()).unwrap_or(u32::MAX);
    f64::from(shared) * 2.0 / f64::from(all)
}

fn field_change(field: Field, before: &RevisionView, after: &RevisionView) -> Option<Change> {
    let (old, new) = (before.fields.get(field), after.fields.get(field));
    let kind = match (old.is_empty(), new.is_empty()) {
        _ if old == new => return None,
        (true, _) => ChangeKind::Added,
        (_, true) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    Some(Change { place: Place::Field(field), kind, form: false, runs: tokens::compare(old, new) })
}

fn whole(place: Place, kind: ChangeKind, block: Option<&Block>) -> Change {
    let op = match kind {
        ChangeKind::Added => Op::Added,
        ChangeKind::Removed => Op::Removed,
        ChangeKind::Same | ChangeKind::Changed => Op::Same,
    };
    let text = block.map(text_of).unwrap_or_default();
    let runs = if text.is_empty() { Vec::new() } else { vec![Piece { op, text }] };
    Change { place, kind, form: false, runs }
}

fn changed(place: Place, old: &Block, new: &Block) -> Change {
    let (before, after) = (text_of(old), text_of(new));
    let form =
        before == after || (!new.atom && old.props != new.props) || other_props(old) != other_props(new);
    Change { place, kind: ChangeKind::Changed, form, runs: tokens::compare(&before, &after) }
}

/// The properties that are not shown as text.
fn other_props(block: &Block) -> Vec<(&String, &Value)> {
    let mut props: Vec<_> = block
        .props
        .iter()
        .filter(|(key, _)| !["caption", "credit", "rows"].contains(&key.as_str()))
        .collect();
    props.sort_by_key(|(key, _)| *key);
    props
}

/// The text of a block as the comparison shows it.
fn text_of(block: &Block) -> String {
    if !block.atom {
        return block.text();
    }
    let mut lines: Vec<String> = block.rows().into_iter().map(|cells| cells.join(" | ")).collect();
    lines.extend([block.prop("caption"), block.prop("credit")].map(str::to_owned));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn signature(block: &Block) -> String {
    json_text(&serde_json::to_value(block).unwrap_or_default())
}
