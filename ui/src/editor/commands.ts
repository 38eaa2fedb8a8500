/** What a person can do to a manuscript, as ProseMirror commands. */
import { baseKeymap, chainCommands, splitBlockAs, toggleMark } from "@tiptap/pm/commands";
import { keymap } from "@tiptap/pm/keymap";
import type { Attrs, Node, NodeType } from "@tiptap/pm/model";
import type { Command, EditorState, Plugin, Transaction } from "@tiptap/pm/state";
import { NodeSelection, TextSelection } from "@tiptap/pm/state";
import { cleanHref } from "./links";
import { whole } from "./plain";
import { MAX_DEPTH, storySchema } from "./schema";

/** What a text block can be made into. */
export type BlockChoice =
  | { readonly type: "paragraph" | "quote" }
  | { readonly type: "heading"; readonly level: 1 | 2 | 3 }
  | { readonly type: "listItem"; readonly list: "ul" | "ol" };

/** What is known about a clip when it is put into a story. */
export type FigureFacts = {
  readonly clip: string;
  readonly blob: string;
  readonly kind: "picture" | "video" | "audio";
  readonly w: number;
  readonly h: number;
  readonly caption?: string;
  readonly credit?: string;
  readonly alt?: string;
};

type Dispatch = ((tr: Transaction) => void) | undefined;

function typeOf(name: string): NodeType {
  const type = storySchema.nodes[name];
  if (type === undefined) throw new RangeError(name);
  return type;
}

/** Calls back for each text block that the selection touches, except those of unknown kind. */
function eachTextblock(state: EditorState, visit: (node: Node, pos: number) => void): void {
  const { from, to } = state.selection;
  state.doc.nodesBetween(from, to, (node, pos) => {
    if (node.isTextblock && node.type.name !== "unknownBlock") visit(node, pos);
    return false;
  });
}

function attributesFor(choice: BlockChoice, node: Node): Attrs {
  const id: unknown = node.attrs.id;
  if (choice.type === "heading") return { id, level: choice.level };
  if (choice.type === "listItem")
    return { id, list: choice.list, depth: whole(node.attrs.depth, 0, MAX_DEPTH, 0) };
  return { id };
}

/** Makes the selected text blocks into something else. */
export function setBlock(choice: BlockChoice): Command {
  return (state, dispatch) => {
    const { tr } = state;
    eachTextblock(state, (node, pos) => {
      const attrs = attributesFor(choice, node);
      if (!node.hasMarkup(typeOf(choice.type), attrs)) tr.setNodeMarkup(pos, typeOf(choice.type), attrs);
    });
    if (!tr.docChanged) return false;
    dispatch?.(tr.scrollIntoView());
    return true;
  };
}

function shift(by: 1 | -1): Command {
  return (state, dispatch) => {
    const { tr } = state;
    let found = false;
    eachTextblock(state, (node, pos) => {
      if (node.type.name !== "listItem") return;
      found = true;
      const depth = whole(node.attrs.depth, 0, MAX_DEPTH, 0);
      const next = Math.min(MAX_DEPTH, Math.max(0, depth + by));
      if (next !== depth) tr.setNodeMarkup(pos, null, { ...node.attrs, depth: next });
    });
    if (tr.docChanged) dispatch?.(tr);
    return found;
  };
}

/** Moves the selected list items one level deeper. */
export const indent: Command = shift(1);
/** Moves the selected list items one level up. */
export const outdent: Command = shift(-1);

/** Puts a simple mark on the selection, or takes it off. */
export function toggle(name: string): Command {
  const type = storySchema.marks[name];
  return type === undefined ? (): boolean => false : toggleMark(type);
}

/** Makes the selected words a link; null takes links off. Refuses addresses that are no safe ones. */
export function setLink(href: string | null): Command {
  return (state, dispatch) => {
    const { from, to, empty } = state.selection;
    const type = storySchema.marks.link;
    if (type === undefined || empty) return false;
    const safe = href === null ? null : cleanHref(href);
    if (href !== null && safe === null) return false;
    const tr = state.tr.removeMark(from, to, type);
    dispatch?.(safe === null ? tr : tr.addMark(from, to, type.create({ href: safe })));
    return true;
  };
}

/** Puts an atomic block behind the block with the caret; an empty paragraph there makes room for it. */
function insertAtom(node: Node): Command {
  return (state, dispatch) => {
    if (dispatch === undefined) return true;
    const { $to } = state.selection;
    const { tr } = state;
    const parent = $to.parent;
    const empty = $to.depth > 0 && parent.type.name === "paragraph" && parent.content.size === 0;
    const at = $to.depth > 0 ? (empty ? $to.before(1) : $to.after(1)) : $to.pos;
    if (empty) tr.replaceWith(at, at + parent.nodeSize, node);
    else tr.insert(at, node);
    dispatch(tr.setSelection(NodeSelection.create(tr.doc, at)).scrollIntoView());
    return true;
  };
}

/** Inserts a figure. */
export function insertFigure(facts: FigureFacts): Command {
  return insertAtom(typeOf("figure").create({ caption: "", credit: "", alt: "", ...facts, id: null }));
}

/** Puts words behind everything else, a paragraph a line, and selects them. */
export function addAtEnd(words: string): Command {
  return (state, dispatch) => {
    const lines = words.split("\n").filter((line) => line.trim() !== "");
    if (lines.length === 0) return false;
    const end = state.doc.content.size;
    const tr = state.tr.insert(
      end,
      lines.map((line) => typeOf("paragraph").create(null, state.schema.text(line))),
    );
    const selection = TextSelection.create(tr.doc, end + 1, tr.doc.content.size - 1);
    dispatch?.(tr.setSelection(selection).scrollIntoView());
    return true;
  };
}

/** Inserts a table; its number of columns stays. */
export function insertTable(rows: number, columns: number): Command {
  const cells = Array.from({ length: Math.max(1, rows) }, () =>
    Array.from({ length: Math.max(1, columns) }, () => ""),
  );
  return insertAtom(typeOf("table").create({ rows: cells }));
}

function selectedAtom(state: EditorState): NodeSelection | null {
  const { selection } = state;
  return selection instanceof NodeSelection && selection.node.isBlock ? selection : null;
}

/** Enter on a selected figure or table: a paragraph behind it. */
const paragraphAfterAtom: Command = (state, dispatch) => {
  const selection = selectedAtom(state);
  if (selection === null) return false;
  const tr = state.tr.insert(selection.to, typeOf("paragraph").create());
  dispatch?.(tr.setSelection(TextSelection.create(tr.doc, selection.to + 1)).scrollIntoView());
  return true;
};

function caretBlock(state: EditorState): { node: Node; pos: number; atStart: boolean } | null {
  const { $from, empty } = state.selection;
  if (!empty || $from.depth === 0 || !$from.parent.isTextblock) return null;
  return { node: $from.parent, pos: $from.before(1), atStart: $from.parentOffset === 0 };
}

/** Steps out of a list, a quote or a heading: one level up, then a plain paragraph. */
function plainer(state: EditorState, dispatch: Dispatch): boolean {
  const block = caretBlock(state);
  if (block === null || ["paragraph", "unknownBlock"].includes(block.node.type.name)) return false;
  if (whole(block.node.attrs.depth, 0, MAX_DEPTH, 0) > 0) return outdent(state, dispatch);
  return setBlock({ type: "paragraph" })(state, dispatch);
}

const leaveWhenEmpty: Command = (state, dispatch) =>
  caretBlock(state)?.node.content.size === 0 ? plainer(state, dispatch) : false;

const plainerAtStart: Command = (state, dispatch) =>
  caretBlock(state)?.atStart === true ? plainer(state, dispatch) : false;

/** Enter: list items and quotes go on, a heading is followed by a paragraph. */
const split: Command = splitBlockAs((node, atEnd) => {
  const goesOn = node.type.name === "listItem" || node.type.name === "quote";
  if (goesOn) return { type: node.type, attrs: { ...node.attrs, id: null } };
  return atEnd ? { type: typeOf("paragraph") } : null;
});

const enter = chainCommands(paragraphAfterAtom, leaveWhenEmpty, split);

/** History as the keys need it. */
export type History = { readonly undo: () => boolean; readonly redo: () => boolean };

/** The keyboard of the manuscript. */
export function keys(history: History): Plugin[] {
  const undo: Command = () => history.undo();
  const redo: Command = () => history.redo();
  const own: Record<string, Command> = {
    Enter: enter,
    "Shift-Enter": enter,
    Backspace: plainerAtStart,
    Tab: indent,
    "Shift-Tab": outdent,
    "Mod-b": toggle("bold"),
    "Mod-i": toggle("italic"),
    "Mod-u": toggle("underline"),
    "Mod-Shift-x": toggle("strike"),
    "Mod-Alt-0": setBlock({ type: "paragraph" }),
    "Mod-Alt-1": setBlock({ type: "heading", level: 1 }),
    "Mod-Alt-2": setBlock({ type: "heading", level: 2 }),
    "Mod-Alt-3": setBlock({ type: "heading", level: 3 }),
    "Mod-z": undo,
    "Mod-y": redo,
    "Mod-Shift-z": redo,
  };
  return [keymap(own), keymap(baseKeymap)];
}
