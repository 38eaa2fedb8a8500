import { describe, expect, it } from "vitest";
import type { ClipId, SegmentCard } from "../../border/generated";
import { rulerTime, split, startsOf, totalOf, trim, under } from "./model";

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

  it("is split at the moment of the clip under the playhead, and not at an end", () => {
    const segments = [seg(0, 1000), seg(1000, 3000)];

    expect(split(segments, 1500)).toEqual({ step: "split", at: 1, ms: 1500 });
    expect(split(segments, 1010)).toBeUndefined();
  });

  it("tells the marks of a short ruler apart", () => {
    expect([0, 750, 1500, 3000].map((ms) => rulerTime(ms, 3000))).toEqual([
      "0:00.0",
      "0:00.8",
      "0:01.5",
      "0:03.0",
    ]);
    expect(rulerTime(75_000, 90_000)).toBe("1:15");
  });

  it("keeps a trimmed segment inside its clip and never empty", () => {
    const segments = [seg(500, 1000)];

    expect(trim(segments, 0, { fromMs: 5000 }, 2000)).toEqual({ step: "trim-in", at: 0, ms: 960 });
    expect(trim(segments, 0, { toMs: 5000 }, 2000)).toEqual({ step: "trim-out", at: 0, ms: 2000 });
    expect(trim(segments, 0, { toMs: 0 }, 2000)).toEqual({ step: "trim-out", at: 0, ms: 540 });
  });
});
