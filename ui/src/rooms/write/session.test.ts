import { describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import type { Failure, OpenStory, StoryId } from "../../border/generated";
import { type FlatBlock, readFlat, writeFlat } from "../../editor";
import { type Core, fromBase64, StorySession, toBase64 } from "./session";

const story = "0".repeat(32) as StoryId;
const full: Failure = { code: "store.full", params: {}, message: "disk full", remedy: "free-space" };

function desk() {
  const kept: string[] = [];
  const core: Core & { kept: string[]; broken: boolean; sealed: number } = {
    kept,
    broken: false,
    sealed: 0,
    openStory: async () => ({ updates: kept }) as unknown as OpenStory,
    keepUpdate: async (_story, _session, update) => {
      if (core.broken) throw full;
      kept.push(update);
      return { at: 1_795_000_000_000 };
    },
    sealStory: async () => {
      core.sealed += 1;
    },
  };
  return core;
}

const readBack = (updates: string[]) => {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, fromBase64(update));
  return doc.getText("headline").toString();
};

describe("a story session", () => {
  it("says saved only after the core answered", async () => {
    const core = desk();
    const session = new StorySession(story, core);

    session.doc.getText("headline").insert(0, "路通了");

    expect(session.fact.kind).toBe("saving");
    await session.settled();
    expect(session.fact).toEqual({ kind: "saved", at: 1_795_000_000_000 });
    expect(readBack(core.kept)).toBe("路通了");
  });

  it("sends keys typed within a batch as one update", async () => {
    const core = desk();
    const session = new StorySession(story, core);

    for (const letter of "abc") session.doc.getText("headline").insert(0, letter);
    await session.settled();

    expect(core.kept).toHaveLength(1);
  });

  it("keeps the words in memory when the disk refuses, and loses none when it works again", async () => {
    vi.useFakeTimers();
    const core = desk();
    const session = new StorySession(story, core);
    core.broken = true;

    session.doc.getText("headline").insert(0, "一");
    await vi.advanceTimersByTimeAsync(100);
    expect(session.fact).toEqual({ kind: "failing", failure: full });
    session.doc.getText("headline").insert(1, "二");
    core.broken = false;
    await vi.advanceTimersByTimeAsync(1_000);

    expect(session.fact.kind).toBe("saved");
    expect(readBack(core.kept)).toBe("一二");
    vi.useRealTimers();
  });

  it("does not send back what came from the core", async () => {
    const core = desk();
    const other = new Y.Doc();
    other.getText("headline").insert(0, "别人的字");
    core.kept.push(toBase64(Y.encodeStateAsUpdate(other)));
    const session = new StorySession(story, core);

    await session.receive();

    expect(session.doc.getText("headline").toString()).toBe("别人的字");
    expect(core.kept).toHaveLength(1);
    expect(session.fact).toEqual({ kind: "saved", at: null });
  });

  it("seals once for one stretch of writing", async () => {
    const core = desk();
    const session = new StorySession(story, core);

    session.doc.getText("headline").insert(0, "字");
    await session.seal();
    await session.seal();

    expect(core.sealed).toBe(1);
  });

  it("keeps and seals also what the editor hands over while it is taken down", async () => {
    const core = desk();
    const session = new StorySession(story, core);

    const closed = session.close();
    session.doc.getText("headline").insert(0, "末句");
    await closed;

    expect(readBack(core.kept)).toBe("末句");
    expect(core.sealed).toBe(1);
  });

  it("goes on trying after the room was left, until the disk takes the words", async () => {
    vi.useFakeTimers();
    const core = desk();
    const session = new StorySession(story, core);
    core.broken = true;
    session.doc.getText("headline").insert(0, "不丢");

    const closed = session.close();
    await vi.advanceTimersByTimeAsync(400);
    core.broken = false;
    await vi.advanceTimersByTimeAsync(3_000);
    await closed;

    expect(readBack(core.kept)).toBe("不丢");
    expect(core.sealed).toBe(1);
    vi.useRealTimers();
  });

  it("keeps aside a caption whose figure a colleague removed meanwhile, until a person decides", async () => {
    const figure: FlatBlock = {
      kind: "atom",
      id: "f1",
      props: { t: "fig", clip: "c", blob: "b", kind: "picture", caption: "", credit: "", alt: "" },
    };
    const first = new Y.Doc();
    writeFlat(first, [figure]);
    const core = desk();
    core.kept.push(toBase64(Y.encodeStateAsUpdate(first)));
    const session = new StorySession(story, core, core.kept);
    const colleague = new Y.Doc();
    Y.applyUpdate(colleague, Y.encodeStateAsUpdate(first));

    const block = session.doc.getMap<Y.Map<Y.Text>>("blocks").get("f1");
    block?.get("caption")?.insert(0, "快递员上山");
    await session.settled();
    colleague.getText("body").delete(0, 1);
    core.kept.push(toBase64(Y.encodeStateAsUpdate(colleague)));
    await session.receive();

    expect(readFlat(session.doc)).toEqual([]);
    expect(session.missing).toEqual([{ side: "mine", text: "快递员上山" }]);
    const again = new StorySession(story, core, core.kept);
    expect(again.missing, "it is still told when the story is opened again").toHaveLength(1);
    again.decided(again.missing[0] ?? { side: "mine", text: "" });
    expect(session.missing).toEqual([]);
  });

  it("says nothing when both sides' words stand in the merged text", async () => {
    const core = desk();
    const session = new StorySession(story, core);
    const colleague = new Y.Doc();
    session.doc.getText("headline").insert(0, "我的标题");
    colleague.getText("deck").insert(0, "同事的副题");
    core.kept.push(toBase64(Y.encodeStateAsUpdate(colleague)));

    await session.receive();

    expect(session.missing).toEqual([]);
  });
});
