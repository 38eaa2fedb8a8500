/** The merge guard: after a merge, what each side had typed must still stand there. */
import type * as Y from 'yjs';
import { hunks } from './difference';
import { FIELD_NAMES, readFlat, rowsOf } from './flat';
import { text } from './plain';

/** Shorter runs are not watched. */
const SHORTEST = 2;

/** A typed run that a merge lost. */
export type MissingRun = { readonly side: 'mine' | 'theirs'; readonly text: string };

/** Returns all words of a story, one line each: fields, body, captions, credits and cells. What the guard compares. */
export function textState(ydoc: Y.Doc): string {
  const lines = FIELD_NAMES.map((name) => ydoc.getText(name).toString());
  const asides: string[] = [];
  for (const block of readFlat(ydoc)) {
    if (block.kind === 'text') {
      lines.push(block.runs.map((run) => ('text' in run ? run.text : '')).join(''));
    } else {
      asides.push(...['caption', 'credit', 'alt'].map((name) => text(block.props[name])));
      asides.push(...rowsOf(block.props['rows']).flat());
    }
  }
  return [...lines, ...asides].join('\n');
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

/** Returns the stretches where all marks are set, cut at line ends, as long as the shortest watched run or longer. */
function pieces(words: readonly string[], ...marks: readonly (readonly boolean[])[]): string[] {
  const out: string[] = [];
  let piece: string[] = [];
  const close = (): void => {
    if (piece.length >= SHORTEST) out.push(piece.join(''));
    piece = [];
  };
  words.forEach((letter, index) => {
    if (letter !== '\n' && marks.every((set) => set[index] === true)) piece.push(letter);
    else close();
  });
  close();
  return out;
}

function lost(base: string, side: string, other: string, merged: string): string[] {
  if (base === side) return [];
  const words = Array.from(side);
  const typed = fresh(Array.from(base), words);
  const gone = fresh(Array.from(merged), words);
  return pieces(words, typed, gone).filter((piece) => {
    const removedByOther = Math.max(0, times(base, piece) - times(other, piece));
    return times(merged, piece) < times(side, piece) - removedByOther;
  });
}

/** Finds the runs of two and more characters that one side inserted since `base` and that `merged` does not hold. */
export function missingRuns(base: string, mine: string, theirs: string, merged: string): MissingRun[] {
  return [
    ...lost(base, mine, theirs, merged).map((words): MissingRun => ({ side: 'mine', text: words })),
    ...lost(base, theirs, mine, merged).map((words): MissingRun => ({ side: 'theirs', text: words })),
  ];
}
