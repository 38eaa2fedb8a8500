/** The notice board: failures and good news that wait to be read. */
import { useSyncExternalStore } from "react";
import type { Failure } from "../border/generated";

export type Notice =
  | { id: number; kind: "failure"; failure: Failure; again?: () => void }
  | { id: number; kind: "news"; words: string };

let board: readonly Notice[] = [];
let next = 1;
const readers = new Set<() => void>();

function pin(change: readonly Notice[]): void {
  board = change;
  for (const reader of readers) reader();
}

/** Pins a failure; the same code twice in a row is pinned once. */
export function raise(failure: Failure, again?: () => void): void {
  const rest = board.filter((one) => one.kind !== "failure" || one.failure.code !== failure.code);
  const notice: Notice = { id: next++, kind: "failure", failure, ...(again ? { again } : {}) };
  pin([...rest, notice].slice(-4));
}

/** Says a short good word that goes away by itself. */
export function tell(words: string): void {
  const id = next++;
  pin([...board, { id, kind: "news" as const, words }].slice(-4));
  setTimeout(() => dismiss(id), 5000);
}

export function dismiss(id: number): void {
  pin(board.filter((one) => one.id !== id));
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(
    (reader) => {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    () => board,
  );
}
