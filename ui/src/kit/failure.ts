/** The sentence for a code from the core. */
import type { Failure } from "../border/generated";
import { i18next } from "../words";
import { size } from "./format";

/** The sentence of a code, or the general one of its remedy when the window does not know the code. */
export function sentence(failure: Failure): string {
  return ofCode(failure.code, failure.params) ?? i18next.t(`failures:fallback.${failure.remedy}`);
}

/** The sentence of a bare code. */
export function sentenceOf(code: string, params: Record<string, string> = {}): string {
  return ofCode(code, params) ?? i18next.t("failures:fallback.report");
}

/** The sentence of a finding of the checks. */
export function findingWords(code: string, params: Record<string, string>): string {
  const key = `findings:${code}`;
  if (i18next.exists(key)) return i18next.t(key, shown(params));
  return ofCode(code, params) ?? i18next.t("findings:unknown", { code });
}

/** A word for a code of an open list, such as a state. A code of a newer program has none: that is said instead. */
export function wordOf(prefix: string, code: string, otherwise = "kit:newer"): string {
  const key = `${prefix}.${code}`;
  if (i18next.exists(key)) return i18next.t(key);
  return otherwise === "" ? "" : i18next.t(otherwise);
}

function ofCode(code: string, params: Record<string, string>): string | undefined {
  const key = `failures:${code}`;
  return i18next.exists(key) ? i18next.t(key, shown(params)) : undefined;
}

/** The values as people read them: bytes as sizes, codes of roles as words. */
function shown(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      if (/bytes$/i.test(name) && /^\d+$/.test(value)) return [name, size(Number(value))];
      return [name, name === "role" ? wordOf("kit:role", value) : value];
    }),
  );
}
