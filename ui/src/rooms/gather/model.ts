import type { ClipCard } from "../../border/generated";

export type ClipFilter = { kind: string; words: string; loose: boolean };

/** The clips that pass the filter, newest first. */
export function filtered(clips: readonly ClipCard[], filter: ClipFilter): ClipCard[] {
  const words = filter.words.trim().toLowerCase();
  return clips
    .filter((clip) => filter.kind === "all" || clip.kind === filter.kind)
    .filter((clip) => !filter.loose || clip.story === null)
    .filter((clip) => `${clip.name} ${clip.caption} ${clip.credit}`.toLowerCase().includes(words))
    .toSorted(
      (a, b) => (b.capturedAt ?? b.addedAt) - (a.capturedAt ?? a.addedAt) || a.name.localeCompare(b.name),
    );
}

/** The index that an arrow key leads to in a grid of so many columns. */
export function stepped(index: number, key: string, columns: number, count: number): number {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  const next = index + (steps[key] ?? 0);
  return next < 0 || next >= count ? index : next;
}
