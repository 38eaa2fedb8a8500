import { describe, expect, it } from "vitest";
import type { NearbyPeer, ParcelReport, StoryId, SyncLogLine } from "../../border/generated";
import { speak } from "../../words";
import { folded, logWords, nearbyWords, parcelWords } from "./words";

const line = (code: string, params: Record<string, string> = {}): SyncLogLine => ({
  at: 1,
  level: "info",
  code,
  params,
});

describe("the log of the exchange", () => {
  it("tells files that travelled one after the other together, with their size", () => {
    speak("en");
    const pooled = (bytes: string) => line("sync.blob-pooled", { bytes });

    const shown = folded([pooled("1000000"), pooled("2000000"), line("sync.reached"), pooled("500")]);

    expect(shown.map(logWords)).toEqual([
      "2 clip files are in the pool, 3 MB.",
      expect.stringContaining("pool"),
      "1 clip file is in the pool, 500 B.",
    ]);
  });

  it("speaks of a failure in the failure's own words", () => {
    speak("en");

    expect(folded([line("sync.unreachable")]).map(logWords)[0]).toContain("cannot be reached");
  });
});

describe("a laptop nearby", () => {
  const peer = (facts: Partial<NearbyPeer>): NearbyPeer => ({
    device: "d" as NearbyPeer["device"],
    name: "Zhou",
    last: 1,
    records: 0,
    clips: 0,
    bytes: 0,
    gaveRecords: 0,
    gaveClips: 0,
    ...facts,
  });

  it("says what crossed, and never that anything is in the pool", () => {
    speak("en");
    const words = nearbyWords(peer({ records: 18, clips: 9, bytes: 1_500_000, gaveRecords: 2 }));

    expect(words).toEqual([
      "Received. Records: 18, clip files: 9 (1.5 MB).",
      "Given. Records: 2, clip files: 0.",
    ]);
    expect(nearbyWords(peer({}))).toEqual(["Both have the same."]);
    expect(words.join(" ")).not.toContain("pool");
  });

  it("stands in the log with one line for the files that came from one person", () => {
    speak("en");
    const clip = (name: string) => line("nearby.clip", { name, bytes: "1000" });

    expect(folded([clip("Zhou"), clip("Zhou"), clip("Lin")]).map(logWords)).toEqual([
      "Received 2 clip files from Zhou's computer, 2 KB.",
      "Received 1 clip file from Lin's computer, 1 KB.",
    ]);
  });
});

describe("what became of a parcel", () => {
  const report = (facts: Partial<ParcelReport>): ParcelReport => ({
    way: "taken",
    folder: "",
    records: 0,
    clips: 0,
    bytes: 0,
    receipts: 0,
    pooledRecords: 0,
    pooledClips: 0,
    rejected: 0,
    waiting: 0,
    joined: false,
    reviews: [],
    verdicts: [],
    papers: [],
    troubles: [],
    ...facts,
  });

  it("never calls a parcel that was made in the pool", () => {
    speak("en");
    const words = parcelWords(
      report({ way: "made", folder: "satchel-1", records: 12, clips: 3, bytes: 4e6 }),
    );

    expect(words[0]).toContain("Records: 12, clip files: 3, 4 MB");
    expect(words[1]).toContain("still counts as waiting");
  });

  it("says by a receipt what is in the pool, and nothing that did not happen", () => {
    speak("zh-CN");

    expect(parcelWords(report({ receipts: 1, pooledRecords: 12, pooledClips: 3 }))).toEqual([
      "稿库回执：记录 12 条、素材 3 件已入库。",
    ]);
    expect(parcelWords(report({ waiting: 1 }))).toHaveLength(1);
  });

  it("says of a slip's verdict that the pool has yet to judge it", () => {
    speak("en");
    const verdict = {
      story: "s" as StoryId,
      headline: "A road",
      act: "pass",
      byName: "Li",
      verdict: "proposed",
    };

    const words = parcelWords(report({ verdicts: [verdict] }));

    expect(words).toEqual([
      "Li has reviewed “A road”: passed.",
      expect.stringContaining("once the pool has judged"),
    ]);
  });

  it("warns that a sheet for signing on paper can be read by anybody", () => {
    speak("en");

    expect(parcelWords(report({ way: "review", papers: ["a.html"] }))).toEqual([
      expect.stringContaining("not encrypted"),
    ]);
  });
});
