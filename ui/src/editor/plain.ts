/** Plain values out of shared types, and a text form of them that does not depend on key order. */
import * as Y from "yjs";

/** A JSON-like object whose values are still to be looked at. */
export type PlainObject = { readonly [key: string]: unknown };

/** Tells whether a value is an object with keys (not an array, not bytes, not a shared type). */
export function isObject(value: unknown): value is PlainObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Y.AbstractType)
  );
}

/** Turns nested shared types into plain values: text to its string, arrays to arrays, maps to objects, others to null. */
export function toPlain(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Y.Text) return value.toString();
  if (value instanceof Y.Array) return value.toArray().map(toPlain);
  if (value instanceof Y.Map) return plainEntries(value.entries());
  if (value instanceof Y.AbstractType) return null;
  if (Array.isArray(value)) return value.map(toPlain);
  if (isObject(value)) return plainEntries(Object.entries(value));
  return value;
}

function plainEntries(entries: Iterable<[string, unknown]>): PlainObject {
  const out: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(out, key, {
      value: toPlain(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return out;
}

/** Orders two strings by Unicode code points (JavaScript alone orders by UTF-16 units). */
export function byCodePoint(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** JSON text with sorted keys: equal values give equal text on every screen. */
export function stableJson(value: unknown): string {
  if (value === undefined) return "null";
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return stableJson(Array.from(value));
  if (Array.isArray(value)) return `[${value.map(stableJson).join(",")}]`;
  if (isObject(value)) {
    const parts = Object.keys(value)
      .sort(byCodePoint)
      .map((key) => `${JSON.stringify(key)}:${stableJson(value[key])}`);
    return `{${parts.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Reads JSON text; text that is none gives null. */
export function parseJson(text: unknown): unknown {
  if (typeof text !== "string") return null;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

/** Tells whether two plain values are the same. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || stableJson(a) === stableJson(b);
}

/** The value if it is a string, otherwise the other one. */
export function text(value: unknown, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}

/** The value if it is an integer, put between two bounds; otherwise the given one. */
export function whole(value: unknown, low: number, high: number, otherwise: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) return otherwise;
  return Math.min(high, Math.max(low, value));
}

/** Replaces halves of surrogate pairs, which no encoding can carry, by U+FFFD. */
export function wellFormed(value: string): string {
  return value.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");
}
