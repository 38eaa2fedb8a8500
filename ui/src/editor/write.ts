/** Writing into a shared document: the smallest change that turns one value into another. */
import * as Y from "yjs";
import type { FlatBlock } from "./flat";
import { blocksOf, bodyOf, DEFAULT_PROPS, rowsOf } from "./flat";
import type { PlainObject } from "./plain";
import { same, text, wellFormed } from "./plain";

/** One changed stretch of a string: `remove` UTF-16 units at `at` become `insert`. */
export type TextChange = { readonly at: number; readonly remove: number; readonly insert: string };

/**
 * Removes items from a shared text, and nothing else. `Y.Text.delete` also removes formats around the gap that look
 * superfluous, and takes some that are not: words far away would become a link.
 */
export function removeItems(target: Y.Text, at: number, length: number): void {
  const ydoc = target.doc;
  if (ydoc === null) {
    target.delete(at, length);
    return;
  }
  ydoc.transact((tr) => {
    let skip = at;
    let left = length;
    for (let item = target._start; item !== null && left > 0; item = item.right) {
      if (item.deleted || !item.countable) continue;
      const start = Math.min(skip, item.length);
      skip -= start;
      if (start === item.length) continue;
      const { client, clock } = item.id;
      if (start > 0) item = Y.getItemCleanStart(tr, Y.createID(client, clock + start));
      if (left < item.length) Y.getItemCleanStart(tr, Y.createID(client, item.id.clock + left));
      left -= item.length;
      item.delete(tr);
    }
    if (target._searchMarker !== null) target._searchMarker.length = 0;
  });
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Finds the smallest single stretch that differs, never cutting a surrogate pair; null if the strings are equal. */
export function textChange(before: string, after: string): TextChange | null {
  if (before === after) return null;
  const limit = Math.min(before.length, after.length);
  let head = 0;
  while (head < limit && before.charCodeAt(head) === after.charCodeAt(head)) head++;
  if (head > 0 && isHigh(before.charCodeAt(head - 1))) head--;
  let tail = 0;
  while (
    tail < limit - head &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail++;
  }
  if (tail > 0 && isLow(before.charCodeAt(before.length - tail))) tail--;
  return { at: head, remove: before.length - tail - head, insert: after.slice(head, after.length - tail) };
}

/**
 * Brings the change from `before` to `after` into a shared text. If the text has moved on meanwhile,
 * only what was removed in the change itself is removed.
 */
export function writeTextChange(target: Y.Text, before: string, after: string): void {
  const change = textChange(before, after);
  if (change === null) return;
  const now = target.toString();
  const drift = textChange(before, now);
  let at = change.at;
  let remove = change.remove;
  if (drift !== null) {
    const shift = drift.insert.length - drift.remove;
    if (at >= drift.at + drift.remove) at += shift;
    else if (at + remove > drift.at) {
      writeOverlap(target, change, drift);
      return;
    }
  }
  at = Math.min(at, target.length);
  remove = Math.min(remove, target.length - at);
  if (remove > 0) removeItems(target, at, remove);
  if (change.insert !== "") target.insert(at, wellFormed(change.insert));
}

function writeOverlap(target: Y.Text, change: TextChange, drift: TextChange): void {
  const tailFrom = Math.max(change.at, drift.at + drift.remove);
  const tailLength = Math.max(0, change.at + change.remove - tailFrom);
  const shift = drift.insert.length - drift.remove;
  if (tailLength > 0) removeItems(target, tailFrom + shift, tailLength);
  const headLength = Math.max(0, drift.at - change.at);
  if (headLength > 0) removeItems(target, change.at, headLength);
  if (change.insert !== "") target.insert(Math.min(change.at, drift.at), wellFormed(change.insert));
}

function sharedText(value: string): Y.Text {
  return new Y.Text(wellFormed(value));
}

function sharedRow(cells: readonly string[]): Y.Array<Y.Text> {
  return Y.Array.from(cells.map(sharedText));
}

function isTextKey(kind: unknown, key: string): boolean {
  if (kind === "fig") return key === "caption" || key === "credit" || key === "alt";
  return kind === "table" && key === "caption";
}

/** Turns one property into what is stored: captions and table cells are shared texts from the start. */
function stored(kind: unknown, key: string, value: unknown): unknown {
  if (isTextKey(kind, key)) return sharedText(text(value));
  if (kind === "table" && key === "rows") return Y.Array.from(rowsOf(value).map(sharedRow));
  return value;
}

function writeRows(map: Y.Map<unknown>, before: readonly string[][], after: readonly string[][]): void {
  const rows = map.get("rows");
  if (!(rows instanceof Y.Array) || rows.length !== before.length) {
    map.set("rows", stored("table", "rows", after));
    return;
  }
  if (before.length === after.length) {
    after.forEach((row, index) => {
      writeCells(rows, index, before[index] ?? [], row);
    });
    return;
  }
  const limit = Math.min(before.length, after.length);
  let head = 0;
  while (head < limit && same(before[head], after[head])) head++;
  let tail = 0;
  while (tail < limit - head && same(before[before.length - 1 - tail], after[after.length - 1 - tail]))
    tail++;
  const gone = before.length - tail - head;
  if (gone > 0) rows.delete(head, gone);
  const fresh = after.slice(head, after.length - tail).map(sharedRow);
  if (fresh.length > 0) rows.insert(head, fresh);
}

function writeCells(
  rows: Y.Array<unknown>,
  index: number,
  before: readonly string[],
  after: readonly string[],
): void {
  if (same(before, after)) return;
  const row = rows.get(index);
  if (!(row instanceof Y.Array) || row.length !== after.length) {
    rows.delete(index, 1);
    rows.insert(index, [sharedRow(after)]);
    return;
  }
  after.forEach((cell, column) => {
    const target: unknown = row.get(column);
    if (target instanceof Y.Text) {
      writeTextChange(target, before[column] ?? "", cell);
    } else if (cell !== before[column]) {
      row.delete(column, 1);
      row.insert(column, [sharedText(cell)]);
    }
  });
}

function writeProp(map: Y.Map<unknown>, kind: unknown, key: string, before: unknown, after: unknown): void {
  const current = map.get(key);
  if (after === undefined) map.delete(key);
  else if (kind === "table" && key === "rows" && current !== undefined)
    writeRows(map, rowsOf(before), rowsOf(after));
  else if (isTextKey(kind, key) && current instanceof Y.Text)
    writeTextChange(current, text(before), text(after));
  else map.set(key, stored(kind, key, after));
}

/** Writes what changed between two sets of properties; nothing if nothing did. `before` null means a new block. */
export function writeProps(
  blocks: Y.Map<unknown>,
  id: string,
  before: PlainObject | null,
  after: PlainObject,
): void {
  const old = before ?? DEFAULT_PROPS;
  if (same(old, after)) return;
  const found = blocks.get(id);
  const fresh = !(found instanceof Y.Map);
  const map: Y.Map<unknown> = fresh ? new Y.Map<unknown>() : found;
  if (fresh) blocks.set(id, map);
  for (const key of new Set([...Object.keys(old), ...Object.keys(after)])) {
    if (fresh ? after[key] !== undefined : !same(old[key], after[key])) {
      writeProp(map, after.t, key, old[key], after[key]);
    }
  }
}

/** Appends flat blocks to a document's body. For a document's first content (import, tests); ids must be fresh. */
export function writeFlat(ydoc: Y.Doc, flat: readonly FlatBlock[], origin: unknown = null): void {
  const body = bodyOf(ydoc);
  const blocks = blocksOf(ydoc);
  ydoc.transact(() => {
    for (const block of flat) {
      if (block.kind === "text") {
        for (const run of block.runs) {
          if ("text" in run) body.insert(body.length, wellFormed(run.text), { ...run.marks });
          else body.insertEmbed(body.length, Object(run.embed), { ...run.marks });
        }
        if (block.id !== null) body.insertEmbed(body.length, { b: block.id }, {});
      } else {
        body.insertEmbed(body.length, { a: block.id }, {});
      }
      if (block.id !== null) writeProps(blocks, block.id, null, block.props);
    }
  }, origin);
}
