/** What comes first today. */
import type { QueueCard, StoryCard } from "../../border/generated";

export type FirstThing = { kind: "returned" | "review" | "draft"; card: StoryCard };

const newest = (a: StoryCard, b: StoryCard) => b.updated - a.updated;

/** Returned stories, then what waits for my review, then the draft last touched. */
export function firstThings(cards: readonly StoryCard[], queue: readonly QueueCard[]): FirstThing[] {
  const mine = cards.filter((card) => card.mine && card.state === "draft").toSorted(newest);
  const returned = mine.filter((card) => card.returned !== null);
  const draft = mine.find((card) => card.returned === null);
  const reviews = queue.filter((row) => row.forMe).slice(0, 3);
  return [
    ...returned.map((card) => ({ kind: "returned" as const, card })),
    ...reviews.map((row) => ({ kind: "review" as const, card: row.card })),
    ...(draft ? [{ kind: "draft" as const, card: draft }] : []),
  ];
}

/** The other stories, newest first, at most twenty. */
export function inProgress(cards: readonly StoryCard[]): StoryCard[] {
  return cards.toSorted(newest).slice(0, 20);
}
