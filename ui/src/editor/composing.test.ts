// @vitest-environment jsdom

import { TextSelection } from "@tiptap/pm/state";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { FlatBlock } from "./flat";
import { bodyOf, readFlat } from "./flat";
import type { Peer } from "./testing";
import { exchange, randomFrom, seat, truth } from "./testing";
import { writeFlat } from "./write";

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function story(...flat: FlatBlock[]): Uint8Array {
  const ydoc = new Y.Doc({ gc: false });
  writeFlat(ydoc, flat);
  return Y.encodeStateAsUpdate(ydoc);
}

function paragraph(id: string, words: string): FlatBlock {
  return { kind: "text", id, props: { t: "p" }, runs: words === "" ? [] : [{ text: words, marks: {} }] };
}

function sit(name: string, base: Uint8Array): Peer {
  const peer = seat(name, randomFrom(name.charCodeAt(0)), [base]);
  closing.push(peer.close);
  return peer;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function caretAt(peer: Peer, pos: number): void {
  peer.editor.view.dispatch(
    peer.editor.view.state.tr.setSelection(TextSelection.create(peer.editor.view.state.doc, pos)),
  );
}

function type(peer: Peer, words: string, at: number): void {
  peer.editor.view.dispatch(peer.editor.view.state.tr.insertText(words, at));
}

const words = (peer: Peer): string[] =>
  readFlat(peer.ydoc).map((block) =>
    block.kind === "text" ? block.runs.map((run) => ("text" in run ? run.text : "*")).join("") : "#",
  );
const dice = randomFrom(1);

describe("composing", () => {
  function compose(peer: Peer, kind: string): void {
    peer.editor.view.dom.dispatchEvent(new CompositionEvent(kind, { bubbles: true, data: "" }));
  }

  it("what others write waits until the last composition end, then both are there", async () => {
    const base = story(paragraph("a", "one"), paragraph("b", "two"));
    const [left, right] = [sit("l", base), sit("r", base)];
    caretAt(right, 4);
    const block = right.editor.view.nodeDOM(0);
    compose(right, "compositionstart");
    type(right, "n", 4);
    type(left, "FAR", 2);
    type(left, "!", left.editor.view.state.doc.content.size - 1);
    exchange([left, right], dice);

    expect(right.editor.view.state.doc.textContent, "the screen is left alone").toBe("onentwo");
    expect(right.editor.view.nodeDOM(0), "the composed paragraph is the same element").toBe(block);

    compose(right, "compositionend");
    await wait(30);
    type(right, "i", 5);
    compose(right, "compositionend");
    await wait(30);
    expect(right.editor.view.state.doc.textContent).toBe("onenitwo");
    await wait(120);

    expect(right.editor.view.state.doc.textContent).toBe("oFARnenitwo!");
    exchange([left, right], dice);
    expect(left.editor.view.state.doc.eq(right.editor.view.state.doc)).toBe(true);
  });

  it("composing in an empty story keeps its element; the paragraph gets its id afterwards", async () => {
    const peer = sit("a", story());
    const block = peer.editor.view.nodeDOM(0);
    compose(peer, "compositionstart");
    type(peer, "n", 1);
    expect(peer.editor.view.nodeDOM(0)).toBe(block);
    compose(peer, "compositionend");
    await wait(150);

    expect(words(peer)).toEqual(["n"]);
    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
  });

  it("long composing is written before it ends, and leaving in the middle loses nothing", async () => {
    const base = story(paragraph("a", "one"));
    const [left, right] = [sit("l", base), sit("r", base)];
    compose(right, "compositionstart");
    type(right, "ni", 4);
    type(left, "X", 1);
    exchange([left, right], dice);
    await wait(1100);
    expect(bodyOf(right.ydoc).toString()).toBe("Xoneni");
    type(right, "hao", 6);
    right.editor.destroy();

    expect(bodyOf(right.ydoc).toString()).toBe("Xonenihao");
  });

  it("others may delete around the composed words", async () => {
    const base = story(paragraph("a", "one two three"));
    const [left, right] = [sit("l", base), sit("r", base)];
    compose(right, "compositionstart");
    type(right, "NEW", 6);
    left.editor.view.dispatch(left.editor.view.state.tr.delete(2, 10));
    exchange([left, right], dice);
    compose(right, "compositionend");
    await wait(150);
    exchange([left, right], dice);

    expect(right.editor.view.state.doc.textContent).toBe("oNEWhree");
    expect(left.editor.view.state.doc.eq(right.editor.view.state.doc)).toBe(true);
  });
});
