// @vitest-environment jsdom

import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { countCharacters, countsOf } from "./counts";
import { hunks } from "./difference";
import type { FlatBlock } from "./flat";
import { gate } from "./gate";
import { missingRuns } from "./guard";
import { cleanHref } from "./links";
import { cleanHtml, cleanPlain } from "./paste";
import { canonical, canonicalValue, revision } from "./revision";
import { clientsOf, newClientId, openSession } from "./session";
import { below, randomFrom, setting, someWords } from "./testing";
import { writeFlat } from "./write";

const SEED = setting("SEED", 20260815);

describe("counting", () => {
  it("Han characters and wide marks count one each, a run of letters or digits counts one, spaces none", () => {
    const cases: [string, number][] = [
      ["", 0],
      ["\u4eca\u5929\uff0c\u4e0b\u96e8\u3002", 6],
      ["5G \u7f51\u7edc", 3],
      ["2026\u5e748\u670815\u65e5", 6],
      ["Hello, world", 2],
      ["\u201c\u597d\u201d", 3],
      ["\u5168\u89d2\u3000\u7a7a\u683c", 4],
      ["\u{20000}\u{20001}", 2],
      ["\uff13\uff24", 2],
      ["\u2014\u2014", 2],
      ["caf\u00e9 na\u00efve", 2],
    ];
    for (const [words, count] of cases) expect(countCharacters(words), words).toBe(count);
  });

  it("two hundred and forty characters take a minute", () => {
    expect(countsOf("\u5b57".repeat(240))).toEqual({ characters: 240, paragraphs: 1, seconds: 60 });
    expect(countsOf("\u5b57\n\n \n\u5b57")).toEqual({ characters: 2, paragraphs: 2, seconds: 1 });
  });
});

describe("the gate", () => {
  it("an absent number is one, a higher one closes, nonsense closes", () => {
    const ydoc = new Y.Doc();
    expect(gate(ydoc)).toMatchObject({ schema: 1, mayRead: true, mayWrite: true });
    const meta = ydoc.getMap<unknown>("meta");
    meta.set("min_writer", 2);
    expect(gate(ydoc)).toMatchObject({ mayRead: true, mayWrite: false });
    expect(gate(ydoc, 2)).toMatchObject({ mayRead: true, mayWrite: true });
    meta.set("min_reader", 3);
    expect(gate(ydoc, 2)).toMatchObject({ mayRead: false, mayWrite: false });
    meta.set("min_reader", "x");
    expect(gate(ydoc)).toMatchObject({ mayRead: false, mayWrite: false });
  });
});

describe("a session", () => {
  it("client ids have 53 random bits and are never one that is taken", () => {
    const random = randomFrom(SEED);
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const id = newClientId(seen);
      expect(Number.isSafeInteger(id)).toBe(true);
      seen.add(id);
    }
    expect(seen.size).toBe(2000);
    expect(Math.max(...seen)).toBeGreaterThan(2 ** 52);
    let calls = 0;
    const stuck = (out: Uint32Array): void => {
      out.fill(calls++ < 3 ? 7 : below(random, 1000));
    };
    expect(newClientId(new Set([7 * 2 ** 32 + 7]), stuck)).not.toBe(7 * 2 ** 32 + 7);
  });

  it("an id that somebody else turns out to use is changed for another of 53 bits", () => {
    const one = openSession([]);
    const twin = new Y.Doc({ gc: false });
    twin.clientID = one.clientID;
    const before = one.clientID;
    twin.getText("body").insert(0, "x");
    Y.applyUpdate(one, Y.encodeStateAsUpdate(twin), "sync");

    expect(one.clientID).not.toBe(before);
    expect(clientsOf(one).has(one.clientID)).toBe(false);
    expect(one.clientID).toBeGreaterThan(2 ** 32);
    expect(one.gc).toBe(false);
  });
});

describe("the merge guard", () => {
  it("finds every planted loss and is silent otherwise", () => {
    let found = 0;
    let silent = 0;
    const trials = setting("GUARDS", 400);
    for (let i = 0; i < trials; i++) {
      const random = randomFrom(SEED + i);
      const base = Array.from({ length: 1 + below(random, 6) }, () => someWords(random, 30)).join("\n");
      const cut = (words: string): number => {
        let at = below(random, words.length + 1);
        if (/[\uDC00-\uDFFF]/.test(words.charAt(at))) at--;
        return at;
      };
      const put = (words: string, piece: string, at: number): string =>
        words.slice(0, at) + piece + words.slice(at);
      const mine = `\u5317\u4eac${i}`;
      const theirs = `\u6c5f\u6cb3${i}`;
      const [a, b] = [cut(base), cut(base)];
      const left = put(base, mine, a);
      const right = put(base, theirs, b);
      const merged = a <= b ? put(put(base, theirs, b), mine, a) : put(put(base, mine, a), theirs, b);
      if (missingRuns(base, left, right, merged).length === 0) silent++;
      const lost = missingRuns(base, left, right, left);
      if (lost.length === 1 && lost[0]?.side === "theirs" && theirs.includes(lost[0].text)) found++;
    }
    console.log(`guard: SEED=${SEED} trials=${trials} found=${found} silent=${silent}`);
    expect(found).toBe(trials);
    expect(silent).toBe(trials);
  });

  it("words that the other side removed knowingly are not missing, one letter is not watched", () => {
    expect(missingRuns("abcdef", "abcXYdef", "ab", "abXY")).toEqual([]);
    expect(missingRuns("abc", "abXc", "abc", "abc")).toEqual([]);
    expect(missingRuns("ab", "abab", "ab", "ab")).toEqual([{ side: "mine", text: "ab" }]);
    expect(missingRuns("one\ntwo", "one\nNEW\ntwo", "one two", "one two")).toEqual([
      { side: "mine", text: "NEW" },
    ]);
  });

  it("a difference put back gives the other text", () => {
    for (let i = 0; i < 300; i++) {
      const random = randomFrom(SEED + i);
      const before = Array.from(someWords(random, 40));
      const after = before.flatMap((letter) =>
        random() < 0.2 ? [] : random() < 0.2 ? [letter, "N", "M"] : [letter],
      );
      const parts: string[] = [];
      let at = 0;
      for (const hunk of hunks(before, after)) {
        parts.push(...before.slice(at, hunk.from), ...after.slice(hunk.newFrom, hunk.newTo));
        at = hunk.to;
      }
      parts.push(...before.slice(at));
      expect(parts.join("")).toBe(after.join(""));
    }
  });
});

describe("the canonical content", () => {
  it("is written to the byte as the page of formats says", () => {
    const ydoc = new Y.Doc();
    ydoc.clientID = 1;
    ydoc.getText("headline").insert(0, 'A "b"\\ \u0001\n\u4e2d\u{20000}');
    writeFlat(ydoc, [
      {
        kind: "text",
        id: "x",
        props: { t: "h", level: 2 },
        runs: [
          { text: "He", marks: {} },
          { text: "llo", marks: { link: { href: "https://a.b/" }, bold: true } },
        ],
      },
      { kind: "text", id: "y", props: { t: "p" }, runs: [{ embed: { z: 1, k: 0.5 }, marks: { glow: 1 } }] },
      {
        kind: "atom",
        id: "f",
        props: { t: "fig", clip: "c", kind: "picture", w: 4, h: 3, caption: "cap", credit: "", alt: "" },
      },
      { kind: "atom", id: "t", props: { t: "table", rows: [["1", "2"]], caption: "" } },
    ]);
    ydoc.getText("body").insert(ydoc.getText("body").length, "tail", {});
    const expected =
      '{"blocks":[{"props":{"level":2,"t":"h"},"runs":[["He",{}],["llo",{"bold":true,"link":{"href":"https://a.b/"}}]]},' +
      '{"props":{"t":"p"},"runs":[[{"k":"f64:3fe0000000000000","z":1},{"glow":1}]]},' +
      '{"atom":true,"props":{"alt":"","caption":"cap","clip":"c","credit":"","h":3,"kind":"picture","t":"fig","w":4}},' +
      '{"atom":true,"props":{"caption":"","rows":[["1","2"]],"t":"table"}},' +
      '{"props":{"t":"p"},"runs":[["tail",{}]]}],' +
      '"byline":"","dateline":"","deck":"","headline":"A \\"b\\"\\\\ \\u0001\\n\u4e2d\u{20000}","kicker":"","schema":1}';

    expect(canonical(ydoc)).toBe(expected);
    expect(revision(ydoc)).toBe("a037c2e740780df61fb868d02d310106d5b951428ccf1a4ebc1d778457e65d6c");
  });

  it("the empty story has a hash too", () => {
    const ydoc = new Y.Doc();
    expect(canonical(ydoc)).toBe(
      '{"blocks":[],"byline":"","dateline":"","deck":"","headline":"","kicker":"","schema":1}',
    );
    expect(revision(ydoc)).toBe("6b0ebe96e22e8bd4df8300df09419e7804558047c3c2c5ccd0f3c3e4f0c1309f");
  });

  it("numbers that are no safe integers are written as their bits", () => {
    expect(canonicalValue([1.5, -0, 2 ** 53, -(2 ** 53 - 1), Number.NaN, undefined, true])).toBe(
      '["f64:3ff8000000000000",0,"f64:4340000000000000",-9007199254740991,"f64:7ff8000000000000",null,true]',
    );
    expect(canonicalValue({ "\uFFFF": 1, "\u{10000}": 2, b: 3, a: 4 }), "keys by code point").toBe(
      '{"a":4,"b":3,"\uFFFF":1,"\u{10000}":2}',
    );
  });
});

describe("pasting", () => {
  const p = (text: string, marks = {}): FlatBlock => ({
    kind: "text",
    id: null,
    props: { t: "p" },
    runs: [{ text, marks }],
  });

  it("scripts, styles, handlers, classes and pictures are dropped", () => {
    const html =
      '<style>p{color:red}</style><script>alert(1)</script><p class="x" onclick="alert(2)" style="color:red">safe' +
      '<img src="https://x.y/z.png" onerror="alert(3)"><svg><script>4</script></svg></p><iframe src="https://x.y"></iframe>' +
      '<p><a href="javascript:alert(5)">bad</a> <a href="data:text/html,x">worse</a></p><p style="display:none">hidden</p>';
    expect(cleanHtml(html)).toEqual([p("safe"), p("bad worse")]);
  });

  it("zero-width characters and wide indents are dropped, links lose what follows readers about", () => {
    const html =
      '<p>\u3000\u3000a\u200bb\ufeff</p><p><a href="https://n.cn/a?id=7&utm_source=x&spm=1.2">c</a></p>';
    expect(cleanHtml(html)).toEqual([p("ab"), p("c", { link: { href: "https://n.cn/a?id=7" } })]);
    expect(cleanHref(" mailto:a@b.cn ")).toBe("mailto:a@b.cn");
    expect(cleanHref("ftp://a.b/")).toBe(null);
  });

  it("headings, marks, quotes, lists by depth and line breaks are kept", () => {
    const html =
      '<h1>T</h1><h5>U</h5><blockquote><p>Q</p></blockquote><div><b>B</b><i>I</i><br><span style="font-weight:700">W</span></div>' +
      '<b style="font-weight:normal"><p>N</p></b><ul><li>one<ol><li>deep</li></ol></li><li>two</li></ul>';
    expect(cleanHtml(html)).toEqual(
      [
        { ...p("T"), props: { t: "h", level: 1 } },
        { ...p("U"), props: { t: "h", level: 3 } },
        p("Q"),
        {
          ...p("B"),
          runs: [
            { text: "B", marks: { bold: true } },
            { text: "I", marks: { italic: true } },
          ],
        },
        p("W", { bold: true }),
        p("N"),
        { ...p("one"), props: { t: "li", list: "ul", depth: 0 } },
        { ...p("deep"), props: { t: "li", list: "ol", depth: 1 } },
        { ...p("two"), props: { t: "li", list: "ul", depth: 0 } },
      ].map((block, index) => (index === 2 ? { ...block, props: { t: "q" } } : block)),
    );
  });

  it("lists from Word are rebuilt and lose their written markers", () => {
    const html =
      "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>\u00b7<span>&nbsp;&nbsp;</span></span>one</p>" +
      "<p class=MsoListParagraph style='mso-list:l1 level2 lfo2'>1.&nbsp;two</p>";
    expect(cleanHtml(html)).toEqual([
      { ...p("one"), props: { t: "li", list: "ul", depth: 0 } },
      { ...p("two"), props: { t: "li", list: "ol", depth: 1 } },
    ]);
  });

  it("tables stay tables; a table of one column is text", () => {
    expect(
      cleanHtml(
        "<table><caption>C</caption><tr><th>a</th><th>b</th></tr><tr><td>c<script>x</script></td></tr></table>",
      ),
    ).toEqual([
      {
        kind: "atom",
        id: "",
        props: {
          t: "table",
          rows: [
            ["a", "b"],
            ["c", ""],
          ],
          caption: "C",
        },
      },
    ]);
    expect(cleanHtml("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>")).toEqual([p("a"), p("b")]);
  });

  it("plain text becomes paragraphs", () => {
    expect(cleanPlain("\u3000\u3000a\r\n\r\nb\u200b <i>\n  \nc")).toEqual([p("a"), p("b <i>"), p("c")]);
  });
});
