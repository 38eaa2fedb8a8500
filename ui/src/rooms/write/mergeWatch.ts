/** Watches an open story over the merges that reach it: what somebody typed and the merge lost is told. */
import * as Y from "yjs";
import { type MissingRun, missingRuns, openSession, textState } from "../../editor";

/** Above every clock of a session. */
const ALL = 2 ** 40;

export class MergeWatch {
  /** What both sides had before they went different ways: the words, and the document. */
  private words: string;
  private state: Uint8Array;

  constructor(private readonly doc: Y.Doc) {
    this.words = textState(doc);
    this.state = Y.encodeStateAsUpdate(doc);
  }

  /** Takes in updates by `apply` and returns the typed runs that the text does not hold afterwards. */
  over(updates: readonly Uint8Array[], apply: () => void): MissingRun[] {
    const mine = textState(this.doc);
    apply();
    const merged = textState(this.doc);
    if (merged === mine) return [];
    const lost = mine === this.words ? [] : missingRuns(this.words, mine, this.theirs(updates), merged);
    this.words = merged;
    this.state = Y.encodeStateAsUpdate(this.doc);
    return lost;
  }

  /** The words as the other side had them: everything but what this session wrote. */
  private theirs(updates: readonly Uint8Array[]): string {
    const me = this.doc.clientID;
    const others = updates.filter((update) => {
      const { structs } = Y.decodeUpdate(update);
      return structs.length === 0 || structs.some((one) => one.id.client !== me);
    });
    const known = Y.encodeStateVector(new Map([[me, ALL]]));
    const doc = openSession([this.state, ...others.map((update) => Y.diffUpdate(update, known))]);
    const words = textState(doc);
    doc.destroy();
    return words;
  }
}
