/** The merge guard: after a merge, what each side had typed must still stand there. */
import type * as Y from "yjs";
import { hunks } from "./difference";
import { FIELD_NAMES, readFlat, rowsOf } from "./flat";
import { text } from "./plain";

/** Shorter runs are not watched. */
const SHORTEST = 2;

/** A typed run that a merge lost. */
export type MissingRun = { readonly side: "mine" | "theirs"; readonly text: string };

/** Returns all words of a story, one line each: fields, body, captions, credits and cells. What the guard compares. */
export function textState(ydoc: Y.Doc): string {
  const lines = FIELD_NAMES.map((name) => ydoc.getText(name).toString());
  const asides: string[] = [];
  for (const block of readFlat(ydoc)) {
    if (block.kind === "text") {
      lines.push(block.runs.map((run) => ("text" in run ? run.text : "")).join(""));
    } else {
      asides.push(...["caption", "credit", "alt"].map((name) => text(block.props[name])));
      asides.push(...rowsOf(block.props.rows).flat());
    }
  }
  return [...lines, ...asides].join("\n");
}

function times(words: string, piece: string): number {
  let count = 0;
  for (let at = words.indexOf(piece); at >= 0; at = words.indexOf(piece, at + 1)) count++;
  return count;
}

/** Marks the code points of `after` that `before` does not have. */
function fresh(before: readonly string[], after: readonly string[]): boolean[] {
  const marks = after.map(() => false);
  for (const hunk of hunks(before, after)) marks.fill(true, hunk.newFrom, hunk.newTo);
  return marks;
}

type Piece = { readonly from: number; readonly to: number };

/** Returns the stretches where all marks are set, cut at line ends, as long as the shortest watched run or longer. */
function pieces(words: readonly string[], ...marks: readonly (readonly boolean[])[]): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  const close = (to: number): void => {
    if (to - from >= SHORTEST) out.push({ from, to });
    from = to + 1;
  };
  words.forEach((letter, index) => {
    if (letter === "\n" || !marks.every((set) => set[index] === true)) close(index);
  });
  close(words.length);
  return out;
}

/** A comparison cannot tell which of two equal stretches was typed ("abab" from "ab"): all that it may have been. */
function readings(words: readonly string[], { from, to }: Piece): string[] {
  const out = [words.slice(from, to).join("")];
  for (let by = 1; by <= to - from && from - by >= 0 && words[from - by] === words[to - by]; by++) {
    out.push(words.slice(from - by, to - by).join(""));
  }
  for (
    let by = 1;
    by <= to - from && to + by <= words.length && words[to + by - 1] === words[from + by - 1];
    by++
  ) {
    out.push(words.slice(from + by, to + by).join(""));
  }
  return out;
}

function lost(base: string, side: string, other: string, merged: string): string[] {
  if (base === side) return [];
  const words = Array.from(side);
  const typed = fresh(Array.from(base), words);
  const gone = fresh(Array.from(merged), words);
  const isGone = (piece: string): boolean => {
    const removedByOther = Math.max(0, times(base, piece) - times(other, piece));
    return times(merged, piece) < times(side, piece) - removedByOther;
  };
  return pieces(words, typed, gone)
    .filter((piece) => readings(words, piece).every(isGone))
    .map((piece) => words.slice(piece.from, piece.to).join(""));
}

/** Finds the runs of two and more characters that one side inserted since `base` and that `merged` does not hold. */
export function missingRuns(base: string, mine: string, theirs: string, merged: string): MissingRun[] {
  return [
    ...lost(base, mine, theirs, merged).map((words): MissingRun => ({ side: "mine", text: words })),
    ...lost(base, theirs, mine, merged).map((words): MissingRun => ({ side: "theirs", text: words })),
  ];
}
