import { describe, expect, it } from "vitest";
import { statusOf } from "../../app/StatusPill";
import type { ArrivalCard, ArrivalsCard, SyncCard } from "../../border/generated";
import { speak } from "../../words";
import { adviceWords, type Piece, piecesOf, pieceWords } from "./pieces";
import { allWords, itemsWords, mbit, span } from "./words";

/** Five in the afternoon in Beijing, today. */
const FIVE = new Date(new Date().toISOString().slice(0, 10)).getTime() + 9 * 3_600_000;
const MINUTE = 60_000;
const SIX = FIVE + 60 * MINUTE;

const film = (facts: Partial<ArrivalCard>): ArrivalCard => ({
  blob: "d".repeat(64) as ArrivalCard["blob"],
  clip: "7".repeat(32) as ArrivalCard["clip"],
  story: null,
  title: "film.mov",
  what: "original",
  whereabouts: { at: "waiting", items: 1, bytes: 61e8 },
  left: 61e8,
  isUrgent: false,
  arrives: null,
  lateMs: null,
  proposals: [],
  ...facts,
});
const piece = (arrival: ArrivalCard, facts: Partial<Piece> = {}): Piece => ({
  key: "1",
  what: arrival.what,
  title: arrival.title,
  clip: arrival.clip,
  goal: null,
  isUrgent: arrival.isUrgent,
  whereabouts: arrival.whereabouts,
  arrival,
  state: "busy",
  isMeasured: true,
  bulletin: null,
  ...facts,
});

describe("a cut that the pool makes itself", () => {
  it("is said to be made there, whatever the line is like", () => {
    const made = film({ whereabouts: { at: "making" } });
    speak("en");
    for (const state of ["busy", "offline"]) {
      expect(pieceWords(piece(made, { state }), FIVE)).toEqual({
        plain: "the pool is making this cut from the originals it holds, nothing to send",
        warn: "",
      });
    }
    speak("zh-CN");
    expect(pieceWords(piece(made)).plain).toBe("稿库正用已有的原片自己剪出这条，不用上传");
  });
});

describe("what misses the bulletin", () => {
  const late = film({
    lateMs: 40 * MINUTE,
    proposals: [{ kind: "smaller", bits: 4e6, bytes: 21e7, arrives: SIX - 29 * MINUTE }],
  });

  it("is told by how much, with the version that does not miss it", () => {
    speak("en");
    expect(adviceWords(late, SIX, "busy")).toMatch(
      /^The full file misses .*18:00 by 40 minutes; the 4 Mbit\/s version \(about 210 MB\) arrives at .*17:31/,
    );
    speak("zh-CN");
    expect(adviceWords(late, SIX, "busy")).toMatch(/^全片赶不上 .*18:00，差 40 分钟；4 Mbit\/s 版.*17:31 到/);
  });

  it("promises nothing while there is no line, and sends to the stick when nothing else helps", () => {
    speak("en");
    const words = adviceWords({ ...late, proposals: [{ kind: "carry" }] }, SIX, "offline");

    expect(words).toContain("Even on line now");
    expect(words).toContain("make a parcel and carry it");
  });

  it("is kept back by the person's own settings, and that is said", () => {
    speak("en");
    const held = film({ proposals: [{ kind: "send-now", arrives: FIVE + MINUTE }] });

    expect(adviceWords(held, SIX, "busy")).toMatch(/^Kept back by your settings.*sent now, it arrives at/);
    expect(adviceWords(film({ arrives: FIVE }), SIX, "busy")).toBe("");
  });
});

describe("a piece that waits", () => {
  it("is told by the clock on line, by its length without a line, and not at all before anything is known", () => {
    speak("en");
    const told = (facts: Partial<Piece>, arrives: number | null) =>
      pieceWords(piece(film({ arrives }), facts), FIVE).plain;

    expect(told({}, FIVE + 31 * MINUTE)).toBe("arrives about 17:31");
    expect(told({ state: "offline" }, FIVE + 6 * MINUTE)).toBe(
      "arrives about 6 minutes after the network is back",
    );
    expect(told({}, null)).toContain("kept back by your settings");
    expect(told({ isMeasured: false }, null)).toBe("");
  });

  it("stands once in the list, whoever tells of it", () => {
    const item = (what: string, at: SyncCard["items"][number]["whereabouts"]) => ({
      title: what,
      what,
      story: null,
      whereabouts: at,
    });
    const card = {
      state: "busy",
      items: [
        item("text", { at: "waiting", items: 1, bytes: 5 }),
        item("original", { at: "waiting", items: 1, bytes: 5 }),
        item("original", { at: "needs-you", code: "sync.blob-failed" }),
        item("text", { at: "pooled", since: FIVE }),
      ],
    } as SyncCard;
    const arrivals = { rate: null, items: [film({})] } as unknown as ArrivalsCard;

    const found = piecesOf(card, arrivals);

    expect([found.needs.length, found.moving.length, found.waiting.length, found.done.length]).toEqual([
      1, 0, 2, 1,
    ]);
  });
});

it("speeds and stretches of time are told in round figures", () => {
  speak("en");
  expect([mbit(64_000), mbit(4e6), mbit(1_540_000), mbit(94e6)]).toEqual([
    "64 kbit/s",
    "4 Mbit/s",
    "1.5 Mbit/s",
    "94 Mbit/s",
  ]);
  expect([10, 40 * MINUTE, 120 * MINUTE, 95 * MINUTE].map(span)).toEqual([
    "1 minute",
    "40 minutes",
    "2 h",
    "1 h 35 min",
  ]);
  const none = { rate: 5, all: null } as ArrivalsCard;
  const two = { state: "busy", itemsWaiting: 2, itemsMaking: 0, bytesWaiting: 3e6 } as SyncCard;
  expect(allWords(two, none)).toContain("kept back by your settings");
});

it("tells what has to travel apart from what the pool makes itself", () => {
  speak("en");
  const soon = { rate: 5, all: FIVE } as ArrivalsCard;
  const card = (itemsWaiting: number, itemsMaking: number) =>
    ({ state: "busy", itemsWaiting, itemsMaking, bytesWaiting: itemsWaiting * 15e5 }) as SyncCard;
  const told = (one: SyncCard) => [itemsWords(one), allWords(one, soon, FIVE), statusOf(one).words];

  expect(told({ ...card(0, 0), state: "idle", lastAnswer: null } as SyncCard).slice(0, 2)).toEqual([
    "None",
    "No clips wait",
  ]);
  expect(told({ ...card(0, 1), state: "idle", trouble: null } as SyncCard)).toEqual([
    "1 clip made by the pool",
    "As soon as the pool has made it",
    "The pool is making 1 clip",
  ]);
  expect(told({ ...card(2, 1), trouble: null } as SyncCard)[0]).toBe(
    "2 clips, 3 MB · 1 clip made by the pool",
  );
});
