// @vitest-environment jsdom
import { Slice } from "@tiptap/pm/model";
import { TextSelection } from "@tiptap/pm/state";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { readFlat } from "./flat";
import type { Peer } from "./testing";
import { randomFrom, seat, truth } from "./testing";
import { writeFlat } from "./write";

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function sit(): Peer {
  const ydoc = new Y.Doc({ gc: false });
  writeFlat(ydoc, [{ kind: "text", id: "p", props: { t: "p" }, runs: [{ text: "headtail", marks: {} }] }]);
  const peer = seat("a", randomFrom(1), [Y.encodeStateAsUpdate(ydoc)]);
  closing.push(peer.close);
  const { view } = peer.editor;
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, 5)));
  return peer;
}

function paste({ editor: { view } }: Peer, data: Readonly<Record<string, string>>): void {
  const event = Object.assign(new Event("paste", { bubbles: true, cancelable: true }), {
    clipboardData: {
      getData: (type: string): string => data[type] ?? "",
      files: [],
      items: [],
      types: Object.keys(data),
    },
  });
  view.dom.dispatchEvent(event);
}

const lines = (peer: Peer): string[] =>
  readFlat(peer.ydoc).map((block) => {
    const words =
      block.kind === "text" ? block.runs.map((run) => ("text" in run ? run.text : "*")).join("") : "#";
    return `${String(block.props.t)}:${words}`;
  });

describe("the clipboard", () => {
  it("foreign HTML comes in clean, in the middle of a line", () => {
    const peer = sit();
    paste(peer, {
      "text/html":
        '<p onclick="x()">One</p><h2>Two</h2><script>bad()</script><p><a href="javascript:x">three</a></p>',
      "text/plain": "ignored",
    });

    expect(lines(peer)).toEqual(["p:headOne", "h:Two", "p:threetail"]);
    expect(JSON.stringify(peer.editor.view.state.doc.toJSON())).not.toMatch(/javascript|bad|onclick/);
    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
  });

  it("a foreign table becomes a table with an id", () => {
    const peer = sit();
    paste(peer, { "text/html": "<table><tr><td>a</td><td>b</td></tr></table>" });
    const table = readFlat(peer.ydoc).find((block) => block.kind === "atom");

    expect(table?.id).toMatch(/^[0-9a-f]{16}$/);
    expect(table?.props).toEqual({ t: "table", rows: [["a", "b"]], caption: "" });
    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
  });

  it("plain text comes in as paragraphs", () => {
    const peer = sit();
    paste(peer, { "text/plain": "\u3000\u3000one\n\ntwo\u200b" });

    expect(lines(peer)).toEqual(["p:headone", "p:twotail"]);
  });

  it("a copy of our own text gets fresh ids, and a copy of a figure too", () => {
    const peer = sit();
    const { view } = peer.editor;
    peer.editor.insertFigure({ clip: "c", blob: "b", kind: "picture", w: 1, h: 1, caption: "cap" });
    const { dom } = view.serializeForClipboard(new Slice(view.state.doc.content, 0, 0));
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, 3)));
    paste(peer, { "text/html": dom.innerHTML });
    const ids = readFlat(peer.ydoc).map((block) => block.id);
    const figures = readFlat(peer.ydoc).filter((block) => block.kind === "atom");

    expect(new Set(ids).size).toBe(ids.length);
    expect(figures.map((block) => block.props.caption)).toEqual(["cap", "cap"]);
    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
  });
});
