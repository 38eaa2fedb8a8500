/** The story editor: one view of one shared document, with everything a room needs to drive it. */
import { dropCursor } from "@tiptap/pm/dropcursor";
import { gapCursor } from "@tiptap/pm/gapcursor";
import type { Command } from "@tiptap/pm/state";
import { EditorState, NodeSelection, Plugin, TextSelection } from "@tiptap/pm/state";
import { EditorView } from "@tiptap/pm/view";
import * as Y from "yjs";
import type { FlatBinding } from "./binding";
import { flatBinding } from "./binding";
import { clipboardPlugin } from "./clipboard";
import type { BlockChoice, FigureFacts } from "./commands";
import {
  addAtEnd,
  indent,
  insertFigure,
  insertTable,
  keys,
  outdent,
  setBlock,
  setLink,
  toggle,
} from "./commands";
import { blocksOf, bodyOf } from "./flat";
import { numbersPlugin } from "./numbers";
import { same, text, whole } from "./plain";
import { PLAIN_MARKS } from "./schema";
import type { Label, MakeView, Sources, StoryNodeView, Surroundings } from "./views";
import { storyViews } from "./views";

/** What a room hands in. */
export type StoryEditorOptions = {
  readonly element: HTMLElement;
  readonly ydoc: Y.Doc;
  /** Whether the story may be changed. The gate must have been asked before: see `gate`. */
  readonly editable: boolean;
  readonly sources: Sources;
  readonly label: Label;
  /** Another view for figures. */
  readonly figureView?: MakeView;
  /** Told after every change of the text on the screen, whoever made it. */
  readonly onUpdate?: () => void;
};

/** What the toolbar needs to know. Replaced by a new object when something in it changes, never altered. */
export type EditorSnapshot = {
  readonly block: string;
  /** The id of the block with the caret, for comments; null while it has none. */
  readonly blockId: string | null;
  readonly level: number;
  readonly list: string;
  readonly depth: number;
  readonly marks: readonly string[];
  readonly link: string | null;
  readonly hasSelection: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly editable: boolean;
};

/** A running editor. Commands return whether they did something. */
export type StoryEditor = {
  readonly view: EditorView;
  readonly binding: FlatBinding;
  readonly setBlock: (choice: BlockChoice) => boolean;
  readonly toggleMark: (name: "bold" | "italic" | "underline" | "strike") => boolean;
  readonly setLink: (href: string | null) => boolean;
  readonly insertFigure: (facts: FigureFacts) => boolean;
  readonly insertTable: (rows: number, columns: number) => boolean;
  readonly insertText: (words: string) => boolean;
  /** Puts words behind everything else, a paragraph a line, and shows them. */
  readonly addAtEnd: (words: string) => boolean;
  readonly indent: () => boolean;
  readonly outdent: () => boolean;
  readonly undo: () => boolean;
  readonly redo: () => boolean;
  readonly focus: () => void;
  readonly setEditable: (editable: boolean) => void;
  /** The words on the screen, one line a block. */
  readonly plainText: () => string;
  /** The selected words, one line a block. */
  readonly selectedText: () => string;
  /** Writes everything typed into the shared document, now. Call it before sealing a revision. */
  readonly flush: () => void;
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => EditorSnapshot;
  readonly destroy: () => void;
};

function plainText(state: EditorState, from: number, to: number): string {
  return state.doc.textBetween(from, to, "\n");
}

function snapshotOf(state: EditorState, manager: Y.UndoManager, editable: boolean): EditorSnapshot {
  const { $from, from, to, empty } = state.selection;
  const block = $from.depth > 0 ? $from.parent : $from.nodeAfter;
  const marks = PLAIN_MARKS.filter((name) => {
    const type = state.schema.marks[name];
    if (type === undefined) return false;
    if (empty) return type.isInSet(state.storedMarks ?? $from.marks()) !== undefined;
    return state.doc.rangeHasMark(from, to, type);
  });
  const link = $from.marks().find((mark) => mark.type.name === "link");
  return {
    block: block?.type.name ?? "paragraph",
    blockId: text(block?.attrs.id) || null,
    level: whole(block?.attrs.level, 1, 3, 0),
    list: text(block?.attrs.list),
    depth: whole(block?.attrs.depth, 0, 5, 0),
    marks,
    link: link === undefined ? null : text(link.attrs.href),
    hasSelection: !empty,
    canUndo: manager.canUndo(),
    canRedo: manager.canRedo(),
    editable,
  };
}

class Running {
  readonly view: EditorView;
  readonly binding: FlatBinding;
  private readonly manager: Y.UndoManager;
  private readonly fieldOrigin = { name: "satchel.aside" };
  private readonly listeners = new Set<() => void>();
  private readonly nodeViews = new Set<StoryNodeView>();
  private editable: boolean;
  private last: EditorSnapshot;

  constructor(private readonly options: StoryEditorOptions) {
    const { ydoc } = options;
    this.editable = options.editable;
    const { binding, plugin } = flatBinding(ydoc);
    this.binding = binding;
    this.manager = new Y.UndoManager([bodyOf(ydoc), blocksOf(ydoc)], {
      trackedOrigins: new Set<unknown>([binding.origin, this.fieldOrigin]),
    });
    const history = { undo: (): boolean => this.undo(), redo: (): boolean => this.redo() };
    this.view = new EditorView(options.element, {
      state: EditorState.create({
        doc: binding.initialDoc(),
        plugins: [
          plugin,
          clipboardPlugin(),
          ...keys(history),
          gapCursor(),
          dropCursor(),
          numbersPlugin(),
          this.watcher(),
        ],
      }),
      editable: () => this.editable,
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": options.label("body"),
        spellcheck: "false",
      },
      nodeViews: this.makeViews(),
    });
    this.last = snapshotOf(this.view.state, this.manager, this.editable);
    this.manager.on("stack-item-added", () => this.tell());
    this.manager.on("stack-item-popped", () => this.tell());
  }

  private makeViews(): Record<string, (node: Parameters<MakeView>[0], view: EditorView) => StoryNodeView> {
    const around: Surroundings = {
      sources: this.options.sources,
      label: this.options.label,
      textOf: (...where) => this.binding.textOf(...where),
      fieldOrigin: this.fieldOrigin,
      history: { undo: (): boolean => this.undo(), redo: (): boolean => this.redo() },
      editable: () => this.editable,
    };
    const all: Record<string, MakeView> = { ...storyViews };
    if (this.options.figureView !== undefined) all.figure = this.options.figureView;
    return Object.fromEntries(
      Object.entries(all).map(([name, makeView]) => [
        name,
        (node: Parameters<MakeView>[0], view: EditorView): StoryNodeView => {
          const made = makeView(node, around, view);
          this.nodeViews.add(made);
          return made;
        },
      ]),
    );
  }

  private watcher(): Plugin {
    return new Plugin({
      view: () => ({
        update: (view, before): void => {
          if (!view.state.doc.eq(before.doc)) this.options.onUpdate?.();
          this.tell();
        },
      }),
    });
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  run(command: Command): boolean {
    if (!this.editable) return false;
    this.binding.flush();
    return command(this.view.state, (tr) => this.view.dispatch(tr), this.view);
  }

  /** Runs a command that undo takes back by itself, apart from the typing around it. */
  runAlone(command: Command): boolean {
    this.manager.stopCapturing();
    const done = this.run(command);
    this.manager.stopCapturing();
    return done;
  }

  undo(): boolean {
    return this.travel(() => this.manager.undo());
  }

  redo(): boolean {
    return this.travel(() => this.manager.redo());
  }

  private travel(step: () => unknown): boolean {
    if (!this.editable || this.binding.busy()) return false;
    this.binding.flush();
    return step() !== null;
  }

  insertText(words: string): boolean {
    return this.run((state, dispatch) => {
      dispatch?.(state.tr.insertText(words).scrollIntoView());
      return true;
    });
  }

  focus(): void {
    this.view.focus();
  }

  setEditable(editable: boolean): void {
    if (editable === this.editable) return;
    this.binding.flush();
    this.editable = editable;
    this.view.setProps({});
    this.prune();
    for (const nodeView of this.nodeViews) nodeView.refresh();
    this.tell();
  }

  private prune(): void {
    for (const nodeView of this.nodeViews)
      if (!this.view.dom.contains(nodeView.dom)) this.nodeViews.delete(nodeView);
  }

  flush(): void {
    this.binding.flush();
  }

  snapshot(): EditorSnapshot {
    const now = snapshotOf(this.view.state, this.manager, this.editable);
    if (!same(now, this.last)) this.last = now;
    return this.last;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  destroy(): void {
    this.binding.flush();
    this.view.destroy();
    this.manager.destroy();
    this.listeners.clear();
    this.nodeViews.clear();
  }
}

/** Opens an editor on a shared document. Opening writes nothing into the document. */
export function createStoryEditor(options: StoryEditorOptions): StoryEditor {
  const running = new Running(options);
  const { view, binding } = running;
  return {
    view,
    binding,
    setBlock: (choice) => running.runAlone(setBlock(choice)),
    toggleMark: (name) => running.runAlone(toggle(name)),
    setLink: (href) => running.runAlone(setLink(href)),
    insertFigure: (facts) => running.runAlone(insertFigure(facts)),
    insertTable: (rows, columns) => running.runAlone(insertTable(rows, columns)),
    insertText: (words) => running.insertText(words),
    addAtEnd: (words) => running.runAlone(addAtEnd(words)),
    indent: () => running.run(indent),
    outdent: () => running.run(outdent),
    undo: () => running.undo(),
    redo: () => running.redo(),
    focus: () => running.focus(),
    setEditable: (editable) => running.setEditable(editable),
    plainText: () => plainText(view.state, 0, view.state.doc.content.size),
    selectedText: () => plainText(view.state, view.state.selection.from, view.state.selection.to),
    flush: () => running.flush(),
    subscribe: (listener) => running.subscribe(listener),
    snapshot: () => running.snapshot(),
    destroy: () => running.destroy(),
  };
}

/** Selects a quote inside a block, or the block's first place when the quote is gone; false when the block is gone. */
export function goTo(editor: StoryEditor, blockId: string, quote = ""): boolean {
  const { state } = editor.view;
  let at = -1;
  state.doc.forEach((node, pos) => {
    if (at < 0 && node.attrs.id === blockId) at = pos;
  });
  const node = at < 0 ? null : state.doc.nodeAt(at);
  if (node === null) return false;
  const found =
    node.isTextblock && quote !== ""
      ? node.textBetween(0, node.content.size, undefined, "\uFFFC").indexOf(quote)
      : -1;
  const from = at + 1 + Math.max(0, found);
  const selection = !node.isTextblock
    ? NodeSelection.create(state.doc, at)
    : TextSelection.create(state.doc, from, found < 0 ? from : from + quote.length);
  editor.view.dispatch(state.tr.setSelection(selection).scrollIntoView());
  return true;
}
