/** Cards for the core in memory. */
import sample from "../../gallery/sample.json";
import type * as T from "./generated";

export const HOUR = 3_600_000;

/** A stable id of 32 digits. */
export function idOf(kind: string, nth: number): string {
  return (kind + String(nth)).padEnd(32, "0");
}

export type SampleStory = {
  headline: string;
  genre: string;
  state: string;
  characters: number;
  body: string[];
  holder?: string;
  author?: string;
  returned?: { byName: string; reasons: T.ReasonCard[] };
};

export function storyOf(one: SampleStory, nth: number, now: number): T.StoryCard {
  const where: T.Whereabouts[] = [
    { at: "local", saved: now },
    { at: "waiting", items: 3, bytes: 18_000_000 },
    { at: "pooled", since: now - 4 * HOUR },
    { at: "moving", done: 42, total: 100 },
  ];
  const whereabouts = one.state === "draft" ? where[nth % 2] : where[2];
  return {
    story: idOf("5", nth) as T.StoryId,
    headline: one.headline,
    genre: one.genre,
    state: one.state,
    returned: one.returned ? { ...one.returned, at: now - HOUR } : null,
    author: idOf("a", one.author ? 5 : 0) as T.PersonId,
    authorName: one.author ?? sample.me,
    mine: one.author === undefined,
    characters: one.characters,
    seconds: Math.ceil(one.characters / 4),
    figures: 1,
    updated: now - nth * HOUR,
    whereabouts: whereabouts ?? { at: "local", saved: now },
    holderName: one.holder ?? null,
    links: [],
    branches: 0,
    others: [],
  };
}

type SampleClip = {
  name: string;
  kind: string;
  caption: string;
  credit: string;
  duration?: number;
  note?: string;
};

export function clipOf(one: SampleClip, nth: number, now: number): T.ClipCard {
  return {
    clip: idOf("7", nth) as T.ClipId,
    name: one.name,
    blob: String(nth).repeat(64).slice(0, 64) as T.Hash,
    bytes: 9_400_000 * (nth + 1),
    kind: one.kind,
    mime: one.kind === "video" ? "video/mp4" : one.kind === "audio" ? "audio/wav" : "image/jpeg",
    width: one.kind === "audio" ? null : 1920,
    height: one.kind === "audio" ? null : 1080,
    durationMs: one.duration ?? null,
    rate: one.kind === "video" ? [25, 1] : null,
    capturedAt: now - nth * HOUR,
    addedAt: now - HOUR,
    story: nth < 4 ? (idOf("5", 1) as T.StoryId) : null,
    caption: one.caption,
    credit: one.credit,
    hasThumb: one.kind !== "audio" && one.note === undefined,
    playable: one.note === undefined,
    note: one.note ?? null,
    whereabouts: { at: "local", saved: now },
    isCut: false,
    others: [],
  };
}

export function jobOf(kind: T.JobKind, now: number): T.JobCard {
  return {
    id: idOf("9", now % 1000) as T.JobId,
    kind,
    state: "running",
    done: 0,
    total: 4_200_000_000,
    stage: "",
    started: now,
    subject: "",
    failure: null,
    resumable: true,
  };
}

export function summaryOf(now: number, clips: readonly T.ClipCard[]): T.SyncCard {
  const film = clips[2];
  return {
    state: "idle",
    poolUrl: "http://127.0.0.1:7601",
    recordsWaiting: 0,
    itemsWaiting: 3,
    itemsMaking: 0,
    bytesWaiting: 18_000_000,
    lastAnswer: now - HOUR,
    trouble: null,
    clockAheadMs: 0,
    renewal: null,
    items: [
      {
        title: sample.stories[1]?.headline ?? "",
        what: "text",
        story: null,
        clip: null,
        whereabouts: { at: "pooled", since: now },
      },
      {
        title: film?.name ?? "",
        what: "proxy",
        story: null,
        clip: null,
        whereabouts: { at: "moving", done: 38, total: 100 },
      },
      {
        title: film?.name ?? "",
        what: "original",
        story: null,
        clip: null,
        whereabouts: { at: "waiting", items: 1, bytes: 61e8 },
      },
    ],
  };
}

/** A film that misses the bulletin behind a proxy that moves. */
export function arrivalsOf(now: number, clips: readonly T.ClipCard[]): T.ArrivalsCard {
  const film = clips[2];
  const piece = (what: string, whereabouts: T.Whereabouts, rest: Partial<T.ArrivalCard>): T.ArrivalCard => ({
    blob: idOf(what === "proxy" ? "c" : "d", 2).padEnd(64, "0") as T.Hash,
    clip: film?.clip ?? null,
    story: null,
    title: film?.name ?? "",
    what,
    whereabouts,
    left: 11e6,
    isUrgent: false,
    arrives: now + 60_000,
    lateMs: null,
    proposals: [],
    ...rest,
  });
  const bulletin = now + 2 * HOUR;
  const late = {
    left: 61e8,
    arrives: bulletin + 40 * 60_000,
    lateMs: 40 * 60_000,
    proposals: [{ kind: "smaller" as const, bits: 4e6, bytes: 21e7, arrives: bulletin - 29 * 60_000 }],
  };
  return {
    rate: 500_000,
    measured: now - 60_000,
    bulletin,
    all: late.arrives,
    late: 1,
    items: [
      piece("proxy", { at: "moving", done: 38, total: 100 }, {}),
      piece("original", { at: "waiting", items: 1, bytes: 61e8 }, late),
    ],
    more: 0,
  };
}
