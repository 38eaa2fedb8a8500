/** The cut as plain data: segments in order. */
import type { ClipCard, ClipId, CutStep, SegmentCard } from "../../border/generated";
import { runningTime } from "../../kit/format";

const SHORTEST_MS = 40;

export const lengthOf = (segment: SegmentCard): number => segment.toMs - segment.fromMs;

export function totalOf(segments: readonly SegmentCard[]): number {
  return segments.reduce((sum, one) => sum + lengthOf(one), 0);
}

/** Where each segment begins in the cut, in milliseconds. */
export function startsOf(segments: readonly SegmentCard[]): number[] {
  let at = 0;
  return segments.map((segment) => {
    const start = at;
    at += lengthOf(segment);
    return start;
  });
}

/** A mark of the ruler: `1:15`, or with tenths, `0:02.3`, where whole seconds would not tell the marks apart. */
export function rulerTime(ms: number, totalMs: number): string {
  const tenths = Math.round(ms / 100);
  if (totalMs >= 20_000) return runningTime(ms);
  return `${runningTime(tenths * 100)}.${tenths % 10}`;
}

/** The segment under a moment of the cut, and the moment of its clip. */
export function under(
  segments: readonly SegmentCard[],
  ms: number,
): { index: number; clipMs: number } | undefined {
  let start = 0;
  for (const [index, segment] of segments.entries()) {
    const end = start + lengthOf(segment);
    if (ms < end || index === segments.length - 1) {
      return { index, clipMs: Math.min(segment.fromMs + Math.max(0, ms - start), segment.toMs) };
    }
    start = end;
  }
  return undefined;
}

/** A segment from marks; the whole clip where there are none; nothing when it would be empty. */
export function segmentFrom(clip: ClipCard, from: number | null, to: number | null): SegmentCard | undefined {
  const end = Math.round(to ?? clip.durationMs ?? 0);
  const start = Math.round(Math.max(0, from ?? 0));
  return end - start < SHORTEST_MS ? undefined : { clip: clip.clip, fromMs: start, toMs: end };
}

/** The step that sets in or out of a segment, kept inside the clip and never empty. */
export function trim(
  segments: readonly SegmentCard[],
  at: number,
  change: { fromMs: number } | { toMs: number },
  longest: number,
): CutStep | undefined {
  const segment = segments[at];
  if (!segment) return undefined;
  return "fromMs" in change
    ? { step: "trim-in", at, ms: Math.round(clamp(change.fromMs, 0, segment.toMs - SHORTEST_MS)) }
    : { step: "trim-out", at, ms: Math.round(clamp(change.toMs, segment.fromMs + SHORTEST_MS, longest)) };
}

/** The step that cuts the segment under a moment of the cut in two; none too near to an end. */
export function split(segments: readonly SegmentCard[], ms: number): CutStep | undefined {
  const found = under(segments, ms);
  const segment = found ? segments[found.index] : undefined;
  if (!found || !segment) return undefined;
  const at = Math.round(found.clipMs);
  if (at - segment.fromMs < SHORTEST_MS || segment.toMs - at < SHORTEST_MS) return undefined;
  return { step: "split", at: found.index, ms: at };
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

/** Frames a second of a clip; 25 where unknown. */
export function fpsOf(clip: ClipCard | undefined): number {
  return clip?.rate && clip.rate[1] > 0 ? clip.rate[0] / clip.rate[1] : 25;
}

export function byId(clips: readonly ClipCard[]): Map<ClipId, ClipCard> {
  return new Map(clips.map((clip) => [clip.clip, clip]));
}
