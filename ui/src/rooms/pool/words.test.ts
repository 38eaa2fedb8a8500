import { describe, expect, it } from "vitest";
import type { SyncLogLine } from "../../border/generated";
import { speak } from "../../words";
import { folded, logWords } from "./words";

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
