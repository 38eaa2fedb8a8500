import type { QueueCard, ReviewCard, SignatureCard } from "../../border/generated";

export const LEVELS = ["first", "second", "final"] as const;
export type Level = (typeof LEVELS)[number];

/** Held by me, then for me, then the rest; the oldest first. */
export function sortedQueue(rows: readonly QueueCard[]): QueueCard[] {
  const weight = (row: QueueCard) => (row.heldByMe ? 0 : row.forMe ? 1 : 2);
  return rows.toSorted((a, b) => weight(a) - weight(b) || a.card.updated - b.card.updated);
}

export function stepTo(
  rows: readonly QueueCard[],
  now: QueueCard | undefined,
  by: number,
): QueueCard | undefined {
  const index = now ? rows.indexOf(now) : -1;
  return rows[Math.min(rows.length - 1, Math.max(0, index + by))];
}

export type Stage = { level: Level; state: "done" | "now" | "later"; signature: SignatureCard | undefined };

/** The three reviews with what became of each. A signature that no longer holds is none. */
export function stagesOf(card: ReviewCard): Stage[] {
  return LEVELS.map((level) => {
    const signature = card.signatures.findLast(
      (one) => one.level === level && one.holds && one.verdict !== "refused",
    );
    const state = card.level === level ? "now" : signature ? "done" : "later";
    return { level, state, signature };
  });
}
