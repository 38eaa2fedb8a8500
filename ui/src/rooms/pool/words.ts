import { sentenceOf } from "../../kit/failure";
import { i18next } from "../../words";

/** The sentence of a line of the log: its own, that of the failure, or a general one. */
export function logWords(code: string, params: Record<string, string>): string {
  const key = `pool:log.${code}`;
  if (i18next.exists(key)) return i18next.t(key, params);
  if (i18next.exists(`failures:${code}`)) return sentenceOf(code, params);
  return i18next.t("pool:log.other", { code });
}
