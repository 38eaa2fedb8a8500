/** Helpers for the tests of the editor: seeded dice, editors on a page without a screen, random desk work. */

import type { Node } from "@tiptap/pm/model";
import { Fragment } from "@tiptap/pm/model";
import { NodeSelection, Selection, TextSelection } from "@tiptap/pm/state";
import { joinPoint } from "@tiptap/pm/transform";
import * as Y from "yjs";
import type { StoryEditor } from "./editor";
import { createStoryEditor } from "./editor";
import type { FlatBlock } from "./flat";
import { blocksOf, flatToDoc, readFlat } from "./flat";
import { storySchema } from "./schema";
import type { Dice } from "./session";
import { openSession, receive, takeClientId } from "./session";
import { writeFlat } from "./write";

/** A repeatable source of numbers from 0 to 1. */
export type Random = () => number;

/** Seeded dice (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A whole number below `limit`. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * Math.max(1, limit));
}

/** One of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  const found = list[below(random, list.length)];
  if (found === undefined) throw new RangeError("nothing to pick from");
  return found;
}

/** Client ids from the seed, so that a merge runs the same way twice. */
export function diceFrom(random: Random): Dice {
  return (out) => {
    for (let i = 0; i < out.length; i++) out[i] = below(random, 0x1_0000_0000);
  };
}

/** Reads a whole number from the environment. */
export function setting(name: string, otherwise: number): number {
  const value = Number(process.env[name]);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** One person at one laptop. */
export type Peer = {
  readonly name: string;
  readonly ydoc: Y.Doc;
  readonly editor: StoryEditor;
  readonly updates: Uint8Array[];
  readonly close: () => void;
};

/** Opens an editor on a document. */
export function editorOn(ydoc: Y.Doc, editable = true): { editor: StoryEditor; close: () => void } {
  const element = document.createElement("div");
  document.body.append(element);
  const editor = createStoryEditor({
    element,
    ydoc,
    editable,
    sources: () => ({ poster: null, play: null }),
    label: (key) => key,
  });
  return {
    editor,
    close: (): void => {
      editor.destroy();
      element.remove();
    },
  };
}

/** Seats a person at a copy of a document. */
export function seat(name: string, random: Random, updates: readonly Uint8Array[]): Peer {
  const ydoc = openSession(updates, diceFrom(random));
  const made: Uint8Array[] = [];
  ydoc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== "sync") made.push(update);
  });
  const { editor, close } = editorOn(ydoc);
  return { name, ydoc, editor, updates: made, close };
}

const WORDS = Array.from({ length: 40 }, (_, index) => String.fromCodePoint(0x4e00 + index * 37)).concat([
  "\u{20000}",
  "a",
  "Z",
  "7",
  " ",
]);

const FIRST_MARK = 0xe000;
const MARKS = 6400;

/** The words of the nth insertion: three letters that nothing else in the document has, so that each can be followed. */
export function markerOf(n: number): string {
  return [0, 1, 2].map((i) => String.fromCharCode(FIRST_MARK + ((3 * n + i) % MARKS))).join("");
}

/** The letters of insertions that stand in a text. */
export function markersIn(words: string): Set<string> {
  return new Set(words.match(/[\uE000-\uF8FF]/g) ?? []);
}

/** Some characters. */
export function someWords(random: Random, most: number): string {
  return Array.from({ length: 1 + below(random, most) }, () => pick(random, WORDS)).join("");
}

const SOME_PROPS = [
  { t: "p" },
  { t: "p" },
  { t: "p" },
  { t: "h", level: 2 },
  { t: "li", list: "ul", depth: 0 },
  { t: "q" },
  { t: "newer", tint: "blue" },
];

/** The first content of a story: text blocks, a figure, things of a newer program. */
export function someStory(random: Random, blocks: number): FlatBlock[] {
  return Array.from({ length: blocks }, (_, index): FlatBlock => {
    const id = `b${index.toString(16).padStart(15, "0")}`;
    const dice = random();
    if (dice < 0.06)
      return {
        kind: "atom",
        id,
        props: {
          t: "fig",
          clip: "c1",
          blob: "ff",
          kind: "picture",
          w: 4,
          h: 3,
          caption: "cap",
          credit: "",
          alt: "",
        },
      };
    if (dice < 0.09)
      return {
        kind: "atom",
        id,
        props: {
          t: "table",
          rows: [
            ["a", "b"],
            ["c", "d"],
          ],
          caption: "",
        },
      };
    if (dice < 0.12) return { kind: "atom", id, props: { t: "poll", n: 1.5 } };
    const runs = [
      { text: someWords(random, 20), marks: {} },
      {
        text: someWords(random, 8),
        marks: pick(random, [
          { bold: true },
          { glow: { by: "x" }, "ins:1": 7 },
          { link: { href: "https://a.b/" } },
        ]),
      },
      ...(random() < 0.1 ? [{ embed: { spark: 1 }, marks: {} }] : []),
      { text: someWords(random, 12), marks: {} },
    ];
    return { kind: "text", id, props: pick(random, SOME_PROPS), runs };
  });
}

/** A document with first content, as one update. */
export function firstUpdate(random: Random, blocks: number): Uint8Array {
  const ydoc = new Y.Doc({ gc: false });
  takeClientId(ydoc, diceFrom(random));
  writeFlat(ydoc, someStory(random, blocks));
  return Y.encodeStateAsUpdate(ydoc);
}

/** All words that a screen shows, without block ends, captions and cells after the body. */
export function seen(peer: Peer): string {
  const { doc } = peer.editor.view.state;
  const asides: string[] = [];
  doc.forEach((node) => {
    if (node.type.name === "figure") asides.push(String(node.attrs.caption));
    if (node.type.name === "table") asides.push(JSON.stringify(node.attrs.rows));
  });
  return `${doc.textContent}\n${asides.join("\n")}`;
}

function isInsidePair(words: string, offset: number): boolean {
  return /[\uD800-\uDBFF]$/.test(words.slice(0, offset)) && /^[\uDC00-\uDFFF]/.test(words.slice(offset));
}

function flatText(node: Node): string {
  return node.textBetween(0, node.content.size, undefined, "\uFFFC");
}

type Spot = { readonly node: Node; readonly pos: number };

function textBlocks(doc: Node): Spot[] {
  const out: Spot[] = [];
  doc.forEach((node, pos) => {
    if (node.isTextblock) out.push({ node, pos });
  });
  return out;
}

function atoms(doc: Node, name: string): Spot[] {
  const out: Spot[] = [];
  doc.forEach((node, pos) => {
    if (node.type.name === name) out.push({ node, pos });
  });
  return out;
}

/** A caret place that cuts no surrogate pair; null where there is none. */
function place(random: Random, doc: Node): number | null {
  const blocks = textBlocks(doc);
  if (blocks.length === 0) return null;
  for (let attempt = 0; attempt < 20; attempt++) {
    const { node, pos } = pick(random, blocks);
    const offset = pick(random, [
      0,
      node.content.size,
      below(random, node.content.size + 1),
      below(random, node.content.size + 1),
    ]);
    const words = flatText(node);
    if (!isInsidePair(words, offset)) return pos + 1 + offset;
  }
  return null;
}

/** One random thing that a person does. Returns what it was. */
export type Act = (peer: Peer, random: Random, mark: () => string) => void;

const type: Act = (peer, random, mark) => {
  const { view } = peer.editor;
  const at = place(random, view.state.doc);
  if (at !== null) view.dispatch(view.state.tr.insertText(mark(), at));
};

const typeSlowly: Act = (peer, random, mark) => {
  const { view } = peer.editor;
  const at = place(random, view.state.doc);
  if (at === null) return;
  Array.from(mark()).forEach((letter, index) => {
    view.dispatch(view.state.tr.insertText(letter, at + index));
  });
};

const split: Act = (peer, random) => {
  const { view } = peer.editor;
  const at = place(random, view.state.doc);
  if (at === null) return;
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, at)));
  press(peer, "Enter");
};

const join: Act = (peer, random) => {
  const { view } = peer.editor;
  const { doc } = view.state;
  const blocks = textBlocks(doc);
  if (blocks.length < 2) return;
  const { pos } = pick(random, blocks);
  const point = joinPoint(doc, pos, -1);
  if (point === null || point === undefined) return;
  const left = doc.resolve(point).nodeBefore;
  const right = doc.resolve(point).nodeAfter;
  if (left?.isTextblock === true && right?.isTextblock === true) view.dispatch(view.state.tr.join(point));
};

const backspace: Act = (peer, random) => {
  const { view } = peer.editor;
  const blocks = textBlocks(view.state.doc);
  if (blocks.length === 0) return;
  view.dispatch(
    view.state.tr.setSelection(TextSelection.create(view.state.doc, pick(random, blocks).pos + 1)),
  );
  press(peer, "Backspace");
};

const retype: Act = (peer, random) => {
  const blocks = textBlocks(peer.editor.view.state.doc);
  if (blocks.length === 0) return;
  const { view } = peer.editor;
  view.dispatch(
    view.state.tr.setSelection(TextSelection.create(view.state.doc, pick(random, blocks).pos + 1)),
  );
  const todo = below(random, 6);
  if (todo === 0) peer.editor.setBlock({ type: "heading", level: 1 });
  else if (todo === 1) peer.editor.setBlock({ type: "heading", level: 3 });
  else if (todo === 2) peer.editor.setBlock({ type: "listItem", list: "ol" });
  else if (todo === 3) peer.editor.setBlock({ type: "quote" });
  else if (todo === 4) peer.editor.indent();
  else peer.editor.setBlock({ type: "paragraph" });
};

const erase: Act = (peer, random) => {
  const { view } = peer.editor;
  const { doc } = view.state;
  const from = place(random, doc);
  if (from === null) return;
  const $from = doc.resolve(from);
  const end = random() < 0.7 ? $from.end() : Math.min(doc.content.size - 1, from + 60);
  const to = from + below(random, end - from + 1);
  const selection = TextSelection.between($from, doc.resolve(to));
  view.dispatch(view.state.tr.setSelection(selection).deleteSelection());
};

const eraseBlock: Act = (peer, random) => {
  const { view } = peer.editor;
  const { doc } = view.state;
  const index = below(random, doc.childCount);
  const pos = posOf(doc, index);
  view.dispatch(view.state.tr.delete(pos, pos + doc.child(index).nodeSize));
};

function posOf(doc: Node, index: number): number {
  let pos = 0;
  for (let i = 0; i < index; i++) pos += doc.child(i).nodeSize;
  return pos;
}

const move: Act = (peer, random) => {
  const { view } = peer.editor;
  const { doc } = view.state;
  if (doc.childCount < 2) return;
  const index = below(random, doc.childCount);
  const node = doc.child(index);
  const pos = posOf(doc, index);
  const bare = node.isTextblock ? node.type.create({ ...node.attrs, id: null }, node.content) : node;
  const cut = view.state.tr.delete(pos, pos + node.nodeSize);
  const oneGo = random() < 0.5;
  if (!oneGo) view.dispatch(cut);
  const tr = oneGo ? cut : view.state.tr;
  tr.insert(posOf(tr.doc, below(random, tr.doc.childCount + 1)), bare);
  view.dispatch(tr);
};

const format: Act = (peer, random) => {
  const { view } = peer.editor;
  const { doc } = view.state;
  const from = place(random, doc);
  if (from === null) return;
  const to = Math.min(doc.content.size - 1, from + 1 + below(random, 30));
  view.dispatch(view.state.tr.setSelection(TextSelection.between(doc.resolve(from), doc.resolve(to))));
  const dice = below(random, 4);
  if (dice === 0) peer.editor.setLink("https://example.org/");
  else if (dice === 1) peer.editor.setLink(null);
  else if (dice === 2) peer.editor.toggleMark("bold");
  else peer.editor.toggleMark("italic");
};

const figure: Act = (peer, random, mark) => {
  const { view } = peer.editor;
  const at = place(random, view.state.doc);
  const found = atoms(view.state.doc, "figure");
  const dice = random();
  if (dice < 0.4 && at !== null) {
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, at)));
    peer.editor.insertFigure({ clip: "c9", blob: "aa", kind: "video", w: 16, h: 9, caption: mark() });
  } else if (dice < 0.7 && found.length > 0) {
    const { node, pos } = pick(random, found);
    view.dispatch(
      view.state.tr.setNodeAttribute(pos, "caption", `${String(node.attrs.caption)}${someWords(random, 3)}`),
    );
  } else if (dice < 0.8 && at !== null) {
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, at)));
    peer.editor.insertTable(2, 2);
  } else if (found.length > 0) {
    const { pos } = pick(random, found);
    view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, pos)));
    press(peer, "Enter");
  }
};

const cell: Act = (peer, random) => {
  const { view } = peer.editor;
  const found = atoms(view.state.doc, "table");
  if (found.length === 0) return;
  const { node, pos } = pick(random, found);
  const rows: string[][] = node.attrs.rows;
  const y = below(random, rows.length);
  const next = rows.map((row, index) =>
    index === y ? row.map((words) => words + someWords(random, 2)) : row,
  );
  view.dispatch(view.state.tr.setNodeAttribute(pos, "rows", next));
};

const travel: Act = (peer, random) => {
  if (random() < 0.7) peer.editor.undo();
  else peer.editor.redo();
};

const pasteOver: Act = (peer, random, mark) => {
  const { view } = peer.editor;
  const { doc } = view.state;
  const at = place(random, doc);
  if (at === null) return;
  const nodes = [
    storySchema.node("paragraph", null, [storySchema.text(mark())]),
    storySchema.node("heading", { level: 2 }, [storySchema.text(mark())]),
  ];
  const $at = doc.resolve(at);
  view.dispatch(
    view.state.tr.insert(random() < 0.5 ? $at.before(1) : $at.after(1), Fragment.fromArray(nodes)),
  );
};

const everything: readonly (readonly [number, Act])[] = [
  [22, type],
  [6, typeSlowly],
  [10, split],
  [8, join],
  [5, backspace],
  [8, retype],
  [10, erase],
  [5, eraseBlock],
  [5, move],
  [6, format],
  [5, figure],
  [2, cell],
  [4, travel],
  [3, pasteOver],
];

/** Does one random thing and returns its name. */
export function act(peer: Peer, random: Random, mark: () => string): string {
  const total = everything.reduce((sum, [weight]) => sum + weight, 0);
  let dice = random() * total;
  for (const [weight, one] of everything) {
    dice -= weight;
    if (dice < 0) {
      one(peer, random, mark);
      return one.name;
    }
  }
  return "";
}

/** Presses a key in the editor. */
export function press(peer: { readonly editor: StoryEditor }, key: string): void {
  const { view } = peer.editor;
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  view.someProp("handleKeyDown", (handle) => handle(view, event));
}

/** What the shared document says should be on the screen. */
export function truth(peer: Peer): Node {
  return flatToDoc(readFlat(peer.ydoc));
}

/** Exchanges everything between all peers. */
export function exchange(peers: readonly Peer[], random: Random): void {
  const all = peers.map((peer) => peer.updates.splice(0));
  peers.forEach((peer, index) => {
    const others = all.flatMap((updates, from) =>
      from === index ? [] : updates.map((update) => ({ update, from })),
    );
    if (random() < 0.5) {
      for (const { update } of others) Y.applyUpdate(peer.ydoc, update, "sync");
    } else {
      receive(
        peer.ydoc,
        others.map(({ update }) => update),
        "sync",
      );
    }
  });
}

/** Puts the caret somewhere sensible. */
export function caret(peer: Peer, pos: number): void {
  const { view } = peer.editor;
  view.dispatch(view.state.tr.setSelection(Selection.near(view.state.doc.resolve(pos))));
}

/** Number of block property maps in a document. */
export function propertyMaps(ydoc: Y.Doc): number {
  return blocksOf(ydoc).size;
}
