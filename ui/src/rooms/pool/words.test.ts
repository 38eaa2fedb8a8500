import { describe, expect, it } from "vitest";
import type { ParcelReport, StoryId, SyncLogLine } from "../../border/generated";
import { speak } from "../../words";
import { folded, logWords, parcelWords } from "./words";

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
