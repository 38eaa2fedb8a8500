/** Facts of the writing room, without the screen. */
import type { ClipCard, StoryCard } from "../../border/generated";
import type { FigureFacts } from "../../editor";

export const VIEWS = ["all", "draft", "returned", "filed", "signed"] as const;
export type View = (typeof VIEWS)[number];

/** The stories of a saved view, newest first. */
export function inView(cards: readonly StoryCard[], view: View, words: string): StoryCard[] {
  const needle = words.trim().toLowerCase();
  return cards
    .filter((card) => belongs(card, view))
    .filter((card) => `${card.headline} ${card.authorName}`.toLowerCase().includes(needle))
    .toSorted((a, b) => b.updated - a.updated);
}

function belongs(card: StoryCard, view: View): boolean {
  const returned = card.state === "draft" && card.returned !== null;
  if (view === "draft") return card.state === "draft" && !returned;
  if (view === "returned") return returned;
  if (view === "filed") return card.state.startsWith("awaiting");
  if (view === "signed") return card.state === "signed" || card.state === "published";
  return true;
}

/** A clip as a figure; a file that is neither picture, film nor sound cannot be one. */
export function figureOf(clip: ClipCard): FigureFacts | undefined {
  const { kind } = clip;
  if (kind !== "picture" && kind !== "video" && kind !== "audio") return undefined;
  return {
    clip: clip.clip,
    blob: clip.blob,
    kind,
    w: clip.width ?? 0,
    h: clip.height ?? 0,
    caption: clip.caption,
    credit: clip.credit,
  };
}

/** What a place of a finding names: a field, a block by number, or the whole. */
export type Target = { kind: "field"; name: string } | { kind: "block"; nth: number } | { kind: "whole" };

export function targetOf(place: string): Target {
  const block = /^block:(\d+)$/.exec(place);
  if (block) return { kind: "block", nth: Number(block[1]) };
  return /^(headline|kicker|deck|dateline|byline)$/.test(place)
    ? { kind: "field", name: place }
    : { kind: "whole" };
}
