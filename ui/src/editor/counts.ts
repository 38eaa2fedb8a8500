/** Counting the Chinese way, and how long reading aloud takes. The core counts by the same rule. */

/** Counts read aloud in a minute: the usual pace of a Chinese newsreader. */
export const READ_ALOUD_PER_MINUTE = 240;

/** How long a text is. */
export type Counts = {
  /** Han characters, full-width marks, and runs of Latin letters or digits. */
  readonly characters: number;
  /** Lines that are not blank. */
  readonly paragraphs: number;
  /** Seconds to read it aloud, rounded up. */
  readonly seconds: number;
};

const WIDE: readonly (readonly [number, number])[] = [
  [0x00b7, 0x00b7],
  [0x2014, 0x2014],
  [0x2018, 0x2019],
  [0x201c, 0x201d],
  [0x2026, 0x2026],
  [0x2e80, 0x2fdf],
  [0x3001, 0x303f],
  [0x3040, 0x30ff],
  [0x3100, 0x312f],
  [0x31a0, 0x31bf],
  [0x31f0, 0x31ff],
  [0x3200, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7af],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe4f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x323af],
];

function isWide(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  return WIDE.some(([low, high]) => code >= low && code <= high);
}

const RUN = /[\p{Alphabetic}\p{N}]/u;
const COMBINING = /\p{M}/u;

/** Counts one text: a Han character or full-width mark is one, a run of letters or digits is one, spaces are none. */
export function countCharacters(words: string): number {
  let total = 0;
  let inRun = false;
  for (const letter of words) {
    const wide = isWide(letter);
    const run: boolean = !wide && (RUN.test(letter) || (inRun && COMBINING.test(letter)));
    if (wide || (run && !inRun)) total++;
    inRun = run;
  }
  return total;
}

/** Seconds to read so many characters aloud, rounded up. */
export function readAloudSeconds(characters: number, perMinute: number = READ_ALOUD_PER_MINUTE): number {
  return Math.ceil((characters * 60) / perMinute);
}

/** Counts a text of one line a paragraph. */
export function countsOf(words: string, perMinute: number = READ_ALOUD_PER_MINUTE): Counts {
  const characters = countCharacters(words);
  const paragraphs = words.split("\n").filter((line) => line.trim() !== "").length;
  return { characters, paragraphs, seconds: readAloudSeconds(characters, perMinute) };
}
