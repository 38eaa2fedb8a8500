/** The window and the shell know the same commands, by name and argument. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SHELL = join(import.meta.dirname, "../../src-tauri/src/commands");
/** Arguments that Tauri hands in by itself. */
const GIVEN = /State<|WebviewWindow|AppHandle/;

/** As Tauri hands an argument over. */
const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function inRust(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(SHELL).filter((name) => name.endsWith(".rs"))) {
    const source = readFileSync(join(SHELL, file), "utf8");
    for (const hit of source.matchAll(
      /#\[tauri::command[^\]]*\]\s*pub (?:async )?fn (\w+)\(([^{]*?)\) ->/g,
    )) {
      const args = (hit[2] ?? "")
        .split(/,(?![^<]*>)/)
        .filter((arg) => arg.includes(":") && !GIVEN.test(arg))
        .map((arg) => camel((arg.split(":")[0] ?? "").trim()));
      found.set(hit[1] ?? "", args.toSorted());
    }
  }
  return found;
}

function inWindow(): Map<string, string[]> {
  const source = readFileSync(join(import.meta.dirname, "../src/border/commands.ts"), "utf8");
  const found = new Map<string, string[]>();
  for (const hit of source.matchAll(/call<[^(]*>\(\s*"(\w+)"(?:,\s*\{([^}]*)\})?/g)) {
    const args = (hit[2] ?? "")
      .split(",")
      .map((arg) => arg.trim())
      .filter(Boolean);
    const spread: Record<string, string[]> = {
      "...comment": ["kind", "quote", "text", "answers"],
      "...answer": ["released", "url", "reason"],
    };
    found.set(hit[1] ?? "", args.flatMap((arg) => spread[arg] ?? [arg]).toSorted());
  }
  return found;
}

it("every command of the window exists in the shell with the same arguments, and the reverse", () => {
  expect(Object.fromEntries(inWindow())).toEqual(Object.fromEntries(inRust()));
});
