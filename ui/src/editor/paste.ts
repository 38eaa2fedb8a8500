/** Paste cleaning: from anybody's HTML to the blocks and marks that a manuscript has, and nothing else. */

import type { FlatBlock, FlatRun, Marks } from "./flat";
import { cleanHref } from "./links";
import type { PlainObject } from "./plain";
import { same } from "./plain";
import { MAX_DEPTH } from "./schema";

const DROPPED = new Set([
  "SCRIPT",
  "STYLE",
  "TEMPLATE",
  "NOSCRIPT",
  "IFRAME",
  "OBJECT",
  "EMBED",
  "SVG",
  "MATH",
  "HEAD",
  "TITLE",
  "META",
  "LINK",
  "INPUT",
  "BUTTON",
  "SELECT",
  "TEXTAREA",
  "CANVAS",
  "AUDIO",
  "VIDEO",
  "IMG",
  "PICTURE",
  "MAP",
  "AREA",
]);
const BLOCKS = new Set([
  "P",
  "DIV",
  "SECTION",
  "ARTICLE",
  "MAIN",
  "HEADER",
  "FOOTER",
  "ASIDE",
  "NAV",
  "ADDRESS",
  "FIGURE",
  "FIGCAPTION",
  "PRE",
  "DL",
  "DT",
  "DD",
  "FORM",
  "FIELDSET",
  "DETAILS",
  "SUMMARY",
  "CENTER",
  "HR",
  "BODY",
  "TBODY",
  "TR",
  "TD",
  "TH",
  "CAPTION",
]);
const INVISIBLE =
  /[\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\u00AD]|\u{E0001}|[\u{E0020}-\u{E007F}]/gu;
const CONTROL = /(?![\t\n\r])\p{Cc}/gu;
/** Markers that Word writes in front of its list paragraphs. */
const WORD_MARKER = /^[\s\u00A0]*(?:[·•●○■□◆▪–§oØüv]|(\d{1,3}|[a-z]|[ivx]{1,4})[.)、．])[\s\u00A0]+/i;

/** Removes characters that nobody sees: zero-width ones, direction marks, controls. */
export function cleanText(words: string): string {
  return words.replace(INVISIBLE, "").replace(CONTROL, "");
}

type List = { readonly list: "ul" | "ol"; readonly depth: number };
type Context = {
  readonly props: PlainObject;
  readonly marks: Marks;
  readonly list: List | null;
  readonly pre: boolean;
};

class Cleaner {
  readonly blocks: FlatBlock[] = [];
  private runs: FlatRun[] = [];
  private props: PlainObject = { t: "p" };

  private push(words: string, marks: Marks): void {
    if (words === "") return;
    const last = this.runs[this.runs.length - 1];
    if (last !== undefined && "text" in last && same(last.marks, marks)) {
      this.runs[this.runs.length - 1] = { text: last.text + words, marks };
    } else {
      this.runs.push({ text: words, marks });
    }
  }

  /** Ends the block at hand; blocks without words are dropped. */
  end(): void {
    const runs = trimmed(this.runs);
    if (runs.length > 0) this.blocks.push({ kind: "text", id: null, props: this.props, runs });
    this.runs = [];
  }

  private words(raw: string, context: Context): void {
    const clean = cleanText(raw);
    if (context.pre) {
      clean.split(/\r\n?|\n/).forEach((line, index) => {
        if (index > 0) this.end();
        this.begin(context);
        this.push(line, context.marks);
      });
      return;
    }
    const folded = clean.replace(/[ \t\r\n\u00A0]+/g, " ");
    this.begin(context);
    const before = this.runs[this.runs.length - 1];
    const open = before !== undefined && "text" in before && !before.text.endsWith(" ");
    this.push(open ? folded : folded.replace(/^ /, ""), context.marks);
  }

  private begin(context: Context): void {
    if (this.runs.length === 0) this.props = context.props;
  }

  children(node: Node, context: Context): void {
    for (const child of Array.from(node.childNodes)) this.node(child, context);
  }

  private node(node: Node, context: Context): void {
    if (node.nodeType === Node.TEXT_NODE) this.words(node.nodeValue ?? "", context);
    else if (node instanceof Element) this.element(node, context);
  }

  private element(element: Element, context: Context): void {
    const tag = element.tagName.toUpperCase();
    if (DROPPED.has(tag) || isHidden(element)) return;
    const heading = /^H([1-6])$/.exec(tag);
    if (tag === "BR") this.end();
    else if (tag === "TABLE") this.table(element, context);
    else if (tag === "UL" || tag === "OL") this.list(element, tag === "OL" ? "ol" : "ul", context);
    else if (tag === "LI") this.item(element, context);
    else if (heading !== null) {
      this.block(element, { ...context, props: { t: "h", level: Math.min(3, Number(heading[1])) } });
    } else if (tag === "BLOCKQUOTE") this.block(element, { ...context, props: { t: "q" } });
    else if (tag === "PRE") this.block(element, { ...context, pre: true });
    else if (BLOCKS.has(tag)) this.block(element, wordList(element, context));
    else this.children(element, { ...context, marks: marksWith(element, tag, context.marks) });
  }

  private block(element: Element, context: Context): void {
    this.end();
    this.children(element, context);
    this.end();
  }

  private list(element: Element, list: "ul" | "ol", context: Context): void {
    this.end();
    const depth = context.list === null ? 0 : Math.min(MAX_DEPTH, context.list.depth + 1);
    this.children(element, { ...context, list: { list, depth } });
    this.end();
  }

  private item(element: Element, context: Context): void {
    const { list, depth } = context.list ?? { list: "ul", depth: 0 };
    this.block(element, { ...context, props: { t: "li", list, depth }, list: { list, depth } });
  }

  private table(element: Element, context: Context): void {
    const lines = Array.from(element.querySelectorAll("tr")).filter(
      (row) => row.closest("table") === element,
    );
    const rows = lines.map((row) =>
      Array.from(row.children)
        .filter((cell) => /^T[DH]$/i.test(cell.tagName))
        .map((cell) => cellText(cell)),
    );
    const columns = Math.max(0, ...rows.map((row) => row.length));
    if (rows.length < 1 || columns < 2) {
      this.block(element, context);
      return;
    }
    this.end();
    const square = rows.map((row) => [...row, ...Array.from({ length: columns - row.length }, () => "")]);
    const caption = element.querySelector("caption");
    this.blocks.push({
      kind: "atom",
      id: "",
      props: { t: "table", rows: square, caption: caption === null ? "" : cellText(caption) },
    });
  }
}

function cellText(cell: Element): string {
  const inner = new Cleaner();
  inner.children(cell, { props: { t: "p" }, marks: {}, list: null, pre: false });
  inner.end();
  return inner.blocks
    .map((block) =>
      block.kind === "text" ? block.runs.map((run) => ("text" in run ? run.text : "")).join("") : "",
    )
    .join("\n");
}

function styleOf(element: Element): string {
  return (element.getAttribute("style") ?? "").toLowerCase().replace(/\s+/g, "");
}

function isHidden(element: Element): boolean {
  const style = styleOf(element);
  return element.hasAttribute("hidden") || /(^|;)(display:none|visibility:hidden|mso-hide:all)/.test(style);
}

/** Word's list paragraphs: the level is in the style, the marker is written out and is dropped. */
function wordList(element: Element, context: Context): Context {
  const level = /mso-list:[^;]*level(\d)/.exec(styleOf(element));
  if (level === null) return context;
  for (const comment of Array.from(element.querySelectorAll('[style*="mso-list"]'))) {
    if (/mso-list:ignore/.test(styleOf(comment))) comment.remove();
  }
  const words = element.textContent ?? "";
  const marker = WORD_MARKER.exec(words);
  if (marker !== null) dropLeading(element, marker[0].length);
  const ordered =
    /^[\s\u00A0]*(\d|[a-z]{1,4}[.)])/i.test(element.getAttribute("data-marker") ?? words) &&
    marker?.[1] !== undefined;
  const depth = Math.min(MAX_DEPTH, Math.max(0, Number(level[1]) - 1));
  return { ...context, props: { t: "li", list: ordered ? "ol" : "ul", depth } };
}

function dropLeading(element: Element, count: number): void {
  let left = count;
  const walker = element.ownerDocument.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null && left > 0; node = walker.nextNode()) {
    const words = node.nodeValue ?? "";
    node.nodeValue = words.slice(left);
    left -= Math.min(left, words.length);
  }
}

function marksWith(element: Element, tag: string, marks: Marks): Marks {
  const out: Record<string, unknown> = { ...marks };
  const style = styleOf(element);
  const weight = /(^|;)font-weight:([^;]+)/.exec(style)?.[2];
  if (weight !== undefined && /^(normal|[1-5]00)$/.test(weight)) delete out.bold;
  else if (
    tag === "B" ||
    tag === "STRONG" ||
    (weight !== undefined && /^(bold|bolder|[6-9]00)$/.test(weight))
  )
    out.bold = true;
  if (tag === "I" || tag === "EM" || /(^|;)font-style:(italic|oblique)/.test(style)) out.italic = true;
  if (tag === "U") out.underline = true;
  if (tag === "S" || tag === "DEL" || tag === "STRIKE") out.strike = true;
  if (tag === "A") {
    const href = cleanHref(element.getAttribute("href"));
    if (href !== null) out.link = { href };
  }
  return out;
}

/** Drops white space and first-line indents around a block's words. */
function trimmed(runs: readonly FlatRun[]): FlatRun[] {
  const out = [...runs];
  const first = out[0];
  if (first !== undefined && "text" in first)
    out[0] = { ...first, text: first.text.replace(/^[\s\u3000]+/, "") };
  const last = out[out.length - 1];
  if (last !== undefined && "text" in last)
    out[out.length - 1] = { ...last, text: last.text.replace(/[\s\u3000]+$/, "") };
  const kept = out.filter((run) => !("text" in run) || run.text !== "");
  return kept.length < out.length && kept.length > 0 ? trimmed(kept) : kept;
}

/** Cleans foreign HTML. Atomic blocks come without an id; the binding gives one. */
export function cleanHtml(html: string): FlatBlock[] {
  const page = new DOMParser().parseFromString(html, "text/html");
  const cleaner = new Cleaner();
  cleaner.children(page.body, { props: { t: "p" }, marks: {}, list: null, pre: false });
  cleaner.end();
  return cleaner.blocks;
}

/** Cleans plain text: each line with words is a paragraph. */
export function cleanPlain(words: string): FlatBlock[] {
  return cleanText(words)
    .split(/\r\n?|\n|\u2028|\u2029/)
    .map((line) => line.replace(/^[\s\u3000]+|[\s\u3000]+$/g, ""))
    .filter((line) => line !== "")
    .map((line) => ({ kind: "text", id: null, props: { t: "p" }, runs: [{ text: line, marks: {} }] }));
}
