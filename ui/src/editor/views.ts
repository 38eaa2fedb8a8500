/** How figures, tables and unknown blocks look inside the text: plain DOM, no framework. */

import type { Node } from "@tiptap/pm/model";
import type { EditorView, NodeView } from "@tiptap/pm/view";
import type * as Y from "yjs";
import type { BoundField, InputLike } from "./field";
import { bindField } from "./field";
import { rowsOf } from "./flat";
import { text, whole } from "./plain";
import { chipName } from "./schema";

/** Where the pictures of a clip are to be had; null when they are not on this laptop. */
export type Sources = (
  clip: string,
  kind: string,
) => { readonly poster: string | null; readonly play: string | null };
/** Words for people: keys `figure.caption`, `figure.credit`, `figure.alt`, `figure.missing`, `table.caption`, `table.cell`, `unknown.block`. */
export type Label = (key: string, values?: Readonly<Record<string, string | number>>) => string;

/** What node views need from the editor around them. */
export type Surroundings = {
  readonly sources: Sources;
  readonly label: Label;
  /** The shared text of a caption or cell, once the block stands in the shared document. */
  readonly textOf: (id: string, name: string, row?: number, column?: number) => Y.Text | null;
  readonly fieldOrigin: unknown;
  readonly history: { readonly undo: () => unknown; readonly redo: () => unknown };
  readonly editable: () => boolean;
};

/** A node view that can be told that reading became writing, or the reverse. */
export type StoryNodeView = NodeView & { readonly refresh: () => void };

type BoundInput = HTMLInputElement | HTMLTextAreaElement;

/** The inputs of one block, each bound to its shared text as soon as there is one. */
class Fields {
  private readonly bound = new Map<BoundInput, { target: Y.Text; field: BoundField }>();

  constructor(private readonly around: Surroundings) {}

  keep(input: BoundInput, target: Y.Text | null, shown: string, singleLine: boolean): void {
    const old = this.bound.get(input);
    input.readOnly = target === null || !this.around.editable();
    if (target === null) {
      this.drop(input);
      input.value = shown;
      return;
    }
    if (old?.target === target) return;
    this.drop(input);
    const like: InputLike = input;
    const { fieldOrigin: origin, history } = this.around;
    this.bound.set(input, { target, field: bindField(target, like, { origin, history, singleLine }) });
  }

  flush(): void {
    for (const { field } of this.bound.values()) field.flush();
  }

  drop(input: BoundInput): void {
    const old = this.bound.get(input);
    this.bound.delete(input);
    old?.field.destroy();
  }

  destroy(): void {
    for (const { field } of this.bound.values()) field.destroy();
    this.bound.clear();
  }
}

function isInside(dom: HTMLElement, event: Event): boolean {
  const { target } = event;
  return (
    target instanceof HTMLElement && target !== dom && target.matches("input, textarea, video, audio, button")
  );
}

function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

/** What figures and tables have in common: words of their own, and being chosen as a whole. */
abstract class Framed implements StoryNodeView {
  abstract readonly dom: HTMLElement;
  protected readonly fields: Fields;

  constructor(
    protected node: Node,
    protected readonly around: Surroundings,
  ) {
    this.fields = new Fields(around);
  }

  abstract refresh(): void;

  selectNode(): void {
    this.dom.classList.add("story-selected");
  }

  deselectNode(): void {
    this.dom.classList.remove("story-selected");
  }

  stopEvent(event: Event): boolean {
    return isInside(this.dom, event);
  }

  ignoreMutation(): boolean {
    return true;
  }

  flush(): void {
    this.fields.flush();
  }

  destroy(): void {
    this.fields.destroy();
  }
}

const FIGURE_FIELDS = ["caption", "credit", "alt"];

class FigureView extends Framed {
  readonly dom: HTMLElement;
  private readonly media: HTMLElement;
  private readonly inputs: HTMLInputElement[];
  private shown = "";

  constructor(node: Node, around: Surroundings) {
    super(node, around);
    this.dom = make("figure", "story-figure");
    this.dom.contentEditable = "false";
    this.media = make("div", "story-figure-media");
    const caption = make("figcaption", "story-figure-words");
    this.inputs = FIGURE_FIELDS.map((name) => this.input(name));
    caption.append(...this.inputs);
    this.dom.append(this.media, caption);
    this.refresh();
  }

  private input(name: string): HTMLInputElement {
    const input = make("input", `story-figure-${name}`);
    input.type = "text";
    input.setAttribute("aria-label", this.around.label(`figure.${name}`));
    input.placeholder = this.around.label(`figure.${name}`);
    return input;
  }

  refresh(): void {
    const { attrs } = this.node;
    const id = text(attrs.id);
    this.showMedia();
    this.inputs.forEach((input, index) => {
      const name = FIGURE_FIELDS[index] ?? "caption";
      this.fields.keep(input, id === "" ? null : this.around.textOf(id, name), text(attrs[name]), true);
    });
    const picture = this.media.firstElementChild;
    if (picture instanceof HTMLImageElement) picture.alt = text(attrs.alt);
    else picture?.setAttribute("aria-label", text(attrs.alt) || text(attrs.caption));
  }

  private showMedia(): void {
    const { attrs } = this.node;
    const clip = text(attrs.clip);
    const kind = text(attrs.kind, "picture");
    const { poster, play } = this.around.sources(clip, kind);
    const now = JSON.stringify([clip, kind, poster, play, attrs.w, attrs.h]);
    if (now === this.shown) return;
    this.shown = now;
    this.media.replaceChildren(this.picture(kind, poster, play));
  }

  private picture(kind: string, poster: string | null, play: string | null): HTMLElement {
    const width = whole(this.node.attrs.w, 0, Number.MAX_SAFE_INTEGER, 0);
    const height = whole(this.node.attrs.h, 0, Number.MAX_SAFE_INTEGER, 0);
    if ((kind === "video" || kind === "audio") && play !== null) return this.player(kind, poster, play);
    const source = poster ?? (kind === "picture" ? play : null);
    if (source === null) {
      const missing = make("div", "story-figure-missing");
      missing.setAttribute("role", "img");
      missing.textContent = this.around.label("figure.missing");
      return missing;
    }
    const image = make("img", "story-figure-picture");
    image.src = source;
    image.draggable = false;
    image.loading = "lazy";
    if (width > 0 && height > 0) {
      image.width = width;
      image.height = height;
    }
    return image;
  }

  private player(kind: "video" | "audio", poster: string | null, play: string): HTMLElement {
    const player = make(kind, "story-figure-player");
    player.controls = true;
    player.preload = "none";
    player.src = play;
    if (player instanceof HTMLVideoElement && poster !== null) player.poster = poster;
    return player;
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type || text(node.attrs.clip) !== text(this.node.attrs.clip)) return false;
    this.node = node;
    this.refresh();
    return true;
  }
}

class TableView extends Framed {
  readonly dom: HTMLElement;
  private readonly body: HTMLTableSectionElement;
  private readonly caption: HTMLInputElement;
  private cells: HTMLTextAreaElement[][] = [];

  constructor(node: Node, around: Surroundings) {
    super(node, around);
    this.dom = make("div", "story-table");
    this.dom.contentEditable = "false";
    const table = make("table", "story-table-grid");
    this.body = document.createElement("tbody");
    table.append(this.body);
    this.caption = make("input", "story-table-caption");
    this.caption.type = "text";
    this.caption.setAttribute("aria-label", around.label("table.caption"));
    this.caption.placeholder = around.label("table.caption");
    this.dom.append(table, this.caption);
    this.dom.addEventListener("keydown", (event) => this.key(event));
    this.refresh();
  }

  refresh(): void {
    const rows = rowsOf(this.node.attrs.rows);
    const id = text(this.node.attrs.id);
    if (
      rows.length !== this.cells.length ||
      rows.some((row, index) => row.length !== this.cells[index]?.length)
    ) {
      this.build(rows);
    }
    rows.forEach((row, y) => {
      row.forEach((words, x) => {
        const cell = this.cells[y]?.[x];
        if (cell === undefined) return;
        this.fields.keep(cell, id === "" ? null : this.around.textOf(id, "rows", y, x), words, false);
      });
    });
    this.fields.keep(
      this.caption,
      id === "" ? null : this.around.textOf(id, "caption"),
      text(this.node.attrs.caption),
      true,
    );
  }

  private build(rows: readonly string[][]): void {
    for (const cell of this.cells.flat()) this.fields.drop(cell);
    this.cells = rows.map((row, y) => row.map((_, x) => this.cell(y, x)));
    this.body.replaceChildren(
      ...this.cells.map((row) => {
        const line = document.createElement("tr");
        for (const cell of row) {
          const box = document.createElement("td");
          box.append(cell);
          line.append(box);
        }
        return line;
      }),
    );
  }

  private cell(row: number, column: number): HTMLTextAreaElement {
    const cell = make("textarea", "story-table-cell");
    cell.rows = 1;
    cell.setAttribute("aria-label", this.around.label("table.cell", { row: row + 1, column: column + 1 }));
    return cell;
  }

  /** Tab walks through the cells. At either end it leaves the table as anywhere else. */
  private key(event: KeyboardEvent): void {
    if (event.key !== "Tab" || event.isComposing) return;
    const all = this.cells.flat();
    const at = event.target instanceof HTMLTextAreaElement ? all.indexOf(event.target) : -1;
    const next = at < 0 ? undefined : all[at + (event.shiftKey ? -1 : 1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type || text(node.attrs.id) !== text(this.node.attrs.id, text(node.attrs.id)))
      return false;
    this.node = node;
    this.refresh();
    return true;
  }
}

class ChipView implements StoryNodeView {
  readonly dom: HTMLElement;

  constructor(node: Node, around: Surroundings) {
    this.dom = make("div", "story-chip");
    this.dom.contentEditable = "false";
    this.dom.textContent = around.label("unknown.block", { name: chipName(node.attrs.props) });
  }

  refresh(): void {
    // Nothing here can be edited.
  }

  ignoreMutation(): boolean {
    return true;
  }
}

/** Makes the node view of a block. */
export type MakeView = (node: Node, around: Surroundings, view: EditorView) => StoryNodeView;

/** The node views of the manuscript, by node name. */
export const storyViews: Readonly<Record<string, MakeView>> = {
  figure: (node, around) => new FigureView(node, around),
  table: (node, around) => new TableView(node, around),
  unknownAtom: (node, around) => new ChipView(node, around),
};
