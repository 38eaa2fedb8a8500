/**
 * Binds a ProseMirror view to the flat shared document. A change on the screen becomes the smallest change of the
 * shared text; a change of the shared text becomes the smallest change on the screen. Opening writes nothing.
 *
 * While an input method composes, others' changes wait: touching the composed words would break them.
 */

import type { Mark, Node } from "@tiptap/pm/model";
import type { EditorState, Transaction } from "@tiptap/pm/state";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import * as Y from "yjs";
import { changesIn, Drift } from "./drift";
import { attributesOf, blocksOf, bodyOf, flatToDoc, newBlockId, nodeProps, readFlat } from "./flat";
import type { Ids, Item } from "./layout";
import { Layout } from "./layout";
import { parseJson, same, wellFormed } from "./plain";
import type { Change, Plan, Slot } from "./plan";
import { FRESH, planChanges } from "./plan";
import type { Range } from "./ranges";
import { rangesFor } from "./ranges";
import { reconcile, shownIds } from "./reconcile";
import { keepFormats } from "./session";
import { removeItems, writeProps } from "./write";

/** After the last end of a composition the screen rests this long (ms): WebKitGTK ends every composition twice. */
const SETTLE_MS = 60;
/** Composed words are written at the latest after this long (ms), ended or not. */
const COMPOSING_WRITE_MS = 1000;

/** Transactions that were not yet written to the shared document. */
type Pending = { readonly transactions: readonly Transaction[]; written: boolean };

const key = new PluginKey<Pending>("flatBinding");

/** Marks the transactions that bring the shared document to the screen. */
export const FROM_DOCUMENT = "flat.from-document";

/** What a binding tells about itself, for tests and for the keeper of the editor. */
export type Tally = { writes: number; pulls: number; coarse: number };

/** One view bound to one shared document. */
export class FlatBinding {
  /** Origin of body changes made on this screen. */
  readonly origin = { name: "satchel.body" };
  /** Counts what went through. */
  readonly tally: Tally = { writes: 0, pulls: 0, coarse: 0 };
  private view: EditorView | null = null;
  private doc: Node;
  private ids: Ids;
  private drift: Drift | null = null;
  private stale = false;
  private composing = false;
  private settleTimer: ReturnType<typeof setTimeout> | null = null;
  private writeTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly body: Y.Text;
  private readonly blocks: Y.Map<unknown>;

  constructor(private readonly ydoc: Y.Doc) {
    keepFormats(ydoc);
    this.body = bodyOf(ydoc);
    this.blocks = blocksOf(ydoc);
    this.doc = flatToDoc(readFlat(ydoc));
    this.ids = shownIds(this.doc);
  }

  /** The document as the shared one reads now; the state of a new view starts from it. */
  initialDoc(): Node {
    this.doc = flatToDoc(readFlat(this.ydoc));
    this.ids = shownIds(this.doc);
    return this.doc;
  }

  /** The ProseMirror plugin that carries this binding. */
  plugin(): Plugin<Pending> {
    return new Plugin<Pending>({
      key,
      state: {
        init: (): Pending => ({ transactions: [], written: true }),
        apply: (tr, pending): Pending => {
          if (!tr.docChanged || tr.getMeta(FROM_DOCUMENT) === true) return pending;
          const waiting = pending.written ? [] : pending.transactions;
          return { transactions: [...waiting, tr], written: false };
        },
      },
      props: {
        handleDOMEvents: {
          compositionstart: (): boolean => this.compositionStarts(),
          compositionend: (): boolean => this.compositionEnds(),
          blur: (): boolean => this.compositionEnds(),
        },
      },
      view: (view) => this.attach(view),
    });
  }

  private attach(view: EditorView): { update: (view: EditorView) => void; destroy: () => void } {
    this.view = view;
    const onBody = (event: Y.YTextEvent, tr: Y.Transaction): void => this.bodyChanged(event, tr);
    const onBlocks = (_events: unknown, tr: Y.Transaction): void => {
      if (tr.origin !== this.origin) this.stale = true;
    };
    const onDone = (): void => this.pull();
    this.body.observe(onBody);
    this.blocks.observeDeep(onBlocks);
    this.ydoc.on("afterTransaction", onDone);
    if (!view.state.doc.eq(this.doc)) this.refresh();
    return {
      update: (): void => this.viewUpdated(),
      destroy: (): void => {
        this.write();
        this.body.unobserve(onBody);
        this.blocks.unobserveDeep(onBlocks);
        this.ydoc.off("afterTransaction", onDone);
        this.clearTimers();
        this.view = null;
      },
    };
  }

  /** Writes what waits on the screen, then shows what waits in the shared document. Called before undo and on leaving. */
  flush(): void {
    this.write();
    if (!this.busy()) this.settle();
  }

  /** Whether an input method composes: the screen then shows no changes but its own. */
  busy(): boolean {
    return this.composing || (this.view?.composing ?? false);
  }

  private compositionStarts(): boolean {
    this.composing = true;
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    this.settleTimer = null;
    return false;
  }

  private compositionEnds(): boolean {
    if (this.composing || this.busy()) this.settleLater();
    return false;
  }

  private settleLater(): void {
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    this.settleTimer = setTimeout(() => {
      this.settleTimer = null;
      if (this.view?.composing ?? false) return this.settleLater();
      this.composing = false;
      this.settle();
    }, SETTLE_MS);
  }

  private clearTimers(): void {
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    if (this.writeTimer !== null) clearTimeout(this.writeTimer);
    this.settleTimer = null;
    this.writeTimer = null;
  }

  private viewUpdated(): void {
    if (!this.busy()) {
      this.settle();
      return;
    }
    if (this.settleTimer === null && !this.composing) this.settleLater();
    this.writeTimer ??= setTimeout(() => this.write(), COMPOSING_WRITE_MS);
  }

  private settle(): void {
    this.write();
    this.pull();
    this.fixIds();
  }

  // From the screen to the shared document.

  private write(): void {
    if (this.writeTimer !== null) clearTimeout(this.writeTimer);
    this.writeTimer = null;
    const view = this.view;
    const pending = view === null ? undefined : key.getState(view.state);
    if (view === null || pending === undefined || pending.written) return;
    pending.written = true;
    const before = this.doc;
    const after = view.state.doc;
    this.doc = after;
    if (before.eq(after)) return;
    const ranges = rangesFor(pending.transactions, before, after);
    const plan = this.planFor(before, after, ranges);
    this.tally.writes++;
    this.ydoc.transact(() => this.carryOut(plan, before, after, ranges), this.origin);
  }

  private planFor(before: Node, after: Node, ranges: readonly Range[]): Plan {
    const plan = planChanges(before, this.ids, after, ranges);
    if (plan.slots.length === after.childCount) return plan;
    const all = { from: 0, to: before.content.size, newFrom: 0, newTo: after.content.size };
    return planChanges(before, this.ids, after, [all]);
  }

  private carryOut(plan: Plan, before: Node, after: Node, ranges: readonly Range[]): void {
    const slots = this.nameSlots(plan.slots);
    const names = new Map(slots.map((slot) => [slot.item, slot.id]));
    for (const change of [...plan.changes].reverse()) this.apply(change, names);
    const ids = slots.map((slot) => slot.id);
    this.ids = this.closeOrphans(ids, after, ranges);
    this.writeBlocks(slots, before, after);
    if (plan.torn || this.needsRefresh(slots)) this.stale = true;
  }

  /** Gives every fresh block an id. A moved figure keeps its own, so that what others write in its caption stays with it. */
  private nameSlots(slots: readonly Slot[]): Slot[] {
    const taken = new Set(slots.map((slot) => slot.id));
    return slots.map((slot) => {
      if (slot.was !== FRESH) return slot;
      const claimed: unknown = slot.item.kind === "atom" ? slot.item.node.attrs.id : null;
      const known = typeof claimed === "string" && this.blocks.has(claimed) && !taken.has(claimed);
      const id = known && typeof claimed === "string" ? claimed : newBlockId();
      taken.add(id);
      return { ...slot, id };
    });
  }

  private apply(change: Change, names: ReadonlyMap<Item, string | null>): void {
    for (const format of change.formats) {
      for (const stretch of this.stretches(format.at, format.at + format.length)) {
        this.body.format(stretch.at, stretch.length, format.attributes);
      }
    }
    const end = change.at + change.remove;
    for (const stretch of this.stretches(change.at, end)) removeItems(this.body, stretch.at, stretch.length);
    this.drift?.mineRemoved(change.at, end);
    this.insert(change.at, change.insert, names);
  }

  private stretches(from: number, to: number): { at: number; length: number }[] {
    if (to <= from) return [];
    return this.drift?.stretches(from, to) ?? [{ at: from, length: to - from }];
  }

  private insert(at: number, items: readonly Item[], names: ReadonlyMap<Item, string | null>): void {
    const start = this.drift?.insertAt(at) ?? at;
    let place = start;
    let words = "";
    let marks: Record<string, unknown> = {};
    let shown: readonly Mark[] | null = null;
    const say = (): void => {
      const clean = wellFormed(words);
      if (clean !== words) this.stale = true;
      if (words !== "") this.body.insert(place, clean, marks);
      place += words.length;
      words = "";
    };
    for (const item of items) {
      if (item.kind === "char") {
        const own: Record<string, unknown> = item.marks === shown ? marks : attributesOf(item.marks);
        if (words !== "" && own !== marks && !same(own, marks)) say();
        marks = own;
        shown = item.marks;
        words += item.unit;
        continue;
      }
      say();
      if (item.kind === "embed")
        this.body.insertEmbed(place, Object(parseJson(item.embed)), attributesOf(item.marks));
      else
        this.body.insertEmbed(
          place,
          { [item.kind === "end" ? "b" : "a"]: names.get(item) ?? newBlockId() },
          {},
        );
      place++;
    }
    say();
    this.drift?.mineInserted(at, start, place - start);
  }

  /** Ends the orphans that were edited (or that lie beside an edit) with a block end of their own. */
  private closeOrphans(
    ids: readonly (string | null)[],
    after: Node,
    ranges: readonly Range[],
  ): (string | null)[] {
    const closed = [...ids];
    const todo: number[] = [];
    after.forEach((node, pos, index) => {
      if (!node.isTextblock || ids[index] !== null) return;
      const end = pos + node.nodeSize;
      const touched = ranges.some((range) => range.newFrom <= end && range.newTo >= pos);
      if (touched || node.content.size === 0) todo.push(index);
    });
    const layout = new Layout(after, ids);
    for (const index of todo.reverse()) {
      const id = newBlockId();
      const at = layout.endOf(index);
      const place = this.drift?.insertAt(at) ?? at;
      this.body.insertEmbed(place, { b: id }, {});
      this.drift?.mineInserted(at, place, 1);
      closed[index] = id;
    }
    return closed;
  }

  private writeBlocks(slots: readonly Slot[], before: Node, after: Node): void {
    slots.forEach((slot, index) => {
      const node = after.child(index);
      const id = this.ids[index] ?? null;
      const old = slot.was === FRESH ? null : before.child(slot.was);
      if (id === null || old === node) return;
      if (old?.sameMarkup(node) === true) return;
      if (old === null && slot.item.kind === "atom" && this.blocks.has(id)) return;
      writeProps(this.blocks, id, old === null ? null : nodeProps(old), nodeProps(node));
      // A chip shows all properties, and the map may have held more than the old block showed.
      if (node.type.name === "unknownBlock") this.stale = true;
    });
  }

  /** A block that stands at two places, or a figure that came back, may now differ from what the screen shows. */
  private needsRefresh(slots: readonly Slot[]): boolean {
    const ids = this.ids.filter((id) => id !== null);
    if (new Set(ids).size !== ids.length) return true;
    return slots.some(
      (slot) => slot.was === FRESH && slot.item.kind === "atom" && slot.item.node.attrs.id === slot.id,
    );
  }

  // From the shared document to the screen.

  private bodyChanged(event: Y.YTextEvent, tr: Y.Transaction): void {
    if (tr.origin === this.origin) return;
    this.drift ??= new Drift(new Layout(this.doc, this.ids).length);
    this.drift.theirs(changesIn(event));
    this.stale = true;
  }

  private pull(): void {
    if (!this.stale || this.view === null || this.busy()) return;
    this.write();
    this.refresh();
  }

  private refresh(): void {
    const view = this.view;
    if (view === null) return;
    const target = flatToDoc(readFlat(this.ydoc));
    const ranges = this.drift?.ranges() ?? [];
    this.drift = null;
    this.stale = false;
    const tr = view.state.tr.setMeta(FROM_DOCUMENT, true).setMeta("addToHistory", false);
    if (!reconcile(tr, this.ids, target, ranges)) this.tally.coarse++;
    this.ids = shownIds(target);
    this.doc = tr.doc;
    this.tally.pulls++;
    if (tr.docChanged) view.dispatch(tr);
  }

  private fixIds(): void {
    const view = this.view;
    if (view === null || this.busy() || this.doc !== view.state.doc) return;
    const tr: Transaction = view.state.tr.setMeta(FROM_DOCUMENT, true).setMeta("addToHistory", false);
    this.doc.forEach((node, pos, index) => {
      const id = this.ids[index] ?? null;
      if (node.attrs.id !== id) tr.setNodeAttribute(pos, "id", id);
    });
    if (!tr.docChanged) return;
    this.doc = tr.doc;
    view.dispatch(tr);
  }

  /** Returns a shared text inside a block's properties: a caption, or a table cell by row and column. */
  textOf(id: string, name: string, row = -1, column = -1): Y.Text | null {
    const map = this.blocks.get(id);
    if (!(map instanceof Y.Map)) return null;
    let value: unknown = map.get(name);
    if (row >= 0 && value instanceof Y.Array) value = value.get(row);
    if (column >= 0 && value instanceof Y.Array) value = value.get(column);
    return value instanceof Y.Text ? value : null;
  }
}

/** Returns the binding's plugin for a shared document. */
export function flatBinding(ydoc: Y.Doc): { binding: FlatBinding; plugin: Plugin } {
  const binding = new FlatBinding(ydoc);
  return { binding, plugin: binding.plugin() };
}

/** Tells whether a state holds words that are not yet in the shared document. */
export function hasUnwritten(state: EditorState): boolean {
  return key.getState(state)?.written === false;
}
