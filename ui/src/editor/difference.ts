/** The shortest edit between two texts, as stretches. Myers' greedy algorithm, by code points. */

/** `before[from..to]` became `after[newFrom..newTo]`. */
export type Hunk = {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
};

type Pair = readonly [number, number];

/** Beyond this many edits the middle counts as replaced as a whole: a bound on time and memory. */
const MOST_EDITS = 4000;

/** Returns the differing stretches, first to last. */
export function hunks(before: readonly string[], after: readonly string[]): Hunk[] {
  const limit = Math.min(before.length, after.length);
  let head = 0;
  while (head < limit && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < limit - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  if (a.length === 0 && b.length === 0) return [];
  const pairs = a.length === 0 || b.length === 0 ? [] : matches(a, b);
  return gaps(pairs, a.length, b.length).map((hunk) => ({
    from: hunk.from + head,
    to: hunk.to + head,
    newFrom: hunk.newFrom + head,
    newTo: hunk.newTo + head,
  }));
}

function gaps(pairs: readonly Pair[], oldLength: number, newLength: number): Hunk[] {
  const out: Hunk[] = [];
  let from = 0;
  let newFrom = 0;
  const ends: readonly Pair[] = [...pairs, [oldLength, newLength]];
  for (const [x, y] of ends) {
    if (x > from || y > newFrom) out.push({ from, to: x, newFrom, newTo: y });
    from = x + 1;
    newFrom = y + 1;
  }
  return out;
}

function matches(a: readonly string[], b: readonly string[]): Pair[] {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const middle = most + 1;
  const reach = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= most; d++) {
    trace.push(reach.slice(middle - d - 1, middle + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach[middle + k - 1] ?? 0) < (reach[middle + k + 1] ?? 0));
      let x = down ? (reach[middle + k + 1] ?? 0) : (reach[middle + k - 1] ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return backtrack(trace, a, b);
    }
  }
  return [];
}

function backtrack(trace: readonly Int32Array[], a: readonly string[], b: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const row = trace[d] ?? new Int32Array();
    const at = (k: number): number => row[k + d + 1] ?? 0;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : at(fromK);
    const fromY = d === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY && a[x - 1] === b[y - 1]) {
      x--;
      y--;
      pairs.push([x, y]);
    }
    x = fromX;
    y = fromY;
  }
  return pairs.reverse();
}
