// @vitest-environment jsdom

import { NodeSelection, TextSelection } from "@tiptap/pm/state";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { FlatBlock } from "./flat";
import { blocksOf, bodyOf, flatToDoc, readFlat } from "./flat";
import { openSession } from "./session";
import type { Peer } from "./testing";
import { editorOn, exchange, firstUpdate, press, randomFrom, seat, setting, truth } from "./testing";
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

function figureBlock(id: string): FlatBlock {
  return {
    kind: "atom",
    id,
    props: {
      t: "fig",
      clip: "c1",
      blob: "ff",
      kind: "picture",
      w: 1,
      h: 1,
      caption: "cap",
      credit: "",
      alt: "",
    },
  };
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

const ids = (peer: Peer): (string | null)[] => readFlat(peer.ydoc).map((block) => block.id);
const words = (peer: Peer): string[] =>
  readFlat(peer.ydoc).map((block) =>
    block.kind === "text" ? block.runs.map((run) => ("text" in run ? run.text : "*")).join("") : "#",
  );
const dice = randomFrom(1);

describe("opening", () => {
  it("an empty story shows one paragraph and nothing is written", async () => {
    const ydoc = openSession([]);
    const before = Y.encodeStateAsUpdate(ydoc);
    const { editor, close } = editorOn(ydoc);
    editor.focus();
    await wait(120);
    editor.setEditable(false);
    editor.setEditable(true);
    close();

    expect(editor.view.state.doc.childCount).toBe(1);
    expect(Y.encodeStateAsUpdate(ydoc)).toEqual(before);
  });

  it("opening, idling and leaving writes nothing into any story, formats and newer things included", async () => {
    for (let seed = 1; seed <= setting("OPENINGS", 25); seed++) {
      const random = randomFrom(seed);
      const base = firstUpdate(random, 10);
      const peers = ["a", "b", "c"].map((name) => seat(name, random, [base]));
      for (const peer of peers)
        for (let i = 0; i < 3; i++) type(peer, `w${i}`, peer.editor.view.state.doc.resolve(2).start());
      for (const peer of peers)
        peer.editor.view.dispatch(
          peer.editor.view.state.tr.addMark(1, 6, peer.editor.view.state.schema.mark("bold")),
        );
      const updates = [base, ...peers.flatMap((peer) => peer.updates)];
      for (const peer of peers) peer.close();

      const ydoc = openSession([]);
      let written = 0;
      ydoc.on("update", (_update: Uint8Array, origin: unknown) => {
        if (origin !== "sync") written++;
      });
      const { close } = editorOn(ydoc);
      for (const update of updates) Y.applyUpdate(ydoc, update, "sync");
      if (seed % 5 === 0) await wait(70);
      close();

      expect(written, `seed ${seed}`).toBe(0);
    }
  }, 120_000);

  it("words without a block end show as a paragraph and stay as they are until they are edited", () => {
    const ydoc = new Y.Doc({ gc: false });
    bodyOf(ydoc).insert(0, "orphan");
    writeFlat(ydoc, [figureBlock("f"), paragraph("p", "next")]);
    const base = Y.encodeStateAsUpdate(ydoc);
    const peer = sit("a", base);

    expect(ids(peer)).toEqual([null, "f", "p"]);
    expect(peer.updates).toEqual([]);

    type(peer, "!", peer.editor.view.state.doc.content.size - 1);
    expect(ids(peer), "an edit elsewhere repairs nothing").toEqual([null, "f", "p"]);

    type(peer, "!", 3);
    expect(ids(peer)[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(words(peer)).toEqual(["or!phan", "#", "next!"]);
    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
  });
});

describe("typing", () => {
  it("the first letter in an empty story makes one paragraph", () => {
    const peer = sit("a", story());
    type(peer, "x", 1);

    expect(readFlat(peer.ydoc)).toEqual([
      {
        kind: "text",
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        props: { t: "p" },
        runs: [{ text: "x", marks: {} }],
      },
    ]);
    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
  });

  it("a split in the middle gives the head a fresh id; the tail keeps the old one", () => {
    const peer = sit("a", story(paragraph("p", "headtail")));
    caretAt(peer, 5);
    press(peer, "Enter");

    expect(words(peer)).toEqual(["head", "tail"]);
    expect(ids(peer)[1]).toBe("p");
  });

  it("Enter behind the last word leaves the words their id", () => {
    const peer = sit(
      "a",
      story({ kind: "text", id: "h", props: { t: "h", level: 2 }, runs: [{ text: "head", marks: {} }] }),
    );
    caretAt(peer, 5);
    press(peer, "Enter");

    expect(ids(peer)[0]).toBe("h");
    expect(readFlat(peer.ydoc).map((block) => block.props)).toEqual([{ t: "h", level: 2 }, { t: "p" }]);
  });

  it("one letter costs a few bytes", () => {
    const peer = sit("a", story(paragraph("p", "words")));
    type(peer, "x", 3);

    expect(peer.updates.length).toBe(1);
    expect(peer.updates[0]?.length ?? 0).toBeLessThan(40);
  });

  it("removing the words behind a link leaves the rest unlinked, however the document was loaded", () => {
    const runs = ["one", "LINK", "two three"].map((text) => ({
      text,
      marks: text === "LINK" ? { link: { href: "https://a.b/" } } : {},
    }));
    const ydoc = new Y.Doc({ gc: false });
    Y.applyUpdate(ydoc, story({ kind: "text", id: "p", props: { t: "p" }, runs }, paragraph("q", "next")));
    const { editor, close } = editorOn(ydoc);
    closing.push(close);
    editor.view.dispatch(editor.view.state.tr.insertText("!", 10));
    editor.view.dispatch(editor.view.state.tr.delete(8, 12));

    expect(readFlat(ydoc)[0]).toMatchObject({ runs: [runs[0], runs[1], { text: " three", marks: {} }] });
    expect(flatToDoc(readFlat(ydoc)).eq(editor.view.state.doc)).toBe(true);
  });

  it("half a character is never written", () => {
    const peer = sit("a", story(paragraph("p", "a\u{20000}b")));
    peer.editor.view.dispatch(peer.editor.view.state.tr.delete(2, 3));

    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
    expect(words(peer)).toEqual(["a\uFFFDb"]);
  });
});

describe("meeting", () => {
  it("a paragraph removed by one while another types in it keeps the new words", () => {
    const base = story(paragraph("a", "one"), paragraph("b", "two"), paragraph("c", "three"));
    const [left, right] = [sit("l", base), sit("r", base)];
    left.editor.view.dispatch(left.editor.view.state.tr.delete(5, 10));
    type(right, "NEW", 7);
    exchange([left, right], dice);

    expect(left.editor.view.state.doc.textContent).toContain("NEW");
    expect(left.editor.view.state.doc.eq(right.editor.view.state.doc)).toBe(true);
  });

  it("joining, retyping and typing at once lose nothing", () => {
    const base = story(paragraph("a", "one"), paragraph("b", "two"));
    const [left, right] = [sit("l", base), sit("r", base)];
    left.editor.view.dispatch(left.editor.view.state.tr.join(5));
    caretAt(right, 7);
    right.editor.setBlock({ type: "heading", level: 2 });
    type(right, "NEW", 7);
    exchange([left, right], dice);

    expect(left.editor.view.state.doc.textContent).toBe("onetNEWwo");
    expect(left.editor.view.state.doc.eq(right.editor.view.state.doc)).toBe(true);
  });

  it("the caret stays with its words when others write before it", () => {
    const base = story(paragraph("a", "one"), paragraph("b", "two"));
    const [left, right] = [sit("l", base), sit("r", base)];
    caretAt(right, 8);
    type(left, "MORE", 1);
    caretAt(left, 3);
    press(left, "Enter");
    exchange([left, right], dice);

    const { $from } = right.editor.view.state.selection;
    expect($from.parent.textContent).toBe("two");
    expect($from.parentOffset).toBe(2);
  });

  it("a moved figure keeps what somebody else writes in its caption meanwhile", () => {
    const base = story(figureBlock("f"), paragraph("a", "one"), paragraph("b", "two"));
    const [left, right] = [sit("l", base), sit("r", base)];
    const { state } = left.editor.view;
    const node = state.doc.child(0);
    left.editor.view.dispatch(state.tr.delete(0, 1));
    left.editor.view.dispatch(
      left.editor.view.state.tr.insert(left.editor.view.state.doc.content.size, node),
    );
    right.editor.view.dispatch(right.editor.view.state.tr.setNodeAttribute(0, "caption", "cap and more"));
    exchange([left, right], dice);

    for (const peer of [left, right]) {
      expect(peer.editor.view.state.doc.lastChild?.attrs).toMatchObject({ id: "f", caption: "cap and more" });
      expect(peer.editor.view.state.doc.childCount).toBe(3);
    }
  });

  it("undo takes back only what this person did", () => {
    const base = story(paragraph("a", "one"));
    const [left, right] = [sit("l", base), sit("r", base)];
    type(left, "L", 1);
    type(right, "R", 4);
    exchange([left, right], dice);
    left.editor.undo();

    expect(left.editor.view.state.doc.textContent).toBe("oneR");
    left.editor.redo();
    expect(left.editor.view.state.doc.textContent).toBe("LoneR");
    expect(left.editor.snapshot().canUndo).toBe(true);
  });

  it("a block that stands twice after two undos reads the same at both places", () => {
    const ydoc = new Y.Doc({ gc: false });
    writeFlat(ydoc, [paragraph("x", "one"), paragraph("x", "two")]);
    const peer = sit("a", Y.encodeStateAsUpdate(ydoc));
    caretAt(peer, 2);
    peer.editor.setBlock({ type: "quote" });

    expect(peer.editor.view.state.doc.child(0).type.name).toBe("quote");
    expect(peer.editor.view.state.doc.child(1).type.name).toBe("quote");
  });
});

describe("newer things", () => {
  const newer: FlatBlock[] = [
    {
      kind: "text",
      id: "n",
      props: { t: "verse", metre: 1.5, deep: { a: [1, null, "x"] } },
      runs: [
        { text: "sung ", marks: { glow: { hue: 3 }, "ins:1": true, bold: true } },
        { embed: { spark: "y", n: 2 }, marks: { glow: { hue: 3 } } },
        { text: " words", marks: {} },
      ],
    },
    { kind: "atom", id: "m", props: { t: "map", lat: 30.25, pins: ["a"] } },
    paragraph("p", "plain"),
  ];

  it("are carried through three hops of editing untouched", () => {
    let base = story(...newer);
    for (const name of ["a", "b", "c"]) {
      const peer = sit(name, base);
      type(peer, name, peer.editor.view.state.doc.content.size - 1);
      type(peer, name, 3);
      const { doc } = peer.editor.view.state;
      expect(doc.child(0).type.name).toBe("unknownBlock");
      expect(doc.child(1).type.name).toBe("unknownAtom");
      base = Y.encodeStateAsUpdate(peer.ydoc);
    }
    const last = readFlat(sit("d", base).ydoc);

    expect(last[0]?.props).toEqual(newer[0]?.props);
    expect(last[0]).toMatchObject({
      runs: [
        { text: "sucbang ", marks: { glow: { hue: 3 }, "ins:1": true, bold: true } },
        { embed: { spark: "y", n: 2 }, marks: { glow: { hue: 3 } } },
        { text: " words", marks: {} },
      ],
    });
    expect(last[1]).toEqual(newer[1]);
    expect(last[2]).toMatchObject({ runs: [{ text: "plainabc" }] });
  });

  it("properties of known blocks that this program does not know stay when the block changes its type", () => {
    const peer = sit(
      "a",
      story({ kind: "text", id: "p", props: { t: "p", tint: "red" }, runs: [{ text: "x", marks: {} }] }),
    );
    caretAt(peer, 1);
    peer.editor.setBlock({ type: "heading", level: 1 });

    expect(readFlat(peer.ydoc)[0]?.props).toEqual({ t: "h", level: 1, tint: "red" });
  });

  it("a paragraph joined to a block of a newer program shows all that its properties hold", () => {
    const peer = sit(
      "a",
      story(
        { kind: "text", id: "n", props: { t: "verse" }, runs: [{ text: "a", marks: {} }] },
        { kind: "text", id: "p", props: { t: "p", depth: 1 }, runs: [{ text: "b", marks: {} }] },
      ),
    );
    peer.editor.view.dispatch(peer.editor.view.state.tr.join(3));

    expect(peer.editor.view.state.doc.eq(truth(peer))).toBe(true);
    expect(readFlat(peer.ydoc)).toMatchObject([{ id: "p", props: { t: "verse", depth: 1 } }]);
  });

  it("two unknown marks with different names lie on the same words", () => {
    const peer = sit("a", story(...newer));
    const names = peer.editor.view.state.doc
      .child(0)
      .firstChild?.marks.map((mark) => mark.attrs.name ?? mark.type.name);

    expect(names).toEqual(["bold", "glow", "ins:1"]);
  });
});

describe("figures and tables", () => {
  it("a figure has its shared texts from the start, and its inputs write into them", () => {
    const peer = sit("a", story(paragraph("p", "one")));
    caretAt(peer, 4);
    peer.editor.insertFigure({ clip: "c", blob: "b", kind: "picture", w: 3, h: 2, caption: "first" });
    const id = ids(peer)[1] ?? "";
    const caption = peer.editor.binding.textOf(id, "caption");
    const input = peer.editor.view.dom.querySelector(".story-figure-caption");
    if (!(input instanceof HTMLInputElement)) throw new TypeError("no input");
    expect(input.getAttribute("aria-label")).toBe("figure.caption");
    input.value = "first and last";
    input.dispatchEvent(new Event("input", { bubbles: true }));

    expect(caption).toBeInstanceOf(Y.Text);
    expect(caption?.toString()).toBe("first and last");
    expect(peer.editor.view.state.doc.child(1).attrs.caption).toBe("first and last");
    expect(readFlat(peer.ydoc)[1]?.props).toEqual({
      t: "fig",
      clip: "c",
      blob: "b",
      kind: "picture",
      w: 3,
      h: 2,
      caption: "first and last",
      credit: "",
      alt: "",
    });
    peer.editor.undo();
    expect(input.value).toBe("first");
  });

  it("two people write in one caption and in one table", () => {
    const table: FlatBlock = {
      kind: "atom",
      id: "t",
      props: {
        t: "table",
        rows: [
          ["a", "b"],
          ["c", "d"],
        ],
        caption: "",
      },
    };
    const base = story(figureBlock("f"), table, paragraph("p", ""));
    const [left, right] = [sit("l", base), sit("r", base)];
    left.editor.view.dispatch(left.editor.view.state.tr.setNodeAttribute(0, "caption", "my cap"));
    right.editor.view.dispatch(right.editor.view.state.tr.setNodeAttribute(0, "caption", "cap too"));
    left.editor.view.dispatch(
      left.editor.view.state.tr.setNodeAttribute(1, "rows", [
        ["aL", "b"],
        ["c", "d"],
      ]),
    );
    right.editor.view.dispatch(
      right.editor.view.state.tr.setNodeAttribute(1, "rows", [
        ["Ra", "b"],
        ["c", "dR"],
      ]),
    );
    exchange([left, right], dice);

    for (const peer of [left, right]) {
      expect(peer.editor.view.state.doc.child(0).attrs.caption).toBe("my cap too");
      expect(peer.editor.view.state.doc.child(1).attrs.rows).toEqual([
        ["RaL", "b"],
        ["c", "dR"],
      ]);
      const cells = [...peer.editor.view.dom.querySelectorAll("textarea")].map((cell) => cell.value);
      expect(cells).toEqual(["RaL", "b", "c", "dR"]);
    }
  });

  it("Enter on a figure makes a paragraph behind it", () => {
    const peer = sit("a", story(figureBlock("f")));
    peer.editor.view.dispatch(
      peer.editor.view.state.tr.setSelection(NodeSelection.create(peer.editor.view.state.doc, 0)),
    );
    press(peer, "Enter");
    peer.editor.insertText("x");

    expect(words(peer)).toEqual(["#", "x"]);
  });

  it("nothing can be changed where nothing may be changed", () => {
    const ydoc = openSession([story(figureBlock("f"), paragraph("p", "one"))]);
    const { editor, close } = editorOn(ydoc, false);
    closing.push(close);
    const before = Y.encodeStateAsUpdate(ydoc);

    expect(editor.insertText("x")).toBe(false);
    expect(editor.undo()).toBe(false);
    expect(editor.view.editable).toBe(false);
    expect([...editor.view.dom.querySelectorAll("input")].every((input) => input.readOnly)).toBe(true);
    editor.setEditable(true);
    expect([...editor.view.dom.querySelectorAll("input")].some((input) => input.readOnly)).toBe(false);
    expect(Y.encodeStateAsUpdate(ydoc)).toEqual(before);
  });
});

describe("lists", () => {
  it("go deeper and back, and end with Enter on an empty item", () => {
    const peer = sit("a", story(paragraph("p", "one")));
    caretAt(peer, 4);
    peer.editor.setBlock({ type: "listItem", list: "ol" });
    press(peer, "Enter");
    press(peer, "Tab");
    peer.editor.insertText("two");
    expect(readFlat(peer.ydoc).map((block) => block.props)).toEqual([
      { t: "li", list: "ol", depth: 0 },
      { t: "li", list: "ol", depth: 1 },
    ]);
    press(peer, "Enter");
    press(peer, "Enter");
    press(peer, "Enter");

    expect(readFlat(peer.ydoc).map((block) => block.props.t)).toEqual(["li", "li", "p"]);
    expect(blocksOf(peer.ydoc).size).toBeGreaterThan(0);
  });
});
