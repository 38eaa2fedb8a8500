/** Where the window is. In memory only: the desk is the truth, this is a finger on the page. */
import { useSyncExternalStore } from "react";
import type { ClipId, CutId, StoryId } from "../border/generated";

export const ROOMS = ["today", "gather", "write", "cut", "review", "push", "pool", "settings"] as const;
export type Room = (typeof ROOMS)[number];

export type Place = {
  room: Room;
  /** The story in hand, shared by the rooms. */
  story: StoryId | null;
  cut: CutId | null;
  /** The story on the reviewer's desk. */
  reviewing: StoryId | null;
  clip: ClipId | null;
  /** A clip that the story in hand shall take in as soon as it is open. */
  insert: ClipId | null;
};

let place: Place = { room: "today", story: null, cut: null, reviewing: null, clip: null, insert: null };
const readers = new Set<() => void>();

/** Goes somewhere; what is not named stays as it was. */
export function go(next: Partial<Place>): void {
  place = { ...place, ...next };
  for (const reader of readers) reader();
}

export function here(): Place {
  return place;
}

export function usePlace(): Place {
  return useSyncExternalStore(
    (reader) => {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    () => place,
  );
}
