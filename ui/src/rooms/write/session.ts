/** One story open in the window: its document, and the honest fact of what is on the disk. */
import * as Y from "yjs";
import { asFailure } from "../../border/call";
import type { Failure, OpenStory, Saved, StoryId } from "../../border/generated";
import { type MissingRun, openSession } from "../../editor";
import { MergeWatch } from "./mergeWatch";

/** What the session needs from the core. */
export type Core = {
  openStory(story: StoryId): Promise<OpenStory>;
  keepUpdate(story: StoryId, session: number, update: string): Promise<Saved>;
  sealStory(story: StoryId): Promise<unknown>;
};

/** Whether the words are on the disk. */
export type SaveFact =
  | { kind: "saved"; at: number | null }
  | { kind: "saving" }
  | { kind: "failing"; failure: Failure };

/** Updates that came from the core are not sent back to it. */
const FROM_CORE = Symbol("from the core");
/** What one event of the page brings goes together; what comes while a batch is on its way goes with the next. */
const BATCH_MS = 4;
const IDLE_MS = 30_000;
const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000];
const NONE: readonly MissingRun[] = [];

/** What merges lost and nobody has decided on yet; it outlives the opening of a story. */
const undecided = new Map<StoryId, readonly MissingRun[]>();

/** Opens the log of a story and keeps every local change until the core said that it is on the disk. */
export class StorySession {
  readonly doc: Y.Doc;
  fact: SaveFact = { kind: "saved", at: null };
  private waiting: Uint8Array[] = [];
  private sending = false;
  private failures = 0;
  private unsealed = false;
  private closed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private idle: ReturnType<typeof setTimeout> | undefined;
  private readonly readers = new Set<() => void>();
  private readonly watch: MergeWatch;
  /** What still holds typed words outside the document, such as the editor; asked before anything is sealed. */
  readonly holders = new Set<() => void>();

  constructor(
    readonly story: StoryId,
    private readonly core: Core,
    updates: readonly string[] = [],
  ) {
    this.doc = openSession(updates.map(fromBase64));
    this.watch = new MergeWatch(this.doc);
    this.doc.on("update", this.heard);
  }

  /** Applies a log from the core; what the document has already is passed over, what the merge lost is kept aside. */
  apply(updates: readonly string[]): void {
    const read = updates.map(fromBase64);
    const takeIn = () => {
      for (const update of read) Y.applyUpdate(this.doc, update, FROM_CORE);
    };
    const lost = this.watch.over(read, () => Y.transact(this.doc, takeIn, FROM_CORE, false));
    if (lost.length === 0) return;
    const known = this.missing;
    const isKnown = (run: MissingRun) => known.some((one) => one.side === run.side && one.text === run.text);
    undecided.set(this.story, [...known, ...lost.filter((run) => !isKnown(run))]);
    this.say(this.fact);
  }

  /** The typed passages that merges lost, as long as nobody has decided on them. */
  get missing(): readonly MissingRun[] {
    return undecided.get(this.story) ?? NONE;
  }

  /** A person has put a passage back, or does without it. */
  decided(run: MissingRun): void {
    undecided.set(
      this.story,
      this.missing.filter((one) => one !== run),
    );
    this.say(this.fact);
  }

  /** Reads the log again and takes in what others wrote; the cursor stays where it is. */
  async receive(): Promise<OpenStory> {
    const open = await this.core.openStory(this.story);
    if (!this.closed) this.apply(open.updates);
    return open;
  }

  /** Waits until every change so far is on the disk; throws the failure when it cannot be kept. */
  async settled(): Promise<void> {
    for (const flush of this.holders) flush();
    while (this.sending || this.waiting.length > 0) {
      if (this.fact.kind === "failing") throw this.fact.failure;
      this.flushNow();
      await new Promise<void>((done) => {
        const stop = this.onChange(() => {
          stop();
          done();
        });
      });
    }
  }

  /** Asks the core to close the stretch of writing: on blur, after idle time, on leaving. */
  async seal(): Promise<void> {
    for (const flush of this.holders) flush();
    if (!this.unsealed || this.fact.kind === "failing") return;
    await this.settled();
    this.unsealed = false;
    await this.core.sealStory(this.story);
  }

  /** Tries again at once, for the button in the red bar. */
  retry(): void {
    this.failures = 0;
    this.flushNow();
  }

  onChange(reader: () => void): () => void {
    this.readers.add(reader);
    return () => {
      this.readers.delete(reader);
    };
  }

  /** Leaves the story. What is not on the disk yet goes on being sent; the document ends after it. */
  async close(): Promise<void> {
    do {
      // The editor, which is taken down in the same breath, may still write; what failed is tried until it is kept.
      await this.seal().catch(() => undefined);
      await this.whenKept();
    } while (this.sending || this.waiting.length > 0 || this.unsealed);
    clearTimeout(this.idle);
    this.closed = true;
    this.doc.destroy();
  }

  private whenKept(): Promise<void> {
    if (!this.sending && this.waiting.length === 0) return Promise.resolve();
    return new Promise((done) => {
      const stop = this.onChange(() => {
        if (this.fact.kind !== "saved") return;
        stop();
        done();
      });
    });
  }

  private readonly heard = (update: Uint8Array, origin: unknown) => {
    if (origin === FROM_CORE) return;
    this.waiting.push(update);
    this.unsealed = true;
    if (this.fact.kind === "saved") this.say({ kind: "saving" });
    clearTimeout(this.idle);
    this.idle = setTimeout(() => void this.seal().catch(() => undefined), IDLE_MS);
    if (!this.sending && this.timer === undefined) this.timer = setTimeout(() => this.flushNow(), BATCH_MS);
  };

  private flushNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending || this.waiting.length === 0) return;
    void this.send();
  }

  /** One batch at a time: the next waits for the answer to the former. */
  private async send(): Promise<void> {
    this.sending = true;
    const count = this.waiting.length;
    try {
      const batch = Y.mergeUpdates(this.waiting);
      const saved = await this.core.keepUpdate(this.story, this.doc.clientID, toBase64(batch));
      this.waiting.splice(0, count);
      this.failures = 0;
      this.sending = false;
      if (this.waiting.length === 0) this.say({ kind: "saved", at: saved.at });
      else {
        this.say({ kind: "saving" });
        this.flushNow();
      }
    } catch (thrown) {
      this.sending = false;
      const wait = WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)];
      this.failures += 1;
      this.timer = setTimeout(() => this.flushNow(), wait);
      this.say({ kind: "failing", failure: asFailure(thrown) });
    }
  }

  private say(fact: SaveFact): void {
    this.fact = fact;
    for (const reader of [...this.readers]) reader();
  }
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
