/** The numbers of numbered lists: counted from the text, never stored in it. */
import type { Node } from "@tiptap/pm/model";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { text, whole } from "./plain";
import { MAX_DEPTH } from "./schema";

/** Returns the number of every numbered item by the place where the item begins. Whatever is no list begins anew. */
export function numbersOf(doc: Node): Map<number, number> {
  const numbers = new Map<number, number>();
  /** How far the list of each depth has come. */
  let counts: number[] = [];
  doc.forEach((node, at) => {
    if (node.type.name !== "listItem") {
      counts = [];
      return;
    }
    const depth = whole(node.attrs.depth, 0, MAX_DEPTH, 0);
    const next = text(node.attrs.list) === "ol" ? (counts[depth] ?? 0) + 1 : 0;
    counts = [...counts.slice(0, depth), next];
    if (next > 0) numbers.set(at, next);
  });
  return numbers;
}

function drawn(doc: Node): DecorationSet {
  const marks = [...numbersOf(doc)].map(([at, number]) =>
    Decoration.node(at, at + (doc.nodeAt(at)?.nodeSize ?? 1), { "data-number": String(number) }),
  );
  return marks.length === 0 ? DecorationSet.empty : DecorationSet.create(doc, marks);
}

const key = new PluginKey<DecorationSet>("satchel.numbers");

/** Writes the numbers beside the items, as attributes for the style sheet. */
export function numbersPlugin(): Plugin<DecorationSet> {
  return new Plugin({
    key,
    state: {
      init: (_, state) => drawn(state.doc),
      apply: (tr, before) => (tr.docChanged ? drawn(tr.doc) : before),
    },
    props: { decorations: (state) => key.getState(state) },
  });
}
