/** The cut as plain data: segments in order. */
import type { ClipCard, ClipId, SegmentCard } from "../../border/generated";

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

export function removed(segments: readonly SegmentCard[], index: number): SegmentCard[] {
  return segments.filter((_, at) => at !== index);
}

/** Moves a segment by so many places; at the ends it stays. */
export function moved(segments: readonly SegmentCard[], index: number, by: number): SegmentCard[] {
  const target = index + by;
  const one = segments[index];
  if (!one || target < 0 || target >= segments.length) return [...segments];
  return removed(segments, index).toSpliced(target, 0, one);
}

/** Sets in and out of a segment, kept inside the clip and never empty. */
export function trimmed(
  segments: readonly SegmentCard[],
  index: number,
  change: Partial<Pick<SegmentCard, "fromMs" | "toMs">>,
  longest: number,
): SegmentCard[] {
  return segments.map((segment, at) => {
    if (at !== index) return segment;
    const next = { ...segment, ...change };
    const fromMs = Math.round(Math.min(Math.max(0, next.fromMs), longest - SHORTEST_MS));
    const toMs = Math.round(Math.min(Math.max(next.toMs, fromMs + SHORTEST_MS), longest));
    return { ...segment, fromMs, toMs };
  });
}

/** Cuts the segment under a moment of the cut in two. */
export function split(segments: readonly SegmentCard[], ms: number): SegmentCard[] {
  const found = under(segments, ms);
  const segment = found ? segments[found.index] : undefined;
  if (!found || !segment) return [...segments];
  const at = Math.round(found.clipMs);
  if (at - segment.fromMs < SHORTEST_MS || segment.toMs - at < SHORTEST_MS) return [...segments];
  return segments.toSpliced(found.index, 1, { ...segment, toMs: at }, { ...segment, fromMs: at });
}

/** Frames a second of a clip; 25 where unknown. */
export function fpsOf(clip: ClipCard | undefined): number {
  return clip?.rate && clip.rate[1] > 0 ? clip.rate[0] / clip.rate[1] : 25;
}

export function byId(clips: readonly ClipCard[]): Map<ClipId, ClipCard> {
  return new Map(clips.map((clip) => [clip.clip, clip]));
}
