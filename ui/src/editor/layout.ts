/** Where each ProseMirror position lies in the shared text, and the items (characters, embeds) between positions. */
import type { Mark, Node } from "@tiptap/pm/model";
import { text } from "./plain";

/** The ids of a document's blocks, in order; null for words that no block end closes yet. */
export type Ids = readonly (string | null)[];

/** One item of the shared text. */
export type Item =
  | { readonly kind: "char"; readonly unit: string; readonly marks: readonly Mark[] }
  | { readonly kind: "embed"; readonly embed: string; readonly marks: readonly Mark[] }
  | { readonly kind: "end"; readonly id: string | null; readonly block: number }
  | { readonly kind: "atom"; readonly id: string | null; readonly block: number; readonly node: Node };

/** How many items of the shared text an item takes: an end that is only shown takes none. */
export function width(item: Item): number {
  return item.kind === "end" && item.id === null ? 0 : 1;
}

type Place = {
  readonly pos: number;
  readonly size: number;
  readonly start: number;
  readonly length: number;
  readonly atom: boolean;
};

/** The two coordinate systems of one document side by side. */
export class Layout {
  /** Items in the shared text. */
  readonly length: number;
  /** Size of the ProseMirror document. */
  readonly size: number;
  private readonly places: Place[] = [];

  constructor(doc: Node, ids: Ids) {
    let start = 0;
    doc.forEach((node, pos, index) => {
      const atom = !node.isTextblock;
      const length = atom ? 1 : node.content.size + (ids[index] === null ? 0 : 1);
      this.places.push({ pos, size: node.nodeSize, start, length, atom });
      start += length;
    });
    this.length = start;
    this.size = doc.content.size;
  }

  private lastWhere(test: (place: Place) => boolean): Place | undefined {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const place = this.places[middle];
      if (place !== undefined && test(place)) low = middle + 1;
      else high = middle;
    }
    return this.places[low - 1];
  }

  /** Returns the index of the item that a position stands before. */
  itemAt(pos: number): number {
    const place = this.lastWhere((candidate) => candidate.pos <= pos);
    if (place === undefined) return 0;
    if (pos === place.pos) return place.start;
    if (pos >= place.pos + place.size) return place.start + place.length;
    return place.start + (place.atom ? 1 : pos - place.pos - 1);
  }

  /** Returns the index just behind a block's last item that is text (where its end belongs). */
  endOf(block: number): number {
    const place = this.places[block];
    return place === undefined ? this.length : place.start + (place.atom ? 1 : place.size - 2);
  }

  private holder(item: number): Place | undefined {
    return this.lastWhere((candidate) => candidate.start <= item);
  }

  /** Returns the position right before an item; behind the last item it is the end of the document. */
  posBefore(item: number): number {
    if (item >= this.length) return this.size;
    const place = this.holder(item);
    if (place === undefined) return 0;
    return place.atom ? place.pos : place.pos + 1 + (item - place.start);
  }

  /** Returns the position right after the item before `item`; before the first it is the start of the document. */
  posAfter(item: number): number {
    if (item <= 0) return 0;
    const place = this.holder(item - 1);
    if (place === undefined) return 0;
    if (place.atom) return place.pos + 1;
    return place.pos + 2 + (item - 1 - place.start);
  }
}

/** Returns the items whose tokens lie between two positions. Opening tokens are no items. */
export function itemsBetween(doc: Node, ids: Ids, from: number, to: number): Item[] {
  const out: Item[] = [];
  doc.forEach((node, pos, block) => {
    const end = pos + node.nodeSize;
    if (end <= from || pos >= to) return;
    const id = ids[block] ?? null;
    if (!node.isTextblock) {
      out.push({ kind: "atom", id, block, node });
      return;
    }
    node.forEach((child, offset) => {
      pushInline(out, child, pos + 1 + offset, from, to);
    });
    if (end - 1 >= from && end - 1 < to) out.push({ kind: "end", id, block });
  });
  return out;
}

function pushInline(out: Item[], child: Node, at: number, from: number, to: number): void {
  const { marks } = child;
  if (!child.isText) {
    if (at >= from && at < to) out.push({ kind: "embed", embed: text(child.attrs.embed, "null"), marks });
    return;
  }
  const words = child.text ?? "";
  for (let i = Math.max(0, from - at); i < words.length && at + i < to; i++) {
    out.push({ kind: "char", unit: words.charAt(i), marks });
  }
}
