/**
 * The manuscript as ProseMirror sees it: a flat row of blocks, each with an id.
 * What is stored is described in docs/FORMATS.md section 1.
 */

import type { AttributeSpec, DOMOutputSpec, MarkSpec, Node, NodeSpec } from "@tiptap/pm/model";
import { Schema } from "@tiptap/pm/model";
import { safeHref } from "./links";
import { isObject, parseJson, text, whole } from "./plain";

/** Deepest list level. */
export const MAX_DEPTH = 5;

const id: Record<string, AttributeSpec> = { id: { default: null } };

function read(dom: HTMLElement, name: string): string {
  return dom.getAttribute(`data-${name}`) ?? "";
}

function readInteger(dom: HTMLElement, name: string): number {
  return whole(Number(read(dom, name)), 0, Number.MAX_SAFE_INTEGER, 0);
}

function readRows(dom: HTMLElement): string[][] {
  const rows = parseJson(read(dom, "rows"));
  if (!Array.isArray(rows)) return [];
  return rows.map((row) => (Array.isArray(row) ? row.map((cell) => text(cell)) : []));
}

/** The name of an unknown thing, for the grey chip. */
export function chipName(json: unknown): string {
  const value = parseJson(json);
  if (!isObject(value)) return "?";
  return typeof value.t === "string" ? value.t : (Object.keys(value)[0] ?? "?");
}

const paragraph: NodeSpec = {
  group: "block",
  content: "inline*",
  attrs: id,
  parseDOM: [{ tag: "p" }],
  toDOM: (): DOMOutputSpec => ["p", 0],
};

const heading: NodeSpec = {
  group: "block",
  content: "inline*",
  defining: true,
  attrs: { ...id, level: { default: 1 } },
  parseDOM: [1, 2, 3].map((level) => ({ tag: `h${level}`, attrs: { level } })),
  toDOM: (node: Node): DOMOutputSpec => [`h${whole(node.attrs.level, 1, 3, 1)}`, 0],
};

const listItem: NodeSpec = {
  group: "block",
  content: "inline*",
  defining: true,
  attrs: { ...id, list: { default: "ul" }, depth: { default: 0 } },
  parseDOM: [
    {
      tag: "div[data-list]",
      getAttrs: (dom) => ({
        list: read(dom, "list") === "ol" ? "ol" : "ul",
        depth: whole(readInteger(dom, "depth"), 0, MAX_DEPTH, 0),
      }),
    },
  ],
  toDOM: (node: Node): DOMOutputSpec => [
    "div",
    {
      class: "story-list",
      "data-list": text(node.attrs.list),
      "data-depth": String(whole(node.attrs.depth, 0, MAX_DEPTH, 0)),
    },
    0,
  ],
};

const quote: NodeSpec = {
  group: "block",
  content: "inline*",
  defining: true,
  attrs: id,
  parseDOM: [{ tag: "blockquote" }],
  toDOM: (): DOMOutputSpec => ["blockquote", 0],
};

const FIGURE_WORDS = ["id", "clip", "blob", "kind", "caption", "credit", "alt"];

const figure: NodeSpec = {
  group: "block",
  atom: true,
  draggable: true,
  selectable: true,
  attrs: {
    ...id,
    clip: { default: "" },
    blob: { default: "" },
    kind: { default: "picture" },
    w: { default: 0 },
    h: { default: 0 },
    caption: { default: "" },
    credit: { default: "" },
    alt: { default: "" },
  },
  parseDOM: [
    {
      tag: "figure[data-clip]",
      getAttrs: (dom) => ({
        ...Object.fromEntries(FIGURE_WORDS.map((name) => [name, read(dom, name)])),
        id: read(dom, "id") || null,
        w: readInteger(dom, "w"),
        h: readInteger(dom, "h"),
      }),
    },
  ],
  toDOM: (node: Node): DOMOutputSpec => [
    "figure",
    {
      ...Object.fromEntries(FIGURE_WORDS.map((name) => [`data-${name}`, text(node.attrs[name])])),
      "data-w": String(node.attrs.w),
      "data-h": String(node.attrs.h),
    },
    ["figcaption", text(node.attrs.caption)],
  ],
};

const table: NodeSpec = {
  group: "block",
  atom: true,
  draggable: true,
  selectable: true,
  attrs: { ...id, rows: { default: [] }, caption: { default: "" } },
  parseDOM: [
    {
      tag: "table[data-rows]",
      getAttrs: (dom) => ({
        id: read(dom, "id") || null,
        rows: readRows(dom),
        caption: read(dom, "caption"),
      }),
    },
  ],
  toDOM: (node: Node): DOMOutputSpec => {
    const rows: string[][] = node.attrs.rows;
    return [
      "table",
      {
        "data-id": text(node.attrs.id),
        "data-rows": JSON.stringify(rows),
        "data-caption": text(node.attrs.caption),
      },
      [
        "tbody",
        ...rows.map((row): DOMOutputSpec => ["tr", ...row.map((cell): DOMOutputSpec => ["td", cell])]),
      ],
    ];
  },
};

/** A text block of a kind this program does not know. Its text can be edited, its properties are carried. */
const unknownBlock: NodeSpec = {
  group: "block",
  content: "inline*",
  defining: true,
  attrs: { ...id, props: { default: "{}" } },
  parseDOM: [{ tag: "div[data-unknown-block]", getAttrs: (dom) => ({ props: read(dom, "unknown-block") }) }],
  toDOM: (node: Node): DOMOutputSpec => [
    "div",
    {
      class: "story-unknown",
      "data-unknown-block": text(node.attrs.props),
      "data-kind": chipName(node.attrs.props),
    },
    0,
  ],
};

/** An atomic block of a kind this program does not know, carried untouched and shown as a grey chip. */
const unknownAtom: NodeSpec = {
  group: "block",
  atom: true,
  selectable: true,
  draggable: true,
  attrs: { ...id, props: { default: "{}" } },
  parseDOM: [
    {
      tag: "div[data-unknown-atom]",
      getAttrs: (dom) => ({ id: read(dom, "id") || null, props: read(dom, "unknown-atom") }),
    },
  ],
  toDOM: (node: Node): DOMOutputSpec => [
    "div",
    {
      class: "story-chip",
      contenteditable: "false",
      "data-id": text(node.attrs.id),
      "data-unknown-atom": text(node.attrs.props),
    },
    chipName(node.attrs.props),
  ],
};

/** An embed inside a line that this program does not know. */
const unknownInline: NodeSpec = {
  group: "inline",
  inline: true,
  atom: true,
  selectable: true,
  attrs: { embed: { default: "null" } },
  parseDOM: [
    { tag: "span[data-unknown-inline]", getAttrs: (dom) => ({ embed: read(dom, "unknown-inline") }) },
  ],
  toDOM: (node: Node): DOMOutputSpec => [
    "span",
    { class: "story-chip", contenteditable: "false", "data-unknown-inline": text(node.attrs.embed) },
    chipName(node.attrs.embed),
  ],
};

const bold: MarkSpec = {
  parseDOM: [
    { tag: "strong" },
    { tag: "b", getAttrs: (dom) => (dom.style.fontWeight === "normal" ? false : null) },
  ],
  toDOM: (): DOMOutputSpec => ["strong", 0],
};

const italic: MarkSpec = {
  parseDOM: [{ tag: "em" }, { tag: "i" }],
  toDOM: (): DOMOutputSpec => ["em", 0],
};

const underline: MarkSpec = { parseDOM: [{ tag: "u" }], toDOM: (): DOMOutputSpec => ["u", 0] };

const strike: MarkSpec = {
  parseDOM: [{ tag: "s" }, { tag: "del" }, { tag: "strike" }],
  toDOM: (): DOMOutputSpec => ["s", 0],
};

/** The address is shown as a working link only if it is a safe one, whoever wrote it into the document. */
const link: MarkSpec = {
  inclusive: false,
  attrs: { href: {} },
  parseDOM: [
    {
      tag: "a[href]",
      getAttrs: (dom) => {
        const href = safeHref(dom.getAttribute("href"));
        return href === null ? false : { href };
      },
    },
  ],
  toDOM: (mark): DOMOutputSpec => {
    const href = safeHref(mark.attrs.href);
    return href === null
      ? ["span", { class: "story-dead-link" }, 0]
      : ["a", { href, rel: "noopener noreferrer nofollow" }, 0];
  },
};

/** Any other text attribute: carried untouched; several with different names may lie on the same words. */
const unknownMark: MarkSpec = {
  inclusive: false,
  excludes: "",
  attrs: { name: {}, value: { default: "null" } },
  parseDOM: [
    {
      tag: "span[data-unknown-mark]",
      getAttrs: (dom) => ({ name: read(dom, "unknown-mark"), value: read(dom, "value") }),
    },
  ],
  toDOM: (mark): DOMOutputSpec => [
    "span",
    {
      class: "story-unknown-mark",
      "data-unknown-mark": text(mark.attrs.name),
      "data-value": text(mark.attrs.value),
    },
    0,
  ],
};

/** The one schema of the manuscript body. */
export const storySchema = new Schema({
  nodes: {
    doc: { content: "block+" },
    paragraph,
    heading,
    listItem,
    quote,
    figure,
    table,
    unknownBlock,
    unknownAtom,
    unknownInline,
    text: { group: "inline" },
  },
  marks: { link, bold, italic, underline, strike, unknownMark },
});

/** Names of the marks that a person can put on and off. */
export const PLAIN_MARKS = ["bold", "italic", "underline", "strike"];
