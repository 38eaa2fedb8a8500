// @vitest-environment jsdom

import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { bindField } from "./field";

type Side = {
  readonly ydoc: Y.Doc;
  readonly input: HTMLInputElement;
  readonly field: ReturnType<typeof bindField>;
};

function side(from?: Y.Doc): Side {
  const ydoc = new Y.Doc({ gc: false });
  if (from !== undefined) Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(from));
  const input = document.createElement("input");
  document.body.append(input);
  return { ydoc, input, field: bindField(ydoc.getText("headline"), input) };
}

function type({ input }: Side, value: string, caret = value.length): void {
  input.value = value;
  input.setSelectionRange(caret, caret);
  input.dispatchEvent(new Event("input"));
}

function meet(a: Side, b: Side): void {
  const [left, right] = [Y.encodeStateAsUpdate(a.ydoc), Y.encodeStateAsUpdate(b.ydoc)];
  Y.applyUpdate(a.ydoc, right);
  Y.applyUpdate(b.ydoc, left);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("a bound field", () => {
  it("binding writes nothing; typing writes the smallest change", () => {
    const one = side();
    let bytes = 0;
    one.ydoc.on("update", (update: Uint8Array) => {
      bytes += update.length;
    });
    expect(bytes).toBe(0);
    type(one, "a long headline that was pasted");
    bytes = 0;
    type(one, "a long headline that was typed");

    expect(one.ydoc.getText("headline").toString()).toBe("a long headline that was typed");
    expect(bytes).toBeLessThan(40);
  });

  it("two people write in one headline; nothing is lost and the caret stays", () => {
    const one = side();
    type(one, "flood");
    const two = side(one.ydoc);
    one.input.focus();
    type(one, "flood rises", 8);
    type(two, "big flood");
    meet(one, two);

    expect(one.input.value).toBe("big flood rises");
    expect(two.input.value).toBe("big flood rises");
    expect(one.input.selectionStart, "still behind the same letter").toBe(12);
  });

  it("while composing the input is left alone; afterwards both are there", async () => {
    const one = side();
    type(one, "one");
    const two = side(one.ydoc);
    one.input.dispatchEvent(new Event("compositionstart"));
    type(one, "onen");
    type(two, "big one");
    meet(one, two);
    expect(one.input.value).toBe("onen");
    one.input.dispatchEvent(new Event("compositionend"));
    type(one, "onenihao");
    one.input.dispatchEvent(new Event("compositionend"));
    expect(one.input.value).toBe("onenihao");
    await wait(100);
    expect(one.input.value).toBe("big onenihao");
    meet(one, two);
    expect(two.input.value).toBe("big onenihao");
  });

  it("a line end becomes a space, and undo knows only this field", () => {
    const one = side();
    type(one, "a");
    const area = document.createElement("textarea");
    const field = bindField(one.ydoc.getText("deck"), area);
    area.value = "two\n lines";
    area.dispatchEvent(new Event("input"));
    expect(one.ydoc.getText("deck").toString()).toBe("two lines");
    field.undo();
    expect(area.value).toBe("");
    expect(one.ydoc.getText("headline").toString()).toBe("a");
    field.redo();
    expect(area.value).toBe("two lines");
    field.destroy();
    field.destroy();
  });

  it("an embed of a newer program is carried through", () => {
    const one = side();
    one.ydoc.getText("headline").insertEmbed(0, { newer: 1 });
    type(one, `${one.input.value}words`);

    expect(one.ydoc.getText("headline").toDelta()).toEqual([{ insert: { newer: 1 } }, { insert: "words" }]);
  });
});
