/**
 * Binds a shared text to an input or text area: smallest changes, the caret stays, and while an input method
 * composes nothing is put into the input.
 */
import * as Y from "yjs";
import { changesIn, Drift } from "./drift";
import { wellFormed } from "./plain";
import { removeItems, textChange } from "./write";

/** What a bound input must be able to do; `<input>` and `<textarea>` are such. */
export type InputLike = {
  value: string;
  readonly selectionStart: number | null;
  readonly selectionEnd: number | null;
  setSelectionRange(start: number, end: number): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
};

/** How a field behaves. */
export type FieldOptions = {
  /** Line ends become spaces. True unless said otherwise. */
  readonly singleLine?: boolean;
  /** Origin of the changes; one of its own unless given. */
  readonly origin?: unknown;
  /** Undo and redo for the keys Mod-Z, Mod-Shift-Z and Mod-Y; the field keeps its own history unless given. */
  readonly history?: { undo: () => unknown; redo: () => unknown };
  /** Told after every change of the text, from here or from elsewhere. */
  readonly onChange?: (value: string) => void;
};

/** A bound field. */
export type BoundField = { undo: () => void; redo: () => void; flush: () => void; destroy: () => void };

const SETTLE_MS = 60;
/** Stands in the input for an embed of a newer program, so that places agree. */
const OBJECT = "\uFFFC";

function shownText(target: Y.Text): string {
  const delta: readonly { readonly insert?: unknown }[] = target.toDelta();
  return delta.map((op) => (typeof op.insert === "string" ? op.insert : OBJECT)).join("");
}

class Field {
  private shown: string;
  private drift: Drift | null = null;
  private composing = false;
  private over = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly origin: unknown;
  private readonly own: Y.UndoManager | null;
  private readonly listeners: readonly (readonly [string, (event: Event) => void])[] = [
    ["input", (): void => this.typed()],
    ["compositionstart", (): void => this.starts()],
    ["compositionend", (): void => this.ends()],
    ["blur", (): void => this.left()],
    ["keydown", (event): void => this.key(event)],
  ];

  constructor(
    private readonly target: Y.Text,
    private readonly input: InputLike,
    private readonly options: FieldOptions,
  ) {
    this.origin = options.origin ?? { name: "satchel.field" };
    this.own =
      options.history === undefined
        ? new Y.UndoManager(target, { trackedOrigins: new Set([this.origin]) })
        : null;
    this.shown = shownText(target);
    if (input.value !== this.shown) input.value = this.shown;
    for (const [type, listener] of this.listeners) input.addEventListener(type, listener);
    target.observe(this.observe);
  }

  private readonly observe = (event: Y.YTextEvent, tr: Y.Transaction): void => {
    if (tr.origin === this.origin) return;
    this.drift ??= new Drift(this.shown.length);
    this.drift.theirs(changesIn(event));
    if (!this.composing) this.pull();
  };

  private typed(): void {
    if (!this.composing) this.flush();
  }

  private starts(): void {
    this.composing = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private ends(): void {
    if (!this.composing) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLE_MS);
  }

  private left(): void {
    if (this.composing) this.settle();
  }

  private settle(): void {
    this.timer = null;
    this.composing = false;
    this.flush();
  }

  private key(event: Event): void {
    if (!(event instanceof KeyboardEvent) || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const name = event.key.toLowerCase();
    if (name !== "z" && name !== "y") return;
    event.preventDefault();
    if (name === "z" && !event.shiftKey) this.undo();
    else this.redo();
  }

  undo(): void {
    this.flush();
    if (this.own !== null) this.own.undo();
    else this.options.history?.undo();
  }

  redo(): void {
    this.flush();
    if (this.own !== null) this.own.redo();
    else this.options.history?.redo();
  }

  /** Writes what was typed, then shows what came from elsewhere. */
  flush(): void {
    this.push();
    if (!this.composing) this.pull();
  }

  private push(): void {
    const typed = this.input.value;
    const clean = wellFormed(
      this.options.singleLine === false ? typed : typed.replace(/\s*[\r\n]+\s*/g, " "),
    );
    const change = textChange(this.shown, clean);
    if (clean !== typed && !this.composing)
      this.show(clean, this.input.selectionStart ?? clean.length, this.input.selectionEnd);
    if (change === null) return;
    this.shown = clean;
    this.target.doc?.transact(() => this.carryOut(change.at, change.remove, change.insert), this.origin);
    this.options.onChange?.(clean);
  }

  private carryOut(at: number, remove: number, insert: string): void {
    const stretches = this.drift?.stretches(at, at + remove) ?? [{ at, length: remove }];
    for (const stretch of stretches)
      if (stretch.length > 0) removeItems(this.target, stretch.at, stretch.length);
    this.drift?.mineRemoved(at, at + remove);
    const place = this.drift?.insertAt(at) ?? at;
    if (insert !== "") this.target.insert(place, insert);
    this.drift?.mineInserted(at, place, insert.length);
  }

  private pull(): void {
    const drift = this.drift;
    if (drift === null) return;
    this.push();
    this.drift = null;
    const start = drift.caret(this.input.selectionStart ?? 0);
    const end = drift.caret(this.input.selectionEnd ?? 0);
    this.shown = shownText(this.target);
    if (this.input.value !== this.shown) this.show(this.shown, start, end);
    this.options.onChange?.(this.shown);
  }

  private show(value: string, start: number, end: number | null): void {
    const { input } = this;
    const away = input instanceof Element && input.ownerDocument.activeElement !== input;
    const caret = input.selectionStart;
    input.value = value;
    // WebKit moves the focus to whatever has its selection set.
    if (!away && caret !== null) this.input.setSelectionRange(start, Math.max(start, end ?? start));
  }

  destroy(): void {
    if (this.over) return;
    this.over = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.push();
    for (const [type, listener] of this.listeners) this.input.removeEventListener(type, listener);
    this.target.unobserve(this.observe);
    this.own?.destroy();
  }
}

/** Binds a shared text to an input. Binding writes nothing into the document. */
export function bindField(target: Y.Text, input: InputLike, options: FieldOptions = {}): BoundField {
  const field = new Field(target, input, options);
  return {
    undo: (): void => field.undo(),
    redo: (): void => field.redo(),
    flush: (): void => field.flush(),
    destroy: (): void => field.destroy(),
  };
}
