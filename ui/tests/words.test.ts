import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { books } from "../src/words";

const ROOT = join(import.meta.dirname, "..");
const HAN = /[\u3400-\u9fff]/;

function filesUnder(folder: string, ends: RegExp): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "node_modules" || name === "target") return [];
    return statSync(path).isDirectory() ? filesUnder(path, ends) : ends.test(name) ? [path] : [];
  });
}

const keysOf = (language: "zh-CN" | "en") =>
  Object.entries(books[language]).flatMap(([room, book]) => Object.keys(book).map((key) => `${room}:${key}`));

describe("the words", () => {
  it("have the same keys in both languages", () => {
    expect(keysOf("en").toSorted()).toEqual(keysOf("zh-CN").toSorted());
  });

  it("are never empty and take the same values in both languages", () => {
    const values = (words: string) => [...words.matchAll(/\{\{(\w+)\}\}/g)].map((hit) => hit[1]).toSorted();
    for (const [room, book] of Object.entries(books["zh-CN"])) {
      for (const [key, words] of Object.entries(book)) {
        const english = books.en[room]?.[key] ?? "";
        expect(words.trim(), `${room}:${key}`).not.toBe("");
        expect(english.trim(), `${room}:${key}`).not.toBe("");
        expect(values(english), `${room}:${key}`).toEqual(values(words));
      }
    }
  });

  it("have an entry for every failure that the core can tell", () => {
    const crates = [join(ROOT, "../crates"), join(ROOT, "../src-tauri/src")];
    const sources = crates.flatMap((folder) => filesUnder(folder, /\.rs$/));
    const told = new Set(
      sources
        .filter((path) => !/[/\\]tests[/\\]/.test(path))
        .map((path) => readFileSync(path, "utf8"))
        .filter((source) => source.includes("fn code("))
        .flatMap((source) => [...source.matchAll(/=> "([a-z]+\.[a-z0-9-]+)"/g)].map((hit) => hit[1] ?? "")),
    );
    const missing = [...told].filter((code) => !(code in (books["zh-CN"].failures ?? {})));
    expect(missing.toSorted()).toEqual([]);
  });

  it("have an entry for every finding of the checks", () => {
    const sources = filesUnder(join(ROOT, "../crates/checks/src"), /\.rs$/).map((path) =>
      readFileSync(path, "utf8"),
    );
    const codes = sources.flatMap((source) =>
      [...source.matchAll(/Finding::(?:must|should|info)\(\s*"([a-z.-]+)"/g)].map((hit) => hit[1] ?? ""),
    );
    const missing = [...new Set(codes)].filter((code) => !(code in (books["zh-CN"].findings ?? {})));
    expect(missing.toSorted()).toEqual([]);
  });

  it("name every stage of a job and every step of a release", () => {
    const sources = filesUnder(join(ROOT, "../crates"), /\.rs$/)
      .filter((path) => !/[/\\](tests|testkit)[/\\]/.test(path))
      .map((path) => readFileSync(path, "utf8"));
    const found = (pattern: RegExp) =>
      sources.flatMap((source) => [...source.matchAll(pattern)].map((hit) => hit[1] ?? ""));
    const stages = found(/gauge\.enter\("([a-z-]+)"\)/g);
    const steps = [
      ...found(/Step::(?:quiet|publishing)\("([a-z-]+)"\)/g),
      ...found(/const PUBLISH: &str = "([a-z-]+)"/g),
      ...found(/format!\("([a-z]+)-\{:02\}", index \+ 1\)/g),
    ];
    expect(stages.length).toBeGreaterThan(5);
    expect(steps.length).toBeGreaterThan(5);
    const missing = [
      ...stages.filter((one) => !(`stage.${one}` in (books["zh-CN"].app ?? {}))),
      ...steps.filter((one) => !(`step.${one}` in (books["zh-CN"].push ?? {}))),
    ];
    expect(missing).toEqual([]);
  });

  it("exist for every key that the window asks for by name", () => {
    const known = new Set(keysOf("zh-CN").map((key) => key.replace(/_(one|other)$/, "")));
    const sources = filesUnder(join(ROOT, "src"), /(?<!\.test)\.tsx?$/);
    const asked = sources.flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/\bt\(\s*"([a-z]+:[^"]+)"/g)].map((hit) => hit[1] ?? ""),
    );
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
  });

  it("stand in the word files only", () => {
    const sources = filesUnder(join(ROOT, "src"), /(?<!\.test)\.tsx?$/).filter(
      (path) => !path.includes("testing"),
    );
    const offenders = sources.filter((path) => {
      const code = readFileSync(path, "utf8")
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/\/\/.*$/gm, "");
      return HAN.test(code);
    });
    expect(offenders).toEqual([]);
  });

  it("come to people from a real core only: the product never imports the one of the tests", () => {
    const product = filesUnder(join(ROOT, "src"), /(?<!\.test)\.tsx?$/).filter(
      (path) => !/[/\\]fake\w*\.ts$/.test(path),
    );
    const users = product.filter((path) =>
      /from "[^"]*(fake|fakeCards|gallery)[^"]*"/.test(readFileSync(path, "utf8")),
    );
    expect(users).toEqual([]);
  });

  it("leave the border alone: only two files know Tauri", () => {
    const sources = filesUnder(join(ROOT, "src"), /\.tsx?$/);
    const users = sources.filter((path) => readFileSync(path, "utf8").includes("@tauri-apps/"));
    expect(users.map((path) => path.split(/[/\\]/).at(-1)).toSorted()).toEqual(["call.ts", "events.ts"]);
  });
});
