/** The words: one file a room and language. zh-CN is the source; both are complete. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export type Language = "zh-CN" | "en";

type Book = Record<string, string>;

const files = import.meta.glob<Book>("./*/*.json", { eager: true, import: "default" });

/** Every room's book by language and room. */
export const books: Record<Language, Record<string, Book>> = { "zh-CN": {}, en: {} };

for (const [path, book] of Object.entries(files)) {
  const [, language, room] = /\.\/([^/]+)\/([^/]+)\.json$/.exec(path) ?? [];
  if (room && (language === "zh-CN" || language === "en")) books[language][room] = book;
}

void i18next.use(initReactI18next).init({
  resources: books,
  lng: "zh-CN",
  fallbackLng: "zh-CN",
  ns: Object.keys(books["zh-CN"]),
  defaultNS: "kit",
  nsSeparator: ":",
  keySeparator: false,
  interpolation: { escapeValue: false },
  initAsync: false,
});

/** The language of a code from the core; anything unknown is Chinese. */
export function languageOf(code: string): Language {
  return code === "en" ? "en" : "zh-CN";
}

/** Switches the whole window. */
export function speak(code: string): void {
  const language = languageOf(code);
  if (i18next.language !== language) void i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** The language in use, never the engine's own guess. */
export function spoken(): Language {
  return languageOf(i18next.language);
}

export { i18next };
