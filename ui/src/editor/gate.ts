/** Whether this program may read or write a document at all (docs/FORMATS.md section 1, Gate). */
import type * as Y from "yjs";

/** The document schema that this program writes. */
export const SCHEMA = 1;

/** What a document asks for and what this program may do with it. */
export type Gate = {
  readonly schema: number;
  readonly minReader: number;
  readonly minWriter: number;
  /** The live document may be shown. */
  readonly mayRead: boolean;
  /** The editor may be bound to the live document. */
  readonly mayWrite: boolean;
};

/** An absent number is 1; one that cannot be understood closes the gate. */
function level(value: unknown): number {
  if (value === undefined || value === null) return 1;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : Number.MAX_SAFE_INTEGER;
}

/** Reads the gate of a document. Must be asked before an editor is bound. */
export function gate(ydoc: Y.Doc, mine: number = SCHEMA): Gate {
  const meta = ydoc.getMap<unknown>("meta");
  const minReader = level(meta.get("min_reader"));
  const minWriter = level(meta.get("min_writer"));
  return {
    schema: level(meta.get("schema")),
    minReader,
    minWriter,
    mayRead: minReader <= mine,
    mayWrite: minReader <= mine && minWriter <= mine,
  };
}
