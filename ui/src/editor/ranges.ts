/** Which stretches of a document a row of ProseMirror transactions changed, old and new coordinates side by side. */

import type { Node } from "@tiptap/pm/model";
import type { Transaction } from "@tiptap/pm/state";
import type { Step } from "@tiptap/pm/transform";
import { AddMarkStep, AttrStep, RemoveMarkStep } from "@tiptap/pm/transform";

/** Positions `from`..`to` of the old document became positions `newFrom`..`newTo` of the new one. */
export type Range = {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
};

function growth(range: Range): number {
  return range.newTo - range.newFrom - (range.to - range.from);
}

/** Adds one further change (in new coordinates: `from`..`to` gets `size` long) to a sorted list of ranges. */
export function compose(ranges: readonly Range[], from: number, to: number, size: number): Range[] {
  const before = ranges.filter((range) => range.newTo < from);
  const touched = ranges.filter((range) => range.newTo >= from && range.newFrom <= to);
  const after = ranges.filter((range) => range.newFrom > to);
  const shiftBefore = before.reduce((sum, range) => sum + growth(range), 0);
  const shiftTouched = shiftBefore + touched.reduce((sum, range) => sum + growth(range), 0);
  const first = touched[0];
  const last = touched[touched.length - 1];
  const grown = size - (to - from);
  const merged: Range = {
    from: first === undefined || from < first.newFrom ? from - shiftBefore : first.from,
    to: last === undefined || to > last.newTo ? to - shiftTouched : last.to,
    newFrom: first === undefined ? from : Math.min(from, first.newFrom),
    newTo: (last === undefined ? to : Math.max(to, last.newTo)) + grown,
  };
  return [
    ...before,
    merged,
    ...after.map((range) => ({ ...range, newFrom: range.newFrom + grown, newTo: range.newTo + grown })),
  ];
}

function stepChanges(step: Step): { from: number; to: number; size: number }[] {
  if (step instanceof AddMarkStep || step instanceof RemoveMarkStep) {
    return [{ from: step.from, to: step.to, size: step.to - step.from }];
  }
  if (step instanceof AttrStep) return [{ from: step.pos, to: step.pos + 1, size: 1 }];
  const out: { from: number; to: number; size: number }[] = [];
  step.getMap().forEach((from, to, newFrom, newTo) => {
    out.push({ from, to, size: newTo - newFrom });
  });
  return out.reverse();
}

/** Returns the changed ranges of a row of transactions, first to last, none touching another. */
export function changedRanges(transactions: readonly Transaction[]): Range[] {
  let ranges: Range[] = [];
  for (const transaction of transactions) {
    for (const step of transaction.steps) {
      for (const change of stepChanges(step)) ranges = compose(ranges, change.from, change.to, change.size);
    }
  }
  return ranges;
}

function unitAt(doc: Node, pos: number): number {
  if (pos < 0 || pos >= doc.content.size) return 0;
  const $pos = doc.resolve(pos);
  const { nodeAfter } = $pos;
  return nodeAfter?.isText === true ? (nodeAfter.text ?? "").charCodeAt(0) : 0;
}

/** Widens ranges that begin or end inside a surrogate pair, so that no pair is ever cut. */
function wholePairs(ranges: readonly Range[], before: Node): Range[] {
  return ranges.map((range) => {
    const left = unitAt(before, range.from - 1);
    const right = unitAt(before, range.to);
    const head = left >= 0xd800 && left <= 0xdbff ? 1 : 0;
    const tail = right >= 0xdc00 && right <= 0xdfff ? 1 : 0;
    return {
      from: range.from - head,
      to: range.to + tail,
      newFrom: range.newFrom - head,
      newTo: range.newTo + tail,
    };
  });
}

/**
 * A split at the very end of a block is the same as a new empty block behind it. Read it so:
 * the words keep their block's id, and what others change about that block stays with the words.
 */
function slideEndSplits(ranges: readonly Range[], before: Node, after: Node): Range[] {
  return ranges.map((range, index) => {
    if (range.from !== range.to || range.newTo - range.newFrom !== 2) return range;
    const next = ranges[index + 1];
    if (next !== undefined && next.from <= range.from + 1) return range;
    const $old = before.resolve(range.from);
    const $head = after.resolve(range.newFrom);
    const $tail = after.resolve(range.newTo);
    const atEnd =
      $old.parent.isTextblock && $old.parentOffset === $old.parent.content.size && $old.parentOffset > 0;
    const closes = $head.parent.isTextblock && $head.parentOffset === $head.parent.content.size;
    const opens = $tail.parent.isTextblock && $tail.parent.content.size === 0;
    if (!atEnd || !closes || !opens) return range;
    return { from: range.from + 1, to: range.to + 1, newFrom: range.newFrom + 1, newTo: range.newTo + 1 };
  });
}

function joinTouching(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const range of ranges) {
    const last = out[out.length - 1];
    if (last !== undefined && range.from <= last.to) {
      out[out.length - 1] = { from: last.from, to: range.to, newFrom: last.newFrom, newTo: range.newTo };
    } else {
      out.push(range);
    }
  }
  return out;
}

/** Returns the changed ranges, ready to be compared item by item. */
export function rangesFor(transactions: readonly Transaction[], before: Node, after: Node): Range[] {
  const ranges = joinTouching(wholePairs(changedRanges(transactions), before));
  return slideEndSplits(ranges, before, after);
}
