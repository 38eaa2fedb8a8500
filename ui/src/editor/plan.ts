/** Compares what a screen showed with what it shows now, and says which items of the shared text change. Pure. */
import type { Node } from "@tiptap/pm/model";
import { attributesOf } from "./flat";
import type { Ids, Item } from "./layout";
import { itemsBetween, Layout, width } from "./layout";
import { same } from "./plain";
import type { Range } from "./ranges";

/** A change of attributes on retained words. */
export type Format = {
  readonly at: number;
  readonly length: number;
  readonly attributes: Record<string, unknown>;
};
/** What one changed range does to the shared text. */
export type Change = {
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly Item[];
  readonly formats: readonly Format[];
};
/** A block of the new document: kept (which one it was) or fresh. */
export type Slot = { readonly id: string | null; readonly was: number; readonly item: Item };
/** All changes, first to last, and the blocks of the new document. */
export type Plan = {
  readonly changes: readonly Change[];
  readonly slots: readonly Slot[];
  /** A format ended inside a character; what is written differs from what is shown. */
  readonly torn: boolean;
};

/** The `was` of a block that did not exist before. */
export const FRESH = -1;

function alike(old: Item, now: Item): boolean {
  if (old.kind === "char") return now.kind === "char" && now.unit === old.unit;
  if (old.kind === "embed") return now.kind === "embed" && now.embed === old.embed;
  if (old.kind === "end") return now.kind === "end";
  return now.kind === "atom" && (now.node === old.node || now.node.attrs.id === old.id);
}

function isSurrogate(item: Item | undefined, low: boolean): boolean {
  if (item?.kind !== "char") return false;
  const unit = item.unit.charCodeAt(0);
  return low ? unit >= 0xdc00 && unit <= 0xdfff : unit >= 0xd800 && unit <= 0xdbff;
}

function commonEnds(old: readonly Item[], now: readonly Item[]): { head: number; tail: number } {
  const limit = Math.min(old.length, now.length);
  const matches = (i: number, j: number): boolean => {
    const a = old[i];
    const b = now[j];
    return a !== undefined && b !== undefined && alike(a, b);
  };
  let head = 0;
  while (head < limit && matches(head, head)) head++;
  if (head < limit && isSurrogate(old[head - 1], false)) head--;
  let tail = 0;
  while (tail < limit - head && matches(old.length - 1 - tail, now.length - 1 - tail)) tail++;
  if (tail > 0 && isSurrogate(old[old.length - tail], true)) tail--;
  return { head, tail };
}

function attributeChange(old: Item, now: Item): Record<string, unknown> | null {
  if (!("marks" in old) || !("marks" in now) || old.marks === now.marks) return null;
  const before = attributesOf(old.marks);
  const after = attributesOf(now.marks);
  const change: Record<string, unknown> = {};
  for (const name of Object.keys(before)) if (!(name in after)) change[name] = null;
  for (const name of Object.keys(after)) if (!same(before[name], after[name])) change[name] = after[name];
  return Object.keys(change).length > 0 ? change : null;
}

/** Tells whether an item is the second half of a character: it is never formatted but with the first. */
function secondOfPair(items: readonly Item[], index: number): boolean {
  return isSurrogate(items[index], true) && isSurrogate(items[index - 1], false);
}

function isTorn(items: readonly Item[]): boolean {
  return items.some((item, index) => {
    const before = items[index - 1];
    if (!secondOfPair(items, index) || before === undefined || !("marks" in before) || !("marks" in item))
      return false;
    return !same(attributesOf(before.marks), attributesOf(item.marks));
  });
}

function formatsOf(old: readonly Item[], now: readonly Item[], at: number): Format[] {
  const out: Format[] = [];
  let place = at;
  old.forEach((item, index) => {
    const first = secondOfPair(old, index) ? index - 1 : index;
    const before = old[first];
    const other = now[first];
    const attributes = before === undefined || other === undefined ? null : attributeChange(before, other);
    const last = out[out.length - 1];
    if (attributes !== null) {
      if (last !== undefined && last.at + last.length === place && same(last.attributes, attributes)) {
        out[out.length - 1] = { ...last, length: last.length + 1 };
      } else {
        out.push({ at: place, length: 1, attributes });
      }
    }
    place += width(item);
  });
  return out;
}

function total(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + width(item), 0);
}

function kept(items: readonly Item[]): Slot[] {
  return items.flatMap((item) =>
    item.kind === "end" || item.kind === "atom" ? [{ id: item.id, was: item.block, item }] : [],
  );
}

function fresh(items: readonly Item[]): Slot[] {
  return items.flatMap((item) =>
    item.kind === "end" || item.kind === "atom" ? [{ id: null, was: FRESH, item }] : [],
  );
}

function blocksBetween(doc: Node, ids: Ids, from: number, to: number): Slot[] {
  const out: Slot[] = [];
  doc.forEach((node, pos, block) => {
    const at = node.isTextblock ? pos + node.nodeSize - 1 : pos;
    if (at < from || at >= to) return;
    const id = ids[block] ?? null;
    out.push({
      id,
      was: block,
      item: node.isTextblock ? { kind: "end", id, block } : { kind: "atom", id, block, node },
    });
  });
  return out;
}

/** Plans the changes that turn `before` (whose blocks have `ids`) into `after`. */
export function planChanges(before: Node, ids: Ids, after: Node, ranges: readonly Range[]): Plan {
  const layout = new Layout(before, ids);
  const nothing: Ids = Array.from({ length: after.childCount }, () => null);
  const changes: Change[] = [];
  const slots: Slot[] = [];
  let done = 0;
  let torn = false;
  for (const range of ranges) {
    slots.push(...blocksBetween(before, ids, done, range.from));
    done = range.to;
    const old = itemsBetween(before, ids, range.from, range.to);
    const now = itemsBetween(after, nothing, range.newFrom, range.newTo);
    torn ||= isTorn(now);
    const { head, tail } = commonEnds(old, now);
    const at = layout.itemAt(range.from);
    const oldHead = old.slice(0, head);
    const oldTail = old.slice(old.length - tail);
    const gone = old.slice(head, old.length - tail);
    const insert = now.slice(head, now.length - tail);
    changes.push({
      at: at + total(oldHead),
      remove: total(gone),
      insert,
      formats: [
        ...formatsOf(oldHead, now.slice(0, head), at),
        ...formatsOf(oldTail, now.slice(now.length - tail), at + total(oldHead) + total(gone)),
      ],
    });
    slots.push(...kept(oldHead), ...fresh(insert), ...kept(oldTail));
  }
  slots.push(...blocksBetween(before, ids, done, before.content.size));
  return { changes, slots, torn };
}
