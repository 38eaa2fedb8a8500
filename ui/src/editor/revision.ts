/** The canonical content of a story and its hash, to the byte as docs/FORMATS.md section 2 says. */
import { blake3 } from "@noble/hashes/blake3.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type * as Y from "yjs";
import type { FlatBlock, FlatRun } from "./flat";
import { FIELD_NAMES, readFlat } from "./flat";
import { byCodePoint, isObject, wellFormed } from "./plain";

function canonicalNumber(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "0" : String(value);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return `"f64:${view.getBigUint64(0).toString(16).padStart(16, "0")}"`;
}

function canonicalString(value: string): string {
  return JSON.stringify(wellFormed(value));
}

/** Writes one value canonically: sorted keys, no white space. */
export function canonicalValue(value: unknown): string {
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (typeof value === "bigint") return canonicalNumber(Number(value));
  if (typeof value === "boolean") return value ? "true" : "false";
  if (value instanceof Uint8Array) return canonicalValue(Array.from(value));
  if (Array.isArray(value)) return `[${value.map(canonicalValue).join(",")}]`;
  if (isObject(value)) {
    const parts = Object.keys(value)
      .sort(byCodePoint)
      .map((key) => `${canonicalString(key)}:${canonicalValue(value[key])}`);
    return `{${parts.join(",")}}`;
  }
  return "null";
}

function canonicalRun(run: FlatRun): unknown[] {
  return "text" in run ? [run.text, run.marks] : [run.embed, run.marks];
}

function canonicalBlock(block: FlatBlock): unknown {
  return block.kind === "atom"
    ? { atom: true, props: block.props }
    : { props: block.props, runs: block.runs.map(canonicalRun) };
}

/** Returns the canonical text of a story. */
export function canonical(ydoc: Y.Doc): string {
  const schema = ydoc.getMap<unknown>("meta").get("schema");
  const content: Record<string, unknown> = {
    blocks: readFlat(ydoc).map(canonicalBlock),
    schema: Number.isSafeInteger(schema) ? schema : 1,
  };
  for (const name of FIELD_NAMES) content[name] = ydoc.getText(name).toString();
  return canonicalValue(content);
}

/** Returns the revision: BLAKE3 of the canonical bytes as 64 hex digits. */
export function revision(ydoc: Y.Doc): string {
  return bytesToHex(blake3(utf8ToBytes(canonical(ydoc))));
}
