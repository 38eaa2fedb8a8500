/**
 * How far a shared text has moved away from what a screen shows. While an input method composes, the screen
 * must not change, but others' edits arrive; this keeps, for each item on the screen, where it is now.
 */

import type * as Y from "yjs";

/** One step of what changed in a shared text: so many items kept, inserted or deleted. */
export type Step = { readonly kind: "keep" | "insert" | "delete"; readonly count: number };

/**
 * Returns what an event did to a shared text, formats left aside. Yjs offers the same as `event.delta`, but
 * asking for that removes formats that look superfluous: it *writes*, differently on every laptop.
 */
export function changesIn(event: Y.YTextEvent): Step[] {
  const steps: Step[] = [];
  const add = (kind: Step["kind"], count: number): void => {
    const last = steps[steps.length - 1];
    if (last?.kind === kind) steps[steps.length - 1] = { kind, count: last.count + count };
    else steps.push({ kind, count });
  };
  for (let item = event.target._start; item !== null; item = item.right) {
    if (!item.countable) continue;
    const isNew = event.adds(item);
    if (!item.deleted) add(isNew ? "insert" : "keep", item.length);
    else if (!isNew && event.deletes(item)) add("delete", item.length);
  }
  return steps;
}

/** A stretch that differs: items `from`..`to` on the screen are items `nowFrom`..`nowTo` of the shared text. */
export type DriftRange = {
  readonly from: number;
  readonly to: number;
  readonly nowFrom: number;
  readonly nowTo: number;
};

const GONE = -1;

/** The place of every shown item in the shared text. */
export class Drift {
  private places: number[];
  private length: number;

  /** Starts without any difference, for a text of `length` items. */
  constructor(length: number) {
    this.places = Array.from({ length }, (_, index) => index);
    this.length = length;
  }

  /** Takes in a change that somebody else made to the shared text. */
  theirs(steps: readonly Step[]): void {
    const moved: number[] = [];
    let now = 0;
    let total = 0;
    for (const { kind, count } of steps) {
      if (kind === "insert") {
        now += count;
        continue;
      }
      for (let i = 0; i < count; i++) moved.push(kind === "keep" ? now++ : GONE);
      total += count;
    }
    const rest = now - total;
    this.places = this.places.map((place) =>
      place === GONE ? GONE : place < total ? (moved[place] ?? GONE) : place + rest,
    );
    this.length = this.length - total + now;
  }

  /** Returns where something inserted before shown item `at` goes: right behind the nearest living item on its left. */
  insertAt(at: number): number {
    for (let i = at - 1; i >= 0; i--) {
      const place = this.places[i] ?? GONE;
      if (place !== GONE) return place + 1;
    }
    for (let i = at; i < this.places.length; i++) {
      const place = this.places[i] ?? GONE;
      if (place !== GONE) return place;
    }
    return 0;
  }

  /** Returns the stretches of the shared text that shown items `from`..`to` occupy, last first. */
  stretches(from: number, to: number): { at: number; length: number }[] {
    const out: { at: number; length: number }[] = [];
    for (let i = to - 1; i >= from; i--) {
      const place = this.places[i] ?? GONE;
      if (place === GONE) continue;
      const last = out[out.length - 1];
      if (last !== undefined && last.at === place + 1) {
        last.at = place;
        last.length++;
      } else {
        out.push({ at: place, length: 1 });
      }
    }
    return out;
  }

  /** Takes in that this screen removed shown items `from`..`to` (and the shared text with it). */
  mineRemoved(from: number, to: number): void {
    const gone = this.places.splice(from, to - from).filter((place) => place !== GONE);
    gone.sort((a, b) => a - b);
    this.places = this.places.map((place) => (place === GONE ? GONE : place - countBelow(gone, place)));
    this.length -= gone.length;
  }

  /** Takes in that this screen inserted `count` items before shown item `at`, which are at `place` of the shared text. */
  mineInserted(at: number, place: number, count: number): void {
    this.places = this.places.map((old) => (old !== GONE && old >= place ? old + count : old));
    this.places.splice(at, 0, ...Array.from({ length: count }, (_, index) => place + index));
    this.length += count;
  }

  /** Returns where a caret before shown item `at` belongs now. */
  caret(at: number): number {
    const place = this.places[at];
    if (place !== undefined && place !== GONE) return place;
    return at >= this.places.length &&
      this.places.length > 0 &&
      this.places[this.places.length - 1] === this.length - 1
      ? this.length
      : this.insertAt(at);
  }

  /** Returns the stretches that differ, first to last. */
  ranges(): DriftRange[] {
    const out: DriftRange[] = [];
    let from = 0;
    let nowFrom = 0;
    const close = (to: number, nowTo: number): void => {
      if (to > from || nowTo > nowFrom) out.push({ from, to, nowFrom, nowTo });
    };
    this.places.forEach((place, index) => {
      if (place === GONE) return;
      close(index, place);
      from = index + 1;
      nowFrom = place + 1;
    });
    close(this.places.length, this.length);
    return out;
  }
}

function countBelow(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
