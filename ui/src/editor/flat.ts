/**
 * The three forms of a manuscript body and the ways between them: the shared document (docs/FORMATS.md section 1),
 * the flat row of blocks, and the ProseMirror document. Pure: nothing here writes unless `write` is in its name.
 */

import type { Node } from "@tiptap/pm/model";
import { Fragment, Mark } from "@tiptap/pm/model";
import type * as Y from "yjs";
import type { PlainObject } from "./plain";
import { byCodePoint, isObject, parseJson, same, stableJson, text, toPlain, whole } from "./plain";
import { MAX_DEPTH, storySchema } from "./schema";

/** Text attributes by name. */
export type Marks = PlainObject;
/** A piece of a line: words, or an embed that this program does not know. */
export type FlatRun =
  | { readonly text: string; readonly marks: Marks }
  | { readonly embed: unknown; readonly marks: Marks };
/** A block that holds text. Without an id it is an orphan: words that no block end closes. */
export type TextBlock = {
  readonly kind: "text";
  readonly id: string | null;
  readonly props: PlainObject;
  readonly runs: readonly FlatRun[];
};
/** A block without text of its own. */
export type AtomBlock = { readonly kind: "atom"; readonly id: string; readonly props: PlainObject };
/** Any block. */
export type FlatBlock = TextBlock | AtomBlock;

type DeltaOp = { readonly insert?: unknown; readonly attributes?: PlainObject };

/** What a block is when nothing is said about it. */
export const DEFAULT_PROPS: PlainObject = { t: "p" };
/** Names of the single-line root texts, in the order of the page. */
export const FIELD_NAMES = ["headline", "kicker", "deck", "dateline", "byline"];

/** The body text of a story. */
export function bodyOf(ydoc: Y.Doc): Y.Text {
  return ydoc.getText("body");
}

/** The properties of all blocks of a story, by block id. */
export function blocksOf(ydoc: Y.Doc): Y.Map<unknown> {
  return ydoc.getMap<unknown>("blocks");
}

/** Tells what an embed of the body is: the end of a text block, an atomic block, or something unknown. */
export function embedKind(embed: unknown): { kind: "end" | "atom"; id: string } | { kind: "inline" } {
  if (!isObject(embed)) return { kind: "inline" };
  const end = embed.b;
  if (typeof end === "string") return { kind: "end", id: end };
  const atom = embed.a;
  if (typeof atom === "string") return { kind: "atom", id: atom };
  return { kind: "inline" };
}

/** Returns the properties of a block as plain values; a missing map or a missing `t` reads as a paragraph. */
export function readProps(blocks: Y.Map<unknown>, id: string): PlainObject {
  const value = toPlain(blocks.get(id));
  if (!isObject(value)) return DEFAULT_PROPS;
  return "t" in value ? value : { ...value, t: "p" };
}

function withoutNulls(attributes: PlainObject | undefined): Marks {
  if (attributes === undefined) return {};
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined),
  );
}

function pushText(runs: FlatRun[], words: string, marks: Marks): void {
  if (words === "") return;
  const last = runs[runs.length - 1];
  if (last !== undefined && "text" in last && same(last.marks, marks)) {
    runs[runs.length - 1] = { text: last.text + words, marks };
  } else {
    runs.push({ text: words, marks });
  }
}

/** Reads the body of a shared document as a flat row of blocks. An empty body gives no block. */
export function readFlat(ydoc: Y.Doc): FlatBlock[] {
  const blocks = blocksOf(ydoc);
  const delta: readonly DeltaOp[] = bodyOf(ydoc).toDelta();
  const out: FlatBlock[] = [];
  let runs: FlatRun[] = [];
  const close = (id: string | null, props: PlainObject): void => {
    out.push({ kind: "text", id, props, runs });
    runs = [];
  };
  for (const op of delta) {
    const marks = withoutNulls(op.attributes);
    if (typeof op.insert === "string") {
      pushText(runs, op.insert, marks);
      continue;
    }
    const embed = embedKind(op.insert);
    if (embed.kind === "inline") {
      runs.push({ embed: toPlain(op.insert), marks });
    } else if (embed.kind === "end") {
      close(embed.id, readProps(blocks, embed.id));
    } else {
      if (runs.length > 0) close(null, DEFAULT_PROPS);
      out.push({ kind: "atom", id: embed.id, props: readProps(blocks, embed.id) });
    }
  }
  if (runs.length > 0) close(null, DEFAULT_PROPS);
  return out;
}

function markOf(name: string, value: unknown): Mark {
  const plain = storySchema.marks[name];
  if (value === true && plain !== undefined && name !== "link" && name !== "unknownMark")
    return plain.create();
  if (
    name === "link" &&
    isObject(value) &&
    typeof value.href === "string" &&
    Object.keys(value).length === 1
  ) {
    return storySchema.mark("link", { href: value.href });
  }
  return storySchema.mark("unknownMark", { name, value: stableJson(value) });
}

/** Turns text attributes into marks, always in the same order. */
export function marksFrom(marks: Marks): readonly Mark[] {
  return Object.keys(marks)
    .sort(byCodePoint)
    .reduce<readonly Mark[]>((set, name) => markOf(name, marks[name]).addToSet(set), Mark.none);
}

/** Turns marks into text attributes. */
export function attributesOf(marks: readonly Mark[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const mark of marks) {
    if (mark.type.name === "link") out.link = { href: text(mark.attrs.href) };
    else if (mark.type.name === "unknownMark") out[text(mark.attrs.name)] = parseJson(mark.attrs.value);
    else out[mark.type.name] = true;
  }
  return out;
}

function inlineOf(runs: readonly FlatRun[]): Fragment {
  return Fragment.fromArray(
    runs.map((run) =>
      "text" in run
        ? storySchema.text(run.text, marksFrom(run.marks))
        : storySchema.node(
            "unknownInline",
            { embed: stableJson(run.embed) },
            Fragment.empty,
            marksFrom(run.marks),
          ),
    ),
  );
}

function textNode(block: TextBlock): Node {
  const { id, props } = block;
  const content = inlineOf(block.runs);
  switch (props.t) {
    case "p":
      return storySchema.node("paragraph", { id }, content);
    case "h":
      return storySchema.node("heading", { id, level: whole(props.level, 1, 3, 1) }, content);
    case "li": {
      const list = props.list === "ol" ? "ol" : "ul";
      return storySchema.node("listItem", { id, list, depth: whole(props.depth, 0, MAX_DEPTH, 0) }, content);
    }
    case "q":
      return storySchema.node("quote", { id }, content);
    default:
      return storySchema.node("unknownBlock", { id, props: stableJson(props) }, content);
  }
}

/** Reads the rows of a table as strings; anything that is none reads as an empty cell. */
export function rowsOf(value: unknown): string[][] {
  if (!Array.isArray(value)) return [];
  return value.map((row: unknown) => (Array.isArray(row) ? row.map((cell: unknown) => text(cell)) : []));
}

function atomNode(block: AtomBlock): Node {
  const { id, props } = block;
  if (props.t === "fig") {
    return storySchema.node("figure", {
      id,
      clip: text(props.clip),
      blob: text(props.blob),
      kind: text(props.kind, "picture"),
      w: whole(props.w, 0, Number.MAX_SAFE_INTEGER, 0),
      h: whole(props.h, 0, Number.MAX_SAFE_INTEGER, 0),
      caption: text(props.caption),
      credit: text(props.credit),
      alt: text(props.alt),
    });
  }
  if (props.t === "table") {
    return storySchema.node("table", { id, rows: rowsOf(props.rows), caption: text(props.caption) });
  }
  return storySchema.node("unknownAtom", { id, props: stableJson(props) });
}

/** Builds the ProseMirror document. No block at all shows as one empty paragraph without an id. */
export function flatToDoc(flat: readonly FlatBlock[]): Node {
  const nodes = flat.map((block) => (block.kind === "text" ? textNode(block) : atomNode(block)));
  return storySchema.node("doc", null, nodes.length > 0 ? nodes : [storySchema.node("paragraph")]);
}

/** The properties that a block node stands for. */
export function nodeProps(node: Node): PlainObject {
  const { attrs } = node;
  switch (node.type.name) {
    case "heading":
      return { t: "h", level: attrs.level };
    case "listItem":
      return { t: "li", list: attrs.list, depth: attrs.depth };
    case "quote":
      return { t: "q" };
    case "figure": {
      const { id: _id, ...rest } = attrs;
      return { t: "fig", ...rest };
    }
    case "table":
      return { t: "table", rows: attrs.rows, caption: attrs.caption };
    case "unknownBlock":
    case "unknownAtom": {
      const props = parseJson(attrs.props);
      return isObject(props) ? props : DEFAULT_PROPS;
    }
    default:
      return DEFAULT_PROPS;
  }
}

function runsOf(node: Node): FlatRun[] {
  const runs: FlatRun[] = [];
  node.forEach((child) => {
    const marks = attributesOf(child.marks);
    if (child.isText) pushText(runs, child.text ?? "", marks);
    else runs.push({ embed: parseJson(child.attrs.embed), marks });
  });
  return runs;
}

/** Reads a ProseMirror document as a flat row of blocks; the inverse of {@link flatToDoc}. */
export function docToFlat(doc: Node): FlatBlock[] {
  const out: FlatBlock[] = [];
  doc.forEach((node) => {
    const id = typeof node.attrs.id === "string" ? node.attrs.id : null;
    if (node.isTextblock) {
      if (id === null && node.content.size === 0 && doc.childCount === 1 && node.type.name === "paragraph")
        return;
      out.push({ kind: "text", id, props: nodeProps(node), runs: runsOf(node) });
    } else {
      out.push({ kind: "atom", id: id ?? "", props: nodeProps(node) });
    }
  });
  return out;
}

/** Mints a block id: 64 random bits as 16 hex digits. */
export function newBlockId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
