/** One editing session: a shared document with an id of its own among all who ever wrote in it. */
import * as Y from "yjs";
import { FIELD_NAMES } from "./flat";

/** Fills an array with random bits. */
export type Dice = (out: Uint32Array<ArrayBuffer>) => void;

const systemDice: Dice = (out) => {
  crypto.getRandomValues(out);
};

/** Mints a client id of 53 random bits that is not taken. Never stored, minted anew for every session. */
export function newClientId(taken: ReadonlySet<number> = new Set(), dice: Dice = systemDice): number {
  const bits = new Uint32Array(2);
  for (;;) {
    dice(bits);
    const id = ((bits[0] ?? 0) & 0x1fffff) * 0x1_0000_0000 + (bits[1] ?? 0);
    if (id !== 0 && !taken.has(id)) return id;
  }
}

/** Returns the ids of all clients that ever wrote in a document. */
export function clientsOf(ydoc: Y.Doc): Set<number> {
  return new Set(Y.decodeStateVector(Y.encodeStateVector(ydoc)).keys());
}

/** Gives a document a fresh client id, and again whenever somebody else turns out to use the same one. */
export function takeClientId(ydoc: Y.Doc, dice: Dice = systemDice): void {
  let mine = newClientId(clientsOf(ydoc), dice);
  ydoc.clientID = mine;
  ydoc.on("afterTransactionCleanup", () => {
    // Yjs itself steps aside from a clash, but only to an id of 32 bits.
    if (ydoc.clientID !== mine) {
      mine = newClientId(clientsOf(ydoc), dice);
      ydoc.clientID = mine;
    }
  });
}

const keeping = new WeakSet<Y.Doc>();

/** A text that is asked for only after its content came in does not know that it holds formats; Yjs then miscounts them. */
function knowsItsFormats(target: Y.Text): void {
  for (let item = target._start; item !== null; item = item.right) {
    if (item.content instanceof Y.ContentFormat) {
      target._hasFormatting = true;
      target._searchMarker = null;
      return;
    }
  }
}

/**
 * Stops Yjs from tidying up formats after others' changes. That tidying writes into the document on its own,
 * differently on every laptop: an app that merely opens a story would change it, and screens would differ.
 */
export function keepFormats(ydoc: Y.Doc): void {
  if (keeping.has(ydoc)) return;
  keeping.add(ydoc);
  for (const name of ["body", ...FIELD_NAMES]) knowsItsFormats(ydoc.getText(name));
  ydoc.on("afterTransaction", (transaction: Y.Transaction) => {
    transaction._needFormattingCleanup = false;
  });
}

/** Opens a document from its updates for editing: nothing deleted is thrown away, the client id is fresh. */
export function openSession(updates: readonly Uint8Array[], dice: Dice = systemDice): Y.Doc {
  const ydoc = new Y.Doc({ gc: false });
  keepFormats(ydoc);
  for (const update of updates) Y.applyUpdate(ydoc, update, "satchel.open");
  takeClientId(ydoc, dice);
  return ydoc;
}

/**
 * Applies others' updates as one change: the screen is drawn once, and a clash of client ids is still noticed
 * (inside a plain `ydoc.transact` it would not be).
 */
export function receive(
  ydoc: Y.Doc,
  updates: readonly Uint8Array[],
  origin: unknown = "satchel.received",
): void {
  Y.transact(
    ydoc,
    () => {
      for (const update of updates) Y.applyUpdate(ydoc, update, origin);
    },
    origin,
    false,
  );
}
