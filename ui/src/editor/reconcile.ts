/** Turns what a screen shows into what the shared document says, with steps as small as possible. */

import type { Mark, Node } from "@tiptap/pm/model";
import { Slice } from "@tiptap/pm/model";
import type { Transaction } from "@tiptap/pm/state";
import { ReplaceStep } from "@tiptap/pm/transform";
import type { DriftRange } from "./drift";
import type { Ids } from "./layout";
import { Layout } from "./layout";
import { same } from "./plain";

/** Returns the ids that a document's blocks show. */
export function shownIds(doc: Node): (string | null)[] {
  const out: (string | null)[] = [];
  doc.forEach((node) => {
    const id: unknown = node.attrs.id;
    out.push(typeof id === "string" ? id : null);
  });
  return out;
}

function replaceRanges(tr: Transaction, ids: Ids, target: Node, ranges: readonly DriftRange[]): void {
  const old = new Layout(tr.doc, ids);
  const now = new Layout(target, shownIds(target));
  for (const range of [...ranges].reverse()) {
    const from = old.posAfter(range.from);
    const to = old.posBefore(range.to);
    const newFrom = now.posAfter(range.nowFrom);
    const newTo = now.posBefore(range.nowTo);
    if (from === to && newFrom === newTo) continue;
    const slice = newFrom === newTo ? Slice.empty : target.slice(newFrom, newTo);
    tr.step(new ReplaceStep(from, to, slice));
  }
}

function sameText(a: Node, b: Node): boolean {
  if (a.content.size !== b.content.size || a.textContent !== b.textContent) return false;
  return same(plainInline(a), plainInline(b));
}

function plainInline(node: Node): unknown[] {
  const out: unknown[] = [];
  node.forEach((child, offset) => {
    if (!child.isText) out.push([offset, child.attrs.embed]);
  });
  return out;
}

function marksAt(node: Node, offset: number): { marks: readonly Mark[]; end: number } {
  const { node: child, offset: start } = node.childAfter(offset);
  return child === null
    ? { marks: [], end: offset + 1 }
    : { marks: child.marks, end: start + child.nodeSize };
}

function fixMarks(tr: Transaction, start: number, shown: Node, target: Node): void {
  let offset = 0;
  while (offset < target.content.size) {
    const old = marksAt(shown, offset);
    const now = marksAt(target, offset);
    const end = Math.min(old.end, now.end);
    for (const mark of old.marks)
      if (!mark.isInSet(now.marks)) tr.removeMark(start + offset, start + end, mark);
    for (const mark of now.marks) if (!mark.isInSet(old.marks)) tr.addMark(start + offset, start + end, mark);
    offset = end;
  }
}

function fixAttributes(tr: Transaction, pos: number, shown: Node, target: Node): void {
  for (const name of Object.keys(target.attrs)) {
    if (!same(shown.attrs[name], target.attrs[name])) tr.setNodeAttribute(pos, name, target.attrs[name]);
  }
}

function fixContent(tr: Transaction, pos: number, target: Node): void {
  const shown = tr.doc.nodeAt(pos);
  if (shown === null || shown.content.eq(target.content)) return;
  if (sameText(shown, target)) fixMarks(tr, pos + 1, shown, target);
  const now = tr.doc.nodeAt(pos);
  if (now === null) return;
  const start = now.content.findDiffStart(target.content);
  const end = now.content.findDiffEnd(target.content);
  if (start === null || end === null) return;
  const overlap = Math.max(0, start - Math.min(end.a, end.b));
  tr.replace(pos + 1 + start, pos + 1 + end.a + overlap, target.slice(start, end.b + overlap));
}

function fixBlock(tr: Transaction, pos: number, target: Node): void {
  const shown = tr.doc.nodeAt(pos);
  if (shown === null || shown.eq(target)) return;
  if (shown.type === target.type) fixAttributes(tr, pos, shown, target);
  else if (shown.isTextblock && target.isTextblock) tr.setNodeMarkup(pos, target.type, target.attrs);
  else {
    tr.replaceWith(pos, pos + shown.nodeSize, target);
    return;
  }
  if (target.isTextblock) fixContent(tr, pos, target);
}

function fixBlocks(tr: Transaction, target: Node): void {
  let pos = 0;
  target.forEach((node) => {
    fixBlock(tr, pos, node);
    pos += node.nodeSize;
  });
}

/**
 * Adds to a transaction the steps that bring its document (with blocks `ids`) to `target`; `ranges` says where
 * items differ. Returns whether small steps were enough; if not, the whole content was replaced.
 */
export function reconcile(tr: Transaction, ids: Ids, target: Node, ranges: readonly DriftRange[]): boolean {
  try {
    replaceRanges(tr, ids, target, ranges);
    if (tr.doc.childCount === target.childCount) fixBlocks(tr, target);
  } catch {
    // A step that does not fit is no reason to show the wrong words: the coarse way below always fits.
  }
  if (tr.doc.eq(target)) return true;
  tr.replaceWith(0, tr.doc.content.size, target.content);
  return false;
}
