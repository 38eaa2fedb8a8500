import { describe, expect, it } from "vitest";
import type { ClipId, SegmentCard } from "../../border/generated";
import { moved, split, startsOf, totalOf, trimmed, under } from "./model";

const clip = "c".repeat(32) as ClipId;
const seg = (fromMs: number, toMs: number): SegmentCard => ({ clip, fromMs, toMs });

describe("a cut", () => {
  it("knows the segment and the moment of the clip under a moment of the cut", () => {
    const segments = [seg(1000, 3000), seg(500, 1500)];

    expect(totalOf(segments)).toBe(3000);
    expect(startsOf(segments)).toEqual([0, 2000]);
    expect(under(segments, 1999)).toEqual({ index: 0, clipMs: 2999 });
    expect(under(segments, 2000)).toEqual({ index: 1, clipMs: 500 });
  });

  it("loses nothing when a segment is split", () => {
    const parts = split([seg(1000, 3000)], 500);

    expect(parts).toEqual([seg(1000, 1500), seg(1500, 3000)]);
    expect(totalOf(parts)).toBe(2000);
  });

  it("keeps a trimmed segment inside its clip and never empty", () => {
    const [one] = trimmed([seg(0, 1000)], 0, { fromMs: 5000 }, 2000);

    expect(one).toEqual(seg(1960, 2000));
  });

  it("stays as it is when a segment would leave at an end", () => {
    const segments = [seg(0, 100), seg(200, 300)];

    expect(moved(segments, 0, -1)).toEqual(segments);
    expect(moved(segments, 0, 1)).toEqual([seg(200, 300), seg(0, 100)]);
  });
});
