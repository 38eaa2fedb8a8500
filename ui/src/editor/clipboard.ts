/** What happens to pasted and copied content before it meets the manuscript. */

import type { Node } from "@tiptap/pm/model";
import { Fragment, Slice } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import type { FlatBlock } from "./flat";
import { flatToDoc } from "./flat";
import { cleanHtml, cleanPlain } from "./paste";

/** Turns cleaned blocks into a slice; text at its ends flows into the text around the caret. */
export function sliceOf(blocks: readonly FlatBlock[]): Slice {
  if (blocks.length === 0) return Slice.empty;
  const { content } = flatToDoc(blocks);
  const open = (block: FlatBlock | undefined): number => (block?.kind === "text" ? 1 : 0);
  const plainStart = blocks.length === 1 || blocks[0]?.props.t === "p";
  return new Slice(content, plainStart ? open(blocks[0]) : 0, open(blocks[blocks.length - 1]));
}

/** Pasted text blocks lose their ids; a moved figure keeps its own until the binding has looked at it. */
export function withoutIds(slice: Slice): Slice {
  const strip = (node: Node): Node =>
    node.isTextblock ? node.type.create({ ...node.attrs, id: null }, node.content, node.marks) : node;
  const nodes: Node[] = [];
  slice.content.forEach((node) => {
    nodes.push(strip(node));
  });
  return new Slice(Fragment.fromArray(nodes), slice.openStart, slice.openEnd);
}

function isOurs(html: string): boolean {
  return /\sdata-pm-slice=/.test(html);
}

function paste(view: EditorView, slice: Slice): boolean {
  if (slice.size === 0) return false;
  view.dispatch(
    view.state.tr.replaceSelection(slice).scrollIntoView().setMeta("paste", true).setMeta("uiEvent", "paste"),
  );
  return true;
}

/** The clipboard habits of the manuscript, as a plugin. */
export function clipboardPlugin(): Plugin {
  return new Plugin({
    props: {
      transformPasted: withoutIds,
      clipboardTextParser: (words): Slice => sliceOf(cleanPlain(words)),
      handlePaste: (view, event): boolean => {
        const html = event.clipboardData?.getData("text/html") ?? "";
        if (html === "" || isOurs(html)) return false;
        return paste(view, sliceOf(cleanHtml(html)));
      },
      handleDrop: (view, event, _slice, moved): boolean => {
        const html = event.dataTransfer?.getData("text/html") ?? "";
        if (moved || html === "" || isOurs(html)) return false;
        const spot = view.posAtCoords({ left: event.clientX, top: event.clientY });
        const slice = sliceOf(cleanHtml(html));
        if (spot === null || slice.size === 0) return false;
        event.preventDefault();
        view.dispatch(view.state.tr.replaceRange(spot.pos, spot.pos, slice));
        return true;
      },
    },
  });
}
